"""The places of each source. Where two have a form, it belongs to the first."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

from infra.gazetteer.declension import ISLAND
from infra.gazetteer.lexicon import fold

# Of these countries, settlements with at least so many inhabitants; of all others, large cities.
_INHABITANTS = {"HR": 0, "BA": 500, "RS": 500, "ME": 500, "SI": 500, "MK": 500, "XK": 5_000, "HU": 15_000, "AT": 15_000}
_IN_EUROPE, _ELSEWHERE = 300_000, 400_000
# Those in Europe that have a Croatian name of their own, as Trst does, are known from so many on.
_WITH_EXONYM = 50_000
_NOTABLE, _NOTABLE_ABROAD = 5_000, 100_000
# Territories of CLDR that are no places: the world, and groups of countries.
_NO_PLACES = frozenset({"001", "EU", "EZ", "UN", "QO", "ZZ", "XA", "XB"})
_LATIN = frozenset("abcdefghijklmnopqrstuvwxyz -'")


@dataclass(frozen=True)
class Place:
    """A place and its names. `written` are abbreviations that only count as they are written.

    `is_notable` places are known by their name alone.
    """

    place_id: str
    name: str
    type: str
    country: str
    parent: str
    latitude: str
    longitude: str
    names: tuple[str, ...]
    written: tuple[str, ...] = ()
    is_notable: bool = True


def places(
    cities: Iterable[Mapping[str, Any]],
    territories: Iterable[Mapping[str, str]],
    exonyms: Mapping[tuple[str, str], str],
    names: set[str],
    capitals: set[int],
) -> list[Place]:
    """All places, without two settlements of one name in a country.

    `territories` are names by code, one mapping a language, `exonyms` the Croatian names of cities by English name and
    time zone, `names` the capitalised words of the Croatian dictionary, which tell exonyms from other alternate names,
    `capitals` the ids of the capitals of countries.
    """
    found = [*_countries(*territories), *_by_hand(), *_settlements(cities, exonyms, names, capitals)]
    aliases, first = _aliases(), dict[tuple[str, str, bool], Place]()
    for place in found:
        first.setdefault((fold(place.name), place.country, place.type == "settlement"), _with(place, aliases))
    return list(first.values())


def _with(place: Place, aliases: Mapping[tuple[str, str], list[str]]) -> Place:
    own = aliases.get((place.name, place.country), [])
    names = (*place.names, *(name for name in own if not name.startswith("=")))
    return replace(place, names=names, written=tuple(name[1:] for name in own if name.startswith("=")))


def _countries(own: Mapping[str, str], english: Mapping[str, str]) -> Iterator[Place]:
    for code, name in own.items():
        if code not in _NO_PLACES:
            kind, country = ("country", code) if code.isalpha() else ("continent", "")
            yield Place(f"cldr:{code}", name, kind, country, "", "", "", (name, english[code]))


def _by_hand() -> Iterator[Place]:
    for row in _rows("by_hand.tsv"):
        names = (row["name"], *filter(None, row["aliases"].split(",")))
        place_id = f"hand:{fold(row['name'].replace(' | ', '_')).replace(' ', '_')}"
        if row["type"] == "island" and ISLAND not in row["name"]:
            names = (*names, f"{ISLAND} {row['name']}", f"{row['name']} Island", f"Island of {row['name']}")
        if row["type"] in ("national park", "nature park"):
            names = (*names, f"{row['name']} {row['type'].title()}")
        position = row["latitude"], row["longitude"]
        yield Place(place_id, row["name"].replace(" | ", " "), row["type"], "HR", "", *position, names)


def _settlements(
    cities: Iterable[Mapping[str, Any]], exonyms: Mapping[tuple[str, str], str], names: set[str], capitals: set[int]
) -> Iterator[Place]:
    for city in sorted(cities, key=lambda city: (city["countrycode"] != "HR", -city["population"], city["geonameid"])):
        country, name = city["countrycode"], city["name"].replace("\u2019", "'")
        is_european = city["timezone"].startswith("Europe/")
        known = [alias for alias in city["alternatenames"] if alias in names and is_european]
        has_exonym = any(alias != name and not alias.isupper() for alias in known)
        in_europe = _WITH_EXONYM if has_exonym else _IN_EUROPE
        large = 0 if city["geonameid"] in capitals else in_europe if is_european else _ELSEWHERE
        if city["population"] < _INHABITANTS.get(country, large) or not set(fold(name)) <= _LATIN:
            continue
        exonym = exonyms.get((name, city["timezone"]))
        yield Place(
            f"geonames:{city['geonameid']}",
            name,
            "settlement",
            country,
            f"{country}.{city['admin1code']}",
            str(city["latitude"]),
            str(city["longitude"]),
            tuple(dict.fromkeys(filter(None, (name, name.removesuffix(" City"), exonym, *known)))),
            is_notable=city["population"] >= (_NOTABLE if country == "HR" else _NOTABLE_ABROAD),
        )


def evidence_by_hand() -> dict[tuple[str, str], str]:
    """The evidence that a name needs that mostly means something else, by the id of the place and the folded name."""
    return {(row["place_id"], fold(row["name"])): row["evidence"] for row in _rows("evidence.tsv")}


def _aliases() -> dict[tuple[str, str], list[str]]:
    return {(row["name"], row["country"]): row["aliases"].split(",") for row in _rows("aliases.tsv")}


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = resources.files("infra.gazetteer").joinpath(name).read_text("utf-8")
    return iter(csv.DictReader(text.splitlines(), delimiter="\t"))
