-- About this report
-- Months are by local days at the airports of departure.
CREATE OR REPLACE VIEW flights.report_facts AS
SELECT
  COUNT(DISTINCT carrier) AS carriers,
  MIN(month) AS first_month,
  MAX(month) AS last_month
FROM flights.carrier_delays AS carrier_delays
HAVING
  COUNT(*) > 0
