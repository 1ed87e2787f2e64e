"""Frames applied: which predications express an event type, and who fills which role.

A frame (patterns/events/*.toml) is tried on every predication whose lemma it lists. What it proposes is a
`Candidate`; merging candidates into events is the business of `events`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from spacy.tokens import Doc, Token

from extractor.adjuncts import means, through_object
from extractor.arguments import Mentions
from extractor.patterns import Condition, Frame, default_folder, read_frames
from extractor.schema import Arg, Predication

LOCATIVE = {"in", "at", "near", "outside", "around", "across", "inside", "within", "on", "throughout", "along",
            "off", "beside", "close to", "north of", "south of", "east of", "west of", "next to", "where",
            "in front of", "northeast of", "northwest of", "southeast of", "southwest of", "behind"}  # fmt: skip
PARTICIPANT = {
    "armed_group",
    "state_force",
    "government",
    "intergovernmental",
    "organisation",
    "media",
    "person",
    "people",
}
ALLOWING = {"authorise", "authorize", "approve"}
SENDING = {"deployment", "withdrawal"}
SERIAL = {"actor", "target", "party", "beneficiary"}
NAMES = {"NNP", "NNPS"}
ACTING = {"subject", "by", "poss", "with", "against", "between", "indirect"}
EFFECTIVE = {"attack", "abuse"}
CREWED = {"aircraft", "airplane", "plane", "jet", "warplane", "helicopter", "gunship", "bomber", "warship", "gunboat",
          "frigate", "destroyer", "submarine", "fighter-bomber", "seaplane", "cruiser", "corvette"}  # fmt: skip
VEHICLES = {"boat", "bus", "minibus", "truck", "car", "van", "vehicle", "ambulance", "helicopter", "plane", "aircraft",
            "jet", "ship", "vessel", "tank", "motorcade", "airliner", "motorcycle", "motorbike"}  # fmt: skip
UNAIMED = {
    "shot",
    "round",
    "bullet",
    "volley",
    "burst",
    "time",
    "occasion",
    "humanity",
}  # what is never a target
HARM = {"casualty", "loss", "injury", "death", "fatality", "damage", "wound", "toll"}  # never what is used
# Verbs whose sense a particle changes: "took off" is no taking. Others keep theirs ("shipped out").
OPAQUE = frozenset((
    "take", "give", "put", "get", "make", "set", "turn", "bring", "break", "carry", "come", "go", "look", "hold",
    "keep", "call", "run", "pass", "pick", "lay", "strike", "fall", "hit", "play", "back", "check", "sign", "stand",
    "end", "draw", "fill", "find", "pay", "point", "rule", "show", "tear", "throw", "win", "write", "leave", "march",
    "move", "push", "pull", "drive", "close", "open", "clear", "cut", "drop", "try", "trade", "kick", "shut", "slip",
    "settle", "beat", "charge", "walk", "storm", "live", "knock", "follow", "wind", "deal", "join", "die",
))  # fmt: skip


@dataclass
class Filler:
    """A role filled: head token, the function or preposition it came by, and the route `clauses` took."""

    role: str
    head: int
    function: str
    route: str = "direct"


@dataclass
class Candidate:
    """A frame that fired on a predication: trigger tokens and fillers. A `loose` one lacks what its frame needs and
    stands only if the judge says so."""

    frame: Frame
    predication: Predication
    trigger: list[int]
    subtype: str | None = None
    fillers: list[Filler] = field(default_factory=list)
    absorbed: list[Candidate] = field(default_factory=list)
    loose: bool = False

    @property
    def type(self) -> str:
        return self.frame.type

    @property
    def head(self) -> int:
        return self.predication.predicate

    def by_role(self, *roles: str) -> list[Filler]:
        return [f for f in self.fillers if f.role in roles]


class FrameMatcher:
    """All frames, indexed by their trigger lemmas.

    Args:
        folder: the patterns folder.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.frames = read_frames(folder or default_folder())
        self.verbs: dict[str, list[Frame]] = defaultdict(list)
        self.nouns: dict[str, list[tuple[tuple[str, ...], Frame]]] = defaultdict(list)
        self.adjectives: dict[str, list[Frame]] = defaultdict(list)
        self.phrases: dict[str, list[tuple[tuple[str, ...], Frame]]] = defaultdict(list)
        for frame in self.frames:
            for verb in frame.verbs:
                self.verbs[verb].append(frame)
            for noun in frame.nouns:
                words = tuple(noun.lower().replace("-", " ").split())
                self.nouns[words[-1]].append((words, frame))
            for adjective in frame.adjectives:
                self.adjectives[adjective].append(frame)
            for phrase in frame.phrases:
                words = tuple(phrase.split())
                self.phrases[words[0]].append((words, frame))

    def candidates(
        self, doc: Doc, p: Predication, mentions: Mentions, children: dict[int, list[Predication]],
        trace: list[str] | None = None, by_predicate: dict[int, Predication] | None = None, loose: bool = False,
    ) -> list[Candidate]:  # fmt: skip
        """Every frame that fires on one predication, best first.

        Args:
            doc: the document.
            p: the predication.
            mentions: the document's entity mentions.
            children: predications by the token index of their nearest governor (complement relation).
            by_predicate: predications by token index.
            loose: where no frame fires, give those that only lack a needed filler.
            trace: when given, a line is added for each frame that was tried and failed, with the reason.
        """
        found = []
        if describes(doc[p.predicate], p):
            return []
        for specificity, trigger, frame in self._triggered(doc, p):
            candidate = self._try(
                doc, p, frame, trigger, mentions, children, trace, by_predicate or {}, loose
            )
            if candidate is not None:
                rank = frame.priority + 2 * (len(trigger) > 1 and specificity > 2)
                score = (
                    not candidate.loose,
                    rank,
                    specificity,
                    len(candidate.by_role("actor", "target", "party")),
                )
                found.append((score, candidate))
        found.sort(key=lambda pair: pair[0], reverse=True)
        strict = any(not candidate.loose for _, candidate in found)
        return [candidate for _, candidate in found if candidate.loose != strict]

    def _triggered(self, doc: Doc, p: Predication) -> list[tuple[int, list[int], Frame]]:
        token = doc[p.predicate]
        lemma = lemma_of(token)
        found: list[tuple[int, list[int], Frame]] = []
        own = [self._predicated(doc, p)] + ([p.particle] if p.particle is not None else [])
        if p.kind == "verb":
            for key in dict.fromkeys((p.lemma, lemma)):
                if key != p.lemma and p.particle is not None and (p.lemma in self.verbs or lemma in OPAQUE):
                    continue
                found += [(1 + key.count(" "), own, f) for f in self.verbs.get(key, [])]
            if p.predicate >= 2 and doc[p.predicate - 1].text == "-" and doc[p.predicate - 2].is_alpha:
                first = p.predicate - 2
                compound = f"{doc[first].lower_}-{lemma}"
                found += [(3, [p.predicate, first], f) for f in self.verbs.get(compound, [])]
            preps = dict.fromkeys(a.prep for a in p.arguments if a.function == "prep" and p.particle is None)
            for prep in preps:
                if prep != "in":  # in lists of verbs "in" is a particle: "send in", "swear in"
                    found += [(2, own, f) for f in self.verbs.get(f"{lemma} {prep}", [])]
        elif p.kind == "adjective":
            found += [(1, [p.predicate], f) for f in self.adjectives.get(lemma, [])]
            found += [
                (1, [p.predicate], f) for f in self.verbs.get(lemma, []) if token.tag_ in ("VBN", "VBG")
            ]
        if p.kind == "noun" or token.tag_.startswith("NN"):
            for words, frame in self.nouns.get(lemma, []):
                tokens = self._compound(doc, p.predicate, words)
                if tokens:
                    found.append((len(words), tokens, frame))
        for words, frame in self.phrases.get(lemma, []):
            tokens = self._phrase(doc, p, words)
            if tokens:
                found.append((len(words) + 1, tokens, frame))
        if doc[p.predicate].i > 0:
            before = lemma_of(doc[p.predicate - 1])
            for words, frame in self.phrases.get(before, []):
                if (
                    len(words) == 2
                    and words[1] in (lemma, token.lower_)
                    and doc[p.predicate - 1].pos_ != "VERB"
                ):
                    found.append((3, [p.predicate - 1, p.predicate], frame))
        return found

    @staticmethod
    def _predicated(doc: Doc, p: Predication) -> int:
        """The word that names the event: the predicate, but for a copula what it counts its subject among ("were
        among the *dead*", "among those *killed* was")."""
        among = [a.head for a in p.arguments if a.prep == "among"] if p.lemma == "be" else []
        for head in among:
            return next((c.i for c in doc[head].children if c.dep_ in ("acl", "relcl")), head)
        return p.predicate

    def _compound(self, doc: Doc, i: int, words: tuple[str, ...]) -> list[int]:
        tokens = [i]
        at = i - 1
        for word in reversed(words[:-1]):
            if at >= 0 and doc[at].text in ("-", "–"):
                at -= 1
            if at < 0 or word not in (lemma_of(doc[at]), doc[at].lower_):
                return []
            tokens.insert(0, at)
            at -= 1
        return tokens

    def _phrase(self, doc: Doc, p: Predication, words: tuple[str, ...]) -> list[int]:
        """Match "open fire", "take hostage", "put on list": each word follows within four tokens in the clause, or
        is the (passive) subject or object of the predicate, or with its preposition hangs on it."""
        tokens = [p.predicate]
        end = doc[p.predicate].sent.end
        at = p.predicate
        heads = {lemma_of(doc[a.head]): a.head for a in p.arguments if a.function in ("object", "complement")}
        heads |= {doc[a.head].lower_: a.head for a in p.arguments if a.function in ("object", "complement")}
        hung = {(a.prep, lemma_of(doc[a.head])): a.head for a in p.arguments if a.prep}
        for n, word in enumerate(words[1:], 1):
            pair = hung.get((word, words[n + 1])) if n + 1 < len(words) else hung.get((words[n - 1], word))
            if pair is not None:
                tokens.append(doc[pair].head.i if doc[pair].head.lower_ == word else pair)
                continue
            for i in range(at + 1, min(at + 5, end)):
                if word in (lemma_of(doc[i]), doc[i].lower_):
                    tokens.append(i)
                    at = i
                    break
                if doc[i].text in (";", ".") or doc[i].tag_ in ("VBD", "VBZ", "VBP"):
                    if word not in heads:
                        return []
                    break
            else:
                if word not in heads:
                    return []
        return tokens

    def _try(
        self, doc: Doc, p: Predication, frame: Frame, trigger: list[int], mentions: Mentions,
        children: dict[int, list[Predication]], trace: list[str] | None, by_predicate: dict[int, Predication],
        loose: bool,
    ) -> Candidate | None:  # fmt: skip
        word = doc[p.predicate].text
        lacking = False
        through = through_object(p, trigger, by_predicate)
        for condition in frame.needs:
            if not self._holds(doc, p, condition, mentions, children, through):
                if trace is not None:
                    trace.append(f"{frame.id} on '{word}': needs {_say(condition)}")
                if not loose:
                    return None
                lacking = True
        for condition in frame.unless:
            if self._holds(doc, p, condition, mentions, children, through, negative=True):
                if trace is not None:
                    trace.append(f"{frame.id} on '{word}': refused because of {_say(condition)}")
                return None
        candidate = Candidate(frame, p, trigger, loose=lacking)
        doers = [a.head for a in p.arguments if a.function == "subject"]
        borne = [Arg("prep", w, "using", "participle") for doer in doers for w in mentions.borne(doer)]
        self._fill(doc, candidate, mentions, through + means(doc, p, by_predicate) + borne)
        if frame.weak and not any(
            mentions.kinds(f.head) & PARTICIPANT for f in candidate.by_role("actor", "target", "party")
        ):
            if trace is not None:
                trace.append(f"{frame.id} on '{word}': weak, and no participant it accepts")
            if not loose:
                return None
            candidate.loose = True
        candidate.subtype = self._subtype(doc, candidate)
        return candidate

    def _holds(
        self,
        doc: Doc,
        p: Predication,
        condition: Condition,
        mentions: Mentions,
        children: dict[int, list[Predication]],
        through: list[Arg],
        negative: bool = False,
    ) -> bool:
        if "sentence" in condition.functions:
            sentence = doc[p.predicate].sent
            if any(lemma_of(t) in condition.lemmas or t.lower_ in condition.lemmas for t in sentence):
                return True
        if "clause" in condition.functions:
            below = children.get(p.predicate, [])
            if below and not condition.lemmas:
                return True
            if any(lemma_of(doc[c.predicate]) in condition.lemmas for c in below):
                return True
        if "count" in condition.functions and any(c.dep_ == "nummod" for c in doc[p.predicate].children):
            return True
        for arg in [*p.arguments, *through]:
            key = arg.prep if arg.function == "prep" else arg.function
            if (
                "any" not in condition.functions and key not in condition.functions
            ) or arg.head in mentions.calendar:
                continue
            if not condition.kinds and not condition.lemmas:
                return True
            kinds = mentions.kinds(arg.head)
            if condition.kinds and kinds & set(condition.kinds):
                return True
            head = doc[arg.head]
            if not kinds and not negative and self._may_be(head, key, set(condition.kinds)):
                return True
            if condition.lemmas and ({lemma_of(head), head.lower_} | numbered(head)) & set(condition.lemmas):
                return True
        return False

    @staticmethod
    def _may_be(head: Token, key: str, kinds: set[str]) -> bool:
        """A name of unknown kind that acts may be any participant, a bare number ("an estimated 3,400 fled") people."""
        if head.tag_ == "CD":
            return "people" in kinds and not any(
                c.dep_ in ("nmod", "compound") or (c.dep_ == "quantmod" and c.tag_ not in ("RB", "IN", "JJR"))
                for c in head.lefts
            )
        return head.tag_ in NAMES and key in ACTING and bool(PARTICIPANT & kinds)

    def _fill(self, doc: Doc, candidate: Candidate, mentions: Mentions, more: list[Arg]) -> None:
        frame, p = candidate.frame, candidate.predication
        used: set[int] = set(candidate.trigger)
        done = p.kind == "verb" and not p.passive
        done = done and any(a.function == "subject" and a.route == "direct" for a in p.arguments)
        for arg in [*p.arguments, *more]:
            if arg.head in used or arg.head == p.predicate:
                continue
            if arg.head in mentions.timed:
                self._fill_term(candidate, arg, mentions)
                continue
            if doc[arg.head].tag_ in ("WDT", "WP", "EX") or not self._trusted(candidate, arg, mentions):
                continue
            if any(
                c.dep_ in ("det", "neg") and c.lower_ in ("no", "neither") for c in doc[arg.head].children
            ):
                continue
            if arg.route == "nested-pp" and any(t.lower_ == "according" for t in doc[arg.head].ancestors):
                continue
            arg = self._whole(arg, mentions)
            role = self._role(doc, frame, arg, mentions)
            if role == "actor" and arg.prep == "by" and done and frame.roles.get("subject") == "actor":
                continue  # "condemned the abuses *by the army*": theirs, not the speaker's
            if role is None or (role == "instrument" and doc[arg.head].lemma_.lower() in HARM):
                continue
            if role == "target" and doc[arg.head].lemma_.lower() in UNAIMED:
                continue
            if role == "result" and frame.type == "territory" and self._names_place(arg.head, mentions):
                role = "place"
            if role == "place" and (
                doc[arg.head].lemma_.lower() in VEHICLES
                or not mentions.kinds(arg.head) & {"place", "facility"}
            ):
                continue
            key = arg.prep if arg.function == "prep" else arg.function
            host = next((f for f in candidate.fillers if f.role == role and f.function == key), None)
            if host is not None and (
                arg.route == "apposition" or self._glossed(doc, candidate, role, key, arg.head, mentions)
            ):
                self._prefer_name(doc, candidate, role, key, arg.head, mentions, used)
                continue
            for head in mentions.series(arg.head) if role in SERIAL else [arg.head]:
                if head not in used:
                    candidate.fillers.append(
                        Filler(role, head, key, arg.route if head == arg.head else "conjunct")
                    )
                    used.add(head)

        light = "" if p.light is None else lemma_of(doc[p.light])
        if light in frame.performed:
            candidate.fillers.append(Filler("result", p.predicate, "itself"))
        if frame.type in SENDING and light not in ALLOWING:  # a council that authorises it sends nobody
            self._tell_sender(doc, candidate)

    @staticmethod
    def _whole(arg: Arg, mentions: Mentions) -> Arg:
        """Of an adjective that only begins a longer name of who acts, all of it: "a *Kenyan army* raid"."""
        outer = mentions.inside.get(arg.head) if arg.function == "amod" else None
        if outer is None or outer.label_ not in PARTICIPANT or outer.end - 1 == arg.head:
            return arg
        return Arg("compound", outer.end - 1, arg.prep, arg.route)

    @staticmethod
    def _tell_sender(doc: Doc, candidate: Candidate) -> None:
        """Where a sender is named beside the troops *of* a deployment or withdrawal, these are its target."""
        troops = [f for f in candidate.by_role("actor") if f.function == "of"]
        owners = [c for f in troops for c in doc[f.head].lefts if c.tag_ == "PRP$"]
        if owners or len(troops) < len(candidate.by_role("actor")):
            for f in troops:
                f.role = "target"
            if not candidate.by_role("actor"):
                candidate.fillers.append(Filler("actor", owners[0].i, "poss"))

    @staticmethod
    def _fill_term(candidate: Candidate, arg: Arg, mentions: Mentions) -> None:
        """A length of time is no participant, but the sentence passed may be one."""
        key = arg.prep if arg.function == "prep" else arg.function
        if arg.head in mentions.terms and (role := candidate.frame.roles.get(f"{key}:duration")):
            candidate.fillers.append(Filler(role, arg.head, key, arg.route))

    @staticmethod
    def _names_place(head: int, mentions: Mentions) -> bool:
        span = mentions.by_head.get(head)
        return span is not None and span.label_ in ("place", "facility") and span._.mention == "name"

    def _glossed(
        self, doc: Doc, candidate: Candidate, role: str, key: str, head: int, mentions: Mentions
    ) -> bool:
        """Whether a name set off by commas only tells who the noun before it is ("a senior cleric, Abdulqadir Mumin,
        left"), although the parser took the two for a list."""
        span = mentions.by_head.get(head)
        if (
            span is None
            or span._.mention != "name"
            or span.label_ not in ("person", "armed_group")
            or span.start < 2
        ):
            return False
        before = mentions.inside.get(span.start - 2)
        return (
            doc[span.start - 1].text == ","
            and before is not None
            and before._.mention == "nominal"
            and before.root.tag_ == "NN"
            and any(
                f.head == before.root.i and f.role == role and f.function == key for f in candidate.fillers
            )
        )

    def _prefer_name(
        self,
        doc: Doc,
        candidate: Candidate,
        role: str,
        key: str,
        head: int,
        mentions: Mentions,
        used: set[int],
    ) -> None:
        """Of a noun and the name in apposition to it, the name is the argument."""
        span = mentions.by_head.get(head)
        if span is None or span._.mention != "name" or head in used:
            return
        for f in candidate.fillers:
            known = mentions.by_head.get(f.head)
            nominal = known is None or known._.mention == "nominal"
            if (
                f.role == role
                and f.function == key
                and nominal
                and (
                    doc[f.head].tag_ == "NN"
                    or (doc[f.head].tag_ == "NNP" and span.label_ == "person")
                    or doc[f.head].head.head.lower_ == "one"  # "one of his *aides*, Karl Meyer"
                )
                and f.head < head
                and (
                    doc[head].head.i == f.head
                    or (head - f.head <= 12 and doc[span.start - 1].text in (",", "—", "–"))
                )
            ):
                f.head = head
                used.add(head)
                return

    def _trusted(self, candidate: Candidate, arg: Arg, mentions: Mentions) -> bool:
        """Routes that hold only for some events: what an attack *did* names its victims, but what a withdrawal left
        behind is not its target; the subject of the verb a noun hangs under is seldom its actor."""
        if arg.route == "effect":
            return candidate.type in EFFECTIVE and candidate.predication.kind == "noun"
        if arg.route == "host":
            return False
        if arg.route == "host-pp":
            return (
                arg.prep == "between"
                or (arg.prep == "against" and candidate.type == "protest")
                or (bool(mentions.kinds(arg.head) & {"place", "facility"}) and arg.prep != "on")
            )
        return True

    def _role(self, doc: Doc, frame: Frame, arg: Arg, mentions: Mentions) -> str | None:
        key = arg.prep if arg.function == "prep" else arg.function
        kinds = mentions.kinds(arg.head)
        for kind in sorted(kinds):
            role = frame.roles.get(f"{key}:{kind}")
            if role is not None:
                return role
        role = frame.roles.get(key)
        if role is None and key == "using" and "instrument" in frame.accepts:
            role = "instrument"
        if role is not None and self._accepts(doc, frame, role, arg.head, kinds, key):
            return role
        if arg.function == "prep" and key in LOCATIVE and kinds & {"place", "facility"}:
            return "place"
        return None

    def _accepts(self, doc: Doc, frame: Frame, role: str, head: int, kinds: set[str], key: str) -> bool:
        accepted = frame.accepts.get(role)
        if frame.type == "attack" and role == "actor" and lemma_of(doc[head]) in CREWED:
            return True
        if not kinds:
            token = doc[head]
            if token.tag_ in ("PRP", "WP", "WDT", "DT", "CD", "EX"):
                return token.lower_ not in ("it", "there", "which", "that", "what") or role == "target"
            if token.ent_type_ in ("DATE", "TIME"):
                return False
            return role not in ("actor", "party") or not accepted or token.tag_ in ("NNP", "NNPS")
        if not accepted:
            return True
        return bool(kinds & set(accepted))

    def _subtype(self, doc: Doc, candidate: Candidate) -> str | None:
        """First cue found on the trigger, its modifiers, then its fillers, then the rest of the clause."""
        frame = candidate.frame
        near: set[str] = set()
        for i in candidate.trigger:
            near |= {lemma_of(doc[i]), doc[i].lower_}
            near |= {lemma_of(c) for c in doc[i].children} | {c.lower_ for c in doc[i].children}
            over = doc[i].head
            if doc[i].dep_ in ("nsubj", "nsubjpass", "dobj"):  # "declared the truce over"
                near |= {c.lower_ for c in over.children if c.dep_ in ("acomp", "advmod", "oprd", "prt")}
        if candidate.predication.light is not None:
            near.add(lemma_of(doc[candidate.predication.light]))
        far = set()
        for f in candidate.fillers:
            if f.role in ("instrument", "actor", "target", "result"):
                far |= {lemma_of(t) for t in mentionless_subtree(doc[f.head])} | {doc[f.head].lower_}
        for words in (near, far):
            for cue in frame.subtypes:
                if words & set(cue.lemmas):
                    return cue.subtype
        return frame.subtype


