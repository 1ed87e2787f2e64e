"""Training of the judge on gold events, and what it adds over the rules on documents it was not trained on.

A set is NAME=GOLD.jsonl:ARTICLES: gold events (with GOLD.cover.json beside them where only stretches are annotated)
and the folder or file their articles are in. Needs scikit-learn, which the extra `train` brings.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from extractor.errors import ExtractorError, InputError, OutputError
from extractor.evaluate import Cover, cover_path, evaluate, match_events, same_argument
from extractor.jsonl import read_jsonl, write_jsonl, write_text
from extractor.judge import Weights
from extractor.pipeline import load, make_doc
from extractor.runs import collect

try:
    import numpy as np
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression
except ImportError as error:
    raise ExtractorError(
        f"Training the judge needs scikit-learn ({error}).", "Install it with: pip install 'extractor[train]'"
    ) from None

FOLDS = 8
EVENT_C, ARGUMENT_C = 0.12, 0.15
MINIMUM = 2
HARM = 2.0  # a point lost to the rules on a set nothing was seen of weighs so much against one won elsewhere
BINS = 10
MEASURES = ("event", "argument", "date", "quantity", "fact")


@dataclass
class Row:
    """One proposed event: what the rules made of it, whether gold has it, and its proposals with labels."""

    data: dict[str, Any]
    group: str
    right: bool
    labels: list[bool]


@dataclass
class GoldSet:
    name: str
    gold: list[dict[str, Any]]
    cover: Cover | None
    rows: list[Row]


def read_set(spec: str, nlp: Any) -> GoldSet:
    """Run the rules over a gold set's articles and label what they propose.

    Args:
        spec: NAME=GOLD.jsonl:ARTICLES.
        nlp: a pipeline without judge.

    Raises:
        InputError: a file is missing or damaged, or the articles hold none of the gold's documents.
    """
    name, equals, rest = spec.partition("=")
    gold_path, colon, articles = rest.rpartition(":")
    if not (name and equals and gold_path and colon and articles):
        raise InputError("bad_set", f"{spec}: not a gold set.", "Write NAME=GOLD.jsonl:ARTICLES.")
    gold = list(read_jsonl(Path(gold_path)))
    companion = cover_path(Path(gold_path))
    cover = (
        [(n, a, b) for n, a, b in json.loads(companion.read_text("utf-8"))] if companion.exists() else None
    )
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
    if not rows:
        problem = f"{articles}: holds no article of {gold_path} in which the rules propose an event."
        raise InputError("empty", problem, "Name the articles that the gold was made on.")
    return GoldSet(name, gold, cover, rows)


def covered(event: dict[str, Any], document: str, cover: Cover | None) -> bool:
    start = event["trigger"]["start"]
    return cover is None or any(c[0] == document and c[1] <= start < c[2] for c in cover)


def group(document: str, event: dict[str, Any], cover: Cover | None, text: str) -> str:
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
        self.only = any(labels) if len(set(labels)) < 2 else None  # a small fold may be one-sided
        self.model = LogisticRegression(C=c, solver="liblinear", random_state=0, max_iter=400)
        if self.only is None:
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
        if self.only is not None or not samples:
            return np.full(len(samples), float(bool(self.only)))
        return self.model.predict_proba(self.matrix(samples))[:, 1]

    def weights(self, threshold: float, loose: float = 1.0) -> Weights:
        kept = {f: round(float(self.model.coef_[0][i]), 3) for f, i in self.index.items()}
        return Weights(
            round(float(self.model.intercept_[0]), 4),
            {f: w for f, w in kept.items() if abs(w) >= 0.02},
            threshold,
            loose,
        )


def fit(rows: list[Row]) -> tuple[Model, Model]:
    """Fit both models.  Every proposal counts alike: weighing small sets up to large ones was worse on sets of which
    nothing was seen."""
    events = Model([r.data["features"] for r in rows], [r.right for r in rows], EVENT_C)
    found = [
        (p["features"], label)
        for r in rows
        if r.right
        for p, label in zip(r.data["proposals"], r.labels, strict=True)
    ]
    return events, Model([f for f, _ in found], [label for _, label in found], ARGUMENT_C)


@dataclass
class Judged:
    row: Row
    event: float
    arguments: list[float]


def judge(rows: list[Row], models: tuple[Model, Model]) -> list[Judged]:
    events = models[0].probabilities([r.data["features"] for r in rows])
    arguments = iter(models[1].probabilities([q["features"] for r in rows for q in r.data["proposals"]]))
    return [
        Judged(r, float(p), [float(next(arguments)) for _ in r.data["proposals"]])
        for r, p in zip(rows, events, strict=True)
    ]


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
        (
            Thresholds(e, loose, 0.45)
            for e in (0.2, 0.25, 0.3, 0.35, 0.4, 0.45)
            for loose in (0.5, 0.6, 0.7, 0.8)
        ),
        key=gain,
    )
    return max((Thresholds(best.event, best.loose, a) for a in (0.4, 0.45, 0.5, 0.55, 0.6, 0.65)), key=gain)


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


def train(specs: Sequence[str], errors: Path | None = None) -> Iterator[str | Trained]:
    """Train the judge.

    Args:
        specs: the gold sets, each NAME=GOLD.jsonl:ARTICLES.
        errors: a folder to write cross-validated predictions to, one file a set.

    Yields:
        Lines that tell how well it does: for every set rules alone, judge by cross-validation over blocks of the same
        and all of the other sets, and judge trained on the other sets only; at last the weights.

    Raises:
        InputError: see `read_set`; also where gold has all of the proposals, or none.
    """
    nlp = load(judge=False)
    sets = [read_set(spec, nlp) for spec in specs]
    everything = [r for s in sets for r in s.rows]
    right = sum(r.right for r in everything)
    labels = {label for r in everything if r.right for label in r.labels}
    yield f"{len(everything)} proposals of the rules, {right} of them in the gold"
    if right in (0, len(everything)) or len(labels) < 2:
        raise InputError(
            "one_sided", "The gold has all of what the rules propose, or none: nothing can be learned from it.",
            "Add gold with right and with wrong proposals.",
        )  # fmt: skip
    validated = {s.name: cross_validate(s, [r for o in sets if o is not s for r in o.rows]) for s in sets}
    elsewhere = {
        s.name: judge(s.rows, fit([r for o in sets if o is not s for r in o.rows]))
        for s in sets
        if len(sets) > 1
    }
    best = choose(sets, validated, elsewhere)
    yield f"| set | | {' | '.join(MEASURES)} | modality |"
    yield "| --- " * (len(MEASURES) + 3) + "|"
    for s in sets:
        yield line(s.name, "rules alone", s, by_rules(s))
        yield line("", "judge, cross-validated", s, predictions(validated[s.name], best))
        if elsewhere:
            yield line("", "judge of the other sets", s, predictions(elsewhere[s.name], best))
        if errors:
            errors.mkdir(parents=True, exist_ok=True)
            write_jsonl(errors / f"{s.name}.jsonl", predictions(validated[s.name], best))
    pooled = [j for v in validated.values() for j in v]
    error = calibration_error(pooled)
    yield f"\nexpected calibration error, cross-validated: {error:.3f} over {len(pooled):,} proposals"
    yield f"thresholds: event {best.event}, loose {best.loose}, argument {best.argument}"
    trained = weigh(fit(everything), best, (g for s in sets for g in s.gold))
    trained.reliability = reliability(pooled)
    yield trained


def weigh(models: tuple[Model, Model], best: Thresholds, gold: Iterable[dict[str, Any]]) -> Trained:
    """The weights of fitted models, as the judge reads them."""
    roles = defaultdict(set)
    for g in gold:
        for a in g["arguments"]:
            roles[g["type"]].add(a["role"])
    return Trained(
        event=vars(models[0].weights(best.event, best.loose)),
        argument=vars(models[1].weights(best.argument)),
        roles={t: sorted(r) for t, r in sorted(roles.items())},
    )


@dataclass
class Trained:
    """Weights of the judge."""

    event: dict[str, Any]
    argument: dict[str, Any]
    roles: dict[str, list[str]]
    reliability: list[tuple[float, float, int]] = field(default_factory=list)  # see `reliability`

    def write(self, path: Path) -> None:
        """Write them as the JSON that the judge reads.

        Raises:
            OutputError: the file cannot be written.
        """
        weights = {name: getattr(self, name) for name in ("event", "argument", "roles")}
        text = json.dumps(weights, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"
        try:
            write_text(path, text)
        except OSError as error:
            problem = f"{path}: cannot write: {error.strerror or error}."
            raise OutputError(problem, "Name a file in a folder you may write to.") from None
