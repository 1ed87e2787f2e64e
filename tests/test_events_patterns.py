"""The event frames as data: they load, cover every type, and carry examples that hang together."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from extractor.patterns import Frame, default_folder, read_frames
from extractor.schema import EventType, Kind, Measure, Modality, Role

FRAMES = read_frames(default_folder())
FUNCTIONS = {"subject", "object", "indirect", "complement", "poss", "compound", "amod"}
CONDITION_FUNCTIONS = FUNCTIONS | {"clause", "sentence", "any", "count"}
SUBTYPES = {
    "attack": "armed_assault ambush bombing suicide_bombing ied_landmine shelling airstrike arson "
    "hostage_siege destruction sexual_violence",
    "killing": "assassination execution massacre",
    "prosecution": "charge trial extradition",
    "verdict": "conviction sentence",
    "sanction": "imposed lifted ban reward",
    "operation": "launched ended",
    "territory": "captured lost",
    "support": "requested given stopped",
    "agreement": "made offered rejected ended",
    "membership": "joined left",
}
PLOVER_EVENTS = {
    "AGREE", "CONSULT", "SUPPORT", "COOPERATE", "AID", "CONCEDE", "RETREAT", "ACCUSE", "REQUEST", "REJECT",
    "THREATEN", "PROTEST", "MOBILIZE", "SANCTION", "COERCE", "ASSAULT",
}  # fmt: skip
CAMEO_ROOTS = {
    "03": "AGREE", "04": "CONSULT", "05": "SUPPORT", "06": "COOPERATE", "07": "AID", "09": "ACCUSE",
    "10": "REQUEST", "11": "ACCUSE", "12": "REJECT", "13": "THREATEN", "14": "PROTEST", "15": "MOBILIZE",
    "16": "SANCTION", "17": "COERCE", "18": "ASSAULT", "19": "ASSAULT", "20": "ASSAULT",
}  # fmt: skip
CAMEO_CODES = {
    "163": "COERCE", "175": "ASSAULT", "191": "COERCE", "192": "COERCE", "1712": "ASSAULT",
    **dict.fromkeys(("080", "081", "0811", "0812", "082", "083", "0831", "0832", "0833", "0834"), "CONCEDE"),
    **dict.fromkeys(("084", "0841", "0842", "085", "086", "0861", "087"), "RETREAT"),
    **dict.fromkeys(("0871", "0872", "0873", "0874"), "RETREAT"),
}  # fmt: skip
ACLED_SUBEVENTS = {
    "Armed clash", "Attack", "Abduction/forced disappearance", "Suicide bomb",
    "Remote explosive/landmine/IED", "Shelling/artillery/missile attack", "Air/drone strike",
    "Sexual violence", "Looting/property destruction", "Mob violence", "Violent demonstration",
    "Peaceful protest", "Excessive force against protesters", "Government regains territory",
    "Non-state actor overtakes territory", "Non-violent transfer of territory", "Agreement", "Arrests",
    "Change to group/activity", "Other",
}  # fmt: skip
SCHEMES = {"PLOVER", "CAMEO", "ACLED", "GTD", "ACE"}


def by_id(frame: Frame) -> str:
    return frame.id


def texts(value: str | list[str] | None) -> list[str]:
    return [] if value is None else [value] if isinstance(value, str) else value


def test_every_event_type_has_a_frame() -> None:
    assert {frame.type for frame in FRAMES} == set(get_args(EventType))


@pytest.mark.parametrize("frame", FRAMES, ids=by_id)
def test_frame_uses_the_vocabulary_of_the_records(frame: Frame) -> None:
    allowed = set(SUBTYPES.get(frame.type, "").split()) | {None}
    assert {frame.subtype, *(cue.subtype for cue in frame.subtypes)} <= allowed
    assert set(frame.roles.values()) | set(frame.accepts) <= set(get_args(Role))
    assert set(frame.measure) <= {*get_args(Role), "trigger"}
    assert set(frame.measure.values()) <= set(get_args(Measure))
    assert frame.modality in {None, *get_args(Modality)}
    kinds = {k for key in frame.roles if ":" in key for k in [key.split(":")[1]]}
    kinds |= {k for accepted in frame.accepts.values() for k in accepted}
    kinds |= {k for condition in (*frame.needs, *frame.unless) for k in condition.kinds}
    assert kinds <= {*get_args(Kind), "duration"}


@pytest.mark.parametrize("frame", FRAMES, ids=by_id)
def test_frame_can_be_triggered_and_its_conditions_can_hold(frame: Frame) -> None:
    assert frame.verbs or frame.nouns or frame.adjectives or frame.phrases
    for triggers in (frame.verbs, frame.nouns, frame.adjectives, frame.phrases):
        assert len(triggers) == len(set(triggers)), f"{frame.id} lists a trigger twice"
    assert all(" " in phrase for phrase in frame.phrases)
    assert frame.id.split("/")[0] == frame.type
    for condition in (*frame.needs, *frame.unless):
        heads = [lemma for lemma in condition.lemmas if " " in lemma]
        assert not heads, f"{frame.id}: {heads} can never equal the lemma of one head"
        for function in condition.functions:
            assert function in CONDITION_FUNCTIONS or re.fullmatch(r"[a-z]+( of| to)?", function), function


@pytest.mark.parametrize("frame", FRAMES, ids=by_id)
def test_examples_are_enough_and_quote_their_text(frame: Frame) -> None:
    assert len(frame.examples) >= 3
    assert len(frame.near_misses) >= 2
    for example in frame.examples:
        assert example.type == frame.type
        assert example.subtype in set(SUBTYPES.get(frame.type, "").split()) | {None}
        quoted = [example.trigger, *(t for role in get_args(Role) for t in texts(getattr(example, role)))]
        for text in filter(None, quoted):
            assert text in example.text, f"{frame.id}: '{text}' is not in '{example.text}'"
        assert set(example.quantities) <= set(get_args(Measure))
        assert all(len(bounds) == 2 for bounds in example.quantities.values())


def test_examples_do_not_repeat() -> None:
    sentences = [s for f in FRAMES for s in (*(e.text for e in f.examples), *f.near_misses)]
    assert sorted(s for s in set(sentences) if sentences.count(s) > 1) == []


@pytest.mark.parametrize("frame", FRAMES, ids=by_id)
def test_crosswalk_codes_exist_and_agree(frame: Frame) -> None:
    codes = {scheme: code for scheme, code in frame.crosswalk.items() if scheme != "loss"}
    assert set(codes) <= SCHEMES
    assert set(frame.crosswalk.get("loss", "").split()) <= set(codes), "loss names a scheme without a code"
    if "PLOVER" in codes:
        assert codes["PLOVER"] in PLOVER_EVENTS
    if "ACLED" in codes:
        assert codes["ACLED"] in ACLED_SUBEVENTS
    if "GTD" in codes:
        assert codes["GTD"] in set("123456789")
    if "CAMEO" in codes:
        cameo = codes["CAMEO"]
        assert CAMEO_CODES.get(cameo, CAMEO_ROOTS.get(cameo[:2])) == codes["PLOVER"]
