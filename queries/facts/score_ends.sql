-- grain: one row per score today, score at the MQL moment and outcome
-- key:   uncut_band, mql_band, outcome
-- Mature MQLs by the score that the whole history gives today, nothing cut off at the SQL, and by that at the MQL moment, both
-- under the criteria in force and in twentieths of the bar.
SELECT traces.uncut_band, traces.mql_band, traces.outcome, COUNT(*) AS n
FROM traces
WHERE traces.outcome IS NOT NULL AND traces.uncut_band IS NOT NULL
GROUP BY traces.uncut_band, traces.mql_band, traces.outcome
