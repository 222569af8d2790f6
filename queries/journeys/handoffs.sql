-- grain: one row per lead with a recorded first MQL
-- key:   lead_id
-- What sales did with the first MQL: the first touch (working, sal or a later stage, on or after the MQL's day and before the
-- day of the next MQL), the first recorded working or sal, not later than the SQL, and the first disqualification or
-- recycling before any SQL. What was worked on purpose below the bar (reason 'exploration') is no touch.
WITH second_mql AS (
    SELECT mql_episodes.lead_id, mql_episodes.mql_day AS next_mql_day, mql_episodes.mql_s AS next_mql_s
    FROM mql_episodes
    WHERE mql_episodes.episode = 2
),
mqls AS (
    SELECT
        journeys.lead_id,
        journeys.channel,
        journeys.mql_day,
        journeys.mql_s,
        journeys.sql_day,
        journeys.pass_sql_day,
        journeys.pass_sql_s,
        second_mql.next_mql_day,
        second_mql.next_mql_s
    FROM journeys
    LEFT JOIN second_mql ON journeys.lead_id = second_mql.lead_id
    WHERE journeys.mql_day IS NOT NULL
),
recorded AS (
    SELECT
        stage_entries.lead_id,
        MIN(stage_entries.entered_day) AS touch_day,
        MIN(
            CASE
                WHEN mqls.pass_sql_day IS NULL OR stage_entries.entered_day <= mqls.pass_sql_day
                THEN stage_entries.entered_day
            END
        ) AS recorded_touch_day
    FROM stage_entries
    INNER JOIN mqls ON stage_entries.lead_id = mqls.lead_id
    WHERE stage_entries.position >= 2
        AND stage_entries.position <= 3
        AND stage_entries.reason <> 'exploration'
        AND stage_entries.entered_day >= mqls.mql_day
        AND (mqls.next_mql_day IS NULL OR stage_entries.entered_day < mqls.next_mql_day)
    GROUP BY stage_entries.lead_id
),
exits AS (
    SELECT
        stage_entries.lead_id,
        stage_entries.stage,
        stage_entries.position,
        stage_entries.entered_day,
        stage_entries.entered_s,
        stage_entries.reason
    FROM stage_entries
    INNER JOIN mqls ON stage_entries.lead_id = mqls.lead_id
    WHERE stage_entries.position >= 7
        AND stage_entries.entered_until_s >= mqls.mql_s
        AND (mqls.next_mql_s IS NULL OR stage_entries.entered_s < mqls.next_mql_s)
        AND (mqls.pass_sql_s IS NULL OR stage_entries.entered_until_s < mqls.pass_sql_s)
),
placed AS (
    SELECT
        exits.lead_id,
        exits.stage,
        exits.entered_day,
        exits.reason,
        ROW_NUMBER() OVER (PARTITION BY exits.lead_id ORDER BY exits.entered_s, exits.position, exits.reason) AS place
    FROM exits
),
first_exit AS (
    SELECT placed.lead_id, placed.stage, placed.entered_day, placed.reason
    FROM placed
    WHERE placed.place = 1
),
second_sql AS (
    SELECT arrivals.lead_id, MIN(arrivals.arrived_day) AS returned_sql_day
    FROM arrivals
    INNER JOIN second_mql ON arrivals.lead_id = second_mql.lead_id
    WHERE arrivals.arrived_day >= second_mql.next_mql_day
    GROUP BY arrivals.lead_id
)
SELECT
    mqls.lead_id,
    mqls.channel,
    mqls.mql_day,
    mqls.sql_day,
    mqls.pass_sql_day,
    CASE
        WHEN recorded.touch_day <= mqls.pass_sql_day THEN recorded.touch_day
        ELSE COALESCE(mqls.pass_sql_day, recorded.touch_day)
    END AS touch_day,
    recorded.recorded_touch_day,
    first_exit.stage AS exit_stage,
    first_exit.entered_day AS exit_day,
    first_exit.reason AS exit_reason,
    mqls.next_mql_day,
    second_sql.returned_sql_day
FROM mqls
LEFT JOIN recorded ON mqls.lead_id = recorded.lead_id
LEFT JOIN first_exit ON mqls.lead_id = first_exit.lead_id
LEFT JOIN second_sql ON mqls.lead_id = second_sql.lead_id
