"""Render a board as one self-contained HTML page: tables, charts and definitions."""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import metadata, resources
from typing import Any

from jobs.runtime.reporting import formatting
from jobs.runtime.reporting.answers import Answer
from jobs.runtime.reporting.boards import board_of, charts_of
from jobs.runtime.storage import cache, object_store
from schemas.table import Table

# Colours of lines and letters are the page's, so that dark, light and paper need no other chart; the rest is here.
_LETTERS = {"labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal"}
_LOOKS = {
    "background": "transparent",
    "font": "system-ui, sans-serif",
    "view": {"stroke": None},
    "axis": {"domain": False, **_LETTERS},
    "legend": _LETTERS,
}


@dataclass(frozen=True)
class TileView:
    """What the page shows of an answer."""

    answer: Answer
    meanings: Mapping[str, str]
    says: str
    spec: str
    data: str

    @property
    def pages(self) -> list[tuple[str, list[str], list[list[Any]]]]:
        """Its tables: a title, the names of the columns, and rows of (column, value) or texts."""
        rows, tile = self.answer.rows, self.answer.tile
        if not tile.cross:
            return [("", list(self.answer.types), [[(name, row[name]) for name in self.answer.types] for row in rows])]
        chosen = tile.words.get("choose")
        return [
            _crossed(title, tile.cross, [row for row in rows if not chosen or row[chosen] == title])
            for title in self.choices or [""]
        ]

    @property
    def choices(self) -> list[str]:
        chosen = self.answer.tile.words.get("choose")
        return list(dict.fromkeys(row[chosen] for row in self.answer.rows)) if chosen else []


def _crossed(
    title: str, cross: Sequence[str], rows: Sequence[Mapping[str, Any]]
) -> tuple[str, list[str], list[list[Any]]]:
    """Long rows as a table with a row and a column for each value of two of their columns."""
    down, across, name = cross
    heads = sorted({row[across] for row in rows})
    found = {(row[down], row[across]): row[name] for row in rows}
    lines = [
        [(down, first), *((name, found.get((first, head))) for head in heads)]
        for first in dict.fromkeys(row[down] for row in rows)
    ]
    return title, [down, *map(str, heads)], lines


def render(
    board: str,
    answers: Iterable[Answer],
    findings: Sequence[tuple[str, str]],
    tables: Sequence[Table],
    made_at: datetime,
) -> str:
    """The page. `findings` are sections and sentences."""
    import jinja2

    of_board, charts = board_of(board), charts_of(board)
    views = {answer.tile.stem: _view(answer, tables, charts) for answer in answers}
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["label"] = formatting.label
    environment.globals.update(cell=formatting.cell, change=formatting.change, is_number=formatting.is_number)
    style, script = _part("page.css"), f"{bundle()}\n{_part('page.js')}"
    if "</script" in script:
        raise ValueError("the bundle of the charts would end its own element")
    policy = f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; img-src data:; base-uri 'none'; form-action 'none'"
    shown = {
        "title": of_board.title,
        "sections": of_board.sections,
        "views": views,
        "findings": findings,
        "board": board,
        "made_at": made_at,
    }
    return environment.from_string(_part("page.html")).render(style=style, script=script, policy=policy, **shown)


def bundle() -> str:
    """The one script that draws charts; made once for each version of vl-convert, since that takes a second."""
    kept = cache.folder() / f"vega-{metadata.version('vl-convert-python')}.js"
    if not kept.exists():
        import vl_convert

        object_store.write_text(str(kept), vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))
    return kept.read_text()


def _view(answer: Answer, tables: Sequence[Table], charts: Any) -> TileView:
    draw = getattr(charts, answer.tile.stem, None)
    chart = draw(answer) if draw and answer.rows else None
    spec = json.dumps(_spec(chart)) if chart else ""
    says = _says(chart) if chart else ""
    return TileView(answer, answer.tile.meanings(list(answer.types), tables), says, _inert(spec), _inert(_data(answer)))


def _data(answer: Answer) -> str:
    """The rows for the script: every cell a text, those of names as places in the list of all names, which repeat a lot."""
    names: dict[str | None, int] = {}
    rows = []
    for row in answer.rows:
        cells = [(kind, formatting.plain(kind, row[name])) for name, kind in answer.types.items()]
        rows.append([names.setdefault(text, len(names)) if kind == "string" else text for kind, text in cells])
    data = {
        "columns": list(answer.types),
        "kinds": list(map(formatting.kind, answer.types.values())),
        "names": list(names),
        "rows": rows,
    }
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _spec(chart: Any) -> dict[str, Any]:
    """What is drawn; what a layer says of itself is said of the whole."""
    return {**chart.to_dict(validate=False), "config": _LOOKS, "description": _says(chart)}


def _says(chart: Any) -> str:
    return str(
        next(part.description for part in (chart, *getattr(chart, "layer", [])) if isinstance(part.description, str))
    )


def _part(name: str) -> str:
    return resources.files("jobs.runtime.reporting").joinpath(name).read_text()


def _inert(text: str) -> str:
    """JSON that cannot end the element that it stands in."""
    return text.replace("<", "\\u003c")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
