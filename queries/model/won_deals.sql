-- grain: one row per visible won new-business deal and person that it counts for
-- key:   deal_id, lead_id
-- Closed is not won, and a renewal is no new customer. A won deal counts from the day it was won.
SELECT
    deals.deal_id,
    deals.lead_id,
    deals.closed_day,
    deals.closed_s,
    deals.amount,
    deals.amount_band
FROM deals
CROSS JOIN run
WHERE deals.status = 'won' AND deals.kind = 'new' AND deals.closed_day <= run.as_of_day
