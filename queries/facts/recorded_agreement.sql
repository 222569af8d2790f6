-- grain: one row per moment, step of the score in the export, step of the replayed score, and agreement
-- key:   moment, recorded_step, replayed_step, agreement
-- 'mql': the score when the lead became MQL; 'today': the score on the day of the export. 'same' is at most half a point apart.
SELECT
    recorded_scores.moment,
    recorded_scores.recorded_step,
    recorded_scores.replayed_step,
    recorded_scores.agreement,
    COUNT(*) AS n
FROM recorded_scores
WHERE recorded_scores.agreement IS NOT NULL
GROUP BY
    recorded_scores.moment, recorded_scores.recorded_step, recorded_scores.replayed_step, recorded_scores.agreement
