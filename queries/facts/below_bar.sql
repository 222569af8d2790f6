-- grain: one row per kind of lead, month and score band
-- key:   kind, month, band
-- 'peak': leads old enough to have reached the bar that never did, by peak score band (month 0). 'mql': MQLs among the
-- leads of that age (month 0, band 0). 'explored_open' and 'explored_sql': leads worked on purpose below the bar, at
-- least a window ago, by the month they were handed over, their score band then, and whether they became an SQL.
WITH kinds AS (
    SELECT scores.below_kind AS kind, 0 AS month, scores.below_band AS band
    FROM scores
    WHERE scores.below_kind IS NOT NULL
    UNION ALL
    SELECT scores.explored_kind AS kind, calendar.month, scores.explored_band AS band
    FROM scores
    INNER JOIN calendar ON scores.explored_day = calendar.day
    WHERE scores.explored_kind IS NOT NULL
)
SELECT kinds.kind, kinds.month, kinds.band, COUNT(*) AS n
FROM kinds
GROUP BY kinds.kind, kinds.month, kinds.band
