"""The entries of patterns/groups hold together and name the groups that news names."""

import re
from collections import defaultdict

import pycountry
import pytest

from extractor.errors import PatternError
from extractor.knowledge import find_pattern_problems, fold, group_forms
from extractor.patterns import Group, default_folder, read_groups, read_rules

FOLDER = default_folder()
FILES = sorted((FOLDER / "groups").glob("*.toml"))
GROUPS = {group.id: group for group in read_groups(FOLDER)}
ARMED = [group for group in GROUPS.values() if group.kind == "armed_group"]
KINDS = {
    "armed_group", "state_force", "government", "intergovernmental", "organisation", "media", "operation",
}  # fmt: skip
RELATIONS = ("parent", "merged_into", "split_from", "renamed_from")
LISTS = {"UN", "US", "EU", "UK", "CA", "AU"}


def forms_of(group: Group) -> list[str]:
    return [group.name, *group.aliases, *group.acronyms, *group.native]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_file_loads_and_says_what_its_entries_rest_on(path):
    groups = read_rules([path], "group", Group)
    assert groups
    assert [group.id for group in groups if not group.basis] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_ids_are_kind_and_slug(path):
    wrong = [
        group.id
        for group in read_rules([path], "group", Group)
        if group.kind not in KINDS
        or not re.fullmatch(re.escape(group.kind) + r"/[a-z0-9]+(-[a-z0-9]+)*", group.id)
    ]
    assert wrong == []


@pytest.mark.parametrize("relation", RELATIONS)
def test_relations_point_to_other_entries(relation):
    broken = [
        (group.id, getattr(group, relation))
        for group in GROUPS.values()
        if getattr(group, relation)
        and (getattr(group, relation) not in GROUPS or getattr(group, relation) == group.id)
    ]
    assert broken == []


@pytest.mark.parametrize("relation", RELATIONS)
def test_relations_do_not_run_in_a_circle(relation):
    circles = []
    for group in GROUPS.values():
        seen, current = {group.id}, getattr(group, relation)
        while current is not None and current not in seen:
            seen.add(current)
            current = getattr(GROUPS[current], relation)
        if current is not None:
            circles.append(group.id)
    assert circles == []


@pytest.mark.parametrize("relation", ["merged", "split", "renamed"])
def test_a_year_stands_with_its_relation(relation):
    target = {"merged": "merged_into", "split": "split_from", "renamed": "renamed_from"}[relation]
    alone = [g.id for g in GROUPS.values() if getattr(g, f"{relation}_year") and not getattr(g, target)]
    assert alone == []


def test_countries_are_iso_codes():
    # Kosovo has no ISO 3166-1 code; XK is the user-assigned one in common use.
    codes = {country.alpha_2 for country in pycountry.countries} | {"XK"}
    assert [(g.id, code) for g in GROUPS.values() for code in g.countries if code not in codes] == []


def test_armed_groups_are_listed_only_by_the_known_lists():
    assert [(g.id, g.listed_by) for g in ARMED if not set(g.listed_by) <= LISTS] == []


def test_active_is_an_interval_that_runs_forward():
    wrong = []
    for group in GROUPS.values():
        if group.active is None:
            continue
        match = re.fullmatch(r"(\d{4}|\.\.)?/(\d{4}|\.\.)?", group.active)
        start, end = match.groups() if match else (None, None)
        if not match or (start and end and ".." not in (start, end) and int(start) > int(end)):
            wrong.append((group.id, group.active))
    assert wrong == []


def test_ambiguous_forms_are_forms_of_their_entry():
    stray = [(g.id, form) for g in GROUPS.values() for form in g.ambiguous if form not in forms_of(g)]
    assert stray == []


def test_acronyms_of_armed_groups_are_capitals():
    # Mixed ones such as "JeM" or "3Rs" keep a capital or a digit; the German "mg" is written small.
    wrong = [
        (g.id, a) for g in ARMED for a in g.acronyms if not re.search(r"[A-ZÀ-ÞŠŽĞİÊÖÇ0-9]", a) and a != "mg"
    ]
    assert wrong == []


def test_forms_do_not_begin_with_an_english_article():
    starts = [
        (g.id, form) for g in ARMED for form in [g.name, *g.aliases, *g.acronyms] if form.startswith("the ")
    ]
    assert starts == []


def test_lint_finds_no_unexplained_shared_form():
    assert find_pattern_problems(FOLDER) == []


def test_armed_groups_of_the_world_are_covered():
    assert len(ARMED) >= 2100


@pytest.mark.parametrize(
    "listing, least", [("UN", 60), ("US", 150), ("UK", 60), ("CA", 60), ("AU", 25), ("EU", 15)]
)
def test_proscription_lists_are_covered(listing, least):
    assert sum(listing in group.listed_by for group in ARMED) >= least


def _owners() -> dict[tuple[str, ...], set[str]]:
    owners = defaultdict(set)
    for group in GROUPS.values():
        for form in group_forms(group):
            owners[fold(form.text)].add(group.id)
    return owners


OWNERS = _owners()


