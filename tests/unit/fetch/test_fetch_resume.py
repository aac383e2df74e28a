"""Readers of posts that go on after an interruption, and replies, states and tokens that are not as they should be."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from jobs.__main__ import command
from jobs.runtime.errors import BadArgument, BadInput
from jobs.runtime.fetch.http_client import HttpClient
from jobs.runtime.fetch.raw_pages import RawFolder
from jobs.runtime.fetch.tokens import bearer_token
from jobs.runtime.storage.listing import list_files
from tests.post_api import STARTED, Api, Reply, page, written


def graph(api: Api, seconds: list[int], page_size: int = 2) -> Callable[[dict[str, str]], Reply]:
    """A page with a post at each of the seconds, newest first. `until` excludes its own second."""
    created = [STARTED + timedelta(seconds=second) for second in seconds]

    def answer(asked: dict[str, str]) -> Reply:
        until = datetime.fromisoformat(asked.get("until") or "9000-01-01T00:00:00+0000")
        found = [number for number, time in enumerate(created) if time < until]
        start = int(asked.get("after", 0))
        shown = [
            {"id": f"12_{number}", "created_time": f"{created[number]:%Y-%m-%dT%H:%M:%S%z}"}
            for number in found[start : start + page_size]
        ]
        to = "&".join(f"{name}={value.replace('+', '%2B')}" for name, value in asked.items() if name != "after")
        following = f"{api.address}/v19.0/12/posts?{to}&after={start + page_size}&access_token=SECRET"
        paging = {"next": following} if start + page_size < len(found) else {}
        return 200, {}, json.dumps({"data": shown, "paging": paging}).encode()

    return answer


@pytest.mark.parametrize(
    "seconds",
    [[9, 8, 7, 6, 5, 4, 3, 2, 1, 0], [5] * 10, [9, 9, 5, 5, 5, 5, 5, 5, 5, 1], [9, 1, 8, 7, 6, 5, 4, 3, 2, 0]],
    ids=["a second each", "one second", "some share a second", "one is out of order"],
)
@pytest.mark.parametrize("budget", [1, 2])
def test_runs_with_a_small_budget_get_all_posts_by_time(
    api: Api, posts: RawFolder, seconds: list[int], budget: int
) -> None:
    api.answer, state = graph(api, seconds), Path(posts.folder) / ".fetch_state.json"
    for _ in range(10):
        have = len(written(posts))
        said = api.fetch_posts(posts, budget)
        assert not any(secret in state.read_text() for secret in ("SECRET", "http", "token"))
        if "the budget is spent" not in said:
            break
        assert len(written(posts)) > have
    assert sorted(written(posts)) == [f"12_{number}" for number in range(10)]
    assert json.loads(state.read_text())["run"] is None


def test_a_server_that_ignores_times_does_not_stop_the_reader(api: Api, posts: RawFolder) -> None:
    answer = graph(api, list(range(9, -1, -1)))
    api.answer = lambda asked: answer({name: value for name, value in asked.items() if name != "until"})
    assert [api.fetch_posts(posts, 2).partition(" ")[0] for _ in range(3)] == ["4", "4", "2"]


def test_the_state_is_not_read_as_posts_and_one_of_an_earlier_version_is_moved(api: Api, folder: RawFolder) -> None:
    raw = Path(folder.folder).parent
    raw.mkdir()
    old = raw / "tweets.state.json"
    old.write_text(
        '{"query": "hrvatska", "since": "10", "run": {"started_at": "20190701t0", "page": 0, "cursor": "b"}}'
    )
    assert folder.describe(STARTED) == "would ask for 'hrvatska', newer than 10, from page 1 on"
    api.replies = [page(12, 11)]
    api.fetch(folder)
    assert (api.asked[0]["since_id"], api.asked[0]["next_token"], old.exists()) == ("10", "b", False)
    files, skipped = list_files(str(raw))
    assert ([file.path.endswith("_00000.jsonl") for file in files], skipped) == ([True], [])


def test_a_damaged_state_is_named_with_what_to_do(folder: RawFolder) -> None:
    state = Path(folder.folder) / ".fetch_state.json"
    state.parent.mkdir(parents=True)
    for text in ('{"query": "hrv', "", "[]", '{"run": {"page": 1}}', '{"query": "hrvatska", "run": 7}'):
        state.write_text(text)
        with pytest.raises(BadInput, match=rf"{state} is cut or damaged; .* remove it to read again"):
            folder.describe(STARTED)


def refused(*messages: str) -> Reply:
    errors = [{"message": message} for message in messages]
    body = {"errors": errors, "title": "Invalid Request", "detail": "One or more parameters was invalid."}
    return 400, {}, json.dumps(body).encode()


def test_an_expired_token_of_a_page_is_left_out(api: Api, folder: RawFolder) -> None:
    api.replies = [page(10)]
    api.fetch(folder)
    api.replies = [page(19, 18, following="b"), page(17)]
    api.fetch(folder, budget=1)
    api.replies = [refused(), page(19, 18, following="b"), page(17)]
    assert api.fetch(folder, budget=1).startswith("0 posts written")
    api.replies = api.replies[-2:]
    assert api.fetch(folder) == f"1 post written to {folder.folder}"
    tokens = [(asked.get("since_id"), asked.get("next_token")) for asked in api.asked[1:]]
    assert tokens == [("10", None), ("10", "b"), ("10", None), ("10", "b")]
    assert written(folder) == ["10", "19", "18", "17"]
    api.replies = [page(20, following="c"), refused()]
    with pytest.raises(BadInput, match=r"refused the request: 400 .*; .*, remove .*/tweets/\.fetch_state\.json\Z"):
        api.fetch(folder)


def test_an_id_that_is_too_old_is_left_out_with_a_warning(api: Api, folder: RawFolder) -> None:
    too_old = "'since_id' must be a tweet id created after [2019-06-24T10:00Z]."
    api.replies = [page(10)]
    api.fetch(folder)
    api.replies = [refused(too_old), page(30, following="b"), page(29)]
    said = api.fetch(folder, budget=2)
    assert "the budget is spent" in said
    assert "warning: the API no longer goes back to 10" in said
    api.replies = [page(29)]
    assert "warning: the API no longer goes back to 10" in api.fetch(folder)
    assert [asked.get("since_id") for asked in api.asked] == [None, "10", None, None]
    assert written(folder) == ["10", "30", "29"]
    api.replies = [page()]
    assert api.fetch(folder) == f"0 posts written to {folder.folder}"
    assert api.asked[-1]["since_id"] == "30"


def test_what_x_says_about_a_parameter_is_shown(api: Api, folder: RawFolder) -> None:
    api.replies = [refused("no viable alternative at '('", "\ud83d")]
    with pytest.raises(BadInput, match=r"400 One or more .* invalid\. no viable alternative at '\('.*ud83d\Z"):
        api.fetch(folder)


def test_odd_replies_are_written_or_refused_clearly(api: Api, folder: RawFolder) -> None:
    half = b'{"data": [{"id": "1", "text": "half \\ud83d"}, {"id": 2}], "includes": null, "meta": null}'
    api.replies = [(200, {}, half)]
    assert api.fetch(folder).startswith("2 posts written")
    [path] = Path(folder.folder).rglob("*.jsonl")
    assert json.loads(path.read_text().split("\n")[0])["data"]["text"] == "half \ud83d"
    for reply in (
        b'{"data": [{"text": "x"}]}',
        b'{"data": [{"id": null}]}',
        b'{"data": [{"id": ""}]}',
        b'{"data": {"id": "1"}}',
        b'{"data": [1]}',
        b'{"meta": 1}',
    ):
        api.replies = [(200, {}, reply)]
        with pytest.raises(BadInput, match="a reply of the API does not have its documented form"):
            api.fetch(folder)


def test_numbers_are_written_as_they_were_received(api: Api, folder: RawFolder) -> None:
    numbers = '{"id": "1", "at": [15.90, 45.123456789012345678, 1.0e3, -0.0], "n": 9007199254740993}'
    api.replies = [(200, {}, f'{{"data": [{numbers}], "meta": {{}}}}'.encode())]
    api.fetch(folder)
    [path] = Path(folder.folder).rglob("*.jsonl")
    assert path.read_text() == f'{{"data": {numbers}, "includes": {{}}}}\n'


@pytest.mark.parametrize("token", ["Abc\ndef", "Abc def", "Abcž", "Abc\x00"])
def test_a_token_that_cannot_be_sent_is_refused_and_not_printed(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.environ", {"WEIR_X_TOKEN": f" {token}\n"})
    with pytest.raises(BadArgument, match="the token in WEIR_X_TOKEN has a space, a line break") as caught:
        bearer_token("WEIR_X_TOKEN", None)
    assert "Abc" not in str(caught.value)


@pytest.mark.parametrize("address", ["https://[::1", "https://", "https://a:b", "https://xn--a.com", "https://a\n"])
def test_a_malformed_address_is_a_bad_argument(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(BadArgument, match="is a malformed address; check --api"):
        HttpClient("x", 1).get(f"{address}/2")
    monkeypatch.setenv("WEIR_X_TOKEN", "x")
    monkeypatch.setenv("WEIR_FACEBOOK_TOKEN", "x")
    output = str(tmp_path / "raw")
    assert command(["social.fetch_tweets", "--query", "a", "--output", output, "--api", address]) == 2
    assert command(["social.fetch_facebook_posts", "--page", "1", "--output", output, "--api", address]) == 2
    assert capsys.readouterr().out.count("malformed address") == 2
