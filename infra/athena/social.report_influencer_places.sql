-- Where they are
-- The most frequent places of the ten most influential authors.
CREATE OR REPLACE VIEW social.report_influencer_places AS
SELECT
  place AS location,
  country,
  SUM(tweets) AS tweets,
  COUNT(*) AS authors
FROM social.influencer_places AS influencer_places
WHERE
  rank <= 10
GROUP BY
  place_id,
  place,
  country
ORDER BY
  tweets DESC,
  place NULLS FIRST
LIMIT 25
