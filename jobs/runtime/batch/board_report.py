"""Headlines and the report of a board, written after publishing."""

from collections.abc import Mapping, Sequence
from typing import Any

from jobs.runtime.batch.progress import Progress
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.reporting import report
from jobs.runtime.reporting.headlines import render_headlines
from jobs.runtime.storage import object_store
from schemas.table import Table


def write_report(
    lake: Lake, board: str, published: Sequence[Table], values: Mapping[str, Any], progress: Progress, *, is_news: bool
) -> dict[str, Any]:
    """The `headlines` of the published tables and the path of the `report`.

    The report is written if there is news, or if none exists yet and this is not a dry run.
    """
    path = (values["report"] or report.default_path(values["lake"], board)) if board else None
    if path and not is_news and (values["dry_run"] or object_store.exists(path)):
        progress.print("  report unchanged: no table has changed")
        return {"report": path if object_store.exists(path) else None, "headlines": []}
    tables = report.board_tables(board) if path else published
    sentences = render_headlines({table: lake.published(table) for table in tables})
    headlines = [sentence for table in published for source, sentence in sentences if source == table]
    if not path:
        return {"report": None, "headlines": headlines}
    with progress.step("report"):
        return {"report": report.write(lake, board, path, sentences), "headlines": headlines}
