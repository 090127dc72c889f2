"""Questions about the entries of a glossary."""

from __future__ import annotations

from dataclasses import replace

from engine.questions.extractive.engine import write_quiz
from engine.questions.extractive.glossary import glossary_items
from engine.questions.extractive.items import Item
from engine.questions.extractive.material import read_material
from engine.questions.formats import QuestionFormat, TrueFalse
from engine.questions.schemas import QuizRequest, QuizTopic
from tests.questions.notes import request

KIDNEY = (
    "# Kidneys\n\n## How kidneys work\n\nBlood enters the glomerulus. The renal artery and the "
    "renal vein lie side by side. Each nephron has a glomerulus, a tubule and a collecting duct, "
    "and the ureter leads to the bladder.\n\n## Key terms\n\n"
    "afferent arteriole: vessel that brings blood into the filter of a nephron\n\n"
    "efferent arteriole: vessel that takes cleaned blood out of the filter\n\n"
    "glomerulus: knot of capillaries in which blood is filtered\n\n"
    "renal artery: vessel that carries blood from the aorta to the kidney\n\n"
    "renal vein: vessel that carries blood from the kidney to the large vein of the body\n\n"
    "ureter: (also, urinary duct) tube that carries urine from the kidney to the bladder\n\n"
    "urethra: tube that carries urine from the bladder out of the body; longer in men"
)


def _request(markdown: str) -> QuizRequest:
    """The glossary stands in the document, and no topic teaches it."""
    whole = request(markdown)
    *taught, glossary = whole.topics[0].passages
    topic = replace(whole.topics[0], passages=tuple(taught))
    return replace(whole, topics=(topic,), context=(*taught, glossary))


def _asked_terms(markdown: str) -> list[Item]:
    return list(glossary_items(read_material(_request(markdown))))


def test_terms_of_a_glossary_are_asked_among_those_of_their_kind() -> None:
    vessels = {"afferent arteriole", "efferent arteriole", "renal artery", "renal vein"}
    (item,) = [one for one in _asked_terms(KIDNEY) if one.answers[0] in vessels]
    assert set(item.choices) <= vessels or all("vessel" in choice for choice in item.choices)
    assert item.quote in KIDNEY
    assert item.answers[0] in item.explanation


def test_a_term_of_a_glossary_that_the_text_does_not_use_is_not_asked() -> None:
    used = {item.answers[0] for item in _asked_terms(KIDNEY)}
    assert used <= {"renal artery", "renal vein", "glomerulus", "ureter"}


def test_another_name_of_a_term_is_no_wrong_choice() -> None:
    again = "kidney vein: vessel that takes blood out of the kidney\n\nureter"
    same = KIDNEY.replace("renal vein:", "renal vein: (also, kidney vein)").replace("ureter", again)
    for item in _asked_terms(same):
        assert not {"renal vein", "kidney vein"} <= set(item.choices)


def test_a_description_that_holds_a_word_of_its_term_is_not_asked() -> None:
    told = KIDNEY.replace("vessel that carries blood from", "renal vessel that takes blood from")
    asked = {item.answers[0] for item in _asked_terms(told)}
    assert not {"renal artery", "renal vein"} & asked
    assert {"renal artery", "renal vein"} & {item.answers[0] for item in _asked_terms(KIDNEY)}


def test_each_term_is_asked_in_the_module_that_uses_it_first() -> None:
    whole = _request(KIDNEY)
    first = whole.context[0]
    later = replace(first, id=9, position=9, text="Blood leaves the glomerulus by a vessel.")
    asked = replace(whole, topics=(QuizTopic(2, "More", (later,)),))
    material = read_material(asked)
    assert not material.glossary
    assert "glomerulus" in {entry.term for entry in material.other_terms}


def test_terms_that_nothing_parts_from_their_descriptions_are_those_of_the_text() -> None:
    bare = KIDNEY.replace("renal artery:", "renal artery").replace("renal vein:", "renal vein")
    bare = bare.replace("afferent arteriole:", "afferent arteriole").replace(": (also", " (also")
    bare = bare.replace("efferent arteriole:", "efferent arteriole").replace("urethra:", "urethra")
    bare = bare.replace("glomerulus:", "glomerulus")
    found = {one.term: one.text for one in read_material(_request(bare)).glossary}
    assert found["renal artery"].startswith("vessel that carries blood from the aorta")
    assert found["glomerulus"] == "knot of capillaries in which blood is filtered"
    assert "urethra" not in found  # which the text does not use


def test_a_glossary_whose_entries_ran_together_gives_none() -> None:
    taught, _, glossary = KIDNEY.partition("## Key terms\n\n")
    joined = f"{taught}## Key terms\n\n{glossary.replace(':', '').replace(chr(10) * 2, ' ')}"
    assert not read_material(_request(joined)).glossary


BRAIN = (
    "# The brain\n\n## Parts\n\nThe pons, the medulla, the thalamus and the substantia nigra lie "
    "in the brain. An agonist and an antagonist act on it.\n\n## Key terms\n\n"
    "pons: hindbrain structure that connects the brain and spinal cord\n\n"
    "medulla: hindbrain structure that controls automated processes like breathing\n\n"
    "substantia nigra: midbrain structure where dopamine is produced\n\n"
    "thalamus: sensory relay of the brain between hindbrain and spinal cord structures\n\n"
    "agonist: drug that strengthens the effects of a neurotransmitter\n\n"
    "antagonist: drug that blocks the effects of a neurotransmitter"
)


