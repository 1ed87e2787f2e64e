"""Made sentences with their trees: a small grammar of the constructions that reports on conflict are full of.

Reduced relatives before the main verb, appositions, coordinated actors, passives with *by*, control, dates
and names with particles.  Words come from ``lists.toml``, names from `gazetteer`.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from convert import Node, Tree
from gazetteer import (
    city_names,
    country_names,
    demonyms,
    facility_name,
    group_name,
    person_name,
    title,
)
from lists import words

Word = list  # form, tag, head (index in the phrase, -1 for the phrase's head), label


@dataclass
class Phrase:
    """Words with their heads; `head` is the index of the word that heads the phrase."""

    words: list[Word]
    head: int


def leaf(form: str, tag: str) -> Phrase:
    """Return a phrase of one word."""
    return Phrase([[form, tag, -1, ""]], 0)


def join(*parts: tuple[Phrase, str]) -> Phrase:
    """Join phrases in their order; the one with the empty label is the head of the others."""
    joined: list[Word] = []
    heads: list[tuple[int, str]] = []
    for phrase, label in parts:
        base = len(joined)
        for form, tag, head, rel in phrase.words:
            joined.append([form, tag, head + base if head >= 0 else -1, rel])
        heads.append((base + phrase.head, label))
    top = next(index for index, label in heads if not label)
    for index, label in heads:
        if index != top:
            joined[index][2], joined[index][3] = top, label
    return Phrase(joined, top)


class Grammar:
    """Random phrases and sentences; the same `rng` gives the same sentences."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.norps = sorted(word for word in demonyms() if not word.endswith("s"))
        self.verbs = [verb.split() for verb in words("grammar_verbs")]

    def pick(self, name: str) -> str:
        return self.rng.choice(words(name))

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def name(self, text: str) -> Phrase:
        """Return a name as a chain of compounds; *of* and *for* inside it open prepositional phrases, *and* a conjunct."""
        text = text.partition(",")[0]
        if " and " in text:
            first, _, second = text.partition(" and ")
            return self.both(self.name(first), self.name(second))
        match = re.search(r" (of|for) (the )?", text)
        if match:
            rest = self.name(text[match.end() :])
            if match.group(2):
                rest = join((leaf("the", "DT"), "det"), (rest, ""))
            inner = join((leaf(match.group(1), "IN"), ""), (rest, "pobj"))
            return join((self.name(text[: match.start()]), ""), (inner, "prep"))
        parts = text.replace("-", " - ").split()
        labels = ["punct" if part == "-" else "compound" for part in parts[:-1]]
        tags = ["HYPH" if part == "-" else "NNP" for part in parts]
        leaves = [leaf(part, tag) for part, tag in zip(parts, tags, strict=True)]
        return join(*zip(leaves, [*labels, ""], strict=True))

    def both(self, first: Phrase, second: Phrase) -> Phrase:
        return join((first, ""), (leaf("and", "CC"), "cc"), (second, "conj"))

    def place(self) -> Phrase:
        """A place, or now and then two or three of them."""
        place = self.name(self.rng.choice(country_names() if self.chance(0.3) else city_names()))
        return self.both(place, self.place()) if self.chance(0.15) else place

    def prep(self, word: str, noun: Phrase) -> Phrase:
        return join((leaf(word, "IN"), ""), (noun, "pobj"))

    def person(self) -> Phrase:
        person = self.name(person_name(self.rng))
        if self.chance(0.5):
            parts = [(leaf(word, "NNP"), "compound") for word in title(self.rng).split() if word != "of"]
            return join(*parts, (person, ""))
        return person

    def group(self) -> Phrase:
        return self.name(group_name(self.rng))

    def number(self) -> Phrase:
        number = leaf(
            self.rng.choice(["two", "three", "12", "at", "about", "20", "five", "nearly", "150"]), "CD"
        )
        form = number.words[0][0]
        amount = leaf(str(self.rng.randint(3, 90)), "CD")
        if form == "at":
            least = join((leaf("at", "IN"), "advmod"), (leaf("least", "JJS"), ""))
            return join((least, "advmod"), (amount, ""))
        if form in ("about", "nearly"):
            return join((leaf(form, "RB"), "quantmod"), (amount, ""))
        return number

    def people(self, depth: int = 0) -> Phrase:
        """Return a plural group of people, often with what is told about them behind it."""
        noun = leaf(self.pick("grammar_people"), "NNS")
        draw = self.rng.random()
        if draw < 0.2:
            noun = join((self.number(), "nummod"), (noun, ""))
        elif draw < 0.35:
            noun = join((leaf(self.rng.choice(self.norps), "JJ"), "amod"), (noun, ""))
        elif draw < 0.5:
            noun = join((leaf("the", "DT"), "det"), (noun, ""))
        elif draw < 0.6:
            noun = join((self.group(), "compound"), (noun, ""))
        elif draw < 0.7:
            noun = join((leaf(self.pick("grammar_adjectives"), "JJ"), "amod"), (noun, ""))
        draw = self.rng.random()
        if depth < 1 and draw < 0.3:
            verb, particle = self.pick("grammar_participles").split()
            what = self.group() if self.chance(0.5) else self.place()
            return join(
                (noun, ""), (join((leaf(verb, "VBN"), ""), (self.prep(particle, what), "prep")), "acl")
            )
        if depth < 1 and draw < 0.38:
            return join(
                (noun, ""), (join((leaf("loyal", "JJ"), ""), (self.to(self.person()), "prep")), "amod")
            )
        if depth < 1 and draw < 0.46:
            clause = self.predicate(depth + 1, subject=leaf("who", "WP"))
            return join((noun, ""), (clause, "relcl"))
        if draw < 0.6:
            return join((noun, ""), (self.prep(self.rng.choice(["from", "of", "in"]), self.place()), "prep"))
        return noun

    def post(self) -> Phrase:
        """Return a person called by a post or role."""
        noun = leaf(self.pick("grammar_posts"), "NN")
        parts = [(leaf(self.rng.choice(["the", "a", "the"]), "DT"), "det")]
        if self.chance(0.3):
            parts.append((leaf(self.rng.choice([*self.norps, "former", "senior", "local"]), "JJ"), "amod"))
        post = join(*parts, (noun, ""))
        if self.chance(0.3):
            return join(
                (post, ""), (self.prep("of", self.group() if self.chance(0.4) else self.place()), "prep")
            )
        return post

    def common(self, text: str) -> Phrase:
        """Return a common noun with its noun modifiers."""
        *before, last = text.split()
        return join(*((leaf(word, "NN"), "compound") for word in before), (leaf(last, "NN"), ""))

    def event(self) -> Phrase:
        """Return an event named by a noun: a kind of attack, or an act with its object."""
        if self.chance(0.5):
            noun = join(
                (leaf(self.rng.choice(["a", "the"]), "DT"), "det"),
                (self.common(self.pick("grammar_events")), ""),
            )
            parts = [(noun, "")]
            if self.chance(0.6):
                parts.append((self.prep("on", self.target(1)), "prep"))
            elif self.chance(0.4):
                parts.append((self.prep("by", self.people(1)), "prep"))
            if self.chance(0.4):
                parts.append((self.prep("in", self.place()), "prep"))
            return join(*parts)
        word, link = self.pick("grammar_nominals").split()
        noun = leaf(word, "NN")
        if self.chance(0.5):
            owner = self.rng.choice([self.force, self.group, self.post, self.place])()
            noun = join((join((owner, ""), (leaf("'s", "POS"), "case")), "poss"), (noun, ""))
        else:
            noun = join((leaf("the", "DT"), "det"), (noun, ""))
        return join((noun, ""), (self.prep(link, self.target(1)), "prep"))

    def force(self) -> Phrase:
        """Return the forces or an organ of a state."""
        army = leaf(self.pick("grammar_forces"), "NN")
        if self.chance(0.3):
            return join((leaf("the", "DT"), "det"), (army, ""))
        return join((leaf("the", "DT"), "det"), (leaf(self.rng.choice(self.norps), "JJ"), "amod"), (army, ""))

    def told_about(self, noun: Phrase) -> Phrase:
        """Return the noun with a relative clause between commas."""
        draw = self.rng.random()
        if draw < 0.3:
            belongs = join((leaf("whose", "WP$"), "poss"), (self.common(self.pick("grammar_things")), ""))
            _, _, participle, _ = self.rng.choice(self.verbs)
            clause = join(
                (belongs, "nsubjpass"), (leaf("was", "VBD"), "auxpass"), (leaf(participle, "VBN"), "")
            )
        elif draw < 0.6:
            past, _ = self.pick("grammar_intransitive").split()
            clause = join((leaf("who", "WP"), "nsubj"), (leaf(past, "VBD"), ""), *self.tail())
        else:
            clause = self.predicate(1, subject=leaf("who", "WP"))
        return join((noun, ""), (leaf(",", ","), "punct"), (clause, "relcl"), (leaf(",", ","), "punct"))

    def minor(self) -> Phrase:
        """Return a clause of a kind treebanks of the web have few of."""
        draw = self.rng.random()
        if draw < 0.3:
            harmed = self.people(1)
            if self.chance(0.3):
                harmed = leaf(self.rng.choice(["four", "two", "19", "dozens", "scores"]), "CD")
            hit = leaf(self.rng.choice(["killed", "wounded", "injured", "hit", "destroyed"]), "VBD")
            return join((self.event(), "nsubj"), (hit, ""), (harmed, "dobj"), *self.tail())
        if draw < 0.42:
            return join((self.event(), "nsubj"), (leaf(self.pick("grammar_begins"), "VBD"), ""), *self.tail())
        if draw < 0.52:
            trouble = join((leaf("the", "DT"), "det"), (leaf(self.pick("grammar_troubles"), "NN"), ""))
            cause = join((leaf("because", "IN"), ""), (leaf("of", "IN"), "pcomp"), (trouble, "pobj"))
            past, _ = self.pick("grammar_intransitive").split()
            return join((self.actor(1), "nsubj"), (leaf(past, "VBD"), ""), (cause, "prep"))
        if draw < 0.6:
            dead = leaf("dead", "JJ")
            return join(
                (self.actor(1), "nsubj"), (leaf("shot", "VBD"), ""), (dead, "oprd"), (self.target(1), "dobj")
            )
        if draw < 0.7:
            wish = join((leaf("for", "IN"), ""), (self.event(), "pobj"))
            return join((self.told_about(self.post()), "nsubj"), (leaf("called", "VBD"), ""), (wish, "prep"))
        if draw < 0.8:
            base, _, _, _ = self.rng.choice(self.verbs)
            inner = join((leaf("to", "TO"), "aux"), (leaf(base, "VB"), ""), (self.target(1), "dobj"))
            verb = leaf(self.pick("grammar_orders"), "VBD")
            return join((self.actor(1), "nsubj"), (verb, ""), (self.people(1), "dobj"), (inner, "xcomp"))
        if draw < 0.9:
            _, past, _, _ = self.rng.choice(self.verbs)
            subject = self.told_about(self.person() if self.chance(0.5) else self.post())
            return join((subject, "nsubj"), (leaf(past, "VBD"), ""), (self.target(1), "dobj"), *self.tail())
        first, second = (
            leaf(self.rng.choice(["four", "two", "11"]), "CD"),
            leaf(self.rng.choice(["six", "30"]), "CD"),
        )
        wounded = join((leaf("wounded", "VBD"), ""), (second, "dobj"))
        parts = [(self.actor(1), "nsubj"), (leaf("killed", "VBD"), ""), (first, "dobj")]
        return join(*parts, (leaf("and", "CC"), "cc"), (wounded, "conj"), *self.tail())

    def to(self, noun: Phrase) -> Phrase:
        return join((leaf("to", "IN"), ""), (noun, "pobj"))

    def actor(self, depth: int = 0) -> Phrase:
        """Return what can be the subject of a clause."""
        draw = self.rng.random()
        comma = leaf(",", ",")
        if draw < 0.35:
            return self.people(depth)
        if draw < 0.45:
            army = leaf(self.pick("grammar_forces"), "NN")
            return join(
                (leaf("the", "DT"), "det"), (leaf(self.rng.choice(self.norps), "JJ"), "amod"), (army, "")
            )
        if draw < 0.55:
            return self.person()
        if draw < 0.65:
            post = join(
                (leaf(self.rng.choice(["the", "a"]), "DT"), "det"),
                (leaf(self.pick("grammar_posts"), "NN"), ""),
            )
            post = join(
                (post, ""), (self.prep("of", self.group() if self.chance(0.6) else self.place()), "prep")
            )
            return join((self.person(), ""), (comma, "punct"), (post, "appos"), (leaf(",", ","), "punct"))
        if draw < 0.72 and depth < 1:
            first, second = self.people(1), self.people(1)
            return join((first, ""), (leaf("and", "CC"), "cc"), (second, "conj"))
        if draw < 0.8 and depth < 1:
            third = self.group()
            second = join((self.group(), ""), (leaf("and", "CC"), "cc"), (third, "conj"))
            return join((self.group(), ""), (comma, "punct"), (second, "conj"))
        if draw < 0.86:
            short = leaf("".join(self.rng.choice("ABDFIJLMNPS") for _ in range(4)), "NNP")
            opened, closed = (leaf("(", "-LRB-"), "punct"), (leaf(")", "-RRB-"), "punct")
            return join((self.group(), ""), (join(opened, (short, ""), closed), "appos"))
        return self.group()

    def target(self, depth: int = 0) -> Phrase:
        """Return what can be attacked or taken."""
        draw = self.rng.random()
        if draw < 0.3:
            return self.people(depth + 1)
        if draw < 0.5:
            thing = self.common(self.pick("grammar_things"))
            return join((leaf(self.rng.choice(["a", "the"]), "DT"), "det"), (thing, ""))
        if draw < 0.7:
            return join((leaf("the", "DT"), "det"), (self.name(facility_name(self.rng)), ""))
        if draw < 0.85:
            return self.place()
        return self.person()

    def date(self) -> Phrase:
        month, draw = self.pick("grammar_months"), self.rng.random()
        day, year = str(self.rng.randint(1, 30)), str(self.rng.randint(1990, 2024))
        if draw < 0.3:
            return self.prep("on", leaf(self.pick("grammar_days"), "NNP"))
        if draw < 0.5:
            return self.prep("on", join((leaf(day, "CD"), "nummod"), (leaf(month, "NNP"), "")))
        if draw < 0.7:
            return self.prep("on", join((leaf(month, "NNP"), ""), (leaf(day, "CD"), "nummod")))
        if draw < 0.85:
            return self.prep("in", join((leaf(month, "NNP"), ""), (leaf(year, "CD"), "nummod")))
        full = join(
            (leaf(month, "NNP"), ""),
            (leaf(day, "CD"), "nummod"),
            (leaf(",", ","), "punct"),
            (leaf(year, "CD"), "nummod"),
        )
        return self.prep("on", full)

    def tail(self) -> list[tuple[Phrase, str]]:
        """Return phrases of place and time behind a verb's object."""
        found = []
        if self.chance(0.4):
            found.append((self.prep(self.rng.choice(["in", "near", "outside"]), self.place()), "prep"))
        if self.chance(0.3):
            found.append((self.date(), "prep"))
        return found

    def predicate(self, depth: int = 0, subject: Phrase | None = None) -> Phrase:
        """Return a clause with its subject."""
        base, past, participle, gerund = self.rng.choice(self.verbs)
        subject = subject or self.actor(depth)
        draw = self.rng.random()
        if draw < 0.22:
            verb = leaf(participle, "VBN")
            parts = [(self.target(depth) if subject.words[0][1] != "WP" else subject, "nsubjpass")]
            plural = parts[0][0].words[parts[0][0].head][1] in ("NNS", "WP")
            parts += [(leaf("were" if plural else "was", "VBD"), "auxpass"), (verb, "")]
            if self.chance(0.7):
                parts.append((self.prep("by", self.actor(1)), "agent"))
            return join(*parts, *self.tail())
        if draw < 0.34:
            control = self.rng.choice(["tried", "threatened", "planned", "vowed", "refused", "agreed"])
            inner = join((leaf("to", "TO"), "aux"), (leaf(base, "VB"), ""), (self.target(1), "dobj"))
            return join((subject, "nsubj"), (leaf(control, "VBD"), ""), (inner, "xcomp"), *self.tail())
        verb = leaf(past, "VBD")
        parts = [(subject, "nsubj")]
        if self.chance(0.12):
            parts.append((leaf("had", "VBD"), "aux"))
            verb = leaf(participle, "VBN")
        clause = [*parts, (verb, ""), (self.target(depth), "dobj"), *self.tail()]
        if depth < 1 and self.chance(0.2):
            _, past2, _, _ = self.rng.choice(self.verbs)
            second = join((leaf(past2, "VBD"), ""), (self.target(1), "dobj"))
            clause += [(leaf("and", "CC"), "cc"), (second, "conj")]
        elif depth < 1 and self.chance(0.25):
            result = join(
                (leaf(self.rng.choice(["killing", "wounding"]), "VBG"), ""), (self.people(1), "dobj")
            )
            clause += [(leaf(",", ","), "punct"), (result, "advcl")]
        elif depth < 1 and self.chance(0.15):
            means = join((leaf(gerund, "VBG"), ""), (self.target(1), "dobj"))
            clause.append(
                (join((leaf(self.rng.choice(["after", "before"]), "IN"), ""), (means, "pcomp")), "prep")
            )
        return join(*clause)

    def sentence(self) -> Tree:
        """Return one sentence as a converted tree."""
        clause = self.minor() if self.chance(0.45) else self.predicate()
        draw = self.rng.random()
        if draw < 0.15:
            clause = join((self.date(), "prep"), (leaf(",", ","), "punct"), (clause, ""))
            first = clause.words[0]
            first[0] = first[0].capitalize()
        elif draw < 0.3:
            said = leaf("said", "VBD")
            clause = join((clause, "ccomp"), (leaf(",", ","), "punct"), (self.actor(1), "nsubj"), (said, ""))
        elif draw < 0.42:
            inner = join((leaf("that", "IN"), "mark"), (clause, ""))
            clause = join((self.actor(1), "nsubj"), (leaf("said", "VBD"), ""), (inner, "ccomp"))
        elif draw < 0.5:
            inner = join(
                (leaf(self.rng.choice(["After", "When", "Because"]), "IN"), "mark"), (self.predicate(1), "")
            )
            clause = join((inner, "advcl"), (leaf(",", ","), "punct"), (clause, ""))
        clause = join((clause, ""), (leaf(".", "."), "punct"))
        nodes = []
        for number, (form, tag, head, rel) in enumerate(clause.words, 1):
            if number == 1:
                form = form[:1].upper() + form[1:]
            glued = number < len(clause.words) and (
                clause.words[number][0] in (",", ".", ")", "-") or form in ("(", "-")
            )
            nodes.append(Node(number, form, form, "", tag, head + 1, rel or "ROOT", not glued))
        return Tree(nodes)
