-- grain: one row per recent lead with the score that nearly all of them have
-- key:   example
-- finding: leads::frozen_score
-- of: visible_leads
-- Leads created in the last 180 days, where at least 20 such leads and 95 in a hundred of them have one and the same score (or
-- none), while less than 95 in a hundred of at least 20 older ones do.
WITH ages AS (
    SELECT
        visible_leads.lead_id,
        COALESCE(visible_leads.score, '') AS score,
        CASE WHEN visible_leads.created_day + 180 > run.as_of_day THEN 'recent' ELSE 'older' END AS age
    FROM visible_leads
    CROSS JOIN run
),
same AS (
    SELECT ages.age, ages.score, COUNT(*) AS n
    FROM ages
    GROUP BY ages.age, ages.score
),
most AS (
    SELECT same.age, MAX(same.n) AS n_most
    FROM same
    GROUP BY same.age
),
totals AS (
    SELECT ages.age, COUNT(*) AS n
    FROM ages
    GROUP BY ages.age
),
others AS (
    SELECT totals.age, totals.n, most.n_most, totals.n - most.n_most AS n_other
    FROM totals
    INNER JOIN most ON totals.age = most.age
),
fives AS (
    SELECT
        others.age,
        others.n,
        others.n_most,
        others.n_other + others.n_other + others.n_other + others.n_other + others.n_other AS five_others
    FROM others
),
frozen AS (
    SELECT run.as_of_day, fives.age, fives.n_most
    FROM fives
    CROSS JOIN run
    WHERE fives.age = 'recent'
        AND fives.n >= 20
        AND fives.five_others + fives.five_others + fives.five_others + fives.five_others <= fives.n
),
varied AS (
    SELECT run.as_of_day, fives.n
    FROM fives
    CROSS JOIN run
    WHERE fives.age = 'older'
        AND fives.n >= 20
        AND fives.five_others + fives.five_others + fives.five_others + fives.five_others > fives.n
)
SELECT ages.lead_id AS example
FROM ages
INNER JOIN same ON ages.age = same.age AND ages.score = same.score
INNER JOIN frozen ON same.age = frozen.age AND same.n = frozen.n_most
INNER JOIN varied ON frozen.as_of_day = varied.as_of_day
