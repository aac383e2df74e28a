-- Cancelled and diverted
-- Flights of each carrier that never departed, or departed and did not arrive where they were to.
-- empty: No flight was cancelled or diverted.
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
