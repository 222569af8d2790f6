-- grain: one row per type of action and whether it was seen around the SQL, and in ordinary days before
-- key:   type, near, ordinary
-- SQLs by whether the type was seen from the day before the SQL to the day after it (1 or 0) and in three days a week
-- before. The type '' counts every SQL whose lead was known at least 9 days before, and an MQL at least 2. Types seen in neither have no row.
WITH seen AS (
    SELECT '' AS type, 0 AS near, 0 AS ordinary
    FROM traces
    WHERE traces.sql_watched = 1
    UNION ALL
    SELECT trace_types.type, trace_types.near, trace_types.ordinary
    FROM trace_types
    WHERE trace_types.near = 1 OR trace_types.ordinary = 1
)
SELECT seen.type, seen.near, seen.ordinary, COUNT(*) AS n
FROM seen
GROUP BY seen.type, seen.near, seen.ordinary
