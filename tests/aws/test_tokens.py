"""The token of an API as a secret of AWS."""

import pytest

from jobs.runtime.errors import BadArgument
from jobs.runtime.fetch.tokens import bearer_token
from tests.aws.stand_in import stand_in


def test_a_token_may_be_a_secret_and_a_missing_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with stand_in() as aws:
        for name, value in {**aws.environment(), "AWS_ENDPOINT_URL": aws.url}.items():
            monkeypatch.setenv(name, value)
        aws.client("secretsmanager").create_secret(Name="x", SecretString="token\n")
        assert bearer_token("WEIR_X_TOKEN", "x") == "token"
        with pytest.raises(BadArgument, match=r"nowhere: .*ResourceNotFoundException.*check credentials"):
            bearer_token("WEIR_X_TOKEN", "nowhere")
