"""Scoring: each measure on cases worked out by hand."""

import json

import pytest

from extractor.errors import InputError
from extractor.evaluate import (
    as_dict,
    cover_path,
    date_bounds,
    evaluate,
    evaluate_files,
    head_word,
    print_report,
    same_argument,
)

# Two sentences: "Rebels shot two soldiers in Gao on 4 May 2012." and "They fled."
SENTENCE = {"start": 0, "end": 46}
SECOND = {"start": 47, "end": 57}


def argument(role, text, start):
    return {"role": role, "text": text, "start": start, "end": start + len(text)}


def event(**changes):
    """The gold event of the first sentence, or a variation of it."""
    base = {
        "document": "d",
        "type": "attack",
        "trigger": {"text": "shot", "start": 7, "end": 11},
        "sentence": SENTENCE,
        "arguments": [
            argument("actor", "Rebels", 0),
            argument("target", "soldiers", 16),
            argument("place", "Gao", 28),
        ],
        "date": {"value": "2012-05-04"},
        "quantities": [{"measure": "killed", "min": 2, "max": 2}],
        "modality": "actual",
    }
    return {**base, **changes}


def counts(report):
    return {name: (t.right, t.gold, t.predicted) for name, t in report.measures.items()}


def test_a_perfect_prediction():
    report = evaluate([event()], [event()])
    assert counts(report) == {
        "event": (1, 1, 1), "trigger": (1, 1, 1), "argument": (3, 3, 3), "date": (1, 1, 1),
        "quantity": (1, 1, 1), "fact": (6, 6, 6),
    }  # fmt: skip
    assert report.modality == (1, 1) and report.errors == []


def test_nothing_predicted_and_nothing_in_gold():
    missed = evaluate([event()], [])
    assert counts(missed)["fact"] == (0, 6, 0) and missed.measures["fact"].f1 == 0.0
    assert missed.modality_accuracy is None
    assert [(e.kind, e.type, e.trigger, e.start) for e in missed.errors] == [("missed", "attack", "shot", 7)]
    spurious = evaluate([], [event()], cover=[("d", 0, 100)])
    assert counts(spurious)["fact"] == (0, 0, 6)
    assert [e.kind for e in spurious.errors] == ["spurious"]


def test_trigger_elsewhere_in_the_sentence_matches_the_event_alone():
    predicted = event(trigger={"text": "4 May", "start": 35, "end": 40})
    result = counts(evaluate([event()], [predicted]))
    assert result["event"] == (1, 1, 1) and result["trigger"] == (0, 1, 1) and result["argument"] == (3, 3, 3)


@pytest.mark.parametrize(
    "changes", [{"type": "clash"}, {"trigger": {"text": "fled", "start": 52, "end": 56}}]
)
def test_other_type_or_other_sentence_does_not_match(changes):
    result = counts(evaluate([event()], [event(**changes)]))
    assert result["event"] == (0, 1, 1)
    assert result["argument"] == (0, 3, 3) and result["date"] == (0, 1, 1) and result["quantity"] == (0, 1, 1)


def test_events_are_matched_one_to_one_and_the_closest_first():
    near = event(trigger={"text": "soldiers", "start": 16, "end": 24}, arguments=[])
    exact = event()
    report = evaluate([event()], [near, exact])
    assert counts(report)["event"] == (1, 1, 2) and counts(report)["trigger"] == (1, 1, 2)
    assert counts(report)["argument"] == (3, 3, 3)
    few = event(trigger={"text": "two", "start": 12, "end": 15}, arguments=[argument("actor", "Rebels", 0)])
    assert counts(evaluate([event()], [near, few]))["argument"] == (1, 3, 1)


