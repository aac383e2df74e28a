"""Boards as declared by their folders in jobs/reports: title, sections and chart functions."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module, util
from typing import Any

from jobs.runtime.reporting.tile_definitions import tiles

_SHARED_SECTIONS = {"00": "At a glance", "09": "Data and runs"}


@dataclass(frozen=True)
class Board:
    """`sections`: titles by the first two digits of the tile names.

    `findings`: the section of each table's headlines.
    """

    title: str
    sections: Mapping[str, str]
    findings: Mapping[str, str]


def load_board(name: str) -> Board:
    """Load the declaration of a board. Defaults come from its name and its tiles."""
    declared = vars(import_module(f"jobs.reports.{name}"))
    sections = {
        number: _SHARED_SECTIONS.get(number, name.capitalize())
        for number in sorted({tile.section for tile in tiles(name)})
    }
    return Board(
        declared.get("TITLE", name.capitalize()), declared.get("SECTIONS", sections), declared.get("FINDINGS", {})
    )


def load_charts(name: str) -> Any:
    """The board's module of chart functions; the shared one if the board has none."""
    module = f"jobs.reports.{name}.charts"
    return import_module(module if util.find_spec(module) else "jobs.reports.shared.charts")
