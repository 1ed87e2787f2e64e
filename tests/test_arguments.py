"""What an argument is written as: which of several phrases that name one participant, and how much of it."""

import pytest

WRITTEN = [
    # a name beside the noun that describes it is the argument
    ("Police arrested the governor of Harlan, Demba Sarr, on Monday.", "arrest", "target", ["Demba Sarr"]),
    ("Demba Sarr, a farmer, was killed in Orsk.", "killing", "target", ["Demba Sarr"]),
    ("Rebels kidnapped journalist Demba Sarr in Orsk.", "kidnapping", "target", ["Demba Sarr"]),
    ("U.S. Secretary of State Demba Sarr was killed in Orsk.", "killing", "target", ["Demba Sarr"]),
    ("Police arrested opposition leader and lawyer Demba Sarr.", "arrest", "target", ["Demba Sarr"]),
    # a line break of wrapped text is no part of it
    ("Shells hit a clinic, regional governor Petro Savro\nsaid. Petro Savro\nwas killed in Orsk.", "killing", "target",
     ["Petro Savro"]),
    # one who is neither
    ("Police arrested a farmer and Demba Sarr.", "arrest", "target", ["farmer", "Demba Sarr"]),
    # a collection is written whole
    ("A group of gunmen attacked a mill in Orsk.", "attack", "actor", ["group of gunmen"]),
    ("A number of gunmen attacked a mill in Orsk.", "attack", "actor", ["gunmen"]),
    # an acronym in brackets
    ("Harlan Liberation Front (HLF) fighters attacked a mill.", "attack", "actor",
     ["Harlan Liberation Front (HLF) fighters"]),
    ("Soldiers clashed with Boko Haram and the Lord’s Resistance Army (LRA) near Kaya.", "clash", "party",
     ["Soldiers", "Boko Haram", "Lord’s Resistance Army"]),
    # what runs between two places
    ("Five miners were killed on the road between Gao and Kidal.", "killing", "place", ["road between Gao and Kidal"]),
    # girls of an age
    ("In June 31 girls aged 9–14 were kidnapped by bandits from a dormitory.", "kidnapping", "target", ["girls"]),
    # how long somebody is jailed for
    ("The court sentenced the editor to eight years in prison.", "verdict", "result", ["eight years in prison"]),
    # both halves of a hyphenated name
    ("Police arrested Jean-Pierre Lokela in Orsk.", "arrest", "target", ["Jean-Pierre Lokela"]),
    # what groups merge into, what men bear, who put a paper out, who travelled
    ("The two factions merged to form the Alliance of Free Forces.", "merger", "result", ["Alliance of Free Forces"]),
    ("Men carrying rifles attacked a mill in Orsk.", "attack", "instrument", ["rifles"]),
    ("Chad issued a statement accusing Eritrea of abuses.", "accusation", "actor", ["Chad"]),
    ("President Demba Sarr praised the miners during a visit to Kitwe.", "meeting", "party", ["Demba Sarr"]),
    # part of those told
    ("Gunmen killed nine people, including two children, in Orsk.", "killing", "target", ["people"]),
    # an office with what it is over gives way to its holder
    ("Gunmen kidnapped the Polish ambassador to Kenya Demba Sarr in May.", "kidnapping", "target", ["Demba Sarr"]),
    ("A court jailed former deputy minister for public works Demba Sarr for six years.", "verdict", "target",
     ["Demba Sarr"]),
    ("Police arrested a member of the council, Demba Sarr, on Monday.", "arrest", "target", ["Demba Sarr"]),
    # a body called by its name
    ("Activists formed an alliance called the Harlan Forum.", "formation", "result", ["Harlan Forum"]),
    # what the event brings about is its result
    ("A court in Orsk sentenced Demba Sarr to six years in prison.", "verdict", "result", ["six years in prison"]),
    ("Demba Sarr was jailed for 27 years.", "verdict", "result", ["27 years"]),
    ("The two sides signed a truce in Bern.", "agreement", "result", ["truce"]),
    ("The mayor declared a state of emergency in Orsk.", "declaration", "result", ["state of emergency"]),
    ("The two factions merged to form the Harlan Liberation Front.", "merger", "result", ["Harlan Liberation Front"]),
    ("The two factions merged to form the Harlan Liberation Front.", "formation", "result", []),
    # who sends, and who is sent
    ("Uganda's withdrawal of its forces from Orsk began in May.", "withdrawal", "target", ["its forces"]),
    ("Uganda's withdrawal of its forces from Orsk began in May.", "withdrawal", "actor", ["Uganda"]),
    ("The withdrawal of French troops from Gao began in May.", "withdrawal", "actor", ["French troops"]),
    # whose deed a noun tells
    ("Coalition aircraft destroyed three tanks near Homs.", "attack", "actor", ["Coalition aircraft"]),
    ("Seven civilians were injured by Russian shelling on a school in Sumy.", "attack", "actor", ["Russian"]),
    ("A Kenyan army raid on a mill in Orsk killed six.", "attack", "actor", ["Kenyan army"]),
    ("A U.S. strike on Monday hit two vehicles near Homs.", "attack", "actor", ["U.S."]),
    ("Ministers condemned the bombing of a hotel in Orsk, for which Boko Haram claimed responsibility.", "attack", "actor",
     ["Boko Haram"]),
    # of whom protesters ask something, and against whom they rise
    ("Protests were held in Homs demanding that the Islamic State withdraw.", "protest", "target", ["Islamic State"]),
    ("Protests continued against Boko Haram in Orsk.", "protest", "target", ["Boko Haram"]),
    # where an operation goes, and the places that one word introduces
    ("Foreign forces will play a role in the operation to isolate Mosul.", "operation", "place", ["Mosul"]),
    ("Troops withdrew from the villages of Gao and Kidal.", "withdrawal", "place", ["Gao", "Kidal"]),
    # names that nobody knows, said to lie in a province
    ("Nine were killed in Abu Khamis, Orsk Province.", "killing", "place", ["Abu Khamis", "Orsk Province"]),
    ("Rebels raided a base in Madari Department, Burkina Faso.", "attack", "place",
     ["Madari Department", "Burkina Faso"]),
    # who acts, where the verb was taken for a noun
    ("A farmer is killed after Kenyan security forces open fire on a crowd in Lodwar.", "attack", "actor",
     ["Kenyan security forces"]),
    ("A farmer was hurt as police open fire on a crowd in Lodwar.", "attack", "actor", ["police"]),
    ("A bombing in Herat kills eleven people and wounds some thirty others.", "attack", "target", ["people"]),
    # one told of in an apposition, and one only cited
    ("A bombing in Herat targeting Demba Sarr, a lawmaker, killed a guard.", "attack", "target", ["Demba Sarr", "guard"]),
    ("According to a statement by Demba Sarr, Uganda had been training the militias.", "support", "actor", ["Uganda"]),
    # residents are those of a place, not of its region
    ("Residents of Essa, Orsk Province, torched the police station.", "attack", "actor", ["Residents of Essa"]),
    ("Among the arrested are Demba Sarr and Anna Fisher.", "arrest", "target", ["Demba Sarr", "Anna Fisher"]),
    ("He was shot dead on May 9, two days before the raids in Orsk.", "killing", "target", ["He"]),
    ("Ministers gave way after protests from teachers and students in Oslo.", "protest", "actor",
     ["teachers", "students"]),
    ("Police used tear gas to disperse protesters.", "attack", "target", ["protesters"]),
    ("The court sentenced him to 20 years imprisonment.", "verdict", "result", ["20 years imprisonment"]),
    ("Two poets disappeared in Tehran on Monday.", "kidnapping", "target", ["poets"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "role", "written"), WRITTEN)
def test_arguments_are_written_as_the_phrase_that_names_them(plain, text, kind, role, written):
    events = [e for e in plain(text)._.events if e.type == kind]
    assert [[a.text for a in e.arguments if a.role == role] for e in events] == [written] * bool(written)
    assert all(text[a.start : a.end] == a.text for e in events for a in e.arguments)
