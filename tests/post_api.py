"""A local server that plays the APIs of X and Facebook, and what the readers of posts wrote."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from jobs.runtime.fetch.graph_posts import is_rate_limit, post_pages
from jobs.runtime.fetch.http_client import HttpClient
from jobs.runtime.fetch.raw_pages import RawFolder
from jobs.runtime.fetch.x_search import tweet_pages

STARTED = datetime(2019, 7, 1, 6, tzinfo=UTC)
Reply = tuple[int, dict[str, str], bytes]


class Api:
    """A server with replies in order; each is sent once, the last one again and again. Or `answer` makes them."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.answer: Callable[[dict[str, str]], Reply] = self.next_reply
        self.asked: list[dict[str, str]] = []
        self.tokens: set[str | None] = set()
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                api.asked.append({name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()})
                api.tokens.add(self.headers["Authorization"])
                status, headers, body = api.answer(api.asked[-1])
                self.send_response_only(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.waits: list[float] = []
        self.started = STARTED
        Thread(target=self.server.serve_forever, daemon=True).start()

    def next_reply(self, asked: dict[str, str]) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    def client(self, budget: int = 100) -> HttpClient:
        return HttpClient("secret-token", budget, sleep=self.waits.append)

    def fetch(self, folder: RawFolder, budget: int = 100) -> str:
        self.started += timedelta(hours=1)
        return folder.fetch(tweet_pages(self.client(budget), folder.query, self.address), self.started)

    def fetch_posts(self, folder: RawFolder, budget: int = 100) -> str:
        self.started += timedelta(hours=1)
        client = HttpClient("secret-token", budget, is_rate_limit=is_rate_limit, sleep=self.waits.append)
        return folder.fetch(post_pages(client, folder.query, f"{self.address}/v19.0"), self.started)

    def posts(self, *ids: int, following: str | None = None) -> Reply:
        posts = [{"id": f"12_{number}", "created_time": f"2019-07-01T10:00:{number:02}+0000"} for number in ids]
        paging = {"next": f"{self.address}/v19.0/12/posts?after={following}&access_token=x"} if following else {}
        return 200, {}, json.dumps({"data": [*posts, None], "paging": paging}).encode()


def page(*ids: int, following: str | None = None) -> Reply:
    reply: dict[str, Any] = {
        "data": [{"id": f"{number}", "author_id": "7", "text": "Ž\u2028"} for number in ids],
        "includes": {"users": [{"id": "7", "username": "ana"}, {"id": "8"}]},
        "meta": {"next_token": following} if following else {},
    }
    return 200, {}, json.dumps(reply if ids else {"meta": reply["meta"]}).encode()


def written(folder: RawFolder) -> list[str]:
    paths = sorted(Path(folder.folder).rglob("*.jsonl"))
    lines = [json.loads(line) for path in paths for line in path.read_text().split("\n") if line]
    return [line.get("data", line)["id"] for line in lines]
