"""GET requests to a JSON API, with a budget of requests, and waits as the server asks for them."""

import json
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
from tenacity import RetryCallState, RetryError, Retrying, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_exponential_jitter, wait_random

from jobs.runtime.errors import BadArgument, BadInput
from jobs.runtime.redaction import mask

_TIMEOUT = 60
_MAX_TRIES = 6
_LONGEST_WAIT = 960.0
_TOO_MANY, _SERVER_ERROR, _OK = 429, 500, 300
_BAD_REQUEST, _REFUSED = 400, (401, 403)
_MAX_MESSAGE = 300
_GROWING_WAIT, _JITTER = wait_exponential_jitter(initial=1, max=_LONGEST_WAIT), wait_random(0, 1)
# A reply without any of them holds an error in place of a page.
_PAGE = {"data", "meta"}
# It logs whole addresses, which may hold a token.
logging.getLogger("httpx").setLevel(logging.WARNING)


class BudgetSpent(Exception):
    """The budget of requests is spent: what was read so far is kept, and the next run goes on."""


class RequestRefused(BadInput):
    """The API does not accept a parameter of the request."""


class _TryAgain(Exception):
    """A problem that may pass. `wait` is how many seconds the server asks to wait."""

    def __init__(self, problem: str, wait: float = 0.0) -> None:
        super().__init__(problem)
        self.wait = wait


class Literal(str):
    """A number with a point or an exponent, as it was received."""


@dataclass
class HttpClient:
    """Requests with a bearer token. `budget` counts every request, also those that failed.

    `is_rate_limit` tells from the body of an error with another status whether the server only asks to wait.
    """

    token: str
    budget: int
    is_rate_limit: Callable[[Mapping[str, Any]], bool] = lambda _: False
    sleep: Callable[[float], None] = time.sleep
    requests: int = 0

    def get(self, url: str) -> dict[str, Any]:
        """The JSON object of a reply.

        Errors of the server or the connection, and replies that are cut or no page, are tried again with growing waits,
        and not before the server says so. Raises BadArgument if the address is malformed or the token
        is refused, BadInput if the request is (RequestRefused for its parameters), or if every try failed, and
        BudgetSpent.
        """
        if not url.startswith(("https://", "http://127.0.0.1:")):
            raise BadArgument(f"{_place(url)} is not an https address")
        retrying = Retrying(
            retry=retry_if_exception_type(_TryAgain),
            stop=stop_after_attempt(_MAX_TRIES),
            wait=_wait,
            sleep=self.sleep,
        )
        try:
            found: dict[str, Any] = retrying(self._get, url)
        except RetryError as error:
            problem = self._masked(str(error.last_attempt.exception()))
            raise BadInput(f"{_place(url)} failed {_MAX_TRIES} times: {problem}; run again later") from error
        return found

    def _get(self, url: str) -> dict[str, Any]:
        if self.requests >= self.budget:
            raise BudgetSpent
        self.requests += 1
        try:
            headers = {"Authorization": f"Bearer {self.token}", "User-Agent": "weir"}
            reply = httpx.get(url, headers=headers, timeout=_TIMEOUT)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
            raise BadArgument(f"{_place(url)!r} is a malformed address; check --api") from error
        except httpx.HTTPError as error:
            raise _TryAgain(str(error) or type(error).__name__) from error
        body = _body(reply)
        if reply.status_code < _OK:
            if body is None:
                raise _TryAgain("the reply is not a JSON object")
            if not body.keys() & _PAGE:
                raise _TryAgain(f"{reply.status_code} {_message(body) or 'without a page'}")
            return body
        problem = f"{reply.status_code} {_message(body or {}) or reply.reason_phrase}"
        is_passing = reply.status_code == _TOO_MANY or reply.status_code >= _SERVER_ERROR
        if is_passing or self.is_rate_limit(body or {}):
            wait = _asked_wait(reply.headers)
            if wait > _LONGEST_WAIT:
                raise BadInput(f"the API asks to wait {wait:.0f} seconds: {self._masked(problem)}; run again then")
            raise _TryAgain(problem, wait)
        raise self._refusal(reply.status_code, self._masked(problem))

    def _refusal(self, status: int, problem: str) -> BadArgument | BadInput:
        if status in _REFUSED or "access token" in problem.lower():
            return BadArgument(f"the API refused the token: {problem}")
        return (RequestRefused if status == _BAD_REQUEST else BadInput)(f"the API refused the request: {problem}")

    def _masked(self, problem: str) -> str:
        return mask(problem.replace(self.token, "***"))[:_MAX_MESSAGE]


def _wait(state: RetryCallState) -> float:
    """The seconds to wait before the next try: they grow, and are at least those that the server asks for."""
    asked = getattr(state.outcome and state.outcome.exception(), "wait", 0.0)
    return max(asked + _JITTER(state), _GROWING_WAIT(state))


def _asked_wait(headers: Mapping[str, str]) -> float:
    """The seconds that the server asks to wait. Its reset time is compared with its own clock, not with ours."""
    if (after := headers.get("Retry-After", "")).isdecimal():
        return float(after)
    reset, date = headers.get("x-rate-limit-reset", ""), headers.get("Date", "")
    with suppress(ValueError):
        seconds = int(reset) - parsedate_to_datetime(date).timestamp()
        return max(seconds, 0.0) + 1
    return 0.0


def _body(reply: httpx.Response) -> dict[str, Any] | None:
    """The JSON object in the reply; None if there is none."""
    try:
        found = json.loads(reply.content, parse_float=Literal)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _message(body: Mapping[str, Any]) -> str:
    """What the error says, as X or Facebook write it. X names the parameters in a list of errors."""
    nested, errors = body.get("error"), body.get("errors")
    found = [nested.get("message") if isinstance(nested, dict) else body.get("detail") or body.get("title")]
    named = [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
    found += [error.get("message") or error.get("detail") for error in named]
    text = " ".join(str(message) for message in found if message)
    return text.encode(errors="backslashreplace").decode()


def _place(url: str) -> str:
    """The address without its parameters, which may hold a token."""
    return url.partition("?")[0]
