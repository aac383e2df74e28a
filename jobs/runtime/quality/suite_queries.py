"""Run the queries of a suite on a staged slice and the views that they name."""

import re
from collections.abc import Mapping
from typing import Any

from pyspark.sql import DataFrame

from jobs.runtime.quality.staged_slice import Slice


class SuiteQueries:
    """Temporary views of a slice. Their names contain that of the table, so that suites can run side by side."""

    def __init__(self, frame: DataFrame, checked: Slice) -> None:
        self.frame, self.table = frame, checked.table
        self._batch = self._own_name("slice")
        # A name of a table follows FROM or JOIN, or precedes a dot. Columns may have the same names.
        names = "|".join(map(re.escape, checked.views)) or r"(?!)"
        self._names = re.compile(rf"(?:(?<=\bFROM )|(?<=\bJOIN ))(?:{names})\b|\b(?:{names})(?=\.)")
        frame.createOrReplaceTempView(self._batch)
        for name, view in checked.views.items():
            view.createOrReplaceTempView(self._own_name(name))

    def run(self, query: str) -> DataFrame:
        return self.frame.sparkSession.sql(self.renamed(query).replace("{batch}", self._batch))

    def renamed(self, query: str) -> str:
        """The query with its views under their own names, for a caller that replaces `{batch}` itself."""
        return self._names.sub(lambda match: self._own_name(match[0]), query)

    def renamed_expectation(self, expectation: Mapping[str, Any]) -> dict[str, Any]:
        """The expectation with the views in its query, if it has one, under their own names."""
        kwargs = {
            key: self.renamed(value) if key == "unexpected_rows_query" else value
            for key, value in expectation["kwargs"].items()
        }
        return {**expectation, "kwargs": kwargs}

    def _own_name(self, view: str) -> str:
        return f"{view}_for_{self.table.stem}"
