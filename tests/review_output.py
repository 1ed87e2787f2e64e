"""A small output folder for tests of the review page: articles of our own, events as a run writes them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from extractor.jsonl import write_jsonl, write_text

HARBOUR = (
    "Fighting near Arlen 🕊\n\n"
    "On 3 May 2021, masked gunmen killed five farmers near Arlen. Police arrested two suspects in Bostra "
    "on 4 May 2021.\n\n"
    "The gunmen fled north. Army guns shelled the port of Cadir on 6 May 2021, wounding at least 12 dockers, "
    "the harbour office said.\n"
)
MARKET = (
    "Gunmen killed five farmers outside Arlen, officials said. Rebels seized the grain market in Dunmere.\n\n"
    "The council condemned the seizure.\n"
)


def span(text: str, words: str, nth: int = 0) -> dict[str, Any]:
    start = -1
    for _ in range(nth + 1):
        start = text.index(words, start + 1)
    return {"text": words, "start": start, "end": start + len(words)}


def event(
    document: str, text: str, kind: str, trigger: str, sentence: str, *, arguments: tuple[tuple[str, str], ...] = (),
    date: tuple[str, str] | None = None, counts: tuple[tuple[str, int, str], ...] = (), confidence: float = 0.9,
    incident: str | None = None, **more: Any,
) -> dict[str, Any]:  # fmt: skip
    """An event as events.jsonl has it; words are looked up in their sentence."""
    base = text.index(sentence)

    def at(words: str) -> dict[str, Any]:
        start = text.index(words, base)
        return {"text": words, "start": start, "end": start + len(words)}

    identity = hashlib.sha256(f"{document}|{kind}|{trigger}|{sentence}|1".encode()).hexdigest()[:12]
    return {
        "id": f"ev-{identity}", "document": document, "type": kind, "subtype": None, "trigger": at(trigger),
        "sentence": {"start": base, "end": base + len(sentence)},
        "date": {"value": date[0], "earliest": date[0], "latest": date[0], "basis": "explicit", "span": at(date[1]),
                 "anchor": None} if date else None,
        "arguments": [{"role": role, **at(words), "kind": "place" if role == "place" else "people",
                       "entity": f"place/{words.lower()}" if role == "place" else None, "refers_to": None}
                      for role, words in arguments],
        "quantities": [{"measure": measure, "min": number, "max": number, "approximate": False, "span": at(words)}
                       for measure, number, words in counts],
        "modality": "actual", "attribution": [], "sources": [], "incident": incident or f"in-{identity}",
        "rule": f"{kind}/{trigger}", "confidence": confidence, **more,
    }  # fmt: skip


def events() -> list[dict[str, Any]]:
    first, second, third = (s for p in HARBOUR.split("\n\n")[1:] for s in _sentences(p) if "fled" not in s)
    other, market = _sentences(MARKET.split("\n\n")[0])
    assert third.startswith("Army")
    return [
        event("harbour", HARBOUR, "killing", "killed", first, date=("2021-05-03", "3 May 2021"), incident="in-arlen",
              arguments=(("actor", "masked gunmen"), ("target", "farmers"), ("place", "Arlen")),
              counts=(("killed", 5, "five"),)),
        event("harbour", HARBOUR, "arrest", "arrested", second, date=("2021-05-04", "4 May 2021"), confidence=0.55,
              arguments=(("actor", "Police"), ("target", "suspects"), ("place", "Bostra")),
              counts=(("arrested", 2, "two"),)),
        event("market", MARKET, "killing", "killed", other, incident="in-arlen",
              arguments=(("actor", "Gunmen"), ("target", "farmers"), ("place", "Arlen")), counts=(("killed", 5, "five"),)),
        event("market", MARKET, "territory", "seized", market, confidence=0.7,
              arguments=(("actor", "Rebels"), ("target", "grain market"), ("place", "Dunmere"))),
    ]  # fmt: skip


def _sentences(paragraph: str) -> list[str]:
    return [f"{piece.strip().rstrip('.')}." for piece in paragraph.split(". ") if piece.strip()]


def write(folder: Path, found: list[dict[str, Any]] | None = None, **texts: str) -> Path:
    """Write an output folder; the two articles and their events unless others are given."""
    folder.mkdir(parents=True, exist_ok=True)
    articles = texts or {"harbour": HARBOUR, "market": MARKET}
    lines = [
        {"id": name, "source": f"{name}.txt", "sha256": hashlib.sha256(text.encode()).hexdigest(), "title": None,
         "published": None, "publisher": None, "language": "en", "text": text, "blocks": []}
        for name, text in articles.items()
    ]  # fmt: skip
    places = {a["entity"]: a["text"] for e in events() for a in e["arguments"] if a["entity"]}
    names = [{"id": i, "kind": "place", "name": n, "names": [n], "known": True, "attributes": {}, "mentions": []}
             for i, n in places.items()]  # fmt: skip
    for name, records in (
        ("documents", lines),
        ("events", events() if found is None else found),
        ("entities", names),
    ):
        write_jsonl(folder / f"{name}.jsonl", records)
    write_text(folder / "run.json", json.dumps({"version": "1", "patterns": "0", "options": {}}))
    return folder


def decisions(folder: Path) -> list[dict[str, Any]]:
    """What reviews.jsonl holds."""
    path = folder / "reviews.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
