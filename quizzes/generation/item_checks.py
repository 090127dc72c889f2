"""The rules that every question must meet, whichever engine wrote it.

`check_question` looks at one question beside its passage, `check_quiz` at the questions of a
quiz beside each other, and `balance_positions` puts the right answers in their places. All
three are pure and deterministic.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from enum import StrEnum
from hashlib import sha256

from courses.language.words import content_lemmas, normalise
from courses.support import WEAK_SUPPORT
from quizzes.generation import phrases
from quizzes.generation.schemas import ItemIssue, QuestionDraft, QuestionKind

CHOICES = 4
BLANK = "_____"
MIN_SUPPORT = 0.6
MAX_STEM_WORDS = 55
MIN_STEM_WORDS = 3
# A choice of more words than this is a phrase or a sentence, compared by its words;
# a shorter one is a name, whose form (capitals, digits, hyphens) catches the eye.
LONG_CHOICE_WORDS = 6
LENGTH_RATIO = 1.4
LENGTH_MARGIN = 8
NEAR_DUPLICATE = 0.9
NEAR_DUPLICATE_STEM = 0.8


class IssueCode(StrEnum):
    """Stable names of the failed checks; staff pages and re-asking of a model rest on them."""

    CHOICE_COUNT = "choice_count"
    CORRECT_INDEX = "correct_index"
    EMPTY_CHOICE = "empty_choice"
    BLANKET_CHOICE = "blanket_choice"
    DUPLICATE_CHOICES = "duplicate_choices"
    NEAR_DUPLICATE_CHOICES = "near_duplicate_choices"
    CHOICE_FORM = "choice_form"
    LENGTH_CUE = "length_cue"
    FORM_CUE = "form_cue"
    ANSWER_IN_STEM = "answer_in_stem"
    STEM_LENGTH = "stem_length"
    STEM_ENDING = "stem_ending"
    STEM_BRACKETS = "stem_brackets"
    STEM_BLANK = "stem_blank"
    DANGLING_REFERENCE = "dangling_reference"
    NO_EXPLANATION = "no_explanation"
    QUOTE_NOT_IN_PASSAGE = "quote_not_in_passage"
    WEAK_SUPPORT = "weak_support"
    ANSWER_NOT_IN_QUOTE = "answer_not_in_quote"
    DISTRACTOR_TRUE = "distractor_true"
    DUPLICATE_STEM = "duplicate_stem"
    NEAR_DUPLICATE_STEM = "near_duplicate_stem"
    SAME_SENTENCE = "same_sentence"
    REVEALS_ANSWER = "reveals_answer"
    POSITION_CUE = "position_cue"


def check_question(
    question: QuestionDraft, passage_text: str, *, language: str
) -> tuple[ItemIssue, ...]:
    """Return what is wrong with one question, beside the passage it cites; empty when sound."""
    broken = tuple(_structure_issues(question))
    if broken:
        return broken
    return (
        *_choice_issues(question, language),
        *_cue_issues(question, language),
        *_stem_issues(question, language),
        *_source_issues(question, passage_text, language),
    )


def check_quiz(
    questions: Sequence[QuestionDraft], *, language: str, avoid_stems: Sequence[str] = ()
) -> tuple[tuple[ItemIssue, ...], ...]:
    """Return each question's issues with those before it, in the order of `questions`."""
    seen = [_Stem(stem, language) for stem in avoid_stems]
    quotes: set[str] = set()
    crowded = _crowded_position(questions)
    found = []
    for index, question in enumerate(questions):
        stem = _Stem(question.stem, language)
        issues = [
            *_stem_repeats(stem, seen),
            *_quote_repeats(question, quotes),
            *_revealed(question, questions[:index], language),
        ]
        if question.correct == crowded:
            issues.append(_issue(IssueCode.POSITION_CUE, "Too many right answers stand here."))
        found.append(tuple(issues))
        seen.append(stem)
        quotes.add(normalise(question.quote))
    return tuple(found)


