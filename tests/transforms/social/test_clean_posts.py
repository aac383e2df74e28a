"""Delivered posts of Facebook pages, typed and validated."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame

from jobs.samples.posts import posts as made_posts
from schemas.social.raw_posts import RAW_POSTS
from tests.conftest import Orders, Rows, assert_rows
from tests.delivered import delivered, with_line
from tests.planted import OF_FILE, Planted, row
from transforms.social.clean_posts import clean_posts

CLOCK = datetime(2020, 1, 1, 12, tzinfo=UTC)
POST: dict[str, Any] = {
    "id": "12_34",
    "from": {"id": "12", "name": "Split"},
    "message": "Dobro jutro &amp; #\u0160iben\u010danka",
    "created_time": "2019-05-04T12:00:00+0200",
    "type": "status",
}
LIST = [{"id": "1"}, None, {"id": "2"}]


def cleaned(rows: Rows, *posts: Any) -> DataFrame:
    given = [{"raw_line": json.dumps(post), "source_file": f"/in/{number:03}"} for number, post in enumerate(posts)]
    return clean_posts(delivered(rows, RAW_POSTS, {}, given), clock=CLOCK)


def test_a_post_is_typed_whichever_way_its_time_is_written(rows: Rows) -> None:
    times = ("2019-05-04T12:00:00+0200", "2019-05-04T10:00:00+00:00", 1556964000, "1556964000")
    found = cleaned(rows, *({**POST, "created_time": time} for time in times))
    typed = [
        "12_34",
        "12",
        "Split",
        "2019-05-04 10:00:00",
        "Dobro jutro & #\u0160iben\u010danka",
        ["\u0160iben\u010danka"],
        "status",
        None,
        [],
    ]
    columns = "source_file post_id author_id author_name created_at text hashtags type likes problems"
    assert_rows(found, columns, [[f"/in/{number:03}", *typed] for number in range(len(times))])


# The part of the post, and likes, comments and shares.
COUNTS: list[tuple[dict[str, Any], list[int | None]]] = [
    ({"likes": {"summary": {"total_count": 49}, "data": LIST}, "shares": {"count": 3}}, [49, None, 3]),
    ({"likes": {"data": LIST, "count": 7}, "comments": {"total_count": 3}}, [7, 3, None]),
    ({"likes": {"data": LIST}, "comments": []}, [3, 0, None]),
    ({"likes": 5, "reactions": {"summary": {"total_count": 9}}, "comments": {"data": []}}, [9, 0, None]),
    ({"likes": "many", "comments": None}, [None, None, None]),
]


def test_counts_are_read_in_every_form(rows: Rows) -> None:
    found = cleaned(rows, *({**POST, **part} for part, _ in COUNTS))
    expected = [[f"/in/{number:03}", *counts, []] for number, (_, counts) in enumerate(COUNTS)]
    assert_rows(found, "source_file likes comments shares problems", expected)


PROBLEMS: list[tuple[Any, list[str]]] = [
    ({"id": "1", "created_time": "2019-05-04T12:00:00+0200", "story": "A and B are friends."}, []),
    ({"error": {"code": 190}}, ["control"]),
    ({"data": [], "paging": {"next": "x"}}, ["control"]),
    ({**POST, "id": "a_b"}, ["bad_post_id"]),
    ({**POST, "created_time": "now"}, ["unparsable_time"]),
    ({**POST, "created_time": None}, ["unparsable_time"]),
    ({**POST, "created_time": "1999-12-31T23:59:59Z"}, ["too_old"]),
    ({**POST, "created_time": "2020-01-01T12:05:01Z"}, ["future"]),
    ({**POST, "message": "half \ud83d"}, ["encoding"]),
    ({**POST, "message": None, "story": "\ufffd"}, ["encoding"]),
    ({**POST, "from": {"id": "12", "name": "nul \0"}}, ["encoding"]),
    ({**POST, "message": "whole \U0001f600", "unknown": "\0"}, []),
]


def test_a_page_of_posts_gives_a_row_for_each(rows: Rows) -> None:
    page = {"data": [POST, None, {**POST, "id": "12_35", "created_time": "now"}], "paging": {"next": "x"}}
    found = cleaned(rows, page)
    assert_rows(found, "post_id problems", [["12_34", []], ["12_35", ["unparsable_time"]]])
    lines = [json.loads(line.raw_line) for line in found.select("raw_line").collect()]
    assert sorted(lines, key=lambda line: line["id"]) == [POST, page["data"][2]]


def test_a_bad_post_is_rejected_with_its_reason(rows: Rows) -> None:
    found = cleaned(rows, *(post for post, _ in PROBLEMS))
    assert_rows(
        found, "source_file problems", [[f"/in/{number:03}", problems] for number, (_, problems) in enumerate(PROBLEMS)]
    )


def test_made_posts_have_no_problem(rows: Rows, tmp_path: Path) -> None:
    made_posts(str(tmp_path), rows=200, days=4, start=date(2019, 7, 1), seed=1)
    lines = [line for path in sorted(tmp_path.iterdir()) for line in path.read_text("utf-8").splitlines()]
    found = cleaned(rows, *map(json.loads, lines)).collect()
    assert {tuple(post.problems + post.remarks) for post in found} == {()}
    assert all(None not in (post.likes, post.comments, post.author_name, post.type, post.link) for post in found)
    assert all((post.text is None) == (post.story is not None) for post in found)


def test_the_order_of_the_lines_changes_nothing(orders: Orders) -> None:
    lines = [json.dumps({**POST, "id": f"{number}"}) for number in range(6)]
    given = [{"raw_line": line, "source_file": "/in/a", "malformed": False} for line in lines]
    for frame in orders(with_line(RAW_POSTS), given):
        assert_rows(clean_posts(frame, clock=CLOCK), "post_id", [[f"{number}"] for number in range(6)])


KEPT = [
    {
        "post_id": f"{number}",
        "created_at": "2019-05-04 10:00:00",
        "text": "a",
        "original_text": "a",
        "hashtags": [],
        "likes": 1,
        **OF_FILE,
    }
    for number in range(10)
]
PLANTED = Planted(
    KEPT,
    {
        "posts are from 2000 until the clock": row(created_at="1999-12-31T23:59:59Z"),
        "a text has an original": row(original_text=None),
        "no counter is negative": row(likes=-1),
    },
)
