"""A board as its folder in jobs/reports declares it: title, sections, and the functions that draw its charts."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module, util
from typing import Any

from jobs.runtime.reporting.tiles import tiles

_ON_EVERY_BOARD = {"00": "At a glance", "09": "Data and runs"}


@dataclass(frozen=True)
class Board:
    """`sections` are the titles by the first two digits of their tiles; `findings` the section of the headlines of a table."""

    title: str
    sections: Mapping[str, str]
    findings: Mapping[str, str]


def board_of(name: str) -> Board:
    """What a folder does not say is taken from its name and its tiles."""
    said = vars(import_module(f"jobs.reports.{name}"))
    sections = {
        number: _ON_EVERY_BOARD.get(number, name.capitalize())
        for number in sorted({tile.section for tile in tiles(name)})
    }
    return Board(said.get("TITLE", name.capitalize()), said.get("SECTIONS", sections), said.get("FINDINGS", {}))


def charts_of(name: str) -> Any:
    """The module with a function for each chart; without one a board has those that every board has."""
    own = f"jobs.reports.{name}.charts"
    return import_module(own if util.find_spec(own) else "jobs.reports.shared.charts")
