-- About this report
-- Months are by local days at the airports of departure.
-- empty: No flights have been ingested yet.
-- carriers: Carriers with flights.
-- first_month: First month with flights.
-- last_month: Last month with flights.
SELECT count(DISTINCT carrier) AS carriers, min(month) AS first_month, max(month) AS last_month
FROM carrier_delays
HAVING count(*) > 0
