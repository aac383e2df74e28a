-- All flights
-- Flights of all carriers and months.
CREATE OR REPLACE VIEW flights.report_all_flights AS
SELECT
  SUM(flights) AS flights,
  TRY_CAST(SUM(total_arr_delay) AS DOUBLE) / NULLIF(NULLIF(SUM(arrived), 0), 0) AS mean_arr_delay,
  TRY_CAST(SUM(cancelled) AS DOUBLE) / NULLIF(SUM(flights), 0) AS cancelled_rate,
  SUM(cancelled) AS cancelled,
  SUM(diverted) AS diverted
FROM flights.carrier_delays AS carrier_delays
HAVING
  COUNT(*) > 0
