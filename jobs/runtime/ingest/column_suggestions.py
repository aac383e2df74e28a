"""Offer a --columns option for a file whose fields have other names than the columns."""

import re
import shlex
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import chain, takewhile

# Below this similarity, two words have nothing in common but letters.
_FLOOR = 0.8
_MIN_LENGTH, _MAX_LENGTH = 4, 100
_SYNONYMS = {
    **dict.fromkeys(("customer", "visitor", "client"), "user"),
    **dict.fromkeys(("item", "article"), "product"),
    **dict.fromkeys(("timestamp", "ts", "datetime"), "time"),
}
# With one of these words, a name means another thing: the day of the week is not the day, a last name not the name.
_OTHER_MEANING = frozenset(("week", "count", "average", "avg", "min", "max", "first", "last", "emp"))
# After these words a name means the same; any other last word is what the name is about: a price currency is no price.
_SAME_MEANING = frozenset(
    ("number", "num", "no", "nr", "code", "name", "value", "amount", "usd", "eur", "gbp", "utc", "local", "airport")
)


def suggest_columns(
    names: Sequence[str], required: Sequence[str], missing: Sequence[str], fields: Sequence[str]
) -> str:
    """A hint with the most similar of `fields` for each missing column, to append to a message.

    Empty if fewer than half of the missing required columns have a similar field: the file is of another kind.
    `names` are all columns of the table. Required columns choose first. Each field is offered once.
    """
    counts = Counter(chain(*(set(_words(name)) for name in names)))
    telling = {word for word, number in counts.items() if number == 1}
    words_of = {field: _words(field) for field in fields if _can_be_offered(field)}
    offered: dict[str, str] = {}
    for group in ([name for name in missing if name in required], [name for name in missing if name not in required]):
        pairs = [
            (_similarity(words, others, telling), name, field)
            for name, words in ((name, _words(name)) for name in group)
            for field, others in words_of.items()
        ]
        for similarity, name, field in sorted(pairs, key=lambda pair: -pair[0]):
            if similarity >= _FLOOR and name not in offered and field not in offered.values():
                offered[name] = field
    missing_required = [name for name in missing if name in required]
    unfound = [name for name in missing_required if name not in offered]
    if len(unfound) > len(missing_required) / 2:
        return ""
    option = shlex.quote(",".join(f"{name}={offered[name]}" for name in missing if name in offered))
    return f"; if these columns have other names: --columns {option}" + (
        f"; no field is similar to {', '.join(unfound)}" if unfound else ""
    )


def _can_be_offered(field: str) -> bool:
    """Whether the option can name the field."""
    return len(field) <= _MAX_LENGTH and field.isprintable() and not set(field) & set(",=") and bool(_words(field))


def _similarity(words: Sequence[str], others: Sequence[str], telling: set[str]) -> float:
    """1 for equal words, at least 0.8 if one has all words of the other or similar ones, else 0.

    A name with more words is that of another thing if it is about one of these: a price_currency is no price.
    Words that several columns of the table share, such as id, tell nothing.
    """
    short, long = "".join(words), "".join(others)
    if short == long:
        return 1.0
    common = set(words) & set(others)
    if _OTHER_MEANING & set(words) != _OTHER_MEANING & set(others):
        return 0.0
    if common == set(words) and not _is_about(others, words):
        return 0.0
    if common == set(words) or (common == set(others) and common & telling):
        return 0.8 + 0.15 * min(len(short), len(long)) / max(len(short), len(long)) + 0.04 * (words[-1] == others[-1])
    if len(words) == len(others):
        return min(_ratio(word, other) for word, other in zip(words, others, strict=True))
    # Words may be written as one. Otherwise a scheduled time would be a sched dep time.
    return _ratio(short, long) if min(len(words), len(others)) == 1 else 0.0


def _is_about(others: Sequence[str], words: Sequence[str]) -> bool:
    """Whether the last of the other words that has a meaning, or the last before `of`, is one of the words."""
    until = others.index("of") if "of" in others[1:] else len(others)
    added = takewhile(lambda word: word not in words, reversed(others[:until]))
    return set(added) <= _SAME_MEANING


def _ratio(word: str, other: str) -> float:
    """The share of common letters; 0 below the floor, and for different short words."""
    if word == other:
        return 1.0
    matcher = SequenceMatcher(None, other, word, autojunk=False)
    is_unlike = (
        min(len(word), len(other)) < _MIN_LENGTH
        or matcher.real_quick_ratio() < _FLOOR
        or matcher.quick_ratio() < _FLOOR
        or matcher.ratio() < _FLOOR
    )
    return 0.0 if is_unlike else matcher.ratio()


def _words(name: str) -> list[str]:
    """The words of a name in lower case, whether they are separated by signs or by capital letters."""
    words = re.findall(r"[a-z]+|\d+|[^\W\d_]+", re.sub(r"(?<=[a-z\d])(?=[A-Z])", " ", name).lower())
    return [_SYNONYMS.get(word, word) for word in words]