def balance_positions(questions: Sequence[QuestionDraft]) -> tuple[QuestionDraft, ...]:
    """Reorder choices so that each position is right equally often, give or take one.

    The order follows from the words alone: every run of four questions uses each position once,
    in an order drawn from a hash of their stems, and wrong choices are ordered by their hashes.
    """
    placed: list[QuestionDraft] = []
    for start in range(0, len(questions), CHOICES):
        run = questions[start : start + CHOICES]
        seed = "\n".join(question.stem for question in run)
        positions = sorted(range(CHOICES), key=lambda place: _hash(f"{seed}{place}"))
        placed += [_with_correct_at(q, place) for q, place in zip(run, positions, strict=False)]
    return tuple(placed)


def _with_correct_at(question: QuestionDraft, place: int) -> QuestionDraft:
    right = question.choices[question.correct]
    wrong = [c for i, c in enumerate(question.choices) if i != question.correct]
    wrong.sort(key=lambda choice: _hash(question.stem + choice))
    place = min(place, len(wrong))
    choices = (*wrong[:place], right, *wrong[place:])
    feedback = dict(zip(question.choices, question.feedback, strict=False))
    return replace(
        question,
        choices=choices,
        correct=place,
        feedback=tuple(feedback.get(choice, "") for choice in choices) if feedback else (),
    )


