"""What is a predicate in a parse, how it is inflected, and what governs it.

The half of the clause reader that does not ask who fills which place: kinds of predicates, voice, negation,
modals, tense, kinds of clauses and governors.
"""

from __future__ import annotations

import re

from spacy.tokens import Doc, Token

from extractor.nominals import Lexicon, Phrases, children, is_nominal, lemma_of, particle_of
from extractor.schema import Governor

SUBJECTS = ("nsubj", "nsubjpass")
_WONDERING = ("ask", "see", "know", "wonder", "decide", "determine", "check", "doubt", "question", "consider")
_RANK = re.compile(r"first|second|third|last|latest|next|only|[a-z-]+th")
SILENT_HEADS = ("compound", "amod", "nummod", "poss", "npadvmod", "appos", "det", "quantmod", "nmod")


class Predicates:
    """The predicates of one parsed Doc, without their arguments.

    What mending found out is kept by token index: `lent_subject` and `flipped` give a verb a subject and an
    object, `reduced` makes it a reduced relative over a noun, `verbal` names the lemma of a verb tagged as a
    noun, `stolen` are objects that belong to another verb than their head.

    Args:
        doc: parsed and tagged.
        lexicon: the word classes.
    """

    def __init__(self, doc: Doc, lexicon: Lexicon) -> None:
        self.doc = doc
        self.lexicon = lexicon
        self.phrases = Phrases(lexicon)
        self.lent_subject: dict[int, Token] = {}
        self.reduced: dict[int, Token] = {}
        self.flipped: dict[int, Token] = {}
        self.stolen = self.phrases.stolen
        self.verbal: dict[int, str] = {}
        self._kinds: dict[int, str | None] = {}
        self._negated: dict[int, bool] = {}
        self._steps: dict[int, tuple[Token | None, str]] = {}

    # -- what is a predicate

    def kind(self, token: Token) -> str | None:
        """verb, noun, adjective or None."""
        if token.i not in self._kinds:
            self._kinds[token.i] = "verb" if token.i in self.verbal else self._kind(token)
        return self._kinds[token.i]

    def _kind(self, token: Token) -> str | None:
        deps = {child.dep_ for child in token.children}
        if token.dep_ in ("aux", "auxpass", "prep", "agent", "case", "mark", "cc", "det"):
            return None
        if token.pos_ in ("VERB", "AUX"):
            if token.tag_ == "VBG" and token.dep_ in (
                "nsubj",
                "nsubjpass",
                "dobj",
                "pobj",
                "compound",
                "conj",
                "attr",
            ):
                of = any(c.lower_ == "of" for c in children(token, "prep"))
                if token.dep_ == "compound" or (
                    not deps & {"dobj", "aux"} and (of or deps & {"det", "poss", "amod"})
                ):
                    return "noun"
            if token.tag_ in ("NN", "NNS") and not deps & {"nsubj", "nsubjpass", "dobj", "aux", "auxpass"}:
                return "noun"
            return "verb"
        if token.pos_ in ("NOUN", "PROPN"):
            if deps & {"aux", "auxpass", "dobj"}:
                return "verb"
            return "noun"
        if token.pos_ == "ADJ":
            if token.dep_ in ("acomp", "oprd", "ROOT", "xcomp", "ccomp", "advcl", "relcl", "acl", "attr"):
                return "adjective"
            if token.dep_ == "conj" and self.kind(token.head) == "adjective":
                return "adjective"
            if token.dep_ == "amod" and token.i > token.head.i:
                return "adjective"
        return None

    # -- passive and finite

    def passive(self, verb: Token) -> bool:
        """Whether the verb's surface subject is its deep object."""
        if verb.i in self.reduced:
            return True
        deps = {child.dep_ for child in verb.children}
        if "auxpass" in deps:
            return True
        if verb.i in self.lent_subject or verb.i in self.flipped:
            return False
        if self.lexicon.has("never_passive", lemma_of(verb)):
            return False
        if verb.tag_ not in ("VBN", "VBD", "JJ"):
            return False
        perfect = any(
            c.lemma_ == "have" or c.lower_ in ("'ve", "'d", "’ve", "’d") for c in children(verb, "aux")
        )
        if perfect:
            return False
        lemma = lemma_of(verb)
        has_object = "dobj" in deps and not self.lexicon.has("ditransitive", lemma)
        if verb.tag_ == "VBN" and not has_object:
            bare = "nsubjpass" in deps and self.lexicon.has("strictly_transitive", lemma)
            if "agent" in deps or bare or verb.dep_ in ("acl", "amod"):
                return True
            if verb.dep_ in ("advcl", "xcomp", "oprd", "acomp") and not deps & {"nsubj", "aux"}:
                return True
            if (
                verb.dep_ in ("ccomp", "xcomp")
                and self.lexicon.has("causative", lemma_of(verb.head))
                and "aux" not in deps
            ):
                return True
        if (
            verb.dep_ == "conj"
            and (
                verb.tag_ == "VBN"
                or (
                    verb.tag_ == "VBD"
                    and self.lexicon.has("strictly_transitive", lemma)
                    and self.following_object(verb) is None
                )
            )
            and not deps & {"nsubj", "aux"}
            and self.is_verb(verb.head)
        ):
            return self.passive(verb.head) and not has_object
        if "dobj" in deps or "aux" in deps or verb.dep_ == "relcl":
            return False
        return (
            "nsubj" in deps
            and self.lexicon.has("strictly_transitive", lemma)
            and not deps & {"ccomp", "xcomp", "dative"}
            and all(c.i < verb.i for c in children(verb, "nsubj"))
            and not any(children(c, "dobj") for c in children(verb, "conj"))
            and self.following_object(verb) is None
        )

    def is_predicate(self, token: Token) -> bool:
        """Whether the token has a predication."""
        return self.kind(token) is not None

    def is_verb(self, token: Token) -> bool:
        """Whether the token heads a verbal predication."""
        return self.kind(token) == "verb"

    @staticmethod
    def infinitive(verb: Token) -> bool:
        """Whether the verb has infinitival "to"."""
        return any(c.tag_ == "TO" or c.lower_ == "to" for c in children(verb, "aux", "mark"))

    def finite(self, verb: Token) -> bool:
        """Whether the verb or its auxiliary is inflected."""
        if self.infinitive(verb):
            return False
        if verb.tag_ in ("VBD", "VBZ", "VBP"):
            return True
        if verb.tag_ == "VBN" and verb.dep_ == "ROOT" and not children(verb, "aux", "auxpass"):
            return bool(children(verb, "dobj"))
        return any(c.tag_ in ("VBD", "VBZ", "VBP", "MD") for c in children(verb, "aux", "auxpass"))

    # -- negation, modality, tense, clause, governors

    def negated(self, token: Token) -> bool:
        """Whether a negative word has the predicate in its scope."""
        if token.i not in self._negated:
            self._negated[token.i] = self._is_negated(token)
        return self._negated[token.i]

    def _is_negated(self, token: Token) -> bool:
        for child in token.children:
            word = child.lower_
            if child.dep_ == "neg" or word in ("not", "n't", "n’t", "never"):
                after = self.doc[child.i + 1].lower_ if child.i + 1 < len(self.doc) else ""
                of_complement = child.i > token.i and after in ("guilty", "responsible", "liable", "involved")
                if after not in ("only", "just", "merely", "simply") and not of_complement:
                    return True  # "pleaded not guilty" is a plea all the same
            if (
                word in ("no", "neither")
                and child.dep_ in ("det", "preconj", "cc", "advmod")
                and (word == "no" or child.dep_ == "advmod" or self.kind(token) == "noun")
            ):
                return True
            if word == "longer" and any(c.lower_ == "no" for c in child.children):
                return True
            if word in ("without",) and child.dep_ in ("mark", "prep"):
                return not children(child, "pobj", "pcomp")
            if child.dep_ in ("nsubj", "nsubjpass", "dobj", "attr") and self.is_verb(token):
                none = child.lower_ in ("nobody", "none", "nothing", "neither", "no-one")
                if none or any(c.lower_ in ("no", "neither") for c in children(child, "det", "neg")):
                    return True
        head = token.head
        if token.dep_ in ("pcomp", "pobj") and head.lower_ == "without":
            return True
        if token.dep_ == "conj" and head.i < token.i and not children(token, *SUBJECTS, "aux", "auxpass"):
            linked = {
                t.lower_
                for t in [*head.children, *token.children]
                if t.dep_ == "cc" and head.i < t.i < token.i
            }
            if linked & {"or", "nor"}:
                return self.negated(head)
        return any(c.lower_ == "nor" for c in children(token, "cc") if c.i < token.i) or (
            any(c.lower_ == "neither" for c in children(token, "preconj"))
        )

    def modals(self, verb: Token) -> list[str]:
        """Lemmas of the modal auxiliaries, shared by a conjunct without auxiliary and subject."""
        own = children(verb, "aux", "auxpass")
        names = {"'ll": "will", "’ll": "will", "'d": "would", "’d": "would", "wo": "will", "ca": "can"}
        found = [names.get(a.lower_, a.lower_) for a in own if a.tag_ == "MD"]
        if not own and verb.dep_ == "conj" and verb.tag_ in ("VB", "VBN") and not children(verb, *SUBJECTS):
            return self.modals(verb.head) if self.is_verb(verb.head) else []
        return found

    def tense(self, verb: Token) -> str | None:
        """past, present or future; None for what is not finite. A perfect counts as past."""
        modals = self.modals(verb)
        if verb.i in self.verbal:
            return "present"
        if any(m in ("will", "shall") for m in modals):
            return "future"
        aux = [c for c in children(verb, "aux", "auxpass") if c.tag_ != "MD"]
        if self.infinitive(verb):
            return None
        if any(c.lemma_ == "have" for c in aux):
            return "past"
        if modals:
            return "present"
        if verb.tag_ == "VBN" and not aux and not self.passive(verb) and children(verb, *SUBJECTS):
            return "past"
        for token in [*aux, verb]:
            if token.tag_ == "VBD":
                return "past"
            if token.tag_ in ("VBZ", "VBP"):
                return "present"
        if verb.dep_ == "conj" and self.is_verb(verb.head) and not aux and not children(verb, *SUBJECTS):
            return self.tense(verb.head)
        return None

    def clause(self, verb: Token) -> str:
        """Which kind of clause the verb heads."""
        dep = verb.dep_
        if verb.i in self.reduced:
            return "reduced_relative"
        if verb.i in self.lent_subject:
            return "main"
        if dep in ("relcl", "acl") and self._relation(verb, verb.head, dep) == "complement":
            return "infinitive" if self.infinitive(verb) else "complement"
        if dep == "relcl" or self.loose_relative(verb) is not None:
            return "relative"
        if dep in ("acl", "amod", "advcl", "xcomp", "pcomp", "oprd") and self.infinitive(verb):
            return "infinitive"
        if dep in ("acl", "amod"):
            return "participle" if verb.tag_ == "VBG" else "reduced_relative"
        if dep == "advcl":
            if self._relation(verb, verb.head, dep) == "complement":
                return "complement"
            return "adverbial" if self.finite(verb) or children(verb, *SUBJECTS) else "participle"
        if dep in ("xcomp", "pcomp", "oprd"):
            return "participle" if verb.tag_ in ("VBG", "VBN") else "infinitive"
        if dep in ("ccomp", "csubj", "csubjpass"):
            return "complement"
        if dep == "conj" and self.is_verb(verb.head):
            return self.clause(verb.head)
        return "main"

    def governors(self, token: Token) -> list[Governor]:
        """Predicates above, nearest first, with the relation to each."""
        found: list[Governor] = []
        seen = {token.i}
        current: Token | None = self._level(token)
        while current is not None and len(found) < 12:
            for said in self._tags(current):
                if said.i not in seen:
                    seen.add(said.i)
                    found.append(Governor(said.i, lemma_of(said), "complement", self.negated(said)))
            if current.i not in self._steps:
                self._steps[current.i] = self._step(current)
            above, relation = self._steps[current.i]
            if above is None or above.i in seen:
                break
            seen.add(above.i)
            found.append(Governor(above.i, lemma_of(above), relation, self.negated(above)))
            current = self._level(above)
        return found

    def _level(self, verb: Token) -> Token:
        """Where the verb belongs: a main verb hung inside the clause of its subject stands at the subject."""
        subject = self.lent_subject.get(verb.i)
        if subject is None:
            return verb
        above = list(verb.ancestors)
        if subject in above:
            return subject
        return subject.head if subject.head in above and subject.head.i in self.reduced else verb

    def _tags(self, token: Token) -> list[Token]:
        """Verbs of saying that hang on what was said ("five were killed, police said")."""
        return [
            c
            for c in children(token, "parataxis", "ccomp", "advcl", "dep", "conj")
            if c.pos_ == "VERB"
            and self.lexicon.has("reporting", lemma_of(c))
            and not children(c, "ccomp", "dobj", "xcomp")
            and (
                c.dep_ == "parataxis"
                or c.dep_ == "dep"
                or any(m.lower_ == "as" for m in children(c, "mark", "advmod"))
                or (
                    c.dep_ in ("ccomp", "conj")
                    and c.i > token.i
                    and not (c.dep_ == "conj" and (children(token, "cc") or not children(c, "nsubj")))
                    and not children(c, "mark")
                    and any(t.is_punct for t in self.doc[token.i + 1 : c.i])
                )
            )
        ]

    def loose_relative(self, verb: Token) -> Token | None:
        """The noun before a relative clause that the parser hung on a verb ("the man, who was sentenced")."""
        if verb.dep_ not in ("ccomp", "advcl", "parataxis", "dep", "conj"):
            return None
        first = next((t for t in verb.lefts if not t.is_punct), None)
        if first is None or first.lower_ not in ("who", "which", "whom", "where"):
            return None
        before = first.i - 1
        if before > verb.sent.start and self.doc[before].text == ",":
            before -= 1
        found = self.doc[before] if before >= verb.sent.start else None
        return found if found is not None and found.i < first.i and is_nominal(found) else None

    def asked(self, verb: Token) -> Token | None:
        """The verb that asks this infinitive of the noun it hangs on ("asked him *to leave*")."""
        noun = verb.head
        if verb.dep_ != "acl" or not self.infinitive(verb):
            return None
        if noun.dep_ in ("dobj", "dative") and self.lexicon.has("object_control", lemma_of(noun.head)):
            return noun.head
        asking = f"{lemma_of(noun.head.head)} {noun.head.lower_}"
        if noun.dep_ == "pobj" and self.lexicon.has("control_preposition", asking):
            return noun.head.head
        return None

    def _step(self, token: Token) -> tuple[Token | None, str]:
        head, dep = token.head, token.dep_
        if (noun := self.loose_relative(token)) is not None:
            return noun, "relative"
        if (asker := self.asked(token)) is not None:
            purpose = self.lexicon.has("purpose_verb", lemma_of(asker))
            return asker, "purpose" if purpose else "complement"
        for _ in range(8):
            if head == token or dep == "ROOT":
                return None, ""
            if (dep in ("acomp", "attr") and head.lemma_ == "be") or (
                dep in ("appos", "conj") and is_nominal(token) and is_nominal(head)
            ):
                token, head, dep = head, head.head, head.dep_
                continue
            if dep in ("pobj", "pcomp"):
                host = head.head
                while host.pos_ in ("ADP", "SCONJ") and host.head != host:
                    host = host.head
                relation = self._by_preposition(token, head, host)
                if self.is_predicate(host):
                    return host, relation
                token, head, dep = host, host.head, host.dep_
                continue
            if self.is_predicate(head):
                return head, self._relation(token, head, dep)
            token, head, dep = head, head.head, head.dep_
        return None, ""

    def _by_preposition(self, token: Token, prep: Token, host: Token) -> str:
        name = prep.lower_
        for inner, noun in self.phrases.prepositions(prep):
            if noun.i == token.i:
                name = inner
        has = self.lexicon.has
        if has("conditional_mark", name):
            return "conditional"
        if has("complement_preposition", name) and (
            has("speech_or_plan", lemma_of(host)) or (name == "of" and host.pos_ == "NOUN")
        ):
            return "complement"
        if has("temporal_mark", name) and name != "as":
            return "temporal"
        if name == "for" and (
            (token.tag_ == "VBG" and self.is_verb(host)) or has("answering", lemma_of(host))
        ):
            return "causal"
        if has("causal_mark", name) and name not in ("for", "over", "so"):
            return "causal"
        return "purpose" if name == "for" else "adverbial"

    def _relation(self, token: Token, head: Token, dep: str) -> str:
        if dep in ("relcl", "acl") and any(c.dep_ == "mark" and c.lower_ == "that" for c in token.lefts):
            return "complement"
        if dep == "relcl":
            return "relative"
        if dep == "conj":
            return "conjunct"
        if dep == "acl":
            aimed = self.infinitive(token) and self._aims(token, head)
            return "purpose" if aimed else "complement" if self.infinitive(token) else "relative"
        if dep == "advcl":
            marks = [
                c.lower_
                for c in token.children
                if c.dep_ in ("mark", "advmod", "prep", "cc", "aux") and c.i < token.i
            ]
            for name, relation in (
                ("conditional_mark", "conditional"),
                ("temporal_mark", "temporal"),
                ("causal_mark", "causal"),
            ):
                if any(self.lexicon.has(name, m) for m in marks):
                    return relation
            if self.infinitive(token):
                lemma = lemma_of(head)
                asked = self.lexicon.has("object_control", lemma) and not self.lexicon.has(
                    "purpose_verb", lemma
                )
                return "complement" if asked and children(head, "dobj") else "purpose"
            marked = any(c.dep_ == "mark" or c.tag_.startswith("W") for c in token.lefts)
            quoted = token.i < head.i and self.finite(token) and not marked
            return "complement" if quoted and self.lexicon.has("reporting", lemma_of(head)) else "adverbial"
        if dep in ("parataxis", "dep") and self.lexicon.has("reporting", lemma_of(head)):
            return "complement"
        if dep == "ccomp" and any(c.dep_ == "mark" and c.lower_ in ("if", "unless") for c in token.lefts):
            told = self.lexicon.has("reporting", lemma_of(head)) or head.lemma_ in _WONDERING
            return "complement" if told else "conditional"
        if dep in (
            "xcomp",
            "ccomp",
            "csubj",
            "csubjpass",
            "dobj",
            "nsubjpass",
            "oprd",
            "dative",
            "acomp",
            "attr",
        ):
            return "complement"
        return "subject" if dep == "nsubj" else "adverbial"

    def _aims(self, verb: Token, noun: Token) -> bool:
        """Whether an infinitive behind the noun says what it is for ("an offensive *to retake* Gao"), not what is planned
        or who did it ("the plan to retake Gao", "the last soldiers to leave")."""
        if not self.lexicon.has("purpose_noun", noun.lemma_.lower()) or self.passive(verb):
            return False
        return not any(c.tag_ in ("JJS", "RBS") or _RANK.fullmatch(c.lower_) for c in noun.lefts)

    def conjunct_head(self, verb: Token) -> Token | None:
        """The verb that a conjoined verb is coordinated with, also where it hangs on that verb's object."""
        if verb.dep_ != "conj":
            return None
        head = verb.head
        for _ in range(6):
            if self.is_verb(head):
                return head
            if head.head == head or not (is_nominal(head) or head.pos_ == "ADP"):
                return None
            head = head.head
        return None

    # -- neighbours

    def nearest_subject(self, verb: Token) -> Token | None:
        """The nearest noun phrase before the verb, in its clause, that is no part of another phrase."""
        part: Token | None = None
        timed: Token | None = None
        for token in reversed(self.doc[verb.sent.start : verb.i]):
            if token.text in (";", ":", "“", '"') or (token.pos_ == "VERB" and self.finite(token)):
                break
            if not is_nominal(token) or self.is_time(token):
                continue
            if self.doc[token.i + 1].text == "-":
                part = token
                continue
            if token.dep_ in SILENT_HEADS and not (token.head in (verb, part) or token.dep_ == "npadvmod"):
                continue
            if token.dep_ == "pobj":
                if token.head.lower_ in ("after", "before", "as", "since", "until", "once"):
                    timed = token
                    break
                continue
            if token.dep_ in ("dobj", "attr") and token.head.i < token.i:
                continue
            return token
        return timed

    def following_object(self, verb: Token) -> Token | None:
        """The head of a noun phrase that follows the verb at once but hangs elsewhere."""
        start = verb.i + 1
        particle = particle_of(verb)
        if particle is not None and particle.i == start:
            start += 1
        if self.doc[start : start + 2].text.lower() in (
            "at least",
            "at most",
            "up to",
            "as many",
            "more than",
        ):
            start += 2
        if (range_ := self._range_of(start, verb)) is not None:
            return range_
        for token in self.doc[start : min(verb.sent.end, start + 8)]:
            if token.pos_ in ("ADP", "VERB", "AUX", "PUNCT", "CCONJ", "SCONJ", "PART"):
                return None
            if is_nominal(token) and token.dep_ not in (
                "compound",
                "amod",
                "nummod",
                "poss",
                "quantmod",
                "det",
            ):
                if token.dep_ in SUBJECTS or self.is_time(token):
                    return None
                return token
        return None

    def _range_of(self, start: int, verb: Token) -> Token | None:
        """The noun of "killed *between* 7 and 20 *people*", which was taken for a preposition's."""
        if start >= verb.sent.end or self.doc[start].lower_ not in (
            "between",
            "over",
            "around",
            "about",
            "under",
        ):
            return None
        prep = self.doc[start]
        counted = (
            c for c in prep.children if c.dep_ == "pobj" and children(c, "nummod") and not self.is_time(c)
        )
        return next(counted, None) if prep.dep_ == "prep" and prep.head == verb else None

    def is_time(self, token: Token) -> bool:
        """Whether the token is a time expression rather than a participant."""
        return self.lexicon.has("time_noun", token.lemma_.lower()) or token.ent_type_ in ("DATE", "TIME")
