"""What stands over an event: planned, alleged, denied, conditional, dropped; and who is said to have said so."""

import pytest

from extractor.pipeline import make_doc
from extractor.rule_checks import modality_cases

TABLE = [
    ("France plans to withdraw its troops from the country.", "withdrawal", "planned"),
    ("France will withdraw its troops from the country.", "withdrawal", "planned"),
    ("France began withdrawing its troops from the country.", "withdrawal", "actual"),
    ("The army said its troops withdrew from the town.", "withdrawal", "actual"),
    ("The government agreed to release 40 prisoners.", "release", "planned"),
    ("Gunmen reportedly kidnapped three teachers.", "kidnapping", "alleged"),
    ("Gunmen allegedly burned a church in Kandu.", "attack", "alleged"),
    ("He is believed to have ordered the killing of a judge.", "killing", "alleged"),
    ("The militia is accused of killing 20 farmers.", "killing", "alleged"),
    ("Police suspect that rebels killed the mayor.", "killing", "alleged"),
    ("Rebels are suspected of kidnapping the engineer.", "kidnapping", "alleged"),
    ("The group denied attacking the village.", "attack", "denied"),
    ("The general denied that his men had killed civilians.", "killing", "denied"),
    ("If the talks fail, the army could attack the town.", "attack", "conditional"),
    ("The army might attack the town.", "attack", "conditional"),
    ("The army did not attack the town.", None, None),
    ("The guards were only allowed to shoot intruders.", "attack", None),
    ("The bishop urged drivers to stay at home until the government lifted the ban.", "sanction", None),
    ("Soldiers widely beat prisoners.", "attack", None),
    ("Rebels nearly captured the town.", "territory", None),
    ("Troops were deployed to protect the mine.", "deployment", "actual"),
    ("Police arrested a man who planned to bomb a bridge.", "arrest", "actual"),
    ("The minister was shocked by reports that the militia had killed 70 farmers.", "killing", "alleged"),
    ("The United Nations confirmed reports that the militia had killed 70 farmers.", "killing", "actual"),
    ("She was appalled by reports of the murder of hundreds of villagers.", "killing", "alleged"),
    ("The premier ordered airstrikes on the camp.", "attack", "planned"),
    ("The court ordered the arrest of the former minister.", "arrest", "planned"),
    ("It may have been an assassination attempt on the president.", "attack", "alleged"),
    ("The ministers discussed the recent attack on an aid convoy.", "attack", "actual"),
    ("The minister condemned the attack on an aid convoy.", "attack", "actual"),
    ("Police arrested him ahead of his likely extradition to Greece.", "prosecution", "planned"),
    ("The junta seeks to hold an election next year.", "election", "planned"),
    ("A second round of peace talks will be held tomorrow in Vienna.", "meeting", "planned"),
    ("Peace talks were held yesterday in Vienna.", "meeting", "actual"),
    ("The envoy will attend peace talks in Vienna.", "meeting", "planned"),
    ("Soldiers reportedly abandoned the base and fled the city.", "withdrawal", "alleged"),
    ("Reportedly, rebels captured the town of Dosso.", "territory", "alleged"),
    ("The funds were reportedly marked as aid and were given to the militia.", "support", "alleged"),
    ("The president announced that he would dissolve parliament.", "resignation", "planned"),
    ("The president dissolved parliament.", "resignation", "actual"),
    ("The minister announced a withdrawal of troops.", "withdrawal", "planned"),
    ("The ministry announced the arrest of two suspects.", "arrest", "actual"),
    ("The planned withdrawal of foreign troops worries the north.", "withdrawal", "planned"),
    ("Rebels threatened to attack the capital.", "threat", "actual"),
    ("Protesters called for a march on Friday.", "protest", "planned"),
    ("The army failed to capture the hill.", None, None),
    ("Paris asked Cairo to intervene if the rebels attempt to capture the port.", "territory", "conditional"),
    ("Unless the junta resigns, the bloc will impose sanctions.", "sanction", "planned"),
    ("The two sides agreed to a ceasefire.", "agreement", "actual"),
    ("The group sought to calm tensions by releasing a statement.", "statement", "actual"),
    ("The army claims that it captured the town of Dosso.", "territory", "actual"),
    ("The army is considering deploying troops to the border.", "deployment", "planned"),
    ("Soldiers were sent to the border to fight the rebels.", "deployment", "actual"),
    ("The purported execution of the hostage shocked the country.", "killing", "alleged"),
    ("The alleged attack took place in Dosso.", "attack", "alleged"),
    ("Chad promised to send 500 soldiers to Mali.", "deployment", "planned"),
    ("The senator wants the general to be tried.", "prosecution", "planned"),
    ("The council urged Rwanda to withdraw its troops.", "withdrawal", None),
    ("Villagers demanded that the army leave the valley.", "withdrawal", None),
    ("The court requested the extradition of the banker.", "prosecution", "planned"),
    ("Sudan condemned the strike, calling the raid an act of war.", "attack", None),
    ("Six rebels were reported killed near Dosso.", "killing", "alleged"),
    ("Rebels often attack buses on the road.", "attack", None),
    ("The farmers have often been subjected to attacks.", "attack", None),
    ("Militiamen have carried out regular attacks in the valley.", "attack", None),
    ("The army launched an offensive to retake Dosso.", "territory", None),
    ("The army plans to retake Dosso.", "territory", "planned"),
    ("The parliament voted to extend the state of emergency.", "declaration", "planned"),
    ("The suspect is to be extradited to France.", "prosecution", "planned"),
    ("The general was expected to be named president.", "appointment", "planned"),
    ("The rebels said they had shot down a helicopter.", "attack", "actual"),
    ("Rumors that the commander was killed spread quickly.", "killing", "alleged"),
    ("The army would have attacked the town.", "attack", "conditional"),
    ("Fighting between the army and the rebels was reported in Kandu.", "clash", "alleged"),
    ("No soldiers were killed in the attack on the base.", "attack", "actual"),
    ("A possible rebel attack on the capital worries the villagers.", "attack", "conditional"),
    ("The bishop called for the release of the hostages.", "release", None),
    ("Paris called on the rebels to withdraw from the port.", None, None),
    ("The premier called an election in the province.", "election", "planned"),
    ("Police have the power to arrest the striking miners.", "arrest", None),
    ("The rebels threatened to shell the port.", "attack", None),
]
SPEAKERS = [
    ("The army said rebels killed five farmers.", ["army"]),
    ("Rebels killed five farmers, the army said.", ["army"]),
    ("Rebels killed five farmers, according to the army.", ["army"]),
    ("According to the United Nations, militiamen killed 40 villagers.", ["United Nations"]),
    (
        "According to figures collected by Amnesty International, troops killed 40 villagers.",
        ["Amnesty International"],
    ),
    ("According to UN figures, rebels have killed 40 villagers.", ["UN figures"]),
    ('"Rebels killed five farmers," said the governor.', ["governor"]),
    ("The mayor told reporters that police had said rebels killed two guards.", ["police", "mayor"]),
    ("Moussa Traore, the mayor of Lasso, said rebels killed two guards.", ["Moussa Traore"]),
    ("Rebels killed five farmers.", []),
    ("The junta declared a state of emergency.", []),
    ("The ministry confirmed that gunmen killed a judge.", ["ministry"]),
    ("France announced it would withdraw its troops.", ["France"]),
    ("The army launched an attack, and according to the governor, 300 rebels were killed.", []),
    ("Human Rights Watch reported that soldiers executed 12 men.", ["Human Rights Watch"]),
    (
        "According to an analysis by Amnesty International, troops killed 40 villagers.",
        ["Amnesty International"],
    ),
    ("Nine traders were killed when gunmen stormed a market in Kismayo, officials said.", ["officials"]),
]


