"""Posts of a Facebook page: https://graph.facebook.com/<version>/<page>/posts."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from jobs.runtime.errors import BadInput
from jobs.runtime.fetch.http_client import HttpClient
from jobs.runtime.fetch.page_source import Item, Page, PageSource, item_id, json_line, parse_errors

API = "https://graph.facebook.com/v19.0"
_FIELDS = (
    "id,created_time,from,message,story,permalink_url,shares,"
    "reactions.summary(total_count).limit(0),comments.summary(total_count).limit(0)"
)
_PER_PAGE = "100"
# Codes of errors that mean: too many requests, ask later.
_RATE_LIMITS = (4, 17, 32, 613)


def is_rate_limit(body: Mapping[str, Any]) -> bool:
    """Whether an error only asks to wait."""
    error = body.get("error")
    return isinstance(error, dict) and error.get("code") in _RATE_LIMITS


def post_pages(client: HttpClient, page: str, api: str = API) -> PageSource:
    """Reads pages of posts, newest first; the last has no next one, while one without posts may be in between.

    `since` and `until` are times of posts: their seconds are read again, so that no other post of them is missed.
    """

    def read(cursor: str | None, since: str | None, until: str | None) -> Page:
        times = {"since": since, "until": until and _second_after(until)}
        wanted = {"fields": _FIELDS, "limit": _PER_PAGE, **{name: time for name, time in times.items() if time}}
        reply = client.get(cursor or f"{api}/{page}/posts?{urlencode(wanted)}")
        with parse_errors():
            items = [_item(post) for post in reply.get("data") or [] if post]
            following = (reply.get("paging") or {}).get("next")
            # The address of the next page comes from the reply, and the token goes with the request.
            if following and urlsplit(following)[:2] != urlsplit(api)[:2]:
                raise BadInput(f"the API names a next page at another address: {following.partition('?')[0]}")
        return Page(items, following)

    return PageSource(client, read)


def _item(post: Mapping[str, Any]) -> Item:
    return Item(item_id(post["id"]), json_line(post), _time(post.get("created_time")))


def _time(text: str | None) -> str:
    """The time of a post; empty if it is none."""
    try:
        datetime.fromisoformat(text or "")
    except ValueError:
        return ""
    return text or ""


def _second_after(time: str) -> str:
    return f"{datetime.fromisoformat(time) + timedelta(seconds=1):%Y-%m-%dT%H:%M:%S%z}"
