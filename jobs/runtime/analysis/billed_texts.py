"""Texts on their way to a service that is paid by the character, and what they cost."""

from dataclasses import dataclass
from typing import Any

from schemas.social.text_analyses import TEXT_ANALYSES

# The languages whose sentiment and names Comprehend finds.
LANGUAGES = ("en", "es", "fr", "de", "it", "pt", "ar", "hi", "ja", "ko", "zh", "zh-TW")
MAX_BYTES, READ_CHARACTERS = 5_000, 500
# A translation is judged up to so many times the length of its text, or as many characters as cost the least.
_LONGEST_TRANSLATION = 2
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
        return cut(self.translation[: self._longest_translation] if self.translation else self.text)

    @property
    def is_truncated(self) -> bool:
        return len(self.translation or self.text) > min(len(self.judged), READ_CHARACTERS)

    @property
    def reserve(self) -> int:
        """The units that it can cost: its language, as long as it is not delivered, may need a translation."""
        sent = cut(self.text)
        detection = 0 if self.lang else units(sent)
        if self.lang in LANGUAGES:
            return 2 * units(sent)
        longest = 2 * max(LEAST_UNITS, -(-min(self._longest_translation, MAX_BYTES) // UNIT))
        return detection + translation_units(sent) + longest

    @property
    def cost(self) -> int:
        """The units that it costs, once it has a language, a translation or a reason."""
        sent = cut(self.text)
        detection = 0 if self.delivered_lang else units(sent)
        translation = 0 if self.translation is None else translation_units(sent)
        return detection + translation + (0 if self.reason else 2 * units(self.judged))

    @property
    def _longest_translation(self) -> int:
        return max(LEAST_UNITS * UNIT, _LONGEST_TRANSLATION * len(self.text))

    def row(self, **values: Any) -> dict[str, Any]:
        """The values of text_analyses; UNSCORED, if none are given."""
        given = {name: getattr(self, name) for name in ("text_hash", "delivered_lang", "lang", "translation", "reason")}
        unscored = {"sentiment": "UNSCORED", "entities": [], "is_truncated": self.is_truncated}
        return {**dict.fromkeys(TEXT_ANALYSES.names), **unscored, **given, **values}


def cut(text: str) -> str:
    """The text as far as it fits, cut at a character."""
    return text.encode()[:MAX_BYTES].decode(errors="ignore")


def units(text: str) -> int:
    """What a request of Comprehend costs for a text."""
    return max(LEAST_UNITS, -(-len(text) // UNIT))


def translation_units(text: str) -> int:
    """What the translation of a text costs, in units of Comprehend."""
    return _TRANSLATION * -(-len(text) // UNIT)
