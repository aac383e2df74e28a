"""The reader of tweets against a server that plays the pages and the faults of the API."""

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from jobs.runtime.errors import BadArgument, BadInput
from jobs.runtime.fetch.raw_pages import RawFolder
from jobs.runtime.fetch.tokens import bearer_token
from jobs.runtime.storage import object_store
from jobs.social.fetch_tweets import fetch_tweets
from tests.faults import fault
from tests.post_api import STARTED, Api, Reply, page, written


def test_posts_are_read_until_there_is_no_next_page_and_then_from_the_newest_on(api: Api, posts: RawFolder) -> None:
    limited = 400, {}, json.dumps({"error": {"code": 4, "message": "limit"}}).encode()
    api.replies = [api.posts(9, 8, following="b"), api.posts(following="c"), limited, api.posts(7)]
    assert api.fetch_posts(posts) == f"3 posts written to {posts.folder}"
    assert written(posts) == ["12_9", "12_8", "12_7"]
    assert (len(api.waits), [asked.get("after") for asked in api.asked]) == (1, [None, "b", "c", "c"])
    api.replies = [api.posts(9, 10)]
    api.fetch_posts(posts)
    assert api.asked[-1]["since"] == "2019-07-01T10:00:09+0000"


def test_posts_of_a_run_that_ended_early_are_not_written_again(api: Api, posts: RawFolder) -> None:
    api.replies = [api.posts(9, 8, following="b"), api.posts(7)]
    assert "the budget is spent" in api.fetch_posts(posts, budget=1)
    api.replies = [api.posts(10, 9, 8, following="b"), api.posts(8, 7)]
    assert api.fetch_posts(posts) == f"2 posts written to {posts.folder}"
    assert written(posts) == ["12_9", "12_8", "12_10", "12_7"]
    refused = {"error": {"code": 190, "message": "Invalid OAuth access token secret-token."}}
    api.replies = [(400, {}, json.dumps(refused).encode())]
    with pytest.raises(BadArgument, match=r"refused the token: 400 Invalid OAuth access token \*\*\*"):
        api.fetch_posts(posts)


def test_the_token_goes_to_no_other_server(api: Api, posts: RawFolder) -> None:
    other = {"data": [], "paging": {"next": "https://example.com/v19.0/12/posts?access_token=x"}}
    api.replies = [(200, {}, json.dumps(other).encode())]
    with pytest.raises(BadInput, match=r"at another address: https://example.com/v19.0/12/posts\Z"):
        api.fetch_posts(posts)


def test_all_pages_are_read_also_after_an_empty_one_and_each_tweet_is_written_once(api: Api, folder: RawFolder) -> None:
    api.replies = [page(9, 8, following="b"), page(following="c"), page(8, 7, following="d"), page(10)]
    assert api.fetch(folder) == f"4 posts written to {folder.folder}"
    assert written(folder) == ["9", "8", "7", "10"]
    assert [asked.get("next_token") for asked in api.asked] == [None, "b", "c", "d"]
    assert {asked["query"] for asked in api.asked} == {"hrvatska"}
    assert api.tokens == {"Bearer secret-token"}
    [first, *_] = (Path(folder.folder) / "dt=2019-07-01").iterdir()
    line = json.loads(first.read_text().split("\n")[0])
    assert line["includes"] == {"users": [{"id": "7", "username": "ana"}]}


def test_the_next_run_asks_for_newer_tweets_only(api: Api, folder: RawFolder) -> None:
    api.replies = [page(9, 10)]
    api.fetch(folder)
    assert folder.describe(STARTED) == "would ask for 'hrvatska', newer than 10"
    api.replies = [page()]
    assert api.fetch(folder) == f"0 posts written to {folder.folder}"
    assert (api.asked[0].get("since_id"), api.asked[1]["since_id"]) == (None, "10")
    api.replies = [page(11)]
    api.fetch(folder)
    assert api.asked[2]["since_id"] == "10"
    with pytest.raises(BadInput, match="holds posts of 'hrvatska'"):
        RawFolder(folder.folder, "tweets", "croatia").describe(STARTED)


@fault("S05", injected="replies 429 of an API", checked="waited for as long as the server asks")
def test_a_limited_rate_is_waited_for_by_the_clock_of_the_server(api: Api, folder: RawFolder) -> None:
    server = STARTED + timedelta(hours=5)
    reset = str(int((server + timedelta(seconds=90)).timestamp()))
    limited = {"x-rate-limit-reset": reset, "Date": format_datetime(server)}
    api.replies = [(429, limited, b"{}"), (429, {"Retry-After": "7"}, b"{}"), (429, {}, b"{}"), page(1)]
    api.fetch(folder)
    assert written(folder) == ["1"]
    assert [least <= wait <= least + 1 for wait, least in zip(api.waits, (91, 7), strict=False)] == [True] * 2
    assert 2 <= api.waits[2] <= 6


