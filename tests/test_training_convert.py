"""Hand-made trees before and after conversion, one or more for each rule."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "training"))

convert = pytest.importorskip("convert")

# Each line of a case: form, lemma, UPOS, XPOS, UD head, UD relation, expected head, expected label.
CASES = {
    "preposition heads its noun": """
        Rebels rebel NOUN NNS 2 nsubj 2 nsubj
        fled flee VERB VBD 0 root 0 ROOT
        into into ADP IN 5 case 2 prep
        the the DET DT 5 det 5 det
        hills hill NOUN NNS 2 obl 3 pobj
        . . PUNCT . 2 punct 2 punct""",
    "two prepositions form a chain": """
        Smoke smoke NOUN NN 2 nsubj 2 nsubj
        came come VERB VBD 0 root 0 ROOT
        from from ADP IN 6 case 2 prep
        behind behind ADP IN 6 case 3 prep
        the the DET DT 6 det 6 det
        wall wall NOUN NN 2 obl 4 pobj""",
    "what stands before the preposition belongs to it": """
        They they PRON PRP 2 nsubj 2 nsubj
        left leave VERB VBD 0 root 0 ROOT
        two two NUM CD 4 nummod 4 nummod
        days day NOUN NNS 7 obl:unmarked 5 npadvmod
        after after ADP IN 7 case 2 prep
        the the DET DT 7 det 7 det
        vote vote NOUN NN 2 obl 5 pobj""",
    "by in a passive is the agent": """
        The the DET DT 2 det 2 det
        bridge bridge NOUN NN 4 nsubj:pass 4 nsubjpass
        was be AUX VBD 4 aux:pass 4 auxpass
        mined mine VERB VBN 0 root 0 ROOT
        by by ADP IN 6 case 4 agent
        militiamen militiaman NOUN NNS 4 obl:agent 5 pobj""",
    "an adverb after a preposition is its pcomp": """
        Flights flight NOUN NNS 2 nsubj 2 nsubj
        stopped stop VERB VBD 0 root 0 ROOT
        until until ADP IN 4 case 2 prep
        recently recently ADV RB 2 advmod 3 pcomp""",
    "possessive s stays with the owner": """
        Peru Peru PROPN NNP 3 nmod:poss 3 poss
        's 's PART POS 1 case 1 case
        navy navy NOUN NN 4 nsubj 4 nsubj
        sailed sail VERB VBD 0 root 0 ROOT
        its its PRON PRP$ 6 nmod:poss 6 poss
        ships ship NOUN NNS 4 obj 4 dobj""",
    "a copula heads its clause with attr": """
        He he PRON PRP 5 nsubj 2 nsubj
        was be AUX VBD 5 cop 0 ROOT
        not not PART RB 5 advmod 2 neg
        a a DET DT 5 det 5 det
        soldier soldier NOUN NN 0 root 2 attr
        . . PUNCT . 5 punct 2 punct""",
    "a copula with an adjective has acomp": """
        The the DET DT 2 det 2 det
        road road NOUN NN 6 nsubj 4 nsubj
        may may AUX MD 6 aux 4 aux
        be be AUX VB 6 cop 0 ROOT
        very very ADV RB 6 advmod 6 advmod
        dangerous dangerous ADJ JJ 0 root 4 acomp""",
    "a copula with a place has prep": """
        Troops troops NOUN NNS 4 nsubj 2 nsubj
        are be AUX VBP 4 cop 0 ROOT
        in in ADP IN 4 case 2 prep
        Lima Lima PROPN NNP 0 root 3 pobj""",
    "a subordinate copula keeps its mark": """
        They they PRON PRP 2 nsubj 2 nsubj
        fled flee VERB VBD 0 root 0 ROOT
        because because SCONJ IN 6 mark 5 mark
        it it PRON PRP 6 nsubj 5 nsubj
        was be AUX VBD 6 cop 2 advcl
        late late ADJ JJ 2 advcl 5 acomp""",
    "a clause as predicate is ccomp": """
        The the DET DT 2 det 2 det
        fear fear NOUN NN 6 nsubj:outer 3 nsubj
        is be AUX VBZ 6 cop 0 ROOT
        that that SCONJ IN 6 mark 6 mark
        militias militia NOUN NNS 6 nsubj 6 nsubj
        return return VERB VBP 0 root 3 ccomp""",
    "there is has expl and attr": """
        There there PRON EX 2 expl 2 expl
        was be VERB VBD 0 root 0 ROOT
        a a DET DT 4 det 4 det
        clash clash NOUN NN 2 nsubj 2 attr""",
    "a preposition before a gerund has pcomp": """
        They they PRON PRP 2 nsubj 2 nsubj
        escaped escape VERB VBD 0 root 0 ROOT
        by by SCONJ IN 4 mark 2 prep
        crossing cross VERB VBG 2 advcl 3 pcomp
        the the DET DT 6 det 6 det
        river river NOUN NN 4 obj 4 dobj""",
    "a passive gerund too": """
        He he PRON PRP 2 nsubj 2 nsubj
        died die VERB VBD 0 root 0 ROOT
        after after SCONJ IN 5 mark 2 prep
        being be AUX VBG 5 aux:pass 5 auxpass
        shot shoot VERB VBN 2 advcl 3 pcomp""",
    "a conjunction before a finite clause stays a mark": """
        He he PRON PRP 2 nsubj 2 nsubj
        died die VERB VBD 0 root 0 ROOT
        after after SCONJ IN 5 mark 5 mark
        shots shot NOUN NNS 5 nsubj 5 nsubj
        rang ring VERB VBD 2 advcl 2 advcl""",
    "while before a participle stays a mark": """
        He he PRON PRP 2 nsubj 2 nsubj
        fell fall VERB VBD 0 root 0 ROOT
        while while SCONJ IN 4 mark 4 mark
        running run VERB VBG 2 advcl 2 advcl""",
    "the last word heads a flat name": """
        General general PROPN NNP 2 nmod:desc 4 compound
        Ana Ana PROPN NNP 5 nsubj 4 compound
        de de PROPN NNP 2 flat 4 compound
        Souza Souza PROPN NNP 2 flat 5 nsubj
        resigned resign VERB VBD 0 root 0 ROOT""",
    "infinitival to is aux": """
        They they PRON PRP 2 nsubj 2 nsubj
        refused refuse VERB VBD 0 root 0 ROOT
        to to PART TO 4 mark 4 aux
        leave leave VERB VB 2 xcomp 2 xcomp""",
    "objects, receivers and particles": """
        It it PRON PRP 2 nsubj 2 nsubj
        handed hand VERB VBD 0 root 0 ROOT
        over over ADP RP 2 compound:prt 2 prt
        all all DET PDT 6 det:predet 6 predet
        the the DET DT 6 det 6 det
        posts post NOUN NNS 2 obj 2 dobj
        to to ADP IN 8 case 2 dative
        them they PRON PRP 2 obl 7 pobj""",
    "an indirect object is dative": """
        He he PRON PRP 2 nsubj 2 nsubj
        gave give VERB VBD 0 root 0 ROOT
        her she PRON PRP 2 iobj 2 dative
        money money NOUN NN 2 obj 2 dobj""",
    "a relative clause is relcl": """
        Men man NOUN NNS 4 nsubj 4 nsubj
        who who PRON WP 3 nsubj 3 nsubj
        surrendered surrender VERB VBD 1 acl:relcl 1 relcl
        lived live VERB VBD 0 root 0 ROOT
        yesterday yesterday NOUN NN 4 obl:unmarked 4 npadvmod""",
    "conjuncts form a chain": """
        Miners miner NOUN NNS 6 nsubj 6 nsubj
        , , PUNCT , 3 punct 1 punct
        farmers farmer NOUN NNS 1 conj 1 conj
        and and CCONJ CC 5 cc 3 cc
        nurses nurse NOUN NNS 1 conj 3 conj
        marched march VERB VBD 0 root 0 ROOT""",
    "conjoined prepositions are conjuncts": """
        Both both CCONJ CC 3 cc:preconj 2 preconj
        in in ADP IN 3 case 0 ROOT
        Gulu Gulu PROPN NNP 0 root 2 pobj
        and and CCONJ CC 6 cc 2 cc
        in in ADP IN 6 case 2 conj
        Lira Lira PROPN NNP 3 conj 5 pobj""",
    "a closing reporting clause is the head": """
        Shops shop NOUN NNS 2 nsubj 2 nsubj
        reopened reopen VERB VBD 0 root 6 ccomp
        , , PUNCT , 6 punct 6 punct
        the the DET DT 5 det 5 det
        mayor mayor NOUN NN 6 nsubj 6 nsubj
        said say VERB VBD 2 parataxis 0 ROOT
        . . PUNCT . 2 punct 6 punct""",
    "because of": """
        It it PRON PRP 2 nsubj 2 nsubj
        closed close VERB VBD 0 root 0 ROOT
        because because ADP IN 5 case 2 prep
        of of ADP IN 3 fixed 3 pcomp
        rain rain NOUN NN 2 obl 3 pobj""",
    "according to": """
        According accord VERB VBG 3 case 4 prep
        to to ADP IN 1 fixed 1 prep
        police police NOUN NNS 4 obl 2 pobj
        fled flee VERB VBD 0 root 0 ROOT""",
    "as well as is a conjunction": """
        Tea tea NOUN NN 0 root 0 ROOT
        as as ADV RB 5 cc 4 advmod
        well well ADV RB 2 fixed 4 advmod
        as as ADP IN 2 fixed 1 cc
        milk milk NOUN NN 1 conj 1 conj""",
    "more than before a number": """
        More more ADJ JJR 3 advmod 3 amod
        than than ADP IN 1 fixed 3 quantmod
        forty forty NUM CD 4 nummod 4 nummod
        fled flee VERB VBD 0 root 0 ROOT""",
    "at least before a number": """
        At at ADP IN 3 advmod 2 advmod
        least least ADJ JJS 1 fixed 3 advmod
        ten ten NUM CD 4 nsubj 4 nsubj
        fled flee VERB VBD 0 root 0 ROOT""",
    "the month heads a date": """
        On on ADP IN 3 case 4 prep
        May May PROPN NNP 3 nmod:unmarked 1 pobj
        9 9 NUM CD 4 obl 2 nummod
        fled flee VERB VBD 0 root 0 ROOT""",
    "the number heads its currency": """
        They they PRON PRP 2 nsubj 2 nsubj
        paid pay VERB VBD 0 root 0 ROOT
        $ $ SYM $ 2 obj 5 quantmod
        5 5 NUM CD 5 compound 5 compound
        million million NUM CD 3 nummod 2 dobj""",
    "an adverb before a number is quantmod": """
        Nearly nearly ADV RB 2 advmod 2 quantmod
        sixty sixty NUM CD 3 nummod 3 nummod
        fled flee VERB VBD 0 root 0 ROOT""",
    "complements of linking and naming verbs": """
        Ruiz Ruiz PROPN NNP 3 nsubj:pass 3 nsubjpass
        was be AUX VBD 3 aux:pass 3 auxpass
        named name VERB VBN 0 root 0 ROOT
        governor governor NOUN NN 3 xcomp 3 oprd
        and and CCONJ CC 6 cc 3 cc
        became become VERB VBD 3 conj 3 conj
        rich rich ADJ JJ 6 xcomp 6 acomp""",
    "nouns before nouns are compound, adjectives amod": """
        The the DET DT 3 det 3 det
        Supreme Supreme PROPN NNP 3 amod 3 compound
        Court Court PROPN NNP 4 nsubj 4 nsubj
        ruled rule VERB VBD 0 root 0 ROOT""",
    "a stranded preposition is prep": """
        The the DET DT 2 det 2 det
        house house NOUN NN 5 nsubj 5 nsubj
        they they PRON PRP 4 nsubj 4 nsubj
        lived live VERB VBD 2 acl:relcl 2 relcl
        burned burn VERB VBD 0 root 0 ROOT
        in in ADP IN 5 obl 5 prep""",
    "interjections and vocatives": """
        Well well INTJ UH 4 discourse 4 intj
        , , PUNCT , 1 punct 1 punct
        Rosa Rosa PROPN NNP 4 vocative 4 npadvmod
        listen listen VERB VB 0 root 0 ROOT""",
}


def parsed(case: str):
    rows = [line.split() for line in case.strip().splitlines()]
    nodes = [
        convert.Node(number, form, lemma, pos, tag, int(head), rel)
        for number, (form, lemma, pos, tag, head, rel, _, _) in enumerate(rows, 1)
    ]
    return convert.Tree(nodes), [(row[0], int(row[6]), row[7]) for row in rows]


@pytest.mark.parametrize("name", CASES)
def test_conversion_gives_the_hand_made_tree(name):
    tree, expected = parsed(CASES[name])
    convert.convert(tree)
    assert [(node.form, node.head, node.rel) for node in tree.nodes] == expected


@pytest.mark.parametrize("name", CASES)
def test_conversion_leaves_a_projective_tree(name):
    tree, _ = parsed(CASES[name])
    convert.convert(tree)
    assert tree.is_tree()
    assert tree.crossings() == 0


def test_unknown_relation_is_refused_with_the_sentence_named():
    node = convert.Node(1, "Stop", "stop", "VERB", "VB", 0, "root")
    other = convert.Node(2, "it", "it", "PRON", "PRP", 1, "madeup")
    with pytest.raises(ValueError, match=r"sent_id = s1.*madeup"):
        convert.convert(convert.Tree([node, other], ["# sent_id = s1"]))


def test_reading_keeps_spaces_of_split_words_and_skips_empty_nodes(tmp_path):
    path = tmp_path / "a.conllu"
    path.write_text(
        "# sent_id = a1\n"
        "1\tThey\tthey\tPRON\tPRP\t_\t4\tnsubj\t_\t_\n"
        "2-3\tcan't\t_\t_\t_\t_\t_\t_\t_\t_\n"
        "2\tca\tcan\tAUX\tMD\t_\t4\taux\t_\t_\n"
        "3\tn't\tnot\tPART\tRB\t_\t4\tadvmod\t_\t_\n"
        "4\tswim\tswim\tVERB\tVB\t_\t0\troot\t_\tSpaceAfter=No\n"
        "4.1\tswim\tswim\tVERB\tVB\t_\t_\t_\t_\t_\n"
        "5\t.\t.\tPUNCT\t.\t_\t4\tpunct\t_\t_\n\n",
        encoding="utf-8",
    )
    (tree,) = convert.read_conllu(path)
    assert [(node.form, node.space) for node in tree.nodes] == [
        ("They", True),
        ("ca", False),
        ("n't", True),
        ("swim", False),
        (".", True),
    ]


def test_a_line_with_too_few_columns_is_named(tmp_path):
    path = tmp_path / "bad.conllu"
    path.write_text("1\tThey\tthey\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"bad.conllu, line 1: 3 columns"):
        list(convert.read_conllu(path))
