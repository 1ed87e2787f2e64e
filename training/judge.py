"""Train the judge, and say what it adds over the rules on documents it was not trained on.

    python training/judge.py NAME=GOLD.jsonl:ARTICLES ... [--write] [--plot docs/judge.svg]

Each NAME is a gold set (with GOLD.cover.json beside it where only stretches are annotated) and the folder or file
its articles are in. Prints the table of docs/judge.md, for every set: rules alone; judge by cross-validation over
blocks of the same and all of the other sets; judge trained on the other sets only. With --write, fits on everything
and writes extractor/judge.json. With --plot, draws the reliability of the cross-validated confidence.
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
HARM = 2.0  # a point lost to the rules on a set nothing was seen of weighs so much against one won elsewhere
BINS = 10
MEASURES = ("event", "argument", "date", "quantity", "fact")
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

    def __init__(
        self, samples: list[list[str]], labels: list[bool], importance: list[float], c: float
    ) -> None:
        counts = Counter(f for s in samples for f in s)
        self.index = {f: i for i, f in enumerate(sorted(f for f, n in counts.items() if n >= MINIMUM))}
        self.model = LogisticRegression(C=c, solver="liblinear", random_state=0, max_iter=400)
        self.model.fit(self.matrix(samples), np.array(labels), sample_weight=np.array(importance))

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
    events = Model(
        [r.data["features"] for r in rows], [r.right for r in rows], [r.weight for r in rows], EVENT_C
    )
    found = [
        (r, p, label) for r in rows if r.right for p, label in zip(r.data["proposals"], r.labels, strict=True)
    ]
    arguments = Model(
        [p["features"] for _, p, _ in found],
        [x for _, _, x in found],
        [r.weight for r, _, _ in found],
        ARGUMENT_C,
    )
    return events, arguments


def balance(sets: list[GoldSet]) -> None:
    """Weigh the rows so that each set counts as much as the largest."""
    largest = max(len(s.rows) for s in sets)
    for s in sets:
        for r in s.rows:
            r.weight = largest / len(s.rows)


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


def choose(
    sets: list[GoldSet], validated: dict[str, list[Judged]], elsewhere: dict[str, list[Judged]]
) -> Thresholds:
    """The thresholds with the best mean of event and fact F1 on sets of which nothing was seen, where a set that does
    worse than by the rules alone counts against them more than another's gain counts for them; cross-validation where
    there is one set only."""
    views = elsewhere or validated
    base = {s.name: _scores(s, by_rules(s)) for s in sets}

    def gain(at: Thresholds) -> float:
        total = 0.0
        for s in sets:
            for mine, rules in zip(_scores(s, predictions(views[s.name], at)), base[s.name], strict=True):
                total += (mine - rules) * (HARM if mine < rules else 1.0)
        return total

    best = max(
        (Thresholds(e, loose, 0.45) for e in (0.1, 0.15, 0.2, 0.25, 0.3, 0.35) for loose in (0.5, 0.6, 0.7)),
        key=gain,
    )
    return max((Thresholds(best.event, best.loose, a) for a in (0.35, 0.4, 0.45, 0.5, 0.55)), key=gain)


def _scores(gold: GoldSet, predicted: list[dict[str, Any]]) -> tuple[float, float]:
    measures = evaluate(gold.gold, predicted, gold.cover).measures
    return 100 * measures["event"].f1, 100 * measures["fact"].f1


def by_rules(gold: GoldSet) -> list[dict[str, Any]]:
    """Events as the rules alone give them."""
    return [r.data["event"] for r in gold.rows if "loose" not in r.data["features"]]


def line(first: str, name: str, gold: GoldSet, predicted: list[dict[str, Any]]) -> str:
    report = evaluate(gold.gold, predicted, gold.cover)
    scores = [f"{100 * report.measures[m].f1:.1f}" for m in MEASURES]
    right, matched = report.modality
    return f"| {' | '.join([first, name, *scores, f'{100 * right / max(matched, 1):.1f}'])} |"


def reliability(judged: list[Judged]) -> list[tuple[float, float, int]]:
    """Mean confidence, share that is right, and number of the proposals in each tenth of the scale."""
    found = []
    for b in range(BINS):
        inside = [j for j in judged if min(int(j.event * BINS), BINS - 1) == b]
        if inside:
            confidence = sum(j.event for j in inside) / len(inside)
            found.append((confidence, sum(j.row.right for j in inside) / len(inside), len(inside)))
    return found


def calibration_error(judged: list[Judged]) -> float:
    """Expected calibration error of the event probability (Naeini et al. 2015)."""
    return sum(n * abs(sure - right) for sure, right, n in reliability(judged)) / len(judged)


def draw(judged: list[Judged]) -> str:
    """A reliability diagram as SVG: a dot a tenth of the scale, its area by the number of proposals."""
    side, edge = 320, 48

    def x(value: float) -> float:
        return round(edge + value * side, 1)

    def y(value: float) -> float:
        return round(edge / 2 + (1 - value) * side, 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side + 2 * edge} {side + 2 * edge}" '
        'font-family="sans-serif" font-size="12">',
        "<title>Reliability of the confidence of events, cross-validated</title>",
        f'<rect width="{side + 2 * edge}" height="{side + 2 * edge}" fill="white"/>',
        f'<path d="M{x(0)} {y(0)}H{x(1)}V{y(1)}H{x(0)}Z" fill="none" stroke="#999"/>',
        f'<path d="M{x(0)} {y(0)}L{x(1)} {y(1)}" stroke="#999" stroke-dasharray="4"/>',
    ]
    for tick in (0, 0.25, 0.5, 0.75, 1):
        parts.append(f'<text x="{x(tick)}" y="{y(0) + 18}" text-anchor="middle">{tick}</text>')
        parts.append(f'<text x="{x(0) - 6}" y="{y(tick) + 4}" text-anchor="end">{tick}</text>')
    largest = max(n for _, _, n in reliability(judged))
    for sure, right, n in reliability(judged):
        radius = round(3 + 9 * (n / largest) ** 0.5, 1)
        parts.append(
            f'<circle cx="{x(sure)}" cy="{y(right)}" r="{radius}" fill="#1f6fb2" fill-opacity="0.7">'
            f"<title>{n} proposals: confidence {sure:.2f}, right {right:.2f}</title></circle>"
        )
    parts.append(f'<text x="{x(0.5)}" y="{y(0) + 40}" text-anchor="middle">confidence</text>')
    parts.append(
        f'<text x="14" y="{y(0.5)}" text-anchor="middle" transform="rotate(-90 14 {y(0.5)})">share in gold</text>'
    )
    return "\n".join([*parts, "</svg>", ""])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", nargs="+", help="NAME=GOLD.jsonl:ARTICLES")
    parser.add_argument("--write", action="store_true", help="fit on everything and write the weights")
    parser.add_argument("--plot", type=Path, help="draw the reliability diagram here, as SVG")
    parser.add_argument("--errors", type=Path, help="write cross-validated predictions here, one file a set")
    args = parser.parse_args()
    nlp = load(judge=False)
    sets = [read_set(spec, nlp) for spec in args.sets]
    balance(sets)
    everything = [r for s in sets for r in s.rows]
    validated = {s.name: cross_validate(s, [r for o in sets if o is not s for r in o.rows]) for s in sets}
    elsewhere = {
        s.name: judge(s.rows, fit([r for o in sets if o is not s for r in o.rows]))
        for s in sets
        if len(sets) > 1
    }
    best = choose(sets, validated, elsewhere)
    print(f"| set | | {' | '.join(MEASURES)} | modality |")
    print("| --- " * (len(MEASURES) + 3) + "|")
    for s in sets:
        print(line(s.name, "rules alone", s, by_rules(s)))
        print(line("", "judge, cross-validated", s, predictions(validated[s.name], best)))
        if elsewhere:
            print(line("", "judge of the other sets", s, predictions(elsewhere[s.name], best)))
        if args.errors:
            args.errors.mkdir(parents=True, exist_ok=True)
            rows = predictions(validated[s.name], best)
            (args.errors / f"{s.name}.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    pooled = [j for v in validated.values() for j in v]
    error = calibration_error(pooled)
    print(f"\nexpected calibration error, cross-validated: {error:.3f} over {len(pooled):,} proposals")
    print(f"thresholds: event {best.event}, loose {best.loose}, argument {best.argument}")
    if args.plot:
        args.plot.write_text(draw(pooled), encoding="utf-8")
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
