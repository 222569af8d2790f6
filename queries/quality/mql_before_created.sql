-- grain: one row per lead with a stage before its creation
-- key:   example
-- finding: leads::mql_before_created
-- of: visible_leads
-- Leads that entered MQL or another stage on a day before the one on which they were created.
SELECT visible_leads.lead_id AS example, MIN(stage_entries.entered_day) AS entered_day
FROM visible_leads
INNER JOIN stage_entries ON visible_leads.lead_id = stage_entries.lead_id
WHERE stage_entries.position >= 1 AND stage_entries.entered_day < visible_leads.created_day
GROUP BY visible_leads.lead_id
