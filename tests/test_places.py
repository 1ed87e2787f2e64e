"""Places: which namesake is meant, and places added by the user."""

from __future__ import annotations

from pathlib import Path

import pytest

from extractor import places
from extractor.errors import InputError, OutputError
from extractor.places import Place, add_geonames, choose, distance_km, division_country, key, lookup

TABLE = Path(__file__).parent / "places_table.txt"


def read_table():
    rows = []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, countries, parent, country, latitude, longitude = (cell.strip() for cell in line.split("|"))
            rows.append(
                (
                    name,
                    countries.split(",") if countries else [],
                    parent,
                    country,
                    float(latitude),
                    float(longitude),
                )
            )
    return rows


CODES = {
    "Burkina Faso": "BF",
    "Lebanon": "LB",
    "Egypt": "EG",
    "Syria": "SY",
    "Pakistan": "PK",
    "Argentina": "AR",
    "Guyana": "GY",
}


def settle(row):
    name, countries, parent, *_ = row
    return choose(name, dict.fromkeys(countries, 2.0), CODES.get(parent))


def test_places_of_the_table_are_settled():
    """At least 92 % in the right country and 85 % within 50 km; the failures are named."""
    rows = read_table()
    assert len(rows) >= 120
    wrong_country, far = [], []
    for row in rows:
        found = settle(row)
        if found is None or found.country != row[3]:
            wrong_country.append(row[0])
        target = Place("", "", "", "", row[4], row[5], 0, "town", "")
        if found is None or distance_km(found, target) > 50:
            far.append(row[0])
    assert len(wrong_country) <= 0.08 * len(rows), wrong_country
    assert len(far) <= 0.15 * len(rows), far


def test_a_parent_refuses_namesakes_elsewhere():
    assert choose("Bamako", {}, parent="NG") is None


def test_a_small_namesake_far_from_the_document_is_left_open():
    assert choose("Welingara", {"ML": 40.0, "FR": 3.0}) is None


def test_a_region_word_asks_for_the_region():
    town, region = choose("Ségou", {"ML": 2.0}), choose("Ségou", {"ML": 2.0}, precision="region")
    assert (town.precision, region.precision, region.id) == ("town", "region", "place/ML-4")


def test_a_region_is_no_town_of_another_country():
    assert choose("Anaba", {"AF": 2.0}, None, "region") is None
    assert choose("Anaba", {"DZ": 2.0}, None, "region").country == "DZ"


@pytest.mark.parametrize(
    ("name", "code"), [("Helmand", "AF"), ("Helmand Province", "AF"), ("Bari", None), ("Xyzzy", None)]
)
def test_a_division_that_one_country_has_tells_of_the_country(name, code):
    assert division_country(name) == code


def test_unknown_names_are_none():
    assert choose("Xyzzyville", {"ML": 3.0}) is None
    assert lookup("") == ()


@pytest.mark.parametrize(
    ("one", "other"), [("Ar Raqqah", "Raqqa"), ("Wélingara", "Welingara"), ("Al-Hasakah", "Hasaka")]
)
def test_keys_of_spellings(one, other):
    assert key(one) == key(other)


def test_distance_is_great_circle():
    bamako, paris = choose("Bamako", {}), choose("Paris", {"FR": 1.0})
    assert distance_km(bamako, paris) == pytest.approx(4170, abs=60)
    assert distance_km(bamako, Place("", "", "", "", None, None, 0, "town", "")) == float("inf")


LINE = (
    "{id}\t{name}\t{name}\t{other}\t{lat}\t{lon}\t{cls}\t{code}\t{country}\t\t05\t\t\t\t{pop}\t\t300"
    "\tAfrica/Bamako\t2014-01-01"
)


@pytest.fixture
def index(tmp_path, monkeypatch):
    path = tmp_path / "own" / "gazetteer.sqlite"
    monkeypatch.setenv("EXTRACTOR_GAZETTEER", str(path))
    yield path
    monkeypatch.undo()
    places.lookup.cache_clear()
    places._connections.cache_clear()


