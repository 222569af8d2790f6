-- grain: one row per month and channel with spend
-- key:   month, channel
-- What was spent, in 1/10 000 of the currency, and from how many rows.
SELECT
    visible_spend.month,
    visible_spend.channel,
    SUM(visible_spend.amount) AS amount,
    COUNT(*) AS n_rows
FROM visible_spend
GROUP BY visible_spend.month, visible_spend.channel
