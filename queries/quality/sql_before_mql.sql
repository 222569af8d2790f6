-- grain: one row per lead with an SQL before its MQL
-- key:   example
-- finding: funnel::sql_before_mql
-- of: mql
-- Leads that count whose first SQL (or later stage) is of an earlier day than their first MQL.
SELECT journeys.lead_id AS example
FROM journeys
WHERE journeys.sql_day < journeys.mql_day
