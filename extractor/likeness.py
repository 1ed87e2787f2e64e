"""How alike two event mentions are: the evidence that they tell one real-world event, or None where they
contradict each other. Weights are in the tables of docs/incidents.md."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cached_property
from math import cos, hypot, radians

from extractor.schema import Argument, Article, Entity, Event

FAMILIES = {"killing": "attack", "attack": "attack", "clash": "attack"}
ONCE = {"killing", "merger", "formation", "renaming", "split", "operation"}
SPECIFIC_KINDS = {
    "person",
    "facility",
    "operation",
    "agreement",
    "armed_group",
    "organisation",
    "intergovernmental",
}
SITES = ("facility/", "person/")
RARE = {"coup"}  # one a year in a country at most: date and country weigh more
SINGLED_OUT = {"killing", "arrest", "prosecution", "verdict", "release"}  # of one person, not of another
TO_ONE_PERSON = {"killing", "arrest", "release", "resignation", "appointment", "kidnapping"}
ABOUT = 15  # days by which an approximate date is widened on either side
NEWS = 7  # days before its publication in which an event without a date most likely happened
FRESH = 2  # days in which it happened more likely still
ONCE_WITHIN = 31  # days by which reports of what happens once may differ
OPERATION_WITHIN = 200  # the same of an operation's end or beginning: decided, announced, carried out
NEAR = 20  # kilometres between two names of one place
MANY = 10  # a number of this size that two reports nearly agree on is hardly two events
CLOSE = 2  # tolls that differ by less than this factor may be of one event
SPEECH = {"statement", "accusation", "denial", "threat", "claim"}
BROAD_PLACE = ("country", "region")
MODES = {
    "airstrike": "air", "shelling": "shells", "armed_assault": "guns", "ambush": "guns", "bombing": "bomb",
    "suicide_bombing": "bomb", "ied_landmine": "bomb", "arson": "fire",
}  # fmt: skip
SORTS = {"district", "province", "region", "city", "town", "village", "township", "area", "camp", "county", "state", "the",
         "of", "hotel", "restaurant", "airport", "base", "station", "post", "hospital", "mosque", "church"}  # fmt: skip
COMMON = {"people", "person", "persons", "civilian", "soldier", "troop", "force", "police", "policemen", "officer", "member",
          "militant", "fighter", "group", "others", "villager", "resident", "victim", "woman", "women", "children", "child",
          "government", "army", "military", "security", "leader", "official", "worker", "target", "several", "local", "their",
          "other", "armed", "them", "they", "least", "killed", "party", "country", "forces", "men", "city", "town", "village",
          "capital", "area", "region", "district", "province", "state", "place", "home", "house", "street", "northern",
          "southern", "eastern", "western", "north", "south", "east", "west", "near"}  # fmt: skip
# Nouns by which a text comes back to what it has told.
AGAIN = frozenset(
    """
    abduction abductions agreement airstrike airstrikes ambush arrest arrests assassination assault
    attack attacks battle blast blasts bombardment bombing bombings ceasefire clash clashes coup deal
    deaths departure deployment election elections explosion explosions fighting gunfight gunfire
    incident kidnapping kidnappings killing killings massacre meeting mission murder murders mutiny
    offensive operation protest protests pullout raid raids release rotation shelling shooting shootout
    siege stabbing strike strikes takeover talks vote withdrawal
