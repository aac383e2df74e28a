-- Delay by carrier
-- Arrival delay of each carrier in minutes, over all months; early arrivals count negative.
-- empty: No flights have arrived yet.
-- mean_arr_delay: Mean arrival delay in minutes, over flights that arrived.
SELECT
    carrier,
    CAST(sum(total_arr_delay) AS DOUBLE) / sum(arrived) AS mean_arr_delay,
    sum(flights) AS flights,
    sum(arrived) AS arrived
FROM carrier_delays
GROUP BY carrier
HAVING sum(arrived) > 0
ORDER BY mean_arr_delay DESC, carrier
