-- grain: one row per lead that counts
-- key:   lead_id
-- Leads created by the last visible day, without those that are excluded as tests or own staff.
SELECT
    leads.lead_id,
    leads.channel,
    leads.created_day,
    leads.created_s,
    leads.account,
    leads.score
FROM leads
CROSS JOIN run
WHERE leads.created_day <= run.as_of_day AND leads.excluded IS NULL
