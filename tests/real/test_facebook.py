"""33 real answers of the Graph API, most of them no posts: every object is accounted for."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from jobs.runtime.job import Pipeline
from jobs.social import clean_posts
from tests.conftest import InProcess

pytestmark = pytest.mark.real

# What was found -> the files, and what became of their objects.
FOUND = {
    # The first and the last are equal in every column, and one is a duplicate.
    "posts with comments as a number, an empty list or a list": (
        {"post-with-comment-count-only", "post-with-empty-comments", "post-with-normal-comments"},
        {"kept": 2},
    ),
    "posts without a time": (
        {"post-missing-fields", "post-missing-fields-absence", "post-no-likes"},
        {"unparsable_time": 3},
    ),
    "posts without an id": (
        {"story", "post-with-likes-v1", "post-with-likes-v2"},
        {"bad_post_id,unparsable_time": 3},
    ),
    "errors in three forms": ({"exampleError", "exampleErrorNew", "exampleOauthError"}, {"control": 3}),
    "an empty page that has a next one": ({"connection-nodata"}, {"control": 1}),
    "pages of people": (
        {f"connection-{name}" for name in ("p1", "p2", "p3", "with-cursor", "with-cursor-only")},
        {"unparsable_time": 30},
    ),
    "pages of accounts and of advertisements": (
        {"connection-same-cursor", "connection-typed-summary"},
        {"bad_post_id,unparsable_time": 2},
    ),
    "a list with null": ({"nulls-in-list"}, {"unparsable_time": 2, "truncated_or_malformed": 1}),
    "comments and addresses, which have ids but no time": (
        {"comment-messagetags", "comment-permalink", "comment-reactions", "url-with-engagement", "video-captions"},
        {"unparsable_time": 4, "bad_post_id,unparsable_time": 1},
    ),
    "people, subscriptions and nested lists": (
        {"nested-list-of-objects", "nested-list-of-strings", "nested-lists", "nulls", "subscription"}
        | {"user-with-short", "userprofile"},
        {"bad_post_id,unparsable_time": 6, "unparsable_time": 1},
    ),
}


def objects(path: Path) -> list[Any]:
    """The objects of a file as lines: those of a page or list, if it has any."""
    found = json.loads(path.read_text("utf-8"))
    listed = found.get("data") if isinstance(found, dict) else found
    return listed if isinstance(listed, list) and listed else [found]


def test_every_object_of_every_file_is_accounted_for(daily: InProcess, real_data: Path) -> None:
    paths = {path.stem: path for path in (real_data / "facebook").rglob("*.json")}
    assert sorted(paths) == sorted(name for names, _ in FOUND.values() for name in names)
    for number, (names, _) in enumerate(FOUND.values()):
        lines = [json.dumps(one) for name in sorted(names) for one in objects(paths[name])]
        daily.deliver(f"posts_{number}.jsonl", *lines, header="")
    daily.job = Pipeline("social.daily", [clean_posts.JOB.with_files("posts*")])
    assert daily.run("--max_rejected_share", "1") == 0, daily.output
    assert "60 rows read = 2 kept + 57 rejected + 1 duplicate + 0 late" in daily.output
    kept, rejected = daily.table("social.clean_posts"), daily.table("social.rejected_posts")
    rows = [(row.source_file, "kept") for row in kept.collect()]
    rows += [(row.source_file, ",".join(sorted(row.problems))) for row in rejected.collect()]
    for number, (what, (names, expected)) in enumerate(FOUND.items()):
        became = Counter(outcome for file, outcome in rows if file.endswith(f"posts_{number}.jsonl"))
        daily.say(f"{what}: {len(names)} files: {dict(became)}")
        assert became == expected, what
    assert {row.comments for row in kept.collect()} == {0, 3}
