-- Cancelled and diverted flights
-- Flights of each carrier that never departed, or departed but did not arrive at their destination.
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
