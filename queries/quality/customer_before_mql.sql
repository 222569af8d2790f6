-- grain: one row per lead that was won before its MQL
-- key:   example
-- finding: funnel::customer_before_mql
-- of: mql
-- Leads that count whose first win is of an earlier day than their first MQL.
SELECT journeys.lead_id AS example
FROM journeys
WHERE journeys.customer_day < journeys.mql_day
