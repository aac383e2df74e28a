"""Declare how a table is exported as files."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ExportLayout:
    """The exported files of a table.

    `columns` maps the exported columns to their names in the files; empty exports all. `folder` is that of the table
    below the folder of the export; empty is the name of the table. `day` names the partition folders of days.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    folder: str = ""
    day: str = "day"
