-- Who is late
-- Minutes of delay at arrival of each carrier, over all months; early flights count less than nothing.
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
