"""Compare texts without regard to case and diacritics."""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

from pyspark.sql import Column
from pyspark.sql import functions as F

from transforms.values import PLAIN_TEXT

# Letters that do not decompose.
_OTHERS = {"đ": "d", "ł": "l", "ø": "o"}
_LETTERS = range(0xC0, 0x250)


def lower(text: Column) -> Column:
    """The text in lower case, of the same length: Java turns İ into two characters."""
    return F.lower(F.translate(text, "İ", "I"))


def fold(text: Column) -> Column:
    """The text in lower case, without diacritics: čćžšđ become cczsd. It keeps its length."""
    return F.when(text.rlike(PLAIN_TEXT), F.lower(text)).otherwise(F.translate(lower(text), *_marked_letters()))


def has_word_of(beginnings: Sequence[str], text: Column) -> Column:
    """Whether a word of the text begins with one of `beginnings`, both folded; without any, none does."""
    words = "|".join(re.escape(word.lower().translate(str.maketrans(*_marked_letters()))) for word in beginnings)
    return fold(text).rlike(rf"(?<![\p{{L}}\p{{N}}])({words})") if beginnings else F.lit(False)


@cache
def _marked_letters() -> tuple[str, str]:
    """The Latin letters with marks, and the letters without them in the same order."""
    plain = {letter: unicodedata.normalize("NFD", letter)[0] for letter in map(chr, _LETTERS)}
    pairs = {letter: base for letter, base in plain.items() if base != letter and letter.islower()} | _OTHERS
    return "".join(pairs), "".join(pairs.values())
