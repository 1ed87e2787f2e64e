"""One event, one mention: candidates of a sentence that tell the same event become one.

Follows the annotation guide: casualties and injuries go to the violent event that carries them, light verbs give
way to the noun they hold, verbs of saying give way to what they say, and a bare back-reference is no event.
"""

from __future__ import annotations

from dataclasses import replace

from spacy.tokens import Doc, Token

from extractor.arguments import Mentions
from extractor.frames import Candidate, Filler

CARRIERS = ("attack", "clash", "kidnapping")
PLACING = "attack/ied-placed"
CROWD = {"people", "person", "persons"}
AIMING = {"target"}
FIGHTING = {"armed_group", "state_force"}
TIME_UNITS = {"day", "days", "week", "weeks", "month", "months", "year", "years", "hours"}
BESIDE = {"relative", "temporal", "causal", "conditional", "adverbial"}
BLAMING = {"accuse", "charge", "suspect", "blame", "convict"}
SHOTS = {"bullet", "shot", "gunshot", "round"}
ONE_DEED = {"arrest", "territory", "displacement", "kidnapping"}
TOPICS = {
    "protest",
    "demonstration",
    "rally",
    "march",
    "dispute",
    "outcry",
    "anger",
    "talk",
    "debate",
    "inquiry",
    "row",
}
TOLD_OF = {"light", "relative", "reduced", "control"}  # how a clause or word tells what somebody did besides
ATTITUDE = {"statement/praise"}  # "welcomed the verdict" says something of its own, whatever it speaks of
OWN_RIGHT = {"claim", "denial", "accusation", "threat", "sanction", "designation", "declaration"}


def merge(
    doc: Doc, candidates: list[Candidate], modal: dict[int, str], mentions: Mentions
) -> list[Candidate]:
    """Merge the candidates of one sentence, in reading order; `modal` is the modality of each by its head."""
    kept = drop_light_verbs([c for c in candidates if not c.loose])
    kept = absorb_placings(doc, drop_counts(doc, kept), mentions)
    kept = absorb_consequences(doc, kept, mentions)
    kept = absorb_casualties(doc, kept, modal, mentions)
    kept = join_same_type(doc, kept, mentions)
    kept = drop_speech_with_content(kept)
    kept = drop_terms(drop_formed(doc, kept))
    name_claimants(doc, kept)
    kept += loose_beside(kept, [c for c in candidates if c.loose])
    return sorted(kept, key=lambda c: c.head)


def drop_threatened(candidates: list[Candidate], modal: dict[int, str]) -> list[Candidate]:
    """A threatened act is told by its threat (ruling 1): the threat takes over whom it is aimed at."""
    threats = {c.head: c for c in candidates if c.type == "threat"}
    kept = []
    for c in candidates:
        over = next((g.predicate for g in c.predication.governors[:4] if g.predicate in threats), None)
        told = modal[c.head] == "planned" and any(
            g.relation == "complement" and g.predicate == over for g in c.predication.governors[:1]
        )
        if not (modal[c.head] == "threatened" or told) or over is None or c.head in threats:
            kept.append(c)
        elif not threats[over].by_role("target"):
            threats[over].fillers += [replace(f, route="merged") for f in c.by_role("target")]
    return kept


def drop_counts(doc: Doc, candidates: list[Candidate]) -> list[Candidate]:
    """The charge that somebody is convicted or cleared of is told by the verdict."""
    verdicts = {c.head for c in candidates if c.type == "verdict"}
    return [
        c for c in candidates
        if not (c.type == "prosecution" and doc[c.head].dep_ == "pobj" and doc[c.head].head.head.i in verdicts)
    ]  # fmt: skip


