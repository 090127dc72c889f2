"""The document's own exercises as questions of a quiz, with the answers that it prints.

They come first; an engine writes the rest. What the document prints no key for, and what the item
checks refuse, is handed to staff as not used, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import zip_longest
from typing import Any

from pydantic import ValidationError

from engine.language.answer_words import (
    CHOOSE_ALL,
    ELSEWHERE,
    FALSE,
    NAMES_CHOICES,
    NAMES_OTHERS,
    TASK,
    TRUE,
    TRUE_OR_FALSE,
    answer_of_the_book,
)
from engine.language.words import base_language, normalise
from engine.lessons.answer_keys import PrintedQuestion
from engine.lessons.schemas import SourcePassage
from engine.questions.formats import (
    Body,
    MultipleAnswers,
    Numeric,
    QuestionFormat,
    ShortAnswer,
    TrueFalse,
)
from engine.questions.item_checks import (
    BLANK,
    MAX_CHOICES,
    MIN_CHOICES,
    IssueCode,
    check_question,
    check_quiz,
)
from engine.questions.printed_rules import Fault, faults
from engine.questions.proofs import NEGATED, Chapter, Said, in_chapters_of
from engine.questions.schemas import (
    AskedQuestion,
    BloomLevel,
    Difficulty,
    ItemIssue,
    QuestionDraft,
    QuestionKind,
    QuizDraft,
    QuizEngine,
    QuizRequest,
    RejectedQuestion,
    refusals,
)

NEEDS_KEY, QUIZ_IS_FULL, KEY_DOUBTED = "needs_key", "quiz_is_full", "key_doubted"
MAX_OFFERED = 40  # questions of a quiz that are handed to staff
_MAX_STEM, _MAX_CHOICE = 700, 240  # letters
_MAX_SHORT, _MAX_SHORT_WORDS, _MAX_DIGITS = 80, 3, 15
_ROUNDED = Decimal("0.01")  # share of a measured result
_DOUBT_SHARE, _DOUBT_WORDS = 0.75, 3
_GAP = re.compile(r"_{2,}(?:\s*_{2,})*|\.{5,}|\u2026{2,}")
_BROKEN = re.compile(r"\(cid:|[\ufffd\uf000-\uf8ff\u25a1]|https?:|www\.|\s[.,;:](?:\s|$)|\w{36}")
_ASKS = re.compile(r"[?:\u2026]\W*$|_{2,}|[^.!]$")
_OF_EACH = re.compile(r"\b(?:each|every|all) (?:of|one)\b|\bwhether\b|\bjeweils\b|\bchacun", re.I)
_ASKS_FOR_A_NAME = re.compile(r"(?:what|which|who|wer|was|welche[rs]?)\b[^?.]*\?$", re.I)
_UNIT = r"[%\u00b0\u00b5\u03bcA-Za-z][\w/\u00b7\u00b2\u00b3\u207b\u00b9%\u00b0]{0,11}"
_NUMBER = re.compile(
    r"(?:[\w ]{1,12} ?= ?)?(?P<sign>[-\u2212])?"
    r"(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    rf"(?: ?(?P<unit>{_UNIT}(?: [A-Za-z]{{1,8}})?))?\.?"
)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A question that can be asked as far as its own words go. `said` is where the text says
    the answer, `doubt` that it says another."""

    draft: QuestionDraft
    question: PrintedQuestion
    said: Said | None = None
    doubt: ItemIssue | None = None


async def write_with_printed(engine: QuizEngine, request: QuizRequest) -> QuizDraft:
    """Returns a quiz of the document's own questions first, and of the engine's for the rest.

    The engine is told what is asked already, and what it writes nonetheless about the same is left
    out.
    """
    own, out = _own(request)
    if len(own) >= request.size > 0:
        return QuizDraft(tuple(one.draft for one in own), tuple(out))
    asked = [AskedQuestion(one.draft.stem, one.draft.passage_id, one.draft.quote) for one in own]
    asked += [AskedQuestion("", one.said.passage_id, one.said.text) for one in own if one.said]
    written = await engine.write_quiz(
        replace(
            request,
            size=request.size - len(own),
            asked=(*request.asked, *asked),
            beside=len(own),
        )
    )
    return _joined([one.draft for one in own], out, written, request)


