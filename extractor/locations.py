"""Where things lie: the patterns, the user's gazetteer, the index of towns. Imports nothing heavy."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def default_folder() -> Path:
    """The patterns that ship with the package, or those of the source tree in an editable install."""
    packaged = Path(__file__).parent / "_patterns"
    return packaged if packaged.is_dir() else Path(__file__).parent.parent / "patterns"


def cache_folder() -> Path:
    """Where the index of towns is kept: EXTRACTOR_CACHE, else the platform's cache folder."""
    if chosen := os.environ.get("EXTRACTOR_CACHE"):
        return Path(chosen)
    return _platform_folder("XDG_CACHE_HOME", ".cache", "Library/Caches")


def index_path() -> Path:
    """Where places added by the user are kept: EXTRACTOR_GAZETTEER, else the platform's data folder."""
    if chosen := os.environ.get("EXTRACTOR_GAZETTEER"):
        return Path(chosen)
    return (
        _platform_folder("XDG_DATA_HOME", ".local/share", "Library/Application Support") / "gazetteer.sqlite"
    )


def _platform_folder(variable: str, unix: str, mac: str) -> Path:
    if base := os.environ.get(variable):
        return Path(base) / "extractor"
    if sys.platform == "darwin":
        return Path.home() / mac / "extractor"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", str(Path.home()))) / "extractor"
    return Path.home() / unix / "extractor"
