"""When an event happened: its own clause first, then the opening of the sentence, then the sentence before."""

from __future__ import annotations

import re

from spacy.tokens import Doc, Span

from extractor import calendar as cal
from extractor import schema
from extractor.arguments import Mentions
from extractor.date_values import number
from extractor.frames import Candidate
from extractor.ownership import climb, owners_of, same_clause
from extractor.schema import EventDate, Governor, Timex

ANNOUNCING = {"announce", "say", "report", "state", "reveal", "confirm", "declare", "claim", "tell", "admit", "acknowledge",
              "disclose", "allege", "note", "add", "warn", "release", "publish", "show", "detail", "inform"}  # fmt: skip
TOLD_TOGETHER = {
    "attack",
    "clash",
    "killing",
    "arrest",
    "operation",
    "kidnapping",
    "territory",
    "displacement",
    "release",
}
DATED_BY_CONTEXT = {"attack", "clash", "killing", "kidnapping", "arrest", "release", "coup", "territory", "withdrawal",
                    "operation", "resignation", "verdict", "deployment", "displacement", "claim", "prosecution",
                    "accusation"}  # fmt: skip

_AFTER = re.compile(
    r"(?:just |only |barely |some )?(.+) (days?|weeks?|fortnights?|months?|years?) (after|before)", re.I
)
# What goes on from the day it is told to begin.
GOES_ON = {"support", "declaration", "sanction", "policy", "operation", "deployment"}


