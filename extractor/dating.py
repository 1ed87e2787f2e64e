"""When an event happened: its own clause first, then the opening of the sentence, then the sentence before."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right

from spacy.tokens import Doc, Span

from extractor import calendar as cal
from extractor import schema
from extractor.arguments import Mentions
from extractor.date_values import number
from extractor.frames import Candidate
from extractor.ownership import (
    OCCURRING,
    attributed,
    climb,
    is_setting,
    of_a_peg,
    owners_of,
    same_clause,
)
from extractor.schema import EventDate, Governor, Timex

ANNOUNCING = {"announce", "say", "report", "state", "reveal", "confirm", "declare", "claim", "tell", "admit", "acknowledge",
              "disclose", "allege", "note", "add", "warn", "release", "publish", "show", "detail", "inform"}  # fmt: skip
TOLD_TOGETHER = {"attack", "clash", "killing", "arrest", "operation", "kidnapping",
                 "territory", "displacement", "release"}  # fmt: skip
DATED_BY_CONTEXT = {"attack", "clash", "killing", "kidnapping", "arrest", "release", "coup", "territory", "withdrawal",
                    "operation", "resignation", "verdict", "deployment", "displacement", "claim", "prosecution"}  # fmt: skip

_AFTER = re.compile(
    r"(?:just |only |barely |some )?(.+) (days?|weeks?|fortnights?|months?|years?) (after|before)", re.I
)
# What "until Friday" tells only the end of.
HAS_NO_END = {"declaration", "sanction", "policy", "agreement", "verdict", "appointment", "formation", "statement",
              "designation", "accusation", "prosecution"}  # fmt: skip
# A noun of saying: its label ("in a Nov. 24 statement") dates what it says.
SAYINGS = {"statement", "report", "interview", "speech", "release", "broadcast", "tweet", "post", "video", "letter",
           "message", "address", "article", "memo", "briefing", "conference", "communique"}  # fmt: skip
ISSUING = {"publish", "release", "issue", "sign", "adopt", "stage", "mount", "wage", "commit", "perpetrate", "deliver",
           "broadcast", "air", "print", "post", "date", "make", "fire"}  # fmt: skip
UNREAL = ("planned", "threatened", "conditional")
PARTING = {"after", "before", "since", "until"}
PEGS = {"upon", "after", "following"}
# What a story of one day is made of.
FLOWING = {"attack", "clash", "killing", "arrest", "kidnapping", "territory"}
_DAYS = re.compile(r"[\dX]{4}-\d\d-\d\d(?:/[\dX]{4}-\d\d-\d\d)?[~?]?")
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
        self.text = doc.text  # slow to build
        self.mentions = mentions
        self.timexes: list[tuple[int, Timex]] = []
        self.extent: dict[int, tuple[int, int]] = {}
        self.predicates = {p.predicate for p in doc._.predications or []}
        for t in doc._.timexes or []:
            span = doc.char_span(t.start, t.end, alignment_mode="expand")
            if span is not None and t.edtf and t.type != "SET":
                self.timexes.append((span.root.i if span.root.i < span.end else span.start, t))
                self.extent[span.root.i] = (span.start, span.end)
        self.timexes.sort(key=lambda pair: pair[0])
        self.places = [i for i, _ in self.timexes]
        self.blocks = [b.start for b in doc._.blocks or []]
        self.last_date: tuple[int, EventDate] | None = None  # (block start, date of the sentence before)
        self.last_events: tuple[list[Candidate], str] = ([], "actual")  # that it dates, and their modality
        self.happened: list[tuple[str, EventDate]] = []  # lemmas of what was dated so far, oldest first

    def within(self, sentence: Span) -> list[tuple[int, Timex]]:
        """The sentence's time expressions with their tokens, in reading order."""
        return self.timexes[bisect_left(self.places, sentence.start) : bisect_left(self.places, sentence.end)]

    def dates(
        self, sentence: Span, events: list[Candidate], modal: dict[int, str]
    ) -> dict[int, EventDate | None]:
        """The date of each event, keyed by its predicate: its own clause first, then a linked clause or the
        opening of the sentence, then the sentence before."""
        out: dict[int, EventDate | None] = {c.head: None for c in events}
        owners = owners_of(events)
        here = self.within(sentence)
        free: list[tuple[int, Timex]] = []
        aside: set[int] = set()
        opening = {i for i, _ in here if self.opens(i, sentence)}
        for i, t in sorted(here, key=lambda pair: pair[0] not in opening):
            label = None if t.rule == "part/anniversary" else self.labelled(i)
            owner = self._named(label, owners) if label is not None else self._told_of(i, owners)
            labels = label is not None and not self._happens_in(label)
            if owner is None and (labels or attributed(self.doc, i)):
                aside.add(i)
                continue
            if owner is None and i in opening:
                verb = self._next_verb(i, sentence)
                heads = {part.head for c in events for part in (c, *c.absorbed)}
                owner = owners.get(verb) if verb is not None and verb in heads else None
            elif owner is None and "/" not in (t.edtf or "") and of_a_peg(self.doc, i):
                aside.add(i)
                continue
            elif owner is None:
                owner = climb(self.doc, i, owners)
            if owner is None:
                free.append((i, t))
            elif self.can_date(owner, i, t):
                told = out[owner.head]
                if told is None or (t.edtf or "").startswith(f"{told.value}-"):
                    out[owner.head] = self.bounded(owner, i, t)
        for c in events:
            if out[c.head] is None:
                began = next(
                    (
                        (i, t)
                        for i, t in here
                        if i not in aside and "/" not in (t.edtf or "") and self._since(c, i)
                    ),
                    None,
                )
                out[c.head] = self.bounded(c, *began) if began else None
            if out[c.head] is None and free:
                out[c.head] = self._free_date(c, free, sentence, modal.get(c.head, "actual"), len(events))
            elif (told := out[c.head]) is not None and len(events) == 1:
                # "the 2013 raid took place on 27 July 2013"
                finer = [t for _, t in free if (t.edtf or "").startswith(f"{told.value}-")]
                out[c.head] = self.date(finer[0], "explicit") if finer else told
        for c in events:
            if out[c.head] is None:
                donor = next(
                    (
                        d
                        for d in events
                        if (told := out[d.head]) and d is not c and self._shares_time(c, d, told, modal)
                    ),
                    None,
                )
                if donor is not None:
                    date = out[donor.head]
                    assert date is not None
                    out[c.head] = date.model_copy(
                        update={"basis": date.basis if same_clause(self.doc, c, donor) else "context"}
                    )
        self._pegged(sentence, events, out)
        self._context(sentence, events, out, bool(here), modal)
        self._remember(sentence, here, events, out)
        return out

    def glance(
        self, sentence: Span, events: list[Candidate], modal: dict[int, str]
    ) -> dict[int, EventDate | None]:
        """As `dates`, without remembering anything for the sentences that follow."""
        kept = self.last_date, self.last_events, list(self.happened)
        out = self.dates(sentence, events, modal)
        self.last_date, self.last_events, self.happened = kept
        return out

    def can_date(self, c: Candidate, i: int, t: Timex) -> bool:
        """Whether an expression can be the date of an event: "until Friday" is not that of a ban, nor a date within
        one of its noun phrases that of what is told in the present tense ("is tried for a murder in Lima in 2012").

        Args:
            c: the event.
            i: the expression's token, one of `self.timexes`.
            t: the expression.
        """
        if (t.edtf or "").startswith("../") and c.type in HAS_NO_END:
            return False
        if not self._told_now(c) or t.anchor is not None:
            return True
        above = self.doc[i].head
        own = {c.head, *c.trigger, *(part.head for part in c.absorbed)}
        direct = bool(own & {above.i, above.head.i}) or self.opens(i, self.doc[i].sent)
        return direct and not any(w.i in self.predicates - own for w in self.doc[c.head + 1 : i])

    def _told_now(self, c: Candidate) -> bool:
        p = c.predication
        perfect = any(w.lemma_ == "have" and w.dep_ == "aux" for w in self.doc[c.head].lefts)
        return p.tense == "present" and p.kind == "verb" and not p.modals and not perfect

    def _named(self, noun: int, owners: dict[int, Candidate]) -> Candidate | None:
        """The event a labelled noun is, or the first it is made of ("the 2016 series of raids")."""
        parts = [w for p in self.doc[noun].children if p.lower_ == "of" for w in p.children]
        for token in (self.doc[noun], *(w for part in parts for w in (part, *part.conjuncts))):
            owner = owners.get(token.i)
            if owner is not None and token.i in (
                *owner.trigger,
                owner.head,
                *(e.head for e in owner.absorbed),
            ):
                return owner
        told = (
            e for e in owners.values() if self.doc[e.head].dep_ == "relcl" and self.doc[e.head].head.i == noun
        )
        return next(told, None)  # "a July 16 incident in which a soldier killed two"

    def _told_of(self, i: int, owners: dict[int, Candidate]) -> Candidate | None:
        """The event noun that a clause of its own dates: "a poll published in May", "the attack on a convoy, which
        took place on May 3"."""
        verb = self._verb_above(i)
        if verb is None or self.doc[verb].dep_ not in ("acl", "relcl") or verb > i:
            return None
        if verb in owners:
            return owners[verb] if owners[verb].predication.light == verb else None
        if self.doc[verb].lemma_ not in OCCURRING | ISSUING:
            return None
        token = self.doc[verb].head
        reach = 4 if self.doc[verb].lemma_ in OCCURRING else 1
        for _ in range(reach):
            owner = owners.get(token.i)
            if owner is not None and owner.head == token.i and owner.predication.kind == "noun":
                return owner
            token = token.head
        return None

    def labelled(self, i: int) -> int | None:
        """The noun an expression stands before as its label ("the October 4, 2017, raid", "Friday's vote")."""
        start, end = self.extent.get(i, (i, i + 1))
        if start == 0 or end >= len(self.doc):
            return None
        owned = self.doc[end].tag_ == "POS"
        if not owned and self.doc[start - 1].tag_ not in ("DT", "PRP$", "POS", "JJ", "JJS", "VBN"):
            return None
        noun = None
        for token in self.doc[end : end + 7]:
            if token.tag_.startswith("NN"):
                noun = token.i
            elif noun is not None or not (
                token.text in (",", "-") or token.tag_.startswith(("JJ", "HYPH", "POS", "VBN"))
            ):
                break
        return noun

    def _happens_in(self, noun: int) -> bool:
        """Whether a labelled noun tells when its verb happened ("elected in the 2013 vote"), or who said so."""
        token = self.doc[noun]
        if token.lemma_.lower() in SAYINGS:
            return True
        above = token.head
        return above.lower_ in ("in", "during", "at", "on") and above.head.pos_ in ("VERB", "AUX")

    def _pegged(self, sentence: Span, events: list[Candidate], out: dict[int, EventDate | None]) -> None:
        """What follows "Upon the announcement" happened about when the announcement told before did."""
        words = [t for t in sentence[:9] if not t.is_space]
        first = next((k for k, t in enumerate(words[:3]) if t.lower_ in PEGS), None)
        if first is None or (
            first and words[0].lower_ not in ("shortly", "soon", "immediately", "right", "just")
        ):
            return
        for token in words[first + 1 :]:
            told = self.told(token.lemma_) if token.i in self.predicates else None
            if told is None:
                continue
            span = self.doc[words[0].i : token.i + 1]
            where = schema.Span(text=span.text, start=span.start_char, end=span.end_char)
            main = next((c for c in events if c.head > token.i and c.predication.clause == "main"), None)
            if main is not None and out[main.head] is None:
                value = told.value if "/" in told.value else told.value.rstrip("?~") + "~"
                changed = {"value": value, "basis": "explicit", "span": where, "anchor": told.span}
                out[main.head] = told.model_copy(update=changed)
            return

    def told(self, lemma: str) -> EventDate | None:
        """The date of the last event told by a word of this stem, as announce and announcement are."""
        stem = lemma.lower()[:5]
        return next((d for known, d in reversed(self.happened[-12:]) if known.startswith(stem)), None)

    def _remember(
        self, sentence: Span, here: list[tuple[int, Timex]], events: list[Candidate],
        out: dict[int, EventDate | None],
    ) -> None:  # fmt: skip
        for i, t in here:
            verb = self._next_verb(i, sentence) if self.opens(i, sentence) else self._verb_above(i)
            if verb is not None and verb not in out:
                self.happened.append((self.doc[verb].lemma_.lower(), self.date(t, "explicit")))
        for c in events:
            date = out[c.head]
            if date is not None and "/" not in date.value:
                self.happened.append((self.doc[c.head].lemma_.lower(), date))

    def bounded(self, c: Candidate, i: int, t: Timex) -> EventDate:
        """The date an expression of its sentence gives an event: open at one end where the event is told to go on
        since, from or up to then.

        Args:
            c: the event.
            i: the expression's token, one of `self.timexes`.
            t: the expression.
        """
        date = self._moved(c, i, t) or self._counted(i, t) or self.date(t, "explicit")
        if "/" in date.value:
            return date
        if self._since(c, i) or self._lasts_from(c, i) or self._began(c, i):
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
        count = number(found[1].lower())
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

    def _counted(self, i: int, t: Timex) -> EventDate | None:
        """The date of "three days after the last unit left", where the story told before when it did."""
        found = _AFTER.fullmatch(t.text)
        count = number(found[1].lower()) if found else None
        if found is None or not (t.edtf or "").endswith("?") or count is None or count != int(count):
            return None
        end = self.extent.get(i, (i, i + 1))[1]
        clause = [w for w in self.doc[end : end + 8] if w.i in self.predicates]
        told = self.told(clause[0].lemma_) if clause else None
        if told is None or "/" in told.value:
            return None
        day, _ = cal.read(told.value.rstrip("?~"))
        unit = found[2].rstrip("s")
        steps = int(count) * (-1 if found[3] == "before" else 1) * (2 if unit == "fortnight" else 1)
        moved = cal.shift(day, steps, "week" if unit == "fortnight" else unit)
        if moved is None or moved.year is None or not cal.valid(moved):
            return None
        value = cal.write(moved)
        earliest, latest = cal.bounds(value)
        changed = {"value": value, "earliest": earliest, "latest": latest, "anchor": told.span}
        return self.date(t, "explicit").model_copy(update=changed)

    def _began(self, c: Candidate, i: int) -> bool:
        """As in "the protests, which began in May"."""
        verb = self._verb_above(i)
        if verb is None or self.doc[verb].lemma_ not in ("begin", "start") or c.predication.kind != "noun":
            return False
        return self.doc[verb].dep_ in ("relcl", "acl") and self.doc[verb].head.i == c.head

    def _since(self, c: Candidate, i: int) -> bool:
        """Whether a "since" stands between event and expression ("has held them since it seized the ship on 2
        January"): the ship was seized then, they were held from then on."""
        path = [self.doc[i], *self.doc[i].ancestors]
        for k, token in enumerate(path):
            if token.lower_ == "since" or any(t.lower_ == "since" and t.dep_ == "mark" for t in token.lefts):
                if any(w.lower_ in ("first", "only") for w in self.doc[max(0, i - 8) : i]):
                    return False  # "for the first time since the coup of May 3"
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

    def opens(self, i: int, sentence: Span) -> bool:
        """Whether a time expression opens the sentence or, between commas, a clause ("Despite X, on July 10, Y")."""
        start, end = self.extent.get(i, (i, i + 1))
        verb = self._verb_above(i)
        if verb is not None and sentence.start <= verb < start:
            return False  # "Polls published in May show", "will meet, on July 21, with"
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
            if not self.can_date(c, i, t):
                continue
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
                    or (c.predication.clause in ("relative", "reduced_relative") and not self._when(c))
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

    def _when(self, c: Candidate) -> bool:
        return any(w.lower_ == "when" for w in self.doc[c.head].lefts)

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
        """The first main verb after an opening time expression, or the next one where it opens a clause within."""
        end = self.extent.get(i, (i, i + 1))[1]
        within = i > sentence.start + 4 and any(t.tag_ in ("WP", "WDT") for t in self.doc[max(0, i - 4) : i])
        for j in range(i + 1, sentence.end):
            token = self.doc[j]
            if (
                within
                and j <= end + 4
                and token.tag_ in ("VBD", "VBZ", "VBP")
                and not token.dep_.startswith("aux")
            ):
                return j
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

    def _shares_time(self, c: Candidate, donor: Candidate, date: EventDate, modal: dict[int, str]) -> bool:
        real, given = (modal.get(e.head, "actual") in UNREAL for e in (c, donor))
        if real != given or (self._told_now(c) and not self._told_now(donor)):
            return False
        if c.predication.clause == "relative" and donor.head < c.head and donor.predication.clause == "main":
            where = any(w.lower_ == "where" for w in self.doc[c.head].lefts)
            if where and c.predication.tense == donor.predication.tense:
                return True  # "will visit the region on May 3, where he will meet"
        if (
            c.type in TOLD_TOGETHER
            and donor.type in TOLD_TOGETHER
            and donor.head < c.head
            and c.predication.kind == "verb"
            and (c.predication.clause == "main" and donor.predication.clause in ("main", "nominal"))
        ):
            return True
        if c.predication.kind == "noun" and c.predication.light is None:
            if is_setting(self.doc, c, donor):
                return True
            if not c.by_role("actor", "target", "party"):
                return False
        if any(w.lower_ == "having" and w.dep_ == "aux" for w in self.doc[c.head].lefts):
            return False  # "left in March, having lost its chief"
        if any(w.dep_ == "mark" and w.lower_ in PARTING for e in (c, donor) for w in self.doc[e.head].lefts):
            return False  # "after the army was formed in 2001, he became its commander"
        if date.value.endswith("/..") and c.predication.clause != donor.predication.clause:
            return False
        first, last = sorted((c.head, donor.head))
        at = next((i for i, t in self.timexes if t.start == date.span.start), -1)
        parted = any(t.text in (",", ";") for t in self.doc[first:last])
        joined = "conj" in (self.doc[c.head].dep_, self.doc[donor.head].dep_)
        if joined and c.head < at < donor.head:
            return False  # "detained six and, on May 3, charged them"
        if joined and at > first and parted and (c.head < donor.head < at or donor.head < at < c.head):
            return False  # "was convicted, and was hanged on May 3", "was seized on May 3, and accused"
        return same_clause(self.doc, c, donor)

    def _context(
        self, sentence: Span, events: list[Candidate], out: dict[int, EventDate | None], has_timex: bool,
        modal: dict[int, str],
    ) -> None:  # fmt: skip
        """Carry the date of the sentence before over to an event that plainly goes on with the same story."""
        block = self.block(sentence.start_char)
        if self.last_date is not None and self.last_date[0] == block and not has_timex:
            for c in events:
                real = modal.get(c.head, "actual")
                if (
                    out[c.head] is None
                    and (c.type in DATED_BY_CONTEXT or self.repeats(c) or self.flows(c))
                    and (real == self.last_events[1] or (real, self.last_events[1]) == ("alleged", "actual"))
                    and (self.goes_on(c) or self.repeats(c) or self.flows(c))
                ):
                    out[c.head] = self.last_date[1].model_copy(update={"basis": "context"})
        dated = [c for c in events if out[c.head] is not None]
        if dated and (date := out[dated[0].head]) is not None:
            self.last_date, self.last_events = (block, date), (dated, modal.get(dated[0].head, "actual"))
        elif has_timex or events:
            self.last_date = None if has_timex else self.last_date

    def flows(self, c: Candidate) -> bool:
        """Whether it is one more deed of the day that the sentences before tell of ("On May 9 shells hit the outpost.
        Bloody fighting ensued")."""
        if self.last_date is None or self.last_events[1] != "actual" or c.type not in FLOWING:
            return False
        date = self.last_date[1]
        if not _DAYS.fullmatch(date.value) or not any(d.type in FLOWING for d in self.last_events[0]):
            return False
        p = c.predication
        perfect = "have" in {w.lemma_ for w in self.doc[c.head].lefts if w.dep_ == "aux"}
        return p.kind == "verb" and p.tense == "past" and p.clause == "main" and not perfect

    def repeats(self, c: Candidate) -> bool:
        """Whether it tells more of what the sentence before dates: the same deed by the same actors ("the coalition
        carried out 23 strikes. In the north, the coalition carried out 15 strikes")."""
        for d in self.last_events[0]:
            same = d.type == c.type and self.doc[d.head].lemma_ == self.doc[c.head].lemma_
            mine, theirs = ({self.doc[f.head].lower_ for f in e.by_role("actor", "party")} for e in (c, d))
            if same and mine & theirs:
                return True
        return False

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
        n = bisect_right(self.blocks, offset) - 1
        return self.blocks[n] if n >= 0 and offset < self.doc._.blocks[n].end else -1

    def date(self, t: Timex, basis: str) -> EventDate:
        value = (t.edtf or "").split("T")[0]
        anchor = None
        if t.anchor is not None:
            anchor = schema.Span(
                text=self.text[t.anchor[0] : t.anchor[1]], start=t.anchor[0], end=t.anchor[1]
            )
        return EventDate(
            value=value, earliest=t.earliest, latest=t.latest, basis=basis,  # type: ignore[arg-type]
            span=schema.Span(text=t.text, start=t.start, end=t.end), anchor=anchor,
        )  # fmt: skip
