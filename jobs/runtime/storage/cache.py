"""The folder in which things fetched once are kept for all runs on this machine."""

import os
from pathlib import Path


def folder() -> Path:
    root = os.environ.get("WEIR_CACHE") or Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "weir"
    kept = Path(root).absolute()
    kept.mkdir(parents=True, exist_ok=True)
    return kept
