-- grain: one row per transition, starting day, outcome and lag
-- key:   transition, channel, start_day, outcome, lag_days
-- MQL→SQL by account, in the form of `transitions`: how many accounts had their first MQL on a day, and after how many days
-- how many of them had an SQL. An account has no channel.
WITH starts AS (
    SELECT
        'mql_to_sql' AS transition,
        '(all)' AS channel,
        account_journeys.mql_day AS start_day,
        account_journeys.pass_sql_day AS end_day,
        account_journeys.sql_day AS first_end_day
    FROM account_journeys
    WHERE account_journeys.mql_day IS NOT NULL
),
ends AS (
    SELECT
        starts.transition,
        starts.channel,
        starts.start_day,
        CASE
            WHEN starts.first_end_day < starts.start_day THEN 'before'
            WHEN starts.end_day IS NULL THEN 'open'
            ELSE 'converted'
        END AS outcome,
        CASE WHEN starts.first_end_day >= starts.start_day THEN starts.end_day - starts.start_day END AS lag_days
    FROM starts
)
SELECT
    ends.transition,
    ends.channel,
    ends.start_day,
    ends.outcome,
    ends.lag_days,
    COUNT(*) AS n
FROM ends
GROUP BY ends.transition, ends.channel, ends.start_day, ends.outcome, ends.lag_days
