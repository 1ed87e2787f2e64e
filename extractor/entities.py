"""Entities: who and what a text names, each with its kind, its canonical id and the rule that found it.

Sources, in the order in which they are trusted: the document's own definitions, the knowledge base, regions
and countries, the form of the name, titles, the gazetteer, the model's entities, and what stands beside a
name; then noun phrases headed by a common noun for a participant, and pronouns.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, Token

from extractor import places
from extractor.knowledge import fold, load_knowledge, slug
from extractor.known import KnownNames, is_shouted
from extractor.mentions import Mention, name_head, one_per_head, settle_names, to_span
from extractor.names import (
    KIN,
    TAKEN,
    capital_runs,
    find_shapes,
    is_abstract,
    kind_by_context,
    load_shapes,
    model_entities,
    persons_after_titles,
    region_follows,
)
from extractor.participants import find_participants, is_numbered, is_ordinal, load_lexicon
from extractor.patterns import default_folder
from extractor.people import PARTICLES, describe, join_people, load_titles, strip_titles
from extractor.references import find_references, load_references
from extractor.registry import entity_records, mention_rows
from extractor.schema import register_extensions

__all__ = ["Entities", "entity_records", "make_entities", "mention_rows"]

_DIRECTIONS = {
    "northern", "southern", "eastern", "western", "central", "northeastern", "northwestern", "southeastern",
    "southwestern", "north", "south", "east", "west", "northeast", "northwest", "southeast", "southwest",
    "north-eastern", "north-western", "south-eastern", "south-western", "upper", "lower", "mid", "rural",
    "far", "north-central", "south-central", "inner", "coastal",
}  # fmt: skip
_ARTICLES = {"al", "ar", "el", "ad", "as", "at", "ash"}
_EVENTS = {
    "War",
    "Wars",
    "Battle",
    "Revolution",
    "Rebellion",
    "Uprising",
    "Crisis",
    "Conflict",
    "Massacre",
    "Summit",
}
_UNITS = {
    "Army", "Battalion", "Battalions", "Brigade", "Brigades", "Squad", "Division", "Corps", "Regiment", "Squadron",
}  # fmt: skip
# What regular units are named by.
_ARMS = {
    "Infantry", "Armoured", "Armored", "Mechanised", "Mechanized", "Airborne", "Artillery", "Commando", "Mountain",
    "Marine", "Parachute", "Cavalry", "Engineer", "Tank", "Motorised", "Motorized", "Airmobile", "Rifle",
}  # fmt: skip
# "chief of X", "control of X"; "X, a town".
_RULED = {
    "chief", "governor", "mayor", "control", "capture", "seizure", "fall", "siege", "recapture", "outskirts", "town",
    "city", "village", "district", "port", "suburb", "vicinity",
}  # fmt: skip
_SETTLEMENTS = frozenset("town city village suburb district hamlet settlement municipality island".split())
_CIVIL = {
    "Rights",
    "Human",
    "Civil",
    "Student",
    "Students",
    "Labour",
    "Labor",
    "Green",
    "Women",
    "Youth",
    "Workers",
    "Political",
    "Democratic",
}
_GENERIC = {
    "Army",
    "Forces",
    "Military",
    "Government",
    "Police",
    "Soldiers",
    "Authorities",
    "Regime",
    "Junta",
}
_NESTING = {",", "in", "in the", "of", ", in", ", in the", "("}
_NOT_PLACE = {"mr", "mr.", "mrs", "dr", "sheikh", "named", "called", "by"}
_LOCATIVES = {
    "in", "at", "near", "around", "outside", "inside", "into", "from", "to", "towards", "toward", "across",
    "throughout", "between", "via",
}  # fmt: skip


@Language.factory(
    "extractor_entities",
    default_config={"patterns": None},
    assigns=["doc.spans"],
)
def make_entities(nlp: Language, name: str, patterns: str | None) -> Entities:
    """Factory of the component; `patterns` is a patterns folder, None for the shipped one."""
    return Entities(Path(patterns) if patterns else default_folder())


class Entities:
    """The component: fills doc.spans["entities"] and doc._.definitions.

    Args:
        folder: the patterns folder.
    """

    def __init__(self, folder: Path) -> None:
        register_extensions()
        self.knowledge = load_knowledge(folder)
        self.lexicon = load_lexicon(folder)
        self.titles = load_titles(folder)
        self.shapes = load_shapes(folder)
        self.references = load_references(folder)

    def __call__(self, doc: Doc) -> Doc:
        mentions = Reading(doc, self).mentions()
        doc.spans["entities"] = [to_span(doc, mention) for mention in mentions]
        return doc

    def to_bytes(self, **_: Any) -> bytes:
        return b""

    def from_bytes(self, _: bytes, **__: Any) -> Entities:
        return self

    def to_disk(self, *_: Any, **__: Any) -> None:
        return None

    def from_disk(self, *_: Any, **__: Any) -> Entities:
        return self


class Reading:
    """One document being read."""

    def __init__(self, doc: Doc, rules: Entities) -> None:
        self.doc = doc
        self.rules = rules
        self.known = KnownNames(doc, rules.knowledge, rules.shapes)
        self.countries = self.known.countries
        self.model = list(model_entities(doc))
        self.settled: list[places.Place] = []

    def mentions(self) -> list[Mention]:
        doc = self.doc
        names = self.known.mentions
        names = settle_names([*names, *self._unknown(names)])
        names = self._compass(names)
        self._nest(names)
        names = self._short_people(names)
        people = [m for m in names if m.kind == "person"]
        for person in people:
            describe(doc, person, names, self.rules.titles)
        join_people(doc, people)
        nominals = find_participants(doc, names, self.rules.lexicon)
        found = one_per_head([*names, *nominals])
        found = find_references(doc, found, self.rules.references)
        doc._.definitions = self.known.definitions
        return found

    def _main_country(self, code: str) -> bool:
        return self.countries[code] * 5 >= sum(self.countries.values())

    def _short_people(self, names: list[Mention]) -> list[Mention]:
        """The names with every last name of a person of this document a person, whatever the model or its
        neighbours call it."""
        doc = self.doc
        last = {fold(doc[m.end - 1].text) for m in names if m.kind == "person" and m.rule != "run/subject"}
        last.discard(())
        for name in names:
            if name.kind == "person" or name.end - name.start > 1 or fold(name.text(doc)) not in last:
                continue
            located = name.source == "gazetteer" and doc[max(0, name.start - 1)].lower_ in (
                "in",
                "near",
                "at",
            )
            if name.source in ("ner", "run", "gazetteer") and not located:
                name.kind, name.entity, name.attributes = "person", "", {}
        self._first_names(names, set(last))
        covered = {i for name in names for i in range(name.start, name.end)}
        more = [
            Mention(token.i, token.i + 1, token.i, "person", "person/last-name", "person")
            for token in doc
            if token.i not in covered
            and len(token.text) > 2
            and token.text[0].isupper()
            and fold(token.text) in last
        ]
        return sorted([*names, *more], key=lambda m: m.start)

    def _first_names(self, names: list[Mention], last: set[tuple[str, ...]]) -> None:
        """Make a lone first name of a person of this document a person, where no small town can be meant."""
        doc = self.doc
        first = {
            fold(doc[m.start].text): m for m in reversed(names) if m.kind == "person" and m.end - m.start > 1
        }
        for name in names:
            whose = first.get(fold(name.text(doc))) if name.end - name.start == 1 else None
            if (
                whose is None
                or whose.start > name.start
                or fold(name.text(doc)) in last
                or name.kind == "person"
            ):
                continue
            large = name.attributes.get("population", 0) > 50_000 or doc[name.start - 1].lower_ in _LOCATIVES
            if name.source in ("ner", "run", "gazetteer") and not large:
                name.kind, name.entity, name.attributes = "person", "", {}

    # Unknown names

    def _unknown(self, names: list[Mention]) -> list[Mention]:
        """The names that nothing known explains."""
        doc = self.doc
        solid = [False] * len(doc)
        for name in names:
            firm = name.source in ("definition", "group") or (
                name.rule == "country/name" and name.end - name.start > 1
            )
            for i in range(name.start, name.end):
                solid[i] = solid[i] or firm
        names = sorted(names, key=lambda n: n.start)
        found: list[Mention] = []
        for begin, stop in self.known.citations:
            solid[begin:stop] = [True] * (stop - begin)
        runs = list(capital_runs(doc, solid))
        for start, end in runs:
            code = places.division_country(doc[start:end].text)
            if code:
                self.countries[code] += 1
        for start, end in runs:
            if (is_shouted(doc[start:end]) and end - start > 1) or not doc[start:end].text.strip():
                continue
            found.extend(self._read_run(start, end, names, solid))
        return found

    def _read_run(self, start: int, end: int, names: list[Mention], solid: list[bool]) -> list[Mention]:
        """The names in one capitalised run: a person after a title, a name of known form, then the rest."""
        doc = self.doc
        found: list[Mention] = []
        run = (start, end)
        first = bisect_left(names, start, key=lambda n: n.start)
        inner = [n for n in names[first : bisect_left(names, end, key=lambda n: n.start)] if n.end <= end]
        person = persons_after_titles(doc, self.rules.titles, start, end)
        if person is not None and any(
            s.end == person.end and s.start <= person.start and s.kind in ("place", "facility")
            for s in find_shapes(doc, self.rules.shapes, start, end, solid, self.known.adjectives)
        ):
            person = None  # "Queen Elizabeth National Park"
        titled = person is not None and not any(n.start == person.start for n in inner)
        if person is not None and titled:
            found.append(person)
            end = min(end, person.start)
            while end > start and (title := self.rules.titles.before(doc, end)):
                end = title[0]
            if end <= start:
                return found
        shapes = find_shapes(doc, self.rules.shapes, start, end, solid, self.known.adjectives)
        if shapes:
            for shape in shapes:
                self._identify(shape, names)
            found.extend(shapes)
            covered = {i for s in shapes for i in range(s.start, s.end)}
            rest = [i for i in range(start, end) if i not in covered]
            if not rest:
                return found
            start, end = rest[0], rest[-1] + 1
        if any(n.start == start and n.end == end for n in inner):
            return found
        while inner and inner[0].start == start and start < end and inner[0].end < end:
            start, inner = inner[0].end, inner[1:]
            while start < end and not doc[start].text[0].isalnum():
                start += 1
        if start >= end:
            return found
        entities = [
            (e, k)
            for e, k in self.model[
                bisect_right(self.model, start, key=lambda pair: pair[0].end) : bisect_left(
                    self.model, end, key=lambda pair: pair[0].start
                )
            ]
            if e.start < end and e.end > start and not any(solid[e.start : e.end])
        ]
        pieces = [(start, end)]
        if len(entities) > 1:
            pieces = [(max(e.start, start), min(e.end, end)) for e, _ in entities]
        for begin, stop in pieces:
            mention = self._classify(begin, stop, entities, run, not titled)
            if mention is not None:
                found.append(mention)
        return found

    def _classify(
        self, start: int, end: int, entities: list[tuple[Any, str]], run: tuple[int, int], guessing: bool
    ) -> Mention | None:
        """One name of a run that has no known form: by the gazetteer, the model, or what stands beside it."""
        doc = self.doc
        entity, label = next(
            ((e, k) for e, k in entities if e.start < end and e.end > start and _within(doc, e, run)),
            (None, None),
        )
        words = [t for t in doc[start:end] if t.text[0].isalnum() and t.lower_ not in _ARTICLES] or [
            doc[start]
        ]
        title = self.rules.titles.at(doc, start, end)
        if (title and title[0] == end) or all(self.rules.titles.at(doc, t.i, t.i + 1) for t in words):
            return None
        if any(t.text in _EVENTS for t in words):
            return None
        before = doc[start - 1].lower_ if start else ""
        place = None if before in KIN else self._settle(start, end, words, label, before)
        if place is not None:
            self.settled.append(place)
            return self._placed(Mention(start, end, end - 1, "place", "gazetteer", "gazetteer"), place)
        if len(words) == 1 and (_is_common(words[0]) or words[0].tag_ == "CD"):
            return None
        if all(t.text.isupper() for t in words) and any(t.tag_ == "PRP$" or t.lower_ == "our" for t in words):
            return None
        if len(words) <= 2 and before in KIN:
            label, entity = None, None
        sure = self._stands_for_a_place(start, end, len(words), before)
        sure |= label == "place" and before == "," and start > 1 and doc[start - 2].ent_type_ == "GPE"
        if label in ("person", "organisation") and sure:
            label = "place"
        if before == "to" and start > 1 and doc[start - 2].lower_ == "loyal":
            label, entity = None, None
        if len(words) == 1 and self.rules.lexicon.at(doc, end - 1) is not None and label != "place":
            return None
        rule = f"model/{label}"
        if (
            entity is None
            or label is None
            or (label == "place" and len(words) > 1 and before not in _LOCATIVES and not sure)
        ):
            guess = kind_by_context(doc, start, end) if guessing or label else None
            if guess is None:
                return None
            label, rule = guess
        else:
            led = entity.start < run[0] and (
                doc[entity.start].lower_ in PARTICLES or doc[run[0] - 1].lower_ == "of"
            )
            start = entity.start if led and start == run[0] else start
            joined = entity.end > run[1] and end == run[1] and doc[run[1]].lower_ == "of"
            end = entity.end if joined else end
        start, _ = strip_titles(doc, start, end, self.rules.titles)
        source = "ner" if rule.startswith("model/") else "run"
        return self._identify(Mention(start, end, name_head(doc, start, end), label, rule, source), [])

    def _stands_for_a_place(self, start: int, end: int, count: int, before: str) -> bool:
        """Whether the words beside a short name say that it is a place ("police chief of X", "X, a town")."""
        doc = self.doc
        led = before in ("in", "near", "outside") and region_follows(doc, end, places.DESIGNATORS)
        if count <= 3 and (before in TAKEN or led):
            return True
        if count <= 2 and before == "of" and start > 1 and doc[start - 2].lower_ in _RULED:
            return True
        if end + 2 < len(doc) and doc[end].text == "," and doc[end + 1].lower_ in ("a", "the"):
            return any(t.lower_ in _SETTLEMENTS for t in doc[end + 2 : end + 5] if not t.is_punct)
        return False

    def _settle(
        self, start: int, end: int, words: list[Token], label: str | None, before: str
    ) -> places.Place | None:
        """The gazetteer's place that a name stands for, where that is likelier than another kind of name."""
        doc = self.doc
        text = doc[start:end].text
        locative = before in _LOCATIVES or label == "place"
        if (len(words) == 1 and text.isupper() and len(text) <= 5) or (
            words[-1].text.isupper() and before != "in"
        ):
            return None  # a code or an acronym
        if label is None and len(words) == 1 and not locative and (start == 0 or doc[start].is_sent_start):
            return None
        place = places.choose(text, dict(self.countries), self._parent(end), None, tuple(self.settled))
        if place is None:
            return None
        if label in ("person", "organisation", "people"):
            strictly = before in ("in", "near", "at", "around", "outside")
            if before in _NOT_PLACE or (
                len(words) > 1 and not strictly and not (before == "of" and self._here(place))
            ):
                return None
            least = 1 if self._main_country(place.country) and (locative or before == "of") else 20_000
            known = self._here(place) and place.population >= least
            return place if known or (place.population >= 500_000 and label != "people") else None
        wide = place.population >= 20_000 or place.precision == "region"
        return place if locative or wide or self._main_country(place.country) else None

    def _here(self, place: places.Place) -> bool:
        return place.country in self.countries

    def _parent(self, end: int) -> str | None:
        """The country said just after a name ("Sarvan, Westmark" or "Milton, Ontario"), as an ISO code."""
        doc = self.doc
        if end + 1 >= len(doc) or doc[end].text not in (",", "("):
            return None
        for form in self.known.country_at.get(end + 1, ()):
            return form.entry.rpartition("/")[2]
        stop = end + 1
        while stop < min(len(doc), end + 4) and doc[stop].text[0].isupper():
            stop += 1
        for last in range(stop, end + 1, -1):
            regions = [p for p in places.lookup(doc[end + 1 : last].text) if p.precision == "region"]
            if len({p.country for p in regions}) == 1:
                return regions[0].country
        return None

    def _identify(self, mention: Mention, names: Sequence[Mention]) -> Mention:
        """Give a name found by form or context its id, and its country where it says one."""
        doc = self.doc
        text = doc[mention.start : mention.end].text
        inner = [n for n in names if mention.start <= n.start and n.end <= mention.end]
        states = sorted({c for n in inner if (c := n.attributes.get("country"))})
        words = text.split()
        if mention.kind == "government" and words[-1] == "Department" and len(words) <= 4:
            regions = [p for p in places.lookup(" ".join(words[:-1])) if p.precision == "region"]
            mention.kind = "place" if regions else mention.kind
        if mention.kind in ("armed_group", "state_force") and words[-1] in _UNITS:
            if states or is_numbered(doc, mention.start) or _ARMS & set(words):
                mention.kind = "state_force"
            if mention.kind == "state_force" and is_numbered(doc, mention.start):
                mention.start -= not is_ordinal(doc[mention.start])
                text = doc[mention.start : mention.end].text
        elif mention.kind == "armed_group" and _CIVIL & set(words):
            mention.kind = "organisation"
        if mention.kind == "place":
            bare = re.sub(r"^(?:City|Province|State|Village|Town)\s+of\s+", "", text).split()
            precision = places.DESIGNATORS.get(bare[-1].lower()) if len(bare) > 1 else None
            stem = " ".join(bare[:-1] if precision else bare)
            place = places.choose(stem, dict(self.countries), self._parent(mention.end), precision)
            if place is not None:
                return self._placed(mention, place, precision)
        elif mention.kind in ("state_force", "government") and len(states) == 1:
            mention.attributes["country"] = states[0]
            if doc[mention.head].text in _GENERIC and mention.end - mention.start <= 4:
                mention.entity = f"{mention.kind}/{states[0]}"
                return mention
        if mention.kind != "person":
            mention.entity = f"{mention.kind}/{slug(text)}"
        return mention

    def _placed(
        self, mention: Mention, place: places.Place, precision: places.Precision | None = None
    ) -> Mention:
        """The mention with its place's id and attributes; a capital can stand for its government.

        A region that the gazetteer knows only by its town has the town's coordinates and an id of its own.
        """
        mention.entity, mention.attributes = place.id, place.attributes()
        if precision == "region" and place.precision == "town":
            mention.entity = f"place/{place.country}/{slug(mention.text(self.doc))}"
            mention.attributes["precision"] = "region"
            mention.attributes.pop("population", None)
        elif place.precision == "town" and places.capital_country(place.name) == place.country:
            mention.attributes["government"] = f"government/{place.country}"
        return mention

    def _nest(self, names: Sequence[Mention]) -> None:
        """A place said to lie in the next ("Sarvan village in Orsk region") lies near it, or is not the place
        the gazetteer gave. The parent is kept, and its country."""
        doc = self.doc
        found = [n for n in names if n.kind == "place" and not n.attributes.get("adjective")]
        for n, (inner, outer) in enumerate(pairwise(found)):
            between = doc[inner.end : outer.start].text.strip().lower()
            if between not in _NESTING or not outer.attributes.get("country"):
                continue
            if inner.attributes.get("precision") == "country" or not outer.entity:
                continue
            self._put_in(inner, outer)
            for before, after in pairwise(reversed(found[: n + 1])):  # "Sarvan and Orsk in Westmark"
                if doc[after.end : before.start].text.strip().lower() not in ("and", ", and"):
                    break
                self._put_in(after, outer)

    def _put_in(self, inner: Mention, outer: Mention) -> None:
        """Note that `inner` lies in `outer`; settle it on its namesake there, or on none."""
        country = outer.attributes["country"]
        if "latitude" in outer.attributes and outer.attributes.get("precision") != "country":
            self._relocate(inner, outer)
        elif inner.attributes.get("country") not in (None, country):
            if (
                inner.attributes.get("precision") == "country"
                or inner.attributes.get("population", 0) > 50_000
            ):
                return
            stem = " ".join(t.text for t in _stem(self.doc, inner))
            there = [p for p in places.lookup(stem) if p.country == country]
            if there:
                self._placed(inner, max(there, key=lambda p: (p.population, p.id)))
            else:
                inner.entity, inner.attributes = f"place/{slug(inner.text(self.doc))}", {}
        inner.attributes.setdefault("country", country)
        inner.attributes["parent"] = outer.entity

    def _relocate(self, inner: Mention, outer: Mention) -> None:
        """Settle `inner` on its namesake near `outer`, or leave it without one."""
        parent = _as_place(outer)
        if (
            "latitude" in inner.attributes
            and places.distance_km(_as_place(inner), parent) <= places.NESTED_KM
        ):
            return
        stem = " ".join(t.text for t in _stem(self.doc, inner))
        place = places.within(stem, parent)
        if place is not None:
            self._placed(inner, place)
        elif "latitude" in inner.attributes:
            inner.entity, inner.attributes = f"place/{slug(inner.text(self.doc))}", {}

    def _compass(self, names: list[Mention]) -> list[Mention]:
        """Take a compass word before a place into its name ("northern Mali", "southeast central Mali")."""
        doc = self.doc
        for name in names:
            if name.kind != "place" or name.rule == "country/adjective":
                continue
            start = name.start
            while start > 0 and not doc[start].is_sent_start:
                before = doc[start - 1]
                if before.lower_ in _DIRECTIONS and before.tag_ not in ("RB", "IN"):
                    start -= 1
                elif before.text == "-" and start > 1 and doc[start - 2].lower_ in _DIRECTIONS:
                    start -= 2
                else:
                    break
            if start < name.start:
                name.start = start
                name.attributes = {**name.attributes, "part": doc[start : name.head].text}
                name.attributes.pop("government", None)
        return settle_names(names)