def loose_beside(kept: list[Candidate], loose: list[Candidate]) -> list[Candidate]:
    """Loose candidates that no kept event already tells: not part of a trigger, not its light verb, and no killing or
    injury beside a violent event."""
    parts = [p for c in kept for p in (c, *c.absorbed)]
    used = (
        {i for p in parts for i in p.trigger} | {p.head for p in parts} | {p.predication.light for p in parts}
    )
    violent = any(c.type in CARRIERS for c in kept)
    return [
        c for c in loose
        if c.head not in used and not ((c.type == "killing" or is_injury(c)) and violent)
        and not any(c.type == k.type and same_event(k, c) for k in kept)
    ]  # fmt: skip


def drop_light_verbs(candidates: list[Candidate]) -> list[Candidate]:
    """A light verb gives way to its event noun; but a verb with a name for its object stays ("launched Operation
    X")."""
    lights = {c.predication.light: c.type for c in candidates if c.predication.light is not None}
    enders = {
        c.head
        for c in candidates
        if c.type == "operation" and c.subtype == "ended" and c.predication.kind == "verb"
    }
    in_triggers = {i for c in candidates if len(c.trigger) > 1 for i in c.trigger if i != c.head}
    out = []
    for c in candidates:
        if c.type == "operation" and c.predication.light in enders:
            continue  # "ended its peacekeeping mission" is told by the verb, the mission is its target
        if c.head in enders:
            out.append(c)
            continue
        if c.head in lights and len(c.trigger) == 1 and (lights[c.head] == c.type or c.type not in OWN_RIGHT):
            continue
        if c.predication.kind == "noun" and c.head in in_triggers:
            continue
        out.append(c)
    return out


def absorb_placings(doc: Doc, candidates: list[Candidate], mentions: Mentions) -> list[Candidate]:
    """How a bomb was placed or a shot fired, told in a participle, is part of the attack or killing that another word
    tells ("was assassinated by a bomb *hidden* in his car", "shells *fired* by the rebels hit a school")."""
    placings = [c for c in candidates if c.frame.id == PLACING and doc[c.head].dep_ in ("acl", "relcl")]
    shots = {a.head for c in candidates if c.type == "killing" for a in c.predication.arguments}
    shots = {i for i in shots if doc[i].lemma_.lower() in SHOTS}
    placings += [
        c for c in candidates
        if (c.frame.id.startswith("attack/fire") and doc[c.head].dep_ == "acl" and doc[c.head].head.i in shots)
        or (c.type == "attack" and doc[c.head].dep_ == "acl" and any(_same_means(c, o) for o in candidates))
    ]  # fmt: skip
    out = [c for c in candidates if c not in placings]
    for placing in placings:
        hosts = [c for c in out if c.type in ("attack", "killing")]
        if hosts:
            absorb(min(hosts, key=lambda c: abs(c.head - placing.head)), placing, mentions)
        else:
            out.append(placing)
    return sorted(out, key=lambda c: c.head)


def _same_means(one: Candidate, other: Candidate) -> bool:
    means = {f.head for f in one.by_role("instrument")} - {one.head}
    return (
        other is not one
        and other.type in ("attack", "killing")
        and bool(means & {f.head for f in other.by_role("instrument")})
    )


def absorb_consequences(doc: Doc, candidates: list[Candidate], mentions: Mentions) -> list[Candidate]:
    """What an attack also did, told in a participle after it, is part of it ("hit a convoy, *damaging* two cars")."""
    attacks = {c.head: c for c in candidates if c.type == "attack"}
    out = []
    for c in candidates:
        token = doc[c.head]
        while token.dep_ == "conj" and token.head.tag_ == "VBG" and token.head.i not in attacks:
            token = token.head
        host = attacks.get(token.head.i) if token.dep_ in ("advcl", "conj") and token.tag_ == "VBG" else None
        if c.type == "attack" and host is not None and host is not c and token.head.i < c.head:
            absorb(host, c, mentions)
        else:
            out.append(c)
    return out


