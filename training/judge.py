"""Train the judge, and say what it adds over the rules on documents it was not trained on.

    python training/judge.py NAME=GOLD.jsonl:ARTICLES ... [--write]

Each NAME is a gold set (with GOLD.cover.json beside it where only stretches are annotated) and the folder or file
its articles are in. Prints, for every set: rules alone; judge by cross-validation over blocks of the same and all of
the other sets; judge trained on the other sets only. With --write, fits on everything and writes
extractor/judge.json.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from extractor.evaluate import evaluate, match_events, same_argument
from extractor.judge import WEIGHTS, Weights
from extractor.pipeline import load, make_doc
from extractor.runs import collect

FOLDS = 8
EVENT_C, ARGUMENT_C = 0.1, 0.08
MINIMUM = 2


@dataclass
class Row:
    """One proposed event: what the rules made of it, whether gold has it, and its proposals with labels."""

    data: dict[str, Any]
    group: str
    right: bool
    labels: list[bool]
    weight: float = 1.0


@dataclass
class GoldSet:
    name: str
    gold: list[dict[str, Any]]
    cover: list[list[Any]] | None
    rows: list[Row]


def read_set(spec: str, nlp: Any) -> GoldSet:
    """Run the rules over a gold set's articles and label what they propose."""
    name, _, rest = spec.partition("=")
    gold_path, _, articles = rest.partition(":")
    gold = [json.loads(line) for line in Path(gold_path).read_text(encoding="utf-8").splitlines() if line]
    cover_path = Path(gold_path.removesuffix(".jsonl") + ".cover.json")
    cover = json.loads(cover_path.read_text()) if cover_path.exists() else None
    documents = {c[0] for c in cover} if cover else {e.get("doc") or e.get("document") for e in gold}
    finder = nlp.get_pipe("extractor_events")
    rows: list[Row] = []
    for article in collect([articles])[0]:
        if article.id not in documents:
            continue
        finder.collected = []
        nlp(make_doc(nlp, article.text, document=article.id, published=article.published))
        found = [r for r in finder.collected if covered(r["event"], article.id, cover)]
        mine = [e for e in gold if (e.get("doc") or e.get("document")) == article.id]
        pairs = dict((p, g) for g, p in match_events(mine, [r["event"] for r in found]))
        for index, data in enumerate(found):
            partner = mine[pairs[index]] if index in pairs else None
            labels = [
                partner is not None
                and any(
                    g["role"] == p["argument"]["role"] and same_argument(g, p["argument"])
                    for g in partner["arguments"]
                )
                for p in data["proposals"]
            ]
            rows.append(
                Row(data, group(article.id, data["event"], cover, article.text), partner is not None, labels)
            )
    finder.collected = None
    return GoldSet(name, gold, cover, rows)


def covered(event: dict[str, Any], document: str, cover: list[list[Any]] | None) -> bool:
    start = event["trigger"]["start"]
    return cover is None or any(c[0] == document and c[1] <= start < c[2] for c in cover)


def group(document: str, event: dict[str, Any], cover: list[list[Any]] | None, text: str) -> str:
    """Block an event belongs to in cross-validation: its paragraph (with the two around it in long documents)."""
    paragraphs = text.count("\n\n", 0, event["trigger"]["start"])
    return f"{document}/{paragraphs // 3}"


def fold(name: str) -> int:
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % FOLDS


class Model:
    """A logistic regression over string features."""

    def __init__(self, samples: list[list[str]], labels: list[bool], c: float) -> None:
        counts = Counter(f for s in samples for f in s)
        self.index = {f: i for i, f in enumerate(sorted(f for f, n in counts.items() if n >= MINIMUM))}
        self.model = LogisticRegression(C=c, solver="liblinear", random_state=0, max_iter=400)
        self.model.fit(self.matrix(samples), np.array(labels))

    def matrix(self, samples: list[list[str]]) -> csr_matrix:
        rows, columns = [], []
        for i, sample in enumerate(samples):
            for f in sample:
                if f in self.index:
                    rows.append(i)
                    columns.append(self.index[f])
        return csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(samples), len(self.index)))

    def probabilities(self, samples: list[list[str]]) -> np.ndarray:
        return self.model.predict_proba(self.matrix(samples))[:, 1] if samples else np.zeros(0)

    def weights(self, threshold: float, loose: float = 1.0) -> Weights:
        kept = {f: round(float(self.model.coef_[0][i]), 3) for f, i in self.index.items()}
        return Weights(
            round(float(self.model.intercept_[0]), 4),
            {f: w for f, w in kept.items() if abs(w) >= 0.02},
            threshold,
            loose,
        )


def fit(rows: list[Row]) -> tuple[Model, Model]:
    events = Model([r.data["features"] for r in rows], [r.right for r in rows], EVENT_C)
    samples = [p["features"] for r in rows if r.right for p in r.data["proposals"]]
    labels = [label for r in rows if r.right for label in r.labels]
    return events, Model(samples, labels, ARGUMENT_C)


@dataclass
class Judged:
    row: Row
    event: float
    arguments: list[float]


