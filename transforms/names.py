"""Names that people read: one spelling for what looks the same."""

import itertools
import json
import unicodedata
from collections.abc import Iterator
from functools import cache

from pyspark.sql import Column
from pyspark.sql import functions as F

from transforms.values import PLAIN_TEXT, WHITE_SPACE

# Characters that are not seen, such as the zero-width space.
_FORMAT = r"\p{Cf}"
# A character and the marks or Korean letters that follow it.
_CLUSTER = r"([^\p{M}\x{1160}-\x{11FF}][\p{M}\x{1160}-\x{11FF}]+)"
_SYLLABLE = r"\A[\x{1100}-\x{1112}][\x{1161}-\x{1175}][\x{11A8}-\x{11C2}]?\z"
# Where Unicode has characters that are composed, or equal to another one; Korean syllables are computed.
_RANGES = ((0xC0, 0x3400), (0xF900, 0xFB50), (0x11000, 0x17000), (0x1D100, 0x1D200), (0x2F800, 0x2FA20))


def composed(name: Column) -> Column:
    """The name in Unicode's form NFC, without format characters. Marks that no composed character has stay."""
    visible = F.translate(F.regexp_replace(name, _FORMAT, ""), *_equal_characters())
    known = F.from_json(F.lit(json.dumps(_compositions())), "map<string, string>")
    return F.aggregate(
        F.array_distinct(F.regexp_extract_all(visible, F.lit(_CLUSTER), F.lit(1))),
        visible,
        lambda text, cluster: F.replace(
            text, cluster, F.coalesce(F.try_element_at(known, cluster), _syllable(cluster), cluster)
        ),
    )


def readable(name: Column) -> Column:
    """The composed name, trimmed. *Nulls:* NULL if nothing of it is seen."""
    seen = F.btrim(composed(name), F.lit(WHITE_SPACE))
    return F.when(name.rlike(PLAIN_TEXT), name).otherwise(F.when(seen != "", seen))


def _syllable(cluster: Column) -> Column:
    """The Korean syllable of two or three letters. *Nulls:* NULL for anything else."""
    first, second, third = (F.ascii(F.substring(cluster, position, 1)) for position in (1, 2, 3))
    last = F.when(F.length(cluster) == 3, third - 0x11A7).otherwise(0)
    code = ((first - 0x1100) * 21 + (second - 0x1161)) * 28 + last + 0xAC00
    return F.when(cluster.rlike(_SYLLABLE), F.decode(F.unhex(F.hex(code)), "UTF-16BE"))


def _characters() -> Iterator[str]:
    return map(chr, itertools.chain(*(range(*one) for one in _RANGES)))


@cache
def _compositions() -> dict[str, str]:
    """Every sequence of a character and marks, in any order of the marks, that is one character in NFC."""
    found: dict[str, str] = {}
    for character in _characters():
        base, *marks = list(unicodedata.normalize("NFD", character))
        if marks and unicodedata.normalize("NFC", character) == character:
            for order in itertools.permutations(marks):
                for count in range(len(order)):
                    sequence = unicodedata.normalize("NFC", base + "".join(order[:count])) + "".join(order[count:])
                    if unicodedata.normalize("NFC", sequence) == character:
                        found[sequence] = character
    return found


@cache
def _equal_characters() -> tuple[str, str]:
    """Characters that NFC replaces by one other, and these others in the same order."""
    pairs = [(one, other) for one in _characters() if (other := unicodedata.normalize("NFC", one)) != one]
    single = [pair for pair in pairs if len(pair[1]) == 1]
    return "".join(one for one, _ in single), "".join(other for _, other in single)
