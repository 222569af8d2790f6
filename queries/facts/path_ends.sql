-- grain: one row per MQL month, age class, weeks seen, outcome, week and band
-- key:   month, age_class, weeks_seen, outcome, week, band
-- Where MQLs ended as far as can be seen: 'open' with the band last reached, or 'converted' in a week, from a band (F and
-- Cv of the policy emulation).
SELECT
    calendar.month,
    scores.age_class,
    scores.weeks_seen,
    scores.outcome,
    scores.end_week AS week,
    scores.end_band AS band,
    COUNT(*) AS n
FROM scores
INNER JOIN calendar ON scores.mql_day = calendar.day
WHERE scores.outcome IS NOT NULL
GROUP BY calendar.month, scores.age_class, scores.weeks_seen, scores.outcome, scores.end_week, scores.end_band
