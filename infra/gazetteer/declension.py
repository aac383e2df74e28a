"""Decline Croatian place names by the paradigm of each word."""

from itertools import takewhile

# One entry per case: nominative, genitive, dative and locative, accusative, instrumental. Variants are separated by /.
_ENDINGS = {
    "fixed": (" ",) * 5,
    "m": (" ", "a", "u", " ", "om/em"),
    "m_soft": (" ", "a", "u", " ", "em/om"),
    "f": ("a", "e", "i", "u", "om"),
    "n": ("o", "a", "u", "o", "om"),
    "n_soft": ("e", "a", "u", "e", "em"),
    "pl_f": ("e", "a", "ama", "e", "ama"),
    "pl_m": ("i", "a", "ima", "e", "ima"),
    "adj_m": ("i", "og/oga", "om/ome", "i", "im"),
    "adj_m_short": (" ", "og/oga", "om/ome", " ", "im"),
    "adj_f": ("a", "e", "oj", "u", "om"),
    "adj_n": ("o", "og/oga", "om/ome", "o", "im"),
    "adj_pl_f": ("e", "ih", "im/ima", "e", "im/ima"),
    "adj_pl_m": ("i", "ih", "im/ima", "e", "im/ima"),
}
_CASES = 5
_ADJECTIVES = {
    "f": ("adj_f", "a"),
    "adj_f": ("adj_f", "a"),
    "m": ("adj_m", "i"),
    "m_soft": ("adj_m", "i"),
    "n": ("adj_n", "o"),
    "pl_f": ("adj_pl_f", "e"),
    "pl_m": ("adj_pl_m", "i"),
}
_SOFTENED = {"k": "c", "g": "z", "h": "s"}
_VOWELS = "aeiou"
# Most names in -ar keep their a, as Vukovar does.
_FLEETING = ("Zadar",)
PREPOSITIONS = frozenset("na u kod kraj pod nad pri od do iz za de del la of".split())  # noqa: SIM905


def forms(name: str) -> list[str]:
    """All forms of a name of one or more words; the name itself comes first.

    The last word before a preposition, or before `|`, is the head. Adjectives before it that agree with it are declined
    with it, and the parts around `i` (and) are declined side by side. Other words stay as they are.
    """
    declined, _, rest = name.partition(" | ")
    if rest:
        return [f"{form} {rest}" for form in forms(declined)]
    words = name.split()
    if "i" in words[1:-1]:
        at = words.index("i", 1)
        before, after = _declined(words[:at]), _declined(words[at + 1 :])
        return _unique(
            f"{left} i {right}"
            for lefts, rights in zip(before, after, strict=True)
            for left in lefts
            for right in rights
        )
    return _unique(form for case in _declined(words) for form in case)


def _declined(words: list[str]) -> list[list[str]]:
    """The variants of each case."""
    phrase = list(takewhile(lambda word: word.lower() not in PREPOSITIONS, words[1:]))
    phrase, rest = [words[0], *phrase], words[len(phrase) + 1 :]
    cases: list[list[str]] = [[] for _ in range(_CASES)]
    for paradigm in _paradigms(phrase[-1]):
        adjective, ending = _ADJECTIVES.get(paradigm, ("", " "))
        declined = [
            _word(word, adjective) if word.endswith(ending) and len(word) > 2 else [[word]] * _CASES
            for word in phrase[:-1]
        ]
        for number, parts in enumerate(zip(*declined, _word(phrase[-1], paradigm), strict=True)):
            variants = [""]
            for part in parts:
                variants = [f"{before} {word}".strip() for before in variants for word in part]
            cases[number] += [" ".join([variant, *rest]) for variant in variants]
    return cases


def _paradigms(word: str) -> list[str]:
    """The paradigms that a noun may follow, by its ending. None for a word that is not declined."""
    lower = word.lower()
    if len(word) < 3:
        return ["fixed"]
    if lower.endswith(("ska", "ška", "čka", "ćka", "cka")):
        return ["adj_f"]
    if lower.endswith(("ski", "ški", "čki", "ni", "vi")):
        return ["pl_m", "adj_m"]
    by_vowel = {"a": ["f"], "o": ["n"], "i": ["pl_m"]}
    if lower.endswith("e"):
        return ["n_soft"] if lower.endswith(("je", "će", "lje", "nje")) else ["pl_f"]
    if lower[-1] in by_vowel:
        return by_vowel[lower[-1]]
    return ["m_soft" if lower.endswith(("č", "ć", "š", "ž", "đ", "j", "lj", "nj", "c")) else "m"]


def _word(word: str, paradigm: str) -> list[list[str]]:
    """The variants of a word in each case."""
    endings = _ENDINGS[paradigm]
    stem = word if endings[0] == " " else word[:-1]
    cases = []
    for number, ending in enumerate(endings):
        variants = [(word if one == " " else _oblique(stem, paradigm) + one) for one in ending.split("/")]
        if number == 2 and paradigm == "f" and stem[-1] in _SOFTENED:
            variants.insert(0, stem[:-1] + _SOFTENED[stem[-1]] + "i")
        if number == 1 and paradigm.startswith("pl_"):
            variants += _plural_genitives(stem, paradigm)
        cases.append(variants)
    return cases


def _oblique(stem: str, paradigm: str) -> str:
    """The stem of a masculine noun without its fleeting a or e: Zadr-, Karlovc-, Čakovc-."""
    is_fleeting = len(stem) > 4 and stem.endswith(("ac", "ec")) and stem[-3] not in _VOWELS
    if paradigm in ("m", "m_soft") and (is_fleeting or stem in _FLEETING):
        return stem[:-2] + stem[-1]
    return stem


def _plural_genitives(stem: str, paradigm: str) -> list[str]:
    """Plitvica, Vinkovaca, Delnica; and without an ending: Toplica, Kaštela."""
    if paradigm == "pl_m" and stem.endswith("c") and stem[-2] not in _VOWELS:
        return [stem[:-1] + "aca"]
    return [stem] if paradigm == "pl_f" else []


def _unique(names: object) -> list[str]:
    return list(dict.fromkeys(names))  # type: ignore[call-overload]
