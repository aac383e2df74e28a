"""Texts on their way to a service that is paid by the character, and the budget for them."""

from dataclasses import dataclass
from typing import Any

from schemas.social.text_analyses import TEXT_ANALYSES

MAX_BYTES, READ_CHARACTERS = 5_000, 500
UNIT, LEAST_UNITS, _TRANSLATION = 100, 3, 15


@dataclass(frozen=True)
class Text:
    """A text to judge, and what is known of it so far. A `reason` ends its way: it is UNSCORED."""

    text_hash: str
    delivered_lang: str
    text: str
    lang: str | None
    translation: str | None = None
    reason: str | None = None

    @property
    def judged(self) -> str:
        """The beginning of the text that is sent."""
        return cut(self.translation or self.text)

    @property
    def is_truncated(self) -> bool:
        return len(self.translation or self.text) > min(len(self.judged), READ_CHARACTERS)

    def row(self, **values: Any) -> dict[str, Any]:
        """The values of text_analyses; UNSCORED, if none are given."""
        given = {name: getattr(self, name) for name in ("text_hash", "delivered_lang", "lang", "translation", "reason")}
        unscored = {"sentiment": "UNSCORED", "entities": [], "is_truncated": self.is_truncated}
        return {**dict.fromkeys(TEXT_ANALYSES.names), **unscored, **given, **values}


@dataclass
class Budget:
    """The units that are left."""

    units: int

    def take(self, units: int) -> bool:
        """Take so many units if they are left. Otherwise none is left for later texts either."""
        is_left = units <= self.units
        self.units = self.units - units if is_left else 0
        return is_left


def cut(text: str) -> str:
    """The text as far as it fits, cut at a character."""
    return text.encode()[:MAX_BYTES].decode(errors="ignore")


def units(text: str) -> int:
    """What a request of Comprehend costs for a text."""
    return max(LEAST_UNITS, -(-len(text) // UNIT))


def translation_units(text: str) -> int:
    """What the translation of a text costs, in units of Comprehend."""
    return _TRANSLATION * -(-len(text) // UNIT)
