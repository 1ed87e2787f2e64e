"""What a reviewer put right, as corrections field by field, and the sentence of an event that was missed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

import spacy
from pydantic import ValidationError
from spacy.language import Language

from extractor import layout, sentences
from extractor.calendar import bounds
from extractor.errors import ExtractorError
from extractor.reviews import Correction, Facts, Value
from extractor.schema import Block

assert layout and sentences  # their components are used by name


def facts_of(stated: Mapping[str, Any], text: str, known: Iterable[Mapping[str, Any]] = ()) -> Facts:
    """Facts from what the page states, which gives offsets and leaves the words to be read here.

    Args:
        stated: type, subtype, modality, trigger, date, arguments, quantities, attribution; spans as start and
            end, code points into `text`.
        text: the text of the document.
        known: participants of the same document, whose kind and entity one of the same words gets.

    Returns:
        Facts with spans into `text`.

    Raises:
        ExtractorError: a span lies outside the text, a date is no EDTF, or a value is not one of its field's.
    """
    spans = {a["text"]: a for a in known if a.get("entity") or a.get("kind")}

    def span(place: Mapping[str, Any] | None, name: str) -> dict[str, Any]:
        start, end = (place or {}).get("start"), (place or {}).get("end")
        if not (isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(text)):
            raise ExtractorError(f"{name}: its words are not chosen.", "Select them in the article.")
        return {"text": text[start:end], "start": start, "end": end}

    def argument(a: Mapping[str, Any]) -> dict[str, Any]:
        said = span(a, str(a.get("role")))
        twin = spans.get(said["text"], {})
        names = {k: a.get(k) if a.get(k) is not None else twin.get(k) for k in ("kind", "entity")}
        return {"role": a.get("role"), **said, **names, "refers_to": a.get("refers_to")}

    date = stated.get("date")
    found: dict[str, Any] = {
        "type": stated.get("type"), "subtype": stated.get("subtype"), "modality": stated.get("modality"),
        "trigger": span(stated.get("trigger"), "trigger"),
        "date": {**_interval(date.get("value")), "basis": "explicit", "span": span(date, "date")} if date else None,
        "arguments": [argument(a) for a in stated.get("arguments", ())],
        "quantities": [
            {**{k: q.get(k) for k in ("measure", "min", "max")}, "approximate": bool(q.get("approximate")),
             "span": span(q, str(q.get("measure")))}
            for q in stated.get("quantities", ())
        ],
        "attribution": [{**span(a, "said by"), "entity": a.get("entity")} for a in stated.get("attribution", ())],
    }  # fmt: skip
    for q in found["quantities"]:
        if q["min"] is None and q["max"] is None:
            raise ExtractorError(f"{q['measure']}: no number.", "Give the least, the most, or both.")
        if q["min"] is not None and q["max"] is not None and q["min"] > q["max"]:
            raise ExtractorError(f"{q['measure']}: at least {q['min']} and at most {q['max']}.", "Swap them.")
    try:
        return Facts.model_validate(found)
    except ValidationError as error:
        first = error.errors()[0]
        raise ExtractorError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}.", "Mend it.") from None


def _interval(value: Any) -> dict[str, Any]:
    try:
        earliest, latest = bounds(str(value or ""))
    except ValueError:
        remedy = "Write EDTF, such as 2019-03-12, 2019-03, 2012-05/2012-07 or 2014-12~."
        raise ExtractorError(f"date {value!r}: not a date.", remedy) from None
    return {"value": value, "earliest": earliest, "latest": latest}


def corrections(before: Facts, after: Facts) -> list[Correction]:
    """What turns the facts of an event into others, both with spans from the start of its sentence.

    A value that was replaced is one correction with old and new; a participant given another role is two.
    """
    found = [
        Correction(field=name, old=_plain(old), new=_plain(new))
        for name in ("type", "subtype", "modality")
        if (old := getattr(before, name)) != (new := getattr(after, name))
    ]
    if before.trigger != after.trigger:
        found.append(Correction(field="trigger", old=_at(before.trigger), new=_at(after.trigger)))
    dates = [_at(d.span, value=d.value) if d else None for d in (before.date, after.date)]
    if dates[0] != dates[1]:
        found.append(Correction(field="date", old=dates[0], new=dates[1]))
    found += _listed(before.attribution, after.attribution, lambda _: "attribution", _speaker)
    found += _listed(before.arguments, after.arguments, lambda a: a.role, _participant)
    found += _listed(before.quantities, after.quantities, lambda q: q.measure, _counted)
    return found


def _plain(value: str | None) -> Value | None:
    return Value(value=value) if value is not None else None


def _at(span: Any, **more: Any) -> Value:
    return Value(text=span.text, start=span.start, end=span.end, **more)


def _speaker(a: Any) -> Value:
    return _at(a, entity=a.entity)


def _participant(a: Any) -> Value:
    return _at(a, value=a.refers_to, kind=a.kind, entity=a.entity)


def _counted(q: Any) -> Value:
    return _at(q.span, min=q.min, max=q.max, approximate=q.approximate)


def _listed(
    before: Iterable[Any], after: Iterable[Any], name: Callable[[Any], str], value: Callable[[Any], Value]
) -> list[Correction]:
    """Corrections of a list: under each name, what is gone is paired with what has come, in order."""
    sides: list[dict[str, list[Value]]] = []
    for entries in (before, after):
        side: dict[str, list[Value]] = defaultdict(list)
        for entry in entries:
            side[name(entry)].append(value(entry))
        sides.append(side)
    found = []
    for field in dict.fromkeys([*sides[0], *sides[1]]):
        gone, come = list(sides[0][field]), []
        for entry in sides[1][field]:
            if entry in gone:
                gone.remove(entry)
            else:
                come.append(entry)
        for n in range(max(len(gone), len(come))):
            pair = [side[n] if n < len(side) else None for side in (gone, come)]
            found.append(Correction(field=field, old=pair[0], new=pair[1]))
    return found


def sentence_at(article: Mapping[str, Any], start: int, end: int) -> tuple[int, int]:
    """The sentence of an article that holds a span, bounded as a run bounds it.

    Raises:
        ExtractorError: the span lies in no one sentence.
    """
    for low, high in _sentences(
        article["text"], tuple((b["kind"], b["start"], b["end"]) for b in article["blocks"])
    ):
        if low <= start and end <= high:
            return low, high
    raise ExtractorError("The trigger does not lie in one sentence.", "Select one word or a short phrase.")


@lru_cache(maxsize=8)
def _sentences(text: str, blocks: tuple[tuple[str, int, int], ...]) -> list[tuple[int, int]]:
    nlp = _splitter()
    doc = nlp.make_doc(text)
    if blocks:
        doc._.blocks = [Block(kind=kind, start=low, end=high) for kind, low, high in blocks]  # type: ignore[arg-type]
    for _, component in nlp.pipeline:
        doc = component(doc)
    return [(s.start_char, s.start_char + len(s.text.rstrip())) for s in doc.sents]


@lru_cache(maxsize=1)
def _splitter() -> Language:
    from extractor.pipeline import MAX_LENGTH

    nlp = spacy.blank("en")
    nlp.max_length = MAX_LENGTH
    sentences.configure_tokenizer(nlp)
    nlp.add_pipe("extractor_layout")
    nlp.add_pipe("extractor_sentences")
    return nlp