@pytest.mark.parametrize(
    "form, slug",
    [
        ("Jamaat Nusrat al-Islam wal-Muslimin", "jnim"),
        ("Support Group for Islam and Muslims", "jnim"),
        ("GSIM", "jnim"),
        ("Islamic State in the Greater Sahara", "is-sahel"),
        ("Islamic State Sahel Province", "is-sahel"),
        ("Islamic State West Africa Province", "iswap"),
        ("Jama'atu Ahlis Sunna Lidda'awati wal-Jihad", "boko-haram"),
        ("Macina Liberation Front", "katiba-macina"),
        ("Ansaroul Islam", "ansarul-islam"),
        ("Dana Ambassagou", "dan-na-ambassagou"),
        ("Kogleweogo", "koglweogo"),
        ("Volunteers for the Defense of the Homeland", "vdp"),
        ("Permanent Strategic Framework", "csp-psd"),
        ("March 23 Movement", "m23"),
        ("Forces Démocratiques de Libération du Rwanda", "fdlr"),
        ("Cooperative for the Development of Congo", "codeco"),
        ("Mayi-Mayi Yakutumba", "mai-mai-yakutumba"),
        ("Antibalaka", "anti-balaka"),
        ("Return, Reclamation and Rehabilitation", "3r"),
        ("Ambazonia Defense Forces", "ambazonia-defence-forces"),
        ("Shebab", "al-shabaab"),
        ("Harakat al-Shabaab al-Mujahideen", "al-shabaab"),
        ("Rapid Support Forces", "rsf"),
        ("Sudan Liberation Army-Minnawi", "slm-mm"),
        ("Lords Resistance Army", "lra"),
        ("RENAMO", "renamo"),
        ("al-Qaida in the Islamic Maghreb", "aqim"),
        ("Wilayat Sinai", "is-sinai"),
        ("Frente Polisario", "polisario"),
        ("Hayat Tahrir al-Sham", "hts"),
        ("Jabhat an-Nusra", "al-nusra-front"),
        ("Kurdish People's Protection Units", "ypg"),
        ("Asaib Ahl al-Haqq", "asaib-ahl-al-haq"),
        ("Hashed al-Shaabi", "popular-mobilization-forces"),
        ("Hizbullah", "hezbollah"),
        ("Ezzedine al-Qassam Brigades", "qassam-brigades"),
        ("Saraya al-Quds", "saraya-al-quds"),
        ("Ansarullah", "houthis"),
        ("Southern Transitional Council", "stc-yemen"),
        ("Kurdistan Workers Party", "pkk"),
        ("Mojahedin-e-Khalq", "mek"),
        ("Jaish ul-Adl", "jaish-al-adl"),
    ],
)
def test_spellings_of_the_press_belong_to_the_group(form, slug):
    assert f"armed_group/{slug}" in OWNERS[fold(form)]


@pytest.mark.parametrize(
    "form, slugs",
    [
        ("Ansar al-Sharia", ["ansar-al-sharia-benghazi", "ansar-al-sharia-tunisia", "ansar-al-sharia-yemen"]),
        ("ADF", ["adf", "ambazonia-defence-forces"]),
        ("UPC", ["upc-car", "upc-congo"]),
        ("SDF", ["sdf"]),
        ("FLN", ["fln-mali", "fln-rwanda"]),
        ("ASWJ", ["aswj-somalia", "is-mozambique"]),
        ("Islamic Group", ["gamaa-islamiya", "jamaa-islamiya-lebanon"]),
        ("Arrow Boys", ["arrow-boys-uganda", "arrow-boys-south-sudan"]),
    ],
)
def test_shared_forms_are_ambiguous_in_every_owner(form, slugs):
    for slug in slugs:
        group = GROUPS[f"armed_group/{slug}"]
        assert form in group.ambiguous


@pytest.mark.parametrize(
    "slug, relation, other, year",
    [
        ("gspc", "split_from", "gia-algeria", 1998),
        ("aqim", "renamed_from", "gspc", 2007),
        ("mujao", "merged_into", "al-mourabitoun", 2013),
        ("al-mourabitoun", "merged_into", "jnim", 2017),
        ("ansar-dine", "merged_into", "jnim", 2017),
        ("iswap", "split_from", "boko-haram", 2016),
        ("m23", "split_from", "cndp", 2012),
        ("hts", "renamed_from", "jabhat-fateh-al-sham", 2017),
        ("jabhat-fateh-al-sham", "renamed_from", "al-nusra-front", 2016),
        ("islamic-state", "renamed_from", "islamic-state-of-iraq", 2013),
        ("jaish-al-adl", "renamed_from", "jundallah-iran", 2012),
    ],
)
def test_groups_change_into_one_another(slug, relation, other, year):
    group = GROUPS[f"armed_group/{slug}"]
    assert getattr(group, relation) == f"armed_group/{other}"
    assert getattr(group, f"{relation.partition('_')[0]}_year") == year


@pytest.mark.parametrize(
    "stanza, said",
    [
        (
            '[[group]]\nid = "armed_group/x"\nname = "X"\nkind = "armed_group"\nalias = ["Y"]\n',
            "Did you mean 'aliases'",
        ),
        (
            '[[group]]\nid = "armed_group/x"\nname = "X"\nkind = "armed_group"\naliases = [" "]\n',
            "empty alternative",
        ),
        (
            '[[group]]\nid = "a/x"\nname = "X"\nkind = "a"\n[[group]]\nid = "a/x"\nname = "Y"\nkind = "a"\n',
            "duplicate id",
        ),
    ],
)
def test_a_broken_entry_is_refused_with_the_file_and_the_remedy(tmp_path, stanza, said):
    (tmp_path / "groups").mkdir()
    (tmp_path / "groups" / "region.toml").write_text(stanza, encoding="utf-8")
    with pytest.raises(PatternError) as error:
        read_groups(tmp_path)
    assert said in str(error.value)
    assert "region.toml" in str(error.value)
