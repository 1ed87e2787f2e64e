"""`extractor patterns check` and `suggest`: do the rules hold together, and what do they lack."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spacy.language import Language

from extractor.blocks import check_layout
from extractor.errors import OutputError
from extractor.knowledge import find_pattern_problems
from extractor.patterns import Example, default_folder, read_frames, read_groups
from extractor.pipeline import load, make_doc
from extractor.rule_checks import rule_cases
from extractor.schema import Event
from extractor.sentences import check_sentences

ROLES = ("actor", "target", "party", "instrument", "place", "result", "beneficiary")


@dataclass
class Report:
    """Lines for the user, and how many examples passed and failed."""

    lines: list[str] = field(default_factory=list)
    passed: int = 0
    failed: int = 0

    @property
    def summary(self) -> str:
        return f"{self.passed} passed, {self.failed} failed"


def check_patterns(
    folder: Path | None = None, model: str | None = None, *, run_examples: bool = True
) -> Report:
    """Validate every pattern file; run examples and near misses through the whole pipeline.

    Args:
        folder: the patterns folder; None for the shipped one.
        model: as in `pipeline.load`.
        run_examples: False to validate only.

    Raises:
        PatternError: a file that does not hold together.
    """
    report = Report()
    folder = folder or default_folder()
    frames = read_frames(folder)
    groups = read_groups(folder)
    report.lines.append(f"{len(frames)} frames, {len(groups)} actors: files hold together")
    for line in find_pattern_problems(folder):
        report.lines.append(f"FAIL {line}")
        report.failed += 1
    nlp = load(model, patterns=folder, judge=False)
    if not run_examples:
        return report
    for line in (*check_layout(folder), *check_sentences(folder)):
        report.lines.append(f"FAIL {line}")
        report.failed += 1
    for what, fault in rule_cases(nlp, folder):
        _count(report, fault, what)
    for frame in frames:
        for example in frame.examples:
            _count(report, example_fault(nlp, example), f"{frame.id}: {example.text}")
        for text in frame.near_misses:
            _count(report, near_miss_fault(nlp, frame.id, frame.type, text), f"{frame.id}: near miss: {text}")
    return report


def _count(report: Report, fault: str | None, what: str) -> None:
    if fault is None:
        report.passed += 1
    else:
        report.failed += 1
        report.lines.append(f"FAIL {what}\n     {fault}")


def find(nlp: Language, text: str) -> list[Event]:
    return list(nlp(make_doc(nlp, text))._.events or [])


def example_fault(nlp: Language, example: Example) -> str | None:
    """What is wrong with what the pipeline makes of an example; None where all is as stated."""
    events = [e for e in find(nlp, example.text) if example.type is None or e.type == example.type]
    if example.trigger is not None:
        near = [e for e in events if e.trigger.text in example.trigger or example.trigger in e.trigger.text]
        events = near or events
    if not events:
        return f"no {example.type} found"
    faults = [_fault(example, e) for e in events]
    return None if None in faults else faults[0]


def _fault(example: Example, event: Event) -> str | None:
    if example.subtype is not None and event.subtype != example.subtype:
        return f"subtype {event.subtype}, expected {example.subtype}"
    if example.modality is not None and event.modality != example.modality:
        return f"modality {event.modality}, expected {example.modality}"
    for role in ROLES:
        wanted = getattr(example, role)
        have = [a.text for a in event.arguments if a.role == role]
        for text in [wanted] if isinstance(wanted, str) else wanted or []:
            if not any(text in h or h in text for h in have):
                return f"{role} {have}, expected {text!r}"
    for measure, (low, high) in example.quantities.items():
        bounds = (low if low >= 0 else None, high if high >= 0 else None)
        have_bounds = [(q.min, q.max) for q in event.quantities if q.measure == measure]
        if bounds not in have_bounds:
            return f"{measure} {have_bounds}, expected {bounds}"
    return None


def near_miss_fault(nlp: Language, frame: str, kind: str, text: str) -> str | None:
    """A near miss must not fire the frame it stands under."""
    wrong = [e for e in find(nlp, text) if e.rule == frame]
    return f"fired on '{wrong[0].trigger.text}'" if wrong else None


def suggest_groups(output: Path, minimum: int = 1) -> list[str]:
    """Armed groups met in a run that the knowledge base lacks, most frequent first, each with contexts and a
    stanza to paste.

    Raises:
        OutputError: the folder is not a run's.
    """
    try:
        entities = _rows(output / "entities.jsonl")
        texts = {d["id"]: d["text"] for d in _rows(output / "documents.jsonl")}
    except FileNotFoundError as error:
        raise OutputError(
            f"{error.filename}: not there.", "Name a folder that `extractor run` wrote."
        ) from None
    groups = [e for e in entities if e["kind"] == "armed_group" and not e["known"]]
    unknown = [e for e in groups if len(e["mentions"]) >= minimum and any(c.isupper() for c in e["name"])]
    lines: list[str] = []
    for e in sorted(unknown, key=lambda e: (-len(e["mentions"]), e["id"])):
        documents = Counter(m["document"] for m in e["mentions"])
        lines.append(f"# {e['name']}: {len(e['mentions'])} mentions in {len(documents)} document(s)")
        for m in e["mentions"][:3]:
            around = texts.get(m["document"], "")[max(0, m["start"] - 50) : m["end"] + 50]
            lines.append(f"#   {m['document']}: …{' '.join(around.split())}…")
        acronyms = [n for n in e["names"] if n.isupper() and " " not in n]
        full = [n for n in e["names"] if n not in acronyms]
        name = e["name"] if e["name"] in full or not full else max(full, key=lambda n: (len(n), n))
        aliases = [n for n in full if n != name]
        lines += ["[[group]]", f"id = {json.dumps(e['id'])}"]
        lines += [f"name = {json.dumps(name, ensure_ascii=False)}", 'kind = "armed_group"']
        if aliases:
            lines.append(f"aliases = {json.dumps(aliases, ensure_ascii=False)}")
        if acronyms:
            lines.append(f"acronyms = {json.dumps(acronyms, ensure_ascii=False)}")
        lines.append("")
    return lines or ["no unknown armed groups"]


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
