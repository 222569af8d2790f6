-- grain: one row per MQL month, age class, block of weeks, band and band a week later
-- key:   month, age_class, block, band, next_band
-- How the scores of open MQLs move from week to week (T of the policy emulation).
SELECT
    calendar.month,
    scores.age_class,
    weeks.block,
    paths.band,
    paths.next_band,
    COUNT(*) AS n
FROM paths
INNER JOIN scores ON paths.lead_id = scores.lead_id
INNER JOIN weeks ON paths.week = weeks.week
INNER JOIN calendar ON scores.mql_day = calendar.day
GROUP BY calendar.month, scores.age_class, weeks.block, paths.band, paths.next_band
