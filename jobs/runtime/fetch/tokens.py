"""The bearer token of an API, from the environment or AWS Secrets Manager."""

import os
import re

from jobs.runtime.errors import BadArgument
from jobs.runtime.storage import object_store


def bearer_token(variable: str, secret: str | None) -> str:
    """The token. Raises BadArgument if there is none, or if it cannot be sent; the message never holds it."""
    if secret:
        with object_store.wrap_errors(secret, BadArgument):
            client = object_store.require_module("boto3").client("secretsmanager")
            token = client.get_secret_value(SecretId=secret)["SecretString"]
    else:
        token = os.environ.get(variable, "")
    token = str(token).strip()
    if not token:
        raise BadArgument(f"there is no token: set {variable}, or --token_secret to a secret in AWS Secrets Manager")
    if not re.fullmatch(r"[!-~]+", token):
        place = f"the secret {secret}" if secret else variable
        raise BadArgument(
            f"the token in {place} has a space, a line break or a character outside ASCII; copy the token alone"
        )
    return token
