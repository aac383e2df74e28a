-- Cancelled and diverted flights
-- Flights of each carrier that never departed, or departed but did not arrive at their destination.
-- empty: No flights were cancelled or diverted.
-- cancelled_rate: cancelled / flights.
SELECT
    carrier,
    sum(cancelled) AS cancelled,
    sum(diverted) AS diverted,
    CAST(sum(cancelled) AS DOUBLE) / sum(flights) AS cancelled_rate
FROM carrier_delays
GROUP BY carrier
HAVING sum(cancelled) + sum(diverted) > 0
ORDER BY sum(cancelled) + sum(diverted) DESC, carrier