""".split()
)
_ON_TOP = re.compile(
    r"(?i)^(?:an?|the)?\s*(?:another|further|additional|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth"
    r"|eleventh|twelfth|\w+teenth|\w+tieth|\d+(?:st|nd|rd|th))\b|\b(?:further|additional|more)\b(?! than)"
)
_OF_THE_DEAD = re.compile(r"(?:Among (?:the|those)|(?:The )?(?:[Dd]ead|[Vv]ictims|[Cc]asualties))\b")
_STATE = re.compile(r"(?:state_force|government|people|place)/([A-Z]{2})")
_COUNTRY = re.compile(r"(?:place|state_force|government|people)/([A-Z]{2})(?![A-Za-z])")
_NO_MODIFIERS = (
    "of in for to at by from with and on that who is are was were be been has have had will would then also"
)
_OTHERS = rf"(?!(?:{'|'.join(_NO_MODIFIERS.split())}|[a-z]+ly)\b)"
_DEFINITE = re.compile(rf"\b(?:[Tt]he|[Tt]his|[Tt]hese)\s+(?:{_OTHERS}[\w’'-]+\s+){{0,3}}$")


class World:
    """What the entities and documents of a run say of places, sides and days."""

    def __init__(self, entities: Iterable[Entity], documents: Iterable[Article]) -> None:
        self.broad: set[str] = set()
        self.regions: set[str] = set()
        self.kin: dict[str, set[str]] = {}
        self.spot: dict[str, tuple[float, float]] = {}
        self.nations: dict[str, list[tuple[int, str]]] = defaultdict(list)
        self.missions: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
        for e in entities:
            about = e.attributes
            if about.get("precision") in BROAD_PLACE or "countries" in about or _whole_country(e.id):
                self.broad.add(e.id)
            if about.get("precision") == "region":
                self.regions.add(e.id)
            if "latitude" in about and "longitude" in about:
                self.spot[e.id] = (float(about["latitude"]), float(about["longitude"]))
            kin = {about[k] for k in ("parent", "renamed_from") if isinstance(about.get(k), str)}
            if e.kind in ("state_force", "government") and isinstance(about.get("country"), str):
                kin.add(f"state/{about['country']}")
            self.kin[side(e.id)] = {side(k) for k in kin}
            if (match := _COUNTRY.match(e.id)) is not None:
                for mention in e.mentions:
                    self.nations[mention.document].append((mention.start, match[1]))
            if e.kind in ("operation", "intergovernmental"):
                for mention in e.mentions:
                    self.missions[mention.document].append((mention.start, mention.text.lower(), e.id))
        self.text = {d.id: d.text for d in documents}
        self.published = {d.id: _ordinal(d.published) for d in documents}

    def called(self, event: Event, argument: Argument) -> str | None:
        """The mission that "the task force" means in the sentence that names it: its name ends in those words."""
        if argument.entity or argument.role == "place":
            return argument.entity if (argument.entity or "").startswith(("operation/", "intergov")) else None
        tail = " " + argument.text.lower()
        for start, text, entity in self.missions.get(event.document, ()):
            if event.sentence.start <= start < argument.start and text.endswith(tail):
                return entity
        return None

    def same_side(self, ones: set[str], others: set[str]) -> bool:
        """Whether two sets of actors share one, under one name or that of a part and its whole."""
        return bool(ones & others) or any(
            self.kin.get(a, set()) & others or any(a in self.kin.get(b, ()) for b in others) for a in ones
        )

    def one_place(self, ones: set[str], others: set[str]) -> bool:
        """Whether two sets of places share one: the same by name, one in the other, or next to each other."""
        if {name(p) for p in ones} & {name(p) for p in others}:
            return True
        return any(
            a in self.kin.get(b, ()) or b in self.kin.get(a, ()) or self._close(a, b)
            for a in ones for b in others
        )  # fmt: skip

    def _close(self, a: str, b: str) -> bool:
        if a not in self.spot or b not in self.spot:
            return False
        (north, east), (other_north, other_east) = self.spot[a], self.spot[b]
        east_west = (east - other_east) * cos(radians(north))
        return 111.2 * hypot(north - other_north, east_west) <= NEAR

    def countries_around(self, event: Event) -> set[str]:
        """Countries that the event's sentence names, else its document."""
        named = self.nations.get(event.document, [])
        here = {c for start, c in named if event.sentence.start <= start < event.sentence.end}
        return here or {c for _, c in named}


