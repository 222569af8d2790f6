-- grain: one row per account, a lead without one being its own
-- key:   none
-- The first MQL among the leads of an account, and the first SQL of any of them on or after it: a lead's SQL belongs to the
-- latest of its own MQLs, as in `journeys`. The account is NULL where it is not known.
WITH members AS (
    SELECT
        visible_leads.account,
        journeys.mql_day,
        journeys.sql_day,
        journeys.pass_sql_day
    FROM journeys
    INNER JOIN visible_leads ON journeys.lead_id = visible_leads.lead_id
    WHERE visible_leads.account IS NOT NULL
),
firsts AS (
    SELECT
        members.account,
        MIN(members.mql_day) AS mql_day,
        MIN(members.sql_day) AS sql_day
    FROM members
    GROUP BY members.account
),
passes AS (
    SELECT
        members.account,
        MIN(
            CASE
                WHEN members.sql_day >= firsts.mql_day
                    AND (members.mql_day IS NULL OR members.sql_day < members.mql_day)
                THEN members.sql_day
                ELSE members.pass_sql_day
            END
        ) AS pass_sql_day
    FROM members
    INNER JOIN firsts ON members.account = firsts.account
    GROUP BY members.account
)
SELECT firsts.account, firsts.mql_day, firsts.sql_day, passes.pass_sql_day
FROM firsts
INNER JOIN passes ON firsts.account = passes.account
UNION ALL
SELECT visible_leads.account, journeys.mql_day, journeys.sql_day, journeys.pass_sql_day
FROM journeys
INNER JOIN visible_leads ON journeys.lead_id = visible_leads.lead_id
WHERE visible_leads.account IS NULL