def absorb_casualties(
    doc: Doc, candidates: list[Candidate], modal: dict[int, str], mentions: Mentions
) -> list[Candidate]:
    """Killings and injuries go to the violent event of the sentence that carries them; injuries to the killing."""
    carriers = [c for c in candidates if c.type in ("attack", "clash") and not is_injury(c)]
    hosts = [c for c in candidates if c.type == "protest"]
    harms = [c for c in candidates if c.type == "killing" or is_injury(c)]
    gone: set[int] = set()
    for aim in [c for c in carriers if doc[c.head].lemma_ in AIMING]:
        deed = next(
            (
                h
                for h in harms
                if h.type == "killing" and (doc[h.head].head.i == aim.head or doc[aim.head].head.i == h.head)
            ),
            None,
        )
        if deed is not None:  # "targeting and killing Droukdel" is the killing
            absorb(deed, aim, mentions)
            carriers.remove(aim)
            gone.add(id(aim))
    for harm in harms:
        alike = [c for c in carriers if as_real(harm, c, modal)]
        carrier = best_carrier(doc, harm, alike)
        if carrier is not None and is_injury(harm):  # the wounded go with the killed beside them
            left = [k for k in harms if k.type == "killing" and id(k) not in gone and k.head < harm.head]
            carrier = next((k for k in left if coordinate(doc, k, harm)), carrier)
        if carrier is None and is_injury(harm):
            dead = [h for h in harms if h.type == "killing" and h is not harm and as_real(harm, h, modal)]
            carrier = best_carrier(doc, harm, dead)
            carrier = carrier or best_carrier(doc, harm, hosts)
        if carrier is not None:
            absorb(carrier, harm, mentions)
            gone.add(id(harm))
    killings = [h for h in harms if h.type == "killing" and id(h) not in gone]
    for harm in killings[1:]:
        if linked(doc, killings[0], harm) and not distinct(killings[0], harm):
            absorb(killings[0], harm, mentions)
            gone.add(id(harm))
    injuries = [h for h in harms if is_injury(h) and id(h) not in gone]
    for harm in injuries[1:]:
        absorb(injuries[0], harm, mentions)
        gone.add(id(harm))
    return [c for c in candidates if id(c) not in gone]


def as_real(harm: Candidate, carrier: Candidate, modal: dict[int, str]) -> bool:
    """Whether a carrier is as real as the harm: of the wounded one is told as a fact, of the dead that they cannot yet be
    confirmed."""
    unreal = ("conditional", "denied")
    return modal.get(carrier.head) not in unreal or modal.get(harm.head) in unreal


def is_injury(candidate: Candidate) -> bool:
    return candidate.frame.measure.get("target") == "injured"


def best_carrier(doc: Doc, harm: Candidate, carriers: list[Candidate]) -> Candidate | None:
    """The nearest carrier, grammatically linked ones first. A carrier that is only a time peg in a clause of its
    own with another actor does not carry."""
    usable = [c for c in carriers if c.head != harm.head and not stands_beside(doc, harm, c)]
    if not usable:
        return None
    return min(usable, key=lambda c: (not linked(doc, c, harm), abs(c.head - harm.head)))


def stands_beside(doc: Doc, harm: Candidate, carrier: Candidate) -> bool:
    """Whether a killing is a deed of its own beside another: coordinate with the burning or wrecking of things, with
    victims of its own ("set fire to three villages and shot dead eleven people")."""
    if (
        counted_from(doc, carrier)
        or blamed(harm, carrier)
        or told_apart(doc, harm, carrier)
        or other_hands(doc, harm, carrier)
        or tells_which(doc, harm, carrier)
        or is_topic(doc, carrier)
    ):
        return True
    if told_of_another(doc, harm, carrier):
        return True
    doers = {f.head for f in carrier.by_role("actor") if f.route in TOLD_OF}
    if doers & {f.head for f in harm.by_role("target") if f.route != "effect"}:
        return True  # "killed the militants *responsible for the attack*"
    if doc[harm.head].pos_ == doc[carrier.head].pos_ == "NOUN" and harm.by_role("target"):
        listed = coordinate(doc, harm, carrier) and bool(carrier.by_role("target"))
        return listed and distinct(replace(harm, fillers=harm.by_role("target")), carrier)
    if carrier.subtype not in ("arson", "destruction") or not harm.by_role("target"):
        return False
    return coordinate(doc, harm, carrier)