class Facts:
    """What is compared of an event."""

    def __init__(self, event: Event, world: World) -> None:
        self.event = event
        self.world = world
        self.family = FAMILIES.get(event.type, event.type)
        arguments = event.arguments
        self.places = {a.entity for a in arguments if a.role == "place" and a.entity}
        self.spots = {p for p in self.places if p not in world.broad and not p.startswith("facility/")}
        self.settled = {name(p) for p in self.spots}
        self.towns = self.settled | {
            name(a.text) for a in arguments if a.role == "place" and not a.entity and a.text.istitle()
        }
        self.regions = self.places & world.regions
        self.countries = {m[1] for p in self.places if (m := _COUNTRY.match(p)) is not None}
        self.actors = {side(a.entity) for a in arguments if a.role in ("actor", "party") and a.entity}
        self.doers = {
            a.text.split()[-1].lower()
            for a in arguments
            if a.role in ("actor", "party") and a.kind == "state_force"
        }
        self.targets = {a.entity for a in arguments if a.role in ("target", "party", "result") and a.entity}
        self.named = {
            f"facility/{name(a.entity)}" if a.kind == "facility" else a.entity for a in arguments
            if a.entity and (a.kind in SPECIFIC_KINDS if a.role in ("target", "result", "party")
                             else a.role == "place" and a.entity.startswith("facility/"))
        }  # fmt: skip
        self.named |= {p for a in arguments if a.role == "target" and (p := _person(a)) is not None}
        if event.type == "operation":
            self.named |= {e for a in arguments if (e := world.called(event, a)) is not None}
        self.persons = {n for n in self.named if n.startswith("person/")}
        self.things = {
            w.removesuffix("s") for a in arguments
            if not a.entity and (a.role == "target" or (a.role == "place" and a.text.islower()))
            for w in a.text.lower().split() if len(w) > 3 and not {w, w.removesuffix("s")} & COMMON
        }  # fmt: skip
        self.counts = totals(event, world.text.get(event.document, ""))
        self.earliest = _ordinal(event.date.earliest) if event.date else None
        self.latest = _ordinal(event.date.latest) if event.date else None
        if event.date and event.date.value.endswith("~") and self.earliest and self.latest:
            self.earliest, self.latest = max(1, self.earliest - ABOUT), self.latest + ABOUT
        self.published = world.published.get(event.document)
        self.dated = self.earliest is not None and self.latest is not None
        self.precise = self.dated and self.latest - self.earliest <= 1  # type: ignore[operator]
        # The day of publication, where the text gives no date and speaks of no future.
        self.reported = self.published if not event.date and event.modality != "planned" else None
        self.means = MODES.get(event.subtype or "")
        self.many = _plural(event)

    @cached_property
    def around(self) -> set[str]:
        return self.countries or self.world.countries_around(self.event)

    @cached_property
    def known(self) -> bool:
        """Whether the trigger speaks of an event as known: "the attack", "It is the deadliest attack of the year"."""
        text = self.world.text.get(self.event.document)
        if text is None:
            return False
        start = self.event.trigger.start
        if self.family == "attack" and _OF_THE_DEAD.match(text, self.event.sentence.start):
            return True
        if self.event.trigger.text.split()[-1].lower() not in AGAIN:
            return False
        if any(a.role in ("actor", "party") and start - 2 <= a.end <= start for a in self.event.arguments):
            return False  # "the gunmen attack"
        before = text[max(self.event.sentence.start, start - 40) : start]
        return _DEFINITE.search(before) is not None

    @cached_property
    def goes_on(self) -> bool:
        """Whether those who act are told by a bare noun or a pronoun: "The men", "They"."""
        text = self.world.text.get(self.event.document, "")
        return any(
            a.role == "actor" and not a.entity and not a.refers_to and a.text.islower()
            and text[max(0, a.start - 4) : a.start] in ("The ", "the ")
            for a in self.event.arguments
        )  # fmt: skip

    @property
    def weight(self) -> int:
        """How much it says."""
        return len(self.towns) + len(self.named) + len(self.things) + len(self.counts) + self.dated