def test_a_broad_kind_unites_terms_that_are_near_in_meaning() -> None:
    (item,) = [one for one in _asked_terms(BRAIN) if one.choices]
    assert {"pons", "medulla", "substantia nigra"} <= set(item.choices)


def test_two_siblings_make_a_statement_with_the_description_of_the_other() -> None:
    (item,) = [one for one in _asked_terms(BRAIN) if one.twin]
    said = {"agonist": "strengthens", "antagonist": "blocks"}
    (asked,) = item.answers
    (other,) = set(said) - {asked}
    assert item.body == TrueFalse(correct=False)
    assert f"\u201c{asked}\u201d means: drug that {said[other]}" in item.stem
    assert item.twin
    assert item.twin.body == TrueFalse(correct=True)
    assert f"\u201c{asked}\u201d means: drug that {said[asked]}" in item.twin.stem


def test_an_entry_that_runs_into_the_next_one_is_not_asked() -> None:
    joined = BRAIN.replace("cord\n\nmedulla", "cord medulla")
    shown = [text for item in _asked_terms(joined) for text in item.shown]
    assert not any("cord medulla" in text for text in shown)


FALLACIES = (
    "# Fallacies\n\n## Arguments\n\nA strawman, a red herring, an emotional appeal and an ad "
    "hominem are common. A fallacy of relevance misleads. A biased sample and a hasty "
    "generalization are others.\n\n## Key terms\n\n"
    "strawman fallacy of diversion that answers a weaker claim than the opponent made\n\n"
    "red herring fallacy of diversion that ignores a claim and changes the subject\n\n"
    "emotional appeal fallacy of relevance that uses feelings in the place of reasons\n\n"
    "ad hominin attack fallacy of relevance that attacks the person in the place of the claim\n\n"
    "fallacy of relevance error in reasoning in which the reasons have nothing to do with it\n\n"
    "hasty generalization fallacy of weak induction that uses too little evidence"
)


def test_a_term_that_its_glossary_spells_otherwise_is_not_cut() -> None:
    found = {one.term for one in read_material(_request(FALLACIES)).glossary}
    assert {"strawman", "red herring", "emotional appeal", "fallacy of relevance"} <= found
    assert not [term for term in found if term.startswith("ad")]


def test_a_category_stands_beside_none_of_its_members() -> None:
    for item in _asked_terms(FALLACIES):
        shown = {*item.choices, item.answers[0]}
        assert "fallacy of relevance" not in shown or not shown & {"emotional appeal", "strawman"}


def test_a_sort_that_only_one_choice_is_of_is_not_named() -> None:
    """All are fallacies, but only two of diversion: the description alone would tell them."""
    asked = [item for item in _asked_terms(FALLACIES) if item.choices]
    assert not [item for item in asked if "which term" in item.stem.lower()]


def test_a_term_of_another_sort_is_no_choice_among_cells() -> None:
    cells = (
        "# Immunity\n\n## Cells\n\nA neutrophil, a monocyte, a macrophage and a lymphocyte are "
        "cells, and peripheral tolerance is a state.\n\n## Key terms\n\n"
        "neutrophil: cell that comes from the blood to infected tissue\n\n"
        "monocyte: cell in the blood that becomes a macrophage in tissue\n\n"
        "lymphocyte: cell of the blood that makes antibodies in infected tissue\n\n"
        "peripheral tolerance: cell that comes without help and is kept from infected tissue"
    )
    for item in _asked_terms(cells):
        assert not any("peripheral" in text or "kept from" in text for text in item.choices)


CELLS = (
    "# Cells\n\n## Water in cells\n\nA hypertonic solution and a hypotonic solution change cells. "
    "A vacuole is full of water, and a membrane lets water pass.\n\n## Key terms\n\n"
    "hypertonic solution: solution with more dissolved matter than the cell that lies in it\n\n"
    "hypotonic solution: solution with less dissolved matter than the cell that lies in it\n\n"
    "vacuole: bubble in a cell that stores water and food\n\n"
    "membrane: thin skin around a cell that lets some matter pass"
)


def test_words_that_two_terms_have_in_common_tell_neither() -> None:
    (item,) = [one for one in _asked_terms(CELLS) if one.twin]
    assert item.answers[0] in ("hypertonic solution", "hypotonic solution")
    assert "means: solution with" in item.stem


def test_a_module_with_nothing_else_has_two_statements_at_most() -> None:
    pairs = [
        ("hominid", "hominin", "great apes", "humans"),
        ("stalactite", "stalagmite", "ceiling", "floor"),
        ("anode", "cathode", "positive", "negative"),
    ]  # fmt: skip
    entries = "\n\n".join(
        f"{one}: part of the group that belongs to the {this} side\n\n"
        f"{two}: part of the group that belongs to the {that} side"
        for one, two, this, that in pairs
    )
    body = " ".join(f"The {one} and the {two} differ." for one, two, *_ in pairs)
    draft = write_quiz(_request(f"# Pairs\n\n## Kinds\n\n{body}\n\n## Key terms\n\n{entries}"))
    assert sum(question.body is not None for question in draft.questions) <= 2


def test_statements_alone_make_a_quiz() -> None:
    draft = write_quiz(_request(CELLS))
    assert [question.format for question in draft.questions] == [QuestionFormat.TRUE_FALSE]
