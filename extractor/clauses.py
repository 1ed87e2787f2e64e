"""Who did what: the parse turned into predications with deep functions, once, for every rule above.

What is a predicate is decided in `extractor.predicates`, who fills its places in `extractor.functions`, what
a noun phrase holds in `extractor.nominals`; here they become predications, event nouns take over what the
predicate above them has, and the pipeline component fills `doc._.predications`.
"""

from __future__ import annotations

from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc, Token

from extractor.functions import Functions
from extractor.mending import reattach
from extractor.nominals import (
    Lexicon,
    children,
    lemma_of,
    noun_arguments,
    particle_of,
)
from extractor.patterns import default_folder, read_frames
from extractor.predicates import SUBJECTS
from extractor.schema import Arg, Predication, register_extensions
from extractor.wordforms import WordForms

AFTERMATH = {"dead", "wounded", "injured", "hurt", "homeless", "missing", "dying", "damaged", "displaced", "destroyed",
             "killed", "maimed", "stranded", "orphaned", "trapped"}  # fmt: skip
TRAVELLING = ("during", "on", "in")
BESIDE = ("by", "against", "with", "between", "on")


class Reader(Functions):
    """Reads the predications of one parsed Doc.

    Args:
        doc: parsed and tagged.
        lexicon: the word classes.
    """

    def __init__(self, doc: Doc, lexicon: Lexicon) -> None:
        super().__init__(doc, lexicon)
        self._verbs: dict[int, Predication] = {}
        self._nouns: dict[int, Predication] = {}
        self._uses: dict[int, list[tuple[Predication, Arg]]] = {}

    def read(self) -> list[Predication]:
        """Every predication, by token index."""
        nouns: list[Token] = []
        for token in self.doc:
            kind = self.kind(token)
            if kind == "verb":
                self._verbs[token.i] = self._verb(token)
            elif kind == "adjective":
                self._verbs[token.i] = self._adjective(token)
            elif kind == "noun":
                nouns.append(token)
        self._add_effects()
        for predication in self._verbs.values():
            for arg in predication.arguments:
                self._uses.setdefault(arg.head, []).append((predication, arg))
        for noun in nouns:
            self._noun(noun)
        return [found for _, found in sorted({**self._verbs, **self._nouns}.items())]

    # -- predications

    def _verb(self, verb: Token) -> Predication:
        subjects, objects = self.subjects(verb), self.objects(verb)
        subjects = self._issuers(verb) or subjects
        arguments = [*subjects, *objects, *self.prepositions(verb, subjects, objects)]
        arguments = [self._of_age(a) for a in arguments]
        particle = particle_of(verb)
        bearer = verb.head if verb.dep_ == "acomp" and verb.head.lemma_ == "be" else verb
        return Predication(
            predicate=verb.i,
            lemma=self.verbal.get(verb.i) or lemma_of(verb),
            kind="verb",
            arguments=_unique(arguments),
            particle=particle.i if particle is not None else None,
            passive=self.passive(verb),
            negated=self.negated(verb) or self.negated(bearer),
            modals=self.modals(bearer),
            tense=self.tense(bearer),
            clause=self.clause(bearer),
            governors=self.governors(verb),
        )

    def _of_age(self, arg: Arg) -> Arg:
        """An argument that the parser hung on an age: "*girls* aged 12–17 years old were seized"."""
        token = self.doc[arg.head]
        if token.lower_ not in ("old", "years", "year"):
            return arg
        for i in range(token.i - 1, max(token.i - 8, token.sent.start), -1):
            if self.doc[i].lower_ == "aged" and self.doc[i - 1].tag_.startswith("NN"):
                return Arg(arg.function, i - 1, arg.prep, arg.route)
        return arg

    def _issuers(self, verb: Token) -> list[Arg]:
        """Who speaks in a document: parliament in "parliament passed a resolution *condemning* the raid"."""
        document, has = verb.head, self.lexicon.has
        told = verb.dep_ == "relcl" and any(c.lower_ in ("which", "that") for c in children(verb, "nsubj"))
        told = told or (verb.dep_ == "acl" and verb.tag_ == "VBG")
        if not told or not has("document_noun", document.lemma_.lower()):
            return []
        above = document.head
        if document.dep_ == "pobj" and above.lower_ in ("in", "with") and self.kind(above.head) == "verb":
            above = above.head
        elif document.dep_ != "dobj" or not has("issuing_verb", lemma_of(above)):
            return []
        return [Arg("subject", a.head, "", "control") for a in self.subjects(above)]

    def _adjective(self, adjective: Token) -> Predication:
        subjects = [Arg("subject", f.head, "", f.route) for f in self.adjective_subjects(adjective)]
        copula = adjective.head if adjective.dep_ in ("acomp", "attr") else adjective
        preps = self.phrases.prep_args(adjective)
        if copula != adjective:
            preps += self.phrases.prep_args(copula)
        return Predication(
            predicate=adjective.i,
            lemma=adjective.lemma_.lower(),
            kind="adjective",
            arguments=_unique([*subjects, *preps]),
            negated=self.negated(copula) or self.negated(adjective),
            modals=self.modals(copula),
            tense=self.tense(copula),
            clause=self.clause(copula),
            governors=self.governors(adjective),
        )

    def _noun(self, noun: Token) -> Predication:
        if noun.i in self._nouns:
            return self._nouns[noun.i]
        found = Predication(predicate=noun.i, lemma=noun.lemma_.lower(), kind="noun", clause="nominal")
        self._nouns[noun.i] = found
        arguments = noun_arguments(self.phrases, noun, self.relative)
        for user, arg in self._users(noun):
            arguments += self._taken_over(noun, user, arg, found)
        found.arguments = _unique(arguments + self._aims_of(noun, found))
        found.governors = self.governors(noun)
        found.negated = self.negated(noun)
        return found

    def _aims_of(self, noun: Token, found: Predication) -> list[Arg]:
        """What an operation is for, under the preposition "aim": "an offensive to retake *Gao*"."""
        if not self.lexicon.has("purpose_noun", found.lemma):
            return []
        light = children(self.doc[found.light], "advcl", "xcomp") if found.light is not None else []
        close = self.doc[noun.i + 2 : noun.i + 3]  # "the operation *to free* Gao", whatever it is hung on
        beside = [t for t in close if t.tag_ == "VB" and t.nbor(-1).lower_ == "to"]
        aims = [c for c in [*children(noun, "acl"), *light, *beside] if c.i > noun.i and self.infinitive(c)]
        return [
            Arg("prep", a.head, "aim")
            for c in aims
            if c.i in self._verbs
            for a in self._verbs[c.i].arguments
            if a.function == "object"
        ]

    def _users(self, noun: Token) -> list[tuple[Predication, Arg]]:
        """Predications that the noun fills a place of: verbs, adjectives, then the noun above it."""
        users = list(self._uses.get(noun.i, []))
        prep = noun.head
        if noun.dep_ == "pobj" and prep.dep_ == "prep" and self.kind(prep.head) == "noun":
            users.append((self._noun(prep.head), Arg("prep", noun.i, prep.lower_)))
            host = prep.head
            while self.is_place(host) and host.dep_ == "pobj" and host.head.dep_ == "prep":
                host = host.head.head  # "flew to Doha for talks", the talks hung on Doha
            if host != prep.head and host.i in self._verbs and noun.i not in self._uses:
                users.append((self._verbs[host.i], Arg("prep", noun.i, prep.lower_)))
        return users

    def _taken_over(self, noun: Token, user: Predication, arg: Arg, into: Predication) -> list[Arg]:
        """What an event noun takes from the predicate it depends on."""
        lemma, has = user.lemma, self.lexicon.has
        eventive = self.phrases.is_event_noun(noun)
        by = {
            name: [a for a in user.arguments if a.function == name and a.head != noun.i]
            for name in ("subject", "object", "prep", "poss", "indirect")
        }
        loose = arg.route in ("object-pp", "subject-pp", "nested-pp", "matrix-pp", "effect")
        doers = by["subject"] or ([] if user.kind == "verb" else by["poss"])
        if arg.function == "object" and not loose and not self._names(noun, user):
            if has("light_verb", lemma) or (has("generic_light_verb", lemma) and eventive):
                into.light = user.predicate
                return (
                    _as(by["subject"], "subject", "light")
                    + _as(by["object"], "object", "effect")
                    + _as(by["prep"], "prep", "light")
                    + _as(by["indirect"], "indirect", "light")
                )
            if has("light_passive_verb", lemma) and eventive:
                into.light = user.predicate
                return _as(by["subject"], "object", "light") + _as(by["prep"], "prep", "light")
        if arg.function == "prep":
            key = f"{lemma} {arg.prep}"
            if user.kind == "verb" and has("charge_preposition", key):
                return _as(by["object"] or doers, "subject", "control")
            if has("light_preposition", key) and (eventive or user.kind != "verb"):
                guests = by["object"] if has("convening_verb", lemma) else []
                guests = [Arg("prep", a.head, "with", "light") for a in guests if a.route != "effect"]
                return _as(doers, "subject", "light") + guests + _as(by["prep"], "prep", "host-pp")
            held = has("talks_noun", into.lemma) and has("talks_preposition", arg.prep) and not loose
            if held and user.kind == "verb" and any(c.lower_ == "with" for c in children(noun, "prep")):
                return _as(doers, "subject", "control") + _as(by["prep"], "prep", "host-pp")
            if has("light_passive_preposition", key) and eventive:
                return _as(by["object"] or doers, "object", "light") + _as(by["prep"], "prep", "host-pp")
            if has("travel_noun", into.lemma) and arg.prep in TRAVELLING and user.kind == "verb":
                hosts = [
                    a for a in noun_arguments(self.phrases, noun, self.relative) if a.prep in ("by", "of")
                ]
                if not hosts and not children(noun, "poss"):
                    return _as(by["subject"], "subject", "light")
            parts = [self.doc[a.head].lemma_.lower() for a in by["object"]]
            if any(has("light_preposition", f"{part} {arg.prep}") for part in parts):
                return _as(by["subject"], "subject", "light") + _as(by["prep"], "prep", "host-pp")
            if has("charge_preposition", key):
                return _as(by["object"] or doers, "subject", "control")
            if arg.prep in ("for", "over") and any(has("charge_noun", part) for part in [lemma, *parts]):
                charged = [a for a in by["prep"] if a.prep == "against"]
                if charged:
                    return _as(charged, "subject", "control")
        inside = arg.route == "object-pp" and has("harm_verb", lemma) and has("effect_preposition", arg.prep)
        if loose and not (inside and eventive):
            return []
        if arg.function == "complement":
            told = [a for a in by["subject"] if self.doc[a.head].lower_ not in ("it", "this", "that")]
            return _as(told if eventive else by["subject"], "subject", "copula") + _as(
                by["prep"], "prep", "host-pp"
            )
        if not eventive or user.kind != "verb":
            return []
        beside = [a for a in by["prep"] if a.prep in BESIDE and self._follows(noun, a)]
        found = _as([a for a in by["prep"] if a not in beside], "prep", "host-pp") + _as(
            beside, "prep", "beside"
        )
        if arg.function == "object":
            blamed = [a for a in by["prep"] if has("imputing_preposition", f"{lemma} {a.prep}")]
            found = _as(blamed, "subject", "control") + [
                a for a in found if a.head not in {b.head for b in blamed}
            ]
        if lemma == "take":
            by["object"] = [a for a in by["object"] if self.doc[a.head].lower_ not in ("place", "part")]
        if has("effect_verb", lemma) and (
            arg.function == "subject" or (arg.function == "prep" and has("effect_preposition", arg.prep))
        ):
            found += _as(by["object"], "object", "effect")
            if arg.function == "prep":
                found += _as(
                    by["subject"], "object" if lemma in ("die", "perish", "lose") else "subject", "effect"
                )
                above = self.doc[user.predicate]
                while (
                    above.dep_ == "conj"
                    and above.head.i in self._verbs
                    and has("effect_verb", lemma_of(above.head))
                ):
                    above = above.head
                    found += _as(
                        [a for a in self._verbs[above.i].arguments if a.function == "object"],
                        "object",
                        "effect",
                    )
        elif arg.function == "object" and not has("detached_verb", lemma):
            found += _as(by["subject"], "subject", "host")
        return found

    def _names(self, noun: Token, user: Predication) -> bool:
        """Whether "call" says what the noun is ("calling the raid an act of war"), rather than that it be held."""
        if user.lemma != "call":
            return False
        told = ("oprd", "attr", "acomp", "xcomp", "dobj", "appos", "ccomp")
        after = [*self.doc[user.predicate].children, *noun.children]
        return user.clause == "reduced_relative" or any(c.i > noun.i and c.dep_ in told for c in after)

    def _follows(self, noun: Token, arg: Arg) -> bool:
        """Whether a preposition that the parser gave the verb comes right after the noun: "the execution of two prisoners
        *by militiamen*", which is then the noun's as well."""
        prep = self.doc[arg.head].head
        return prep.lower_ == arg.prep and prep.i > noun.i and prep.nbor(-1) in (noun, noun.right_edge)

    def _add_effects(self) -> None:
        """Victims named in a clause beside the deed, "hit a school, killing six", "six died when X hit"."""
        lent: list[tuple[Predication, Arg]] = []
        for index, found in self._verbs.items():
            verb, above = self.doc[index], self.doc[index].head
            other = self._verbs.get(above.i)
            if (
                other is None
                or (found.lemma == "leave" and not {t.lower_ for t in verb.subtree} & AFTERMATH)
                or other.lemma == "be"
                or verb.dep_ not in ("advcl", "conj")
                or found.kind != "verb"
                or other.kind != "verb"
            ):
                continue
            shared = verb.dep_ == "conj" and not children(verb, *SUBJECTS)
            below = verb.dep_ == "advcl" and verb.i > above.i
            result = below and found.clause == "participle"
            aimed = below and self.infinitive(verb) and self.lexicon.has("effect_verb", found.lemma)
            aimed = aimed and self.lexicon.has("light_verb", other.lemma)
            timed = verb.dep_ == "advcl" and any(
                c.lower_ in ("when", "as", "after", "while") for c in verb.lefts
            )
            if aimed or (self.lexicon.has("harm_verb", found.lemma) and (shared or result)):
                lent += [(other, a) for a in found.arguments if a.function == "object"]
            if self.lexicon.has("harm_verb", other.lemma) and timed and other.lemma != found.lemma:
                place = "subject" if other.lemma in ("die", "perish") else "object"
                lent += [(found, a) for a in other.arguments if a.function == place]
                first = self._verbs.get(above.head.i) if above.dep_ == "conj" else None
                if first is not None and self.lexicon.has("harm_verb", first.lemma):
                    lent += [(found, a) for a in first.arguments if a.function == place]
        for predication, arg in lent:
            predication.arguments = _unique([*predication.arguments, Arg("object", arg.head, "", "effect")])