def counted_from(doc: Doc, carrier: Candidate) -> bool:
    """Whether the carrier is a noun that time is counted from: "was shot two days before the *raid*"."""
    noun = doc[carrier.head]
    prep = noun.head
    return noun.dep_ == "pobj" and prep.lower_ in ("before", "after") and doc[prep.i - 1].lower_ in TIME_UNITS


def blamed(harm: Candidate, carrier: Candidate) -> bool:
    """Whether a killing is what somebody is accused of, and the carrier is not ("shelled the hills after Chad was accused
    of *murdering* nine herders")."""
    above = {g.predicate for g in harm.predication.governors if g.lemma in BLAMING}
    return bool(above) and not above & {g.predicate for g in carrier.predication.governors}


def told_of_another(doc: Doc, harm: Candidate, carrier: Candidate) -> bool:
    """Whether one of the two stands in a relative clause about something that the other does not tell ("hanged six men over
    the death of a judge, *who was hit in an airstrike*")."""
    if not harm.by_role("target") or linked(doc, carrier, harm):
        return False
    for inner, outer in ((carrier, harm), (harm, carrier)):
        verb = doc[inner.head]
        while verb.dep_ != "relcl" and verb.head != verb:
            verb = verb.head
        pronouns = ("WP",) if inner is harm else ("WP", "WDT")  # *which* left six dead may be the other deed
        said = any(t.tag_ in pronouns for t in verb.subtree)
        about = {f.head for f in outer.fillers} | {outer.head, *outer.trigger}
        if verb.dep_ == "relcl" and said and doc[outer.head] not in verb.subtree and verb.head.i not in about:
            return True
    return False


def is_topic(doc: Doc, carrier: Candidate) -> bool:
    """Whether an event noun is only what a protest or talks are about ("killed three during a protest over the *demolition*
    of a mosque")."""
    prep = doc[carrier.head].head
    about = doc[carrier.head].dep_ == "pobj" and prep.lower_ in ("on", "over", "about", "against")
    return about and prep.head.lemma_.lower() in TOPICS


def coordinate(doc: Doc, one: Candidate, other: Candidate) -> bool:
    """Whether two predicates stand in one coordination, however long."""
    first = []
    for token in (doc[one.head], doc[other.head]):
        while token.dep_ == "conj":
            token = token.head
        first.append(token)
    return first[0] == first[1] and one.head != other.head


def told_apart(doc: Doc, harm: Candidate, carrier: Candidate) -> bool:
    """Whether a killing stands in a clause of its own that gives another time or place than the carrier's: behind
    "four days after", or coordinate with its own victims and its own place."""
    verb = doc[harm.head]
    if verb.pos_ not in ("VERB", "AUX") or carrier.head in {t.i for t in verb.subtree}:
        return False
    marks = [c for c in verb.children if c.dep_ in ("mark", "advmod", "prep")]
    if verb.dep_ in ("advcl", "pcomp"):
        turns = [m for m in [*marks, verb.head] if m.lower_ in ("after", "before") and m.i > 0]
        if any(doc[m.i - 1].lower_ in TIME_UNITS for m in turns):
            return True
    top = verb
    while top.dep_ == "conj":
        top = top.head
    before = {"after", "before"} & {c.lower_ for c in top.lefts}
    if top.dep_ == "advcl" and before and carrier.head not in {t.i for t in top.subtree}:
        doers = [f for f in harm.by_role("actor") if f.route != "nearest"]
        if doers and harm.by_role("target") and any(c.dep_ == "nsubj" for c in top.children):
            return True  # "died in a gunfight, *after the group killed a colonel*"
    if verb.dep_ == "conj" and verb.head.i == carrier.head and not carrier.by_role("place"):
        return False  # "six are killed and two are hurt in the capital": the place is that of both
    beside = verb.dep_ == "conj" or any(m.lower_ == "while" for m in marks)
    own = any(c.dep_ in ("nsubj", "nsubjpass") for c in verb.children)
    placed = bool(harm.by_role("place")) and (not is_injury(harm) or bool(carrier.by_role("place")))
    return beside and own and carrier.head < harm.head and placed


