-- grain: one row per MQL episode of a lead
-- key:   lead_id, episode
-- A new episode is an MQL entry after a recycled or disqualified one, or at least `re_mql_days` after the previous
-- MQL entry. Other repeats of the stage are ignored.
WITH moves AS (
    SELECT
        stage_entries.lead_id,
        stage_entries.stage,
        stage_entries.entered_day,
        stage_entries.entered_s,
        stage_entries.entered_until_s,
        LAG(stage_entries.stage) OVER (
            PARTITION BY stage_entries.lead_id ORDER BY stage_entries.entered_s, stage_entries.position
        ) AS previous_stage,
        LAG(stage_entries.entered_day) OVER (
            PARTITION BY stage_entries.lead_id ORDER BY stage_entries.entered_s, stage_entries.position
        ) AS previous_day
    FROM stage_entries
    WHERE stage_entries.stage = 'mql' OR stage_entries.stage = 'disqualified' OR stage_entries.stage = 'recycled'
),
starts AS (
    SELECT
        moves.lead_id,
        moves.entered_day,
        moves.entered_s,
        moves.entered_until_s
    FROM moves
    CROSS JOIN run
    WHERE moves.stage = 'mql'
        AND (
            moves.previous_stage IS NULL
            OR moves.previous_stage <> 'mql'
            OR moves.entered_day - moves.previous_day >= run.re_mql_days
        )
)
SELECT
    starts.lead_id,
    ROW_NUMBER() OVER (PARTITION BY starts.lead_id ORDER BY starts.entered_s) AS episode,
    starts.entered_day AS mql_day,
    starts.entered_s AS mql_s,
    starts.entered_until_s AS mql_until_s
FROM starts
