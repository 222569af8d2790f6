-- grain: one row per MQL day, channel, state and days to the first touch
-- key:   mql_day, channel, state, lag_days
-- How soon sales looked at the first MQLs of a day: 'touched' after so many days, 'closed' (disqualified or recycled) without
-- a touch, 'waiting' since. 'before' = was an SQL before it was an MQL: with sales already.
WITH states AS (
    SELECT
        handoffs.mql_day,
        handoffs.channel,
        CASE
            WHEN handoffs.sql_day < handoffs.mql_day THEN 'before'
            WHEN handoffs.touch_day IS NOT NULL THEN 'touched'
            WHEN handoffs.exit_day IS NOT NULL THEN 'closed'
            ELSE 'waiting'
        END AS state,
        CASE
            WHEN handoffs.sql_day IS NULL OR handoffs.sql_day >= handoffs.mql_day
            THEN handoffs.touch_day - handoffs.mql_day
        END AS lag_days
    FROM handoffs
)
SELECT
    states.mql_day,
    states.channel,
    states.state,
    states.lag_days,
    COUNT(*) AS n
FROM states
GROUP BY states.mql_day, states.channel, states.state, states.lag_days
