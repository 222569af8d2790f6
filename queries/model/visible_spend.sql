-- grain: one row per visible spend row
-- key:   none
-- Spend up to the last visible day; a row for a whole month counts when its month has begun.
SELECT
    spend.month,
    spend.channel,
    spend.amount
FROM spend
CROSS JOIN run
WHERE spend.from_day <= run.as_of_day