def other_hands(doc: Doc, harm: Candidate, carrier: Candidate) -> bool:
    """Whether the killing has its own doer, and the carrier stands in an adverbial or relative clause about somebody
    else ("nine farmers were killed by soldiers as the Kenyans reacted to an ambush")."""
    doers = {f.head for f in harm.by_role("actor") if f.route not in ("nearest", "compound")}
    verb = doc[carrier.head]
    while verb.pos_ not in ("VERB", "AUX") and verb.head != verb:
        verb = verb.head
    if not doers or verb.i == harm.head or verb.dep_ not in ("advcl", "relcl"):
        return False
    if verb.dep_ == "advcl" and not any(c.dep_ in ("mark", "advmod") for c in verb.lefts):
        return False
    if doc[harm.head] in verb.subtree:
        return False
    own = [c for c in verb.children if c.dep_ in ("nsubj", "nsubjpass") and c.pos_ in ("NOUN", "PROPN")]
    acts = {f.head for f in carrier.by_role("actor", "party")}
    known = {doc[i].lemma_.lower() for i in doers}
    return bool(own) and not doers & acts and not any(c.lemma_.lower() in known for c in own)


def tells_which(doc: Doc, harm: Candidate, carrier: Candidate) -> bool:
    """Whether the carrier is a participle that only tells which thing the verb of another clause is about ("killed 20 of
    them and recovered rifles *stolen from* the post")."""
    participle, deed = doc[carrier.head], doc[harm.head]
    if participle.dep_ != "acl" or participle.tag_ != "VBN" or deed in participle.subtree:
        return False
    above = participle.head
    while above.pos_ != "VERB" and above.head != above:
        above = above.head
    return deed.pos_ == above.pos_ == "VERB" and above != deed


def linked(doc: Doc, one: Candidate, other: Candidate) -> bool:
    """Whether one predicate is an argument, conjunct, participle or adverbial of the other."""
    for a, b in ((one, other), (other, one)):
        token = doc[b.head]
        for _ in range(4):
            if token.i == a.head or token.i == a.predication.light:
                return True
            if token.head == token:
                break
            token = token.head
        if any(f.head == b.head for f in a.fillers) or any(
            arg.head == b.head for arg in a.predication.arguments
        ):
            return True
    return False


def distinct(one: Candidate, other: Candidate) -> bool:
    """Whether two candidates of a type name different participants in every role they both fill."""
    shared = False
    for role in ("actor", "target", "place", "party"):
        a = {f.head for f in one.by_role(role)}
        b = {f.head for f in other.by_role(role)}
        if a and b:
            if a & b:
                return False
            shared = True
    return shared


def absorb(carrier: Candidate, other: Candidate, mentions: Mentions) -> None:
    """Move what `other` knows into `carrier`. Its fillers keep the role they had: the killed are targets, or, in a clash that
    names fewer than two sides, a side."""
    carrier.absorbed.append(other)
    known = {f.head for f in carrier.fillers} | set(carrier.trigger) | {carrier.head}
    symmetric = carrier.type == "clash"
    sides = carrier.by_role("party")
    fought = len(sides) == 1 and sides[0].function == "with"
    has_actor = bool(carrier.by_role("actor"))
    again = {(f.role, mentions.doc[f.head].lower_) for f in carrier.fillers}
    again = again if carrier.type == other.type and not is_injury(other) else set()
    for f in other.fillers:
        if f.head in known or (f.role == "actor" and has_actor):
            continue
        if (f.role, mentions.doc[f.head].lower_) in again:
            continue  # "the embassy attack occurred when men stormed the embassy": told twice
        if f.role == "target" and not victim(mentions.doc, carrier, f):
            continue
        role = f.role
        if symmetric and role in ("actor", "target"):
            kind = mentions.kind(f.head)
            opposed = role == "target" and (fought or (not sides and kind == "person"))
            if not (opposed or (len(sides) < 2 and kind in FIGHTING)):
                continue  # those caught between two sides are no side
            role = "party"
        carrier.fillers.append(Filler(role, f.head, f.function, "merged"))
        known.add(f.head)
    if carrier.subtype is None and carrier.type == other.type:
        carrier.subtype = other.subtype


