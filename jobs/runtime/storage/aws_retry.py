"""Call APIs of AWS, again where they limit the rate."""

import time
from collections.abc import Callable, Collection
from typing import Any

from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential

from jobs.runtime.storage import object_store

MAX_TRIES = 6


def call_again(
    method: Callable[..., Any], codes: Collection[str], sleep: Callable[[float], None] = time.sleep, **arguments: Any
) -> Any:
    """The reply of a method of a client.

    An error with one of the `codes`, and one of the connection, is tried again up to six times in all, after 2, 4, 8
    and more seconds. Raises the last error.
    """
    errors = object_store.require_module("botocore.exceptions")

    def is_passing(error: BaseException) -> bool:
        if isinstance(error, errors.ClientError):
            return error_code(error) in codes
        return isinstance(error, errors.HTTPClientError | errors.ConnectionError)

    retrying = Retrying(
        retry=retry_if_exception(is_passing),
        stop=stop_after_attempt(MAX_TRIES),
        wait=wait_exponential(multiplier=2),
        sleep=sleep,
        reraise=True,
    )
    return retrying(method, **arguments)


def error_code(error: Any) -> str:
    """The code of a ClientError; empty for another error."""
    return str(getattr(error, "response", {}).get("Error", {}).get("Code", ""))
