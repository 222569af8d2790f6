-- grain: one row per lead created long before any stage was recorded
-- key:   example
-- finding: stage_history::coverage
-- of: visible_leads
-- Leads created more than 60 days before the first entry into MQL or a later stage, where these are at least 20 and a twentieth of
-- all leads: the history of stages begins later than the leads.
WITH firsts AS (
    SELECT run.as_of_day, MIN(stage_entries.entered_day) AS first_day
    FROM stage_entries
    CROSS JOIN run
    WHERE stage_entries.position >= 1 AND stage_entries.position <= 6
    GROUP BY run.as_of_day
),
total AS (
    SELECT run.as_of_day, COUNT(*) AS n_leads
    FROM visible_leads
    CROSS JOIN run
    GROUP BY run.as_of_day
),
early AS (
    SELECT visible_leads.lead_id, run.as_of_day
    FROM visible_leads
    CROSS JOIN run
    INNER JOIN firsts ON run.as_of_day = firsts.as_of_day
    WHERE visible_leads.created_day + 60 < firsts.first_day
),
counted AS (
    SELECT early.as_of_day, COUNT(*) AS n_early
    FROM early
    GROUP BY early.as_of_day
),
fives AS (
    SELECT
        counted.as_of_day,
        counted.n_early,
        counted.n_early + counted.n_early + counted.n_early + counted.n_early + counted.n_early AS five_early
    FROM counted
)
SELECT early.lead_id AS example
FROM early
INNER JOIN fives ON early.as_of_day = fives.as_of_day
INNER JOIN total ON early.as_of_day = total.as_of_day
WHERE fives.n_early >= 20
    AND fives.five_early + fives.five_early + fives.five_early + fives.five_early >= total.n_leads