def victim(doc: Doc, carrier: Candidate, filler: Filler) -> bool:
    """Whether one who came to harm is a target of the event that carries the harm: not whom a protest cost its life, nor
    mere "people" where the event names whom it was aimed at or the sides that fought."""
    if carrier.type == "protest":
        return False
    if doc[filler.head].lower_ not in CROWD:
        return True
    return carrier.type != "clash" and not carrier.by_role("target")


def join_same_type(doc: Doc, candidates: list[Candidate], mentions: Mentions) -> list[Candidate]:
    """Two triggers of one type that share a participant or govern one another are one event."""
    kept: list[Candidate] = []
    for c in candidates:
        for earlier in kept:
            if earlier.type == c.type and (same_event(earlier, c, doc) or is_outcome(doc, c, earlier)):
                first = strength(earlier) >= strength(c) or is_outcome(doc, c, earlier)
                better, worse = (earlier, c) if first else (c, earlier)
                absorb(better, worse, mentions)
                kept[kept.index(earlier)] = better
                break
        else:
            kept.append(c)
    return kept


def strength(candidate: Candidate) -> tuple[int, int]:
    """Which of two tellings names the event better: with more participants, a noun under a light verb first."""
    return (len(candidate.by_role("actor", "target", "party")), int(candidate.predication.kind == "verb"))


def is_outcome(doc: Doc, c: Candidate, deed: Candidate) -> bool:
    """Whether a participle only says what came of the deed before it: "blew himself up, *killing* three"."""
    token = doc[c.head]
    if deed.type != "attack":
        return False
    while token.dep_ == "conj" and token.tag_ == "VBG":
        token = token.head
    return token.tag_ == "VBG" and token.dep_ == "advcl" and token.head.i == deed.head < token.i


def same_event(one: Candidate, other: Candidate, doc: Doc | None = None) -> bool:
    if one.head == other.head:
        return True
    if doc is not None and (_at_the_time(doc, one, other) or _at_the_time(doc, other, one)):
        return False
    if any(f.head == other.head for f in one.fillers) or any(f.head == one.head for f in other.fillers):
        return True
    if any(a.head == other.head for a in one.predication.arguments) or any(
        a.head == one.head for a in other.predication.arguments
    ):
        return True
    if doc is None:
        return False
    if _takes_up(doc, one, other) or _takes_up(doc, other, one):
        return True
    if _happens_when(doc, one, other) or _happens_when(doc, other, one):
        return True
    if distinct(one, other):
        return False
    a, b = doc[one.head], doc[other.head]
    if one.type in ONE_DEED and one.subtype == other.subtype and coordinate(doc, one, other):
        heads = [{f.head for f in c.by_role("actor", "target", "place", "result")} for c in (one, other)]
        return bool(heads[0]) and (heads[0] <= heads[1] or heads[1] <= heads[0])
    if a.head == b or b.head == a:
        return one.type in ("attack", "clash", "killing", "protest", "meeting") or "conj" not in (
            a.dep_,
            b.dep_,
        )
    return False


