"""What stands over an event: modality from the grammar of its clause, and who the text says said so.

Scope is grammatical: auxiliaries and adverbs of the event's own clause, then its governing predicates, nearest
first, as `clauses` recorded them. The word lists are in patterns/modality.toml.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pydantic import Field
from spacy.tokens import Doc, Token

from extractor.arguments import Mentions
from extractor.patterns import Rule, default_folder, read_rules
from extractor.schema import Governor, Predication

CONFIRMING = {"confirm", "verify", "corroborate", "prove"}
SPEAKING = {"say", "report", "confirm", "announce"}
FRUSTRATING = {"fail", "refuse", "decline", "stop", "avoid", "prevent", "halt"}
ORDERING = {"order", "await", "demand", "schedule"}
ORDERED = {"release", "prosecution", "arrest", "deployment", "withdrawal"}
FIGURES = {"figure", "datum", "data", "estimate", "number", "statistic", "tally", "count", "record", "analysis", "survey",
           "study", "research", "finding", "compilation", "assessment"}  # fmt: skip
SURFACING = {"surface", "emerge", "circulate", "arise", "persist", "spread", "appear", "abound"}
SERIES = {"series", "wave", "round", "string", "spate", "number", "kind", "form", "lot"}
UNNAMED_SPEAKERS = {"you", "who", "which", "that", "it"}
STRONGEST = ("denied", "threatened", "conditional", "alleged", "planned")


class ModalityRule(Rule):
    """Words that govern a modality (`kind`: reporting, planned, threatened, alleged, denied, conditional), that ask
    for what is then no event (`demanded`; `kept` are the types that are planned all the same) or name the power to
    do it (`capable`), tell of a habit (`habit`) or of a trend (`trend`; not of the types `kept`), or that hand on to
    an event noun what stands over them (`transmit`, `attend`).

    `verbs`, `passive_verbs`, `nouns`, `adjectives` govern clauses; `noun_verbs` have the event noun as their
    object, `subject_verbs` as their subject; `adverbs`, `modifiers` stand beside the event word; `announced`,
    `called` and `faced` are the event types that are yet to come when they are announced, called or faced."""

    kind: str
    verbs: list[str] = Field(default_factory=list)
    passive_verbs: list[str] = Field(default_factory=list)
    noun_verbs: list[str] = Field(default_factory=list)
    subject_verbs: list[str] = Field(default_factory=list)
    nouns: list[str] = Field(default_factory=list)
    adjectives: list[str] = Field(default_factory=list)
    adverbs: list[str] = Field(default_factory=list)
    modifiers: list[str] = Field(default_factory=list)
    modals: list[str] = Field(default_factory=list)
    announced: list[str] = Field(default_factory=list)
    called: list[str] = Field(default_factory=list)
    faced: list[str] = Field(default_factory=list)
    kept: list[str] = Field(default_factory=list)
    examples: list[str] = Field(default_factory=list)
    near_misses: list[str] = Field(default_factory=list)


class ModalityReader:
    """Reads modality and attribution of predications.

    Args:
        folder: the patterns folder.
    """

    def __init__(self, folder: Path | None = None) -> None:
        rules = read_rules([(folder or default_folder()) / "modality.toml"], "modality", ModalityRule)
        self.rule = {rule.kind: rule for rule in rules}
        self.reporting = set(self.rule["reporting"].verbs) | set(self.rule["reporting"].nouns)
        self.transmit = set(self.rule["transmit"].verbs)

    def modality(
        self,
        doc: Doc,
        event: Predication,
        trigger: Token,
        by_predicate: dict[int, Predication],
        kind: str = "",
    ) -> str | None:
        """Modality of an event, or None where it is negated or a mere purpose and so no event.

        Args:
            doc: the document.
            event: the event's predication (its light verb's auxiliaries count as its own).
            trigger: the trigger's head token.
            by_predicate: every predication of the document by token index.
            kind: the event type, for words that read differently over different types.
        """
        own = [event]
        if event.light is not None and event.light in by_predicate:
            own.append(by_predicate[event.light])
        if any(p.negated or self._nearly(doc, p) for p in own):
            return None
        if self._habitual(doc, own) or self._trend(doc, event, kind):
            return None
        rank: list[str] = []
        for p in own:
            rank += self._own_clause(doc, p)
        rank += self._modifiers(trigger)
        planned = self.rule["planned"]
        for p in own[1:]:
            if p.lemma in planned.noun_verbs or (p.lemma == "announce" and kind in planned.announced) or (
                p.lemma == "face" and kind in planned.faced) or (p.lemma == "call" and kind in planned.called
            ):  # fmt: skip
                rank.append("planned")
        if event.kind == "verb" and kind in ORDERED and event.lemma in ORDERING:
            rank.append("planned")
        if self._over_sentence(doc, trigger):
            rank.append("alleged")
        governors = [g for p in reversed(own) for g in p.governors if g.predicate != event.light]
        if event.kind == "noun" and event.light is None:
            verdicts = self._over_noun(doc, event, kind, by_predicate)
        else:
            verdicts = self._over_clause(doc, own[-1], governors, by_predicate) + self._before_infinitive(
                doc, own[-1]
            )
        if any(p.lemma != "call" and p.lemma.split(" ")[0] in self.rule["demanded"].verbs for p in own[1:]):
            verdicts.append("demanded")
        if "drop" in verdicts:
            return None
        if "demanded" in verdicts:
            if kind not in self.rule["demanded"].kept:
                return None
            rank.append("planned")
        rank += verdicts
        return next((name for name in STRONGEST if name in rank), "actual")

    def _nearly(self, doc: Doc, p: Predication) -> bool:
        """Whether a deed was only all but done: "nearly captured the town"."""
        before = doc[p.predicate - 1] if p.kind == "verb" and p.predicate else None
        return before is not None and before.lower_ in ("nearly", "almost") and before.head.i == p.predicate

    def _habitual(self, doc: Doc, own: list[Predication]) -> bool:
        """Whether the event is told as a habit: "often rob travellers", "regular attacks"."""
        habit = self.rule["habit"]
        words = [doc[p.predicate] for p in own]
        if own[0].kind == "noun" and words[0].dep_ in ("nsubj", "nsubjpass", "dobj"):
            words.append(words[0].head)
        elif own[0].kind == "noun" and words[0].dep_ == "pobj" and words[0].head.dep_ == "prep":
            words.append(words[0].head.head)  # "were often subjected to attacks"
        for word in words:
            for child in word.children:
                if child.dep_ == "advmod" and child.lower_ in habit.adverbs:
                    return True
                if word.tag_ == "NNS" and child.dep_ == "amod" and child.lower_ in habit.modifiers:
                    return True
        return False

    def _trend(self, doc: Doc, event: Predication, kind: str) -> bool:
        """Whether uncounted deeds are only said to grow or ebb: "attacks on convoys increased", "stepped up raids"."""
        rule, noun = self.rule["trend"], doc[event.predicate]
        if event.kind != "noun" or noun.tag_ != "NNS" or kind in rule.kept:
            return False
        if any(c.dep_ == "nummod" for c in noun.children):
            return False
        above = noun.head
        if noun.dep_ == "pobj" and above.lower_ in ("in", "of"):
            return above.head.lemma_ in rule.nouns
        grows = noun.dep_ in ("nsubj", "dobj") and above.lemma_.lower() in rule.verbs
        return grows or any(c.dep_ == "amod" and c.lower_ in rule.modifiers for c in noun.children)

    def _over_sentence(self, doc: Doc, trigger: Token) -> bool:
        """Whether the sentence opens with "Reportedly", or "it is reported ... that" stands before the event."""
        alleged = self.rule["alleged"]
        start = trigger.sent.start
        if doc[start].lower_ in alleged.adverbs:
            return True
        for i in range(start, trigger.i - 3):
            if doc[i].lower_ == "it" and doc[i + 1].lemma_ == "be":
                said = doc[i + 3] if doc[i + 2].tag_ == "RB" else doc[i + 2]
                if said.tag_ == "VBN" and (
                    said.lemma_ in alleged.passive_verbs or said.lemma_ in alleged.verbs
                ):
                    return any(t.lower_ == "that" for t in doc[said.i + 1 : trigger.i])
        return False

    def _over_clause(
        self, doc: Doc, p: Predication, governors: list[Governor], by_predicate: dict[int, Predication]
    ) -> list[str]:
        """What the predicates above a clause make of it, nearest first, as far as their scope reaches."""
        found: list[str] = []
        for governor in governors[:4]:
            verdict = self._governor(doc, governor, by_predicate)
            if not verdict and self._object_clause(doc, p.predicate, governor):
                verdict = self._governor(doc, replace(governor, relation="complement"), by_predicate)
            if verdict:
                found.append(verdict)
            if (
                governor.lemma == "be"
                and governor.relation == "complement"
                and self._infinitive(doc[p.predicate])
            ):
                found.append("planned")  # "is to be extradited"
            above = by_predicate.get(governor.predicate)
            if governor.relation == "complement" and "conditional" in self._modifiers(
                doc[governor.predicate]
            ):
                found.append("conditional")
            if governor.relation == "complement" and above is not None and not verdict:
                said = governor.lemma in self.reporting
                found += [
                    v
                    for v in self._own_clause(doc, above)
                    if v == "conditional" or (v == "planned" and not said)
                ]
            if governor.relation == "adverbial" and above is not None and above.passive and (
                doc[p.predicate].tag_ == "VBG" and p.predicate < governor.predicate
                and governor.lemma in self.rule["alleged"].passive_verbs
            ):  # fmt: skip
                found.append("alleged")  # "Fighting is reported in the north"
            if governor.relation == "adverbial" and above is not None and above.passive and (
                doc[p.predicate].tag_ == "VBN" and 0 < p.predicate - governor.predicate <= 2
                and governor.lemma in self.rule["alleged"].passive_verbs
            ):  # fmt: skip
                found.append("alleged")  # "Six rebels were reported killed"
            if governor.relation == "conjunct" and not any(
                c.dep_ in ("nsubj", "nsubjpass") for c in doc[p.predicate].children
            ):
                found += [v for v in self._modifiers(doc[governor.predicate]) if v == "alleged"]
            if governor.relation == "conditional":
                found.append("conditional")
            if governor.relation == "relative" and self._told_noun(doc, governor.predicate):
                found.append("alleged")
            if governor.relation == "temporal" and above is not None and self._until(doc[p.predicate]):
                waited = self._own_clause(doc, above)
                waited += self._over_clause(doc, above, above.governors, by_predicate)
                found += ["drop"] if {"demanded", "drop"} & set(waited) else []
                found += ["conditional"] if "planned" in waited else []
            if governor.relation in ("relative", "temporal", "causal", "conditional"):
                break
            if governor.relation == "adverbial" and self._by_means(doc[p.predicate]):
                break
        return found

    def _object_clause(self, doc: Doc, i: int, governor: Governor) -> bool:
        """Whether a gerund right behind a verb is its object, however it was attached ("denied attacking")."""
        return governor.relation == "adverbial" and doc[i].tag_ == "VBG" and governor.predicate == i - 1

    def _infinitive(self, token: Token) -> bool:
        return any(c.dep_ == "aux" and c.lower_ == "to" for c in token.children)

    def _infinitive_under(self, noun: Token) -> bool:
        return any(c.dep_ in ("acl", "relcl", "advcl") and self._infinitive(c) for c in noun.children)

    def _before_infinitive(self, doc: Doc, p: Predication) -> list[str]:
        """What the word before "to" makes of an infinitive: a power to do it is no deed ("the right to strike"); a plan
        is one where the infinitive was left without a governor ("France plans to withdraw", read as a noun phrase)."""
        if not self._infinitive(doc[p.predicate]):
            return []
        to = next(c.i for c in doc[p.predicate].children if c.dep_ == "aux" and c.lower_ == "to")
        planned = self.rule["planned"]
        word = doc[to - 1].lemma_.lower() if to else ""
        if word in self.rule["capable"].nouns:
            return ["drop"]
        if any(g.relation in ("complement", "purpose") for g in p.governors):
            return []
        return ["planned"] if word in planned.verbs or word in planned.nouns else []

    def _until(self, verb: Token) -> bool:
        """Whether a clause says how long to wait: "urged them to stay at home *until* the ban was lifted"."""
        return any(c.dep_ == "mark" and c.lower_ in ("until", "till") for c in verb.lefts)

    def _told_noun(self, doc: Doc, i: int) -> bool:
        """Whether a noun is a report, claim or the like with its content behind "that", however it was parsed."""
        return (
            doc[i].lemma_ in self.rule["alleged"].nouns and i + 1 < len(doc) and doc[i + 1].lower_ == "that"
        )

    def _by_means(self, token: Token) -> bool:
        """Whether a participle says by what means: done even where the end is only sought."""
        return (
            token.tag_ == "VBG"
            and token.dep_ == "pcomp"
            and token.head.lower_ in ("by", "after", "since", "through")
        )

    def _over_noun(
        self, doc: Doc, event: Predication, kind: str, by_predicate: dict[int, Predication]
    ) -> list[str]:
        """What stands over an event noun. It is taken for granted, except below the words that make or await it and
        the verbs of occurring that hand on what stands over them."""
        if "drop" in self._over_clause(doc, event, event.governors, by_predicate):
            return ["drop"]
        found: list[str] = []
        inside = (
            False  # of another noun: "called for an inquiry into the killing" takes the killing for granted
        )
        planned, alleged = self.rule["planned"], self.rule["alleged"]
        noun = doc[event.predicate]
        copula = noun.head.head if noun.dep_ == "pobj" else noun.head
        if copula.lemma_ == "be":
            found += [v for v in self._modifiers(copula) if v == "alleged"]
        if noun.dep_ == "attr" and noun.head.lemma_ == "be":
            found += self._auxiliaries(noun.head)
        for governor in event.governors[:4]:
            word = governor.lemma
            above = by_predicate.get(governor.predicate)
            token = doc[governor.predicate]
            if governor.relation in ("relative", "temporal", "causal", "conditional"):
                break
            if governor.relation == "purpose":
                return (
                    ["drop"] if token.pos_ in ("VERB", "AUX") and word not in alleged.passive_verbs else found
                )
            if above is not None and above.passive and word in alleged.passive_verbs:
                found.append("alleged")
                break
            if governor.relation == "subject":
                if word in planned.subject_verbs:
                    found.append("planned")
                if above is not None and kind in planned.announced and word not in self.transmit:
                    found += [v for v in self._own_clause(doc, above) if v == "planned"]
                if above is None or word not in self.transmit:
                    break
                found += self._own_clause(doc, above)
                continue
            if token.tag_.startswith("NN"):
                if word in self.rule["involvement"].nouns:
                    break  # a part in an event takes the event for granted
                verdict = self._governor(doc, governor, by_predicate)
                if verdict and not (inside and verdict == "demanded"):
                    found.append(verdict)
                    break
                if governor.relation != "complement":
                    break
                inside = inside or word not in SERIES
                continue
            if governor.relation == "complement":
                base = word.split(" ")[0]
                called = base == "call" and (token.tag_ == "VBN" or noun.dep_ in ("dobj", "nsubjpass"))
                if base in self.rule["demanded"].verbs and not called:
                    if not inside:
                        found.append("drop" if governor.negated else "demanded")
                    break
                named = word == "call" and (token.tag_ == "VBN" or self._calls_names(token, noun))
                if (word in planned.noun_verbs and not named) or (
                    word == "announce" and kind in planned.announced
                ):
                    found.append("drop" if governor.negated else "planned")
                    break
                if word not in planned.verbs:
                    verdict = self._governor(doc, governor, by_predicate)
                    if verdict:
                        found.append(verdict)
            if (
                above is not None
                and word in self.rule["attend"].verbs
                and "planned" in self._own_clause(doc, above)
            ):
                found.append("planned")
            if word not in self.transmit:
                break
            if above is not None:
                found += self._own_clause(doc, above)
                found += self._over_clause(doc, above, above.governors, by_predicate)
            break
        return found

    def _calls_names(self, call: Token, noun: Token) -> bool:
        """Whether "call" says what the noun is ("calling the raid an act of war"), rather than that it be held."""
        after = [*call.children, *noun.children]
        return noun.dep_ == "dobj" and any(
            c.i > noun.i and c.dep_ in ("oprd", "attr", "acomp", "xcomp", "dobj", "appos", "advmod", "ccomp")
            for c in after
        )

    def _own_clause(self, doc: Doc, p: Predication) -> list[str]:
        found = []
        perfect = any(c.dep_ == "aux" and c.lemma_ == "have" for c in doc[p.predicate].children)
        if "will" in p.modals or "shall" in p.modals or p.tense == "future":
            found.append("planned")
        elif "would" in p.modals:
            told = any(
                g.relation == "complement" or (g.relation == "conjunct" and g.lemma in self.reporting)
                for g in p.governors
            )
            found.append("planned" if told else "conditional")
        elif {"may", "might"} & set(p.modals):
            found.append("alleged" if perfect else "conditional")
        elif "could" in p.modals:
            found.append("conditional")
        elif "should" in p.modals or "must" in p.modals:
            found.append("planned")
        found += self._modifiers(doc[p.predicate])
        return found

    def _auxiliaries(self, verb: Token) -> list[str]:
        """Modality of a copula by its own auxiliaries ("It *may have been* an attempt", "would be an act")."""
        modals = {c.lower_ for c in verb.children if c.dep_ == "aux"}
        if modals & {"may", "might"}:
            return ["alleged" if modals & {"have", "ve"} else "conditional"]
        if modals & {"would", "could"}:
            return ["conditional"]
        return ["planned"] if modals & {"will", "shall", "'ll", "’ll"} else []

    def _modifiers(self, token: Token) -> list[str]:
        found = []
        alleged, planned, conditional = (self.rule[k] for k in ("alleged", "planned", "conditional"))
        for child in token.children:
            word = child.lower_
            if child.dep_ in ("advmod", "amod") and (word in alleged.adverbs or word in alleged.adjectives):
                found.append("alleged")
            if (child.dep_ == "amod" and word in planned.modifiers) or (
                child.dep_ == "poss" and word == "tomorrow"
            ):
                found.append("planned")
            if child.dep_ == "amod" and word in conditional.modifiers:
                found.append("conditional")
            if child.dep_ == "mark" and word in ("if", "unless"):
                found.append("conditional")
        return found

    def _governor(self, doc: Doc, governor: Governor, by_predicate: dict[int, Predication]) -> str | None:
        """What one predicate above makes of what stands below it."""
        word = governor.lemma.split(" ")[0]
        token = doc[governor.predicate]
        above = by_predicate.get(governor.predicate)
        alleged, planned = self.rule["alleged"], self.rule["planned"]
        if governor.relation == "purpose":
            return "drop"
        if governor.relation != "complement":
            return None
        if token.tag_.startswith("NN"):
            gerund = any(
                c.lower_ == "of" and any(g.dep_ == "pcomp" for g in c.children) for c in token.children
            )
            if word in self.rule["capable"].nouns and (gerund or self._infinitive_under(token)):
                return "drop"
            confirmed = token.dep_ == "dobj" and token.head.lemma_ in CONFIRMING
            for name in ("threatened", "denied", "alleged"):
                spoken = token.dep_ == "ROOT" and word in self.reporting  # a verb taken for a noun
                if word in self.rule[name].nouns and not spoken and not confirmed:
                    return name
            if token.dep_ == "ROOT" and word in alleged.verbs:
                return "alleged"
        elif word in self.rule["threatened"].verbs:
            return "threatened"
        elif word in self.rule["denied"].verbs:
            return "denied"
        if governor.negated and word in SPEAKING:
            return None
        if not token.tag_.startswith("NN"):
            if above is not None and above.passive and word in self.rule["capable"].passive_verbs:
                return "drop"
            if above is not None and word in SURFACING and any(
                a.function == "subject" and doc[a.head].lemma_ in alleged.nouns for a in above.arguments
            ):  # fmt: skip
                return "alleged"  # "allegations surfaced that ..."
            if word in alleged.verbs:
                return "alleged"
            if above is not None and above.passive and word in alleged.passive_verbs:
                return "alleged"
            if word == "call" and token.tag_ == "VBN":
                return None
        if word in self.rule["demanded"].verbs or word in self.rule["demanded"].nouns:
            return "drop" if governor.negated else "demanded"
        if word in planned.verbs or word in planned.nouns or word in planned.adjectives:
            return "drop" if governor.negated else "planned"
        if word in FRUSTRATING:
            return "drop"
        return None

    def attribution(
        self, doc: Doc, event: Predication, by_predicate: dict[int, Predication], mentions: Mentions
    ) -> list[int]:
        """Head tokens of who the text says said so, nearest first: subjects of the verbs of saying above the event
        ("X told Y that Z had said": Z, then X), and "according to X".

        Args:
            doc: the document.
            event: the event's predication.
            by_predicate: every predication of the document by token index.
            mentions: the document's entity mentions.
        """
        heads: list[int] = []
        own = [event] + ([by_predicate[event.light]] if event.light in by_predicate else [])  # type: ignore[index]
        for p in own:
            for governor in p.governors[:5]:
                if governor.relation in ("temporal", "causal", "conditional") or (
                    governor.relation == "relative" and p.kind == "verb"
                ):
                    break
                if heads and governor.relation == "adverbial":
                    break  # "A says … as B says that …": A does not say what B says
                if governor.predicate == event.light and governor.lemma == "declare":
                    continue  # the declaring is the event
                told = governor.relation == "complement" or (
                    governor.relation == "conjunct" and "would" in p.modals
                )
                if not told or governor.lemma.split(" ")[0] not in self.reporting:
                    continue
                above = by_predicate.get(governor.predicate)
                if above is not None:
                    speakers = [
                        a.head for a in above.arguments if a.function == "subject" and a.route != "nearest"
                    ]
                    heads += speakers or self._before_verb(doc[governor.predicate])
            if heads:
                break
        heads += self._according(doc, doc[event.predicate])
        named = [self._named(doc, head, mentions) for head in heads]
        return [head for head in dict.fromkeys(named) if doc[head].lower_ not in UNNAMED_SPEAKERS]

    def _before_verb(self, verb: Token) -> list[int]:
        """The name before a verb of saying that the parse does not give as its subject."""
        names = [
            c.i
            for c in verb.lefts
            if c.tag_.startswith("NNP") and c.dep_ in ("ccomp", "dep", "npadvmod", "nsubj")
        ]
        return names[-1:]

    def _named(self, doc: Doc, head: int, mentions: Mentions) -> int:
        """The speaker itself where `head` is in apposition to it, or a title whose bearer follows."""
        token = doc[head]
        while token.dep_ == "appos":
            token = token.head
        person = next(
            (c for c in token.children if c.dep_ == "appos" and mentions.kind(c.i) == "person"), None
        )
        return person.i if person is not None and mentions.kind(token.i) != "person" else token.i

    def _according(self, doc: Doc, token: Token) -> list[int]:
        """Whom the sentence follows: "according to X", "according to figures collected by X". After "and" or
        "but" it holds only for what follows it."""
        sentence = token.sent
        for i in range(sentence.start, sentence.end - 2):
            if doc[i].lower_ != "according" or doc[i + 1].lower_ != "to":
                continue
            back = i - 1
            while back > sentence.start and doc[back].text in (",", "—", "–"):
                back -= 1
            if back > sentence.start and doc[back].lower_ in ("and", "but", "while") and token.i < i:
                continue
            for source in doc[i + 1].children:
                if source.dep_ == "pobj" and source.i > i and token.i not in {t.i for t in source.subtree}:
                    return [self._publisher(source)]
        return []

    def _publisher(self, source: Token) -> int:
        """Who stands behind figures: "data compiled by the agency", "estimates from the UN"."""
        if source.lemma_.lower() in FIGURES:
            for t in source.subtree:
                if t.i > source.i and t.dep_ in ("agent", "prep") and t.lower_ in ("by", "from", "of"):
                    found = next((c for c in t.children if c.dep_ == "pobj"), None)
                    if found is not None and found.tag_.startswith("NNP"):
                        return found.i
        return source.i