def _person(argument: Argument) -> str | None:
    """A person told by name whom no entity stands for: "former president of the republic Ali Bongo"."""
    words = argument.text.split()
    if argument.entity or argument.kind != "person" or len(words) < 3:
        return None
    first, last = words[-2:]
    return f"person/{_plain(first)}-{_plain(last)}" if first[0].isupper() and last[0].isupper() else None


def _plain(word: str) -> str:
    letters = unicodedata.normalize("NFKD", word.lower())
    return "".join(c for c in letters if c.isalnum() or c == "-")


def side(entity: str) -> str:
    """An actor by the side it is on: a government and its forces are one."""
    match = _STATE.fullmatch(entity)
    return f"state/{match[1]}" if match else entity


def name(entity: str) -> str:
    """A place or building by its name alone, for one report may say of which country or what sort it is and the other
    not: "place/PE/huallhua-13100228", "Huallhua district"."""
    slug = entity.rsplit("/", 1)[-1].lower().replace("-", " ").replace("’", " ")
    words = [w for w in slug.split() if not w.isdigit()]
    return "".join([w for w in words if w not in SORTS] or words)


def totals(event: Event, text: str = "") -> dict[str, tuple[int, int | None]]:
    """Least and most that a report counts of each measure, over the kinds of people it counts apart. What comes on
    top of a count told elsewhere ("a seventh person died", "three more") is left out."""
    found: dict[str, tuple[int, int | None]] = {}
    for q in event.quantities:
        if _ON_TOP.search(text[q.span.start : q.span.end + 12]):
            continue
        low, high = found.get(q.measure, (0, 0))
        least, most = q.min if q.min is not None else 0, q.max
        found[q.measure] = (low + least, None if high is None or most is None else high + most)
    return found


def _whole_country(entity: str) -> bool:
    return re.fullmatch(r"place/[A-Z]{2}", entity) is not None


def _ordinal(value: str | None) -> int | None:
    try:
        return date.fromisoformat(value).toordinal() if value else None
    except ValueError:
        return None


def similarity(a: Facts, b: Facts) -> float | None:
    """Evidence that two mentions tell one event; None where they contradict each other."""
    if a.family != b.family or _opposed(a.event, b.event):
        return None
    same_document = a.event.document == b.event.document
    if same_document and a.event.sentence == b.event.sentence:
        return None  # events one sentence tells apart
    if a.countries and b.countries and not a.countries & b.countries:
        return None
    named = a.named & b.named
    kind = a.event.type
    once = bool(named) and kind == b.event.type and kind in ONCE
    if kind == "operation" and not (a.named == b.named and a.event.subtype == b.event.subtype):
        once = False
    one_victim = bool(a.persons & b.persons) and "killing" in (kind, b.event.type) and a.family == "attack"
    time = _time(a, b, once, same_document)
    if time is None:
        return None
    if kind in SINGLED_OUT and kind == b.event.type and a.persons and b.persons and not a.persons & b.persons:
        return None
    score = time
    in_town = _place(a, b)
    if in_town is None:
        return None
    score += in_town
    if named:
        score += 3.0 if once else 1.5
        if same_document and a.dated != b.dated and _struck(named):
            score += 1.5  # "the hotel attack", told with its day elsewhere in the article
        elif not once and one_victim and (same_document or time > 0):
            score += 1.5  # shot in one sentence, killed in another
        elif kind == b.event.type and kind in TO_ONE_PERSON and a.persons & b.persons and time >= 0.5:
            score += 1.0
    elif a.things & b.things:
        score += 1.5 if time >= 1.0 else 1.0
    elif a.targets & b.targets:
        score += 0.5
    same_doer = bool(a.doers & b.doers) and same_document
    same_actor = same_doer or (bool(a.actors and b.actors) and a.world.same_side(a.actors, b.actors))
    if same_actor and (same_doer or not named or a.actors & b.actors - named or not a.actors & b.actors):
        score += 1.0
    elif same_actor:
        pass  # a party that is counted already
    elif a.actors and b.actors:
        score -= 0.5
    if kind in RARE:
        if same_actor or named:
            score += 1.5
        elif a.around & b.around and time > 0:
            score += 2.5
    agreed = _counts(a, b)
    score += agreed
    if same_document:
        if (in_town >= 1.5 or any(n.startswith(SITES) for n in named)) and (a.known or b.known):
            score += 0.5
        if a.many != b.many:
            score -= 0.5
    if (
        time < 1.0
        and not (named and in_town)
        and {a.event.modality, b.event.modality} == {"actual", "planned"}
    ):
        score -= 1.0 if a.family == "attack" else 0.5
    if _other_means(a, b):
        score -= 0.5
    shared = same_actor or named or a.targets & b.targets or a.things & b.things or agreed > 0
    if not shared and (kind == "clash") != (b.event.type == "clash"):
        return 0.0  # fighting and an attack in one town on one day
    if not (shared or in_town >= 1.5 or (kind in RARE and a.around & b.around)):
        return 0.0
    if kind in SPEECH and not (a.precise and b.precise):
        return min(score, 2.5)
    return score


