-- grain: one row per type of action, whether it was seen around the SQL, and how often in ordinary days before
-- key:   type, near, ordinary, spells
-- SQLs by whether the type was seen from the day before the SQL to the day after it (1 or 0), and by the spells of three
-- days before, of as many as the lead was known, in which it was. The type '' counts every SQL whose lead was known at
-- least 4 days before, and an MQL at least 2. Types seen in neither have no row.
WITH seen AS (
    SELECT '' AS type, 0 AS near, 0 AS ordinary, traces.spells
    FROM traces
    WHERE traces.spells > 0
    UNION ALL
    SELECT trace_types.type, trace_types.near, trace_types.ordinary, traces.spells
    FROM trace_types
    INNER JOIN traces ON trace_types.lead_id = traces.lead_id
    WHERE trace_types.near > 0 OR trace_types.ordinary > 0
)
SELECT seen.type, seen.near, seen.ordinary, seen.spells, COUNT(*) AS n
FROM seen
GROUP BY seen.type, seen.near, seen.ordinary, seen.spells
