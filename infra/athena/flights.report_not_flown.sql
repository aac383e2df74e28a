-- Cancelled and diverted
-- Flights of each carrier that never departed, or departed and did not arrive where they were to.
CREATE OR REPLACE VIEW flights.report_not_flown AS
SELECT
  carrier,
  SUM(cancelled) AS cancelled,
  SUM(diverted) AS diverted,
  TRY_CAST(SUM(cancelled) AS DOUBLE) / NULLIF(SUM(flights), 0) AS cancelled_rate
FROM flights.carrier_delays AS carrier_delays
GROUP BY
  carrier
HAVING
  SUM(cancelled) + SUM(diverted) > 0
ORDER BY
  SUM(cancelled) + SUM(diverted) DESC,
  carrier NULLS FIRST