def _time(a: Facts, b: Facts, once: bool, same_document: bool) -> float | None:
    if a.dated and b.dated:
        gap = _gap(a, b)
        if gap > 0:
            within = OPERATION_WITHIN if a.event.type == "operation" else ONCE_WITHIN
            if once and gap <= within:
                return 0.0
            return -0.5 if gap == 1 and not same_document else None
        if a.precise and b.precise:
            return 1.5
        width = max(f.latest - f.earliest for f in (a, b))  # type: ignore[operator]
        return 1.0 if width <= 31 else 0.5
    if same_document:
        return 0.0
    if a.dated != b.dated:
        told, other = (a, b) if a.dated else (b, a)
        day = other.reported
        if day is None:
            return 0.0
        assert told.earliest is not None and told.latest is not None
        if told.earliest > day + 1 and told.event.modality == other.event.modality == "actual":
            return None  # reported before it happened
        if told.earliest - 1 <= day <= told.latest + 1:
            return 1.5 if told.precise else 1.0
        since = day - told.latest
        return 1.0 if since <= FRESH else 0.75 if since <= NEWS else 0.0
    if a.reported is None or b.reported is None:
        return 0.0
    days = abs(a.reported - b.reported)
    if a.event.type in RARE:
        return 1.0 if days <= 60 else 0.0
    return 1.0 if days <= FRESH else 0.75 if days <= NEWS else 0.25 if days <= 31 else -1.0


def _place(a: Facts, b: Facts) -> float | None:
    if a.towns & b.towns:
        return 1.5
    if a.settled and b.settled:
        return 0.5 if a.world.one_place(a.spots, b.spots) else None
    if a.regions & b.regions:
        return 1.0
    return 0.5 if a.places & b.places else 0.0


def _counts(a: Facts, b: Facts) -> float:
    """Agreement of counts: large numbers that are the same weigh more than small ones."""
    score, apart = 0.0, False
    for measure in sorted(set(a.counts) & set(b.counts)):
        (low, high), (other_low, other_high) = a.counts[measure], b.counts[measure]
        least, most = low or high or 0, other_low or other_high or 0
        if least == most > 0:
            score += 0.5 if least <= 3 else 1.0 if least < MANY else 1.5
        elif min(least, most) >= MANY and max(least, most) <= 1.1 * min(least, most):
            score += 0.75
        elif not _may_agree(low, high, other_low, other_high):
            apart = True
    return min(score, 3.0) if score else -0.5 if apart else 0.0


def _may_agree(low: int, high: int | None, other_low: int, other_high: int | None) -> bool:
    if (high is None or other_low <= high) and (other_high is None or low <= other_high):
        return True
    least, most = low or high or 0, other_low or other_high or 0
    return max(least, most) < CLOSE * max(1, min(least, most))


