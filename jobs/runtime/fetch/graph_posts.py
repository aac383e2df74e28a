"""Posts of a Facebook page: https://graph.facebook.com/<version>/<page>/posts."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from jobs.runtime.errors import BadInput
from jobs.runtime.fetch.http_client import HttpClient
from jobs.runtime.fetch.raw_pages import Item, Page, ReadPage

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


def post_pages(client: HttpClient, page: str, api: str = API) -> ReadPage:
    """Reads pages of posts, newest first; the last has no next one, while one without posts may be in between.

    `since` is the time of a post: its second is read again, so that no other post of it is missed.
    """

    def read(cursor: str | None, since: str | None) -> Page:
        wanted = {"fields": _FIELDS, "limit": _PER_PAGE, **({"since": since} if since else {})}
        url = cursor or f"{api}/{page}/posts?{urlencode(wanted)}"
        # The address of the next page comes from the reply, and the token goes with the request.
        if not url.startswith(f"{api.partition('/v')[0]}/"):
            raise BadInput(f"the API names a next page at another address: {url.partition('?')[0]}")
        reply = client.get(url)
        items = [_item(post) for post in reply.get("data") or [] if post]
        return Page(items, (reply.get("paging") or {}).get("next"))

    return read


def _item(post: Mapping[str, Any]) -> Item:
    return Item(post["id"], json.dumps(post, ensure_ascii=False), str(post.get("created_time") or ""))
