-- grain: one row per lead that counts
-- key:   lead_id
-- First MQL, the first SQL and customer of that first episode, the first of all, and what was inferred or explored.
-- An arrival belongs to the latest episode begun on or before its day.
WITH first_mql AS (
    SELECT mql_episodes.lead_id, mql_episodes.mql_day, mql_episodes.mql_s, mql_episodes.mql_until_s
    FROM mql_episodes
    WHERE mql_episodes.episode = 1
),
second_mql AS (
    SELECT mql_episodes.lead_id, mql_episodes.mql_day AS next_mql_day
    FROM mql_episodes
    WHERE mql_episodes.episode = 2
),
firsts AS (
    SELECT
        arrivals.lead_id,
        MIN(arrivals.arrived_day) AS sql_day,
        MIN(CASE WHEN arrivals.position <= 5 THEN arrivals.arrived_day END) AS recorded_sql_day,
        MIN(CASE WHEN arrivals.position = 6 THEN arrivals.arrived_day END) AS customer_day
    FROM arrivals
    GROUP BY arrivals.lead_id
),
in_first_episode AS (
    SELECT
        arrivals.lead_id,
        MIN(
            CASE
                WHEN arrivals.arrived_day >= first_mql.mql_day
                    AND (second_mql.next_mql_day IS NULL OR arrivals.arrived_day < second_mql.next_mql_day)
                THEN arrivals.arrived_day
            END
        ) AS pass_sql_day,
        MIN(
            CASE
                WHEN arrivals.arrived_day >= first_mql.mql_day
                    AND (second_mql.next_mql_day IS NULL OR arrivals.arrived_day < second_mql.next_mql_day)
                THEN arrivals.arrived_s
            END
        ) AS pass_sql_s,
        MIN(
            CASE
                WHEN arrivals.position = 6
                    AND arrivals.arrived_day >= first_mql.mql_day
                    AND (second_mql.next_mql_day IS NULL OR arrivals.arrived_day < second_mql.next_mql_day)
                THEN arrivals.arrived_day
            END
        ) AS pass_customer_day
    FROM arrivals
    INNER JOIN first_mql ON arrivals.lead_id = first_mql.lead_id
    LEFT JOIN second_mql ON arrivals.lead_id = second_mql.lead_id
    GROUP BY arrivals.lead_id
),
explored AS (
    SELECT stage_entries.lead_id, MIN(stage_entries.entered_day) AS explored_day, MIN(stage_entries.entered_s) AS explored_s
    FROM stage_entries
    WHERE stage_entries.stage = 'working' AND stage_entries.reason = 'exploration'
    GROUP BY stage_entries.lead_id
)
SELECT
    visible_leads.lead_id,
    visible_leads.channel,
    visible_leads.created_day,
    visible_leads.created_s,
    first_mql.mql_day,
    first_mql.mql_s,
    first_mql.mql_until_s,
    CASE
        WHEN first_mql.mql_day IS NULL AND explored.explored_day IS NULL THEN firsts.sql_day
    END AS inferred_mql_day,
    firsts.sql_day,
    firsts.recorded_sql_day,
    firsts.customer_day,
    in_first_episode.pass_sql_day,
    in_first_episode.pass_sql_s,
    in_first_episode.pass_customer_day,
    explored.explored_day,
    explored.explored_s
FROM visible_leads
LEFT JOIN first_mql ON visible_leads.lead_id = first_mql.lead_id
LEFT JOIN firsts ON visible_leads.lead_id = firsts.lead_id
LEFT JOIN in_first_episode ON visible_leads.lead_id = in_first_episode.lead_id
LEFT JOIN explored ON visible_leads.lead_id = explored.lead_id
