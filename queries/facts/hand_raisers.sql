-- grain: one row per kind of lead, peak score band and whether it became an SQL all the same
-- key:   hand, band, later
-- Leads old enough to have reached the bar: 'missed' asked for sales before any SQL and never reached it, 'quiet' never asked
-- and never reached it, 'reached' asked and was an MQL (band -1). Explored leads are left out of the first two: sales was sent to them.
WITH raisers AS (
    SELECT
        traces.hand,
        COALESCE(scores.below_band, 0 - 1) AS band,
        CASE WHEN journeys.sql_day IS NULL THEN 'none' ELSE 'sql' END AS later
    FROM traces
    INNER JOIN scores ON traces.lead_id = scores.lead_id
    INNER JOIN journeys ON traces.lead_id = journeys.lead_id
    WHERE traces.hand IS NOT NULL AND (traces.hand = 'reached' OR journeys.explored_day IS NULL)
)
SELECT raisers.hand, raisers.band, raisers.later, COUNT(*) AS n
FROM raisers
GROUP BY raisers.hand, raisers.band, raisers.later
