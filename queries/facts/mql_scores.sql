-- grain: one row per MQL month, score band at the MQL moment and outcome
-- key:   month, score_band, outcome
-- Recorded MQLs under the criteria in force now that have had their whole window: 'converted' within it, or not.
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
    scores.score_band,
    mature.outcome,
    COUNT(*) AS n
FROM mature
INNER JOIN scores ON mature.lead_id = scores.lead_id
WHERE scores.score_band IS NOT NULL
GROUP BY mature.month, scores.score_band, mature.outcome
