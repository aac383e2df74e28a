"""Decline Croatian place names by the paradigm of each word."""

import re
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
    "pl_n": ("a", "a", "ima", "a", "ima"),
    "adj_m": ("i", "og/oga", "om/ome", "i", "im"),
    "adj_m_short": (" ", "og/oga", "om/ome", " ", "im"),
    "adj_f": ("a", "e", "oj", "u", "om"),
    "adj_n": ("o", "og/oga", "om/ome", "o", "im"),
    "adj_pl_f": ("e", "ih", "im/ima", "e", "im/ima"),
    "adj_pl_m": ("i", "ih", "im/ima", "e", "im/ima"),
    "adj_pl_n": ("a", "ih", "im/ima", "a", "im/ima"),
}
_CASES = 5
_ADJECTIVES = {
    "f": ("adj_f", "a"),
    "adj_f": ("adj_f", "a"),
    "adj_m": ("adj_m", "i"),
    "adj_n": ("adj_n", "o"),
    "m": ("adj_m", "i"),
    "m_soft": ("adj_m", "i"),
    "n": ("adj_n", "o"),
    "pl_f": ("adj_pl_f", "e"),
    "pl_m": ("adj_pl_m", "i"),
    "pl_n": ("adj_pl_n", "a"),
}
_SOFTENED = {"k": "c", "g": "z", "h": "s"}
_VOWELS, _SOFT = "aeiou", "čćđjšž"
# Most names in -ar keep their a, as Vukovar does.
_FLEETING = ("Zadar", "Supetar", "Petar")
# Nouns that have only a plural, and end as those of the singular in -a do.
_PLURAL_NEUTERS = ("jezera", "sela", "kaštela", "brela", "polja", "vrata", "brda", "vrela")
# Of two syllables, and yet adjectives as Hrvatska is; Učka and Baška are nouns.
_ADJECTIVE_NAMES = ("češka", "bačka", "raška")
# A name after one of these is declined with it: na otoku Krku, u Svetom Ivanu Zelini.
_SAINTS, ISLAND = ("Sveti", "Sveta", "Sveto"), "otok"
_ISLAND_CASES = [["otok"], ["otoka"], ["otoku"], ["otok"], ["otokom"]]
PREPOSITIONS = frozenset("na u kod kraj pod nad pri od do iz za de del la of".split())  # noqa: SIM905


def forms(name: str) -> list[str]:
    """All forms of a name of one or more words; the name itself comes first.

    The last word before a preposition, or before `|`, is the head. Adjectives before it that agree with it are declined
    with it. The parts around `i` (and), a saint and what follows, and an island and its name are declined side by side.
    Other words stay as they are.
    """
    return _unique(form for case in cases(name) for form in case)


def cases(name: str, *, softens: bool = True) -> list[list[str]]:
    """The forms of a name by case: nominative, genitive, dative and locative, accusative, instrumental.

    The locative Rijeci has a softened c. Names that few people know keep their k, g or h: `softens` is False.
    """
    declined, _, rest = name.partition(" | ")
    if rest:
        return [[f"{form} {rest}" for form in case] for case in cases(declined, softens=softens)]
    if not softens and name[-2:-1] in _SOFTENED:
        softened = f"{name[:-2]}{_SOFTENED[name[-2]]}i"
        return [[form for form in case if form != softened] for case in cases(name)]
    words = name.split()
    if "i" in words[1:-1]:
        at = words.index("i", 1)
        return _side_by_side(_declined(words[:at]), " i ", words[at + 1 :])
    if words[0] == ISLAND:
        return _side_by_side(_ISLAND_CASES, " ", words[1:])
    if words[0] in _SAINTS and len(words) > 2 and words[2].lower() not in PREPOSITIONS:
        return _side_by_side(_declined(words[:2]), " ", words[2:])
    return _declined(words)


def _side_by_side(before: list[list[str]], between: str, after: list[str]) -> list[list[str]]:
    return [
        [f"{left}{between}{right}" for left in lefts for right in rights]
        for lefts, rights in zip(before, _declined(after), strict=True)
    ]


def _declined(words: list[str]) -> list[list[str]]:
    """The variants of each case."""
    phrase = list(takewhile(lambda word: word.lower() not in PREPOSITIONS, words[1:]))
    phrase, rest = [words[0], *phrase], words[len(phrase) + 1 :]
    cases: list[list[str]] = [[] for _ in range(_CASES)]
    for paradigm in _paradigms(phrase[-1]):
        adjective, ending = _ADJECTIVES.get(paradigm, ("", " "))
        # No adjective ends in -ci: Ivanovci is a noun.
        declined = [
            _word(word, adjective)
            if word.endswith(ending) and not word.endswith("ci") and len(word) > 2
            else [[word]] * _CASES
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
    if lower in _PLURAL_NEUTERS:
        return ["pl_n"]
    if lower.endswith(("ska", "ška", "čka", "ćka", "cka")):
        is_noun = lower.endswith(("ška", "čka")) and _syllables(lower) == 2 and lower not in _ADJECTIVE_NAMES
        return ["adj_f", "f"] if is_noun else ["adj_f"]
    if lower.endswith(("sko", "ško", "čko", "ćko")):
        return ["adj_n"]
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
        variants = [
            (word if one == " " else oblique + one)
            for oblique in _obliques(stem, paradigm)
            for one in ending.split("/")
        ]
        if number == 2 and paradigm == "f" and stem[-1] in _SOFTENED:
            variants.insert(0, stem[:-1] + _SOFTENED[stem[-1]] + "i")
        if number == 1 and paradigm.startswith("pl_"):
            variants += _plural_genitives(stem, paradigm)
        cases.append(variants)
    return cases


def _obliques(stem: str, paradigm: str) -> list[str]:
    """The stems of a masculine noun without its fleeting a or e: Zadr-, Karlovc-, Čakovc-, Omišlj-.

    The a of -ak stays after a soft consonant, as in Jagodnjak; after another it may go or stay: Sisk-, Novak-.
    """
    if paradigm not in ("m", "m_soft"):
        return [stem]
    if stem.endswith(("alj", "anj")) and _syllables(stem[:-3].lower()):
        return [stem[:-3] + stem[-2:]]
    shortened = stem[:-2] + stem[-1]
    is_long = len(stem) > 4 and stem[-3] not in _VOWELS
    if stem in _FLEETING or (is_long and stem.endswith(("ac", "ec"))):
        return [shortened]
    return [shortened, stem] if is_long and stem.endswith("ak") and stem[-3] not in _SOFT else [stem]


def _syllables(word: str) -> int:
    return len(re.findall("[aeiou]|r(?=[^aeiou])", word))


def _plural_genitives(stem: str, paradigm: str) -> list[str]:
    """Vinkovaca, Konavala."""
    if paradigm == "pl_m" and stem.endswith(("c", "vl")) and stem[-2] not in _VOWELS:
        return [f"{stem[:-1]}a{stem[-1]}a"]
    return []


def _unique(names: object) -> list[str]:
    return list(dict.fromkeys(names))  # type: ignore[call-overload]
