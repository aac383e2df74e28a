"""The type of options that name countries."""

import re
from argparse import ArgumentTypeError

from jobs.runtime.option_types import comma_separated


def country_codes(text: str) -> list[str]:
    """Codes of ISO 3166-1 alpha-2, separated by commas."""
    codes = comma_separated(text.upper())
    for code in codes:
        if not re.fullmatch("[A-Z]{2}", code):
            raise ArgumentTypeError(f"{code} is not a country code of ISO 3166-1 alpha-2; example: HR")
    return codes