def mentionless_subtree(token: Token) -> list[Token]:
    """The token and its direct left modifiers."""
    return [token, *[c for c in token.lefts if c.dep_ in ("compound", "amod", "nmod")]]


def describes(token: Token, p: Predication) -> bool:
    """A participle before its noun says what the thing is, not what happens: "his sacked deputy", "the surrounding
    hills"."""
    if p.clause == "reduced_relative" and p.lemma in ("name", "call", "dub") and token.i + 1 < len(token.doc):
        return token.nbor().tag_ in NAMES  # "a gorilla named Rafiki"
    if p.kind == "verb" and token.tag_ == "VBG" and token.dep_ == "amod" and token.i < token.head.i:
        return not any(c.dep_ in ("dobj", "prep", "prt") for c in token.children)
    if not (p.passive and token.dep_ == "amod" and token.i < token.head.i):
        return False
    before = token.left_edge.i - 1
    while before >= token.sent.start and token.doc[before].pos_ == "ADV":
        before -= 1
    if before >= token.sent.start and (
        token.doc[before].is_punct or token.doc[before].pos_ in ("AUX", "VERB")
    ):
        return False
    return not any(
        c.lower_ in ("recently", "newly", "just") or c.dep_ in ("auxpass", "prt") for c in token.children
    )


def numbered(token: Token) -> set[str]:
    """The noun before a number that is its name: "resolution 2036"."""
    if token.tag_ != "CD":
        return set()
    return {
        lemma_of(c) for c in token.lefts if c.dep_ in ("compound", "nmod") and c.pos_ in ("NOUN", "PROPN")
    }


def lemma_of(token: Token) -> str:
    return (token.lemma_ or token.lower_).lower()


def _say(condition: Condition) -> str:
    what = " or ".join(condition.kinds + condition.lemmas) or "any filler"
    return f"{'/'.join(condition.functions)}: {what}"
