"""Counts read off the words beside them: "kills five people and wounds nine others", "34 more injured".

News gives tolls in clipped coordinations that parsers misread, so what a count means is read from its neighbours
first: a verb of harm before it, a participle or state after it, a toll that rises to it. The words are in
patterns/quantities.toml (kinds before, state, counted, toll).
"""

from __future__ import annotations

from dataclasses import dataclass

from spacy.tokens import Doc, Token

from extractor.quantity_rules import QuantityRule
from extractor.schema import Quantity

INDEFINITE = "exact/indefinite"
LEADING = {
    "another",
    "other",
    "further",
    "additional",
    "some",
    "a",
    "an",
    "the",
    "also",
    "its",
    "their",
    "his",
    "all",
}
AUXILIARIES = {"is", "are", "was", "were", "be", "been", "being", "have", "has", "had", "get", "got", "gets", "getting",
               "left", "found", "confirmed", "reported", "feared", "declared", "pronounced", "presumed", "believed",
               "to", "remain", "remained", "remains", "still", "reportedly", "people", "person", "more",
               "others", "other", "lay", "gone", "went", "go", "taken", "held", "hold", "all"}  # fmt: skip
BE = {"is", "are", "was", "were", "be", "been", "being", "get", "got", "gets", "getting"}
WITHIN = {"in", "on", "at", "near", "from", "of", "by", "to", "inside", "for", "aboard", "against", "about", "into",
          "under", "between", "among", "along", "around", "outside", "through", "during", "including", "like", "as"}  # fmt: skip
PASSED = ("NN", "JJ", "IN", "DT", "CD", "POS", "PRP$", "HYPH", "RB", "NNP")
OBJECT_TAGS = ("DT", "CD", "NN", "NNS", "NNP", "NNPS", "JJ", "PRP", "PRP$", "PDT", "JJR")
REACHING = {
    "to", "at", "is", "was", "reached", "reaches", "exceeds", "exceeded", "surpassed", "tops", "topped", "passes", "passed",
    "hits", "hit",
}  # fmt: skip
OUTCOME = {("result", "in"), ("end", "in"), ("culminate", "in"), ("lead", "to")}
LINKS = {"and", "or", "plus", "&", ",", "well"}
ABSTRACT = ("tion", "sion", "ment", "ance", "ence", "ness")  # "a displacement" is nobody
COLLECTIVE = {"group", "crowd", "force", "team", "band", "number", "convoy", "unit", "mob", "coalition", "party", "delegation",
              "faction", "organization", "organisation", "company", "battalion", "brigade", "contingent", "mission",
              "squad", "gang", "militia", "army", "cell", "network", "ring", "family", "couple", "pair", "half", "third",
              "quarter", "majority", "handful", "series", "string", "wave", "part", "result", "lot", "bit"}  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """What one count means: its measure and the token index of the word that says so."""

    quantity: Quantity
    measure: str
    word: int


