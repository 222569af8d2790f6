-- grain: one row per MQL day, outcome and lag
-- key:   mql_day, outcome, lag_days
-- What came first after the first MQL, and after how many days: 'sql', 'disqualified', 'recycled'; 'open' = none of them so
-- far. 'before' = was an SQL before it was an MQL.
WITH ends AS (
    SELECT
        handoffs.mql_day,
        CASE
            WHEN handoffs.sql_day < handoffs.mql_day THEN 'before'
            WHEN handoffs.exit_day IS NOT NULL THEN handoffs.exit_stage
            WHEN handoffs.pass_sql_day IS NOT NULL THEN 'sql'
            ELSE 'open'
        END AS outcome,
        CASE
            WHEN handoffs.sql_day IS NULL OR handoffs.sql_day >= handoffs.mql_day
            THEN COALESCE(handoffs.exit_day, handoffs.pass_sql_day) - handoffs.mql_day
        END AS lag_days
    FROM handoffs
)
SELECT ends.mql_day, ends.outcome, ends.lag_days, COUNT(*) AS n
FROM ends
GROUP BY ends.mql_day, ends.outcome, ends.lag_days
