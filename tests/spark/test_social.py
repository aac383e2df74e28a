"""Made tweets through the daily pipeline: places, newer counters and deletions."""

import json
from datetime import UTC, date, datetime

import pytest
from pyspark.sql import SparkSession

from jobs.lake import forget
from jobs.runtime.job import Pipeline
from jobs.runtime.maintenance import domain_jobs
from jobs.runtime.spark.small_frames import content_hash
from jobs.samples.posts import posts
from jobs.samples.tweets import INFLUENCERS, tweets
from jobs.social import clean_tweets, interactions, place_trends, tweet_places
from jobs.social import daily as social
from jobs.social import tweets as tweets_job
from tests.conftest import InProcess


@pytest.mark.slow
def test_made_tweets_are_taken_once_without_the_deleted_ones_and_their_places_are_found(daily: InProcess) -> None:
    tweets(str(daily.input), rows=400, days=2, start=date(2019, 7, 1), seed=1)
    posts(str(daily.input), rows=40, days=2, start=date(2019, 7, 1), seed=1)
    daily.job = social.JOB
    assert daily.run() == 0, daily.output
    assert "warning" not in daily.output
    assert daily.table("social.clean_posts").select("post_id").distinct().count() == 40
    assert daily.table("social.rejected_posts").count() == 0
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
    moods = daily.table("social.tweet_sentiment").groupBy("lang", "sentiment").count().collect()
    assert {row.sentiment for row in moods if row.lang == "hr"} == {"UNSCORED"}
    assert {row.sentiment for row in moods if row.lang == "en"} == {"POSITIVE", "NEGATIVE"}
    of_all = daily.table("social.net_sentiment").filter("subject = 'all' AND net_sentiment > 0")
    assert of_all.count() == 2
    assert daily.run("--export", str(daily.folder / "out"), "--export_format", "json") == 0, daily.output
    [first, *_] = sorted((daily.folder / "out/sentiment").glob("dt=2019-07-0*/tweet_sentiment.json"))
    line = json.loads(first.read_text().split("\n")[0])
    names = "tweetid text originaltext lang sentiment sentimentposscore sentimentnegscore sentimentneuscore"
    assert list(line) == [*names.split(), "sentimentmixedscore", "analyser", "analysed_at"]
    [first, *_] = sorted((daily.folder / "out/entities").glob("dt=2019-07-0*/tweet_entities.json"))
    assert list(json.loads(first.read_text().split("\n")[0]))[:3] == ["tweetid", "entity", "type"]


@pytest.mark.nightly
def test_days_that_come_one_by_one_give_the_tables_of_all_at_once(
    daily: InProcess, spark: SparkSession, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    """The tweets of a day come with newer counters and deletions of the day before."""
    members = (tweets_job, tweet_places, interactions, place_trends)
    job = Pipeline("social.daily", [clean_tweets.JOB.with_files("tweets*"), *(member.JOB for member in members)])
    made = tmp_path_factory.mktemp("made")
    tweets(str(made), rows=200, days=7, start=date(2019, 6, 27), seed=3)
    daily.job, written = job, list[str]()
    for path in sorted(made.iterdir()):
        (daily.input / path.name).write_bytes(path.read_bytes())
        assert daily.run("--time_zone", "Europe/Zagreb") == 0, daily.output
        written.append(daily.output)
    assert not any("rebuilt in full" in output for output in written[1:])
    found = daily.content_hashes()
    at_once = InProcess(spark, tmp_path_factory.mktemp("at_once"), capsys)
    at_once.job = job
    assert at_once.run("--time_zone", "Europe/Zagreb", given=made) == 0, at_once.output
    assert found == at_once.content_hashes()


@pytest.mark.slow
def test_an_erased_author_is_in_no_retweet_and_does_not_come_back_in_one(
    daily: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tweet(number: int, author: str, **others: object) -> dict[str, object]:
        user = {"id_str": author, "screen_name": f"name{author}"}
        posted = f"Mon Jul 01 10:00:{number:02} +0000 2019"
        return {"id_str": f"{number}", "text": f"text {number}", "user": user, "created_at": posted, **others}

    daily.job = Pipeline("social.daily", [clean_tweets.JOB.with_files("tweets*"), tweets_job.JOB])
    monkeypatch.setitem(domain_jobs.PIPELINES, "social", daily.job)
    original = tweet(1, "888777666")
    answer = tweet(3, "33", in_reply_to_status_id_str="1", in_reply_to_user_id_str="888777666")
    given = [original, tweet(2, "22", retweeted_status=original), answer]
    daily.deliver("tweets1.jsonl", *map(json.dumps, given), header="")
    assert daily.run() == 0, daily.output
    assert daily.run("--domain", "social", "--person", "888777666", job=forget.JOB) == 0, daily.output
    assert "social.clean_tweets: 2 rows erased" in daily.output
    daily.deliver("tweets2.jsonl", json.dumps(tweet(4, "44", retweeted_status=original)), header="")
    assert daily.run("--max_rejected_share", "1") == 0, daily.output
    for table in ("social.clean_tweets", "social.tweets"):
        assert [row.text for row in daily.table(table).collect()] == ["text 3"]
    [rejected] = daily.table("social.rejected_tweets").collect()
    assert (rejected.raw_line, rejected.problems) == (None, ["forgotten"])


def _posted(at: datetime, text: str, **others: object) -> str:
    number = (int(at.timestamp() * 1000) - 1_288_834_974_657) << 22
    user = {"id_str": "7", "screen_name": "ana"}
    created = at.strftime("%a %b %d %H:%M:%S +0000 %Y")
    return json.dumps({"id_str": f"{number}", "text": text, "user": user, "created_at": created, **others})


def _deletion(at: datetime) -> str:
    return json.dumps({"delete": {"status": {"id_str": json.loads(_posted(at, ""))["id_str"], "user_id_str": "99"}}})


@pytest.mark.nightly
@pytest.mark.slow
def test_deletions_of_other_tweets_and_older_counters_change_no_mart(daily: InProcess) -> None:
    members = (tweets_job, tweet_places, interactions, place_trends)
    daily.job = Pipeline("social.daily", [clean_tweets.JOB.with_files("tweets*"), *(member.JOB for member in members)])
    days = [datetime(2019, 7, day, 10, tzinfo=UTC) for day in range(1, 7)]
    daily.deliver("tweets1.jsonl", *(_posted(day, "Zadar je lijep", favorite_count=2) for day in days), header="")
    assert daily.run() == 0, daily.output
    marts = [member.JOB.writes for member in members]
    before = [content_hash(daily.table(table.name)) for table in marts]
    others = [_deletion(datetime(year, 3, 1, tzinfo=UTC)) for year in (2012, 2021)]
    daily.deliver("tweets2.jsonl", *others, _posted(days[2], "Zadar je lijep", favorite_count=1), header="")
    assert daily.run() == 0, daily.output
    assert daily.table("social.clean_tweets").count() == len(days) + 3
    assert [content_hash(daily.table(table.name)) for table in marts] == before
