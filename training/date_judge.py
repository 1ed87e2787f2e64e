"""Train the judge of dates, and say what it adds over the rules on documents it was not trained on.

    python training/date_judge.py NAME=GOLD.jsonl:ARTICLES ... [--write]

Arguments as for training/judge.py. Learns from the events that the rules propose and the gold has: which of the
expressions before the judge is the one the gold names, or else gives the same days. Prints, for every set, the date
F1 of the events that the rules propose and the share of right dates among those that the gold has, with dates by the
rules, by the judge in cross-validation over blocks, and by the judge trained on the other sets. With --write, fits on
everything and writes extractor/date_judge.json.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from extractor.date_judge import WEIGHTS, DateProposal
from extractor.evaluate import date_bounds, evaluate, match_events
from extractor.pipeline import load, make_doc
from extractor.runs import collect
from extractor.training import FOLDS, Model, covered, fold, group

C = 0.1
GRID = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)


@dataclass
class Row:
    """One proposed event: the record, what could date it, and, where the gold has the event, which of these does
    (None: neither right nor wrong, the days are right but another expression gives them)."""

    event: dict[str, Any]
    proposals: list[DateProposal]
    labels: list[bool | None]
    gold: dict[str, Any] | None
    group: str


@dataclass
class DatedSet:
    name: str
    gold: list[dict[str, Any]]
    cover: list[list[Any]] | None
    rows: list[Row]


def read_set(spec: str, nlp: Any) -> DatedSet:
    """Run the rules over a gold set's articles and label every expression they could date an event by."""
    name, _, rest = spec.partition("=")
    gold_path, _, articles = rest.partition(":")
    gold = [json.loads(line) for line in Path(gold_path).read_text(encoding="utf-8").splitlines() if line]
    cover_path = Path(gold_path.removesuffix(".jsonl") + ".cover.json")
    cover = json.loads(cover_path.read_text()) if cover_path.exists() else None
    documents = {c[0] for c in cover} if cover else {document_of(e) for e in gold}
    finder = nlp.get_pipe("extractor_events")
    rows: list[Row] = []
    for article in collect([articles])[0]:
        if article.id not in documents:
            continue
        finder.date_rows = []
        nlp(make_doc(nlp, article.text, document=article.id, published=article.published))
        found = [r for r in finder.date_rows if covered(r["event"], article.id, cover)]
        mine = [e for e in gold if document_of(e) == article.id]
        partners = {p: mine[g] for g, p in match_events(mine, [r["event"] for r in found])}
        for index, row in enumerate(found):
            partner = partners.get(index)
            labels = labels_of(partner, row["proposals"]) if partner else []
            where = group(article.id, row["event"], cover, article.text)
            rows.append(Row(row["event"], row["proposals"], labels, partner, where))
    finder.date_rows = None
    return DatedSet(name, gold, cover, rows)


def document_of(event: dict[str, Any]) -> str:
    return str(event.get("doc") or event.get("document"))


def labels_of(gold: dict[str, Any], proposals: list[DateProposal]) -> list[bool | None]:
    date = gold.get("date")
    if not date:
        return [False] * len(proposals)
    days = date_bounds(date["value"])
    right = [date_bounds(p.date.value) == days for p in proposals]
    span = date["span"]
    named = [
        r and p.date.span.start < span["end"] and span["start"] < p.date.span.end
        for r, p in zip(right, proposals, strict=True)
    ]
    if any(named):
        return [True if n else None if r else False for n, r in zip(named, right, strict=True)]
    return list(right)


Models = tuple[Model, Model]
Thresholds = tuple[float, ...]  # in the sentence: chosen by rule, not chosen; before it: chosen, not chosen


def fit(rows: list[Row]) -> Models:
    """One model for the expressions of an event's sentence, one for those before it."""
    models = []
    for here in (True, False):
        pairs = [
            (p.features, label)
            for r in rows
            if r.gold is not None
            for p, label in zip(r.proposals, r.labels, strict=True)
            if label is not None and p.here == here
        ]
        models.append(Model([f for f, _ in pairs], [bool(label) for _, label in pairs], C))
    return models[0], models[1]


@dataclass
class Weighed:
    row: Row
    sure: list[float]


def weigh(rows: list[Row], models: Models) -> list[Weighed]:
    out = []
    for r in rows:
        sure = [0.0] * len(r.proposals)
        for here, model in ((True, models[0]), (False, models[1])):
            at = [i for i, p in enumerate(r.proposals) if p.here == here]
            for i, value in zip(at, model.probabilities([r.proposals[i].features for i in at]), strict=True):
                sure[i] = float(value)
        out.append(Weighed(r, sure))
    return out


