-- Run once after the first load. Redshift only: where rows are kept, and in which order.
ALTER TABLE social.influencers ALTER DISTSTYLE ALL;
ALTER TABLE social.influencer_places ALTER DISTSTYLE ALL;
ALTER TABLE social.place_trends ALTER DISTKEY place_id;
ALTER TABLE social.place_trends ALTER SORTKEY (day, place_id);
ALTER TABLE social.interactions ALTER DISTKEY author_id;
ALTER TABLE social.interactions ALTER SORTKEY (day, author_id);
ALTER TABLE social.tweet_places ALTER DISTKEY author_id;
ALTER TABLE social.tweet_places ALTER SORTKEY (created_at);
ALTER TABLE social.net_sentiment ALTER DISTKEY subject_id;
ALTER TABLE social.net_sentiment ALTER SORTKEY (day, subject_id);
