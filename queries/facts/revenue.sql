-- grain: one row per kind of MQL, MQL month, channel and band of the amount
-- key:   event, month, channel, amount_band
-- Won new-business deals of MQLs on or after the MQL's day, and what they brought. A customer without a deal is a win without
-- an amount (band 0). The money of a deal of several people is there once.
WITH first_mqls AS (
    SELECT
        journeys.lead_id,
        journeys.channel,
        journeys.customer_day,
        COALESCE(journeys.mql_day, journeys.inferred_mql_day) AS start_day,
        CASE WHEN journeys.mql_day IS NULL THEN 'inferred_mql' ELSE 'mql' END AS event
    FROM journeys
    WHERE journeys.mql_day IS NOT NULL OR journeys.inferred_mql_day IS NOT NULL
),
wins AS (
    SELECT
        first_mqls.event,
        first_mqls.start_day,
        first_mqls.channel,
        COALESCE(won_deals.amount_band, 0) AS amount_band,
        COALESCE(won_deals.amount, 0) AS amount
    FROM first_mqls
    LEFT JOIN won_deals ON first_mqls.lead_id = won_deals.lead_id
    WHERE (won_deals.closed_day >= first_mqls.start_day AND won_deals.amount_band IS NOT NULL)
        OR (won_deals.closed_day IS NULL AND first_mqls.customer_day >= first_mqls.start_day)
)
SELECT
    wins.event,
    calendar.month,
    wins.channel,
    wins.amount_band,
    SUM(wins.amount) AS amount,
    COUNT(*) AS n
FROM wins
INNER JOIN calendar ON wins.start_day = calendar.day
GROUP BY wins.event, calendar.month, wins.channel, wins.amount_band
