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
from jobs.runtime.reporting.boards import load_board, load_charts
from jobs.runtime.reporting.query_runner import Answer
from jobs.runtime.storage import cache_folder, object_store
from schemas.table import Table

# The page's CSS sets the colors of lines and text, so that one chart fits light, dark and print; this is the rest.
_TEXT_STYLE = {"labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal"}
_CHART_CONFIG = {
    "background": "transparent",
    "font": "system-ui, sans-serif",
    "view": {"stroke": None},
    "axis": {"domain": False, **_TEXT_STYLE},
    "legend": _TEXT_STYLE,
}


@dataclass(frozen=True)
class TileView:
    """An answer as the page shows it."""

    answer: Answer
    meanings: Mapping[str, str]
    alt_text: str
    spec: str
    data: str

    @property
    def pages(self) -> list[tuple[str, list[str], list[list[Any]]]]:
        """The tables of the tile: a title, column names, and rows of (column, value) or text."""
        rows, tile = self.answer.rows, self.answer.tile
        if not tile.cross:
            return [("", list(self.answer.types), [[(name, row[name]) for name in self.answer.types] for row in rows])]
        chosen = tile.header.get("choose")
        return [
            _pivot(title, tile.cross, [row for row in rows if not chosen or row[chosen] == title])
            for title in self.choices or [""]
        ]

    @property
    def choices(self) -> list[str]:
        chosen = self.answer.tile.header.get("choose")
        return list(dict.fromkeys(row[chosen] for row in self.answer.rows)) if chosen else []


def _pivot(
    title: str, cross: Sequence[str], rows: Sequence[Mapping[str, Any]]
) -> tuple[str, list[str], list[list[Any]]]:
    """Pivot long rows: a row and a column per value of the first two columns in `cross`; the third fills the cells."""
    down, across, name = cross
    headings = sorted({row[across] for row in rows})
    cells = {(row[down], row[across]): row[name] for row in rows}
    lines = [
        [(down, first), *((name, cells.get((first, heading))) for heading in headings)]
        for first in dict.fromkeys(row[down] for row in rows)
    ]
    return title, [down, *map(str, headings)], lines


def render(
    board: str,
    answers: Iterable[Answer],
    findings: Sequence[tuple[str, str]],
    tables: Sequence[Table],
    made_at: datetime,
) -> str:
    """Render the page. `findings` are pairs of section and sentence."""
    import jinja2

    declaration, charts = load_board(board), load_charts(board)
    views = {answer.tile.stem: _view(answer, tables, charts) for answer in answers}
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["label"] = formatting.label
    environment.globals.update(cell=formatting.cell, change=formatting.change, is_number=formatting.is_number)
    style, script = _resource("page.css"), f"{bundle()}\n{_resource('page.js')}"
    if "</script" in script:
        raise ValueError("the chart bundle contains </script and would end its own element")
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    context = {
        "title": declaration.title,
        "sections": declaration.sections,
        "views": views,
        "findings": findings,
        "board": board,
        "made_at": made_at,
    }
    return environment.from_string(_resource("page.html")).render(style=style, script=script, policy=policy, **context)


def bundle() -> str:
    """The script that draws the charts, cached per version of vl-convert because building it takes a second."""
    cached = cache_folder.folder() / f"vega-{metadata.version('vl-convert-python')}.js"
    if not cached.exists():
        import vl_convert

        object_store.write_text(str(cached), vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))
    return cached.read_text()


def _view(answer: Answer, tables: Sequence[Table], charts: Any) -> TileView:
    draw = getattr(charts, answer.tile.stem, None)
    chart = draw(answer) if draw and answer.rows else None
    spec = json.dumps(_spec(chart)) if chart else ""
    alt_text = _alt_text(chart) if chart else ""
    meanings = answer.tile.meanings(list(answer.types), tables)
    return TileView(answer, meanings, alt_text, _escape(spec), _escape(_data(answer)))


def _data(answer: Answer) -> str:
    """The rows for the script as JSON. Cells are text; those of string columns are indexes into the list of names."""
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
    """The Vega-Lite specification of a chart; the description of a layer becomes that of the chart."""
    return {**chart.to_dict(validate=False), "config": _CHART_CONFIG, "description": _alt_text(chart)}


def _alt_text(chart: Any) -> str:
    return str(
        next(part.description for part in (chart, *getattr(chart, "layer", [])) if isinstance(part.description, str))
    )


def _resource(name: str) -> str:
    return resources.files("jobs.runtime.reporting").joinpath(name).read_text()


def _escape(text: str) -> str:
    """Escape JSON so that it cannot end its script element."""
    return text.replace("<", "\\u003c")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
