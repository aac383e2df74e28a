-- All flights
-- Flights of all carriers and months.
-- empty: No flights have been ingested yet.
-- cancelled_rate: cancelled / flights.
-- mean_arr_delay: Mean arrival delay in minutes, over flights that arrived.
SELECT
    sum(flights) AS flights,
    CAST(sum(total_arr_delay) AS DOUBLE) / nullif(sum(arrived), 0) AS mean_arr_delay,
    CAST(sum(cancelled) AS DOUBLE) / sum(flights) AS cancelled_rate,
    sum(cancelled) AS cancelled,
    sum(diverted) AS diverted
FROM carrier_delays
HAVING count(*) > 0