def judge(rows: list[Row], models: tuple[Model, Model]) -> list[Judged]:
    events = models[0].probabilities([r.data["features"] for r in rows])
    out = []
    for r, p in zip(rows, events, strict=True):
        arguments = models[1].probabilities([q["features"] for q in r.data["proposals"]])
        out.append(Judged(r, float(p), [float(a) for a in arguments]))
    return out


def cross_validate(target: GoldSet, others: list[Row]) -> list[Judged]:
    """Judge each block of the target by a model that saw the other blocks and the other sets."""
    out = []
    for k in range(FOLDS):
        test = [r for r in target.rows if fold(r.group) == k]
        train = others + [r for r in target.rows if fold(r.group) != k]
        if test:
            out += judge(test, fit(train))
    return out


@dataclass(frozen=True)
class Thresholds:
    event: float
    loose: float
    argument: float


def predictions(judged: list[Judged], at: Thresholds) -> list[dict[str, Any]]:
    """Events as the extractor would write them at these thresholds."""
    out = []
    for j in judged:
        if j.event < (at.loose if "loose" in j.row.data["features"] else at.event):
            continue
        best: dict[int, tuple[float, dict[str, Any]]] = {}
        for p, sure in zip(j.row.data["proposals"], j.arguments, strict=True):
            if sure >= at.argument and (p["head"] not in best or sure > best[p["head"]][0]):
                best[p["head"]] = (sure, p["argument"])
        out.append(j.row.data["event"] | {"arguments": [a for _, a in best.values()]})
    return out


def choose(sets: list[GoldSet], views: list[dict[str, list[Judged]]]) -> Thresholds:
    """The thresholds with the best mean fact F1, over the sets and over both ways of judging the unseen: other blocks
    of the same set (counted twice), and a set of which nothing was seen."""
    grid = [
        Thresholds(e, loose, a)
        for e in (0.3, 0.35, 0.4, 0.45)
        for loose in (0.45, 0.55)
        for a in (0.4, 0.45, 0.5)
    ]

    def mean(at: Thresholds) -> float:
        facts = [
            evaluate(s.gold, predictions(view[s.name], at), s.cover).measures["fact"].f1
            for view in views
            for s in sets
        ]
        return sum(facts) / len(facts)

    return max(grid, key=mean)


def line(name: str, gold: GoldSet, predicted: list[dict[str, Any]]) -> str:
    report = evaluate(gold.gold, predicted, gold.cover)
    scores = "  ".join(
        f"{m} {100 * report.measures[m].f1:5.1f}" for m in ("event", "argument", "date", "quantity", "fact")
    )
    return f"{gold.name:8} {name:34} {scores}  modality {100 * (report.modality_accuracy or 0):5.1f}"


def calibration_error(judged: list[Judged], bins: int = 10) -> float:
    """Expected calibration error of the event probability."""
    total, error = len(judged), 0.0
    for b in range(bins):
        inside = [
            j for j in judged if b / bins <= j.event < (b + 1) / bins or (b == bins - 1 and j.event == 1)
        ]
        if inside:
            error += (
                len(inside)
                / total
                * abs(np.mean([j.event for j in inside]) - np.mean([j.row.right for j in inside]))
            )
    return float(error)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", nargs="+", help="NAME=GOLD.jsonl:ARTICLES")
    parser.add_argument("--write", action="store_true", help="fit on everything and write the weights")
    parser.add_argument("--errors", type=Path, help="write cross-validated predictions here, one file a set")
    args = parser.parse_args()
    nlp = load(judge=False)
    sets = [read_set(spec, nlp) for spec in args.sets]
    everything = [r for s in sets for r in s.rows]
    validated = {s.name: cross_validate(s, [r for o in sets if o is not s for r in o.rows]) for s in sets}
    elsewhere = {
        s.name: judge(s.rows, fit([r for o in sets if o is not s for r in o.rows]))
        for s in sets
        if len(sets) > 1
    }
    best = choose(sets, [validated, validated, elsewhere] if elsewhere else [validated])
    print(f"thresholds: {best}")
    for s in sets:
        print(line("rules alone", s, [r.data["event"] for r in s.rows if "loose" not in r.data["features"]]))
        print(line("judge, cross-validated by block", s, predictions(validated[s.name], best)))
        if elsewhere:
            print(line("judge trained on the other sets", s, predictions(elsewhere[s.name], best)))
        if args.errors:
            args.errors.mkdir(parents=True, exist_ok=True)
            rows = predictions(validated[s.name], best)
            (args.errors / f"{s.name}.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    pooled = [j for v in validated.values() for j in v]
    print(
        f"expected calibration error (cross-validated): {calibration_error(pooled):.3f} over {len(pooled)} proposals"
    )
    if args.write:
        models = fit(everything)
        roles = defaultdict(set)
        for s in sets:
            for g in s.gold:
                for a in g["arguments"]:
                    roles[g["type"]].add(a["role"])
        data = {
            "event": vars(models[0].weights(best.event, best.loose)),
            "argument": vars(models[1].weights(best.argument)),
            "roles": {t: sorted(r) for t, r in sorted(roles.items())},
        }
        WEIGHTS.write_text(
            json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n",
            encoding="utf-8",
        )
        print(f"{WEIGHTS}: {WEIGHTS.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