def _joined(
    own: Sequence[QuestionDraft],
    out: Sequence[RejectedQuestion],
    written: QuizDraft,
    request: QuizRequest,
) -> QuizDraft:
    if not own:
        return replace(written, rejected=(*written.rejected, *out))
    both = [*own, *written.questions]
    found = check_quiz(both, language=request.language)
    kept = [*own, *(one for one, issues in list(zip(both, found, strict=True))[len(own) :]
                    if not refusals(issues))]  # fmt: skip
    order = {topic.id: place for place, topic in enumerate(request.topics)}
    kept.sort(key=lambda one: order.get(one.topic_id, len(order)))
    return replace(written, questions=tuple(kept), rejected=(*written.rejected, *out))


def asked_in_quizzes(
    questions: Sequence[PrintedQuestion], language: str, taught: Sequence[SourcePassage]
) -> tuple[PrintedQuestion, ...]:
    """Returns those that quizzes ask, which lessons do not print as practice.

    `taught` are the passages of their chapters.
    """
    chapter = Chapter(taught, language)
    return tuple(
        one
        for one in questions
        if (made := _candidate(one, 0, chapter, language))
        and not refusals(_issues(made, chapter, language))
    )


def printed_with(
    questions: Sequence[PrintedQuestion], passages: Collection[int]
) -> tuple[PrintedQuestion, ...]:
    """Returns those that begin in one of the passages, which are named by their ids."""
    return tuple(one for one in questions if one.passage.id in passages)


def _own(request: QuizRequest) -> tuple[list[_Candidate], list[RejectedQuestion]]:
    """Returns what is asked in the order of the topics, and what is handed to staff."""
    source_language = request.source_language or request.language
    if base_language(source_language) != base_language(request.language):
        return [], []
    own = [passage for topic in request.topics for passage in topic.passages]
    exercises = [one.passage for topic in request.topics for one in topic.printed]
    around = in_chapters_of([*own, *exercises], request.context)
    chapter = Chapter([*own, *around], request.language)
    seen = {normalise(stem) for stem in request.avoid_stems}
    by_topic: list[list[_Candidate]] = []
    out: list[RejectedQuestion] = []
    for topic in request.topics:
        by_topic.append([])
        for question in topic.printed:
            made = _candidate(question, topic.id, chapter, request.language)
            if made is None or normalise(made.draft.stem) in seen:
                continue
            seen.add(normalise(made.draft.stem))
            issues = _issues(made, chapter, request.language)
            if refusals(issues):
                out.append(RejectedQuestion(made.draft, refusals(issues)))
            else:
                by_topic[-1].append(replace(made, draft=replace(made.draft, notes=issues)))
        by_topic[-1].sort(key=lambda one: _RANKS.index(one.draft.format))
    in_turn = [one for row in zip_longest(*by_topic) for one in row if one]
    in_turn.sort(key=lambda one: _RANKS.index(one.draft.format))
    chosen, left = in_turn[: request.size], in_turn[request.size :]
    if request.is_final:
        full = ItemIssue(QUIZ_IS_FULL, "The quizzes are full. Approve it to have it asked.")
        out = [RejectedQuestion(one.draft, (full,)) for one in left]
    order = {topic.id: place for place, topic in enumerate(request.topics)}
    chosen.sort(key=lambda one: order[one.draft.topic_id])
    return chosen, out[:MAX_OFFERED]


# Statements to judge come last: half of them are right by chance.
_RANKS = (
    *(QuestionFormat.SINGLE, QuestionFormat.MULTIPLE, QuestionFormat.NUMERIC),
    *(QuestionFormat.SHORT, QuestionFormat.TRUE_FALSE),
)


def _issues(made: _Candidate, chapter: Chapter, language: str) -> tuple[ItemIssue, ...]:
    if made.question.key is None:
        words = "The document prints no answer to it. Mark the right one to have it asked."
        return (ItemIssue(NEEDS_KEY, words),)
    right, wrong = _right_and_wrong(made.question)
    found = check_question(made.draft, made.question.passage.text, language=language)
    found = tuple(
        replace(one, is_note=False) if one.code == IssueCode.CUE_WORDS else one for one in found
    )
    if wrong and made.draft.body is None:
        found += tuple(faults(made.draft.stem, right, wrong, chapter=chapter, language=language))
    # Several answers and numbers are worked out; what is told needs a reason.
    is_told = made.draft.body is None or isinstance(made.draft.body, ShortAnswer | TrueFalse)
    if _printed_reason(made.question):
        found += (replace(made.doubt, is_note=True),) if made.doubt else ()
    elif is_told and not made.said:
        words = "No sentence of the text says the answer. Write the reason, then approve it."
        found += (made.doubt or ItemIssue(Fault.NO_REASON, words),)
    return found


