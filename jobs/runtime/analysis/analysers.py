"""The analyser of texts as an option of jobs."""

from jobs.runtime.analysis.comprehend import Comprehend
from jobs.runtime.analysis.vader import Vader
from jobs.runtime.job import Parameter
from jobs.runtime.option_types import number_between, one_of
from transforms.text.analyser import Analyser

_ANALYSERS: dict[str, Analyser] = {"vader": Vader(), "comprehend": Comprehend()}


def analyser(text: str) -> Analyser:
    """The analyser of that name."""
    return _ANALYSERS[str(one_of(*_ANALYSERS)(text))]


ANALYSER = Parameter(
    "analyser",
    analyser,
    _ANALYSERS["vader"],
    "who judges texts: vader, offline and only in English, or comprehend: Amazon Comprehend and Translate, paid",
)
MAX_UNITS = Parameter(
    "max_units",
    number_between(0, 1_000_000_000),
    10_000,
    "budget of a run for comprehend, in units of 100 characters of 0.0001 dollars; a text has at least 6,"
    " and 100 translated characters count as 15",
)
