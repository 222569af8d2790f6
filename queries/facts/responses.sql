-- grain: one row per MQL day, response, exit, record of a touch, outcome and lag
-- key:   mql_day, response, exited, recorded, outcome, lag_days
-- What became of first MQLs by how soon sales touched them: 'in_time' (within the SLA), 'late', 'none' (not yet). Exited is
-- 'early' when it was disqualified or recycled within the SLA, 'later' or 'none'; recorded = 'yes' where a working or sal
-- stands at or before the SQL. Outcome and lag as in `transitions`.
WITH classes AS (
    SELECT
        handoffs.mql_day,
        CASE
            WHEN handoffs.touch_day - handoffs.mql_day <= run.sla_days THEN 'in_time'
            WHEN handoffs.touch_day IS NOT NULL THEN 'late'
            ELSE 'none'
        END AS response,
        CASE
            WHEN handoffs.exit_day - handoffs.mql_day <= run.sla_days THEN 'early'
            WHEN handoffs.exit_day IS NOT NULL THEN 'later'
            ELSE 'none'
        END AS exited,
        CASE WHEN handoffs.recorded_touch_day IS NOT NULL THEN 'yes' ELSE 'no' END AS recorded,
        CASE
            WHEN handoffs.sql_day < handoffs.mql_day THEN 'before'
            WHEN handoffs.pass_sql_day IS NULL THEN 'open'
            ELSE 'converted'
        END AS outcome,
        CASE WHEN handoffs.sql_day >= handoffs.mql_day THEN handoffs.pass_sql_day - handoffs.mql_day END AS lag_days
    FROM handoffs
    CROSS JOIN run
)
SELECT
    classes.mql_day,
    classes.response,
    classes.exited,
    classes.recorded,
    classes.outcome,
    classes.lag_days,
    COUNT(*) AS n
FROM classes
GROUP BY classes.mql_day, classes.response, classes.exited, classes.recorded, classes.outcome, classes.lag_days
