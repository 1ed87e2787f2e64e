"""When events happened: the expression that dates each, and which end it leaves open."""

import pytest

from extractor.pipeline import make_doc


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        (
            "Rebels seized the town on May 3, 2019, two days after the army withdrew.",
            {"seized": "2019-05-03", "withdrew": "2019-05-01"},
        ),
        (
            "The junta accused Chad of spying on May 18, 2022, three days after the last unit left the country.",
            {"accused": "2022-05-18", "left": "2022-05-15"},
        ),
        (
            "Police have killed 845 protesters since the coup of February 1, 2021.",
            {"killed": "2021-02-01/..", "coup": "2021-02-01"},
        ),
        (
            "As of September 27, 2022, three of the soldiers have been released.",
            {"released": "../2022-09-27"},
        ),
        ("The soldiers were released on September 27, 2022.", {"released": "2022-09-27"}),
        ("Washington supplied them with missiles from September 1986.", {"supplied": "1986-09/.."}),
        ("The army bombed the village in June 1986.", {"bombed": "1986-06"}),
    ],
)
def test_event_has_its_date(text, dates, plain):
    events = plain(make_doc(plain, text))._.events
    found = {e.trigger.text: e.date and e.date.value for e in events}
    assert {trigger: found.get(trigger) for trigger in dates} == dates


def test_open_end_has_no_last_day(plain):
    (event,) = plain(make_doc(plain, "Washington supplied them with missiles from September 1986."))._.events
    assert (event.date.earliest, event.date.latest) == ("1986-09-01", None)
