"""Known names: forms of the knowledge base and what the document itself defines, each settled on one entry.

A form that several entries share, or that its entry calls ambiguous, is settled by the document: its own
definitions, its countries, its other actors and the year.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from spacy.tokens import Doc

from extractor.definitions import Definition, find_definitions
from extractor.knowledge import Form, Knowledge, Match, Matcher, fold, slug
from extractor.mentions import Mention, name_head, settle_names
from extractor.names import Shapes, find_shapes, model_entities
from extractor.places import lookup

_FIGHTERS = {
    "rebel", "rebels", "fighter", "fighters", "militant", "militants", "insurgent", "insurgents", "guerrilla",
    "guerrillas", "gunman", "gunmen", "militia", "militiaman", "militiamen", "terrorist", "terrorists", "jihadists",
    "paramilitaries", "bandits", "cadres",
}  # fmt: skip
_CITE = {"source", "sources", ":", "via", "the"}


class KnownNames:
    """The known names of one document.

    Args:
        doc: the document.
        knowledge: the knowledge base.
        shapes: forms of names, for the kind of what the document defines.

    `mentions` are the names found; `countries` maps ISO codes to how much the document speaks of them;
    `country_at` gives country forms by the token they start at; `adjectives` are tokens of adjectives of
    countries and peoples; `citations` token bounds of citation lines.
    """

    def __init__(self, doc: Doc, knowledge: Knowledge, shapes: Shapes) -> None:
        self.doc = doc
        self.knowledge = knowledge
        self.shapes = shapes
        self.countries: defaultdict[str, float] = defaultdict(float)
        self.country_at: dict[int, list[Form]] = {}
        self.adjectives: set[int] = set()
        self.citations = _citations(doc)
        self.definitions = find_definitions(doc)
        matches = knowledge.matcher.find(doc)
        self._count_countries(matches)
        defined = self._defined(matches)
        cited = self._cited(matches)
        names = [*self._known(matches, defined), *self._by_definition(defined)]
        self.mentions = settle_names([*cited, *(n for n in names if not self._in_citation(n))])

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

    def _defined(self, matches: Sequence[Match]) -> dict[tuple[int, int], tuple[str, str]]:
        """Token bounds of every defined name to (entity id, kind): that of the entry either name belongs
        to, else a new one."""
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
        """Whether an acronym that the knowledge base knows is defined here as one of that entry's names:
        "AMB" may stand for another body than the one known by it."""
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
        found = find_shapes(self.doc, self.shapes, start, end, [False] * len(self.doc))
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
                Mention(match.start, match.end, name_head(self.doc, match.start, match.end), form.kind,
                "definition",
                        "definition", form.entry if len(entries) == 1 else "")
            )  # fmt: skip
        return found

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
        if all(f.exact for f in forms) and is_shouted(span):
            return None
        groups = [f for f in forms if f.sort == "group"]
        defined = meanings.get(fold(span.text))
        if groups:
            form, entity = self._resolve(groups, defined, sure, span)
            others = [f for f in forms if f.sort != "group"]
            if form is not None and (entity or not others):
                if doc[match.start].lower_ == "the" and match.end - match.start > 1:
                    match.start += 1
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
        fighters = span.end < len(self.doc) and self.doc[span.end].lower_ in _FIGHTERS
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
            if fighters:
                score += 1.0 if form.kind == "armed_group" else -1.0
            scored.append((score, form))
        scored.sort(key=lambda item: (-item[0], item[1].entry))
        best_score, best = scored[0]
        if best_score > 0.4 and (len(scored) == 1 or best_score > scored[1][0] + 0.01):
            return best, best.entry
        lone = best.exact or bool(lookup(span.text))  # "Lima" is a town before it is a militia
        if len(entries) == 1 and lone and best_score <= 0:
            return None, ""
        if span.end - span.start == 1 and not best.exact and best.kind not in ("armed_group", "state_force"):
            return None, ""  # a common word such as "Congress" or "Nation"
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
            found = {"country": code, "adjective": True, "state": self.knowledge.countries[code].name}
            entity = f"government/{code}"
            rule = "country/adjective"
            return Mention(
                match.start, match.end, head, "government", rule, "country", entity, attributes=found
            )
        kind = "people"
        if doc[head].tag_ in ("NN", "NNP") and not _is_plural_form(doc[head].text):
            kind = "person"
        entity = f"people/{code}" if kind == "people" else ""
        rule = "country/demonym"
        return Mention(
            match.start, match.end, head, kind, rule, "country", entity, attributes={"country": code}
        )

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


def _citations(doc: Doc) -> list[tuple[int, int]]:
    """Token bounds of the citation blocks that layout found."""
    found = []
    for block in doc._.blocks or []:
        if block.kind == "citation":
            span = doc.char_span(block.start, block.end, alignment_mode="expand")
            if span is not None:
                found.append((span.start, span.end))
    return found


def _is_acronym(text: str) -> bool:
    return " " not in text and sum(c.isupper() for c in text) >= 2


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


def is_shouted(span: Any) -> bool:
    """Whether the words around are all capitals, so that case tells nothing."""
    doc = span.doc
    around = [
        t for t in doc[max(0, span.start - 4) : min(len(doc), span.end + 4)] if t.is_alpha and len(t.text) > 1
    ]
    return len(around) > 4 and all(t.text.isupper() for t in around)
