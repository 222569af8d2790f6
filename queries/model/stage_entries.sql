-- grain: one row per visible stage entry
-- key:   lead_id, stage, entered_s
-- Stage entries up to the last visible day, with the stage's place in the funnel.
SELECT
    stage_history.lead_id,
    stage_history.stage,
    stages.position,
    stage_history.entered_day,
    stage_history.entered_s,
    stage_history.entered_until_s,
    stage_history.reason
FROM stage_history
INNER JOIN stages ON stage_history.stage = stages.stage
CROSS JOIN run
WHERE stage_history.entered_day <= run.as_of_day
