-- grain: one row per month and channel with spend that no lead has
-- key:   example, month
-- finding: spend::unmapped_channel
-- of: acquisition
-- What was spent in channels that are the channel of no lead.
WITH channels AS (
    SELECT visible_leads.channel, COUNT(*) AS n_leads
    FROM visible_leads
    GROUP BY visible_leads.channel
)
SELECT acquisition.channel AS example, acquisition.month
FROM acquisition
LEFT JOIN channels ON acquisition.channel = channels.channel
WHERE channels.n_leads IS NULL AND acquisition.amount > 0
