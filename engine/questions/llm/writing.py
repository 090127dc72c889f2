"""Writes and mends the questions of a blueprint, and turns a model's answers into drafts."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from decimal import Decimal

from engine.lessons.llm.clean import plain_line
from engine.lessons.llm.fence import fenced
from engine.lessons.support import Source
from engine.llm.prompting import Prompt
from engine.questions.formats import (
    Body,
    FillIn,
    Matching,
    MultipleAnswers,
    Numeric,
    Ordering,
    QuestionFormat,
    ShortAnswer,
    TrueFalse,
)
from engine.questions.item_checks import IssueCode, right_texts
from engine.questions.llm.blueprint import (
    MAX_LISTED,
    Cell,
    already_asked,
    described,
    wishes,
)
from engine.questions.llm.material import Material
from engine.questions.llm.schemas import (
    WRITTEN,
    Answer,
    WrittenFillIn,
    WrittenMatching,
    WrittenMultiple,
    WrittenNumeric,
    WrittenOrdering,
    WrittenQuestion,
    WrittenShort,
    WrittenSingle,
    WrittenTrueFalse,
    form,
    with_evidence,
)
from engine.questions.schemas import ItemIssue, QuestionDraft, QuestionKind, QuizRequest

QUESTIONS_A_CALL = 6
MAX_STEM, MAX_TEXT = 1500, 600  # characters
DERIVED = "derived"
_SENTENCES = re.compile(r"\s*\[(\d+(?:\s*,\s*\d+)*)\]")

_RULES = """\
- Whoever has understood the material answers without seeing it: never point to a passage, text, \
table or figure. A question that needs numbers or a case states them itself.
- The stem asks one definite thing: who covers the choices can still answer it. Never "Which \
description fits?" or "Which claim is wrong?", no choices that join two facts that have nothing to \
do with each other, no blank for a whole clause.
- Exactly one answer can be defended, and the material settles it. `evidence` names the sentences \
that prove it by their numbers, none that speak of wrong choices only; copy no quotes.
- An answer may follow from the sentences by calculation, comparison or application: then say in \
`derivation` how, with the numbers. Otherwise `derivation` is ''.
- Each wrong choice is what a learner with one named misconception would choose. It is clearly \
wrong by the material, and like the right one in length, form, grammar and exactness. No "all of \
the above", no jokes, no two that mean the same.
- The wording gives nothing away: no word that only the right choice shares with the stem, no "a" \
or "an" that fits one choice. All choices are about equally long, exact and careful: no "always", \
"never", "only", "all" in wrong choices alone, no "some", "may", "often" in the right one alone. \
Count the words: the right choice is not the longest more often than by chance. Where choices have \
two parts, each part stands in two of the four, so that the right one does not stand out.
- Then cover the key: would an adult with common sense, who knows nothing of the material, find \
it? The stem states the case, never the reason that the key gives. A choice that the stem rules \
out, that nobody would believe, or that speaks of other things than the rest is none: put the \
mistake of somebody who has read half in its place.
- Say it positively. No double negation.
- `explanation` says the rule and applies it to this case, and why the most tempting wrong answer \
is wrong. `feedback` says what is wrong with that choice, not only that it is.
- No question gives away the answer of another: compare each with each. No stem, choice or \
explanation says what another of them asks; an explanation keeps to its own point."""

_FORMATS = {
    QuestionFormat.SINGLE: "single: `answer` and three `wrong` choices.",
    QuestionFormat.MULTIPLE: "multiple: the stem asks for all that apply.",
    QuestionFormat.TRUE_FALSE: (
        "true_false: the stem is a statement, not a question, true or false as the plan says. Its "
        "caution must not show which: false ones do without always, never, only, all; where true "
        "ones have some, may or often, false ones have them, too. A false one changes one fact to "
        "what learners believe, nothing that nobody would. A reason (since, because) stands in "
        "true ones as in false ones."
    ),
    QuestionFormat.NUMERIC: (
        "numeric: the stem states all numbers that the material does not teach, and not the rule "
        "by which to reckon; `answer` is a number in `unit`."
    ),
    QuestionFormat.SHORT: (
        "short: one to three words; list every wording that counts, usual synonyms that the "
        "material does not use, too."
    ),
    QuestionFormat.MATCHING: "matching: no entry shares a word with its partner alone.",
    QuestionFormat.ORDERING: (
        "ordering: only what the sentences number or date, or say to be in this order; name those "
        "sentences. No step shows its place by words such as then or finally, or by naming the "
        "result of another."
    ),
    QuestionFormat.FILL_IN: "fill_in: the stem asks to fill the blanks of `text`, {1}, {2}.",
}


def write_prompt(
    system: str, request: QuizRequest, material: Material, cells: Sequence[Cell]
) -> Prompt:
    # The plan was made with the lessons and says what of them each question is about.
    parts = [
        material.source,
        *already_asked(request, material),
        f"Write the questions of this plan, q1 to q{len(cells)}.\n\n{_rules(cells)}",
        described(cells),
        *wishes(request),
    ]
    return Prompt(system, "\n\n".join(parts))


def mend_prompt(
    system: str,
    request: QuizRequest,
    material: Material,
    cells: Sequence[Cell],
    poor: Sequence[tuple[WrittenQuestion, Sequence[str]]],
    *,
    others: Sequence[QuestionDraft],
) -> Prompt:
    """Returns the prompt for questions with what is wrong with each.

    Of the material it shows what they were planned from and what they name as evidence. `others`
    are the quiz's other questions on the same material.
    """
    lines = "\n".join(
        f"q{number}: {as_json(written)}\nWrong with it: {' '.join(reasons)}"
        for number, (written, reasons) in enumerate(poor, start=1)
    )
    needed = [number for cell in cells for number in cell.passages]
    needed += [number for one, _ in poor for number in material.passages_of(one.evidence)]
    task = (
        "A careful reader found these questions wanting. Mend each as a whole, or write another "
        f"for the same point of the plan, q1 to q{len(cells)}. Where everybody knows the point "
        "without the material, no wording helps: ask something else that its passages teach.\n\n"
        f"{_rules(cells)}"
    )
    source = material.source_of(needed)
    parts = [source, *already_asked(request, material), task, described(cells)]
    if others:
        asked = "\n".join(f"- {one.stem} ({', '.join(right_texts(one))})" for one in others)
        words = "The quiz also asks these, with their answers; ask none of it again:"
        parts.append(f"{words}\n{fenced('others', asked)}")
    parts.append(fenced("wanting", lines))
    return Prompt(system, "\n\n".join(parts))


def _rules(cells: Sequence[Cell]) -> str:
    used = [one for one in QuestionFormat if any(cell.format is one for cell in cells)]
    return "\n".join([_RULES, *(f"- {_FORMATS[one]}" for one in used)])


def written_form(material: Material, cells: Sequence[Cell], *, exact: bool) -> type[Answer]:
    """Returns the form of one call; with `exact`, evidence is of the planned passages only."""
    parts = [WRITTEN[cell.format] for cell in cells]
    numbers = [material.numbers_of(cell.passages) for cell in cells]
    if exact and all(numbers) and sum(map(len, numbers)) <= MAX_LISTED:
        parts = [with_evidence(part, own) for part, own in zip(parts, numbers, strict=True)]
    return form("WrittenQuestions", parts)


def as_json(written: WrittenQuestion) -> str:
    return json.dumps(written.model_dump(mode="json"), ensure_ascii=False)


# --- from an answer to a draft


def draft_of(written: WrittenQuestion, cell: Cell, material: Material) -> tuple[QuestionDraft, str]:
    """Returns the question and the text of its passage.

    A question that names no sentence that was given gets no quote, so it fails the checks. Raises
    ValueError if the question does not fit its format.
    """
    found = material.quoted(written.evidence)
    passage, quote = found or (material.batch.passages[0], "")
    how = _without_numbers(plain_line(written.derivation), written.evidence)
    follows = f"The answer is not in the quoted words; it follows from them: {how}"
    body = _body(written)
    single = written if isinstance(written, WrittenSingle) else None
    draft = QuestionDraft(
        kind=QuestionKind.WRITTEN,
        stem=_shown(written.stem, MAX_STEM),
        choices=_texts([single.answer, *(one.text for one in single.wrong)]) if single else (),
        correct=0,
        explanation=_shown(written.explanation, MAX_STEM),
        difficulty=cell.difficulty,
        bloom=cell.bloom,
        topic_id=material.batch.topic_of(passage).id,
        passage_id=passage.id,
        quote=quote,
        support=0.0,
        feedback=_feedback(single.wrong, 1) if single else (),
        body=body,
        objective=cell.objective,
        derived=how,
        notes=(ItemIssue(DERIVED, follows, is_note=True),) if how else (),
    )
    return draft, passage.text if found else ""


def _without_numbers(text: str, evidence: Sequence[int]) -> str:
    """Returns a text without the numbers of its evidence: who sees the question has none."""

    def removed(found: re.Match[str]) -> str:
        numbers = {int(number) for number in re.findall(r"\d+", found[1])}
        return "" if numbers <= set(evidence) else found[0]

    return _SENTENCES.sub(removed, text)


def support_of(question: QuestionDraft, request: QuizRequest) -> float:
    """Returns how well the quote, together with the stem, supports the answer: 0 to 1."""
    language = request.source_language or request.language
    texts = [question.quote]
    if language == request.language:
        texts.append(question.stem)
    answer = " ".join(right_texts(question))
    return Source(texts, language).support(answer, request.language) if question.quote else 0.0


def _body(written: WrittenQuestion) -> Body | None:
    match written:
        case WrittenMultiple():
            right = _texts(written.right)
            wrong = _texts([choice.text for choice in written.wrong])
            body: Body = MultipleAnswers(
                choices=(*right, *wrong),
                correct=tuple(range(len(right))),
                feedback=_feedback(written.wrong, len(right)),
            )
        case WrittenTrueFalse():
            body = TrueFalse(correct=written.is_true, feedback=_shown(written.feedback, MAX_TEXT))
        case WrittenNumeric():
            body = Numeric(
                answer=Decimal(str(written.answer)),
                tolerance=Decimal(str(written.tolerance)),
                unit=plain_line(written.unit),
            )
        case WrittenShort():
            accepted = dict.fromkeys(filter(None, map(plain_line, written.accepted)))
            body = ShortAnswer(accepted=tuple(accepted), rubric=plain_line(written.rubric))
        case WrittenMatching():
            body = _matching(written)
        case WrittenOrdering():
            steps = _texts(written.steps)
            body = Ordering(items=steps, order=tuple(range(len(steps))))
        case WrittenFillIn():
            options = tuple(_texts([blank.answer, *blank.wrong]) for blank in written.blanks)
            body = FillIn(
                text=_shown(written.text, MAX_STEM), options=options, correct=(0,) * len(options)
            )
        case _:
            return None
    return body


def _matching(written: WrittenMatching) -> Matching:
    """Several entries on the left may have the same partner."""
    left = _texts([pair.left for pair in written.pairs])
    partners = _texts([pair.right for pair in written.pairs])
    right = tuple(dict.fromkeys((*partners, *_texts(written.more_right))))
    return Matching(left=left, right=right, pairs=tuple(right.index(one) for one in partners))


def _feedback(wrong: Sequence[object], right: int) -> tuple[str, ...]:
    texts = (_shown(str(getattr(choice, "feedback", "")), MAX_TEXT) for choice in wrong)
    return (*("" for _ in range(right)), *texts)


def _texts(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(_shown(text, MAX_TEXT) for text in texts)


def _shown(text: str, longest: int) -> str:
    """Returns the text without links, images and HTML; its lines and their indentation stay.

    Raises ValueError if it is longer than questions may be.
    """
    lines = [
        line[: len(line) - len(line.lstrip())] + plain_line(line)
        for line in text.replace("\r\n", "\n").strip().split("\n")
    ]
    shown = "\n".join(lines).strip()
    if len(shown) > longest:
        raise ValueError(f"“{shown[:60]}…” is longer than {longest} characters.")
    return shown


def misfit(error: ValueError) -> ItemIssue:
    """Returns why a question does not fit its format, for the model and for staff."""
    errors = getattr(error, "errors", None)
    words = str(errors()[0]["msg"]).removeprefix("Value error, ") if errors else str(error)
    return ItemIssue(IssueCode.UNANSWERABLE, f"It does not fit its format: {words}")
