-- grain: one row per remark on the funnel
-- key:   remark
-- What the findings on the funnel count, of leads that count.
WITH remarks AS (
    SELECT 'mql' AS remark FROM journeys WHERE journeys.mql_day IS NOT NULL
    UNION ALL
    SELECT 'sql_before_mql' AS remark FROM journeys WHERE journeys.sql_day < journeys.mql_day
    UNION ALL
    SELECT 'customer_before_mql' AS remark FROM journeys WHERE journeys.customer_day < journeys.mql_day
    UNION ALL
    SELECT 'inferred_mql' AS remark FROM journeys WHERE journeys.inferred_mql_day IS NOT NULL
    UNION ALL
    SELECT 'episode' AS remark
    FROM mql_episodes INNER JOIN journeys ON mql_episodes.lead_id = journeys.lead_id
    UNION ALL
    SELECT 'mql_entry' AS remark
    FROM stage_entries INNER JOIN journeys ON stage_entries.lead_id = journeys.lead_id
    WHERE stage_entries.stage = 'mql'
    UNION ALL
    SELECT 'sql_entry' AS remark
    FROM stage_entries INNER JOIN journeys ON stage_entries.lead_id = journeys.lead_id
    WHERE stage_entries.stage = 'sql'
)
SELECT remarks.remark, COUNT(*) AS n
FROM remarks
GROUP BY remarks.remark
