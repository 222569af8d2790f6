-- grain: one row per deal that was closed before it was opened
-- key:   example
-- finding: deals::closed_before_opened
-- of: deals
-- Visible deals whose closing day is earlier than the day on which they were opened.
SELECT deals.deal_id AS example
FROM deals
CROSS JOIN run
WHERE deals.closed_day < deals.opened_day AND deals.closed_day <= run.as_of_day