def _opposed(a: Event, b: Event) -> bool:
    """Beginning against end, capture against loss, different subtypes of a subtyped act, fact against threat."""
    if a.type == b.type and a.subtype and b.subtype and a.subtype != b.subtype:
        return a.type in (
            "operation",
            "territory",
            "sanction",
            "agreement",
            "membership",
            "verdict",
            "prosecution",
        )
    return {a.modality, b.modality} & {"denied", "conditional"} != set() and a.modality != b.modality


def _struck(named: set[str]) -> bool:
    return any(n.startswith("facility/") for n in named)


def _gap(a: Facts, b: Facts) -> int:
    """Days between two dated intervals; 0 where they overlap."""
    assert a.earliest and a.latest and b.earliest and b.latest
    if a.latest < b.earliest:
        return b.earliest - a.latest
    if b.latest < a.earliest:
        return a.earliest - b.latest
    return 0


def keys(facts: Facts) -> Iterator[tuple[str, ...]]:
    """What an event must share with another to be worth comparing: one thing that singles it out, or two that
    do not. Any two that could be joined share one of these."""
    kind = facts.family
    for n in sorted(facts.named):
        yield kind, n
    actors = sorted(facts.actors.union(*(facts.world.kin.get(a, ()) for a in facts.actors)))
    features = {
        "town": sorted(facts.towns),
        "actor": actors + [f"{facts.event.document} {d}" for d in sorted(facts.doers)],
        "thing": sorted(facts.things),
        "count": [f"{m} {low or high or 0}" for m, (low, high) in sorted(facts.counts.items())],
        "month": _months(facts),
        "target": sorted(facts.targets),
    }
    kinds = list(features)
    for k, one in enumerate(kinds):
        for other in kinds[k + 1 :]:
            for x in features[one]:
                for y in features[other]:
                    yield kind, one, x, y
    if kind in RARE:
        for country in sorted(facts.around):
            yield kind, country


def _months(facts: Facts) -> list[str]:
    if facts.dated:
        first, last = facts.earliest - 1, facts.latest + 1  # type: ignore[operator]
        if last - first > 100:
            return []
    elif facts.reported is not None:
        first, last = facts.reported - NEWS, facts.reported + NEWS
    else:
        return []
    days = (date.fromordinal(min(max(d, 1), date.max.toordinal())) for d in range(first, last + 28, 28))
    end = date.fromordinal(min(max(last, 1), date.max.toordinal()))
    return sorted({f"{d:%Y-%m}" for d in (*days, end) if d <= end})


def takes_up(later: Facts, earlier: Facts) -> bool:
    """Whether a mention speaks again of the event told just before it in the same document."""
    if later.family != earlier.family or later.event.type in SPEECH:
        return False
    if not (later.known or _carries_on(later, earlier)):
        return False
    if (later.event.type == "clash") != (earlier.event.type == "clash"):
        return False
    if later.event.sentence.start - earlier.event.sentence.end > 400:
        return False
    if later.many and not earlier.many:
        return False
    if later.family == "attack" and any(n.startswith("facility/") for n in later.named):
        return False  # it says itself which one it means
    singled = later.named if later.family != "attack" else set()
    for own, others in ((later.towns, earlier.towns), (singled, earlier.named)):
        if own and not own & others:
            return False
    if later.family != "attack" and later.actors and not later.world.same_side(later.actors, earlier.actors):
        return False
    return not _other_means(later, earlier) and similarity(later, earlier) is not None


def _carries_on(later: Facts, earlier: Facts) -> bool:
    """Whether the very next sentence goes on with an attack, in the time that the earlier one states."""
    date, before = later.event.date, earlier.event.date
    return (
        later.goes_on and date is not None and before is not None and date.basis == "context" and date.span == before.span
        and later.family == "attack" and later.event.sentence.start - earlier.event.sentence.end <= 2
    )  # fmt: skip


def _other_means(a: Facts, b: Facts) -> bool:
    return a.means is not None and b.means is not None and a.means != b.means


def _plural(event: Event) -> bool:
    word = event.trigger.text.lower()
    return word.endswith("s") and not word.endswith("clashes")
