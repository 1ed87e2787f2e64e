"""One event, one mention: which triggers of a sentence are told as one event, and which stand alone."""

import pytest
from spacy.language import Language

from extractor.pipeline import make_doc

TABLE = [
    ("Gunmen attacked a convoy, killing six soldiers.", [("attack", "attacked")]),
    ("Six soldiers were killed as gunmen attacked a convoy.", [("attack", "attacked")]),
    ("A roadside bomb hit a convoy, killing two drivers and damaging a truck.", [("attack", "hit")]),
    ("Mortar shells fired by the rebels landed near the hospital.", [("attack", "landed")]),
    (
        "At least nine farmers were killed by Kenyan soldiers near Elwak, as the Kenyans reacted to an attack on their camp.",
        [("killing", "killed"), ("attack", "attack")],
    ),
    ("Rebels attacked a village whose residents had ambushed their patrol.",
     [("attack", "attacked"), ("attack", "ambushed")]),
    ("Militants who had attacked a mosque were killed in an army raid.",
     [("attack", "attacked"), ("attack", "raid")]),
    ("Troops killed nine raiders and recovered cattle stolen from a ranch.", [("killing", "killed"), ("attack", "stolen from")]),
    ("The blast happened when a suicide bomber detonated his vest.", [("attack", "detonated")]),
    ("Four people were killed and nine were injured in Gulu by gunmen.", [("killing", "killed")]),
    ("The army launched an offensive to retake Bosaso.", [("operation", "offensive")]),
    ("Nine rebels died in a gunfight with the army in Gulu, after the group killed a colonel.",
     [("clash", "gunfight"), ("killing", "killed")]),
    ("The market attack occurred on Monday when gunmen attacked the market.", [("attack", "attacked")]),
    ("Okara rebels entered and took Mundo in 1987.", [("territory", "entered")]),
    ("Seven smugglers were arrested and jailed.", [("arrest", "arrested")]),
    ("The two factions merged to form the Free Front.", [("merger", "merged")]),
    ("The mayor was killed by a bullet fired by a gunman in Gulu.", [("killing", "killed")]),
    ("The court sentenced Sarro to three years' imprisonment.", [("verdict", "sentenced")]),
    ("Police killed nine people in Gulu during a protest over the demolition of a mosque.",
     [("killing", "killed"), ("protest", "protest"), ("attack", "demolition")]),
    ("At least 50 children were kidnapped and abducted in Gulu.", [("kidnapping", "kidnapped")]),
    ("Police arrested six guards and charged them with murder.", [("arrest", "arrested"), ("prosecution", "charged")]),
    ("The army fought clashes near Orsk after Chad was accused of murdering nine herders.",
     [("clash", "clashes"), ("accusation", "accused"), ("killing", "murdering")]),
    ("They forced the president to resign and leave the country.", [("resignation", "resign")]),
    ("Rebels executed six men over the death of a judge, who was killed in an airstrike in May.",
     [("killing", "executed"), ("attack", "airstrike")]),
    ("Police killed nine militants responsible for the attack on the market in Gulu.",
     [("killing", "killed"), ("attack", "attack")]),
    ("Police arrested Sarro over the assaults on two bases and the murder of a lawyer.",
     [("arrest", "arrested"), ("attack", "assaults"), ("killing", "murder")]),
    ("The bishop said that six pilgrims were wounded and that he could not yet confirm if anyone had been killed.",
     [("attack", "wounded"), ("killing", "killed")]),
    (
        "Militiamen burned the market, shot dead nine traders and destroyed a bridge.",
        [("attack", "burned"), ("killing", "shot dead"), ("attack", "destroyed")],
    ),
    ("Hardliners broke away to form a new party.", [("split", "broke away"), ("formation", "form")]),
    ("Loyalists warned that they would shoot anyone who returned.", [("threat", "warned")]),
    ("Four people were killed when a bomb exploded without warning in a bar in Newry.", [("attack", "exploded")]),
    ("The cartel said in a statement that it had carried out the killing.",
     [("claim", "said"), ("killing", "killing")]),
    ("On Monday the Tigers declared the truce over.", [("agreement", "truce")]),
    ("A bomber blew himself up at a cafe in Aden, killing three people and wounding nine.", [("attack", "blew")]),
    ("The two brothers were convicted of 61 counts of murder.", [("verdict", "convicted")]),
    ("A court in Porto cleared an accomplice of a charge of perjury.", [("verdict", "cleared")]),
    ("A drone strike killed an aid worker named Zaman Amiri.", [("attack", "drone strike")]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), TABLE, ids=[text for text, _ in TABLE])
def test_triggers_of_one_event_become_one_mention(
    plain: Language, text: str, expected: list[tuple[str, str]]
) -> None:
    found = plain(make_doc(plain, text))._.events
    assert [(e.type, e.trigger.text) for e in found] == expected
