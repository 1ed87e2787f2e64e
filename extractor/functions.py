"""Who fills which place of a verb: subjects, objects and prepositions under deep functions.

The surface is undone here: passives, relative clauses, participles, control, raising, coordination.
Where the parser left a place empty that the verb must have, the nearest plausible noun phrase fills it with
route "nearest", so that a consumer can weigh it.
"""

from __future__ import annotations

from spacy.tokens import Doc, Token

from extractor.mending import Mending
from extractor.nominals import RELATIVES, Filler, Lexicon, children, is_nominal, lemma_of
from extractor.predicates import SUBJECTS
from extractor.schema import Arg


class Functions(Mending):
    """The places of verbs and predicative adjectives in one parsed Doc.

    Args:
        doc: parsed and tagged.
        lexicon: the word classes.
    """

    def __init__(self, doc: Doc, lexicon: Lexicon) -> None:
        super().__init__(doc, lexicon)
        self._surface: dict[int, list[Filler]] = {}
        self._open: set[int] = set()
        self._objects: dict[int, list[Arg]] = {}

    # -- surface subjects

    def surface_subjects(self, verb: Token) -> list[Filler]:
        """Who stands as subject, overt or understood, before passives are undone."""
        if verb.i in self._surface:
            return self._surface[verb.i]
        if verb.i in self._open:
            return []
        self._open.add(verb.i)
        found = self._find_subjects(verb)
        self._open.discard(verb.i)
        self._surface[verb.i] = found
        return found

    def _find_subjects(self, verb: Token) -> list[Filler]:
        if verb.i in self.lent_subject:
            return self.phrases.participants(self.lent_subject[verb.i], "nearest")
        own = [c for c in children(verb, *SUBJECTS) if self.flipped.get(verb.i) != c and c.lower_ != "there"]
        if not own and verb.i not in self.flipped:
            own = self.misplaced_subject(verb)
        if own:
            return [filler for child in own for filler in self.resolve(child)]
        head, dep = verb.head, verb.dep_
        if children(verb, "expl") and (attr := children(verb, "attr", "dobj")):
            return [f for a in attr for f in self.phrases.participants(a)]
        found: list[Filler] = []
        if verb.i in self.flipped:
            pass
        elif (head := self.conjunct_head(verb) or head) and dep == "conj" and self.is_verb(head):
            found = _by(self.surface_subjects(head), "conjunct")
            if self.passive(head) and not self.passive(verb) and head.dep_ in ("acl", "amod"):
                found = _by(self.antecedent(head), "conjunct")
        elif dep == "relcl":
            found = _by(self.antecedent(verb), "relative")
        elif dep in ("acl", "amod") and is_nominal(head):
            if self.infinitive(verb):
                asked = self.asked(verb) is not None
                found = self.antecedent(verb) if asked else self._noun_subjects(head) or self.antecedent(verb)
                found = _by(found, "control")
            else:
                found = _by(self.antecedent(verb), "participle" if verb.tag_ == "VBG" else "reduced")
        elif (dep in ("xcomp", "ccomp", "oprd", "advcl", "acomp", "dep") and (self.is_predicate(head))) or (
            dep == "acl" and self.is_verb(head)
        ):
            found = self._controlled(verb, head)
        elif dep == "pcomp":
            found = self._gerund_subjects(verb, head)
        elif dep == "ROOT" and verb.tag_ in ("VBG", "VBN") and not children(verb, "aux", "auxpass"):
            main = [
                c
                for c in children(verb, "conj", "parataxis", "ccomp", "dep")
                if self.is_verb(c) and children(c, *SUBJECTS) and verb.i - verb.sent.start < 3
            ]
            found = _by(self.surface_subjects(main[0]), "participle") if main else []
        if not found and verb.pos_ in ("NOUN", "PROPN"):
            held = [c for c in verb.lefts if c.dep_ in ("compound", "nmod")]
            found = self.phrases.participants(held[-1], "nearest") if held else []
        if not found and self.finite(verb) and verb.lower_ != "let":
            near = self.nearest_subject(verb)
            found = self.phrases.participants(near, "nearest") if near is not None else []
        return found

    def resolve(self, token: Token) -> list[Filler]:
        """Participants of a noun phrase; a relative pronoun gives its antecedent."""
        return self.relative(token) or self.phrases.participants(token)

    def relative(self, token: Token) -> list[Filler]:
        """What a relative pronoun stands for; empty for any other token."""
        if token.lower_ not in RELATIVES or not (token.tag_.startswith("W") or token.lower_ == "that"):
            return []
        above = token.head
        if (
            above.dep_ == "prep"
            and token.dep_ == "pobj"
            and not any(t.dep_ == "relcl" for t in above.ancestors)
        ):
            before = [t for t in self.doc[token.sent.start : above.i] if is_nominal(t)]
            return [Filler(before[-1].i, "relative")] if before and above.i - before[-1].i <= 2 else []
        for _ in range(6):
            if (noun := self.loose_relative(above)) is not None and token.i > noun.i:
                return [Filler(self.phrases.core(noun).i, "relative")]
            if above.dep_ == "relcl":
                return _by(self.antecedent(above), "relative")
            if above.dep_ == "conj" and above.head.dep_ == "relcl":
                return _by(self.antecedent(above.head), "relative")
            if above.head == above or (above.dep_ in ("ccomp", "advcl") and token.lower_ == "that"):
                return []
            above = above.head
        return []

    def antecedent(self, verb: Token) -> list[Filler]:
        """The noun that a relative or participial clause modifies, with its conjuncts before the clause."""
        head = self._modified(verb)
        if not is_nominal(head) and head.pos_ != "DET":
            return []
        core = self.phrases.core(head)
        core = head if core.i > verb.i else core
        found = [Filler(core.i, "relative")]
        for child in head.children:
            if child.dep_ in ("conj", "appos") and child.i < verb.i and is_nominal(child):
                found.append(
                    Filler(self.phrases.core(child).i, "conjunct" if child.dep_ == "conj" else "apposition")
                )
        if head.dep_ == "appos":
            found.append(Filler(self.phrases.core(head.head).i, "apposition"))
        if head.dep_ == "nsubj" and head.head.lemma_ in ("include", "comprise"):
            found += _by(
                [f for c in children(head.head, "dobj") for f in self.phrases.participants(c)], "including"
            )
        elif head.dep_ in ("nsubj", "attr") and head.head.lemma_ == "be":
            named = [c for c in children(head.head, "attr", "nsubj") if c.pos_ == "PROPN" and c != head]
            if head.dep_ == "attr" and named and head.tag_ == "NN":
                return [Filler(self.phrases.core(named[0]).i, "relative")]  # "Diop is a sergeant *who fled*"
            if head.dep_ == "nsubj":
                found += _by([f for c in named for f in self.phrases.participants(c)], "apposition")
        return found

    def _modified(self, verb: Token) -> Token:
        """The noun that a relative or participial clause modifies, where the parser hung it on a neighbour: deeds kill,
        places do not ("attacks in Gao *which killed nine*"), and deeds are not "who" ("the release of a judge, *who
        was held*")."""
        head = verb.head
        opening = next((t for t in self.doc[verb.left_edge.i : verb.i + 1] if t.tag_ in ("WP", "WDT")), None)
        if opening is not None and opening.lower_ in ("who", "whom"):
            preps = [
                p for p in children(head, "prep", "agent") if p.lower_ in ("of", "by") and p.i < opening.i
            ]
            if preps and self._deed(head):
                nouns = [n for _, n in self.phrases.prepositions(preps[-1]) if n.i < opening.i]
                return nouns[-1] if nouns and not self.is_time(nouns[-1]) else head
            return head
        harm = self.lexicon.has("effect_verb", lemma_of(verb)) and not self.passive(verb)
        claim = any(c.lemma_ in ("responsibility", "credit") for c in children(verb, "dobj"))
        clause = opening is not None if verb.dep_ == "relcl" else verb.tag_ == "VBG"
        if not clause or not (harm or claim) or not self.is_place(head):
            return head
        noun = head
        for _ in range(6):
            if noun.dep_ == "pobj" and noun.head.dep_ == "prep":
                noun = noun.head.head
            elif noun.dep_ in ("conj", "appos", "npadvmod"):
                noun = noun.head
            else:
                break
            if is_nominal(noun) and self._deed(noun):
                return noun
        return head

    def _deed(self, noun: Token) -> bool:
        core = self.phrases.core(noun)
        lemma = core.lemma_.lower()
        return (
            self.phrases.is_event_noun(core)
            and not core.ent_type_
            and not self.lexicon.has("place_noun", lemma)
            and (self.lexicon.has("event_noun", lemma) or not lemma.endswith("al"))
        )

    def is_place(self, noun: Token) -> bool:
        """Whether the noun names or means a place."""
        core = self.phrases.core(noun)
        return core.ent_type_ in ("GPE", "LOC", "FAC") or self.lexicon.has("place_noun", core.lemma_.lower())

    def _planned(self, verb: Token, head: Token) -> Token | None:
        """The plan that an infinitive belongs to, though the parser hung it on the verb above ("hailed the decision of
        the president *to leave*")."""
        token = self.doc[verb.left_edge.i - 1] if verb.left_edge.i else verb
        for _ in range(6):
            if token.i <= head.i or token.i >= verb.i:
                return None
            if token.pos_ == "NOUN" and self.lexicon.has("speech_or_plan", token.lemma_.lower()):
                return token
            token = token.head
        return None

    def _controlled(self, verb: Token, head: Token) -> list[Filler]:
        """Subject of a clause without one, from the predicate above it."""
        kind = self.kind(head)
        if kind == "adjective":
            return _by(
                self.adjective_subjects(head),
                "raising" if self.lexicon.has("raising", head.lemma_.lower()) else "control",
            )
        if kind == "noun":
            return _by(self._noun_subjects(head), "control")
        plan = self._planned(verb, head) if self.infinitive(verb) else None
        if plan is not None and (planners := self._noun_subjects(plan)):
            return _by(planners, "control")
        lemma = lemma_of(head)
        lost = verb.dep_ == "ccomp" and verb.tag_ == "VBD" and not children(head, "xcomp")
        if lost and verb.i and is_nominal(verb.nbor(-1)):
            return []  # its own subject stands before it
        if (
            (
                verb.dep_ == "advcl"
                and verb.i < head.i
                and verb.tag_ == "VBG"
                and self.lexicon.has("reporting", lemma)
            )
            and self.is_verb(head.head)
            and head.head.i < verb.i
        ):
            return _by(self.surface_subjects(head.head), "participle")
        surface = self.surface_subjects(head)
        route = "raising" if self.lexicon.has("raising", lemma) or self.passive(head) else "control"
        agents = self._agents(head) if self.passive(head) and verb.i > head.i and verb.dep_ == "advcl" else []
        if verb.dep_ == "advcl" and not self.infinitive(verb):
            return _by((agents if verb.tag_ == "VBG" else []) or surface, "participle")
        if agents:
            return _by(agents, "control")
        if self.passive(head):
            return _by(surface, route)
        for prep in children(head, "prep"):
            fillers = [f for o in children(prep, "pobj") for f in self.phrases.participants(o)]
            if fillers and self.lexicon.has("control_preposition", f"{lemma} {prep.lower_}"):
                return _by(fillers, "control")
        if verb.dep_ == "advcl" and not self.lexicon.has("object_control", lemma):
            return _by(surface, "control")
        objects = [f for o in children(head, "dobj", "dative") if o.i < verb.i for f in self.resolve(o)]
        if objects and not self.lexicon.has("subject_control", lemma):
            return _by(
                objects,
                "causative"
                if self.lexicon.has("causative", lemma) and not self.infinitive(verb)
                else "control",
            )
        return _by(surface, route)

    def _gerund_subjects(self, verb: Token, prep: Token) -> list[Filler]:
        governor = prep.head
        for _ in range(3):
            if governor.pos_ in ("ADP", "SCONJ") and governor.head != governor:
                governor = governor.head
        kind = self.kind(governor)
        if kind == "verb":
            objects = [f for o in children(governor, "dobj") for f in self.resolve(o)]
            charged = self.lexicon.has("charge_preposition", f"{lemma_of(governor)} {prep.lower_}")
            if charged and objects and not self.passive(governor):
                return _by(objects, "control")
            if self.passive(governor) and prep.lower_ == "by":
                return _by(self._agents(governor), "control")
            return _by(self.surface_subjects(governor), "control")
        if kind == "adjective":
            return _by(self.adjective_subjects(governor), "control")
        if is_nominal(governor):
            above = governor.head
            if governor.dep_ == "dobj" and self.lexicon.has(
                "charge_preposition", f"{lemma_of(above)} {prep.lower_}"
            ):
                return _by(self.phrases.participants(governor), "control")
            return _by(self._noun_subjects(governor), "control")
        return []

    def _noun_subjects(self, noun: Token) -> list[Filler]:
        """Whose plan, order or part it is: possessor, nationality, or the verb's subject above."""
        found = [
            f for c in children(noun, "poss") for f in (self.relative(c) or self.phrases.participants(c))
        ]
        if found:
            return found
        for prep in children(noun, "prep"):
            if prep.lower_ in ("by", "of") and prep.i > noun.i:
                found = [
                    f
                    for o in children(prep, "pobj")
                    if o.pos_ == "PROPN" or prep.lower_ == "by"
                    for f in self.phrases.participants(o)
                ]
                if found:
                    return found
        head = noun.head
        if noun.dep_ == "dobj" and self.is_verb(head):
            return [Filler(a.head, a.route) for a in self.subjects(head)]
        if noun.dep_ == "nsubjpass" and self.is_verb(head) and (agents := self._agents(head)):
            return agents
        if noun.dep_ == "pobj" and head.dep_ == "prep":
            if self.is_verb(head.head):
                return self.surface_subjects(head.head)
            if self.kind(head.head) == "noun":
                return self._noun_subjects(head.head)
        if noun.dep_ == "attr":
            return self.surface_subjects(head)
        named = [c for c in children(noun, "amod", "compound") if c.text[:1].isupper()]
        return [Filler(c.i, c.dep_) for c in named]

    def adjective_subjects(self, adjective: Token) -> list[Filler]:
        """Of what a predicative adjective is said."""
        head, dep = adjective.head, adjective.dep_
        own = [f for c in children(adjective, *SUBJECTS) for f in self.resolve(c)]
        if own:
            return own
        if dep in ("acomp", "attr", "oprd", "xcomp", "ccomp", "advcl") and self.is_verb(head):
            objects = [f for o in children(head, "dobj") for f in self.resolve(o)]
            if objects and head.lemma_ != "be" and dep != "advcl":
                return objects
            return self.surface_subjects(head)
        if dep == "conj" and self.kind(head) == "adjective":
            return _by(self.adjective_subjects(head), "conjunct")
        if dep in ("acl", "relcl", "amod") and is_nominal(head):
            return _by(self.antecedent(adjective), "reduced")
        return []

    # -- deep functions

    def _agents(self, verb: Token) -> list[Filler]:
        found: list[Filler] = []
        for prep in children(verb, "agent", "prep"):
            by = prep.lower_ == "by"
            if by:
                gerunds = [
                    c for c in children(prep, "pcomp") if c.tag_ == "VBG" and not children(c, "dobj", "prep")
                ]
                found += [Filler(c.i, "direct") for c in gerunds]
            for name, noun in self.phrases.prepositions(prep):
                if (by and name == "by" and not self.is_time(noun)) or self.lexicon.has(
                    "agent_preposition", name
                ):
                    found += self.resolve(noun)
        return found

    def subjects(self, verb: Token) -> list[Arg]:
        """Deep subjects: agents of a passive, else the surface subjects."""
        if not self.passive(verb):
            return [Arg("subject", f.head, "", f.route) for f in self.surface_subjects(verb)]
        agents = self._agents(verb)
        if verb.dep_ == "amod":
            held = [
                c
                for c in verb.lefts
                if c.dep_ in ("compound", "nmod", "npadvmod", "amod") and c.pos_ != "ADV"
            ]
            return [Arg("subject", c.i, "", "compound") for c in held if not self.is_time(c)]
        if not agents and not self._causer(verb):
            copular = children(verb.head, "conj") if verb.dep_ == "acomp" else []
            for conjunct in children(verb, "conj") + copular:
                if self.is_verb(conjunct) and self.passive(conjunct):
                    agents = agents or _by(self._agents(conjunct), "conjunct")
        if not agents and not self._causer(verb):
            agents = self._stray_agents(verb)
        return [Arg("subject", f.head, "", _named(f.route, "passive")) for f in agents or self._causer(verb)]

    def _stray_agents(self, verb: Token) -> list[Filler]:
        """A by-phrase of a passive that the parser hung on a noun in between ("killed in Gao by gunmen")."""
        for token in self.doc[verb.i + 1 : verb.sent.end]:
            if (token.pos_ in ("VERB", "AUX") and token.dep_ not in ("amod", "acl")) or token.text in (
                ";",
                "“",
                '"',
            ):
                return []
            if token.lower_ == "by" and token.dep_ in ("prep", "agent") and token.head != verb:
                nouns = [
                    n for name, n in self.phrases.prepositions(token) if name == "by" and not self.is_time(n)
                ]
                return _by([f for n in nouns for f in self.resolve(n)], "nearest")
        return []

    def _causer(self, verb: Token) -> list[Filler]:
        head = verb.head
        if verb.dep_ == "acl" and head.dep_ == "dobj" and head.head.lemma_ in ("have", "get"):
            return _by(self.surface_subjects(head.head), "causative")
        below = verb.dep_ in ("xcomp", "ccomp", "oprd", "acl") and head.lemma_ in ("have", "get", "order")
        below |= (
            verb.dep_ == "ccomp"
            and head.lemma_ in ("instruct", "direct", "decree")
            and any(c.lower_ == "be" for c in children(verb, "auxpass"))
        )
        below = below and bool(children(head, "dobj") or children(verb, *SUBJECTS))
        if below and self.is_verb(head) and not self.passive(head):
            return _by(self.surface_subjects(head), "causative")
        return []

    def objects(self, verb: Token) -> list[Arg]:
        """Deep objects, receivers and complements."""
        if verb.i in self._objects:
            return self._objects[verb.i]
        self._objects[verb.i] = []
        found: list[Arg] = []
        told = any(is_nominal(c) for c in children(verb, "dative"))
        direct = [
            f
            for c in children(verb, "dobj")
            if self.free(c, verb) and not (told and self.is_time(c))
            for f in self.resolve(c)
        ]
        if direct:
            listed = [
                c
                for c in children(verb, "dep", "conj", "oprd", "appos")
                if is_nominal(c) and c.i > direct[0].head and not self.is_time(c) and not self.is_verb(c)
            ]
            commas = ("and", ",", ";")
            listed = [c for c in listed if any(t.lower_ in commas for t in self.doc[c.left_edge.i - 1 : c.i])]
            direct += [f for c in listed for f in self.phrases.participants(c, "nearest")]
        if verb.i in self.flipped:
            direct += self.phrases.participants(self.flipped[verb.i], "nearest")
        datives = [f for c in children(verb, "dative") if is_nominal(c) for f in self.resolve(c)]
        datives += [
            f
            for c in children(verb, "dative")
            if c.pos_ == "ADP"
            for o in children(c, "pobj")
            for f in self.resolve(o)
        ]
        lemma = lemma_of(verb)
        if (
            not direct and verb.dep_ == "pobj" and verb.head.lower_ == "among"
        ):  # "among the arrested are *X and Y*"
            direct = [f for c in children(verb.head.head, "attr") for f in self.phrases.participants(c)]
        if not direct and not self.passive(verb) and self.lexicon.has("strictly_transitive", lemma):
            direct = [
                f
                for c in children(verb, "oprd", "xcomp")
                if is_nominal(c)
                for f in self.phrases.participants(c)
            ]
        if not direct and self.lexicon.has("clause_object_verb", lemma):
            clauses = [c for c in children(verb, "ccomp", "advcl") if c.i > verb.i and not self.passive(verb)]
            found += [
                Arg("object", f.head, "", "clause")
                for c in clauses
                if self.loose_relative(c) is None
                for n in children(c, *SUBJECTS)
                if not n.tag_.startswith("W")
                for f in self.resolve(n)
            ]
        if self.passive(verb):
            surface = [
                Arg("object", f.head, "", _named(f.route, "passive")) for f in self.surface_subjects(verb)
            ]
            if direct and self.lexicon.has("ditransitive", lemma):
                found += [Arg("indirect", a.head, "", a.route) for a in surface]
                found += [Arg("object", f.head, "", f.route) for f in direct]
            else:
                found += surface
                found += [Arg("object", f.head, "", "nearest") for f in direct]
        else:
            if not direct:
                direct = self._gap(verb) or self._shared_objects(verb)
            if not direct and self.lexicon.has("strictly_transitive", lemma):
                near = self.following_object(verb)
                direct = self.phrases.participants(near, "nearest") if near is not None else []
            found += [Arg("object", f.head, "", f.route) for f in direct]
        late = told and any(self.is_time(c) for c in children(verb, "dobj"))
        function = "object" if late and not direct else "indirect"  # "released *him* hours later"
        found += [Arg(function, f.head, "", f.route) for f in datives]
        for child in children(verb, "attr", "oprd", "acomp", "xcomp"):
            if child.dep_ == "xcomp" and not (is_nominal(child) or child.pos_ == "ADJ"):
                continue
            found += [Arg("complement", f.head, "", f.route) for f in self.phrases.participants(child)]
        self._objects[verb.i] = found
        return found

    def free(self, noun: Token, verb: Token) -> bool:
        """Whether the noun is this verb's object, not one that mending gave to another verb."""
        return noun.i not in self.stolen and noun.i not in self.lent_subject

    def _gap(self, verb: Token) -> list[Filler]:
        """The antecedent as object of a relative clause ("the town that rebels tried to seize")."""
        clause = verb
        while clause.dep_ == "xcomp" and self.is_verb(clause.head) and not children(clause.head, "dobj"):
            clause = clause.head
        if clause.dep_ != "relcl" or self.lexicon.has("intransitive", lemma_of(verb)):
            return []
        if any(self.is_verb(c) for c in children(verb, "xcomp", "ccomp")):
            return []
        own = children(clause, "nsubj", "nsubjpass")
        if not own or any(self.relative(c) for c in own) or self.passive(clause):
            return []
        if any(c.lower_ in ("where", "when", "why") for c in clause.children):
            return []
        inside = list(clause.subtree)
        if any(t.dep_ == "pobj" and t.tag_.startswith("W") for t in inside):
            return []
        if any(t.dep_ == "prep" and not list(t.children) for t in inside):
            return []
        if self.is_time(clause.head):
            return []
        return _by(self.antecedent(clause), "relative")

    def _shared_objects(self, verb: Token) -> list[Filler]:
        """The last conjunct's object where this one ends at the conjunction ("attacked and burned huts")."""
        for conjunct in children(verb, "conj"):
            if not self.is_verb(conjunct) or children(conjunct, *SUBJECTS):
                continue
            if self.passive(conjunct) or self.lexicon.has("intransitive", lemma_of(verb)):
                continue
            between = [
                t
                for t in self.doc[verb.i + 1 : conjunct.i]
                if t.pos_ not in ("CCONJ", "PUNCT", "ADV") and t.dep_ != "prt"
            ]
            if all(t.pos_ in ("VERB", "AUX") for t in between):
                found = [
                    f for c in children(conjunct, "dobj") for f in self.resolve(c)
                ] or self._shared_objects(conjunct)
                if found:
                    return _by(found, "conjunct")
        if verb.dep_ == "conj" and self.is_verb(verb.head) and verb.head.dep_ == "relcl":
            return self._gap(verb.head) if not children(verb.head, "dobj") else []
        return []

    def prepositions(self, verb: Token, subjects: list[Arg], objects: list[Arg]) -> list[Arg]:
        passive = self.passive(verb)
        agents = {f.head for f in self._agents(verb)} if passive else set()
        found: list[Arg] = []
        for arg in self.phrases.prep_args(verb):
            if arg.head in agents and arg.prep == "by":
                continue
            if resolved := self.relative(self.doc[arg.head]):
                found += [Arg("prep", f.head, arg.prep, "relative") for f in resolved]
            else:
                found.append(arg)
        noun = self.loose_relative(verb)
        if noun is not None and any(c.lower_ == "where" for c in verb.children):
            found.append(Arg("prep", noun.i, "in", "relative"))
        if verb.dep_ == "relcl":
            if any(c.lower_ == "where" for c in verb.children):
                found += [Arg("prep", f.head, "in", "relative") for f in self.antecedent(verb)]
            for prep in children(verb, "prep"):
                if not list(prep.children) and not any(self.relative(c) for c in children(verb, *SUBJECTS)):
                    found += [Arg("prep", f.head, prep.lower_, "relative") for f in self.antecedent(verb)]
        for group, route in ((objects, "object-pp"), (subjects, "subject-pp")):
            for arg in group:
                if arg.function not in ("object", "subject", "complement"):
                    continue
                for inner in self.phrases.prep_args(self.doc[arg.head]):
                    if (
                        (inner.prep != "of" and self.lexicon.has("place_preposition", inner.prep))
                        or route == "object-pp"
                    ) and inner.prep != "of":
                        found.append(Arg("prep", inner.head, inner.prep, route))
                if route == "object-pp":  # "drove a van packed with explosives *into* the gate"
                    clauses = children(self.doc[arg.head], "acl") + [
                        c for c in children(verb, "advcl", "xcomp", "ccomp", "oprd") if c.i == arg.head + 1
                    ]
                    found += [
                        Arg("prep", inner.head, inner.prep, route)
                        for clause in clauses
                        if clause.tag_ == "VBN"
                        for inner in self.phrases.prep_args(clause)
                        if inner.prep == "into"
                    ]
        if verb.dep_ in ("conj", "advcl") and self.is_verb(verb.head) and not children(verb, *SUBJECTS):
            before = verb.dep_ == "conj"
            route = "conjunct" if before else "matrix-pp"
            for arg in self.phrases.prep_args(verb.head):
                if self.lexicon.has("place_preposition", arg.prep) and (not before or arg.head < verb.head.i):
                    found.append(Arg("prep", arg.head, arg.prep, route))
        return [
            a for a in found if a.prep != "on" or not self.lexicon.has("mount", lemma_of(self.doc[a.head]))
        ]


def _by(fillers: list[Filler], route: str) -> list[Filler]:
    """The fillers as reached by another route, keeping what is only an apposition of the head."""
    return [
        f if f.route in ("apposition", "including", "nearest") else Filler(f.head, route) for f in fillers
    ]


def _named(route: str, default: str) -> str:
    return default if route == "direct" else route
