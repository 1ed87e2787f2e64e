"""What stands beside a predication and fills places of its frame all the same."""

from __future__ import annotations

from spacy.tokens import Doc

from extractor.schema import Arg, Predication

CLAUSES = {
    **dict.fromkeys(("form", "create", "establish", "become"), "forming"),
    **dict.fromkeys(("disperse", "scatter", "subdue", "repel"), "dispersing"),
    **dict.fromkeys(("demand", "request", "call", "urge", "ask"), "demanding"),
}


def through_object(p: Predication, trigger: list[int], by_predicate: dict[int, Predication]) -> list[Arg]:
    """Prepositions of a phrase's fixed object, which belong to the phrase: "lost control *of Raqqa*".

    Args:
        p: the predication.
        trigger: token indices of the phrase.
        by_predicate: predications by token index.
    """
    known = {(a.prep, a.head) for a in p.arguments}
    found = []
    for i in trigger:
        inner = by_predicate.get(i)
        if i != p.predicate and inner is not None:
            found += [a for a in inner.arguments if a.function == "prep" and (a.prep, a.head) not in known]
    return found


def means(doc: Doc, p: Predication, by_predicate: dict[int, Predication]) -> list[Arg]:
    """What the clauses under a predicate say was used ("attacked the port *using drones*"), came of it ("merged *to form
    an alliance*"), was scattered ("used batons *to disperse the crowd*") or was asked of somebody ("rallied, *demanding
    that Sarr resign*"), under the prepositions using, forming, dispersing and demanding.

    Args:
        doc: the document.
        p: the predication.
        by_predicate: predications by token index.
    """
    found = []
    above = [] if p.light is None else list(doc[p.light].children)
    for child in [*doc[p.predicate].children, *above]:
        name = "using" if child.lower_ == "using" else CLAUSES.get(child.lemma_.lower())
        if name is None or child.dep_ == "conj" or child.i not in by_predicate:
            continue
        for a in by_predicate[child.i].arguments:
            if a.function == "object" or (name == "demanding" and a.prep in ("on", "upon")):
                found.append(Arg("prep", a.head, name, "participle"))
    return found