class CasualtyReader:
    """Reads what the counts of a sentence mean.

    Args:
        rules: the quantity rules; those of kinds before, state, counted and toll are used.
    """

    def __init__(self, rules: list[QuantityRule]) -> None:
        self.forms: dict[str, dict[str, list[tuple[tuple[str, ...], str]]]] = {}
        for rule in rules:
            if rule.measure:
                for form in rule.forms:
                    words = tuple(form.split())
                    self.forms.setdefault(rule.kind, {}).setdefault(words[0], []).append(
                        (words, rule.measure)
                    )

    def read(self, doc: Doc, start: int, end: int, quantities: list[Quantity]) -> list[Reading]:
        """Readings of the counts that lie between two token indexes, in reading order.

        Args:
            doc: the document.
            start: first token of the sentence.
            end: token after the sentence.
            quantities: the counts of the sentence, in reading order.
        """
        counts = []
        for q in quantities:
            if q.unit != "count":
                continue
            span = doc.char_span(q.start, q.end, alignment_mode="expand")
            if span is not None and start <= span.start < end:
                counts.append((q, span.start, span.end))
        found: dict[int, list[tuple[str, int, str]]] = {}
        for n, (q, first, last) in enumerate(counts):
            if not countable(doc, q):
                continue
            if doc[last - 1].lower_ == "of":
                last -= 1
            own = (
                self._counted(doc, q, first)
                or self._before(doc, first, start)
                or self._after(doc, first, last, start, end)
                or self._toll(doc, first, start)
            )
            if own:
                found[n] = own
        for n in range(1, len(counts)):
            if (
                n not in found
                and n - 1 in found
                and found[n - 1][0][2] == "before"
                and self._linked(doc, counts[n - 1], counts[n])
                and countable(doc, counts[n][0])
            ):
                found[n] = found[n - 1]
        for n in range(len(counts) - 2, -1, -1):
            if (
                n not in found
                and n + 1 in found
                and found[n + 1][0][2] == "state"
                and self._linked(doc, counts[n], counts[n + 1])
                and countable(doc, counts[n][0])
                and self._leads(doc, counts[n][1])
            ):
                found[n] = found[n + 1]
        return [Reading(counts[n][0], measure, word) for n in sorted(found) for measure, word, _ in found[n]]

    def _form(self, doc: Doc, i: int, kind: str, limit: int) -> tuple[str, int] | None:
        """Measure and end of the longest form of `kind` at token i."""
        best: tuple[str, int] | None = None
        if i < limit:
            for words, measure in self.forms.get(kind, {}).get(doc[i].lower_, ()):
                stop = i + len(words)
                if (
                    stop <= limit
                    and (best is None or stop > best[1])
                    and tuple(t.lower_ for t in doc[i:stop]) == words
                ):
                    best = (measure, stop)
        return best

    def _counted(self, doc: Doc, q: Quantity, first: int) -> list[tuple[str, int, str]]:
        """The counted noun says it: "12 deaths", "no fatalities", "30 hostages taken"."""
        noun = q.noun
        if noun is None or q.rule == INDEFINITE:
            return []
        form = self._form(doc, noun, "counted", noun + 1)
        wanted: tuple[str, ...] = (
            ("take", "seize", "hold") if form is not None and form[0] == "abducted" else ()
        )
        if doc[noun].lower_ == "lives":  # claimed, not saved
            wanted = ("claim", "cost", "take", "lose", "end")
        if form is not None and wanted:  # hostages are counted where they are taken
            taken = next(
                (
                    t
                    for t in reversed(doc[max(0, first - 3) : first])
                    if t.lower_ not in LEADING and t.tag_ != "RB"
                ),
                None,
            )
            return [(form[0], taken.i, "counted")] if taken is not None and taken.lemma_ in wanted else []
        return [(form[0], noun, "counted")] if form else []

    def _before(self, doc: Doc, first: int, start: int) -> list[tuple[str, int, str]]:
        i = first - 1
        while i >= start and (doc[i].lower_ in LEADING or doc[i].tag_ == "RB"):
            i -= 1
        out: list[tuple[str, int, str]] = []
        while i >= start:
            hit = next(
                ((form[0], at) for at in range(max(start, i - 3), i + 1)
                 if (form := self._form(doc, at, "before", i + 1)) and form[1] == i + 1),
                None,
            )  # fmt: skip
            if hit is None:
                break
            word = hit[1] + (doc[hit[1]].lower_ == "the")
            out.append((hit[0], word, "before"))
            i = hit[1] - 1
            if i - 1 < start or doc[i].lower_ not in ("and", "or"):
                break
            i -= 1
        if (
            out
            and any(t.lower_ in BE for t in doc[max(start, out[0][1] - 2) : out[0][1]])
            and doc[out[0][1]].tag_ != "VBG"
        ):
            return []  # "were killed 20 minutes later"
        return out

    def _after(self, doc: Doc, first: int, last: int, start: int, end: int) -> list[tuple[str, int, str]]:
        if first > start and doc[first - 1].lower_ in WITHIN and not self._resulting(doc, first - 1, start):
            return []
        i, aux, bracket = last, False, 0
        for _ in range(16):
            if i >= end:
                return []
            form = self._form(doc, i, "state", end)
            if form is not None and self._stative(doc, i, form[1], end, aux):
                return [(form[0], i, "state")]
            token = doc[i]
            if token.text in ("(", "[", "—", "–") or (token.text == "," and self._aside(doc, i + 1)):
                bracket = i
                while i + 1 < end and doc[i + 1].text not in (")", "]", ",", "—", "–") and i - bracket < 12:
                    i += 1
                i += 2
                continue
            if token.lower_ in AUXILIARIES:
                aux = (
                    aux
                    or token.lower_ in BE
                    or token.lower_ in ("left", "found", "confirmed", "feared", "reported")
                )
            elif (aux and token.tag_ != "RB") or not token.tag_.startswith(PASSED):
                return []
            i += 1
        return []

    def _resulting(self, doc: Doc, prep: int, start: int) -> bool:
        """Whether a preposition gives an outcome: "resulted in *six people killed*"."""
        return prep > start and (doc[prep - 1].lemma_, doc[prep].lower_) in OUTCOME

    def _aside(self, doc: Doc, i: int) -> bool:
        return i < len(doc) and doc[i].lower_ in (
            "including",
            "among",
            "mostly",
            "mainly",
            "most",
            "all",
            "some",
        )

    def _stative(self, doc: Doc, i: int, stop: int, end: int, aux: bool) -> bool:
        """Whether a form stands as a state or a passive, not as an active verb with an object."""
        if aux or doc[i].lower_ in ("dead", "missing", "shot", "lost", "died", "die", "dies", "perished"):
            return True
        if stop >= end or doc[stop].is_punct:
            return True
        following: Token = doc[stop]
        if (
            following.lower_ in ("at", "up", "as")
            and stop + 1 < end
            and doc[stop + 1].lower_ in ("least", "to", "many", "most")
        ):
            return False
        return following.tag_ not in OBJECT_TAGS

    def _toll(self, doc: Doc, first: int, start: int) -> list[tuple[str, int, str]]:
        """ "The death toll rises to 21": the toll is the subject, the count follows to, at, of or stands at."""
        if first <= start or doc[first - 1].lower_ not in REACHING:
            return []
        for i in range(first - 2, max(start, first - 30) - 1, -1):
            form = self._form(doc, i, "toll", first)
            if form is not None:
                return [(form[0], i, "toll")]
        return []

    def _leads(self, doc: Doc, first: int) -> bool:
        """Whether a count may stand in a subject: no verb or preposition of place has it for its object."""
        before = doc[first - 1] if first else None
        return before is None or not (before.tag_.startswith("VB") or before.lower_ in WITHIN)

    def _linked(self, doc: Doc, one: tuple[Quantity, int, int], other: tuple[Quantity, int, int]) -> bool:
        """Whether two counts are coordinated: only links, or a short phrase without a verb and then a link, between."""
        between = [t for t in doc[one[2] : other[1]] if t.lower_ not in LEADING]
        if not between or len(between) > 10 or other[0].part:
            return False
        if any(t.tag_.startswith(("VB", "MD", "W")) and t.lower_ != "including" for t in between):
            return False
        return between[-1].lower_ in ("and", "or", "plus", "&") or all(
            t.lower_ in LINKS or t.lower_ == "as" for t in between
        )


def countable(doc: Doc, q: Quantity) -> bool:
    """Whether a count may count people: a single group, force or crowd does not."""
    if q.noun is None or (q.min, q.max) != (1, 1):
        return q.rule != INDEFINITE
    if q.rule == INDEFINITE and doc[q.noun].lower_.endswith(ABSTRACT):
        return False
    return doc[q.noun].lower_ not in COLLECTIVE and doc[q.noun].lower_.removesuffix("s") not in COLLECTIVE
