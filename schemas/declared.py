"""All declared tables."""

import importlib
import pkgutil
from collections.abc import Iterator

import schemas
from schemas.table import Table


def declared_tables() -> Iterator[Table]:
    """Yield every table that a schema module declares, raw tables included."""
    for module in pkgutil.walk_packages(schemas.__path__, "schemas."):
        if not module.ispkg and module.name.count(".") == 2:
            loaded = importlib.import_module(module.name)
            yield from (value for value in vars(loaded).values() if isinstance(value, Table))
