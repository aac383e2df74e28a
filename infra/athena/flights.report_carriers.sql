-- Delay by carrier
-- Arrival delay of each carrier in minutes, over all months; early arrivals count negative.
CREATE OR REPLACE VIEW flights.report_carriers AS
SELECT
  carrier,
  TRY_CAST(SUM(total_arr_delay) AS DOUBLE) / NULLIF(SUM(arrived), 0) AS mean_arr_delay,
  SUM(flights) AS flights,
  SUM(arrived) AS arrived
FROM flights.carrier_delays AS carrier_delays
GROUP BY
  carrier
HAVING
  SUM(arrived) > 0
ORDER BY
  mean_arr_delay DESC,
  carrier NULLS FIRST
