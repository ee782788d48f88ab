-- The observations added up, one row per account and data set: since when, up to when and how recently. Kept in the load
-- transaction: every sync adds four observations, which after a year of hourly syncs are too many to read for every page.
CREATE TABLE covered AS
    SELECT account_id, data_set, max(observed_at) AS observed_at, min(covered_from) AS covered_from, max(covered_to) AS covered_to
    FROM observations GROUP BY account_id, data_set ORDER BY account_id, data_set;
