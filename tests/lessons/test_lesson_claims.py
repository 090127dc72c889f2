"""The claims of a lesson in Markdown, and what a model says of those that rules cannot decide."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from engine.lessons.claims.lesson import lesson_claims, lesson_says
from engine.lessons.llm.critic import CLAIMS_A_CALL, JudgedClaims, judged
from engine.lessons.llm.engine import LLMCourseEngine
from engine.lessons.llm.schemas import WrittenTopic
from engine.lessons.schemas import (
    CheckedBy,
    ClaimDraft,
    ClaimPlace,
    TopicDraft,
    TopicRequest,
    Verdict,
)
from engine.llm.errors import ProviderError
from engine.llm.prompting import Prompt
from engine.llm.providers import Task
from tests.lessons.books import passage

WATER = "Water boils at 100 \u00b0C at sea level. Ice floats on water, because it is less dense."
SALT = "| Salt | Mass (g) |\n|---|---|\n| Halite | 36 |\n| Sylvite | 34 |"


def claims(content: str, *cited: str, terms: Sequence[tuple[str, str]] = ()) -> list[ClaimDraft]:
    return lesson_claims(content, terms, cited or (WATER,), language="en")


def test_sentences_cells_and_terms_are_claims() -> None:
    content = (
        "Water boils at 90 \u00b0C at sea level [^1].\n\n"
        "| Salt | Mass (g) |\n|---|---|\n| Halite | 34 |\n\n[^2]"
    )
    terms = [("ice", "Ice floats on water, because it is less dense.")]
    found = claims(content, WATER, SALT, terms=terms)
    assert [(one.place, one.verdict, one.citations) for one in found] == [
        (ClaimPlace.SENTENCE, Verdict.CONTRADICTED, (1,)),
        (ClaimPlace.CELL, Verdict.CONTRADICTED, (2,)),
        (ClaimPlace.TERM, Verdict.STATED, ()),
    ]
    assert "100 \u00b0C" in found[0].reason
    assert "34 g" in found[1].reason


def test_a_sentence_is_compared_with_the_passages_that_it_cites() -> None:
    wrong, right = claims("Ice floats on water [^1]. Ice floats on water [^2].", SALT, WATER)
    assert wrong.verdict is not Verdict.STATED
    assert right.verdict is Verdict.STATED


def test_a_number_beyond_the_citations_is_ignored() -> None:
    (one,) = claims("Ice floats on water [^7].")
    assert one.verdict is Verdict.STATED


def test_of_a_translation_numbers_are_compared() -> None:
    right, wrong = lesson_claims(
        "Wasser siedet bei 100 \u00b0C [^1]. Wasser siedet bei 80 \u00b0C [^1].",
        [],
        [WATER],
        language="de",
        source_language="en",
    )
    assert (right.verdict, wrong.verdict) == (Verdict.NOT_CHECKED, Verdict.CONTRADICTED)


def test_a_question_claims_nothing() -> None:
    (one,) = claims("How cold is ice on a lake? Ice floats on water [^1].")
    assert one.text == "Ice floats on water."


# --- the critic


class Critic:
    """Answers with given verdicts; a lesson is what `lesson` says."""

    def __init__(self, *rows: dict[str, Any], error: Exception | None = None) -> None:
        self.rows, self.error = rows, error
        self.prompts: list[Prompt] = []
        self.lesson: WrittenTopic | None = None

    def model_name(self, task: Task) -> str:
        return str(task)

    def keeps_schema(self, _task: Task) -> bool:
        return True

    def weaker_mode(self, _task: Task) -> str:
        return ""

    async def ask(self, task: Task, prompt: Prompt, *_: Any) -> Any:
        if task is Task.TOPIC:
            return self.lesson
        assert task is Task.CRITIC
        self.prompts.append(prompt)
        if self.error:
            raise self.error
        return JudgedClaims.model_validate({"claims": list(self.rows)})


def row(number: int, verdict: str, *evidence: int, reason: str = "") -> dict[str, Any]:
    return {"number": number, "verdict": verdict, "evidence": evidence, "reason": reason}


def open_claim(text: str = "Frozen water swims.") -> ClaimDraft:
    return ClaimDraft(ClaimPlace.SENTENCE, text, (1,), Verdict.NOT_CHECKED)


def judge(critic: Critic, *given: ClaimDraft) -> list[ClaimDraft]:
    return asyncio.run(judged(critic, given, [passage(WATER)], "en"))


def test_the_critic_judges_what_rules_left_open() -> None:
    decided = ClaimDraft(ClaimPlace.SENTENCE, "Ice floats.", (1,), Verdict.STATED)
    critic = Critic(row(1, "stated", 2), row(2, "contradicted", 1, reason="It is 100."))
    first, second, third = judge(critic, decided, open_claim(), open_claim("It boils at 9."))
    assert first is decided
    assert (second.verdict, second.checked_by) == (Verdict.STATED, CheckedBy.CRITIC)
    assert second.evidence == "Ice floats on water, because it is less dense."
    assert (third.verdict, third.reason) == (Verdict.CONTRADICTED, "It is 100.")
    assert third.doubt > 0.5
    (prompt,) = critic.prompts
    assert "[2] Ice floats on water" in prompt.user
    assert "Ice floats.\n" not in prompt.user


def test_the_critic_has_the_last_word_on_what_rules_doubt() -> None:
    doubted = replace(open_claim(), verdict=Verdict.CONTRADICTED, doubt=0.8, reason="Order.")
    (one,) = judge(Critic(row(1, "stated", 2)), doubted)
    assert (one.verdict, one.doubt, one.reason) == (Verdict.STATED, 0.0, "")
    (one,) = judge(Critic(row(1, "stated")), doubted)
    assert one is doubted


def test_a_result_that_the_rules_worked_out_is_judged_too() -> None:
    by_chance = replace(open_claim("Two lakes boil at 200."), verdict=Verdict.DERIVED)
    (one,) = judge(Critic(row(1, "contradicted", 1, reason="It adds up nothing.")), by_chance)
    assert one.verdict is Verdict.CONTRADICTED


@pytest.mark.parametrize(
    "answer", [row(1, "stated"), row(1, "derived", 99), row(7, "contradicted", 1)]
)
def test_a_verdict_without_proof_or_claim_is_ignored(answer: dict[str, Any]) -> None:
    (one,) = judge(Critic(answer), open_claim())
    assert one == open_claim()


def test_what_claims_nothing_is_left_out() -> None:
    task = open_claim("Task: you fill a bottle.")
    (one,) = judge(Critic(row(1, "no_claim"), row(2, "stated", 2)), task, open_claim())
    assert one.text == open_claim().text


def test_a_lesson_is_judged_in_few_calls() -> None:
    critic = Critic(row(1, "stated", 1))
    found = judge(critic, *(open_claim() for _ in range(CLAIMS_A_CALL + 1)))
    assert len(critic.prompts) == 2
    # In equal parts.
    stated = [n for n, one in enumerate(found) if one.verdict is Verdict.STATED]
    assert stated == [0, (CLAIMS_A_CALL + 1) // 2]


def test_the_critic_reads_what_a_claim_follows() -> None:
    content = (
        "Ice floats on water, because it is less dense. [^1] It swims on top. [^1] It is cold. [^1]"
        "\n\n"
        "::: check\nDoes it float?\n::: answer\nIt does indeed. [^1]\n:::"
    )
    said = lesson_says(content, [], "en")
    critic = Critic(row(1, "stated", 2))
    first, *others = claims(content)
    assert first.verdict is Verdict.STATED
    before = [one.before for one in said]
    asyncio.run(judged(critic, [first, *others], [passage(WATER)], "en", before))
    assert critic.prompts[0].user.split("<claims-")[1].splitlines()[1:4] == [
        "[1] (Ice floats on water, because it is less dense.) It swims on top.",
        "[2] It is cold.",
        "[3] (Does it float?) It does indeed.",
    ]


def test_nothing_is_asked_where_all_is_decided() -> None:
    critic = Critic()
    judge(critic, ClaimDraft(ClaimPlace.SENTENCE, "Ice floats.", (1,), Verdict.STATED))
    assert critic.prompts == []


def written(critic: Critic) -> TopicDraft:
    critic.lesson = WrittenTopic.model_validate(
        {
            "sections": [
                {
                    "heading": "Ice",
                    "paragraphs": [
                        {
                            "text": "Frozen water swims. Water boils at 80 \u00b0C at sea level.",
                            "passages": [1],
                        }
                    ],
                }
            ],
            "beyond": "Ice is found on Mars too.",
        }
    )
    engine = LLMCourseEngine(critic, outline_tokens=1000, topic_tokens=1000)
    request = TopicRequest("C", "M", "Water", "en", (passage(WATER),))
    draft = asyncio.run(engine.write_topic(request))
    return asyncio.run(engine.check_claims(draft, request))


def test_a_lesson_has_the_verdicts_of_rules_and_critic() -> None:
    draft = written(Critic(row(1, "stated", 2)))
    assert [(claim.verdict, claim.checked_by) for claim in draft.claims] == [
        (Verdict.STATED, CheckedBy.CRITIC),
        (Verdict.CONTRADICTED, CheckedBy.RULES),
    ]


def test_a_critic_that_is_away_is_an_error() -> None:
    with pytest.raises(ProviderError):
        written(Critic(error=ProviderError("It is down.", permanent=True)))
