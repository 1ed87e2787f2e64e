"""The files that a run's sources name, in order. Imports nothing heavy: an unchanged run needs no more."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

STANDARD_INPUT = "-"


def files(sources: Iterable[str]) -> Iterator[tuple[Path | None, OSError | None]]:
    """The files that the sources name, each once, in the order in which they are read.

    Args:
        sources: paths of files and folders (with all below them, in order of path; hidden files are left out);
            "-" for standard input.

    Yields:
        The path of a file, None for standard input, or the path of a folder that cannot be listed and the
        error. A path that names nothing comes as it is: reading it tells.
    """
    seen: set[str] = set()
    for source in sources:
        if source == STANDARD_INPUT:
            yield None, None
            continue
        for path, error in _below(Path(source)):
            real = os.path.realpath(path)
            if error is not None or real not in seen:
                seen.add(real)
                yield path, error


def _below(path: Path, above: tuple[str, ...] = ()) -> Iterator[tuple[Path, OSError | None]]:
    """The files below `path` in order; `path` itself where it is no folder. A link back to a folder above is
    not followed."""
    if not path.is_dir():
        yield path, None
        return
    real = os.path.realpath(path)
    if real in above:
        return
    try:
        names = sorted(name for name in os.listdir(path) if not name.startswith("."))
    except OSError as error:
        yield path, error
        return
    folders = [name for name in names if (path / name).is_dir()]
    for name in [name for name in names if name not in folders] + folders:
        yield from _below(path / name, (*above, real))
