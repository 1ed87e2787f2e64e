"""What an event takes from around its predicate: places, counts, arguments, sources.

Ownership is grammatical: from a place one climbs the parse to the first event met on the
way; what no event owns goes to the events of the main clause.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Any

from spacy.tokens import Doc, Span

from extractor import schema
from extractor.arguments import BODIES, Mentions
from extractor.casualties import COLLECTIVE, INDEFINITE, CasualtyReader, Reading, countable
from extractor.frames import LOCATIVE, VEHICLES, Candidate, Filler
from extractor.judge import Proposal, Weights
from extractor.ownership import climb, owners_of, same_clause, told_of_a_participant
from extractor.schema import Predication, Quantity

HARM_HOSTS = ("attack", "clash", "killing", "protest", "abuse", "operation", "kidnapping")
HOSTS = {
    "killed": HARM_HOSTS, "injured": HARM_HOSTS, "missing": HARM_HOSTS, "abducted": ("kidnapping", "attack"),
    "arrested": ("arrest",), "released": ("release",), "displaced": ("displacement",),
}  # fmt: skip
SEIZING = {"hostage", "captive", "take", "hold", "seize"}
LOOSE = {INDEFINITE, "vague/multiple"}
VICTIMS = {"killed", "injured", "abducted", "missing", "arrested"}
LIFELESS = {"facility", "place", "weapon"}
MONEYED = ("support", "sanction", "kidnapping", "agreement", "verdict", "release")
FORCED = ("deployment", "withdrawal", "support", "operation", "agreement")
TROOPS = {"troops", "soldiers", "personnel", "mercenaries", "fighters", "forces", "peacekeepers", "trainers", "advisers",
          "advisors", "marines", "commandos", "officers", "policemen", "militiamen", "paratroopers", "instructors",
          "contractors", "reservists", "servicemen", "guards", "men"}  # fmt: skip
UNCOUNTED = {"effect", "merged", "including", "apposition"}
SPAN_KINDS = {"place": 2, "facility": 1}
PLACELESS = {"statement", "accusation", "claim", "denial", "threat", "sanction", "policy", "designation"}
UNNAMED = {
    "others",
    "other",
    "dozens",
    "hundreds",
    "scores",
    "thousands",
    "more",
    "rest",
    "one",
    "ones",
    "another",
    "those",
    "lives",
    "injuries",
    "wounds",
}
CUSTODY = {"prison", "jail", "custody"}  # "ten years in prison" is no place
GENERIC_PLACES = {"town", "city", "village", "province", "region", "district", "state", "area", "capital", "island",
                  "county", "governorate", "department", "prefecture", "municipality", "oblast", "locality", "towns",
                  "cities", "villages", "provinces", "regions", "districts", "port", "neighbourhood", "neighborhood",
                  "commune", "canton", "nation", "country", "township", "territory", "suburb", "valley"}  # fmt: skip


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
        self.counts: dict[int, list[Quantity]] = {}
        self.amounts = sorted(doc._.quantities or [], key=lambda q: q.start)
        for q in self.amounts:
            if q.noun is not None and q.unit == "count":
                self.counts.setdefault(q.noun, []).append(q)
            first = doc.char_span(q.number[0], q.number[1], alignment_mode="expand")
            if first is not None and q.unit == "count":
                for token in first:
                    if token.i != q.noun:
                        self.counts.setdefault(token.i, []).append(q)
            elif first is not None and doc[first.end : first.end + 1].text.lower() == "times":
                self.counts.setdefault(first.end, []).append(q)  # "struck 11 times"
        self.text = doc.text  # slow to build
        self.reader = reader
        self._read: tuple[int, list[Reading]] = (-1, [])

    # ---- places -------------------------------------------------------------------------------------------

    def places(self, sentence: Span, events: list[Candidate]) -> dict[int, list[int]]:
        """Token heads of the places of each event, keyed by the event's predicate."""
        out: dict[int, list[int]] = {c.head: [f.head for f in c.by_role("place")] for c in events}
        taken = {f.head for c in events for f in c.fillers}
        owners = owners_of(events)
        loose: list[int] = []
        for head, span in self._place_mentions(sentence):
            if head in taken or any(head in heads for heads in out.values()) or not self._is_locative(span):
                continue
            if any(above.lower_ == "born" for above in self.doc[head].ancestors):
                continue
            owner = climb(self.doc, head, owners)
            if owner is None:
                if not told_of_a_participant(self.doc, head, owners):
                    loose.append(head)
            elif owner.type not in PLACELESS:
                out[owner.head].append(head)
        placed = [c for c in events if c.type not in PLACELESS]
        if loose and placed:
            mains = [
                c
                for c in placed
                if not c.by_role("place") and c.predication.clause in ("main", "complement", "nominal")
            ]
            for c in (mains or placed) if len(placed) > 1 else placed:
                if len(placed) == 1 or not out[c.head]:
                    out[c.head] += loose
        for c in events:
            attacked = [f.head for f in c.by_role("target") if c.type == "attack" and self._is_place(f.head)]
            out[c.head] = self._chain(self._listed(attacked + out[c.head], taken), sentence)
        for c in placed:
            if not out[c.head]:
                donor = next(
                    (d for d in placed if d is not c and out[d.head] and same_clause(self.doc, c, d)), None
                )
                if donor is not None:
                    out[c.head] = list(out[donor.head])
        return out

    def _place_mentions(self, sentence: Span) -> list[tuple[int, Span]]:
        found = []
        for head in self.mentions.within(sentence):
            span = self.mentions.by_head[head]
            if span.label_ in SPAN_KINDS and self.doc[head].lemma_.lower() not in VEHICLES:
                outer = self.mentions.inside.get(head)
                if outer is None or outer is span or (outer.start, outer.end) == (span.start, span.end):
                    found.append((head, span))
        return found

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

    def _is_place(self, head: int) -> bool:
        """Whether a mention names a place smaller than a country: if it is attacked, it is also where."""
        mention = self.mentions.by_head.get(head)
        if mention is None or mention.label_ != "place" or (mention._.attributes or {}).get("government"):
            return False
        return bare_place(mention)[-1].tag_ == "NNP"

    def _listed(self, heads: list[int], taken: set[int]) -> list[int]:
        """Add the places that stand in one list with these: "the towns of Kiwanja *and Rutshuru*"."""
        out: list[int] = []
        for head in [inner for given in heads for inner in self._members(given)]:
            for other in self.mentions.series(head):
                subject = self.doc[other].dep_ in ("nsubj", "nsubjpass", "dobj")
                if other not in out and (other == head or not (other in taken or subject)):
                    out.append(other)
        return out

    def _members(self, head: int) -> list[int]:
        """The names that one generic word introduces ("the villages of *Kiwanja* and *Rutshuru*"), else the place."""
        span = self.mentions.by_head.get(head)
        if span is None or bare_place(span) is span:
            return [head]
        inner = [
            h for h, s in self.mentions.by_head.items()
            if s.label_ == "place" and s._.mention == "name" and span.start < s.start and s.end <= span.end
        ]  # fmt: skip
        return sorted(inner) if len(inner) > 1 else [head]

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
                if follow.end < sentence.end and self.doc[follow.end].text not in (
                    ",",
                    ")",
                    ".",
                    ";",
                    "—",
                    "–",
                ):
                    break
                out.append(follow.root.i)
                span = follow
        return out

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
            if (
                means is None
                or told
                or (
                    measure in means
                    and not any(r.quantity is q and self._carrier(r, events, readings) for r in readings)
                )
            ):
                found.append((measure, q))
        if c.type in MONEYED:
            found += [("money", q) for q in self._money(c, events)]
        out: list[schema.QuantityRecord] = []
        seen: set[tuple[str, int]] = set()
        for measure, q in found:
            if q.part or (measure, q.start) in seen:
                continue
            if (q.rule == INDEFINITE and measure not in VICTIMS) or (
                measure != "attacks" and not countable(self.doc, q)
            ):
                continue
            if measure in VICTIMS and q.noun is not None and self.mentions.kind(q.noun) in LIFELESS:
                continue
            seen.add((measure, q.start))
            out.append(
                schema.QuantityRecord(
                    measure=measure,  # type: ignore[arg-type]
                    min=q.min,
                    max=q.max,
                    approximate=q.approximate,
                    span=schema.Span(text=q.text, start=q.start, end=q.end),
                )
            )
        return sorted(out, key=lambda r: r.span.start)

    def _readings(self, sentence: Span) -> list[Reading]:
        if self._read[0] != sentence.start:
            first = bisect_left(self.amounts, sentence.start_char, key=lambda q: q.start)
            last = bisect_left(self.amounts, sentence.end_char, key=lambda q: q.start)
            inside = self.amounts[first:last]
            self._read = (
                sentence.start,
                self.reader.read(self.doc, sentence.start, sentence.end, inside) if inside else [],
            )
        return self._read[1]

    def _carrier(
        self, reading: Reading, events: list[Candidate], readings: list[Reading]
    ) -> Candidate | None:
        """The event a count belongs to: the one told by the word that gives it its meaning, else the event of a
        fitting type that other counts of the sentence belong to, else the nearest."""
        words = {
            id(e): {i for part in [e, *flatten(e.absorbed)] for i in (part.head, *part.trigger)}
            for e in events
        }
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
        return min(
            hosts,
            key=lambda e: (not (words[id(e)] & others), rank.index(e.type) >= 3, abs(e.head - reading.word)),
        )

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
                        found += [(measure, q, f.route == "relative") for q in self._counts_of(f.head)]
            if part.type == "attack" and self.doc[part.head].tag_.startswith("NN"):
                found += [
                    ("attacks", q, False) for q in self.counts.get(part.head, []) if q.rule not in LOOSE
                ]
        if c.type in FORCED:
            for f in c.fillers:
                for i in self._manned(f.head):
                    found += [("troops", q, False) for q in self.counts.get(i, [])]
        if c.type == "attack":
            owners = owners_of([c])
            for token in self.doc[c.head].sent:
                if (
                    token.lower_ in ("occasions", "occasion", "times")
                    and climb(self.doc, token.i, owners) is c
                ):
                    found += [("attacks", q, False) for q in self.counts.get(token.i, [])]
        return found

    def _manned(self, head: int) -> list[int]:
        """Where the number of troops stands: at "*800* troops", "a battalion of *800* men", "a *1,200*-strong force"."""
        doc = self.doc
        found = [head] if doc[head].lower_ in TROOPS else []
        for prep in doc[head].rights:
            if prep.lower_ == "of" and doc[head].lemma_.lower() in COLLECTIVE:
                men = [t for t in prep.children if t.dep_ == "pobj" and t.lower_ in TROOPS]
                found += [t.i for t in men if not any(c.dep_ == "det" for c in t.children)]
        for word in doc[max(doc[head].sent.start, head - 4) : head]:
            if (
                word.lower_ in ("strong", "man", "member")
                and word.i > 1
                and doc[word.i - 1].text in ("-", "–")
            ):
                found.append(word.i - 2)
        return found

    def _counts_of(self, head: int) -> list[Quantity]:
        """The counts of a noun; of "one of the five raiders", not the five."""
        prep = self.doc[head].head
        counts = self.counts.get(head, [])
        if self.doc[head].lemma_.lower() in (
            "body",
            "corpse",
            "life",
            "remains",
        ):  # "the bodies of 29 people"
            told = [c for p in self.doc[head].rights if p.lower_ == "of" for c in p.children]
            counts = counts or [q for t in told for q in self.counts.get(t.i, [])]
        if self.doc[head].dep_ != "pobj" or prep.lower_ != "of" or prep.head.tag_ != "CD":
            return counts
        return [q for q in counts if q.start < self.doc[prep.i].idx]

    def _money(self, c: Candidate, events: list[Candidate]) -> list[Quantity]:
        """Amounts of money the event owns; in a sentence with one event that can have them, all."""
        sentence = self._sentence_of(c)
        owners = owners_of([c])
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
            if alone or span.root.i in owners or climb(self.doc, span.root.i, owners) is c:
                found.append(q)
        return found

    def _sentence_of(self, c: Candidate) -> Span:
        return self.doc[c.head].sent

    def arguments(self, c: Candidate, places: list[int]) -> list[schema.Argument]:
        """The event's arguments: participants in reading order, then places finest first."""
        out: list[schema.Argument] = []
        seen: set[tuple[str, int]] = set()
        fillers = sorted(
            (f for f in c.fillers if f.role != "place" and not self._part(f, c)), key=lambda f: f.head
        )
        for role, head in [*((f.role, f.head) for f in fillers), *(("place", h) for h in places)]:
            argument = self.argument(role, head)
            if argument is None or (role, argument.start) in seen:
                continue
            if role == "place" and any(
                (a.start == argument.start and not (a.role == "target" and self._is_place(head)))
                or (a.role == "place" and a.entity and a.entity == argument.entity)
                for a in out
            ):
                continue
            seen.add((role, argument.start))
            out.append(argument)
        return out

    def _part(self, filler: Filler, c: Candidate) -> bool:
        """Whether somebody unnamed is only part of who is told already ("nine people, including a child")."""
        mention = self.mentions.at(filler.head)
        if filler.route != "including" or (mention is not None and mention._.mention == "name"):
            return False
        return any(self.mentions.at(f.head) for f in c.by_role(filler.role) if f.route != "including")

    def judged(self, proposals: list[Proposal], weights: Weights) -> list[schema.Argument]:
        """The arguments the judge accepts: each mention in its likeliest role."""
        best: dict[int, tuple[float, Proposal]] = {}
        for p in proposals:
            sure = weights.probability(p.features)
            if sure >= weights.threshold and (p.head not in best or sure > best[p.head][0]):
                best[p.head] = (sure, p)
        attacked = {p.head for _, p in best.values() if p.role == "target" and p.rule}
        also = [p for p in proposals if p.role == "place" and p.rule and p.head in attacked]
        chosen = sorted([*(p for _, p in best.values()), *also], key=lambda p: (p.role == "place", p.head))
        out: list[schema.Argument] = []
        for p in chosen:
            argument = self.argument(p.role, p.head)
            if argument is not None and not any(
                ((a.start, a.end) == (argument.start, argument.end) and p not in also)
                or (
                    a.role == argument.role
                    and a.entity is not None
                    and a.entity == argument.entity
                    and a.text == argument.text
                )
                or self._same_pronoun(a, argument)
                for a in out
            ):
                out.append(argument)
        return out

    @staticmethod
    def _same_pronoun(one: schema.Argument, other: schema.Argument) -> bool:
        """Whether a pronoun only takes up another in the same role: "*he* was arrested when *he* tried to leave"."""
        return (
            one.role == other.role
            and one.refers_to == other.refers_to
            and one.text.lower() == other.text.lower() in ("he", "she", "they", "him", "her", "them")
        )

    def training_row(
        self, event: schema.Event, features: list[str], proposals: list[Proposal]
    ) -> dict[str, Any]:
        """What the judge's training needs of one event: the record, its features and every proposal."""
        rows = []
        for p in proposals:
            argument = self.argument(p.role, p.head)
            if argument is not None:
                rows.append(
                    {
                        "argument": argument.model_dump(),
                        "head": p.head,
                        "rule": p.rule,
                        "features": p.features,
                    }
                )
        return {"event": event.model_dump(), "features": features, "proposals": rows}

    def argument(self, role: str, head: int) -> schema.Argument | None:
        if role != "result" or self.mentions.kind(head) in BODIES:
            head = self.mentions.named(head)
        span = self.mentions.phrase(head)
        if role == "result":
            span = self._with_term(span)
        token = self.doc[head]
        if not span.text.strip() or token.tag_ == "CD" or token.lower_ in UNNAMED:
            return None
        if token.tag_ == "DT" and self.mentions.at(head) is None and token.lower_ in ("this", "that"):
            return None
        if role == "place" and span.text in CUSTODY and self.doc[span.start - 1].lower_ == "in":
            return None
        mention = self._named_here(self.mentions.at(head))
        if mention is not None and mention._.mention == "nominal" and mention.label_ == "person":
            mention = self._bearer(mention)
        if mention is not None:
            bare = mention.label_ == "place" and role != "target"
            span = bare_place(mention) if bare else mention
        span = self._hyphened(span)
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

    def _with_term(self, span: Span) -> Span:
        """A sentence with its length: "*20 years*' imprisonment"."""
        before = span.start - 1
        before -= before > 0 and self.doc[before].tag_ == "POS"
        term = self.mentions.terms.get(before)
        return span if term is None else self.doc[term.start : span.end]

    def _hyphened(self, span: Span) -> Span:
        """The span with the first half of a hyphened word that it starts in the middle of ("*Jean*-Claude Kabila",
        "*anti*-government fighters"), unless that half is a mention that may fill a place of its own."""
        doc, start = self.doc, span.start
        while start >= 2 and doc[start - 1].text == "-" and not doc[start - 1].whitespace_:
            half = self.mentions.inside.get(start - 2)
            if doc[start - 2].whitespace_ or (half is not None and half.label_ != "person"):
                break
            start -= 2
        return doc[start : span.end]

    def _bearer(self, mention: Span) -> Span:
        """The name at the end of an office with an *of*: "President of Ecuador *Guillermo Lasso*"; else the mention."""
        start = next(
            (i for i in range(mention.start + 3, mention.end) if self.doc[i - 2].lower_ == "of"), None
        )
        if start is None or mention.root.tag_ != "NNP":
            return mention
        names = [s for s in self.mentions.by_head.values() if s.end == mention.end and s._.mention == "name"]
        return next((s for s in names if s.label_ == "person" and s.start >= start), mention)

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
        blocks = self.doc._.blocks or []
        following = bisect_right(blocks, sentence.start_char, key=lambda b: b.start)
        if following == len(blocks) or blocks[following].kind != "citation":
            return []
        block = blocks[following]
        return [
            schema.Span(text=s.text, start=s.start_char, end=s.end_char)
            for s in self.doc.spans.get("outlets", [])
            if block.start <= s.start_char < block.end
        ]


def bare_place(span: Span) -> Span:
    """A named place without the generic word before it: "town of *Tel Tamer*", "Iraqi city of *Mosul*"."""
    for i in range(span.start, span.end - 2):
        if (
            span.doc[i].lower_ in GENERIC_PLACES
            and span.doc[i + 1].lower_ == "of"
            and span.doc[i + 2].is_title
        ):
            end = next((j for j in range(i + 3, span.end) if span.doc[j].lower_ in ("and", ",")), span.end)
            return span.doc[i + 2 : end]
    return span


def flatten(candidates: list[Candidate]) -> list[Candidate]:
    out = []
    for c in candidates:
        out += [c, *flatten(c.absorbed)]
    return out
