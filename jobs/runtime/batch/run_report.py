"""What a run writes after publishing: headlines and the report of its board."""

from collections.abc import Mapping, Sequence
from typing import Any

from jobs.runtime.batch.progress import Progress
from jobs.runtime.iceberg.lake import Lake
from jobs.runtime.reporting import report
from jobs.runtime.reporting.headlines import sentences
from jobs.runtime.storage import object_store
from schemas.table import Table


def tell(
    lake: Lake, board: str, published: Sequence[Table], values: Mapping[str, Any], progress: Progress, *, is_news: bool
) -> dict[str, Any]:
    """`headlines` of the tables that were published, and where the `report` of the board is, which is made when there is news."""
    path = (values["report"] or report.default_path(values["lake"], board)) if board else None
    if path and not is_news and (values["dry_run"] or object_store.exists(path)):
        progress.say("  report is left as it is: no table has changed")
        return {"report": path if object_store.exists(path) else None, "headlines": []}
    told = sentences({table: lake.published(table) for table in (report.tables_of(board) if path else published)})
    headlines = [says for table in published for of, says in told if of == table]
    if not path:
        return {"report": None, "headlines": headlines}
    with progress.step("report"):
        return {"report": report.write(lake, board, path, told), "headlines": headlines}
