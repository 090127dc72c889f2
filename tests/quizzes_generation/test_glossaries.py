"""Questions about the entries of a glossary."""

from __future__ import annotations

from dataclasses import replace

from engine.questions.extractive.glossary import glossary_items
from engine.questions.extractive.items import Item
from engine.questions.extractive.material import read_material
from engine.questions.schemas import QuizRequest, QuizTopic
from tests.quizzes_generation.notes import request

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
