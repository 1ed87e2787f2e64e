"""`extractor explain`: what each stage found in a text, by which rule, and which frames almost fired."""

from __future__ import annotations

from collections import defaultdict

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from spacy.tokens import Doc, Span

from extractor.arguments import Mentions
from extractor.errors import ExtractorError
from extractor.events import EventFinder
from extractor.judge import Verdict
from extractor.pipeline import load, make_doc
from extractor.schema import Predication

REASONS = 5
IN_QUESTION = 0.2


def explain_text(
    text: str, console: Console, *, sentence: int | None = None, published: str | None = None,
    model: str | None = None, patterns: str | None = None, domain: str = "auto", judge: bool | str = True,
) -> None:  # fmt: skip
    """Print what every stage found.

    Args:
        text: the text.
        console: where to print.
        sentence: number of the only sentence to show, from 1; None for all.
        published: ISO day of publication.

    Raises:
        ExtractorError: there is no such sentence.
    """
    nlp = load(model, patterns=patterns, domain=domain, judge=judge)
    finder = nlp.get_pipe("extractor_events")
    assert isinstance(finder, EventFinder)
    finder.verdicts = []
    doc = nlp(make_doc(nlp, text, published=published))
    sentences = list(doc.sents)
    if sentence is not None and not 1 <= sentence <= len(sentences):
        raise ExtractorError(
            f"--sentence {sentence}: the text has {len(sentences)}.", f"Name one of 1–{len(sentences)}."
        )
    for number, sent in enumerate(sentences, start=1):
        if sentence in (None, number):
            _sentence(doc, sent, number, console, finder)


def _sentence(doc: Doc, sent: Span, number: int, console: Console, finder: EventFinder) -> None:
    start, end = sent.start_char, sent.end_char
    console.rule(f"sentence {number}  [{start}:{end}]", align="left")
    console.print(escape(sent.text.strip()))
    block = next((b.kind for b in doc._.blocks or [] if b.start <= start < b.end), "none")
    console.print(f"[bold]layout[/bold] {block}")
    _spans(console, "entities", [s for s in doc.spans["entities"] if sent.start <= s.start < sent.end])
    rows = [t for t in doc._.timexes or [] if start <= t.start < end]
    if rows:
        table = _table("dates", "text", "type", "value", "anchor", "rule")
        for t in rows:
            anchor = doc.text[slice(*t.anchor)] if t.anchor else ""
            table.add_row(t.text, t.type, t.edtf or t.timex or f"unresolved: {t.unresolved}", anchor, t.rule)
        console.print(table)
    counts = [q for q in doc._.quantities or [] if start <= q.start < end]
    if counts:
        table = _table("quantities", "text", "min", "max", "unit", "counted", "rule")
        for q in counts:
            noun = doc[q.noun].text if q.noun is not None else ""
            table.add_row(
                q.text, str(q.min), str(q.max) + ("~" if q.approximate else ""), q.unit, noun, q.rule
            )
        console.print(table)
    predications = [p for p in doc._.predications or [] if sent.start <= p.predicate < sent.end]
    table = _table("clauses", "predicate", "arguments", "marks")
    for p in predications:
        if p.arguments or p.kind == "verb":
            fillers = ", ".join(f"{a.prep or a.function}={doc[a.head].text} ({a.route})" for a in p.arguments)
            table.add_row(f"{p.lemma} ({p.kind})", escape(fillers), _marks(p))
    console.print(table)
    events = [e for e in doc._.events or [] if start <= e.trigger.start < end]
    table = _table(
        "events", "type", "trigger", "arguments", "date", "counts", "modality", "rule", "confidence"
    )
    for e in events:
        table.add_row(
            f"{e.type}/{e.subtype}" if e.subtype else e.type, e.trigger.text,
            escape("\n".join(f"{a.role}: {a.text} [{a.entity or a.kind or '?'}]" for a in e.arguments)),
            e.date.value if e.date else "", "\n".join(f"{q.measure} {q.min}–{q.max}" for q in e.quantities),
            e.modality, e.rule, f"{e.confidence:.2f}",
        )  # fmt: skip
    console.print(table)
    _verdicts(console, [v for v in finder.verdicts or [] if start <= v.start < end])
    almost = _almost(doc, predications, finder)
    if almost:
        console.print("[bold]almost fired[/bold]")
        for line in almost:
            console.print("  " + escape(line))


def _verdicts(console: Console, verdicts: list[Verdict]) -> None:
    """The judge's decisions, with the weights that weighed most; arguments that were never in question are left out."""
    shown = [v for v in verdicts if v.accepted or ":" not in v.what or v.probability >= IN_QUESTION]
    if not shown:
        return
    table = _table("judge", "proposal", "verdict", "weights")
    for v in shown:
        sign = "≥" if v.accepted else "<"
        rest = sum(weight for _, weight in v.reasons[REASONS:])
        reasons = [f"{weight:+.2f} {name}" for name, weight in v.reasons[:REASONS]]
        reasons.append(
            f"{rest:+.2f} {max(0, len(v.reasons) - REASONS)} others, {v.bias:+.2f} bias: sum {v.total:+.2f}"
        )
        table.add_row(
            escape(v.what),
            f"{'accepted' if v.accepted else 'rejected'}: {v.probability:.2f} {sign} {v.threshold:.2f}",
            escape("\n".join(reasons)),
        )
    console.print(table)


def _almost(doc: Doc, predications: list[Predication], finder: EventFinder) -> list[str]:
    trace: list[str] = []
    children: dict[int, list[Predication]] = defaultdict(list)
    for p in doc._.predications or []:
        for g in p.governors[:1]:
            if g.relation == "complement":
                children[g.predicate].append(p)
    mentions = Mentions(doc)
    fired = {e.trigger.start for e in doc._.events or []}
    for p in predications:
        options = finder.matcher.candidates(
            doc, p, mentions, children, trace, {q.predicate: q for q in predications}
        )
        for c in options:
            if doc[c.trigger[0]].idx not in fired:
                word = doc[p.predicate].text
                trace.append(f"{c.frame.id} on '{word}': merged, negated, a purpose or a bare back-reference")
    return trace


def _spans(console: Console, title: str, spans: list[Span]) -> None:
    if not spans:
        return
    table = _table(title, "text", "kind", "entity", "rule", "refers to")
    for s in spans:
        table.add_row(escape(s.text), s.label_, s.kb_id_, s.id_, s._.refers_to or "")
    console.print(table)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", show_edge=False, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _marks(p: Predication) -> str:
    marks = [p.clause]
    marks += ["passive"] * p.passive + ["negated"] * p.negated + p.modals + ([p.tense] if p.tense else [])
    marks += [f"under {g.lemma} ({g.relation})" for g in p.governors[:2]]
    return ", ".join(marks)
