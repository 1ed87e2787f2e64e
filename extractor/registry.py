"""Canonical entities of a whole run: one line each, from the mentions of every document."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pycountry
from spacy.tokens import Doc

from extractor.knowledge import Knowledge, load_knowledge
from extractor.patterns import default_folder
from extractor.people import same_person
from extractor.schema import Entity, MentionRecord

_PRIVATE = {
    "head",
    "noun",
    "plural",
    "part",
    "adjective",
    "government",
    "entities",
    "antecedent",
    "state",
    "affiliation",
    "office",
    "country",
}
_GROUP_FACTS = (
    "active", "parent", "merged_into", "merged_year", "split_from", "split_year", "renamed_from",
    "renamed_year", "ideology", "listed_by",
)  # fmt: skip
_RULED = {"state_force": "Armed forces of {}", "government": "Government of {}", "people": "People of {}"}


def mention_rows(doc: Doc) -> list[dict[str, Any]]:
    """The mentions of a document that have a canonical id, as plain rows that travel between processes.

    Args:
        doc: a Doc that the entities component has read; `doc._.document` is its id.

    Returns:
        Rows with document, text, start, end (code points), rule, kind, entity, form and attributes. Country
        adjectives before a noun are left out.
    """
    rows = []
    for span in doc.spans.get("entities", []):
        attributes = dict(span._.attributes or {})
        if not span.kb_id_ or attributes.get("adjective"):
            continue
        rows.append(
            {
                "document": doc._.document or "text",
                "text": span.text,
                "start": span.start_char,
                "end": span.end_char,
                "rule": span.id_,
                "kind": span.label_,
                "entity": span.kb_id_,
                "form": span._.mention,
                "attributes": attributes,
            }
        )
    return rows


def person_aliases(rows: Iterable[dict[str, Any]]) -> dict[str, str]:
    """Ids of people whose names are spellings of one ("Droukdel", "Droukdal"), mapped to the id kept: that
    of the more frequent spelling, of equals the first in alphabetical order."""
    counts: Counter[str] = Counter()
    names: dict[str, str] = {}
    for row in rows:
        if row["kind"] == "person" and row["form"] == "name" and row["entity"].startswith("person/"):
            counts[row["entity"]] += 1
            if len(row["text"]) > len(names.get(row["entity"], "")):
                names[row["entity"]] = row["text"]
    kept: list[str] = []
    aliases: dict[str, str] = {}
    by_initials: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for identity in sorted(counts, key=lambda i: (-counts[i], i)):
        parts = identity.partition("/")[2].split("-")
        initials = tuple(part[0] for part in parts)
        other = next(
            (k for k in by_initials[initials] if len(parts) > 1 and same_person(names[k], names[identity])),
            None,
        )
        if other is None:
            by_initials[initials].append(identity)
            kept.append(identity)
        else:
            aliases[identity] = other
    return aliases


def entity_records(rows: Sequence[dict[str, Any]], folder: Path | None = None) -> list[Entity]:
    """One record for each canonical entity met, in order of id; mentions in order of document and place.

    Args:
        rows: what `mention_rows` gave for every document, in any order.
        folder: the patterns folder; None for the shipped one.
    """
    knowledge = load_knowledge(folder or default_folder())
    aliases = person_aliases(rows)
    grouped: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in sorted(rows, key=lambda r: (r["document"], r["start"], r["end"])):
        grouped[aliases.get(row["entity"], row["entity"])].append(row)
    return [_record(identity, grouped[identity], knowledge) for identity in sorted(grouped)]


def _record(identity: str, rows: list[dict[str, Any]], knowledge: Knowledge) -> Entity:
    forms = Counter(row["text"] for row in rows if row["form"] == "name")
    kinds = Counter(row["kind"] for row in rows)
    kind = _kind(identity, kinds)
    name, known = _name(identity, forms, rows, knowledge)
    return Entity(
        id=identity,
        kind=kind,  # type: ignore[arg-type]
        name=name,
        names=sorted(forms),
        known=known,
        attributes=_attributes(identity, rows, knowledge),
        mentions=[
            MentionRecord(**{k: row[k] for k in ("document", "text", "start", "end", "rule")}) for row in rows
        ],
    )


def _kind(identity: str, kinds: Counter[str]) -> str:
    first = identity.partition("/")[0]
    return first if first in kinds else sorted(kinds.items(), key=lambda item: (-item[1], item[0]))[0][0]


def _name(
    identity: str, forms: Counter[str], rows: list[dict[str, Any]], knowledge: Knowledge
) -> tuple[str, bool]:
    first, _, rest = identity.partition("/")
    if identity in knowledge.groups or identity in knowledge.peoples or identity in knowledge.regions:
        return knowledge.name_of(identity), True
    if rest in knowledge.countries:
        country = knowledge.countries[rest].name
        return _RULED.get(first, "{}").format(country), True
    if first == "person" and forms:
        return sorted(forms, key=lambda form: (-len(form.split()), -forms[form], form))[0], False
    gazetteer = any("source" in row["attributes"] for row in rows)
    if forms:
        bare = sorted(forms, key=lambda form: (-forms[form], len(form), form))
        return bare[0], gazetteer
    return rows[0]["text"], False


def _attributes(identity: str, rows: list[dict[str, Any]], knowledge: Knowledge) -> dict[str, Any]:
    found: dict[str, Any] = {}
    group = knowledge.groups.get(identity)
    first, _, rest = identity.partition("/")
    if group is not None:
        found["countries"] = group.countries
        for key in _GROUP_FACTS:
            value = getattr(group, key)
            if value:
                found[key] = value
        return found
    if rest in knowledge.countries:
        found["country"] = rest
        state = pycountry.countries.get(alpha_2=rest)
        if state is not None:
            found["iso_alpha_3"], found["iso_numeric"] = state.alpha_3, state.numeric
        if first == "place":
            found["precision"] = "country"
        return found
    if identity in knowledge.peoples or identity in knowledge.regions:
        found["countries"] = knowledge.countries_of(identity)
        return found
    for row in rows:
        for key, value in row["attributes"].items():
            if key not in _PRIVATE:
                found.setdefault(key, value)
    countries = sorted({row["attributes"]["country"] for row in rows if row["attributes"].get("country")})
    if len(countries) == 1:
        found["country"] = countries[0]
    offices: dict[str, dict[str, Any]] = {}
    for row in rows:
        office = row["attributes"].get("office")
        if office:
            offices.setdefault(office["text"], {"document": row["document"], **office})
    if offices:
        found["offices"] = list(offices.values())
    affiliations = sorted(
        {row["attributes"]["affiliation"] for row in rows if row["attributes"].get("affiliation")}
    )
    if affiliations and first == "person":
        found["affiliations"] = affiliations
    return found
