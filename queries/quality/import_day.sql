-- grain: one row per day on which leads were imported
-- key:   example
-- finding: leads::import_day
-- of: visible_leads
-- Days on which at least 20 leads, a tenth of all and ten times as many as on the median day were created (`n` of them).
WITH days AS (
    SELECT visible_leads.created_day, COUNT(*) AS n
    FROM visible_leads
    GROUP BY visible_leads.created_day
),
total AS (
    SELECT run.as_of_day, COUNT(*) AS n_leads
    FROM visible_leads
    CROSS JOIN run
    GROUP BY run.as_of_day
),
counted AS (
    SELECT run.as_of_day, COUNT(*) AS n_days
    FROM days
    CROSS JOIN run
    GROUP BY run.as_of_day
),
ranks AS (
    SELECT days.n, ROW_NUMBER() OVER (ORDER BY days.n, days.created_day) AS place
    FROM days
),
median AS (
    SELECT run.as_of_day, ranks.n
    FROM ranks
    CROSS JOIN run
    INNER JOIN counted ON run.as_of_day = counted.as_of_day
    WHERE ranks.place + ranks.place = counted.n_days OR ranks.place + ranks.place = counted.n_days + 1
)
SELECT days.created_day AS example, days.n
FROM days
CROSS JOIN run
INNER JOIN total ON run.as_of_day = total.as_of_day
INNER JOIN median ON run.as_of_day = median.as_of_day
WHERE days.n >= 20
    AND days.n + days.n + days.n + days.n + days.n + days.n + days.n + days.n + days.n + days.n >= total.n_leads
    AND days.n >= median.n + median.n + median.n + median.n + median.n
        + median.n + median.n + median.n + median.n + median.n
