"""The bearer token of an API, from the environment or AWS Secrets Manager."""

import os

from jobs.runtime.errors import BadArgument
from jobs.runtime.storage import object_store


def bearer_token(variable: str, secret: str | None) -> str:
    """The token. Raises BadArgument if there is none."""
    if secret:
        with object_store.wrap_errors(secret, BadArgument):
            client = object_store.require_module("boto3").client("secretsmanager")
            token = client.get_secret_value(SecretId=secret)["SecretString"]
    else:
        token = os.environ.get(variable, "")
    if not token.strip():
        raise BadArgument(f"there is no token: set {variable}, or --token_secret to a secret in AWS Secrets Manager")
    return str(token).strip()
