-- The places that rose on one of the last seven days with tweets, on their best day.
CREATE OR REPLACE VIEW social.rising_locations AS
SELECT day, place_id, place, country, tweets, authors, usual, z
FROM (
    SELECT
        day, place_id, place, country, tweets, authors, usual, z,
        row_number() OVER (PARTITION BY place_id ORDER BY z DESC NULLS LAST, day DESC) AS best
    FROM social.place_trends
    WHERE is_rising AND day > (SELECT max(day) - 7 FROM social.place_trends)
) AS risen
WHERE best = 1