def events(plain, text):
    return plain(make_doc(plain, text, document="x"))._.events


@pytest.mark.parametrize(("text", "kind", "modality"), TABLE)
def test_event_has_its_modality(text, kind, modality, plain):
    found = {(e.type, e.modality) for e in events(plain, text)}
    if kind is None:
        assert found == set()
    else:
        expected = {modality} if modality else set()  # none: other events, but none of this kind
        assert {verdict for name, verdict in found if name == kind} == expected


def test_examples_and_near_misses_of_the_file_hold(plain):
    assert [case for case in modality_cases(plain) if case[1]] == []


@pytest.mark.parametrize(("text", "speakers"), SPEAKERS)
def test_speaker_is_named_nearest_first(text, speakers, plain):
    told = [e for e in events(plain, text) if e.type != "statement"]
    assert told
    assert [a.text for a in told[0].attribution] == speakers
    assert all(a.text == text[a.start : a.end] for e in told for a in e.attribution)


def test_speaker_carries_its_entity(plain):
    (event,) = events(plain, "According to the United Nations, militiamen killed 40 villagers.")
    assert [(a.text, a.entity is not None) for a in event.attribution] == [("United Nations", True)]


def test_claimed_act_is_attributed_to_the_claimant(plain):
    found = events(plain, "The Red Front claimed responsibility for the attack in Lasso.")
    assert [[a.text for a in e.attribution] for e in found if e.type == "attack"] == [["Red Front"]]
