"""Mending a parse before it is read: the errors that small parsers make most with reports of conflict."""

from __future__ import annotations

from spacy.tokens import Doc, Span, Token

from extractor.nominals import Lexicon, children, is_nominal, lemma_of
from extractor.predicates import SILENT_HEADS, SUBJECTS, Predicates

_PURE = frozenset((
    "under", "in", "at", "on", "by", "with", "from", "of", "for", "near", "against", "to", "into",
    "inside", "outside", "across", "along",
))  # fmt: skip
_MISTAKEN = frozenset(("NN", "NNS", "NNP", "NNPS", "VB", "VBP", "JJ"))
_PHRASE_ENDS = frozenset(("ADP", "VERB", "AUX", "CCONJ", "SCONJ"))
_CLAUSE_ENDS = frozenset(("and", "or", "but", "that", "which", "who", ",", ";", ":"))
_BESIDE = frozenset(("neighbouring", "neighboring", "surrounding", "adjoining", "outlying", "bordering"))
_COLLECTIVES = frozenset(("police", "military", "people", "troops", "opposition"))


class Mending(Predicates):
    """The predicates of one parsed Doc, with the parse mended.

    Args:
        doc: parsed and tagged.
        lexicon: the word classes.
    """

    def __init__(self, doc: Doc, lexicon: Lexicon) -> None:
        super().__init__(doc, lexicon)
        self._mend()
        self._kinds.clear()

    def _mend(self) -> None:
        """Mends where a past tense was taken for a participle, or a verb for a noun."""
        self._mend_additions()
        self._mend_second_objects()
        self._mend_neighbours()
        self._mend_between()
        for sentence in self.doc.sents:
            self._mend_verbless(sentence)
        for verb in self.doc:
            if verb.pos_ != "VERB" or verb.tag_ not in ("VBD", "VBN", "VBZ", "VBP"):
                continue
            own = children(verb, "nsubj")
            deps = {c.dep_ for c in verb.children}
            if verb.dep_ == "amod" and verb.i < verb.head.i:
                self._mend_modifier(verb, own)
            elif verb.tag_ in ("VBD", "VBN") and not deps & {"aux", "auxpass", "mark"}:
                self._mend_garden_path(verb, own)
            if not own or verb.i in self.reduced or verb.i in self.lent_subject:
                continue
            if deps & {"aux", "auxpass", "nsubjpass", "dobj"}:
                continue
            if verb.tag_ in ("VBD", "VBN"):
                self._mend_swallowed(verb, own[0])
            if verb.i in self.reduced or "ccomp" in deps:
                continue
            lemma = lemma_of(verb)
            if own[0].i > verb.i:
                near = self.nearest_subject(verb)
                if near is None or own[0].left_edge.i - verb.i > 2 or self.lexicon.has("intransitive", lemma):
                    continue
                if not self.lexicon.has("reporting", lemma):
                    self.flipped[verb.i], self.lent_subject[verb.i] = own[0], near
            elif verb.tag_ in ("VBD", "VBN") and not self.lexicon.has("intransitive", verb.lemma_):
                second = self._second_verb(verb)
                if second is not None:
                    self.reduced[verb.i] = self.lent_subject[second.i] = own[0]

    def _mend_additions(self) -> None:
        """Ties "along with X" to the noun phrase before it, whatever the parser hung it on."""
        for token in self.doc[:-2]:
            pair = f"{token.lower_} {self.doc[token.i + 1].lower_}"
            width = 3 if f"{pair} {self.doc[token.i + 2].lower_}" == "as well as" else 2
            if width == 2 and pair not in ("along with", "together with"):
                continue
            before = [
                t
                for t in self.doc[token.sent.start : token.i]
                if is_nominal(t) and t.dep_ not in SILENT_HEADS
            ]
            after = [
                t
                for t in self.doc[token.i + width : min(token.i + width + 6, token.sent.end)]
                if is_nominal(t) and t.dep_ not in SILENT_HEADS
            ]
            if not before or not after or token.i - before[-1].i > 2:
                continue
            first = before[-1]
            while first.dep_ == "pobj" and is_nominal(first.head.head) and first.head.head.i < first.i:
                first = first.head.head
            self.phrases.extra.setdefault(self.phrases.core(first).i, []).append(after[0])

    def _mend_second_objects(self) -> None:
        """Gives a preposition left without object the noun that the parser hung on the preposition before it: "an attack
        on troops *in the capital*"."""
        for noun in self.doc:
            prep = self.doc[noun.left_edge.i - 1] if noun.left_edge.i else noun
            if (
                noun.dep_ == "pobj"
                and prep.dep_ == "prep"
                and prep.i > noun.head.i
                and prep.lower_ in _PURE
                and not any(prep.children)
                and len(children(noun.head, "pobj")) > 1
            ):
                self.phrases.lent[prep.i] = noun
                self.phrases.moved.add(noun.i)

    def _mend_neighbours(self) -> None:
        """Reads *neighbouring* before a noun as its adjective: "in neighbouring Kandahar"."""
        for token in self.doc:
            if token.dep_ != "pcomp" or token.lower_ not in _BESIDE:
                continue
            noun = next((c for c in token.rights if c.dep_ == "dobj"), None)
            if noun is not None and not children(token, "aux", "advmod", "prep"):
                noun.head, noun.dep_ = token.head, "pobj"
                token.head, token.dep_, token.tag_ = noun, "amod", "JJ"

    def _mend_between(self) -> None:
        """Gives *between* its second noun where the parser made it the subject of the verb that follows: "talks between
        the government and *the rebels* resumed"."""
        for prep in self.doc:
            objects = children(prep, "pobj") if prep.lower_ == "between" and prep.dep_ == "prep" else []
            if len(objects) != 1 or children(objects[0], "conj") or not is_nominal(prep.head):
                continue
            link = objects[0].right_edge.i + 1
            second = next((t for t in self.doc[link + 1 : link + 6] if is_nominal(t)), None)
            while second is not None and second.dep_ in ("compound", "nmod") and second.head.i > second.i:
                second = second.head
            if second is None or self.doc[link].lower_ != "and" or second.dep_ not in ("nsubj", "nsubjpass"):
                continue
            if second.head.i > second.i and second.head != prep.head.head:
                self.phrases.extra.setdefault(objects[0].i, []).append(second)
                self.lent_subject[second.head.i] = prep.head

    def _mend_modifier(self, verb: Token, own: list[Token]) -> None:
        """A verb read as modifier of its own object: "the last unit left Mali"."""
        noun = verb.head
        swallowed = [c for c in verb.lefts if c.dep_ in ("compound", "nmod", "npadvmod") and is_nominal(c)]
        before = self.doc[verb.i - 1] if verb.i else verb
        subject: Token | None = None
        if own:
            subject = own[0]
        elif verb.tag_ == "VBD" and swallowed and not self.is_time(swallowed[-1]):
            subject = swallowed[-1]
        elif verb.tag_ == "VBD" and before.pos_ not in ("DET", "ADJ", "ADP", "NUM"):
            root = verb.sent.root
            subject = root if is_nominal(root) and root.i < verb.i else self.nearest_subject(verb)
            if is_nominal(before) and before.dep_ not in ("dobj", "pobj"):
                subject = before
        elif before.text in (",", ";") and noun.dep_ == "dobj" and noun.head.i < verb.i:
            earlier = children(noun.head, "dobj")
            subjects = children(noun.head, "nsubj")
            subject = subjects[0] if len(earlier) > 1 and earlier[0].i < before.i and subjects else None
        elif before.lower_ == "and" and noun.dep_ == "conj" and self.lexicon.has("harm_verb", lemma_of(verb)):
            outer = noun.head
            while outer.head != outer and outer.pos_ != "VERB":
                outer = outer.head
            subjects = children(outer, "nsubj")
            subject = subjects[0] if subjects and outer.i < verb.i else None
        if subject is not None and subject != noun:
            self.lent_subject[verb.i], self.flipped[verb.i] = subject, noun
            self.stolen.add(noun.i)

    def _mend_garden_path(self, verb: Token, own: list[Token]) -> None:
        """The main verb after a relative or participial clause, hung inside that clause."""
        above = verb.head
        if own and verb.dep_ in SUBJECTS and above.pos_ == "VERB" and above.i > verb.i:
            self.reduced[verb.i] = self.lent_subject[above.i] = own[0]
        elif (
            verb.dep_ == "acl"
            and verb.tag_ == "VBN"
            and not self.lexicon.has("strictly_transitive", lemma_of(verb))
        ):
            root = verb.sent.root
            bare = not any(t.tag_ in ("VBD", "VBZ", "VBP", "MD") for t in verb.sent)
            bare = bare and is_nominal(root) and root in verb.ancestors and verb.sent[-1].text == "."
            if bare and not children(verb, "agent") and verb.i - above.i == 1:
                self.lent_subject[verb.i] = root
        elif own and own[0].i < verb.i and own[0].left_edge.i > verb.sent.start:
            inner = self.doc[own[0].left_edge.i - 1]
            inside = inner.dep_ == "relcl" or (inner.tag_ == "VBG" and not children(inner, "aux"))
            if inner.pos_ == "VERB" and (inside or verb.dep_ == "dobj") and above in (inner, inner.head):
                objects = [c for c in children(inner, "dobj") if c != verb]
                if objects or self.lexicon.has("reporting", lemma_of(inner)):
                    return
                subjects = children(inner, *SUBJECTS)
                outer = inner.head if inner.dep_ == "relcl" else subjects[0] if subjects else None
                if outer is not None and is_nominal(outer):
                    self.flipped[inner.i], self.lent_subject[verb.i] = own[0], outer
        elif (
            (
                not own
                and verb.tag_ == "VBD"
                and verb.dep_ in ("xcomp", "ccomp", "dobj")
                and above.dep_ == "relcl"
            )
            and is_nominal(above.head)
            and above.head.i < above.i < verb.i
        ):
            self.lent_subject[verb.i] = above.head

    def misplaced_subject(self, verb: Token) -> list[Token]:
        """A subject that the parser made the object of the conjunction ("after *the army* left") or of "acting"
        ("Acting president *Diop* left")."""
        for child in verb.lefts:
            if child.dep_ == "mark" and self.finite(verb) and (nouns := children(child, "pobj")):
                return nouns
            if child.dep_ == "csubj" and child.lower_ == "acting" and child.i == child.left_edge.i:
                return children(child, "dobj")
        before = self.doc[verb.i - 1] if verb.i > verb.sent.start else verb
        crowd = before.tag_ == "NNS" or before.lower_ in _COLLECTIVES
        if (
            crowd
            and verb.tag_ in ("NN", "JJ")
            and before.dep_ in ("compound", "nmod")
            and before.head == verb
        ):
            return [before]  # "after *soldiers* open fire", taken for a noun
        bare = verb.tag_ == "VB" and verb.dep_ == "ROOT" and not children(verb, "aux")
        return [before] if bare and before.lower_ in _COLLECTIVES else []

    def _mend_swallowed(self, verb: Token, subject: Token) -> None:
        """A preposition's noun read as a second subject: "troops deployed under Serval captured him"."""
        for prep in children(verb, "prep"):
            if prep.lower_ not in _PURE or prep.i < verb.i or children(prep, "pobj"):
                continue
            clauses = children(prep, "pcomp") or children(
                verb, "ccomp", "advcl", "xcomp", "conj", "parataxis"
            )
            for second in clauses:
                inner = children(second, "nsubj")
                if inner and second.tag_ in ("VBD", "VBN") and inner[0].left_edge.i == prep.i + 1:
                    self.reduced[verb.i] = subject
                    self.lent_subject[second.i] = subject
                    self.phrases.lent[prep.i] = inner[0]

    def _second_verb(self, verb: Token) -> Token | None:
        """A finite verb further on without subject, mark or conjunction: the true main verb."""
        thought = self.lexicon.has("reporting", verb.lemma_) and bool(children(verb, "xcomp"))
        if not thought and not children(verb, "prep"):
            return None
        for token in self.doc[verb.i + 1 : verb.sent.end]:
            if token.lower_ in _CLAUSE_ENDS or token.is_quote or (token.lower_ == "to" and not thought):
                return None
            if token.lemma_ == "be" and token.tag_ in ("VBD", "VBZ", "VBP"):
                deps = {c.dep_ for c in token.children}
                return token if deps & {"attr", "acomp"} and not deps & {*SUBJECTS, "mark"} else None
            past = token.pos_ == "VERB" and token.tag_ in ("VBD", "VBN")
            if past and token.dep_ not in ("amod", "relcl", "compound"):
                deps = {c.dep_ for c in token.children}
                needed = {"dobj"} if token.tag_ == "VBN" else {"dobj", "ccomp", "xcomp", "prep"}
                if deps & {"nsubj", "nsubjpass", "mark", "auxpass", "aux"} or not deps & needed:
                    return None
                return token
        return None

    def _mend_verbless(self, sentence: Span) -> None:
        """The present tense of news tagged as a noun: "Rebels seize town.", "The court fines two men."."""
        root = sentence.root
        if len(sentence) < 4 or self.finite(root) or children(root, "aux", "auxpass", "cop"):
            return
        if any(t.tag_ in ("VBD", "VBZ", "VBP", "MD") and t.dep_ in ("ccomp", "parataxis") for t in sentence):
            return
        for token in sentence[1:-2]:
            before, after = self.doc[token.i - 1], self.doc[token.i + 1]
            if before.pos_ == "ADV" and token.i > sentence.start + 1:
                before = self.doc[token.i - 2]
            modifier = token.tag_ == "VBZ" and token.dep_ in ("compound", "amod", "nmod")
            if not (modifier or token.tag_ in _MISTAKEN) or token.lower_ != token.text:
                continue
            lemma = token.lower_
            plural = before.tag_ in ("NNS", "NNPS") or before.lower_ in _COLLECTIVES
            if not self._needs_object(lemma) or not plural:
                lemma = token.lower_.removesuffix("s")
                if lemma == token.lower_ or plural or before.tag_ not in ("NN", "NNP"):
                    continue
            starts = after.pos_ in ("DET", "NUM", "PROPN", "ADJ", "PRON", "NOUN") and after.tag_ != "POS"
            subject, noun = self._phrase_before(token), self._phrase_after(token)
            if starts and self._needs_object(lemma) and subject is not None and noun is not None:
                self.verbal[token.i] = lemma
                self.lent_subject[token.i], self.flipped[token.i] = subject, noun
                return

    def _needs_object(self, lemma: str) -> bool:
        return any(
            self.lexicon.has(c, lemma) for c in ("strictly_transitive", "effect_verb", "headline_verb")
        )

    def _phrase_before(self, token: Token) -> Token | None:
        """Head of the noun phrase that ends before the token, prepositional attributes left out."""
        found: Token | None = None
        for other in reversed(self.doc[token.sent.start : token.i]):
            if other.pos_ == "ADP" or other.tag_ == "VBG":
                found = None
            elif other.is_punct or other.pos_ in ("VERB", "AUX", "SCONJ", "CCONJ"):
                break
            elif found is None and is_nominal(other):
                found = other
        return found

    def _phrase_after(self, token: Token) -> Token | None:
        """Head of the noun phrase that begins after the token."""
        found: Token | None = None
        for other in self.doc[token.i + 1 : token.sent.end]:
            if self.doc[other.i - 1].text == "-":
                continue
            if (other.is_punct and other.text != "-") or other.pos_ in _PHRASE_ENDS:
                break
            found = other if is_nominal(other) else found
        return found


def reattach(doc: Doc, lexicon: Lexicon) -> None:
    """Make a clause behind the hearer what was told, not what the hearer is ("told a station *that the group had
    attacked*"), in place, before the parse is read.

    Args:
        doc: parsed and tagged.
        lexicon: the word classes.
    """
    for token in doc:
        noun, verb = token.head, token.head.head
        if token.dep_ != "relcl" or noun.dep_ not in ("dobj", "dative") or noun.i > token.i:
            continue
        that = [c for c in token.lefts if c.lower_ == "that" and c.dep_ not in SUBJECTS]
        if that and children(token, *SUBJECTS) and lexicon.has("telling_verb", verb.lemma_):
            that[0].dep_ = "mark"
            that[0].tag_, that[0].pos_ = "IN", "SCONJ"
            token.dep_, token.head = "ccomp", verb
