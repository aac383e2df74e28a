"""719 real tweets and 72 messages of a stream: every line is accounted for."""

from collections import Counter
from pathlib import Path

import pytest

from jobs.social import daily as social
from tests.conftest import InProcess
from tests.transforms.test_pagerank import expected
from transforms.social.influencers import MAX_DAYS, WEIGHTS, pageranks

pytestmark = pytest.mark.real


def test_every_line_is_accounted_for_and_every_tweet_is_there_once(
    daily: InProcess, compiled: object, real_data: Path
) -> None:
    folder = real_data / "tweets"
    (daily.input / "tweets.jsonl").write_bytes((folder / "tweets.jsonl").read_bytes())
    (daily.input / "tweets_stream.json").write_bytes((folder / "streaming" / "lines.json").read_bytes())
    daily.job = social.JOB
    assert daily.run() == 0, daily.output
    assert "791 rows read = 677 kept + 0 rejected + 114 duplicate + 0 late" in daily.output
    assert "no column" not in daily.output
    found = daily.table("social.tweets")
    assert (found.count(), found.select("tweet_id").distinct().count()) == (569, 569)
    # What the lines are known to have: retweets, quotes, attached places, truncated texts that are complete elsewhere,
    # outdated language codes, HTML escapes and line breaks.
    counts = {
        "retweeted_id IS NOT NULL": 163,
        "quoted_id IS NOT NULL": 24,
        "place_name IS NOT NULL": 22,
        "original_text LIKE '%\u2026'": 0,
        "lang IN ('in', 'iw', 'und')": 0,
        "text LIKE '%http%' OR text RLIKE '&amp;|[\\\\n\\\\r]'": 0,
    }
    assert {condition: found.filter(condition).count() for condition in counts} == counts
    interactions = daily.table("social.interactions")
    days = Counter((row.author_id, row.target_id, row.kind) for row in interactions.collect())
    edges = [(source, target, WEIGHTS[kind] * min(count, MAX_DAYS)) for (source, target, kind), count in days.items()]
    nodes = {row.author_id for row in found.collect()} | {node for *ends, _ in edges for node in ends}
    ranks = {row.author_id: row.pagerank for row in pageranks(found, interactions).collect()}
    assert len(edges) > 100
    assert ranks == pytest.approx(expected(nodes, edges), abs=1e-6)
    assert daily.run() == 0
    assert "nothing new" in daily.output
