"""How far two reviewers agree: observed agreement and Cohen's kappa (Cohen 1960), with counts.

Units are events that both decided on, matched by document, sentence and trigger. An event that one added counts
as rejected by the other where the other decided on anything in the same document. Fields are compared over the
events that both let stand.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from extractor.gold import only
from extractor.reviews import MEASURES, ROLES, Content, Decision, Facts, load, stated
from extractor.schema import Record

Pair = tuple[Hashable, Hashable]
Key = tuple[str, str, int, int, int]


class Agreement(Record):
    """Agreement on one thing: `units` compared, `agreed` of them, `observed` their share, and `kappa`, which is null
    where both gave one and the same value throughout (chance alone would agree fully)."""

    field: str
    units: int
    agreed: int
    observed: float | None
    kappa: float | None


class Comparison(Record):
    """Two reviewers compared. `both` events were decided by both, `first_only` and `second_only` by one."""

    first: str
    second: str
    both: int
    first_only: int
    second_only: int
    fields: list[Agreement]


def kappa(pairs: Iterable[Pair], field: str) -> Agreement:
    """Observed agreement and Cohen's kappa of pairs of values.

    Args:
        pairs: for each unit the first and the second reviewer's value.
        field: what they are of.
    """
    pairs = list(pairs)
    n = len(pairs)
    if n == 0:
        return Agreement(field=field, units=0, agreed=0, observed=None, kappa=None)
    agreed = sum(a == b for a, b in pairs)
    left, right = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    expected = sum(left[value] * right[value] for value in left)
    value = None if expected == n * n else (n * agreed - expected) / (n * n - expected)
    return Agreement(field=field, units=n, agreed=agreed, observed=round(agreed / n, 4),
                     kappa=None if value is None else round(value, 4))  # fmt: skip


def compare_reviewers(
    first: Path, second: Path, first_by: str | None = None, second_by: str | None = None
) -> Comparison:
    """Compare what two reviewers decided.

    Args:
        first: an output folder or a reviews.jsonl.
        second: the same of the other reviewer; may be the same one.
        first_by: only this reviewer's decisions of the first.
        second_by: only this reviewer's decisions of the second.

    Raises:
        InputError: a file is damaged, or nobody of that name decided anything.
    """
    sides = [only(load(path), by) for path, by in ((first, first_by), (second, second_by))]
    ones, others = (_verdicts(side.standing.values()) for side in sides)
    documents = [{key[0] for key in side} for side in (ones, others)]
    verdicts: list[Pair] = []
    kept: list[tuple[Facts, Facts]] = []
    counts = {"both": 0, "first": 0, "second": 0}
    for key in sorted({*ones, *others}):
        a, b = ones.get(key), others.get(key)
        if a is not None and b is not None:
            counts["both"] += 1
            verdicts.append((_keeps(a), _keeps(b)))
            if _keeps(a) and _keeps(b):
                kept.append((stated(a), stated(b)))
            continue
        counts["first" if a else "second"] += 1
        alone = a or b
        if alone is not None and alone.action == "add" and key[0] in documents[1 if a else 0]:
            verdicts.append((a is not None, b is not None))
    fields = [kappa(verdicts, "event")]
    for name in ("type", "subtype", "trigger", "date", "modality", *ROLES, *MEASURES):
        values = [(_value(a, name), _value(b, name)) for a, b in kept]
        if any(x or y for x, y in values):
            fields.append(kappa(values, name))
    return Comparison(
        first=first_by or str(first), second=second_by or str(second), both=counts["both"],
        first_only=counts["first"], second_only=counts["second"], fields=fields,
    )  # fmt: skip


def _keeps(decision: Decision) -> bool:
    return decision.action != "reject"


def _key(content: Content) -> Key:
    trigger = content.facts.trigger
    return (content.document, content.hash, content.occurrence, trigger.start, trigger.end)


def _verdicts(decisions: Iterable[Decision]) -> dict[Key, Decision]:
    """Decisions by where their event stands; of two events with one trigger, by their types too."""
    same: dict[Key, list[Decision]] = defaultdict(list)
    for decision in decisions:
        same[_key(decision.content[0])].append(decision)
    found = {}
    for (document, mark, *rest), decisions_there in same.items():
        for decision in decisions_there:
            kind = f"{mark} {decision.content[0].facts.type}" if len(decisions_there) > 1 else mark
            found[(document, kind, *rest)] = decision
    return found  # type: ignore[return-value]


def _value(facts: Facts, name: str) -> Hashable:
    """The value of a field as a category; None where the event has none."""
    if name in ("type", "subtype", "modality"):
        return str(getattr(facts, name)) if getattr(facts, name) else None
    if name == "trigger":
        return (facts.trigger.start, facts.trigger.end)
    if name == "date":
        return facts.date.value if facts.date else None
    if name in ROLES:
        return tuple(sorted((a.start, a.end) for a in facts.arguments if a.role == name)) or None
    return (
        tuple(sorted((str(q.min), str(q.max), q.approximate) for q in facts.quantities if q.measure == name))
        or None
    )


def print_comparison(found: Comparison, console: Console) -> None:
    """Print a comparison as a table."""
    console.print(
        f"{found.both} events decided by both, {found.first_only} only by {found.first}, "
        f"{found.second_only} only by {found.second}",
        markup=False,
    )
    table = Table(box=None, pad_edge=False)
    for header in ("", "units", "agreed", "observed", "kappa"):
        table.add_column(header, justify="right" if header else "left")
    for row in found.fields:
        numbers = ["—" if v is None else f"{v:.2f}" for v in (row.observed, row.kappa)]
        table.add_row(row.field, str(row.units), str(row.agreed), *numbers)
    console.print(table)
