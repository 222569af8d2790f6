-- grain: one row per channel with MQLs and without spend
-- key:   example
-- finding: leads::channel_without_spend
-- of: mql
-- Channels without spend and their MQLs (`n`), where other channels have spend and more than three tenths of at least 100
-- MQLs are in channels without any.
WITH paid AS (
    SELECT acquisition.channel, SUM(acquisition.amount) AS amount
    FROM acquisition
    GROUP BY acquisition.channel
),
mqls AS (
    SELECT journeys.channel, COUNT(*) AS n
    FROM journeys
    WHERE journeys.mql_day IS NOT NULL
    GROUP BY journeys.channel
),
totals AS (
    SELECT run.as_of_day, COUNT(*) AS n, COUNT(paid.amount) AS n_paid
    FROM journeys
    LEFT JOIN paid ON journeys.channel = paid.channel
    CROSS JOIN run
    WHERE journeys.mql_day IS NOT NULL
    GROUP BY run.as_of_day
)
SELECT mqls.channel AS example, mqls.n
FROM mqls
LEFT JOIN paid ON mqls.channel = paid.channel
CROSS JOIN run
INNER JOIN totals ON run.as_of_day = totals.as_of_day
WHERE paid.amount IS NULL
    AND totals.n >= 100
    AND totals.n_paid >= 1
    AND totals.n_paid + totals.n_paid + totals.n_paid + totals.n_paid + totals.n_paid
        + totals.n_paid + totals.n_paid + totals.n_paid + totals.n_paid + totals.n_paid
        < totals.n + totals.n + totals.n + totals.n + totals.n + totals.n + totals.n