def test_waits_grow_where_the_server_asks_for_less_and_its_errors_may_ask_for_more(api: Api, folder: RawFolder) -> None:
    past = {"x-rate-limit-reset": "1561960000", "Date": "Mon, 01 Jul 2019 07:00:00 GMT"}
    zero = {"Retry-After": "0"}
    api.replies = [
        (429, past, b"{}"),
        (429, zero, b"{}"),
        (429, zero, b"{}"),
        (503, {"Retry-After": "120"}, b""),
        page(1),
    ]
    api.fetch(folder)
    assert [least <= wait <= least + 1 for wait, least in zip(api.waits, (1, 2, 4), strict=False)] == [True] * 3
    assert api.waits[:3] != [1, 2, 4]  # jitter
    assert 120 <= api.waits[3] <= 121
    api.replies = [(429, {"Retry-After": "3600"}, b"{}")]
    with pytest.raises(BadInput, match=r"asks to wait 3600 seconds: 429 .*; run again then"):
        api.fetch(folder)
    assert len(api.waits) == 4


@fault("S05", injected="replies 500 and 503, half a page, other JSON", checked="tried six times at most")
def test_errors_of_the_server_and_cut_replies_are_tried_again(api: Api, folder: RawFolder) -> None:
    status, _, body = page(1)
    cut = (status, {"Content-Length": str(len(body) + 50)}, body[:20])
    api.replies = [(500, {}, b"down"), cut, (200, {}, body[:20]), (200, {}, b"[]"), page(1)]
    api.fetch(folder)
    assert (written(folder), len(api.waits)) == (["1"], 4)
    api.replies = [(503, {}, b"down")]
    with pytest.raises(BadInput, match=r"failed 6 times: 503 .*; run again later"):
        api.fetch(folder)


def test_a_refused_token_or_request_ends_at_once_and_the_token_is_not_printed(api: Api, folder: RawFolder) -> None:
    for status, error, message in ((401, BadArgument, "refused the token"), (400, BadInput, "refused the request")):
        api.replies = [(status, {}, json.dumps({"detail": "secret-token is bad"}).encode())]
        with pytest.raises(error, match=message) as caught:
            api.fetch(folder)
        assert "secret-token" not in str(caught.value)
    assert len(api.asked) == 2


@fault("S05", injected="pages without an end", checked="ended, and the next run goes on")
def test_an_endless_cursor_ends_and_a_spent_budget_goes_on_later(api: Api, folder: RawFolder) -> None:
    api.replies = [page(1, following="a"), page(2, following="b"), page(2, following="a")]
    with pytest.raises(BadInput, match=r"\A2 posts written .*; the API repeated a cursor, .*: run again later"):
        api.fetch(folder)
    api.replies = [page(2, following="c"), page(3)]
    assert api.fetch(folder) == f"1 post written to {folder.folder}"
    assert [asked.get("next_token") for asked in api.asked] == [None, "a", "b", "b", "c"]
    api.replies = [page(number, following=f"{number}") for number in range(10, 20)]
    assert "the budget is spent" in api.fetch(folder, budget=3)
    api.replies = [page(12, 13)]
    assert api.fetch(folder) == f"1 post written to {folder.folder}"
    assert api.asked[-1]["next_token"] == "12"
    assert written(folder) == ["1", "2", "3", "10", "11", "12", "13"]


@fault("S05", injected="an error in place of a page", checked="the next run goes on with that page")
def test_an_error_in_place_of_a_page_is_tried_again_and_ends_the_run_before_that_page(
    api: Api, folder: RawFolder, posts: RawFolder
) -> None:
    of_x = json.dumps({"errors": [{"title": "Service Unavailable", "detail": "over capacity"}]}).encode()
    of_facebook = json.dumps({"error": {"code": 1, "message": "unknown"}}).encode()
    api.replies = [page(9, following="b"), (200, {}, of_x)]
    with pytest.raises(BadInput, match=r"failed 6 times: 200 .*over capacity.*; run again later"):
        api.fetch(folder)
    api.replies = [(200, {}, of_x), page(8)]
    api.fetch(folder)
    assert written(folder) == ["9", "8"]
    assert {asked.get("next_token") for asked in api.asked[1:]} == {"b"}
    api.replies = [api.posts(9, 8, following="b"), (200, {}, of_facebook)]
    with pytest.raises(BadInput, match=r"failed 6 times: 200 unknown; run again later"):
        api.fetch_posts(posts)
    api.replies = [api.posts(9, 8, 7)]
    api.fetch_posts(posts)
    assert written(posts) == ["12_9", "12_8", "12_7"]
    assert api.asked[-1].get("since") is None


def test_a_date_of_the_server_that_cannot_be_read_does_not_end_the_run(api: Api, folder: RawFolder) -> None:
    limited = {"x-rate-limit-reset": "1561960890", "Date": "yesterday"}
    api.replies = [(429, limited, b"{}"), page(1)]
    api.fetch(folder)
    assert (written(folder), len(api.waits)) == (["1"], 1)


