-- grain: one row per kind and name of a group, score band, month, criteria version and outcome
-- key:   kind, name, band, month, era, outcome
-- Worked leads, mature ones only, by the month they were handed over and what sets them apart. 'early': MQLs within 30 days of
-- creation, by the month of creation; 'type': the action was seen by then; 'lone': one type gives more than half of
-- the score; 'email': 'vanishes' when the score without opens and instant clicks is below the bar, else 'stays';
-- 'attribute': band 1 where it is filled, 0 where it is missing. A lead is in several groups.
WITH worked AS (
    SELECT
        traces.lead_id,
        journeys.channel,
        traces.band,
        decided.month,
        created.month AS created_month,
        traces.decided_era AS era,
        traces.outcome,
        traces.early_mql,
        traces.lone,
        traces.without_email
    FROM traces
    INNER JOIN journeys ON traces.lead_id = journeys.lead_id
    INNER JOIN calendar AS decided ON traces.decided_day = decided.day
    INNER JOIN calendar AS created ON journeys.created_day = created.day
    WHERE traces.outcome IS NOT NULL
),
groups AS (
    SELECT 'all' AS kind, '' AS name, 0 AS band, worked.month, worked.era, worked.outcome
    FROM worked
    UNION ALL
    SELECT 'early' AS kind, '' AS name, 0 AS band, worked.created_month AS month, worked.era, worked.outcome
    FROM worked
    WHERE worked.early_mql = 'mql'
    UNION ALL
    SELECT 'channel' AS kind, worked.channel AS name, worked.band, worked.month, worked.era, worked.outcome
    FROM worked
    UNION ALL
    SELECT 'lone' AS kind, worked.lone AS name, 0 AS band, worked.month, worked.era, worked.outcome
    FROM worked
    WHERE worked.lone IS NOT NULL
    UNION ALL
    SELECT 'email' AS kind, worked.without_email AS name, 0 AS band, worked.month, worked.era, worked.outcome
    FROM worked
    WHERE worked.without_email IS NOT NULL
    UNION ALL
    SELECT 'type' AS kind, trace_types.type AS name, worked.band, worked.month, worked.era, worked.outcome
    FROM worked
    INNER JOIN trace_types ON worked.lead_id = trace_types.lead_id
    WHERE trace_types.seen = 1
    UNION ALL
    SELECT
        'attribute' AS kind, trace_attributes.attribute AS name, trace_attributes.filled AS band, 0 AS month, 0 AS era, worked.outcome
    FROM worked
    INNER JOIN trace_attributes ON worked.lead_id = trace_attributes.lead_id
)
SELECT groups.kind, groups.name, groups.band, groups.month, groups.era, groups.outcome, COUNT(*) AS n
FROM groups
GROUP BY groups.kind, groups.name, groups.band, groups.month, groups.era, groups.outcome