@pytest.mark.parametrize(
    ("gold", "predicted", "same"),
    [
        (argument("actor", "Rebels", 0), argument("actor", "armed Rebels", 0), True),
        (argument("actor", "Malian authorities", 0), argument("actor", "authorities", 7), True),
        (argument("actor", "Rebels", 0), argument("target", "Rebels", 0), False),
        (argument("actor", "Rebels", 0), argument("actor", "Rebels", 30), False),
        (argument("actor", "soldiers", 0), argument("actor", "soldiers of the army", 0), True),
        (argument("actor", "army", 0), argument("actor", "soldiers of the army", 0), False),
        (argument("place", "capital, Bamako", 0), argument("place", "Bamako", 9), False),
        (argument("place", "Mali’s north", 0), argument("place", "Mali’s", 0), False),
    ],
)
def test_arguments_compare_by_head_word(gold, predicted, same):
    assert same_argument(gold, predicted) is same


@pytest.mark.parametrize(
    ("text", "head"),
    [
        ("gunmen", "gunmen"), ("heavily armed Gunmen", "gunmen"), ("men of the army", "men"),
        ("Abel Sy, a general", "sy"), ("Mali’s", "mali"), ("U.S. Army", "army"), ("town (Gao)", "town"),
        ("—", "—"), (" on patrol", "patrol"),
    ],
)  # fmt: skip
def test_head_word(text, head):
    assert head_word(text) == head


def test_one_predicted_argument_stands_for_one_gold_argument():
    twice = event(arguments=[argument("actor", "Rebels", 0), argument("actor", "Rebels", 0)])
    assert counts(evaluate([event()], [twice]))["argument"] == (1, 3, 2)


@pytest.mark.parametrize(
    ("value", "bounds"),
    [
        ("2012-05-04", ("2012-05-04", "2012-05-04")),
        ("2012-02", ("2012-02-01", "2012-02-29")),
        ("2012", ("2012-01-01", "2012-12-31")),
        ("201X", ("2010-01-01", "2019-12-31")),
        ("2012-05/2012-07", ("2012-05-01", "2012-07-31")),
        ("2012-05/..", ("2012-05-01", None)),
        ("../2012", (None, "2012-12-31")),
        ("2014-12~", ("2014-12-01", "2014-12-31")),
        ("2021-22", ("2021-06-01", "2021-08-31")),
        ("2021-24", ("2021-12-01", "2022-02-28")),
        ("2021-XX-XX", ("2021-01-01", "2021-12-31")),
        ("XXXX-12-10", ("XXXX-12-10", "XXXX-12-10")),
    ],
)
def test_date_bounds(value, bounds):
    assert date_bounds(value) == bounds


@pytest.mark.parametrize(
    ("gold", "predicted", "result", "errors"),
    [
        ("2012-05-04", "2012-05-04~", (1, 1, 1), 0),
        ("2012-05", "2012-05-01/2012-05-31", (1, 1, 1), 0),
        ("2012-05", "2012-05-04", (0, 1, 1), 1),
        ("2012-05", None, (0, 1, 0), 1),
        (None, "2012", (0, 0, 1), 1),
        (None, None, (0, 0, 0), 0),
    ],
)
def test_dates_compare_by_their_bounds(gold, predicted, result, errors):
    report = evaluate(
        [event(date=gold and {"value": gold})], [event(date=predicted and {"value": predicted})]
    )
    assert counts(report)["date"] == result
    assert [(e.kind, e.gold, e.predicted) for e in report.errors] == [("date", gold, predicted)] * errors


@pytest.mark.parametrize(
    ("quantity", "right"),
    [
        ({"measure": "killed", "min": 2, "max": 2, "approximate": True}, 1),
        ({"measure": "killed", "min": 2, "max": None}, 0),
        ({"measure": "injured", "min": 2, "max": 2}, 0),
    ],
)
def test_quantities_compare_by_measure_and_bounds(quantity, right):
    assert counts(evaluate([event()], [event(quantities=[quantity])]))["quantity"] == (right, 1, 1)


def test_modality_counts_matched_events_only():
    gold = [event(), event(type="arrest"), event(type="coup")]
    predicted = [event(modality="planned"), event(type="arrest")]
    report = evaluate(gold, predicted)
    assert report.modality == (1, 2) and report.modality_accuracy == 0.5