def _hash(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogatepass")).digest()


def _issue(code: IssueCode, message: str) -> ItemIssue:
    return ItemIssue(code=code.value, message=message)


# --- the shape of the item


def _structure_issues(question: QuestionDraft) -> Iterator[ItemIssue]:
    if len(question.choices) != CHOICES:
        message = f"There are {len(question.choices)} choices; there must be exactly {CHOICES}."
        yield _issue(IssueCode.CHOICE_COUNT, message)
    if not 0 <= question.correct < len(question.choices):
        yield _issue(IssueCode.CORRECT_INDEX, "The right answer is not one of the choices.")
    if any(not normalise(choice) for choice in question.choices):
        yield _issue(IssueCode.EMPTY_CHOICE, "A choice holds no words.")


def _choice_issues(question: QuestionDraft, language: str) -> Iterator[ItemIssue]:
    blanket = [c for c in question.choices if phrases.BLANKET_CHOICE.search(c)]
    if blanket:
        message = f"“{blanket[0]}” answers for other choices; each must stand alone."
        yield _issue(IssueCode.BLANKET_CHOICE, message)
    for first, second in _pairs(question.choices):
        if normalise(first) == normalise(second):
            yield _issue(IssueCode.DUPLICATE_CHOICES, f"“{first}” is there twice.")
        elif _near(first, second, language):
            message = f"“{first}” and “{second}” can hardly be told apart."
            yield _issue(IssueCode.NEAR_DUPLICATE_CHOICES, message)
    for choice in question.choices:
        if not _balanced(choice) or BLANK in choice:
            message = f"“{choice}” is cut off or has unbalanced brackets."
            yield _issue(IssueCode.CHOICE_FORM, message)
        # "It ..." in a statement takes up the subject that the stem names.
        statement = question.kind is QuestionKind.TRUE_STATEMENT
        if _dangles(phrases.STATEMENT_OPENING.sub("", choice) if statement else choice, language):
            message = f"“{choice}” points to words that are not in the question."
            yield _issue(IssueCode.DANGLING_REFERENCE, message)


def _pairs(choices: Sequence[str]) -> Iterator[tuple[str, str]]:
    for index, first in enumerate(choices):
        for second in choices[index + 1 :]:
            yield first, second


def _near(first: str, second: str, language: str) -> bool:
    """Whether two choices differ by inflection, stop words or a typing slip only.

    One name inside another ("package", "source package") counts too: the wider one is then
    right whenever the narrower one is. Long choices may share all words but one.
    """
    a, b = content_lemmas(first, language), content_lemmas(second, language)
    if _is_long(first) or _is_long(second):
        return normalise(first) == normalise(second)
    if a and b and (set(a) <= set(b) or set(b) <= set(a)):
        return True
    letters = normalise(first), normalise(second)
    return letters[0].isalpha() and SequenceMatcher(None, *letters).ratio() >= NEAR_DUPLICATE


def _is_long(choice: str) -> bool:
    return len(choice.split()) > LONG_CHOICE_WORDS


# --- the right answer must not be recognisable by its looks, nor stand in the stem


def _cue_issues(question: QuestionDraft, language: str) -> Iterator[ItemIssue]:
    right = question.choices[question.correct]
    wrong = [c for i, c in enumerate(question.choices) if i != question.correct]
    if _stands_out_by_length(right, wrong):
        yield _issue(IssueCode.LENGTH_CUE, "The right answer can be told by its length.")
    for name, has in _FORMS.items():
        if {has(right)}.isdisjoint({has(choice) for choice in wrong}):
            message = f"The right answer alone differs from the others by {name}."
            yield _issue(IssueCode.FORM_CUE, message)
    shared = _given_away(question.stem, right, wrong, language)
    if shared:
        message = f"The stem gives the answer away with “{', '.join(shared)}”."
        yield _issue(IssueCode.ANSWER_IN_STEM, message)


def _stands_out_by_length(right: str, wrong: Sequence[str]) -> bool:
    shortest, longest = min(map(len, wrong)), max(map(len, wrong))
    too_long = len(right) > longest * LENGTH_RATIO and len(right) - longest > LENGTH_MARGIN
    too_short = len(right) * LENGTH_RATIO < shortest and shortest - len(right) > LENGTH_MARGIN
    return too_long or too_short


_FORMS: dict[str, Callable[[str], bool]] = {
    "a capital letter": lambda choice: choice[:1].isupper(),
    "inner capitals": lambda choice: any(c.isupper() for c in choice[1:]) and not _is_long(choice),
    "a digit": lambda choice: any(c.isdigit() for c in choice),
    "a hyphen": lambda choice: "-" in choice and not _is_long(choice),
    "a full stop": lambda choice: choice.rstrip().endswith("."),
    "signs": lambda choice: (
        bool(re.search(r"[^\w\s.,;:'\u2019-]", choice)) and not _is_long(choice)
    ),
}


def _given_away(stem: str, right: str, wrong: Sequence[str], language: str) -> tuple[str, ...]:
    """Content words that tie the stem to the right answer and to no wrong one.

    In a long choice one such word is no clue when wrong choices share as many words with the
    stem.
    """
    in_stem = set(content_lemmas(stem, language))
    shared = [word for word in content_lemmas(right, language) if word in in_stem]
    overlaps = [[w for w in content_lemmas(c, language) if w in in_stem] for c in wrong]
    if not shared or (_is_long(right) and len(shared) <= max(map(len, overlaps))):
        return ()
    elsewhere = {word for overlap in overlaps for word in overlap}
    return tuple(dict.fromkeys(word for word in shared if word not in elsewhere))


# --- the stem


def _stem_issues(question: QuestionDraft, language: str) -> Iterator[ItemIssue]:
    stem = question.stem.strip()
    words = len(stem.split())
    if not MIN_STEM_WORDS <= words <= MAX_STEM_WORDS:
        message = f"The stem has {words} words; {MIN_STEM_WORDS} to {MAX_STEM_WORDS} read well."
        yield _issue(IssueCode.STEM_LENGTH, message)
    if not stem.endswith(("?", ".", "!", ":", "_____")):
        yield _issue(IssueCode.STEM_ENDING, "The stem does not end like a sentence.")
    if not _balanced(stem):
        yield _issue(IssueCode.STEM_BRACKETS, "Brackets or quotation marks in the stem are open.")
    if stem.count(BLANK) != (question.kind is QuestionKind.CLOZE):
        yield _issue(IssueCode.STEM_BLANK, "A cloze stem has one blank; another stem has none.")
    if _dangles(phrases.QUESTION_FRAME.sub("", stem), language):
        message = "The stem points to words that the learner does not see."
        yield _issue(IssueCode.DANGLING_REFERENCE, message)
    if not question.explanation.strip():
        yield _issue(IssueCode.NO_EXPLANATION, "There is no explanation of the right answer.")


def _dangles(text: str, language: str) -> bool:
    pattern = phrases.DANGLING.get(language, phrases.DANGLING["en"])
    return bool(pattern.search(text))


def _balanced(text: str) -> bool:
    expected: list[str] = []
    for char in text:
        if char in _CLOSING:
            expected.append(_CLOSING[char])
        elif char in _CLOSING.values() and (not expected or expected.pop() != char):
            return False
    return not expected and text.count('"') % 2 == 0


_CLOSING = {"(": ")", "[": "]", "{": "}", "“": "”"}


# --- the source


def _source_issues(question: QuestionDraft, passage: str, language: str) -> Iterator[ItemIssue]:
    quote = " ".join(question.quote.split())
    if not quote or quote not in " ".join(passage.split()):
        yield _issue(IssueCode.QUOTE_NOT_IN_PASSAGE, "The quoted words are not in the passage.")
        return
    if question.support < (WEAK_SUPPORT if question.kind is QuestionKind.WRITTEN else MIN_SUPPORT):
        message = f"The passage supports the right answer with {question.support:.2f} only."
        yield _issue(IssueCode.WEAK_SUPPORT, message)
    right = question.choices[question.correct]
    # What a model wrote in words of its own was measured by its support.
    verbatim = question.kind is not QuestionKind.WRITTEN
    if verbatim and not _mentioned(right, f"{quote} {question.stem}", language):
        message = "The words of the right answer are not in the quoted words."
        yield _issue(IssueCode.ANSWER_NOT_IN_QUOTE, message)
    for index, choice in enumerate(question.choices):
        if index != question.correct and _true_by_source(question, choice, passage):
            message = f"“{choice}” is right by the passage too."
            yield _issue(IssueCode.DISTRACTOR_TRUE, message)


def _mentioned(choice: str, text: str, language: str) -> bool:
    words = content_lemmas(choice, language) or normalise(choice).split()
    known = set(content_lemmas(text, language)) | set(normalise(text).split())
    return sum(word in known for word in words) >= MIN_SUPPORT * len(words)


def _true_by_source(question: QuestionDraft, choice: str, passage: str) -> bool:
    """Whether the passage itself says what the choice claims, word for word.

    A short choice makes a claim only in the blank of its stem, or as a name in the quote.
    """
    text = f" {normalise(passage)} "
    if question.kind is QuestionKind.CLOZE:
        return f" {normalise(question.stem.replace(BLANK, choice))} " in text
    return _is_long(choice) and f" {normalise(choice)} " in text


# --- the quiz as a whole


class _Stem:
    """A stem as compared with others: its words in order, and its content words as a set."""

    def __init__(self, stem: str, language: str) -> None:
        self.words = normalise(stem)
        self.content = frozenset(content_lemmas(stem, language))

    def near(self, other: _Stem) -> bool:
        union = self.content | other.content
        return bool(union) and len(self.content & other.content) >= NEAR_DUPLICATE_STEM * len(union)


def _stem_repeats(stem: _Stem, seen: Sequence[_Stem]) -> Iterator[ItemIssue]:
    if any(stem.words == other.words for other in seen):
        yield _issue(IssueCode.DUPLICATE_STEM, "This question has been asked already.")
    elif any(stem.near(other) for other in seen):
        yield _issue(IssueCode.NEAR_DUPLICATE_STEM, "Nearly this question has been asked already.")


def _quote_repeats(question: QuestionDraft, quotes: set[str]) -> Iterator[ItemIssue]:
    if normalise(question.quote) in quotes:
        yield _issue(IssueCode.SAME_SENTENCE, "Another question rests on the same sentence.")


def _revealed(
    question: QuestionDraft, earlier: Sequence[QuestionDraft], language: str
) -> Iterator[ItemIssue]:
    """A stem that holds another's answer together with most of its sentence answers it."""
    own = set(content_lemmas(question.stem, language))
    for other in earlier:
        answer = {
            word
            for choice in other.choices[other.correct : other.correct + 1]
            for word in content_lemmas(choice, language)
        }
        asked = set(content_lemmas(other.stem, language))
        shared = asked & own
        if answer and answer <= own and asked and len(shared) * 2 >= len(asked):
            yield _issue(IssueCode.REVEALS_ANSWER, "The stem answers another question.")
            return


def _crowded_position(questions: Sequence[QuestionDraft]) -> int | None:
    """The position that is right more than its share by two, where the quiz has room for all."""
    if len(questions) < CHOICES:
        return None
    counts = Counter(question.correct for question in questions)
    position, count = max(counts.items(), key=lambda item: (item[1], -item[0]))
    return position if count > -(-len(questions) // CHOICES) + 1 else None
