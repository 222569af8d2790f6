-- grain: one row per stage entry that was made together with many others
-- key:   example, stage, entered_s
-- finding: stage_history::bulk_change
-- of: stage_entries
-- Entries of at least 20 leads into one stage in the very same second, from MQL to customer: an import or a stage copied
-- from the company. Where only dates are known nothing can be said; where no day of a stage has two different seconds,
-- they are dates in disguise.
WITH instants AS (
    SELECT stage_entries.lead_id, stage_entries.stage, stage_entries.entered_day, stage_entries.entered_s
    FROM stage_entries
    INNER JOIN journeys ON stage_entries.lead_id = journeys.lead_id
    WHERE stage_entries.entered_s = stage_entries.entered_until_s
        AND stage_entries.position >= 1
        AND stage_entries.position <= 6
),
days AS (
    SELECT
        instants.stage,
        instants.entered_day,
        MIN(instants.entered_s) AS first_s,
        MAX(instants.entered_s) AS last_s
    FROM instants
    GROUP BY instants.stage, instants.entered_day
),
clocked AS (
    SELECT days.stage, COUNT(*) AS n_days
    FROM days
    WHERE days.first_s < days.last_s
    GROUP BY days.stage
),
seconds AS (
    SELECT instants.stage, instants.entered_s, COUNT(*) AS n_leads
    FROM instants
    GROUP BY instants.stage, instants.entered_s
),
bulk AS (
    SELECT seconds.stage, seconds.entered_s
    FROM seconds
    INNER JOIN clocked ON seconds.stage = clocked.stage
    WHERE seconds.n_leads >= 20
)
SELECT instants.lead_id AS example, instants.stage, instants.entered_s
FROM instants
INNER JOIN bulk ON instants.stage = bulk.stage AND instants.entered_s = bulk.entered_s