def _at_the_time(doc: Doc, one: Candidate, other: Candidate) -> bool:
    """Whether `other` is an event noun that only tells when `one` was: "blasts *during a raid*"."""
    noun = doc[other.head]
    pegs = (
        ("during", "after", "before", "following") if one.predication.kind == "noun" else ("after", "before")
    )
    return (
        noun.dep_ == "pobj"
        and noun.head.lower_ in pegs
        and noun.head.head in (doc[one.head], doc[one.head].head, doc[one.head].head.head)
    )


def _happens_when(doc: Doc, noun: Candidate, deed: Candidate) -> bool:
    """Whether `noun` is said to happen when `deed` is done: "the *blast* occurred when a bomber *detonated* his vest"."""
    verb, above = doc[deed.head], doc[noun.head].head
    return (
        doc[noun.head].dep_ == "nsubj"
        and above.lemma_ in ("occur", "happen", "take", "come")
        and verb.dep_ == "advcl"
        and any(c.lower_ == "when" for c in verb.lefts)
        and above in verb.ancestors
    )


def _takes_up(doc: Doc, one: Candidate, other: Candidate) -> bool:
    """Whether `other` is a participle whose *those* fills a place of `one`: "among those *killed* were six drivers"."""
    host = doc[other.head].head
    held = doc[other.head].dep_ == "acl" and host.lower_ == "those"
    return held and any(a.head == host.i for a in one.predication.arguments)


def drop_speech_with_content(candidates: list[Candidate]) -> list[Candidate]:
    """A verb of saying whose content is coded is not coded itself (ruling 1)."""
    said: set[int] = set()
    for c in candidates:
        if c.type == "statement":
            continue
        for told in (
            c,
            *c.absorbed,
        ):  # "said that four were killed in airstrikes": the dead are in the content
            for g in told.predication.governors[:5]:
                if g.relation in BESIDE:
                    break  # what stands in a relative or adverbial clause of the content is not the content
                if g.relation == "complement":
                    said.add(g.predicate)
    return [
        c for c in candidates if not (c.type == "statement" and c.frame.id not in ATTITUDE and c.head in said)
    ]


def name_claimants(doc: Doc, candidates: list[Candidate]) -> None:
    """Who claims a deed has done it (ruling 12): "a raid *for which the Lions claimed responsibility*"."""
    for claim in candidates:
        verb = doc[claim.head]
        which = any(o.tag_ == "WDT" for c in verb.lefts if c.lower_ == "for" for o in c.children)
        if claim.type != "claim" or not (which or verb.dep_ == "relcl"):
            continue
        deeds = [
            c for c in candidates
            if c.type in ("attack", "killing", "kidnapping") and c.predication.kind == "noun"
            and c.head < claim.head and not c.by_role("actor")
        ]  # fmt: skip
        for deed in deeds[-1:]:
            deed.fillers += [replace(f, route="claimed") for f in claim.by_role("actor")]


def drop_terms(candidates: list[Candidate]) -> list[Candidate]:
    """Leave out the imprisonment that somebody is sentenced to: it is the verdict's result."""
    terms = {f.head for c in candidates if c.type == "verdict" for f in c.by_role("result")}
    return [c for c in candidates if c.type != "arrest" or c.head not in terms]


def drop_formed(doc: Doc, candidates: list[Candidate]) -> list[Candidate]:
    """Leave out what a merger forms: "merged to form X" is the merger alone (ruling 6)."""
    mergers = {c.head for c in candidates if c.type == "merger"}
    return [c for c in candidates if c.type != "formation" or doc[c.head].head.i not in mergers]


def sums_up(token: Token) -> bool:
    """Whether a noun in apposition only ranks what was told: "killed 33, *the deadliest attack* of the war"."""
    return token.dep_ == "appos" and any(c.tag_ == "JJS" for c in token.children)


def is_back_reference(candidate: Candidate, has_own_fact: bool) -> bool:
    """A noun that only names or pegs an event ("after the attack") with no fact of its own in this sentence."""
    return candidate.predication.kind == "noun" and not has_own_fact and candidate.predication.light is None
