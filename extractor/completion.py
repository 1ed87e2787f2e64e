"""What an event takes from around its predicate: places, date, counts, sources.

Ownership is grammatical: from a place or a time expression one climbs the parse to the first event met on the
way; what no event owns goes to the events of the main clause.
"""

from __future__ import annotations

from typing import Any

from spacy.tokens import Doc, Span, Token

from extractor import schema
from extractor.arguments import Mentions
from extractor.casualties import INDEFINITE, CasualtyReader, Reading, countable
from extractor.frames import LOCATIVE, Candidate
from extractor.judge import Proposal, Weights
from extractor.schema import EventDate, Governor, Predication, Quantity, Timex

REPORTING_RELATIONS = {"complement"}
HARM_HOSTS = ("attack", "clash", "killing", "protest", "abuse", "operation", "kidnapping")
HOSTS = {
    "killed": HARM_HOSTS, "injured": HARM_HOSTS, "missing": HARM_HOSTS, "abducted": ("kidnapping", "attack"),
    "arrested": ("arrest",), "released": ("release",), "displaced": ("displacement",),
}  # fmt: skip
SEIZING = {"hostage", "captive", "take", "hold", "seize"}
LOOSE = {INDEFINITE, "vague/multiple"}
VICTIMS = {"killed", "injured", "abducted", "missing"}
MONEYED = ("support", "sanction", "kidnapping", "agreement", "verdict", "release")
FORCED = ("deployment", "withdrawal", "support", "operation", "agreement")
TROOPS = {"troops", "soldiers", "personnel", "mercenaries", "fighters", "forces", "peacekeepers", "trainers", "advisers",
          "advisors", "marines", "commandos", "officers", "policemen", "militiamen", "paratroopers", "instructors",
          "contractors", "reservists", "servicemen", "guards", "men"}  # fmt: skip
UNCOUNTED = {"effect", "merged", "including", "apposition"}
ANNOUNCING = {"announce", "say", "report", "state", "reveal", "confirm", "declare", "claim", "tell", "admit", "acknowledge",
              "disclose", "allege", "note", "add", "warn", "release", "publish", "show", "detail", "inform"}  # fmt: skip
OCCURRING = {"take", "occur", "happen", "conduct", "carry", "launch", "begin", "start", "hold", "erupt", "follow", "claim"}
TOLD_TOGETHER = {"attack", "clash", "killing", "arrest", "operation", "kidnapping", "territory", "displacement", "release"}
SPAN_KINDS = {"place": 2, "facility": 1}
PLACELESS = {"statement", "accusation", "claim", "denial", "threat", "sanction", "policy", "designation"}
UNNAMED = {"others", "other", "dozens", "hundreds", "scores", "thousands", "more", "rest", "one", "ones", "another"}
GENERIC_PLACES = {"town", "city", "village", "province", "region", "district", "state", "area", "capital", "island",
                  "county", "governorate", "department", "prefecture", "municipality", "oblast", "locality", "towns",
                  "cities", "villages", "provinces", "regions", "districts", "port", "neighbourhood", "neighborhood",
                  "commune", "canton", "township", "territory", "suburb", "valley"}  # fmt: skip
DATED_BY_CONTEXT = {"attack", "clash", "killing", "kidnapping", "arrest", "release", "coup", "territory", "withdrawal",
                    "operation", "resignation", "verdict", "deployment", "displacement", "claim", "prosecution", "accusation"}  # fmt: skip


