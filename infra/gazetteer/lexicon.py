"""Words that are not places: a form that equals one needs evidence that a place is meant."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

_OTHER_LETTERS = str.maketrans({"đ": "d", "ł": "l", "ø": "o", "ß": "ss", "æ": "ae", "œ": "oe"})


def fold(text: str) -> str:
    """Lower case, without marks."""
    decomposed = unicodedata.normalize("NFD", text.lower())
    marks = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return marks.translate(_OTHER_LETTERS)


def hunspell_words(dictionary: Path) -> tuple[set[str], set[str]]:
    """The forms of all words in lower case, and the names: the entries with a capital."""
    aliases, rules = _affixes(dictionary.with_suffix(".aff"))
    words, names = set[str](), set[str]()
    for line in dictionary.read_text("utf-8").splitlines()[1:]:
        word, _, flags = line.split("\t")[0].partition("/")
        if word[:1].isupper():
            names.add(word)
            continue
        words.add(word)
        for flag in aliases.get(flags, ()):
            for cut, added, condition in rules[flag]:
                if condition.search(word) and word.endswith(cut):
                    words.add(word[: len(word) - len(cut)] + added)
    return words, names


def _affixes(path: Path) -> tuple[dict[str, list[str]], dict[str, list[tuple[str, str, re.Pattern[str]]]]]:
    """The flags of each alias, and the suffix rules of each flag."""
    aliases, rules = dict[str, list[str]](), defaultdict[str, list[tuple[str, str, re.Pattern[str]]]](list)
    for kind, *fields in _lines(path):
        if kind == "AF" and "#" in fields:
            aliases[str(len(aliases) + 1)] = re.findall("..", fields[0])
        elif kind == "SFX" and len(fields) >= 4:
            flag, cut, added, condition = fields[:4]
            added = added.partition("/")[0]
            rules[flag].append(("" if cut == "0" else cut, "" if added == "0" else added, re.compile(f"{condition}$")))
    return aliases, rules


def _lines(path: Path) -> Iterator[list[str]]:
    for line in path.read_text("utf-8").splitlines():
        if fields := line.split():
            yield fields
