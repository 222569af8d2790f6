-- grain: one row per kind, name and value of what a lead was or did, actions, month of creation and criteria version then
-- key:   kind, name, value, n_actions, month, era
-- The first 30 days of leads that are at least so old: 'all'; 'mql' within that time; 'instant': an instant click; 'type': actions
-- of a type, from 1 to 20; 'channel'; 'attribute' with its value, '' where it is missing.
WITH young AS (
    SELECT traces.lead_id, journeys.channel, calendar.month, traces.era, traces.early_mql, traces.instant
    FROM traces
    INNER JOIN journeys ON traces.lead_id = journeys.lead_id
    INNER JOIN calendar ON journeys.created_day = calendar.day
    WHERE traces.early_mql IS NOT NULL
),
groups AS (
    SELECT 'all' AS kind, '' AS name, '' AS value, 0 AS n_actions, young.month, young.era
    FROM young
    UNION ALL
    SELECT 'mql' AS kind, '' AS name, '' AS value, 0 AS n_actions, young.month, young.era
    FROM young
    WHERE young.early_mql = 'mql'
    UNION ALL
    SELECT 'instant' AS kind, '' AS name, '' AS value, 0 AS n_actions, young.month, young.era
    FROM young
    WHERE young.instant = 1
    UNION ALL
    SELECT 'channel' AS kind, '' AS name, young.channel AS value, 0 AS n_actions, young.month, young.era
    FROM young
    UNION ALL
    SELECT 'type' AS kind, trace_types.type AS name, '' AS value, trace_types.n_actions, young.month, young.era
    FROM young
    INNER JOIN trace_types ON young.lead_id = trace_types.lead_id
    WHERE trace_types.n_actions > 0
    UNION ALL
    SELECT 'attribute' AS kind, trace_attributes.attribute AS name, trace_attributes.value, 0 AS n_actions, young.month, young.era
    FROM young
    INNER JOIN trace_attributes ON young.lead_id = trace_attributes.lead_id
)
SELECT groups.kind, groups.name, groups.value, groups.n_actions, groups.month, groups.era, COUNT(*) AS n
FROM groups
GROUP BY groups.kind, groups.name, groups.value, groups.n_actions, groups.month, groups.era
