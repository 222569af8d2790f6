-- grain: one row per stage entry that was made together with many others
-- key:   example, stage, entered_s
-- finding: stage_history::bulk_change
-- of: stage_entries
-- Entries of at least 20 leads into one stage in the very same second, from MQL to customer: an import or a stage copied
-- from the company. Where only dates are known nothing can be said; where no day of a stage has two different seconds,
-- they are dates in disguise.
WITH days AS (
    SELECT
        stage_entries.stage,
        stage_entries.entered_day,
        MIN(stage_entries.entered_s) AS first_s,
        MAX(stage_entries.entered_s) AS last_s
    FROM stage_entries
    WHERE stage_entries.entered_s = stage_entries.entered_until_s
    GROUP BY stage_entries.stage, stage_entries.entered_day
),
clocked AS (
    SELECT days.stage, COUNT(*) AS n_days
    FROM days
    WHERE days.first_s < days.last_s
    GROUP BY days.stage
),
crowds AS (
    SELECT stage_entries.stage, stage_entries.entered_s, COUNT(*) AS n_entries
    FROM stage_entries
    WHERE stage_entries.entered_s = stage_entries.entered_until_s
        AND stage_entries.position >= 1
        AND stage_entries.position <= 6
    GROUP BY stage_entries.stage, stage_entries.entered_s
),
crowded AS (
    SELECT crowds.stage, crowds.entered_s
    FROM crowds
    INNER JOIN clocked ON crowds.stage = clocked.stage
    WHERE crowds.n_entries >= 20
),
instants AS (
    SELECT stage_entries.lead_id, stage_entries.stage, stage_entries.entered_s
    FROM stage_entries
    INNER JOIN crowded ON stage_entries.stage = crowded.stage AND stage_entries.entered_s = crowded.entered_s
    INNER JOIN journeys ON stage_entries.lead_id = journeys.lead_id
    WHERE stage_entries.entered_s = stage_entries.entered_until_s
),
seconds AS (
    SELECT instants.stage, instants.entered_s, COUNT(*) AS n_leads
    FROM instants
    GROUP BY instants.stage, instants.entered_s
)
SELECT instants.lead_id AS example, instants.stage, instants.entered_s
FROM instants
INNER JOIN seconds ON instants.stage = seconds.stage AND instants.entered_s = seconds.entered_s
WHERE seconds.n_leads >= 20
