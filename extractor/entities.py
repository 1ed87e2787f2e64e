"""Entities: who and what a text names, each with its kind, its canonical id and the rule that found it.

Sources, in the order in which they are trusted: the document's own definitions, the knowledge base, regions and
countries, the form of the name, titles, the gazetteer, the model's entities, and what stands beside a name; then noun
phrases headed by a common noun for a participant, and pronouns.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc

from extractor import places
from extractor.definitions import Definition, find_definitions
from extractor.knowledge import Form, Knowledge, Match, Matcher, fold, load_knowledge, slug
from extractor.mentions import Mention, name_head, one_per_head, settle_names, to_span
from extractor.names import (
    capital_runs,
    find_shapes,
    kind_by_context,
    load_shapes,
    model_entities,
    persons_after_titles,
)
from extractor.participants import find_participants, load_lexicon
from extractor.patterns import default_folder
from extractor.people import PARTICLES, describe, join_people, load_titles, strip_titles
from extractor.references import find_references, load_references
from extractor.registry import entity_records, mention_rows
from extractor.schema import register_extensions

__all__ = ["Entities", "entity_records", "make_entities", "mention_rows"]

_DIRECTIONS = {"northern", "southern", "eastern", "western", "central", "northeastern", "northwestern", "southeastern", "southwestern", "north", "south",
               "east", "west", "northeast", "northwest", "southeast", "southwest", "north-eastern", "north-western", "south-eastern",
               "south-western", "upper", "lower", "mid", "rural", "far", "eastern-central", "north-central", "south-central", "inner", "coastal"}  # fmt: skip
_NOT_PLACE = {"mr", "mr.", "mrs", "dr", "sheikh", "named", "called", "by"}
_LOCATIVES = {"in", "at", "near", "around", "outside", "inside", "into", "from", "to", "towards", "toward", "across", "throughout", "between", "via"}  # fmt: skip


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
        self.knowledge: Knowledge = rules.knowledge
        self.countries: defaultdict[str, float] = defaultdict(float)
        self.definitions: list[Definition] = []
        self.country_at: dict[int, list[Form]] = {}
        self.adjectives: set[int] = set()
        self.citations = _citations(doc)

    def mentions(self) -> list[Mention]:
        doc = self.doc
        self.definitions = find_definitions(doc)
        matches = self.knowledge.matcher.find(doc)
        self._count_countries(matches)
        defined = self._defined(matches)
        cited = self._cited(matches)
        names = [*self._known(matches, defined), *self._by_definition(defined)]
        names = settle_names([*cited, *(n for n in names if not self._in_citation(n))])
        names = settle_names([*names, *self._unknown(names, defined)])
        names = self._compass(names)
        self._short_people(names)
        people = [m for m in names if m.kind == "person"]
        for person in people:
            describe(doc, person, names, self.rules.titles)
        join_people(doc, people)
        nominals = find_participants(doc, names, self.rules.lexicon)
        found = one_per_head([*self._standing(names, nominals), *nominals])
        found = find_references(doc, found, self.rules.references)
        doc._.definitions = self.definitions
        return found

    def _main_country(self, code: str) -> bool:
        return self.countries[code] * 5 >= sum(self.countries.values())

    def _short_people(self, names: Sequence[Mention]) -> None:
        """A one-word name that the model or its neighbours call something else is a person where it is the last
        name of one in this document."""
        last = {fold(self.doc[m.end - 1].text) for m in names if m.kind == "person" and m.end - m.start > 1}
        for name in names:
            if (
                name.source in ("ner", "run", "gazetteer")
                and name.kind != "person"
                and name.end - name.start == 1
            ):
                if name.source == "gazetteer" and self.doc[max(0, name.start - 1)].lower_ in (
                    "in",
                    "near",
                    "at",
                ):
                    continue
                if fold(name.text(self.doc)) in last:
                    name.kind, name.entity, name.attributes = "person", "", {}

    def _count_countries(self, matches: Sequence[Match]) -> None:
        for match in matches:
            countries = [form for form in match.forms if form.sort == "country"]
            if countries:
                self.country_at[match.start] = countries
            if any(form.sort in ("adjective", "people", "demonym") for form in match.forms):
                self.adjectives.update(range(match.start, match.end))
            for form in match.forms[:1]:
                if form.sort in ("country", "adjective", "demonym", "seat"):
                    self.countries[form.entry.rpartition("/")[2]] += 2
                elif len(match.forms) == 1 and not form.ambiguous:
                    codes = self.knowledge.countries_of(form.entry)
                    for code in codes if len(codes) <= 8 else ():
                        self.countries[code] += 1 if len(codes) <= 3 else 0.4

    # Citation lines

    def _in_citation(self, mention: Mention) -> bool:
        return any(begin <= mention.start < stop for begin, stop in self.citations)

    def _cited(self, matches: Sequence[Match]) -> list[Mention]:
        """The outlets of citation lines, one to each piece between commas."""
        doc = self.doc
        known = {(m.start, m.end): [f for f in m.forms if f.sort == "group"] for m in matches}
        found = []
        for begin, stop in self.citations:
            start = begin
            for i in range(begin, stop + 1):
                if i < stop and doc[i].text not in (",", ";"):
                    continue
                end = i
                while start < end and (not doc[start].text[0].isalnum() or doc[start].lower_ in _CITE):
                    start += 1
                while end > start and not doc[end - 1].text[-1].isalnum() and doc[end - 1].text[-1] != ".":
                    end -= 1
                if start < end:
                    forms = known.get((start, end)) or []
                    kind = forms[0].kind if forms else "media"
                    entity = forms[0].entry if forms else f"media/{slug(doc[start:end].text)}"
                    found.append(Mention(start, end, end - 1, kind, "citation", "definition", entity))
                start = i + 1
        return found

    # Definitions

    def _defined(self, matches: Sequence[Match]) -> dict[tuple[int, int], tuple[str, str]]:
        """Token bounds of every defined name to (entity id, kind): that of the entry either name belongs to, else a new one."""
        by_bounds = {(m.start, m.end): m for m in matches}
        result: dict[tuple[int, int], tuple[str, str]] = {}
        for definition in self.definitions:
            form = None
            for bounds in (definition.long, definition.short):
                match = by_bounds.get(bounds)
                groups = [f for f in match.forms if f.sort == "group"] if match else []
                if groups and form is None:
                    meant, entry = self._resolve(groups, None, set(), self.doc[bounds[0] : bounds[1]])
                    if meant is not None and entry and self._agrees(definition, bounds, entry):
                        form = meant
            if definition.relation == "acronym" and form is None:
                both = [by_bounds.get(b) for b in (definition.long, definition.short)]
                shared = [({f.entry for f in m.forms} if m else set()) for m in both]
                common = shared[0] & shared[1]
                if len(common) == 1:
                    form = next(f for f in both[0].forms if f.entry in common) if both[0] else None
            if form is not None:
                entity, kind = self.knowledge.national.get(form.entry, form.entry), form.kind
            elif definition.long in result:
                entity, kind = result[definition.long]
            else:
                kind = self._kind_of_name(*definition.long)
                if kind == "":
                    continue
                entity = f"{kind}/{slug(self.doc[definition.long[0] : definition.long[1]].text)}"
            result[definition.long] = result[definition.short] = (entity, kind)
        return result

    def _agrees(self, definition: Definition, bounds: tuple[int, int], entry: str) -> bool:
        """Whether an acronym that the knowledge base knows is defined here as one of that entry's names: "AMB" may
        stand for another body than the one known by it."""
        if (
            definition.relation != "acronym"
            or not self.doc[bounds[0]].text.isupper()
            or bounds[1] - bounds[0] > 1
        ):
            return True
        other = definition.long if bounds == definition.short else definition.short
        said = {word for word in fold(self.doc[other[0] : other[1]].text) if len(word) > 3}
        group = self.knowledge.groups[entry]
        return any(said & set(fold(name)) for name in (group.name, *group.aliases, *group.native))

    def _kind_of_name(self, start: int, end: int) -> str:
        found = find_shapes(self.doc, self.rules.shapes, start, end, [False] * len(self.doc))
        if found:
            return found[0].kind
        for ent, kind in model_entities(self.doc):
            if ent.start <= start and ent.end >= end:
                return kind
        return "organisation" if end - start > 1 else ""

    def _by_definition(self, defined: dict[tuple[int, int], tuple[str, str]]) -> list[Mention]:
        forms = [
            Form(self.doc[s:e].text, entity, kind, "group", _is_acronym(self.doc[s:e].text))
            for (s, e), (entity, kind) in sorted(defined.items())
        ]
        found = []
        for match in Matcher(forms).find(self.doc):
            entries = sorted({f.entry for f in match.forms})
            form = match.forms[0]
            found.append(
                Mention(match.start, match.end, name_head(self.doc, match.start, match.end), form.kind, "definition",
                        "definition", form.entry if len(entries) == 1 else "")
            )  # fmt: skip
        return found

    # Known names

    def _known(
        self, matches: Sequence[Match], defined: dict[tuple[int, int], tuple[str, str]]
    ) -> list[Mention]:
        meanings = {fold(self.doc[s:e].text): entity for (s, e), (entity, _) in defined.items()}
        sure = {
            f.entry
            for m in matches
            if len({f.entry for f in m.forms}) == 1
            for f in m.forms
            if not f.ambiguous
        }
        found = []
        for match in matches:
            mention = self._known_mention(match, meanings, sure)
            if mention is not None:
                found.append(mention)
        return found

    def _known_mention(
        self, match: Match, meanings: dict[tuple[str, ...], str], sure: set[str]
    ) -> Mention | None:
        doc, span = self.doc, self.doc[match.start : match.end]
        forms = list(match.forms)
        if all(f.exact for f in forms) and _shouted(span):
            return None
        groups = [f for f in forms if f.sort == "group"]
        defined = meanings.get(fold(span.text))
        if groups:
            form, entity = self._resolve(groups, defined, sure, span)
            others = [f for f in forms if f.sort != "group"]
            if form is not None and (entity or not others):
                head = name_head(doc, match.start, match.end)
                entity = self.knowledge.national.get(entity, entity)
                mention = Mention(match.start, match.end, head, form.kind, "group/form", "group", entity)
                if form.kind in ("government", "state_force"):
                    codes = self.knowledge.countries_of(entity) if entity else []
                    if len(codes) == 1:
                        mention.attributes["country"] = codes[0]
                return mention
            forms = others
        if not forms:
            return None
        form = forms[0]
        if form.sort == "region":
            return self._region(match, form)
        return self._state_or_people(match, form)

    def _resolve(
        self, forms: list[Form], defined: str | None, sure: set[str], span: Any
    ) -> tuple[Form | None, str]:
        """The form meant and its entry, or '' where the document does not settle it."""
        if defined is not None:
            for form in forms:
                if form.entry == defined:
                    return form, form.entry
        entries = {f.entry for f in forms}
        if len(entries) == 1 and not any(f.ambiguous for f in forms):
            return forms[0], forms[0].entry
        year = _year_near(span)
        scored = []
        for form in forms:
            group = self.knowledge.groups[form.entry]
            score = 0.0
            if form.entry in sure:
                score += 3
            shared = sum(self.countries[c] for c in group.countries)
            score += (0.45 + 1.5 * shared / sum(self.countries.values())) if shared else 0.0
            related = {group.parent, group.merged_into, group.split_from, group.renamed_from} - {None}
            score += 1.0 * bool(related & sure)
            if year is not None and group.active:
                score += 0.5 if _active(group.active, year) else -1.0
            if not form.ambiguous:
                score += 0.5
            scored.append((score, form))
        scored.sort(key=lambda item: (-item[0], item[1].entry))
        best_score, best = scored[0]
        if best_score > 0.4 and (len(scored) == 1 or best_score > scored[1][0] + 0.01):
            return best, best.entry
        if len(entries) == 1 and best.exact and best_score <= 0:
            return None, ""
        kinds = {f.kind for f in forms}
        return (best, "") if len(kinds) == 1 or best_score > 0 else (None, "")

    def _region(self, match: Match, form: Form) -> Mention:
        codes = self.knowledge.countries_of(form.entry)
        attributes: dict[str, Any] = {"precision": "region"}
        if len(codes) == 1:
            attributes["country"] = codes[0]
        return Mention(
            match.start,
            match.end,
            name_head(self.doc, match.start, match.end),
            "place",
            "region",
            "region",
            form.entry,
            attributes=attributes,
        )

    def _state_or_people(self, match: Match, form: Form) -> Mention:
        doc = self.doc
        code = form.entry.rpartition("/")[2]
        head = name_head(doc, match.start, match.end)
        if form.sort == "country":
            attributes: dict[str, Any] = {
                "country": code,
                "precision": "country",
                "government": f"government/{code}",
            }
            return Mention(
                match.start,
                match.end,
                head,
                "place",
                "country/name",
                "country",
                form.entry,
                attributes=attributes,
            )
        if form.sort == "seat":
            return Mention(
                match.start,
                match.end,
                head,
                "government",
                "country/seat",
                "country",
                form.entry,
                attributes={"country": code},
            )
        if form.sort == "people":
            return Mention(match.start, match.end, head, "people", "people/name", "country", form.entry)
        adjective = form.sort == "adjective" and not self._is_noun(match.end - 1)
        if adjective:
            return Mention(match.start, match.end, head, "government", "country/adjective", "country", f"government/{code}",
                           attributes={"country": code, "adjective": True})  # fmt: skip
        kind = "people"
        if doc[head].tag_ in ("NN", "NNP") and not _is_plural_form(doc[head].text):
            kind = "person"
        return Mention(match.start, match.end, head, kind, "country/demonym", "country", f"people/{code}" if kind == "people" else "",
                       attributes={"country": code})  # fmt: skip

    def _is_noun(self, i: int) -> bool:
        doc = self.doc
        token = doc[i]
        if not doc.has_annotation("TAG"):
            return False
        if i + 1 < len(doc):
            after = doc[i + 1]
            if (
                after.tag_ in ("NN", "NNS", "NNP", "NNPS", "JJ", "VBG", "VBN", "HYPH", "CC", "CD")
                or after.text == "-"
            ):
                return False
        return token.tag_ in ("NN", "NNS", "NNP", "NNPS") or (
            i > 0 and doc[i - 1].lower_ in ("the", "a", "an", "one", "another")
        )

    # Unknown names

    def _unknown(
        self, names: list[Mention], defined: dict[tuple[int, int], tuple[str, str]]
    ) -> list[Mention]:
        doc = self.doc
        solid = [False] * len(doc)
        for name in names:
            firm = (
                name.source in ("definition", "group")
                or name.rule == "country/name"
                and name.end - name.start > 1
            )
            for i in range(name.start, name.end):
                solid[i] = solid[i] or firm
        model = list(model_entities(doc))
        found: list[Mention] = []
        settled: list[places.Place] = []
        for begin, stop in self.citations:
            solid[begin:stop] = [True] * (stop - begin)
        for start, end in capital_runs(doc, solid):
            if _shouted(doc[start:end]) and end - start > 1 or not doc[start:end].text.strip():
                continue
            found.extend(self._read_run(start, end, names, model, solid, settled))
        return found

    def _read_run(self, start: int, end: int, names: list[Mention], model: list[tuple[Any, str]], solid: list[bool],
                  settled: list[places.Place]) -> list[Mention]:  # fmt: skip
        doc = self.doc
        found: list[Mention] = []
        run = (start, end)
        inner = [n for n in names if start <= n.start and n.end <= end]
        person = persons_after_titles(doc, self.rules.titles, start, end)
        titled = person is not None and not any(n.start == person.start for n in inner)
        if person is not None and titled:
            found.append(person)
            end = min(end, person.start)
            while (
                end > start
                and self.rules.titles.before(doc, end)
                and self.rules.titles.before(doc, end)[0] >= start
            ):  # type: ignore[index]
                end = self.rules.titles.before(doc, end)[0]  # type: ignore[index]
            if end <= start:
                return found
        shapes = find_shapes(doc, self.rules.shapes, start, end, solid, self.adjectives)
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
            (e, k) for e, k in model if e.start < end and e.end > start and not any(solid[e.start : e.end])
        ]
        pieces = [(start, end)]
        if len(entities) > 1:
            pieces = [(max(e.start, start), min(e.end, end)) for e, _ in entities]
        for begin, stop in pieces:
            mention = self._classify(begin, stop, entities, settled, run, not titled)
            if mention is not None:
                found.append(mention)
        return found

    def _classify(
        self,
        start: int,
        end: int,
        entities: list[tuple[Any, str]],
        settled: list[places.Place],
        run: tuple[int, int],
        guessing: bool,
    ) -> Mention | None:
        doc = self.doc
        label = next(
            (k for e, k in entities if e.start < end and e.end > start and _within(doc, e, run)), None
        )
        text = doc[start:end].text
        before = doc[start - 1].lower_ if start else ""
        locative = before in _LOCATIVES or label == "place"
        words = [
            t
            for t in doc[start:end]
            if t.text[0].isalnum() and t.lower_ not in ("al", "ar", "el", "ad", "as", "at", "ash")
        ]
        words = words or [doc[start]]
        unsure = label in ("person", "organisation", "people") and (len(words) > 1 or before in _NOT_PLACE)
        opening = (
            label is None and len(words) == 1 and not locative and (start == 0 or doc[start].is_sent_start)
        )
        coded = (
            len(words) == 1
            and text.isupper()
            and len(text) <= 5
            or words[-1].text.isupper()
            and before != "in"
        )
        if all(self.rules.titles.at(doc, t.i, t.i + 1) for t in words):
            return None
        if not opening and not coded and (not unsure or before in ("in", "near", "at", "around", "outside")):
            place = places.choose(text, dict(self.countries), self._parent(end), None, tuple(settled))
            if place is not None and label in ("person", "organisation", "people"):
                least = (
                    1
                    if self._main_country(place.country) and before in _LOCATIVES | {"entered", "of"}
                    else 20_000
                )
                known = place.country in self.countries and place.population >= least
                place = place if known or (place.population >= 500_000 and label != "people") else None
            if place is not None and (
                locative or place.population >= 20_000 or self._main_country(place.country)
            ):
                settled.append(place)
                return self._placed(Mention(start, end, end - 1, "place", "gazetteer", "gazetteer"), place)
        if len(words) == 1 and self.rules.lexicon.at(doc, end - 1) is not None and label != "place":
            return None
        if label is not None:
            bounds = next(
                (e.start, e.end)
                for e, _ in entities
                if e.start < end and e.end > start and _within(doc, e, run)
            )
            if (
                bounds[0] < run[0]
                and start == run[0]
                and (doc[bounds[0]].lower_ in PARTICLES or doc[run[0] - 1].lower_ == "of")
            ):
                start = bounds[0]
            if bounds[1] > run[1] and end == run[1] and doc[run[1]].lower_ == "of":
                end = bounds[1]
            start, _ = strip_titles(doc, start, end, self.rules.titles)
            head = name_head(doc, start, end)
            return self._identify(Mention(start, end, head, label, f"model/{label}", "ner"), [])
        guess = kind_by_context(doc, start, end) if guessing else None
        if guess is None:
            return None
        start, _ = strip_titles(doc, start, end, self.rules.titles)
        return self._identify(Mention(start, end, name_head(doc, start, end), guess[0], guess[1], "run"), [])

    def _parent(self, end: int) -> str | None:
        """The country said just after a name ("Sarvan, Westmark" or "Milton, Ontario"), as an ISO code."""
        doc = self.doc
        if end + 1 >= len(doc) or doc[end].text not in (",", "("):
            return None
        for form in self.country_at.get(end + 1, ()):
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
        within = [n for n in names if mention.start <= n.start and n.end <= mention.end]
        states = sorted({c for n in within if (c := n.attributes.get("country"))})
        if mention.kind == "place":
            bare = re.sub(r"^(?:City|Province|State|Village|Town)\s+of\s+", "", text)
            words = bare.split()
            precision = places.DESIGNATORS.get(words[-1].lower()) if len(words) > 1 else None
            stem = " ".join(words[:-1]) if precision else bare
            place = places.choose(stem, dict(self.countries), self._parent(mention.end), precision)
            if place is not None:
                return self._placed(mention, place)
        elif mention.kind in ("state_force", "government") and len(states) == 1:
            last = doc[mention.head].text
            generic = {
                "Army",
                "Forces",
                "Military",
                "Government",
                "Police",
                "Armed",
                "Soldiers",
                "Authorities",
                "Regime",
                "Junta",
            }
            mention.attributes["country"] = states[0]
            if last in generic and mention.end - mention.start <= 4:
                mention.entity = f"{mention.kind}/{states[0]}"
                return mention
        if mention.kind != "person":
            mention.entity = f"{mention.kind}/{slug(text)}"
        return mention

    def _placed(self, mention: Mention, place: places.Place) -> Mention:
        """The mention with its place's id and attributes; a capital can stand for its government."""
        mention.entity, mention.attributes = place.id, place.attributes()
        if place.precision == "town" and places.capital_country(place.name) == place.country:
            mention.attributes["government"] = f"government/{place.country}"
        return mention

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

    def _standing(self, names: list[Mention], nominals: list[Mention]) -> list[Mention]:
        """Names that stay mentions of their own; adjectives inside a nominal are left to it only for output."""
        return names


