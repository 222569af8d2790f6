-- grain: one row per kind of MQL, weeks since creation and scored actions in 28 days
-- key:   kind, week, n_actions
-- MQLs by their scored actions: 'after_sql' in the 28 days after the day of the SQL, 'open' in 28 days of an MQL that never
-- became one. The week is that of the lead's life in which the 28 days begin, pooled to 0, 1, 2, 3, 4, 6, 8, 11, 14, 18, 22.
SELECT trace_windows.kind, trace_windows.week, trace_windows.n_actions, COUNT(*) AS n
FROM trace_windows
GROUP BY trace_windows.kind, trace_windows.week, trace_windows.n_actions