class Dating:
    """Dates the events of one document, sentence by sentence in reading order.

    Args:
        doc: the document, with its timexes.
        mentions: its entity mentions.
    """

    def __init__(self, doc: Doc, mentions: Mentions) -> None:
        self.doc = doc
        self.mentions = mentions
        self.timexes: list[tuple[int, Timex]] = []
        self.extent: dict[int, tuple[int, int]] = {}
        for t in doc._.timexes or []:
            span = doc.char_span(t.start, t.end, alignment_mode="expand")
            if span is not None and t.edtf and t.type != "SET":
                self.timexes.append((span.root.i if span.root.i < span.end else span.start, t))
                self.extent[span.root.i] = (span.start, span.end)
        self.last_date: tuple[int, EventDate] | None = None  # (block start, date of the sentence before)

    def dates(
        self, sentence: Span, events: list[Candidate], modal: dict[int, str]
    ) -> dict[int, EventDate | None]:
        """The date of each event, keyed by its predicate: its own clause first, then a linked clause or the
        opening of the sentence, then the sentence before."""
        out: dict[int, EventDate | None] = {c.head: None for c in events}
        owners = owners_of(events)
        here = [(i, t) for i, t in self.timexes if sentence.start <= i < sentence.end]
        free: list[tuple[int, Timex]] = []
        opening = {i for i, _ in here if self.opens(i, sentence)}
        for i, t in sorted(here, key=lambda pair: pair[0] not in opening):
            owner = self._named_by(i, owners)
            if owner is None and i in opening:
                verb = self._next_verb(i, sentence)
                owner = owners.get(verb) if verb is not None and verb in {c.head for c in events} else None
            elif owner is None:
                owner = climb(self.doc, i, owners)
            if owner is None:
                free.append((i, t))
            elif out[owner.head] is None:
                out[owner.head] = self.bounded(owner, i, t)
        for c in events:
            if out[c.head] is None:
                began = next(
                    (pair for pair in here if "/" not in (pair[1].edtf or "") and self._since(c, pair[0])),
                    None,
                )
                out[c.head] = self.bounded(c, *began) if began else None
            if out[c.head] is None and free:
                out[c.head] = self._free_date(c, free, sentence, modal.get(c.head, "actual"), len(events))
        for c in events:
            if out[c.head] is None:
                donor = next(
                    (d for d in events if out[d.head] and d is not c and self._shares_time(c, d)), None
                )
                if donor is not None:
                    date = out[donor.head]
                    assert date is not None
                    out[c.head] = date.model_copy(
                        update={"basis": date.basis if same_clause(self.doc, c, donor) else "context"}
                    )
        self._context(sentence, events, out, bool(here), modal)
        return out

    def bounded(self, c: Candidate, i: int, t: Timex) -> EventDate:
        """The date an expression of its sentence gives an event: open at one end where the event is told to go on
        since, from or up to then.

        Args:
            c: the event.
            i: the expression's token, one of `self.timexes`.
            t: the expression.
        """
        date = self._moved(c, i, t) or self.date(t, "explicit")
        if "/" in date.value:
            return date
        if self._since(c, i) or self._lasts_from(c, i):
            return date.model_copy(update={"value": f"{date.value}/..", "latest": None})
        if self._as_of(c, i):
            return date.model_copy(update={"value": f"../{date.value}", "earliest": None})
        return date

    def _moved(self, c: Candidate, i: int, t: Timex) -> EventDate | None:
        """The date of what stands after "August 18, three days after ...": so long before the date beside it."""
        end = self.extent.get(i, (i, i + 1))[1]
        found = _AFTER.fullmatch(t.text)
        if found is None or t.anchor is None or not 0 <= t.start - t.anchor[1] <= 3 or c.head < end:
            return None
        count = number(found[1])
        day, _ = cal.read(t.edtf.rstrip("?~")) if t.edtf and "/" not in t.edtf else (None, "")
        if count is None or count != int(count) or day is None:
            return None
        unit = found[2].rstrip("s")
        steps = int(count) * (1 if found[3] == "before" else -1) * (2 if unit == "fortnight" else 1)
        moved = cal.shift(day, steps, "week" if unit == "fortnight" else unit)
        if moved is None or moved.year is None:
            return None
        value = cal.write(moved)
        earliest, latest = cal.bounds(value)
        return self.date(t, "explicit").model_copy(
            update={"value": value, "earliest": earliest, "latest": latest}
        )

    def _since(self, c: Candidate, i: int) -> bool:
        """Whether a "since" stands between event and expression ("has held them since it seized the ship on 2
        January"): the ship was seized then, they were held from then on."""
        path = [self.doc[i], *self.doc[i].ancestors]
        for k, token in enumerate(path):
            if token.lower_ == "since" or any(t.lower_ == "since" and t.dep_ == "mark" for t in token.lefts):
                return any(above.i == c.head for above in path[k + 1 :])
        return False

    def _lasts_from(self, c: Candidate, i: int) -> bool:
        """As in "supplied them with missiles from September 1986": begun then, with no end told."""
        start = self.extent.get(i, (i, i + 1))[0]
        told = start > 0 and self.doc[start - 1].lower_ == "from"
        return told and c.type in GOES_ON and (c.predication.kind == "verb" or c.type == "declaration")

    def _as_of(self, c: Candidate, i: int) -> bool:
        """As in "as of September 27, three have been released": some time up to then."""
        start = self.extent.get(i, (i, i + 1))[0]
        lead = [t.lower_ for t in self.doc[max(0, start - 2) : start]]
        return lead == ["as", "of"] and any(t.lemma_ == "have" for t in self.doc[c.head].children)

    def _named_by(self, i: int, owners: dict[int, Candidate]) -> Candidate | None:
        """The event noun a time expression stands before as a modifier ("the October 4, 2017, IS attack")."""
        end = self.extent.get(i, (i, i + 1))[1]
        start = self.extent.get(i, (i, i + 1))[0]
        if start == 0 or self.doc[start - 1].tag_ == "IN":
            return None
        for j in range(end, min(end + 6, len(self.doc))):
            token = self.doc[j]
            if (
                j in owners
                and owners[j].predication.kind == "noun"
                and j in (owners[j].head, *owners[j].trigger)
            ):
                return owners[j]
            if token.text not in (",", "-", "’s", "'s") and not token.tag_.startswith(
                ("NN", "JJ", "HYPH", "POS", "VBN")
            ):
                return None
        return None

    def opens(self, i: int, sentence: Span) -> bool:
        """Whether a time expression opens the sentence or, between commas, a clause ("Despite X, on July 10, Y")."""
        start, end = self.extent.get(i, (i, i + 1))
        before = start - 1
        if before >= sentence.start and self.doc[before].tag_ in ("IN", "DT"):
            before -= 1
        if before >= sentence.start and self.doc[before].tag_ in ("IN", "RB"):
            before -= 1
        if before < sentence.start + 2:
            return True
        return (
            end < sentence.end
            and self.doc[before].text in (",", "—", "and", "that")
            and self.doc[end].text == ","
        )

    def _free_date(
        self, c: Candidate, free: list[tuple[int, Timex]], sentence: Span, modality: str, events: int
    ) -> EventDate | None:
        """A time expression that hangs on no event: with a verb of saying above this one it dates the announcement
        (approximate for what is done, nothing for what is planned); opening the sentence or a clause it dates what
        follows there."""
        bare_noun = c.predication.kind == "noun" and c.predication.light is None
        for i, t in free:
            opens = self.opens(i, sentence)
            verb = self._next_verb(i, sentence) if opens else self._verb_above(i)
            governor = next((g for g in c.predication.governors if g.predicate == verb), None)
            if (
                governor is not None
                and governor.relation == "complement"
                and not bare_noun
                and self._announces(governor)
            ):
                if modality in ("planned", "threatened", "conditional"):
                    continue
                date = self.date(t, "explicit")
                if not date.value.endswith("~") and "/" not in date.value:
                    date = date.model_copy(update={"value": date.value + "~"})
                return date
            if opens:
                if (
                    c.head < i
                    or c.predication.clause in ("relative", "reduced_relative")
                    or "have" in self._auxiliaries(c)
                ):
                    continue
                if bare_noun and events > 1 and (governor is None or governor.relation != "complement"):
                    continue
                return self.date(t, "explicit")
            if governor is not None or events == 1 or verb is None:
                return self.date(t, "explicit")
            if c.head < i and not bare_noun and self.closes(i, sentence) and c.predication.clause == "main":
                return self.date(t, "explicit")
        return None

    def _announces(self, governor: Governor) -> bool:
        return governor.lemma.split(" ")[0] in ANNOUNCING

    def closes(self, i: int, sentence: Span) -> bool:
        """Whether a time expression is the last thing its sentence says."""
        return all(
            t.is_punct or t.is_space for t in self.doc[self.extent.get(i, (i, i + 1))[1] : sentence.end]
        )

    def _auxiliaries(self, c: Candidate) -> set[str]:
        """Lemmas of the past-perfect auxiliary: "had killed" lies before the time the sentence opens with."""
        return {t.lemma_ for t in self.doc[c.head].children if t.dep_ in ("aux",) and t.tag_ == "VBD"}

    def _next_verb(self, i: int, sentence: Span) -> int | None:
        """The first main verb after an opening time expression."""
        for j in range(i + 1, sentence.end):
            token = self.doc[j]
            if token.tag_ in ("VBD", "VBZ", "VBP", "VBN") and token.dep_ not in (
                "aux",
                "auxpass",
                "relcl",
                "acl",
                "amod",
            ):
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
        if (
            c.type in TOLD_TOGETHER
            and donor.type in TOLD_TOGETHER
            and donor.head < c.head
            and c.predication.kind == "verb"
            and (c.predication.clause == "main" and donor.predication.clause in ("main", "nominal"))
        ):
            return True
        if (
            c.predication.kind == "noun"
            and c.predication.light is None
            and not c.by_role("actor", "target", "party")
        ):
            return False
        return same_clause(self.doc, c, donor)

    def _context(
        self, sentence: Span, events: list[Candidate], out: dict[int, EventDate | None], has_timex: bool,
        modal: dict[int, str],
    ) -> None:  # fmt: skip
        """Carry the date of the sentence before over to an event that plainly goes on with the same story."""
        block = self.block(sentence.start_char)
        if self.last_date is not None and self.last_date[0] == block and not has_timex:
            for c in events:
                if (
                    out[c.head] is None
                    and c.type in DATED_BY_CONTEXT
                    and modal.get(c.head, "actual") == "actual"
                    and (self.goes_on(c))
                ):
                    out[c.head] = self.last_date[1].model_copy(update={"basis": "context"})
        dated = [out[c.head] for c in events if out[c.head] is not None]
        if dated and dated[0] is not None and modal.get(events[0].head, "actual") == "actual":
            self.last_date = (block, dated[0])
        elif has_timex or events:
            self.last_date = None if has_timex else self.last_date

    def goes_on(self, c: Candidate) -> bool:
        """Whether the event's participants point back: a pronoun, "the men", "the attackers"."""
        p = c.predication
        if p.tense != "past" and p.clause not in ("participle", "nominal"):
            return False
        if p.kind == "noun" and p.light is None:
            return any(t.lower_ in ("the", "this", "that") for t in self.doc[c.head].lefts)
        for f in c.by_role("actor", "target", "party"):
            span = self.mentions.at(f.head)
            first = self.doc[span.start] if span is not None else self.doc[f.head]
            lefts = {t.lower_ for t in self.doc[f.head].lefts} | {
                self.doc[first.i - 1].lower_ if first.i else ""
            }
            if self.doc[f.head].tag_ == "PRP" or (span is not None and span._.refers_to):
                return True
            if lefts & {"the", "these", "those", "their"} and (span is None or span._.mention == "nominal"):
                return True
        return False

    def block(self, offset: int) -> int:
        return next((b.start for b in self.doc._.blocks or [] if b.start <= offset < b.end), -1)

    def date(self, t: Timex, basis: str) -> EventDate:
        value = (t.edtf or "").split("T")[0]
        anchor = None
        if t.anchor is not None:
            anchor = schema.Span(
                text=self.doc.text[t.anchor[0] : t.anchor[1]], start=t.anchor[0], end=t.anchor[1]
            )
        return EventDate(
            value=value, earliest=t.earliest, latest=t.latest, basis=basis,  # type: ignore[arg-type]
            span=schema.Span(text=t.text, start=t.start, end=t.end), anchor=anchor,
        )  # fmt: skip
