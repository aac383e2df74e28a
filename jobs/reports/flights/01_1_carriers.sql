-- Who is late
-- Minutes of delay at arrival of each carrier, over all months; early flights count less than nothing.
-- empty: No flight has arrived yet.
-- mean_arr_delay: Minutes of delay at arrival / flights that arrived.
SELECT
    carrier,
    CAST(sum(total_arr_delay) AS DOUBLE) / sum(arrived) AS mean_arr_delay,
    sum(flights) AS flights,
    sum(arrived) AS arrived
FROM carrier_delays
GROUP BY carrier
HAVING sum(arrived) > 0
ORDER BY mean_arr_delay DESC, carrier