def dump(tmp_path, *lines):
    path = tmp_path / "XX.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_added_places_are_found_with_and_without_accents(tmp_path, index):
    places.lookup.cache_clear()
    assert lookup("Okondébougou") == ()
    lines = [
        LINE.format(
            id=1,
            name="Okondébougou",
            other="Okonde,Окон",
            lat=13.5,
            lon=-5.0,
            cls="P",
            code="PPL",
            country="ML",
            pop=900,
        ),
        LINE.format(
            id=2,
            name="Okondebougou Well",
            other="",
            lat=13.5,
            lon=-5.0,
            cls="H",
            code="WLL",
            country="ML",
            pop=0,
        ),
        LINE.format(
            id=3, name="Okondebougou", other="", lat=9.0, lon=8.0, cls="P", code="PPL", country="NG", pop=100
        ),
    ]
    assert add_geonames(dump(tmp_path, *lines)) == 2
    places.lookup.cache_clear()
    assert {p.country for p in lookup("okondebougou")} == {"ML", "NG"}
    assert choose("Okondebougou", {"ML": 3.0}).id == "place/ML/okondebougou-1"
    assert choose("Okonde", {"NG": 1.0, "ML": 3.0}).source == "XX.txt"


def test_adding_a_dump_twice_changes_nothing(tmp_path, index):
    line = LINE.format(
        id=1, name="Okonda", other="", lat=1, lon=1, cls="P", code="PPL", country="ML", pop=900
    )
    add_geonames(dump(tmp_path, line))
    add_geonames(dump(tmp_path, line))
    places.lookup.cache_clear()
    assert [p.id for p in lookup("Okonda") if p.source == "XX.txt"] == ["place/ML/okonda-1"]


@pytest.mark.parametrize(
    "line",
    [
        "not a dump",
        "x\ty",
        LINE.format(id="a", name="N", other="", lat=1, lon=1, cls="P", code="PPL", country="ML", pop=1),
    ],
)
def test_a_file_that_is_no_dump_is_refused_with_its_line(tmp_path, index, line):
    good = LINE.format(
        id=1, name="Okonda", other="", lat=1, lon=1, cls="P", code="PPL", country="ML", pop=900
    )
    with pytest.raises(InputError, match="line 2"):
        add_geonames(dump(tmp_path, good, line))
    assert not index.exists()


def test_a_missing_dump_and_an_unwritable_index(tmp_path, index):
    with pytest.raises(InputError, match="no such file"):
        add_geonames(tmp_path / "none.txt")
    line = LINE.format(
        id=1, name="Okonda", other="", lat=1, lon=1, cls="P", code="PPL", country="ML", pop=900
    )
    with pytest.raises(OutputError, match="cannot be written"):
        add_geonames(dump(tmp_path, line), tmp_path)


@pytest.mark.parametrize(
    ("text", "name", "place"),
    [
        ("In Mali, gunmen attacked Okorikessi.", "Okorikessi", None),
        ("Gunmen attacked Okorikessi in Burkina Faso.", "Okorikessi", "place/BF/okorikessi-1"),
        ("Gunmen attacked Okorikéssi in Burkina Faso.", "Okorikéssi", "place/BF/okorikessi-1"),
        ("Gunmen attacked Okorikessi and Bandou in Mali.", "Okorikessi", None),
        ("Gunmen raided Welindara in the Mopti region of Mali.", "Welindara", "place/ML/welindara-2"),
        ("Gunmen raided Wélindara in Mali.", "Wélindara", "place/ML/welindara-2"),
        ("An ambush near Tondo Tondo in Niger killed five.", "Tondo Tondo", "place/NE/tondo-tondo-3"),
    ],
)
def test_added_villages_are_the_right_namesake_or_none(plain, tmp_path, index, text, name, place):
    row = {"other": "", "cls": "P", "code": "PPL", "pop": 0}
    lines = [
        LINE.format(id=1, name="Okorikéssi", lat=14.4, lon=-0.7, country="BF", **row),
        LINE.format(id=2, name="Wélindara", lat=14.3, lon=-4.0, country="ML", **row),
        LINE.format(id=3, name="Tondo Tondo", lat=15.0, lon=1.8, country="NE", **row),
    ]
    add_geonames(dump(tmp_path, *lines))
    places.lookup.cache_clear()
    doc = plain(text)
    span = next(s for s in doc.spans["entities"] if s.text == name)
    assert (span.kb_id_ if "latitude" in (span._.attributes or {}) else None) == place
