-- Delay by month
-- Arrival delay in minutes per month, over all carriers; at most the last 60 months.
CREATE OR REPLACE VIEW flights.report_months AS
SELECT
  month,
  TRY_CAST(SUM(total_arr_delay) AS DOUBLE) / NULLIF(SUM(arrived), 0) AS mean_arr_delay,
  SUM(arrived) AS arrived
FROM flights.carrier_delays AS carrier_delays
WHERE
  month > (
    SELECT
      ADD_MONTHS(MAX(month), -60)
    FROM flights.carrier_delays AS carrier_delays
  )
GROUP BY
  month
HAVING
  SUM(arrived) > 0
ORDER BY
  month NULLS FIRST
