-- grain: one row per MQL month, age class, band and days waited
-- key:   month, age_class, band, wait_days
-- Mature converters that reached a band before their SQL, by the days they took from the MQL (X of the policy
-- emulation).
SELECT
    calendar.month,
    scores.age_class,
    crossings.band,
    crossings.wait_days,
    COUNT(*) AS n
FROM crossings
INNER JOIN scores ON crossings.lead_id = scores.lead_id
INNER JOIN calendar ON scores.mql_day = calendar.day
GROUP BY calendar.month, scores.age_class, crossings.band, crossings.wait_days
