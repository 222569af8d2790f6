-- grain: one row per event, month and channel
-- key:   event, month, channel
-- Who entered what in which month: leads by creation, first MQLs, inferred MQLs, re-MQLs, first SQLs, first customers.
WITH events AS (
    SELECT 'lead' AS event, journeys.created_day AS event_day, journeys.channel
    FROM journeys
    UNION ALL
    SELECT 'mql' AS event, journeys.mql_day AS event_day, journeys.channel
    FROM journeys
    WHERE journeys.mql_day IS NOT NULL
    UNION ALL
    SELECT 'inferred_mql' AS event, journeys.inferred_mql_day AS event_day, journeys.channel
    FROM journeys
    WHERE journeys.inferred_mql_day IS NOT NULL
    UNION ALL
    SELECT 're_mql' AS event, mql_episodes.mql_day AS event_day, journeys.channel
    FROM mql_episodes
    INNER JOIN journeys ON mql_episodes.lead_id = journeys.lead_id
    WHERE mql_episodes.episode >= 2
    UNION ALL
    SELECT 'sql' AS event, journeys.sql_day AS event_day, journeys.channel
    FROM journeys
    WHERE journeys.sql_day IS NOT NULL
    UNION ALL
    SELECT 'customer' AS event, journeys.customer_day AS event_day, journeys.channel
    FROM journeys
    WHERE journeys.customer_day IS NOT NULL
)
SELECT
    events.event,
    calendar.month,
    events.channel,
    COUNT(*) AS n
FROM events
INNER JOIN calendar ON events.event_day = calendar.day
GROUP BY events.event, calendar.month, events.channel
