"""Has a model judge the claims of a lesson, with or without a doubt of the rules.

It is another call with another prompt than the writer's, of another model if there is one. It
sees claims and sentences by number, and answers with a verdict for each and the numbers of the
sentences that prove it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from pydantic import Field

from engine.language.sentences import split_sentences
from engine.lessons.llm.fence import UNTRUSTED, fenced
from engine.lessons.llm.schemas import Answer, Text
from engine.lessons.schemas import CheckedBy, ClaimDraft, SourcePassage, Verdict
from engine.llm.prompting import Asks, Prompt
from engine.llm.providers import Task

# What a lesson says fits into one call, and takes some 25 tokens a claim to answer.
CLAIMS_A_CALL = 60
_DOUBTS = {Verdict.CONTRADICTED: 0.9, Verdict.NOT_IN_SOURCE: 0.8}
_MAX_EVIDENCE = 3
_TASK = """\
You check a lesson that somebody else wrote against the source it was written from. You are given \
numbered sentences of the source and numbered claims of the lesson. Judge each claim by the source \
alone, whatever else you know:

- stated: one or more sentences of the source say it, maybe in other words.
- derived: it follows from them by ordinary arithmetic, unit conversion or plain reasoning.
- not_in_source: the source does not say it, even if it is true.
- contradicted: the source says otherwise.
- no_claim: it says nothing of the subject. It sets the task of an example, speaks of the lesson \
itself, or tells learners what they gain by learning it.

Look closely at who does what, numbers and units, "all" and "some", "must" and "may", negations, \
the order of steps, what causes what, and which row and column of a table a value stands in. \
A claim with one wrong detail is contradicted, and one with an added detail is not in the source. \
Words in parentheses before a claim are what it follows in the lesson: read the claim with them, \
and judge the claim alone.

Give for each claim its number, the verdict, the numbers of the sentences that prove it (for \
not_in_source and no_claim: none), and where you doubt it one short sentence that says why."""


class JudgedClaim(Answer):
    number: int = Field(description="the claim's number")
    evidence: list[int] = Field(description="numbers of the source's sentences that prove it")
    verdict: Literal["stated", "derived", "not_in_source", "contradicted", "no_claim"]
    reason: Text = Field(description="why it is doubted, in one sentence; else ''")


class JudgedClaims(Answer):
    claims: list[JudgedClaim]


async def judged(
    model: Asks,
    claims: Sequence[ClaimDraft],
    passages: Sequence[SourcePassage],
    language: str,
    before: Sequence[str] = (),
) -> list[ClaimDraft]:
    """Returns the claims with the critic's verdicts, but for those that quote the source.

    Rules that read no meaning doubt sound sentences of a lesson in words of its own, and take a
    result for derived that other numbers give by chance: what they say is a verdict only where
    the critic has none. What the critic finds to be no claim is left out. `passages` are those
    that the lesson was written from, `before` the sentences or questions that the claims follow
    there, "" for none. Raises AIError.
    """
    open_ = [n for n, claim in enumerate(claims) if claim.verdict is not Verdict.STATED]
    found: list[ClaimDraft | None] = list(claims)
    source = [one for passage in passages for one in split_sentences(passage.text, language)]
    calls = -(-len(open_) // CLAIMS_A_CALL)
    for call in range(calls):
        numbers = open_[len(open_) * call // calls : len(open_) * (call + 1) // calls]
        asked = [claims[number].text for number in numbers]
        follows = [before[number] if before else "" for number in numbers]
        answer = await model.ask(Task.CRITIC, prompt(asked, follows, source), JudgedClaims)
        for one in answer.claims:
            if 1 <= one.number <= len(asked):
                number = numbers[one.number - 1]
                is_claim = one.verdict != "no_claim"
                found[number] = _with_verdict(claims[number], one, source) if is_claim else None
    return [claim for claim in found if claim is not None]


def prompt(claims: Sequence[str], before: Sequence[str], source: Sequence[str]) -> Prompt:
    sentences = fenced("source", _numbered(source))
    # What is not judged here, but is needed to understand what is.
    shown = [
        f"({words}) {claim}" if words and words != previous else claim
        for claim, words, previous in zip(claims, before, ("", *claims), strict=False)
    ]
    lesson = fenced("claims", _numbered(shown))
    return Prompt(f"{_TASK}\n\n{UNTRUSTED}", f"{sentences}\n\n{lesson}")


def _numbered(texts: Sequence[str]) -> str:
    return "\n".join(f"[{n}] {' '.join(text.split())}" for n, text in enumerate(texts, start=1))


def _with_verdict(claim: ClaimDraft, one: JudgedClaim, source: Sequence[str]) -> ClaimDraft:
    """Returns the claim as judged; a "stated" that names no sentence proves nothing."""
    verdict = Verdict(one.verdict)
    evidence = [" ".join(source[n - 1].split()) for n in one.evidence if 1 <= n <= len(source)]
    if verdict in (Verdict.STATED, Verdict.DERIVED) and not evidence:
        return claim
    return replace(
        claim,
        verdict=verdict,
        evidence=" ".join(evidence[:_MAX_EVIDENCE]) or claim.evidence,
        reason=" ".join(one.reason.split()),
        doubt=_DOUBTS.get(verdict, 0.0),
        checked_by=CheckedBy.CRITIC,
    )
