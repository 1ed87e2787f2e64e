"""Word forms: verbs of the frames that the tagger or lemmatizer took for something else, set right in the Doc.

The tagger of a small model errs on rare verbs, and the lemmatizer goes wrong on stems it does not know ("raped"
of "rap", "waterboarded" of "waterboarde"). The frames say which verbs matter, so their forms can be listed:
regular ones by the rules of English spelling (Quirk et al. 1985, 3.5 to 3.10), irregular ones from
`patterns/clauses.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from spacy.tokens import Doc, Token

PARTICLES = frozenset(("down", "up", "out", "off", "away", "back", "over", "apart", "aside", "together"))
# Forms that are as often another word: read as verbs only where the tagger says so.
_AMBIGUOUS = frozenset((
    "left", "found", "saw", "felt", "lay", "shot", "hit", "cut", "split", "bound", "wound", "rose", "ground", "shed",
    "put", "set", "let", "led", "fell", "slew", "axed", "like", "armed", "wanted", "wounded", "dead", "broke", "lost",
    "united", "allied", "combined", "related", "given", "based", "supposed", "become", "come", "run", "fed", "bore",
    "forces", "arms", "remains",
))  # fmt: skip
_NEVER_VERB = frozenset(("IN", "RB", "NN", "NNP", "UH", "FW", "CD", "VB", "VBP", "JJ", "RP"))
_BE = frozenset(("be", "get"))


def regular_forms(verb: str) -> dict[str, str]:
    """Past (and participle), -ing form and third person of a regular verb, with the tag of each."""
    if verb.endswith("e"):
        past, gerund = verb + "d", re.sub(r"ie$", "y", verb).removesuffix("e") + "ing"
    elif re.search(r"[^aeiou]y$", verb):
        past, gerund = verb[:-1] + "ied", verb + "ing"
    elif re.fullmatch(r"(?:[a-z]+-)?[^aeiou]*(?:qu)?[aeiou][bdgklmnprt]", verb):
        past, gerund = verb + verb[-1] + "ed", verb + verb[-1] + "ing"
    else:
        past, gerund = verb + "ed", verb + "ing"
    if re.search(r"(?:s|sh|ch|x|z)$", verb):
        third = verb + "es"
    else:
        third = verb[:-1] + "ies" if re.search(r"[^aeiou]y$", verb) else verb + "s"
    return {past: "VBN", gerund: "VBG", third: "VBZ"}


class WordForms:
    """The inflected forms of known verbs.

    Args:
        verbs: lemmas, some with a particle ("mow down").
        irregular: "overthrow overthrew overthrown": lemma, past, participles.
        nouns: event nouns; those of two words that end in -ing ("mass stabbing") are mended where they are split.
    """

    def __init__(self, verbs: Iterable[str], irregular: Iterable[str], nouns: Iterable[str] = ()) -> None:
        self.compounds = frozenset(
            (first, second)
            for first, _, second in (noun.partition(" ") for noun in nouns)
            if second.isalpha() and second.endswith("ing")
        )
        words = [verb.split() for verb in verbs]
        known = {word[0] for word in words if word[0].isalpha() or "-" in word[0]}
        self.phrasal = frozenset(f"{w[0]} {w[1]}" for w in words if len(w) == 2 and w[1] in PARTICLES)
        strong = {entry.split()[0]: entry.split()[1:] for entry in irregular}
        self.lemmas: dict[str, set[str]] = {}
        self.tags: dict[str, str] = {}
        for verb in sorted(known | set(strong)):
            forms = regular_forms(verb)
            if verb in strong:
                forms = {form: tag for form, tag in forms.items() if tag != "VBN"}
                forms |= {form: "VBN" for form in strong[verb]}
                if re.search(r"([a-z])\1ed$", strong[verb][0]):
                    forms[strong[verb][0].removesuffix("ed") + "ing"] = "VBG"
            for form, tag in forms.items():
                if form not in known or form in strong.get(verb, ()):
                    self.lemmas.setdefault(form, set()).add(verb)
                    self.tags[form] = tag

    def correct(self, doc: Doc) -> None:
        """Set tags, lemmas and particles right, in place."""
        for token in doc:
            if token.tag_ == "VBG" and _heads_a_noun_phrase(token):
                token.tag_, token.pos_, token.lemma_ = "NN", "NOUN", token.lower_
            if token.lower_ not in self.lemmas or (token.text != token.lower_ and not token.is_sent_start):
                continue
            if token.tag_ in _NEVER_VERB and token.lower_ not in _AMBIGUOUS:
                self._retag(token)
            if token.pos_ == "VERB":
                lemmas = self.lemmas[token.lower_]
                if len(lemmas) == 1 and token.lemma_.lower() not in lemmas:
                    token.lemma_ = next(iter(lemmas))
        for token in doc[1:]:
            if token.tag_ == "VBG" and (token.nbor(-1).lower_, token.lower_) in self.compounds:
                _join(token.nbor(-1), token)
            if token.lower_ in PARTICLES and not token.is_sent_start:
                self._attach(token)

    def _retag(self, token: Token) -> None:
        """A form that can only be a verb, in a verb's place in the tree, is a verb."""
        tag = self.tags[token.lower_]
        below = {child.dep_ for child in token.children}
        clause = token.dep_ in ("ROOT", "ccomp", "conj", "advcl", "relcl", "parataxis", "xcomp")
        if tag == "VBZ":
            if token.tag_ in ("NN", "NNP") or not (clause and "nsubj" in below):
                return
        elif tag == "VBG":
            return
        elif self._raise(token):
            tag = "VBD"
        elif token.dep_ in ("acomp", "advmod") and token.head.lemma_ in _BE and token.head.i < token.i:
            token.dep_ = "acomp"
        elif below & {"auxpass", "nsubjpass"} or (clause and below & {"nsubj", "dobj", "aux", "agent"}):
            if not below & {"aux", "auxpass"} and token.head.lemma_ != "have":
                tag = "VBD"
        else:
            return
        token.tag_ = tag
        token.pos_ = "VERB"

    def _attach(self, particle: Token) -> None:
        """The particle of a known verb, read as a preposition or as part of a number: "mowed down hundreds",
        "rounded up 40 men"."""
        before = particle.doc[particle.i - 1]
        verb = before if before.pos_ == "VERB" else particle.head
        near = verb is before
        if verb.pos_ != "VERB" or verb.i > particle.i or particle.dep_ == "prt":
            return
        if f"{verb.lemma_.lower()} {particle.lower_}" not in self.phrasal:
            return
        if any(child.dep_ not in ("pobj", "prep") for child in particle.children):
            return
        if particle.dep_ not in ("prep", "advmod", "acomp") and not (near and particle.dep_ == "quantmod"):
            return
        objects = [child for child in particle.children if child.dep_ == "pobj"]
        if objects and (not near or any(c.dep_ in ("dobj", "nsubjpass") for c in verb.children)):
            return
        for child in objects:
            child.head, child.dep_ = verb, "dobj"
        particle.head, particle.tag_, particle.dep_ = verb, "RP", "prt"

    def _raise(self, token: Token) -> bool:
        """The only verb of its sentence, read as part of a name: "The rebels overran Goma."."""
        sentence = token.sent
        if token.dep_ != "compound" or any(t.tag_ in ("VBD", "VBZ", "VBP", "MD") for t in sentence):
            return False
        before = token.doc[token.i - 1] if token.i > sentence.start else token
        after = token.head
        if before.pos_ not in ("NOUN", "PROPN") or after.i < token.i:
            return False
        subject = before
        while subject.head.i < token.i and subject.head != subject and subject.head.pos_ in ("NOUN", "PROPN"):
            subject = subject.head
        root = sentence.root
        token.head, token.dep_ = token, "ROOT"
        for noun, dep in ((subject, "nsubj"), (after, "dobj")):
            noun.head, noun.dep_ = token, dep
        if root not in (subject, after):
            root.head, root.dep_ = token, "dep"
        return True


def _heads_a_noun_phrase(token: Token) -> bool:
    """Whether an -ing form is a noun by what stands before it: "after a mass *shooting* at a fair"."""
    if token.dep_ not in ("pobj", "dobj", "nsubj", "nsubjpass"):
        return False
    below = [child.dep_ for child in token.children]
    return "det" in below and not {"dobj", "nsubj", "aux", "auxpass"} & set(below)


def _join(first: Token, second: Token) -> None:
    """Two words of one event noun of which the parser made a noun and a clause ("during a mass *stabbing*")."""
    nominal = first.dep_ in ("pobj", "dobj", "nsubj", "nsubjpass")
    if not nominal or second.dep_ not in ("advcl", "acl", "xcomp", "dep") or second.is_ancestor(first):
        return
    second.head, second.dep_ = first.head, first.dep_
    for child in list(first.lefts):
        child.head = second
    first.head, first.dep_ = second, "compound"
    second.tag_, second.pos_, second.lemma_ = "NN", "NOUN", second.lower_