def cross_validate(target: DatedSet, others: list[Row]) -> list[Weighed]:
    """Weigh the dates of each block of the target by a model that saw the other blocks and the other sets."""
    out = []
    for k in range(FOLDS):
        test = [r for r in target.rows if fold(r.group) == k]
        if test:
            out += weigh(test, fit(others + [r for r in target.rows if fold(r.group) != k]))
    return out


def best_date(weighed: Weighed, at: Thresholds) -> dict[str, Any] | None:
    """The date that the judge gives an event at these thresholds."""
    margins = [
        (sure - at[2 * (not p.here) + (not p.rule)], -i)
        for i, (p, sure) in enumerate(zip(weighed.row.proposals, weighed.sure, strict=True))
    ]
    margin, index = max(margins, default=(-1.0, 0))
    return weighed.row.proposals[-index].date.model_dump() if margin >= 0 else None


Dated = tuple[Row, dict[str, Any] | None]


def dated(weighed: list[Weighed], at: Thresholds) -> list[Dated]:
    return [(w.row, best_date(w, at)) for w in weighed]


def known_f1(dated: list[Dated]) -> tuple[int, int, int]:
    """Right, gold and given dates, of the proposed events that the gold has."""
    right = wanted = given = 0
    for row, date in dated:
        if row.gold is not None:
            gold = row.gold.get("date")
            wanted += bool(gold)
            given += bool(date)
            right += bool(gold and date and date_bounds(gold["value"]) == date_bounds(date["value"]))
    return right, wanted, given


def f1(counts: tuple[int, int, int]) -> float:
    return 2 * counts[0] / (counts[1] + counts[2]) if counts[0] else 0.0


def choose(sets: list[DatedSet], views: list[dict[str, list[Weighed]]]) -> Thresholds:
    """The thresholds with the best mean F1 of dates over the sets and over the ways of judging the unseen."""

    def mean(at: Thresholds) -> float:
        scores = []
        for view in views:
            for s in sets:
                right, _, _ = known_f1(rows := dated(view[s.name], at))
                wanted = sum(bool(e.get("date")) for e in s.gold)
                scores.append(f1((right, wanted, sum(date is not None for _, date in rows))))
        return float(np.mean(scores))

    best: Thresholds = (0.4, 0.5, 0.4, 0.5)
    for k in (0, 1, 2, 3) * 2:  # one at a time: all at once would be thousands
        best = max(((*best[:k], value, *best[k + 1 :]) for value in GRID), key=mean)
    return best


def line(name: str, gold: DatedSet, dated: list[Dated]) -> str:
    report = evaluate(gold.gold, [row.event | {"date": date} for row, date in dated], gold.cover)
    counts = known_f1(dated)
    return (
        f"{gold.name:8} {name:34} date {100 * report.measures['date'].f1:5.1f}  "
        f"fact {100 * report.measures['fact'].f1:5.1f}  of known events {100 * f1(counts):5.1f}  ({counts[0]} right, "
        f"{counts[1]} in gold, {counts[2]} given)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", nargs="+", help="NAME=GOLD.jsonl:ARTICLES")
    parser.add_argument("--write", action="store_true", help="fit on everything and write the weights")
    args = parser.parse_args()
    nlp = load(judge=False)
    sets = [read_set(spec, nlp) for spec in args.sets]
    others = {s.name: [r for o in sets if o is not s for r in o.rows] for s in sets}
    validated = {s.name: cross_validate(s, others[s.name]) for s in sets}
    elsewhere = {s.name: weigh(s.rows, fit(others[s.name])) for s in sets} if len(sets) > 1 else {}
    best = choose(sets, [validated, validated, elsewhere] if elsewhere else [validated])
    print(f"thresholds, chosen by rule and not: {best[:2]} in the sentence, {best[2:]} before it")
    for s in sets:
        print(line("rules alone", s, [(r, r.event["date"]) for r in s.rows]))
        print(line("judge, cross-validated by block", s, dated(validated[s.name], best)))
        if elsewhere:
            print(line("judge trained on the other sets", s, dated(elsewhere[s.name], best)))
    if args.write:
        models = fit([r for s in sets for r in s.rows])
        data = {
            "sentence": vars(models[0].weights(*best[:2])),
            "context": vars(models[1].weights(*best[2:])),
        }
        WEIGHTS.write_text(
            json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n",
            encoding="utf-8",
        )
        kept = Counter(len(v["weights"]) for v in data.values())
        print(
            f"{WEIGHTS}: {WEIGHTS.stat().st_size // 1024} KB, {sum(n * k for n, k in kept.items())} weights"
        )


if __name__ == "__main__":
    main()
