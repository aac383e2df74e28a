"""GET requests to a JSON API, with a budget of requests, and waits as the server asks for them."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from random import Random
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from jobs.runtime.errors import BadArgument, BadInput
from jobs.runtime.redaction import mask

_TIMEOUT = 60
_MAX_RETRIES = 6
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 960.0
_TOO_MANY, _SERVER_ERROR = 429, 500
_REFUSED = (401, 403)
_MAX_MESSAGE = 200


class BudgetSpent(Exception):
    """The budget of requests is spent: what was read so far is kept, and the next run goes on."""


@dataclass
class HttpClient:
    """Requests with a bearer token. `budget` counts every request, also those that failed.

    `is_rate_limit` tells from the body of an error with another status whether the server only asks to wait.
    """

    token: str
    budget: int
    is_rate_limit: Callable[[Mapping[str, Any]], bool] = lambda _: False
    sleep: Callable[[float], None] = time.sleep
    random: Random = field(default_factory=Random)
    requests: int = 0

    def get(self, url: str) -> dict[str, Any]:
        """The JSON object of a reply.

        Errors of the server or the connection, and replies that are cut, are tried again with growing waits; a server
        that limits the rate is asked again when it says so. Raises BadArgument if the token is refused, BadInput if the
        request is, or if every try failed, and BudgetSpent.
        """
        problem = ""
        for attempt in range(_MAX_RETRIES):
            if self.requests >= self.budget:
                raise BudgetSpent
            self.requests += 1
            wait = min(_FIRST_WAIT * 2**attempt, _LONGEST_WAIT) * (0.5 + self.random.random())
            try:
                with urlopen(self._request(url), timeout=_TIMEOUT) as reply:  # noqa: S310  (the scheme is checked)
                    found = json.loads(reply.read())
                if isinstance(found, dict):
                    return found
                problem = "the reply is not a JSON object"
            except HTTPError as error:
                body = _body(error)
                problem = f"{error.code} {_message(body) or error.reason}"
                if error.code == _TOO_MANY or self.is_rate_limit(body):
                    wait = _asked_wait(error.headers) or wait
                elif error.code < _SERVER_ERROR:
                    raise self._refusal(error.code, problem) from error
            except (OSError, HTTPException, ValueError) as error:
                problem = str(error) or type(error).__name__
            if attempt + 1 < _MAX_RETRIES:
                self.sleep(wait)
        raise BadInput(f"{_place(url)} failed {_MAX_RETRIES} times: {mask(problem)}; run again later")

    def _request(self, url: str) -> Request:
        if not url.startswith(("https://", "http://127.0.0.1:")):
            raise BadArgument(f"{_place(url)} is not an https address")
        return Request(url, headers={"Authorization": f"Bearer {self.token}", "User-Agent": "weir"})  # noqa: S310

    def _refusal(self, status: int, problem: str) -> BadArgument | BadInput:
        text = mask(problem.replace(self.token, "***"))
        if status in _REFUSED or "access token" in text.lower():
            return BadArgument(f"the API refused the token: {text}")
        return BadInput(f"the API refused the request: {text}")


def _asked_wait(headers: Message) -> float | None:
    """The seconds that the server asks to wait. Its reset time is compared with its own clock, not with ours."""
    if (after := headers.get("Retry-After", "")).isdigit():
        return min(float(after), _LONGEST_WAIT)
    reset, date = headers.get("x-rate-limit-reset", ""), headers.get("Date")
    if not reset.isdigit() or not date:
        return None
    seconds = float(reset) - parsedate_to_datetime(date).timestamp()
    return min(max(seconds, 0.0) + 1, _LONGEST_WAIT)


def _body(error: HTTPError) -> dict[str, Any]:
    try:
        found = json.loads(error.read())
    except (OSError, HTTPException, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _message(body: Mapping[str, Any]) -> str:
    """What the error says, as X or Facebook write it."""
    nested = body.get("error")
    found = nested.get("message") if isinstance(nested, dict) else body.get("detail") or body.get("title")
    return str(found or "")[:_MAX_MESSAGE]


def _place(url: str) -> str:
    """The address without its parameters, which may hold a token."""
    return url.partition("?")[0]