def _candidate(
    question: PrintedQuestion, topic_id: int, chapter: Chapter, language: str
) -> _Candidate | None:
    """Returns the exercise as a question; None if it needs what is not shown, or is none to ask."""
    stem = _GAP.sub(BLANK, TRUE_OR_FALSE.sub("", question.stem)).strip()
    if question.needs_more or not _stands_alone(stem, question.choices):
        return None
    form = _form(question, stem)
    if form is None:
        return None
    right, wrong = _right_and_wrong(question)
    body = form.get("body")
    answers = body.accepted if isinstance(body, ShortAnswer) else (right,)
    said = next(filter(None, (chapter.says(stem, one, wrong) for one in answers if one)), None)
    reason = said or (chapter.defines(right, wrong) if wrong else None)
    # Of a question for what is no such thing, the text says each of the others.
    may_doubt = right and not said and not NEGATED.search(stem)
    doubt = _said_otherwise(stem, right, wrong, chapter) if may_doubt else None
    draft = QuestionDraft(
        kind=QuestionKind.PRINTED,
        stem=stem,
        choices=form.get("choices", ()),
        correct=form.get("correct", 0),
        explanation=_explanation(question, reason, language),
        difficulty=Difficulty.MEDIUM,
        bloom=BloomLevel.APPLY if isinstance(body, Numeric) else BloomLevel.UNDERSTAND,
        topic_id=topic_id,
        passage_id=question.passage.id,
        quote=question.quote,
        support=1.0,
        body=body,
    )
    return _Candidate(draft, question, reason, doubt)


def _said_otherwise(
    stem: str, right: str, wrong: Sequence[str], chapter: Chapter
) -> ItemIssue | None:
    """Returns a doubt where the text says one of the choices that the key calls wrong.

    Keys have misprints, too.
    """
    for place, choice in enumerate(wrong):
        others = (right, *wrong[:place], *wrong[place + 1 :])
        if said := chapter.says(stem, choice, others, share=_DOUBT_SHARE, count=_DOUBT_WORDS):
            words = f"The text may say \u201c{choice}\u201d instead: \u201c{said.text}\u201d"
            return ItemIssue(KEY_DOUBTED, words)
    return None


def _stands_alone(stem: str, choices: Sequence[str]) -> bool:
    """Whether it is whole, and points to nothing that learners do not see."""
    first = next((char for char in stem if char.isalnum() or char == "_"), "")
    longest = max(map(len, choices), default=0)
    if not first or first.islower() or len(stem) > _MAX_STEM or longest > _MAX_CHOICE:
        return False
    if any(map(NAMES_OTHERS.search, choices)):
        return False
    return not any(ELSEWHERE.search(text) or _BROKEN.search(text) for text in (stem, *choices))


def _form(question: PrintedQuestion, stem: str) -> dict[str, Any] | None:
    """Returns choices and the right one, or a body; None for what cannot be asked in any form."""
    key, choices = question.key, question.choices
    if key is None:
        return {"choices": choices, "correct": -1} if _can_be_marked(stem, choices) else None
    if choices:
        return _choice_form(key.right, choices, stem)
    body = _body(key.truth, key.words, stem)
    return {"body": body} if body else None


def _can_be_marked(stem: str, choices: Sequence[str]) -> bool:
    """Whether the lines below a question without a key are surely choices, not parts of a task."""
    tasks = sum(bool(TASK.match(one)) or one.rstrip().endswith("?") for one in choices)
    is_task = bool(TASK.match(stem)) or tasks > 1 or bool(CHOOSE_ALL.search(stem))
    is_task = is_task or bool(_OF_EACH.search(stem))
    return MIN_CHOICES <= len(choices) <= MAX_CHOICES and not is_task and bool(_ASKS.search(stem))


