-- grain: one row per score band below the bar, treatment and outcome
-- key:   band, treatment, outcome
-- What is known of leads old enough to have reached the bar that never did, by peak score band: 'explored' (worked on
-- purpose), 'worked' (by sales all the same) or 'untouched' (by all that is recorded), and whether they became an SQL.
WITH touched AS (
    SELECT stage_entries.lead_id, COUNT(*) AS n_touches
    FROM stage_entries
    WHERE stage_entries.position >= 2 AND stage_entries.position <= 3 AND stage_entries.reason <> 'exploration'
    GROUP BY stage_entries.lead_id
),
known AS (
    SELECT
        scores.below_band AS band,
        CASE
            WHEN journeys.explored_day IS NOT NULL THEN 'explored'
            WHEN touched.n_touches IS NOT NULL THEN 'worked'
            ELSE 'untouched'
        END AS treatment,
        CASE WHEN journeys.sql_day IS NULL THEN 'open' ELSE 'sql' END AS outcome
    FROM scores
    INNER JOIN journeys ON scores.lead_id = journeys.lead_id
    LEFT JOIN touched ON scores.lead_id = touched.lead_id
    WHERE scores.below_kind = 'peak'
)
SELECT known.band, known.treatment, known.outcome, COUNT(*) AS n
FROM known
GROUP BY known.band, known.treatment, known.outcome
