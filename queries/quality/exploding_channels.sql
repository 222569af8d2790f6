-- grain: one row per channel, where there are too many of them
-- key:   example
-- finding: leads::exploding_channels
-- of: visible_leads
-- Every channel of the leads where these have more than 40, or where more than a fifth of at least 100 leads are in channels
-- of fewer than 5.
WITH channels AS (
    SELECT visible_leads.channel, COUNT(*) AS n_leads
    FROM visible_leads
    WHERE visible_leads.channel <> '(blank)'
    GROUP BY visible_leads.channel
),
counted AS (
    SELECT run.as_of_day, COUNT(*) AS n_channels
    FROM channels
    CROSS JOIN run
    GROUP BY run.as_of_day
),
totals AS (
    SELECT
        run.as_of_day,
        COUNT(*) AS n_leads,
        COUNT(CASE WHEN channels.n_leads < 5 THEN 1 END) AS n_small
    FROM visible_leads
    INNER JOIN channels ON visible_leads.channel = channels.channel
    CROSS JOIN run
    GROUP BY run.as_of_day
)
SELECT channels.channel AS example, channels.n_leads
FROM channels
CROSS JOIN run
INNER JOIN counted ON run.as_of_day = counted.as_of_day
INNER JOIN totals ON run.as_of_day = totals.as_of_day
WHERE counted.n_channels > 40
    OR (
        totals.n_leads >= 100
        AND totals.n_small + totals.n_small + totals.n_small + totals.n_small + totals.n_small > totals.n_leads
    )
