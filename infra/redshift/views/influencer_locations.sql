-- The places of each listed author: how often, and from when to when.
CREATE OR REPLACE VIEW social.influencer_locations AS
SELECT
    author_id, author_name, rank, place_id, place, country, tweets, share, first_day, last_day,
    row_number() OVER (PARTITION BY author_id ORDER BY tweets DESC, place_id) AS place_rank
FROM social.influencer_places