def _as(args: list[Arg], function: str, route: str) -> list[Arg]:
    return [Arg(function, a.head, a.prep if function == "prep" else "", route) for a in args]


def _unique(arguments: list[Arg]) -> list[Arg]:
    """First of each (function, preposition, head)."""
    seen: dict[tuple[str, str, int], Arg] = {}
    for arg in arguments:
        seen.setdefault((arg.function, arg.prep, arg.head), arg)
    return list(seen.values())


class Clauses:
    """The pipeline component: fills `doc._.predications`."""

    def __init__(self, lexicon: Lexicon, forms: WordForms) -> None:
        self.lexicon = lexicon
        self.forms = forms

    def __call__(self, doc: Doc) -> Doc:
        doc._.predications = []
        if doc.has_annotation("DEP"):
            self.forms.correct(doc)
            reattach(doc, self.lexicon)
            doc._.predications = Reader(doc, self.lexicon).read()
        return doc


@Language.factory("extractor_clauses", default_config={"patterns": None})
def make_clauses(nlp: Language, name: str, patterns: str | None) -> Clauses:
    """Make the component.

    Args:
        patterns: folder of pattern files; None for those that ship with the package.
    """
    register_extensions()
    folder = Path(patterns) if patterns else default_folder()
    lexicon = Lexicon(folder / "clauses.toml")
    frames = read_frames(folder)
    verbs = {verb for frame in frames for verb in frame.verbs}
    nouns = {noun for frame in frames for noun in frame.nouns}
    return Clauses(lexicon, WordForms(verbs, lexicon.of("irregular_verb"), nouns))