class Completer:
    """Completes the events of one document, sentence by sentence in reading order.

    Args:
        doc: the document.
        mentions: its entity mentions.
        by_predicate: its predications by token index.
        reader: reads what counts mean.
    """

    def __init__(
        self, doc: Doc, mentions: Mentions, by_predicate: dict[int, Predication], reader: CasualtyReader
    ) -> None:  # fmt: skip
        self.doc = doc
        self.mentions = mentions
        self.by_predicate = by_predicate
        self.timexes: list[tuple[int, Timex]] = []
        self.extent: dict[int, tuple[int, int]] = {}
        for t in doc._.timexes or []:
            span = doc.char_span(t.start, t.end, alignment_mode="expand")
            if span is not None and t.edtf and t.type != "SET":
                self.timexes.append((span.root.i if span.root.i < span.end else span.start, t))
                self.extent[span.root.i] = (span.start, span.end)
        self.all_timexes = {i for i, _ in self.timexes}
        self.counts: dict[int, list[Quantity]] = {}
        for q in doc._.quantities or []:
            if q.noun is not None and q.unit == "count":
                self.counts.setdefault(q.noun, []).append(q)
            first = doc.char_span(q.number[0], q.number[1], alignment_mode="expand")
            if first is not None and q.unit == "count":
                for token in first:
                    if token.i != q.noun:
                        self.counts.setdefault(token.i, []).append(q)
        self.last_date: tuple[int, EventDate] | None = None  # (block start, date of the sentence before)
        self.last_sentence_end = -1
        self.text = doc.text
        self.reader = reader
        self._read: tuple[int, list[Reading]] = (-1, [])

    # ---- places -------------------------------------------------------------------------------------------

    def places(self, sentence: Span, events: list[Candidate]) -> dict[int, list[int]]:
        """Token heads of the places of each event, keyed by the event's predicate."""
        out: dict[int, list[int]] = {c.head: [f.head for f in c.by_role("place")] for c in events}
        taken = {f.head for c in events for f in c.fillers}
        owners = self._owners(events)
        loose: list[int] = []
        for head, span in self._place_mentions(sentence):
            if head in taken or any(head in heads for heads in out.values()) or not self._is_locative(span):
                continue
            owner = self._climb(head, owners)
            if owner is None:
                loose.append(head)
            elif owner.type not in PLACELESS:
                out[owner.head].append(head)
        placed = [c for c in events if c.type not in PLACELESS]
        if loose and placed:
            mains = [c for c in placed if not c.by_role("place") and c.predication.clause in ("main", "complement", "nominal")]
            for c in (mains or placed) if len(placed) > 1 else placed:
                if len(placed) == 1 or not out[c.head]:
                    out[c.head] += loose
        for c in events:
            out[c.head] = self._chain(out[c.head], sentence)
        for c in placed:
            if not out[c.head]:
                donor = next((d for d in placed if d is not c and out[d.head] and self._same_clause(c, d)), None)
                if donor is not None:
                    out[c.head] = list(out[donor.head])
        return out

    def _place_mentions(self, sentence: Span) -> list[tuple[int, Span]]:
        found = []
        for head, span in self.mentions.by_head.items():
            if sentence.start <= head < sentence.end and span.label_ in SPAN_KINDS:
                outer = self.mentions.inside.get(head)
                if outer is None or outer is span or (outer.start, outer.end) == (span.start, span.end):
                    found.append((head, span))
        return sorted(found, key=lambda pair: pair[0])

    def _is_locative(self, span: Span) -> bool:
        """Whether a place mention stands where a place is given: behind a locative preposition, or in apposition
        to one that does."""
        root = span.root
        for _ in range(3):
            if root.dep_ in ("appos", "conj", "npadvmod", "dep", "compound"):
                root = root.head
                continue
            break
        if root.dep_ == "pobj":
            prep = root.head.lower_
            return prep in LOCATIVE or (prep == "of" and root.head.head.lower_ in ("north", "south", "east", "west", "town",
                                        "city", "village", "province", "region", "capital", "district", "state"))  # fmt: skip
        return False

    def _chain(self, heads: list[int], sentence: Span) -> list[int]:
        """Add the places that follow one of these after a comma or inside brackets ("Tongo Tongo, Niger"), finest
        first as news writes them."""
        out: list[int] = []
        known = dict(self._place_mentions(sentence))
        for head in heads:
            if head not in out:
                out.append(head)
            span = known.get(head)
            while span is not None and span.end + 1 < sentence.end and self.doc[span.end].text in (",", "("):
                follow = self.mentions.inside.get(span.end + 1)
                if follow is None or follow.label_ != "place" or follow.root.i in out:
                    break
                if follow.end < sentence.end and self.doc[follow.end].text not in (",", ")", ".", ";", "—", "–"):
                    break
                out.append(follow.root.i)
                span = follow
        return out

    def _same_clause(self, one: Candidate, other: Candidate) -> bool:
        """Whether two events stand in one chain of coordinate or participle clauses."""
        a, b = self.doc[one.head], self.doc[other.head]
        for token, goal in ((a, b), (b, a)):
            for _ in range(3):
                if token.head == token:
                    break
                if token.dep_ not in ("conj", "advcl", "xcomp", "dobj", "acl", "pcomp", "prep"):
                    break
                token = token.head
                if token == goal:
                    return True
        return False

    # ---- ownership ----------------------------------------------------------------------------------------

    def _owners(self, events: list[Candidate]) -> dict[int, Candidate]:
        owners: dict[int, Candidate] = {}
        for c in events:
            for part in [*c.absorbed, c]:
                for i in part.trigger:
                    owners[i] = c
                owners[part.head] = c
                if part.predication.light is not None:
                    owners.setdefault(part.predication.light, c)
        for c in events:
            for f in c.fillers:
                owners.setdefault(f.head, c)
        return owners

    def _climb(self, index: int, owners: dict[int, Candidate]) -> Candidate | None:
        token: Token = self.doc[index]
        for _ in range(12):
            if token.head == token:
                return owners.get(token.i)
            token = token.head
            if token.i in owners:
                return owners[token.i]
            if token.pos_ in ("VERB", "AUX") and not (
                token.dep_ == "acl" or (token.dep_ == "relcl" and token.lemma_ in OCCURRING)
            ):
                return None
        return None

    # ---- dates --------------------------------------------------------------------------------------------

    def dates(self, sentence: Span, events: list[Candidate], modal: dict[int, str]) -> dict[int, EventDate | None]:
        """The date of each event, keyed by its predicate: its own clause first, then a linked clause or the
        opening of the sentence, then the sentence before."""
        out: dict[int, EventDate | None] = {c.head: None for c in events}
        owners = self._owners(events)
        here = [(i, t) for i, t in self.timexes if sentence.start <= i < sentence.end]
        free: list[tuple[int, Timex]] = []
        for i, t in here:
            owner = self._named_by(i, owners)
            if owner is None and not self._opens(i, sentence):
                owner = self._climb(i, owners)
            if owner is None:
                free.append((i, t))
            elif out[owner.head] is None:
                out[owner.head] = self._date(t, "explicit")
        for c in events:
            if out[c.head] is None and free:
                out[c.head] = self._free_date(c, free, sentence, modal.get(c.head, "actual"), len(events))
        for c in events:
            if out[c.head] is None:
                donor = next((d for d in events if out[d.head] and d is not c and self._shares_time(c, d)), None)
                if donor is not None:
                    date = out[donor.head]
                    assert date is not None
                    out[c.head] = date.model_copy(update={"basis": date.basis if self._same_clause(c, donor) else "context"})
        self._context(sentence, events, out, bool(here), modal)
        return out

    def _named_by(self, i: int, owners: dict[int, Candidate]) -> Candidate | None:
        """The event noun a time expression stands before as a modifier ("the October 4, 2017, IS attack")."""
        end = self.extent.get(i, (i, i + 1))[1]
        start = self.extent.get(i, (i, i + 1))[0]
        if start == 0 or self.doc[start - 1].tag_ == "IN":
            return None
        for j in range(end, min(end + 6, len(self.doc))):
            token = self.doc[j]
            if j in owners and owners[j].predication.kind == "noun" and j in (owners[j].head, *owners[j].trigger):
                return owners[j]
            if token.text not in (",", "-", "’s", "'s") and not token.tag_.startswith(("NN", "JJ", "HYPH", "POS", "VBN")):
                return None
        return None

    def _opens(self, i: int, sentence: Span) -> bool:
        """Whether a time expression opens the sentence or, between commas, a clause ("Despite X, on July 10, Y")."""
        start, end = self.extent.get(i, (i, i + 1))
        before = start - 1
        if before >= sentence.start and self.doc[before].tag_ in ("IN", "DT"):
            before -= 1
        if before >= sentence.start and self.doc[before].tag_ in ("IN", "RB"):
            before -= 1
        if before < sentence.start + 2:
            return True
        return end < sentence.end and self.doc[before].text in (",", "—", "and", "that") and self.doc[end].text == ","

    def _free_date(
        self, c: Candidate, free: list[tuple[int, Timex]], sentence: Span, modality: str, events: int
    ) -> EventDate | None:
        """A time expression that hangs on no event: with a verb of saying above this one it dates the announcement
        (approximate for what is done, nothing for what is planned); opening the sentence or a clause it dates what
        follows there."""
        bare_noun = c.predication.kind == "noun" and c.predication.light is None
        for i, t in free:
            opens = self._opens(i, sentence)
            verb = self._next_verb(i, sentence) if opens else self._verb_above(i)
            governor = next((g for g in c.predication.governors if g.predicate == verb), None)
            if governor is not None and governor.relation == "complement" and not bare_noun and self._announces(governor):
                if modality in ("planned", "threatened", "conditional"):
                    continue
                date = self._date(t, "explicit")
                if not date.value.endswith("~") and "/" not in date.value:
                    date = date.model_copy(update={"value": date.value + "~"})
                return date
            if opens:
                if c.head < i or c.predication.clause in ("relative", "reduced_relative") or "have" in self._auxiliaries(c):
                    continue
                if bare_noun and events > 1 and (governor is None or governor.relation != "complement"):
                    continue
                return self._date(t, "explicit")
            if governor is not None or events == 1 or verb is None:
                return self._date(t, "explicit")
            if c.head < i and not bare_noun and self._closes(i, sentence) and c.predication.clause == "main":
                return self._date(t, "explicit")
        return None

    def _announces(self, governor: Governor) -> bool:
        return governor.lemma.split(" ")[0] in ANNOUNCING

    def _closes(self, i: int, sentence: Span) -> bool:
        """Whether a time expression is the last thing its sentence says."""
        return all(t.is_punct or t.is_space for t in self.doc[self.extent.get(i, (i, i + 1))[1] : sentence.end])

    def _auxiliaries(self, c: Candidate) -> set[str]:
        """Lemmas of the past-perfect auxiliary: "had killed" lies before the time the sentence opens with."""
        return {t.lemma_ for t in self.doc[c.head].children if t.dep_ in ("aux",) and t.tag_ == "VBD"}

    def _next_verb(self, i: int, sentence: Span) -> int | None:
        """The first main verb after an opening time expression."""
        for j in range(i + 1, sentence.end):
            token = self.doc[j]
            if token.tag_ in ("VBD", "VBZ", "VBP", "VBN") and token.dep_ not in ("aux", "auxpass", "relcl", "acl", "amod"):
                return j
        return None

    def _verb_above(self, index: int) -> int | None:
        token = self.doc[index]
        while token.head != token:
            token = token.head
            if token.pos_ in ("VERB", "AUX"):
                return token.i
        return token.i if token.pos_ in ("VERB", "AUX") else None

    def _shares_time(self, c: Candidate, donor: Candidate) -> bool:
        if c.type in TOLD_TOGETHER and donor.type in TOLD_TOGETHER and donor.head < c.head and c.predication.kind == "verb" and (
            c.predication.clause == "main" and donor.predication.clause in ("main", "nominal")
        ):
            return True
        if c.predication.kind == "noun" and c.predication.light is None and not c.by_role("actor", "target", "party"):
            return False
        return self._same_clause(c, donor)

    def _context(
        self, sentence: Span, events: list[Candidate], out: dict[int, EventDate | None], has_timex: bool,
        modal: dict[int, str],
    ) -> None:  # fmt: skip
        """Carry the date of the sentence before over to an event that plainly goes on with the same story."""
        block = self._block(sentence.start_char)
        if self.last_date is not None and self.last_date[0] == block and not has_timex:
            for c in events:
                if out[c.head] is None and c.type in DATED_BY_CONTEXT and modal.get(c.head, "actual") == "actual" and (
                    self._goes_on(c)
                ):
                    out[c.head] = self.last_date[1].model_copy(update={"basis": "context"})
        dated = [out[c.head] for c in events if out[c.head] is not None]
        if dated and dated[0] is not None and modal.get(events[0].head, "actual") == "actual":
            self.last_date = (block, dated[0])
        elif has_timex or events:
            self.last_date = None if has_timex else self.last_date

    def _goes_on(self, c: Candidate) -> bool:
        """Whether the event's participants point back: a pronoun, "the men", "the attackers"."""
        p = c.predication
        if p.tense != "past" and p.clause not in ("participle", "nominal"):
            return False
        if p.kind == "noun" and p.light is None:
            return any(t.lower_ in ("the", "this", "that") for t in self.doc[c.head].lefts)
        for f in c.by_role("actor", "target", "party"):
            span = self.mentions.at(f.head)
            first = self.doc[span.start] if span is not None else self.doc[f.head]
            lefts = {t.lower_ for t in self.doc[f.head].lefts} | {self.doc[first.i - 1].lower_ if first.i else ""}
            if self.doc[f.head].tag_ == "PRP" or (span is not None and span._.refers_to):
                return True
            if lefts & {"the", "these", "those", "their"} and (span is None or span._.mention == "nominal"):
                return True
        return False

    def _block(self, offset: int) -> int:
        return next((b.start for b in self.doc._.blocks or [] if b.start <= offset < b.end), -1)

    def _date(self, t: Timex, basis: str) -> EventDate:
        value = (t.edtf or "").split("T")[0]
        anchor = None
        if t.anchor is not None:
            anchor = schema.Span(text=self.text[t.anchor[0] : t.anchor[1]], start=t.anchor[0], end=t.anchor[1])
        return EventDate(
            value=value, earliest=t.earliest, latest=t.latest, basis=basis,  # type: ignore[arg-type]
            span=schema.Span(text=t.text, start=t.start, end=t.end), anchor=anchor,
        )  # fmt: skip

    # ---- counts, arguments, sources -----------------------------------------------------------------------

    def quantities(self, c: Candidate, events: list[Candidate]) -> list[schema.QuantityRecord]:
        """Counts of the event and of what was merged into it: what the words beside a count say, then what the
        frames say of their fillers, troops, attacks and money.

        Args:
            c: the event.
            events: every event of its sentence.
        """
        readings = self._readings(self._sentence_of(c))
        read: dict[int, set[str]] = {}
        for r in readings:
            read.setdefault(r.quantity.start, set()).add(r.measure)
        found = [(r.measure, r.quantity) for r in readings if self._carrier(r, events, readings) is c]
        for measure, q, told in self._framed(c):
            means = read.get(q.start)
            if means is None or told or (measure in means and not any(r.quantity is q and self._carrier(r, events, readings) for r in readings)):
                found.append((measure, q))
        if c.type in MONEYED:
            found += [("money", q) for q in self._money(c, events)]
        out: list[schema.QuantityRecord] = []
        seen: set[tuple[str, int]] = set()
        for measure, q in found:
            if q.part or (measure, q.start) in seen:
                continue
            if (q.rule == INDEFINITE and measure not in VICTIMS) or (measure != "attacks" and not countable(self.doc, q)):
                continue
            seen.add((measure, q.start))
            out.append(
                schema.QuantityRecord(
                    measure=measure, min=q.min, max=q.max, approximate=q.approximate,  # type: ignore[arg-type]
                    span=schema.Span(text=q.text, start=q.start, end=q.end),
                )  # fmt: skip
            )
        return sorted(out, key=lambda r: r.span.start)

    def _readings(self, sentence: Span) -> list[Reading]:
        if self._read[0] != sentence.start:
            inside = [q for q in self.doc._.quantities or [] if sentence.start_char <= q.start < sentence.end_char]
            self._read = (sentence.start, self.reader.read(self.doc, sentence.start, sentence.end, inside) if inside else [])
        return self._read[1]

    def _carrier(self, reading: Reading, events: list[Candidate], readings: list[Reading]) -> Candidate | None:
        """The event a count belongs to: the one told by the word that gives it its meaning, else the event of a
        fitting type that other counts of the sentence belong to, else the nearest."""
        words = {id(e): {i for part in [e, *flatten(e.absorbed)] for i in (part.head, *part.trigger)} for e in events}
        for e in events:
            if reading.word in words[id(e)]:
                return e
        hosts = [e for e in events if e.type in HOSTS.get(reading.measure, ())]
        if reading.measure == "abducted" and self.doc[reading.word].lemma_.lower() not in SEIZING:
            hosts = []
        if not hosts:
            return None
        others = {r.word for r in readings if r is not reading}
        rank = HOSTS[reading.measure]
        return min(hosts, key=lambda e: (not (words[id(e)] & others), rank.index(e.type) >= 3, abs(e.head - reading.word)))

    def _framed(self, c: Candidate) -> list[tuple[str, Quantity, bool]]:
        """Counts of fillers under the measure the frame gives the role, and whether a relative clause told it of
        them ("rescued five students who were *kidnapped*")."""
        found: list[tuple[str, Quantity, bool]] = []
        for part in [c, *flatten(c.absorbed)]:
            for role, measure in part.frame.measure.items():
                if measure == "killed" and part.type in ("attack", "clash"):
                    continue  # what is attacked is not thereby killed
                if role == "trigger":
                    found += [(measure, q, False) for q in self.counts.get(part.head, [])]
                for f in part.by_role(role):
                    if f.route not in UNCOUNTED:
                        found += [(measure, q, f.route == "relative") for q in self.counts.get(f.head, [])]
            if part.type == "attack" and self.doc[part.head].tag_.startswith("NN"):
                found += [("attacks", q, False) for q in self.counts.get(part.head, []) if q.rule not in LOOSE]
        if c.type in FORCED:
            for f in c.fillers:
                if self.doc[f.head].lower_ in TROOPS:
                    found += [("troops", q, False) for q in self.counts.get(f.head, [])]
        if c.type == "attack":
            owners = self._owners([c])
            for i, counts in self.counts.items():
                if self.doc[i].lower_ in ("occasions", "occasion") and self._climb(i, owners) is c:
                    found += [("attacks", q, False) for q in counts]
        return found

    def _money(self, c: Candidate, events: list[Candidate]) -> list[Quantity]:
        """Amounts of money the event owns; in a sentence with one event that can have them, all."""
        sentence = self._sentence_of(c)
        owners = self._owners([c])
        alone = sum(e.type in MONEYED for e in events) == 1
        found: list[Quantity] = []
        for q in self.doc._.quantities or []:
            if q.unit != "money" or not sentence.start_char <= q.start < sentence.end_char:
                continue
            span = self.doc.char_span(q.start, q.end, alignment_mode="expand")
            if span is None:
                continue
            before = self.text[sentence.start_char : q.start]
            if found and before.count("(") > before.count(")"):
                continue  # the same sum in another currency
            if alone or span.root.i in owners or self._climb(span.root.i, owners) is c:
                found.append(q)
        return found

    def _sentence_of(self, c: Candidate) -> Span:
        return self.doc[c.head].sent

    def arguments(self, c: Candidate, places: list[int]) -> list[schema.Argument]:
        """The event's arguments: participants in reading order, then places finest first."""
        out: list[schema.Argument] = []
        seen: set[tuple[str, int]] = set()
        fillers = sorted((f for f in c.fillers if f.role != "place"), key=lambda f: f.head)
        for role, head in [*((f.role, f.head) for f in fillers), *(("place", h) for h in places)]:
            argument = self.argument(role, head)
            if argument is None or (role, argument.start) in seen:
                continue
            if role == "place" and any(
                a.start == argument.start or (a.role == "place" and a.entity and a.entity == argument.entity) for a in out
            ):
                continue
            seen.add((role, argument.start))
            out.append(argument)
        return out

    def judged(self, proposals: list[Proposal], weights: Weights) -> list[schema.Argument]:
        """The arguments the judge accepts: each mention in its likeliest role."""
        best: dict[int, tuple[float, Proposal]] = {}
        for p in proposals:
            sure = weights.probability(p.features)
            if sure >= weights.threshold and (p.head not in best or sure > best[p.head][0]):
                best[p.head] = (sure, p)
        chosen = sorted((p for _, p in best.values()), key=lambda p: (p.role == "place", p.head))
        out: list[schema.Argument] = []
        for p in chosen:
            argument = self.argument(p.role, p.head)
            if argument is not None and not any(
                (a.start, a.end) == (argument.start, argument.end)
                or (a.role == argument.role and a.entity is not None and a.entity == argument.entity and a.text == argument.text)
                for a in out
            ):
                out.append(argument)
        return out

    def training_row(self, event: schema.Event, features: list[str], proposals: list[Proposal]) -> dict[str, Any]:
        """What the judge's training needs of one event: the record, its features and every proposal."""
        rows = []
        for p in proposals:
            argument = self.argument(p.role, p.head)
            if argument is not None:
                rows.append({"argument": argument.model_dump(), "head": p.head, "rule": p.rule, "features": p.features})
        return {"event": event.model_dump(), "features": features, "proposals": rows}

    def argument(self, role: str, head: int) -> schema.Argument | None:
        span = self.mentions.phrase(head)
        token = self.doc[head]
        if not span.text.strip() or token.tag_ == "CD" or token.lower_ in UNNAMED:
            return None
        mention = self._named_here(self.mentions.at(head))
        if mention is not None:
            span = bare_place(mention) if mention.label_ == "place" else mention
        kind: str | None = mention.label_ if mention is not None else self.mentions.kind(head)
        entity = mention.kb_id_ or None if mention is not None else None
        if mention is not None and role != "place" and kind == "place":
            government = (mention._.attributes or {}).get("government")
            if government:
                kind, entity = "government", government
        return schema.Argument(
            role=role, text=span.text, start=span.start_char, end=span.end_char, kind=kind,  # type: ignore[arg-type]
            entity=entity, refers_to=mention._.refers_to if mention is not None else None,
        )  # fmt: skip

    def _named_here(self, mention: Span | None) -> Span | None:
        """What a pronoun stands for, where its own sentence names it ("Keita said he would resign"); else itself."""
        if mention is None or mention._.mention != "pronoun":
            return mention
        antecedent = (mention._.attributes or {}).get("antecedent")
        if antecedent is None or not mention.sent.start_char <= antecedent[0] < mention.sent.end_char:
            return mention
        named = next((s for s in self.mentions.by_head.values() if s.start_char == antecedent[0]), None)
        return mention if named is None else named

    def attribution(self, head: int) -> schema.Attribution:
        span = self.mentions.phrase(head)
        mention = self.mentions.at(head)
        entity = (mention.kb_id_ or None) if mention is not None else None
        return schema.Attribution(text=span.text, start=span.start_char, end=span.end_char, entity=entity)

    def sources(self, sentence: Span) -> list[schema.Span]:
        """Outlets of the citation line that documents the sentence's paragraph."""
        following = [b for b in self.doc._.blocks or [] if b.start > sentence.start_char]
        if not following or following[0].kind != "citation":
            return []
        block = following[0]
        return [
            schema.Span(text=s.text, start=s.start_char, end=s.end_char)
            for s in self.doc.spans.get("outlets", [])
            if block.start <= s.start_char < block.end
        ]


def bare_place(span: Span) -> Span:
    """A named place without the generic word before it: "town of *Tel Tamer*", "Iraqi city of *Mosul*"."""
    for i in range(span.start, span.end - 2):
        if span.doc[i].lower_ in GENERIC_PLACES and span.doc[i + 1].lower_ == "of" and span.doc[i + 2].is_title:
            return span.doc[i + 2 : span.end]
    return span


def flatten(candidates: list[Candidate]) -> list[Candidate]:
    out = []
    for c in candidates:
        out += [c, *flatten(c.absorbed)]
    return out