def _choice_form(
    right: tuple[int, ...], choices: tuple[str, ...], stem: str
) -> dict[str, Any] | None:
    plain = [one.strip(" .") for one in choices]
    judged = [(bool(TRUE.fullmatch(one)), bool(FALSE.fullmatch(one))) for one in plain]
    if sorted(judged) == [(False, True), (True, False)] and len(right) == 1:
        return {"body": TrueFalse(correct=judged[right[0]][0])}
    if CHOOSE_ALL.search(stem):
        try:
            return {"body": MultipleAnswers(choices=choices, correct=right)}
        except ValidationError:
            return None  # the same choice twice
    # Two letters may mean that both are right together, or that each is.
    return {"choices": choices, "correct": right[0]} if len(right) == 1 else None


def _body(truth: bool | None, words: str, stem: str) -> Body | None:  # noqa: FBT001 - the key
    if truth is not None:
        is_statement = not stem.endswith("?") and BLANK not in stem
        return TrueFalse(correct=truth) if is_statement else None
    if stem.count("?") > 1 or re.search(r"(?:^|\s)\(?[a-c][.)]\s", stem):
        return None
    number = _NUMBER.fullmatch(words)
    if number:
        return _numeric(number, stem)
    return _short(words, stem)


def _numeric(number: re.Match[str], stem: str) -> Numeric | None:
    """Returns a number that is asked for: a result, or how many there are."""
    asks = re.search(r"\d|how (?:many|much)|wie ?viele?|combien|cu\u00e1nt", stem, re.I)
    if not asks or (not stem.endswith("?") and not TASK.match(stem)):
        return None
    digits = number["number"].replace(",", "")
    if len(digits) > _MAX_DIGITS:
        return None
    decimals = len(digits.partition(".")[2])
    answer = Decimal(f"-{digits}" if number["sign"] else digits)
    unit = (number["unit"] or "").strip()
    # What is counted is exact; what is measured was rounded, on the way too.
    is_measured = decimals or unit
    rounded = Decimal(5) / Decimal(10) ** (decimals + 1)
    tolerance = max(rounded, abs(answer) * _ROUNDED) if is_measured else Decimal(0)
    return Numeric(answer=answer, tolerance=tolerance.normalize(), unit=unit)


def _short(words: str, stem: str) -> ShortAnswer | None:
    """Returns a word or name for the only gap, or for a question that asks for a name."""
    if len(words) > _MAX_SHORT:
        return None
    is_gap = stem.count(BLANK) == 1
    is_name = BLANK not in stem and _ASKS_FOR_A_NAME.fullmatch(stem)
    if not (is_gap or is_name) or not re.fullmatch(r"[\w' \u2019()-]+\.?", words):
        return None
    parts = re.split(r"\s+(?:or|oder|ou|o)\s+|\s*\((?:or |oder )?|\)\s*", words.rstrip("."))
    accepted = tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))
    if not accepted or max(len(one.split()) for one in accepted) > _MAX_SHORT_WORDS:
        return None
    if re.fullmatch(
        r"(?:yes|no|answers? (?:will|may)? ?var\w*|varies|none|ja|nein)", accepted[0], re.I
    ):
        return None
    return ShortAnswer(accepted=accepted)


def _right_and_wrong(question: PrintedQuestion) -> tuple[str, tuple[str, ...]]:
    """Returns the words of the right answer and of the others; "" where there are not one's."""
    key = question.key
    if key is None or (question.choices and len(key.right) != 1):
        return "", ()
    if not question.choices:
        return key.words, ()
    right = key.right[0]
    return question.choices[right], (*question.choices[:right], *question.choices[right + 1 :])


def _explanation(question: PrintedQuestion, said: Said | None, language: str) -> str:
    """Returns the reason that is printed, else the sentence of the text, and where the key is."""
    if question.key is None:
        return ""
    source = answer_of_the_book(question.key.page, language)
    reason = _printed_reason(question) or (f"\u201c{said.text}\u201d" if said else "")
    return " ".join(filter(None, (reason, source))) or question.key.quote


def _printed_reason(question: PrintedQuestion) -> str:
    """Returns the reason that is printed with the answer, "" if it needs the book at hand."""
    reason = question.key.explanation if question.key else ""
    return "" if NAMES_CHOICES.search(reason) or ELSEWHERE.search(reason) else reason