def test_scores_by_type():
    gold = [event(), event(type="arrest")]
    predicted = [event(), event(type="coup")]
    by_type = {k: (t.right, t.gold, t.predicted) for k, t in evaluate(gold, predicted).by_type.items()}
    assert by_type == {"attack": (1, 1, 1), "arrest": (0, 1, 0), "coup": (0, 0, 1)}


def test_other_documents_and_uncovered_stretches_do_not_count():
    elsewhere = event(document="other")
    later = event(type="displacement", trigger={"text": "fled", "start": 52, "end": 56}, sentence=SECOND)
    assert counts(evaluate([event()], [event(), elsewhere]))["event"] == (1, 1, 1)
    assert counts(evaluate([event()], [event(), later]))["event"] == (1, 1, 2)
    covered = evaluate([event()], [event(), later, elsewhere], cover=[("d", 0, 47), ("empty", 0, 9)])
    assert counts(covered)["event"] == (1, 1, 1)


def test_precision_recall_and_f1_in_points():
    gold = [event(), event(type="arrest"), event(type="coup")]
    report = evaluate(gold, [event(), event(type="merger")])
    assert as_dict(report)["event"] == {"p": 50.0, "r": 33.3, "f": 40.0}
    assert as_dict(report)["modality"] == 100.0


# ---------------------------------------------------------------- files and printing


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "cover"),
    [("x.jsonl", "x.cover.json"), ("x.gold.jsonl", "x.cover.json"), ("gold.jsonl", "gold.cover.json")],
)
def test_cover_lies_beside_the_gold(tmp_path, name, cover):
    assert cover_path(tmp_path / name) == tmp_path / cover


def test_files_with_a_cover_and_gold_that_says_doc(tmp_path):
    ours = event()
    ours["doc"] = ours.pop("document")
    gold = write(tmp_path / "a.jsonl", [ours])
    predicted = write(
        tmp_path / "events.jsonl", [event(), event(trigger={"text": "x", "start": 90, "end": 91})]
    )
    assert counts(evaluate_files(gold, predicted))["event"] == (1, 1, 2)
    (tmp_path / "a.cover.json").write_text('[["d", 0, 47]]')
    assert counts(evaluate_files(gold, predicted))["event"] == (1, 1, 1)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"type": "attack"}, "record 1: names no document"),
        ({"document": "d"}, "record 1: has no type"),
        ({"document": "d", "type": "attack"}, "record 1: has no trigger"),
        ({"document": "d", "type": "attack", "trigger": {"start": 1, "end": 2}}, "record 1: has no sentence"),
    ],
)
def test_record_that_cannot_be_scored_is_named(tmp_path, row, words):
    gold = write(tmp_path / "a.jsonl", [event()])
    with pytest.raises(InputError, match=words):
        evaluate_files(gold, write(tmp_path / "b.jsonl", [row]))


def test_broken_cover_is_named(tmp_path):
    gold = write(tmp_path / "a.jsonl", [event()])
    (tmp_path / "a.cover.json").write_text('[["d", 0]]')
    with pytest.raises(InputError, match=r"a\.cover\.json"):
        evaluate_files(gold, gold)


def test_table_and_errors_are_printed(capsys):
    gold = [event(), event(type="arrest")]
    predicted = [
        event(date={"value": "2013"}),
        event(type="coup", trigger={"text": "[/x]", "start": 7, "end": 11}),
    ]
    print_report(evaluate(gold, predicted), by_type=True, errors=9)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["event", "50.0", "50.0", "50.0", "1", "2", "2"]
    assert any(line.split() == ["modality", "100.0", "1", "1"] for line in lines)
    assert any(line.split() == ["arrest", "0.0", "0.0", "0.0", "0", "1", "0"] for line in lines)
    assert "missed d:7 arrest 'shot'" in lines
    assert "spurious d:7 coup '[/x]'" in lines
    assert "date d:7 attack 'shot' gold 2012-05-04 predicted 2013" in lines


def test_json_is_printed(capsys):
    print_report(evaluate([event()], [event()]), as_json=True)
    assert json.loads(capsys.readouterr().out)["fact"] == {"p": 100.0, "r": 100.0, "f": 100.0}
