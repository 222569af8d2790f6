-- grain: one row per arrival at SQL or beyond
-- key:   none
-- A funnel stage counts "this one or a later one"; a won deal is an arrival at customer (position 6).
SELECT
    stage_entries.lead_id,
    stage_entries.position,
    stage_entries.entered_day AS arrived_day,
    stage_entries.entered_s AS arrived_s
FROM stage_entries
WHERE stage_entries.position >= 4 AND stage_entries.position <= 6
UNION ALL
SELECT
    won_deals.lead_id,
    6 AS position,
    won_deals.closed_day AS arrived_day,
    won_deals.closed_s AS arrived_s
FROM won_deals
