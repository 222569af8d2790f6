-- grain: one row per kind of worked lead, month, score band when sales got it, and outcome
-- key:   kind, month, band, outcome
-- 'mql': recorded MQLs under the criteria in force; 'explored': leads worked on purpose below the bar; all with their
-- whole window behind them: 'converted' within it, or 'open'. The month is that of the MQL, or of the hand-over.
SELECT scores.worked_kind AS kind, calendar.month, scores.worked_band AS band, scores.worked_outcome AS outcome, COUNT(*) AS n
FROM scores
INNER JOIN calendar ON scores.worked_day = calendar.day
WHERE scores.worked_band IS NOT NULL
GROUP BY scores.worked_kind, calendar.month, scores.worked_band, scores.worked_outcome
