-- grain: one row per month and channel with spend
-- key:   month, channel
-- What was spent, in 1/10 000 of the currency, from how many rows, and how many of these take something back.
SELECT
    visible_spend.month,
    visible_spend.channel,
    SUM(visible_spend.amount) AS amount,
    COUNT(*) AS n_rows,
    COUNT(CASE WHEN visible_spend.amount < 0 THEN 1 END) AS n_negative
FROM visible_spend
GROUP BY visible_spend.month, visible_spend.channel