def test_old_raw_files_are_removed_and_other_files_stay(api: Api, folder: RawFolder) -> None:
    kept = ("dt=2019-06-24/tweets_20190624t0_00000.jsonl", "dt=2019-06-01/notes.txt", "tweets.jsonl")
    for name in ("dt=2019-06-23/tweets_20190623t0_00000.jsonl", *kept):
        path = Path(folder.folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    limited = replace(folder, retention_days=7)
    assert limited.describe(STARTED).endswith("; would remove 1 old file")
    api.replies = [page()]
    assert api.fetch(folder) == f"0 posts written to {folder.folder}"
    assert api.fetch(limited) == f"0 posts written to {folder.folder}; 1 old file removed"
    assert all((Path(folder.folder) / name).exists() for name in kept)
    assert len(list(Path(folder.folder).rglob("[!.]*.*"))) == len(kept)
    api.replies = [page(1, following="b"), page(2)]
    api.fetch(limited, budget=1)
    api.started += timedelta(days=30)
    assert api.fetch(limited).startswith("1 post written")
    assert written(folder)[-2:] == ["1", "2"]
    api.replies = [page()]
    api.fetch(limited)
    assert written(folder) == ["2"]
    assert "dt=2019-07-31" in str(*Path(folder.folder).rglob("*_00001.jsonl"))


def test_a_redirect_is_refused_and_the_token_does_not_follow_it(api: Api, folder: RawFolder) -> None:
    api.replies = [(302, {"Location": f"{api.address}/elsewhere"}, b""), page(1)]
    with pytest.raises(BadInput, match="refused the request: 302"):
        api.fetch(folder)
    assert len(api.asked) == 1


@pytest.mark.nightly
def test_killed_at_any_page_a_run_goes_on_and_no_tweet_is_lost_or_written_twice(api: Api, tmp_path: Path) -> None:
    """A process that fetches 40 pages is killed (SIGKILL) after random times, until one run ends by itself."""
    folder, chance = RawFolder(str(tmp_path / "tweets"), "tweets", "hrvatska"), Random(1)
    pages = {"0": page(0, following="1"), "40": page(40)}
    pages |= {f"{number}": page(number, following=f"{number + 1}") for number in range(1, 40)}

    def answer(asked: dict[str, str]) -> Reply:
        time.sleep(0.05)
        # A process may be killed after its last page, and there is nothing newer then.
        return page() if "since_id" in asked else pages[asked.get("next_token", "0")]

    api.answer = answer
    arguments = [sys.executable, "-m", "jobs", "social.fetch_tweets", "--query", "hrvatska", "--api", api.address]
    kills = 0
    while True:
        process = subprocess.Popen([*arguments, "--output", folder.folder], env={**os.environ, "WEIR_X_TOKEN": "x"})
        try:
            assert process.wait(chance.uniform(0.5, 3)) == 0
            break
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            kills += 1
    assert kills > 0
    assert sorted(map(int, written(folder))) == list(range(41))


@pytest.mark.parametrize("kept", ["before the page", "before the state"])
def test_a_run_that_is_killed_goes_on_with_the_same_page(
    api: Api, folder: RawFolder, monkeypatch: pytest.MonkeyPatch, kept: str
) -> None:
    write, writes = object_store.write_text, list[str]()

    def kill(location: str, text: str) -> None:
        writes.append(location)
        if len(writes) == 3 + (kept == "before the state"):
            raise KeyboardInterrupt
        write(location, text)

    monkeypatch.setattr(object_store, "write_text", kill)
    api.replies = [page(9, 8, following="b"), page(8, 7)]
    with pytest.raises(KeyboardInterrupt):
        api.fetch(folder)
    monkeypatch.undo()
    api.replies = [page(8, 7)]
    api.fetch(folder)
    assert written(folder) == ["9", "8", "7"]
    assert [asked.get("next_token") for asked in api.asked] == [None, "b", "b"]


def test_the_job_needs_a_token_but_not_to_say_what_it_would_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WEIR_X_TOKEN", raising=False)
    arguments: dict[str, Any] = {
        "output": str(tmp_path / "raw"),
        "max_requests": 1,
        "token_secret": None,
        "retention_days": None,
    }
    said = fetch_tweets("hrvatska", **arguments, api="https://127.0.0.1", dry_run=True)
    assert said == "would ask for 'hrvatska', all that the API still has"
    with pytest.raises(BadArgument, match="set WEIR_X_TOKEN"):
        fetch_tweets("hrvatska", **arguments, api="https://127.0.0.1", dry_run=False)
    monkeypatch.setenv("WEIR_X_TOKEN", " abc\n")
    assert bearer_token("WEIR_X_TOKEN", None) == "abc"
    with pytest.raises(BadArgument, match="is not an https address"):
        fetch_tweets("hrvatska", **arguments, api="http://example.com", dry_run=False)