def _is_common(token: Token) -> bool:
    """Whether a capitalised word is a common noun or adjective: by its form, or tagged so where any word is
    capitalised."""
    opening = token.is_sent_start or token.i == 0 or token.nbor(-1).is_punct or token.nbor(-1).is_space
    tagged = token.doc.has_annotation("TAG") and token.tag_ in ("NN", "NNS", "JJ", "VBG", "VBN")
    return (is_abstract(token.text) and token.tag_ != "NNP") or (
        opening and tagged and not token.text.isupper()
    )


def _as_place(mention: Mention) -> places.Place:
    at = mention.attributes
    precision = at.get("precision", "town")
    return places.Place(
        mention.entity,
        "",
        at.get("country", ""),
        "",
        at.get("latitude"),
        at.get("longitude"),
        0,
        precision,
        "",
    )


def _stem(doc: Doc, mention: Mention) -> list[Any]:
    """The tokens of a place name without compass words and designators."""
    skip = _DIRECTIONS | set(places.DESIGNATORS)
    return [t for t in doc[mention.start : mention.end] if t.lower_ not in skip] or list(
        doc[mention.start : mention.end]
    )


def _within(doc: Doc, entity: Any, run: tuple[int, int]) -> bool:
    """Whether a model entity stays in its run of capitals but for *of* and particles: others span two
    names."""
    outside = [t for t in entity if not run[0] <= t.i < run[1]]
    return all(t.lower_ in ("of", "the") or t.text[0].isupper() or t.lower_ in PARTICLES for t in outside)
