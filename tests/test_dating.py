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
        ("Okello, who came home in January 2015, was arrested by the police.", {"arrested": None}),
        ("Born in 1954 in Herat, Omar Sadiq was arrested by the police.", {"arrested": None}),
        (
            "Police have killed 845 protesters since the coup of February 1, 2021.",
            {"killed": "2021-02-01/..", "coup": "2021-02-01"},
        ),
        (
            "As of September 27, 2022, three of the soldiers have been released.",
            {"released": "../2022-09-27"},
        ),
        ("The soldiers were released on September 27, 2022.", {"released": "2022-09-27"}),
        (
            "Police detained 53 men and, on August 15, 2019, filed charges against 23 of them.",
            {"detained": None, "filed charges": "2019-08-15"},
        ),
        ("The 2013 mill attack took place on 27 July 2013 in Orsk.", {"attack": "2013-07-27"}),
        ("Washington supplied them with missiles from September 1986.", {"supplied": "1986-09/.."}),
        ("The army bombed the village in June 1986.", {"bombed": "1986-06"}),
        (
            "The envoy was appointed to lead the 2007 census in February 2006.",
            {"appointed": "2006-02"},
        ),
        ("A court jails two men for their part in the 2016 revolt.", {"jails": None}),
        ("Polls published in May 2015 showed that few trusted the force.", {"Polls": "2015-05"}),
        (
            "According to the ministry in August 2023, rebels have seized the valley since 2022.",
            {"seized": "2022/2023-08"},
        ),
        (
            "On December 18, 2021, the ministry said that Chad planned to deploy 500 soldiers.",
            {"deploy": None},
        ),
        (
            "He was sentenced to death, and, after two appeals, was hanged on May 4, 2015.",
            {"sentenced": None},
        ),
        (
            "On May 3, 2012, rebels seized the port. It fell to men who, on May 9, declared independence.",
            {"seized": "2012-05-03", "declared": "2012-05-09"},
        ),
        ("The ministry extended the state of emergency until August 15, 2020.", {"extended": None}),
        (
            "On May 4, 2021, the junta announced a pact with the firm. Upon the announcement, the union "
            "criticized the junta.",
            {"criticized": "2021-05-04~"},
        ),
        (
            "The coup took place on May 4, 2021. Police stayed in barracks. Three days after the coup, soldiers "
            "arrested the mayor.",
            {"arrested": "2021-05-07"},
        ),
        (
            "On May 4, 2021, the coalition carried out 20 strikes. In the north, the coalition carried out five "
            "strikes.",
            {"strikes": "2021-05-04"},
        ),
        (
            "On May 9, 2017, six men were killed in two blasts during a raid on a workshop.",
            {"blasts": "2017-05-09", "raid": "2017-05-09"},
        ),
        (
            "The envoys' third meeting took place in Rome on May 2, 2016, and the chiefs' meeting took place in Oslo "
            "on June 11, 2016.",
            {"meeting": "2016-06-11"},
        ),
        (
            "The union organized protests after the seizure of the port of May 2008.",
            {"protests": None},
        ),
        ("The editor was charged for the first time since the May 2013 coup.", {"charged": None}),
        (
            "Hundreds rallied in the capital on the tenth anniversary of the 2011 coup.",
            {"rallied": "2021", "coup": None},
        ),
        (
            "The battle took place in 2004 during the Delta War. On October 1, troops assaulted the town.",
            {"assaulted": "2004-10-01"},
        ),
        (
            "According to a poll by Orbit conducted in late 2012, few favoured talks.",
            {"poll": "2012-09/2012-12"},
        ),
        (
            "On June 1, 2001, he was promoted to general. He was appointed governor on the same date.",
            {"appointed": "2001-06-01"},
        ),
    ],
)
def test_event_has_its_date(text, dates, plain):
    events = plain(make_doc(plain, text))._.events
    found = {e.trigger.text: e.date and e.date.value for e in events}
    assert {trigger: found.get(trigger) for trigger in dates} == dates


def test_open_end_has_no_last_day(plain):
    (event,) = plain(make_doc(plain, "Washington supplied them with missiles from September 1986."))._.events
    assert (event.date.earliest, event.date.latest) == ("1986-09-01", None)
