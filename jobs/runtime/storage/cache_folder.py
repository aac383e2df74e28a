"""The cache folder for files that are fetched once and shared by all runs on this machine."""

import os
from pathlib import Path


def folder() -> Path:
    """The cache folder: $WEIR_CACHE, else `weir` in $XDG_CACHE_HOME or ~/.cache. It is created if missing."""
    root = os.environ.get("WEIR_CACHE") or Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "weir"
    cache = Path(root).absolute()
    cache.mkdir(parents=True, exist_ok=True)
    return cache
