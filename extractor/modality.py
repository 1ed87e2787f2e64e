"""What stands over an event: modality from the grammar of its clause, and who the text says said so.

Scope is grammatical: auxiliaries and adverbs of the event's own clause, then its governing predicates, nearest
first, as `clauses` recorded them. The word lists are in patterns/modality.toml.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from spacy.tokens import Doc, Token

from extractor.arguments import Mentions
from extractor.patterns import Rule, default_folder, read_rules
from extractor.schema import Predication

TRANSPARENT = {"conjunct", "participle", "relative"}


class ModalityRule(Rule):
    """Words that govern a modality (`kind`: reporting, planned, threatened, alleged, denied, conditional)."""

    kind: str
    verbs: list[str] = Field(default_factory=list)
    passive_verbs: list[str] = Field(default_factory=list)
    nouns: list[str] = Field(default_factory=list)
    adjectives: list[str] = Field(default_factory=list)
    adverbs: list[str] = Field(default_factory=list)
    modals: list[str] = Field(default_factory=list)
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

    def modality(self, doc: Doc, event: Predication, trigger: Token, by_predicate: dict[int, Predication]) -> str | None:
        """Modality of an event, or None where it is negated or a mere purpose and so no event.

        Args:
            doc: the document.
            event: the event's predication (its light verb's auxiliaries count as its own).
            trigger: the trigger's head token.
            by_predicate: every predication of the document by token index.
        """
        own = [event]
        if event.light is not None and event.light in by_predicate:
            own.append(by_predicate[event.light])
        if any(p.negated for p in own):
            return None
        rank: list[str] = []
        for p in own:
            rank += self._own_clause(doc, p)
        rank += self._modifiers(trigger)
        governors = [g for p in reversed(own) for g in p.governors]
        for governor in governors[:4]:
            verdict = self._governor(doc, governor.predicate, governor.lemma, governor.relation, governor.negated, by_predicate)
            if verdict == "drop":
                return None
            if verdict:
                rank.append(verdict)
            if governor.relation in ("relative", "temporal", "causal"):
                break
        for kind in ("denied", "threatened", "conditional", "alleged", "planned"):
            if kind in rank:
                return kind
        return "actual"

    def _own_clause(self, doc: Doc, p: Predication) -> list[str]:
        found = []
        if "will" in p.modals or "shall" in p.modals or p.tense == "future":
            found.append("planned")
        elif "would" in p.modals:
            found.append("planned" if any(g.relation == "complement" for g in p.governors) else "conditional")
        elif {"may", "might", "could"} & set(p.modals):
            found.append("conditional")
        elif "should" in p.modals or "must" in p.modals:
            found.append("planned")
        found += self._modifiers(doc[p.predicate])
        return found

    def _modifiers(self, token: Token) -> list[str]:
        found = []
        rule = self.rule["alleged"]
        for child in token.children:
            if child.dep_ in ("advmod", "amod") and (child.lower_ in rule.adverbs or child.lower_ in rule.adjectives):
                found.append("alleged")
            if child.dep_ == "amod" and child.lower_ in ("planned", "proposed", "upcoming", "future", "scheduled",
                                                         "attempted", "failed", "foiled", "imminent", "forthcoming"):  # fmt: skip
                found.append("planned" if child.lower_ not in ("attempted", "failed", "foiled") else "actual")
            if child.dep_ == "mark" and child.lower_ in ("if", "unless"):
                found.append("conditional")
        return found

    def _governor(
        self, doc: Doc, index: int, lemma: str, relation: str, negated: bool, by_predicate: dict[int, Predication]
    ) -> str | None:
        word = lemma.split(" ")[0]
        governor = by_predicate.get(index)
        if relation == "purpose":
            return "drop"
        if relation == "conditional":
            return None
        if relation not in ("complement", "relative", "conjunct", "adverbial", "participle"):
            return None
        if relation != "complement":
            return None
        if word in self.rule["threatened"].verbs or word in self.rule["threatened"].nouns:
            return "threatened"
        if word in self.rule["denied"].verbs or word in self.rule["denied"].nouns:
            return "denied"
        if negated and word in ("say", "report", "confirm", "announce"):
            return None
        alleged = self.rule["alleged"]
        if word in alleged.verbs or word in alleged.nouns:
            return "alleged"
        passive = governor is not None and governor.passive
        if passive and word in alleged.passive_verbs:
            return "alleged"
        planned = self.rule["planned"]
        if word in planned.verbs or word in planned.nouns or word in planned.adjectives:
            return "drop" if negated else "planned"
        if word in ("fail", "refuse", "decline", "stop", "avoid", "prevent", "halt"):
            return "drop"
        return None

    def attribution(self, doc: Doc, event: Predication, by_predicate: dict[int, Predication], mentions: Mentions) -> list[int]:
        """Head tokens of who the text says said so, nearest first: subjects of governing verbs of saying, and
        "according to X"."""
        heads: list[int] = []
        own = [event] + ([by_predicate[event.light]] if event.light in by_predicate else [])  # type: ignore[index]
        for p in own:
            for governor in p.governors[:3]:
                if governor.relation != "complement" or governor.lemma.split(" ")[0] not in self.reporting:
                    continue
                above = by_predicate.get(governor.predicate)
                if above is not None:
                    heads += [a.head for a in above.arguments if a.function == "subject" and a.route != "nearest"]
                    break
            if heads:
                break
        heads += self._according(doc, doc[event.predicate], mentions)
        return list(dict.fromkeys(heads))

    def _according(self, doc: Doc, token: Token, mentions: Mentions) -> list[int]:
        sentence = token.sent
        for i in range(sentence.start, sentence.end - 2):
            if doc[i].lower_ == "according" and doc[i + 1].lower_ == "to":
                for j in range(i + 2, min(i + 12, sentence.end)):
                    if j in mentions.by_head:
                        return [j]
                    if doc[j].dep_ == "pobj":
                        return [j]
        return []
