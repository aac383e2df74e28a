"""Load the rules against bots from a file, local or in a bucket."""

from jobs.runtime.errors import BadInput
from jobs.runtime.storage import object_store
from transforms.detection.rules import RuleSet
from transforms.detection.rules_file import read_rules


def load_rules(location: str | None) -> RuleSet:
    """The built-in rules, changed by the file if there is one. Raises BadInput."""
    try:
        return read_rules(object_store.read_text(location)) if location else RuleSet()
    except ValueError as error:
        raise BadInput(f"--rules {location}: {error}") from None
