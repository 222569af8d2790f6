-- grain: one row per exit month, stage, reason and what followed
-- key:   month, stage, reason, later
-- Why first MQLs were disqualified or recycled, by the month of the exit: the twenty most frequent reasons (of equally
-- frequent ones the last in the alphabet), the others as '(other reasons)'. Later: 'sql' = an SQL after all, 'back' = an MQL again, 'back_sql' = an MQL again and then an SQL.
WITH exits AS (
    SELECT
        calendar.month,
        handoffs.exit_stage AS stage,
        CASE WHEN handoffs.exit_reason = '' THEN '(no reason)' ELSE handoffs.exit_reason END AS reason,
        CASE
            WHEN handoffs.pass_sql_day IS NOT NULL THEN 'sql'
            WHEN handoffs.returned_sql_day IS NOT NULL THEN 'back_sql'
            WHEN handoffs.next_mql_day IS NOT NULL THEN 'back'
            ELSE 'none'
        END AS later
    FROM handoffs
    INNER JOIN calendar ON handoffs.exit_day = calendar.day
),
counted AS (
    SELECT exits.reason, COUNT(*) AS n
    FROM exits
    GROUP BY exits.reason
),
ranked AS (
    SELECT counted.reason, ROW_NUMBER() OVER (ORDER BY counted.n DESC, counted.reason DESC) AS place
    FROM counted
),
kept AS (
    SELECT
        exits.month,
        exits.stage,
        CASE WHEN ranked.place <= 20 THEN exits.reason ELSE '(other reasons)' END AS reason,
        exits.later
    FROM exits
    INNER JOIN ranked ON exits.reason = ranked.reason
)
SELECT kept.month, kept.stage, kept.reason, kept.later, COUNT(*) AS n
FROM kept
GROUP BY kept.month, kept.stage, kept.reason, kept.later
