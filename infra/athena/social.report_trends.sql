-- Rising places
-- Places and days with unusually many tweets; the newest 25.
CREATE OR REPLACE VIEW social.report_trends AS
SELECT
  day,
  place AS location,
  country,
  tweets,
  authors,
  usual,
  z
FROM social.place_trends AS place_trends
WHERE
  is_rising
ORDER BY
  day DESC,
  z DESC,
  place NULLS FIRST
LIMIT 25
