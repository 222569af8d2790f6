-- grain: one row per kind of worked lead, month, score band when sales got it, and outcome
-- key:   kind, month, band, outcome
-- 'mql': recorded MQLs under the criteria in force; 'explored': leads worked on purpose below the bar; all with their
-- whole window behind them: 'converted' within it, or 'open'. The month is that of the MQL, or of the hand-over.
WITH worked AS (
    SELECT
        'mql' AS kind,
        journeys.lead_id,
        journeys.mql_day AS handover_day,
        CASE
            WHEN journeys.sql_day < journeys.mql_day THEN 'open'
            WHEN journeys.pass_sql_day - journeys.mql_day <= run.mql_to_sql_days THEN 'converted'
            ELSE 'open'
        END AS outcome
    FROM journeys
    CROSS JOIN run
    WHERE journeys.mql_day >= run.criteria_from_day AND journeys.mql_day + run.mql_to_sql_days <= run.as_of_day
    UNION ALL
    SELECT
        'explored' AS kind,
        scores.lead_id,
        scores.explored_day AS handover_day,
        CASE WHEN scores.explored_kind = 'explored_sql' THEN 'converted' ELSE 'open' END AS outcome
    FROM scores
    WHERE scores.explored_kind IS NOT NULL
)
SELECT worked.kind, calendar.month, scores.handover_band AS band, worked.outcome, COUNT(*) AS n
FROM worked
INNER JOIN scores ON worked.lead_id = scores.lead_id
INNER JOIN calendar ON worked.handover_day = calendar.day
WHERE scores.handover_band IS NOT NULL
GROUP BY worked.kind, calendar.month, scores.handover_band, worked.outcome
