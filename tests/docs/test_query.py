"""The ways of docs/query.md to read a table all work, in three lines, and say the same."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import InProcess, line

PAGE = (Path(__file__).parents[2] / "docs" / "query.md").read_text()
WAYS = {heading: code.strip() for heading, code in re.findall(r"^## ([^\n]+)\n[^#]*?```python\n(.*?)```", PAGE, re.DOTALL | re.MULTILINE)}


def rows(answer: Any) -> list[tuple[str, int]]:
    if hasattr(answer, "collect"):
        return sorted((str(row[0]), row[1]) for row in answer.collect())
    table = answer.to_dict("list") if hasattr(answer, "iloc") else (answer.read_all() if hasattr(answer, "read_all") else answer).to_pydict()
    return sorted(zip(map(str, table["period_start"]), table["visitors"], strict=True))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_each_way_reads_what_was_published(daily: InProcess) -> None:
    daily.deliver("a.csv", line(), line(user_id="2"), line(user_id="2", event_time="2019-10-02 08:00:00 UTC"))
    assert daily.run() == 0, daily.told
    assert set(WAYS) == {"PyIceberg", "pandas", "DuckDB", "Spark SQL"}
    said: dict[str, Any] = {}
    lakes = []
    for way, code in WAYS.items():
        assert len([told for told in code.splitlines() if told]) == 3, way
        exec(code.replace("<lake>", str(daily.path)), said)
        lakes.append(said["lake"])
        assert rows(said["answer"]) == [("2019-10-01", 2), ("2019-10-02", 1)], way
    for lake in lakes:
        lake.engine.dispose()
