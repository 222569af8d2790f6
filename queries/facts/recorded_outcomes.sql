-- grain: one row per MQL month, band of the score that the export gives for the MQL moment, and outcome
-- key:   month, band, outcome
-- Recorded MQLs under the criteria in force now that have had their whole window: 'converted' within it, or not. The score
-- of the day of the export is left out: it holds what sales has logged since the SQL.
WITH mature AS (
    SELECT
        journeys.lead_id,
        calendar.month,
        CASE
            WHEN journeys.sql_day < journeys.mql_day THEN 'open'
            WHEN journeys.pass_sql_day - journeys.mql_day <= run.mql_to_sql_days THEN 'converted'
            ELSE 'open'
        END AS outcome
    FROM journeys
    INNER JOIN calendar ON journeys.mql_day = calendar.day
    CROSS JOIN run
    WHERE journeys.mql_day >= run.criteria_from_day AND journeys.mql_day + run.mql_to_sql_days <= run.as_of_day
)
SELECT
    mature.month,
    recorded_scores.recorded_band AS band,
    mature.outcome,
    COUNT(*) AS n
FROM mature
INNER JOIN recorded_scores ON mature.lead_id = recorded_scores.lead_id
WHERE recorded_scores.moment = 'mql'
GROUP BY mature.month, recorded_scores.recorded_band, mature.outcome
