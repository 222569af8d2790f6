-- grain: one row per stage entry that follows a later stage
-- key:   example, stage, entered_s
-- finding: stage_history::went_backwards
-- of: stage_entries
-- An entry into a stage before the one that was entered last, with no recycling or disqualification between them. Sales
-- accepts before or after it works a lead, and a lead explored below the bar may still become an MQL: both are no step back.
-- Only leads with any entry after a later stage are looked at in order, which spares most of them the sorting.
WITH candidates AS (
    SELECT later.lead_id, COUNT(*) AS n_pairs
    FROM stage_entries AS later
    INNER JOIN stage_entries AS earlier ON later.lead_id = earlier.lead_id
    WHERE later.position >= 1
        AND later.position <= 6
        AND earlier.position < later.position
        AND earlier.entered_s > later.entered_until_s
    GROUP BY later.lead_id
),
moves AS (
    SELECT
        stage_entries.lead_id,
        stage_entries.stage,
        stage_entries.position,
        stage_entries.entered_s,
        LAG(stage_entries.position) OVER (
            PARTITION BY stage_entries.lead_id ORDER BY stage_entries.entered_s, stage_entries.position
        ) AS previous_position,
        LAG(stage_entries.entered_until_s) OVER (
            PARTITION BY stage_entries.lead_id ORDER BY stage_entries.entered_s, stage_entries.position
        ) AS previous_until_s,
        LAG(stage_entries.reason) OVER (
            PARTITION BY stage_entries.lead_id ORDER BY stage_entries.entered_s, stage_entries.position
        ) AS previous_reason
    FROM stage_entries
    INNER JOIN candidates ON stage_entries.lead_id = candidates.lead_id
)
SELECT moves.lead_id AS example, moves.stage, moves.entered_s
FROM moves
WHERE moves.position < moves.previous_position
    AND moves.previous_position <= 6
    AND moves.entered_s > moves.previous_until_s
    AND (moves.position <> 2 OR moves.previous_position <> 3)
    AND moves.previous_reason <> 'exploration'
