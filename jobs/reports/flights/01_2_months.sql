-- Delay by month
-- Arrival delay in minutes per month, over all carriers; at most the last 60 months.
-- empty: No flights have arrived yet.
-- mean_arr_delay: Mean arrival delay in minutes, over flights that arrived.
SELECT
    month,
    CAST(sum(total_arr_delay) AS DOUBLE) / sum(arrived) AS mean_arr_delay,
    sum(arrived) AS arrived
FROM carrier_delays
WHERE month > (SELECT add_months(max(month), -60) FROM carrier_delays)
GROUP BY month
HAVING sum(arrived) > 0
ORDER BY month
