"""What a run tells when it ends: the closing table, what is kept or gone, what was rejected."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from extractor.runs import Result

SHOWN = 5  # so many ids are named, the others counted


def done(result: Result, seconds: float, folder: Path | None, console: Console) -> int:
    """Tell what a run found; returns its exit status."""
    from extractor.runs import counts

    found = counts(result)
    console.print(_table(found, seconds, folder, result.taken_over))
    for article in result.gone.removed:
        console.print(escape(f"removed {article.id}: no longer among the inputs ({article.source})"))
    _kept([article.id for article in result.gone.kept], console)
    _rejected(((r.source, r.reason, r.detail) for r in result.rejected), console)
    return _status(found)


def unchanged(manifest: dict[str, Any], folder: Path, console: Console) -> int:
    """Tell that a run had nothing to do, and what the one before it found; returns its exit status."""
    found = manifest["counts"]
    told = f"{found['documents']} documents, {found['events']} events; nothing has changed"
    console.print(escape(f"{folder} stands: {told}"))
    _kept(manifest["kept"], console)
    rows = map(json.loads, (folder / "rejected.jsonl").read_text(encoding="utf-8").splitlines())
    _rejected(((row["source"], row["reason"], row["detail"]) for row in rows), console)
    return _status(found)


def _status(found: dict[str, Any]) -> int:
    if not found["rejected"]:
        return 0
    return 1 if found["documents"] else 2


def _table(found: dict[str, Any], seconds: float, folder: Path | None, taken_over: int) -> Table:
    table = Table(title=None, show_header=False, box=None, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_row("documents", str(found["documents"]))
    if taken_over:
        table.add_row("  unchanged", str(taken_over))
    table.add_row("sentences", str(found["sentences"]))
    table.add_row("events", str(found["events"]))
    for kind, count in sorted(found["events_by_type"].items(), key=lambda kv: (-kv[1], kv[0])):
        table.add_row(f"  {kind}", str(count))
    for name in ("entities", "incidents", "rejected"):
        table.add_row(name, str(found[name]))
    for status, count in found["decisions"].items():
        table.add_row(f"decisions {status}", str(count))
    table.add_row("seconds", f"{seconds:.1f}")
    if folder is not None:
        table.add_row("written to", escape(str(folder)))
    return table


def _kept(ids: list[str], console: Console) -> None:
    more = f" and {len(ids) - SHOWN} more" if len(ids) > SHOWN else ""
    if ids:
        told = f"kept though no longer among the inputs: {', '.join(ids[:SHOWN])}{more}"
        console.print(escape(f"{told} (--prune removes them)"))


def _rejected(rows: Iterable[tuple[str, str, str]], console: Console) -> None:
    for source, reason, detail in rows:
        console.print(escape(f"rejected {source}: {reason}: {detail}"))
