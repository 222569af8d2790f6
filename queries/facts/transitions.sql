-- grain: one row per transition, channel, starting day, outcome and lag
-- key:   transition, channel, start_day, outcome, lag_days
-- Everything the rates and the times to conversion need: how many started on a day, and after how many days how many
-- of them arrived. 'before' = arrived before they started: they stay in the base and never convert.
WITH starts AS (
    SELECT
        'lead_to_mql' AS transition,
        journeys.channel,
        journeys.created_day AS start_day,
        journeys.mql_day AS end_day,
        journeys.mql_day AS first_end_day
    FROM journeys
    UNION ALL
    SELECT
        'mql_to_sql' AS transition,
        journeys.channel,
        journeys.mql_day AS start_day,
        journeys.pass_sql_day AS end_day,
        journeys.sql_day AS first_end_day
    FROM journeys
    WHERE journeys.mql_day IS NOT NULL
    UNION ALL
    SELECT
        'mql_to_customer' AS transition,
        journeys.channel,
        journeys.mql_day AS start_day,
        journeys.pass_customer_day AS end_day,
        journeys.customer_day AS first_end_day
    FROM journeys
    WHERE journeys.mql_day IS NOT NULL
    UNION ALL
    SELECT
        'sql_to_customer' AS transition,
        journeys.channel,
        journeys.recorded_sql_day AS start_day,
        journeys.customer_day AS end_day,
        journeys.customer_day AS first_end_day
    FROM journeys
    WHERE journeys.recorded_sql_day IS NOT NULL
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
