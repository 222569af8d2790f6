-- grain: one row per half-life, month of the decision, fold, pattern and outcome
-- key:   half_life_days, month, fold, pattern, outcome
-- Worked leads at the moment of decision that have had their whole window: recorded MQLs at their MQL, explored leads when
-- they were handed over. A pattern is what they had done by then, capped and counted in quarters, and who they are.
SELECT
    decisions.half_life_days,
    calendar.month,
    decisions.fold,
    decisions.pattern,
    decisions.outcome,
    COUNT(*) AS n
FROM decisions
INNER JOIN calendar ON decisions.decided_day = calendar.day
GROUP BY decisions.half_life_days, calendar.month, decisions.fold, decisions.pattern, decisions.outcome
