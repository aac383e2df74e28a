"""Made tweets through the daily pipeline: places, newer counters and deletions."""

from datetime import date

from jobs.samples.tweets import INFLUENCERS, tweets
from jobs.social import daily as social
from tests.conftest import InProcess


def test_made_tweets_are_taken_once_without_the_deleted_ones_and_their_places_are_found(daily: InProcess) -> None:
    tweets(str(daily.input), rows=400, days=2, start=date(2019, 7, 1), seed=1)
    daily.job = social.JOB
    assert daily.run() == 0, daily.output
    assert "warning" not in daily.output
    delivered = daily.table("social.clean_tweets")
    deleted = delivered.filter("kind = 'delete'").count()
    assert deleted > 0
    found = daily.table("social.tweets")
    assert found.count() == 400 - deleted
    again = delivered.filter("kind = 'tweet'").count() - 400
    newest = (
        delivered.filter("kind = 'tweet'")
        .groupBy("tweet_id")
        .agg({"likes": "max"})
        .withColumnRenamed("max(likes)", "most")
    )
    assert again > 0
    assert found.join(newest, on="tweet_id").filter("likes < most").count() == 0
    places = {row.place for row in daily.table("social.tweet_places").select("place").distinct().collect()}
    assert {name for _, _, (name, _) in INFLUENCERS} <= places
    ranked = daily.table("social.influencers").filter("rank <= 5").collect()
    assert {row.author_name for row in ranked} == {name for name, _, _ in INFLUENCERS}
    assert daily.table("social.place_trends").count() > 0
    assert (daily.path / "report_social.html").exists()