_CITE = {"source", "sources", ":", "via", "the"}


def _citations(doc: Doc) -> list[tuple[int, int]]:
    """Token bounds of the citation blocks that layout found."""
    found = []
    for block in doc._.blocks or []:
        if block.kind == "citation":
            span = doc.char_span(block.start, block.end, alignment_mode="expand")
            if span is not None:
                found.append((span.start, span.end))
    return found


def _within(doc: Doc, entity: Any, run: tuple[int, int]) -> bool:
    """Whether a model entity stays in its run of capitals but for *of* and particles: others span two names."""
    outside = [t for t in entity if not run[0] <= t.i < run[1]]
    return all(t.lower_ in ("of", "the") or t.text[0].isupper() or t.lower_ in PARTICLES for t in outside)


def _is_acronym(text: str) -> bool:
    return " " not in text and sum(c.isupper() for c in text) >= 2


def _shouted(span: Any) -> bool:
    """Whether the words around are all capitals, so that case tells nothing."""
    doc = span.doc
    around = [
        t for t in doc[max(0, span.start - 4) : min(len(doc), span.end + 4)] if t.is_alpha and len(t.text) > 1
    ]
    return len(around) > 4 and all(t.text.isupper() for t in around)


def _year_near(span: Any) -> int | None:
    found = re.findall(
        r"\b(19[89]\d|20\d\d)\b",
        span.sent.text if span.doc.has_annotation("SENT_START") else span.doc.text[:0],
    )
    if found:
        return int(found[0])
    published = span.doc._.published
    return int(published[:4]) if published else None


def _active(interval: str, year: int) -> bool:
    start, _, end = interval.partition("/")
    first = re.match(r"\d{4}", start)
    last = re.match(r"\d{4}", end)
    return (first is None or int(first.group()) <= year) and (last is None or year <= int(last.group()))


def _is_plural_form(text: str) -> bool:
    return text.endswith("s") or text.endswith("men")
