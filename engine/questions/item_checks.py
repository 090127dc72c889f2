"""The rules that every question must meet, whichever engine wrote it.

What is certain refuses a question: its form, the same twice, a choice that answers for others, a
quote that is not in the passage. What is a guess from its words becomes a note for staff: a rule
that reads no meaning cannot tell a good question from a bad one. All functions are pure and
deterministic.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from enum import StrEnum
from functools import partial
from hashlib import sha256
from itertools import combinations
from unicodedata import name as unicode_name
from unicodedata import normalize

from engine.language.words import base_language, content_lemmas, normalise, stop_words, tokens
from engine.lessons.schemas import WEAK_SUPPORT
from engine.questions import phrases
from engine.questions.formats import (
    MAX_SHORT_ANSWER,
    FillIn,
    Matching,
    MultipleAnswers,
    Numeric,
    Ordering,
    ShortAnswer,
    SingleChoice,
    TrueFalse,
    read_number,
    short_answer_key,
)
from engine.questions.leaks import leak
from engine.questions.orders import states_order
from engine.questions.question_text import choice_key
from engine.questions.quotes import is_quoted
from engine.questions.schemas import ItemIssue, QuestionDraft, QuestionKind

CHOICES = 4  # that a question should have; three to six are taken
MIN_CHOICES, MAX_CHOICES = 3, 6
BLANK = "_____"
MIN_SUPPORT = 0.6
MAX_STEM_WORDS = 55
MIN_STEM_WORDS = 3
# A choice of more words than this is a phrase or a sentence, compared by its words;
# a shorter one is a name, whose form (capitals, digits, hyphens) catches the eye.
LONG_CHOICE_WORDS = 6
LENGTH_RATIO = 1.4
LENGTH_MARGIN = 8
# A right answer so much longer than every other is found without reading the question.
GLARING_RATIO, GLARING_MARGIN = 2.5, 40
NEAR_DUPLICATE = 0.9
LONGEST_SYMBOL = 3  # letters
LONGEST_NAME = 3  # words
NEAR_DUPLICATE_STEM = 0.8
MAX_TYPED_WORDS = 5  # of a short answer that learners can be expected to type alike
FEW_STATEMENTS, ONE_TRUTH_SHARE = 3, 0.75  # of true or false: so many, and alike
LONGEST_BY_CHANCE = 0.5  # share of a quiz's questions whose right answer may be the longest
# Words of another language before a text counts as written in it.
FOREIGN_WORDS = 4
FOREIGN_LETTERS = 20
_COMPARED_LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl")


class IssueCode(StrEnum):
    """Stable names of the checks, used by staff pages and when a model is asked again."""

    CHOICE_COUNT = "choice_count"
    CORRECT_INDEX = "correct_index"
    EMPTY_CHOICE = "empty_choice"
    BLANKET_CHOICE = "blanket_choice"
    DUPLICATE_CHOICES = "duplicate_choices"
    NEAR_DUPLICATE_CHOICES = "near_duplicate_choices"
    ALL_RIGHT = "all_right"
    CHOICE_FORM = "choice_form"
    LENGTH_CUE = "length_cue"
    FORM_CUE = "form_cue"
    GRAMMAR_CUE = "grammar_cue"
    ANSWER_IN_STEM = "answer_in_stem"
    STEM_LENGTH = "stem_length"
    STEM_ENDING = "stem_ending"
    STEM_BRACKETS = "stem_brackets"
    STEM_BLANK = "stem_blank"
    NEGATIVE_STEM = "negative_stem"
    DANGLING_REFERENCE = "dangling_reference"
    NEEDS_THE_TEXT = "needs_the_text"
    UNANSWERABLE = "unanswerable"
    NO_EXPLANATION = "no_explanation"
    EXPLANATION_DOUBTFUL = "explanation_doubtful"
    LANGUAGE_MIXED = "language_mixed"
    QUOTE_NOT_IN_PASSAGE = "quote_not_in_passage"
    WEAK_SUPPORT = "weak_support"
    ANSWER_NOT_IN_QUOTE = "answer_not_in_quote"
    DISTRACTOR_TRUE = "distractor_true"
    DUPLICATE_STEM = "duplicate_stem"
    NEAR_DUPLICATE_STEM = "near_duplicate_stem"
    SAME_SENTENCE = "same_sentence"
    REVEALS_ANSWER = "reveals_answer"
    TOLD_BY_ANOTHER = "told_by_another"
    CUE_WORDS = "cue_words"
    ONE_TRUTH = "one_truth"
    ORDER_OPEN = "order_open"
    POSITION_CUE = "position_cue"


def check_question(
    question: QuestionDraft, passage_text: str, *, language: str
) -> tuple[ItemIssue, ...]:
    """Returns what is wrong with one question and its passage; empty if nothing is.

    Notes are among it: `refusals` of the result are what keeps the question from learners.
    """
    broken = tuple(_form_issues(question))
    if broken:
        return broken
    return (
        *_offered_issues(question, language),
        *_cue_issues(question, language),
        *_cue_word_issues(question, language),
        *_stem_issues(question, language),
        *_explanation_issues(question, language),
        *_source_issues(question, passage_text, language),
    )


def check_quiz(
    questions: Sequence[QuestionDraft], *, language: str, avoid_stems: Sequence[str] = ()
) -> tuple[tuple[ItemIssue, ...], ...]:
    """Returns for each question its conflicts with those before it.

    Where the right answer is too often in one place or the longest one, each such question gets
    a note; `balance_positions` puts the places right.
    """
    seen = [_Asked.of_stem(stem, language) for stem in avoid_stems]
    quotes: set[str] = set()
    crowded = _crowded_position(questions)
    longest = _too_often_longest(questions)
    one_sided = _one_sided_statements(questions)
    found = []
    for index, question in enumerate(questions):
        asked = _Asked.of(question, language)
        issues = list(_repeated(asked, seen))
        if normalise(question.quote) in quotes:
            message = "Another question rests on the same sentence."
            issues.append(_note(IssueCode.SAME_SENTENCE, message))
        if not issues:  # what is asked twice is told by itself
            issues += _told(question, questions[:index], language)
        if crowded is not None and _place_of_key(question) == crowded:
            issues.append(_note(IssueCode.POSITION_CUE, "Too many right answers stand here."))
        if index in longest:
            message = "In most questions of this quiz the right answer is the longest."
            issues.append(_note(IssueCode.LENGTH_CUE, message))
        if index in one_sided:
            message = "Nearly all statements of this quiz are true, or nearly all are false."
            issues.append(_note(IssueCode.ONE_TRUTH, message))
        found.append(tuple(issues))
        seen.append(asked)
        quotes.add(normalise(question.quote))
    return tuple(found)


def _issue(code: IssueCode, message: str) -> ItemIssue:
    return ItemIssue(code=code.value, message=message)


def _note(code: IssueCode, message: str) -> ItemIssue:
    return ItemIssue(code=code.value, message=message, is_note=True)


# --- what a question offers, whatever its format


def offered(question: QuestionDraft) -> tuple[str, ...]:
    """Returns all texts that the learner chooses among, matches or sorts."""
    body = question.body
    match body:
        case None:
            return question.choices
        case SingleChoice() | MultipleAnswers():
            return body.choices
        case Matching():
            return (*body.left, *body.right)
        case Ordering():
            return body.items
        case FillIn():
            return tuple(option for options in body.options for option in options)
        case _:
            return ()


def right_texts(question: QuestionDraft) -> tuple[str, ...]:
    """Returns the texts of the right answer; of a matching, those on the right side."""
    body = question.body
    match body:
        case None:
            found = question.choices[question.correct : question.correct + 1]
        case SingleChoice():
            found = (body.choices[body.correct],)
        case MultipleAnswers():
            found = tuple(body.choices[index] for index in body.correct)
        case Matching():
            found = tuple(body.right[index] for index in body.pairs)
        case Ordering():
            found = tuple(body.items[index] for index in body.order)
        case FillIn():
            pairs = zip(body.options, body.correct, strict=True)
            found = tuple(options[index] for options, index in pairs)
        case ShortAnswer():
            found = body.accepted
        case _:
            found = (_typed_or_judged(body),)
    return found


def _typed_or_judged(body: Numeric | TrueFalse) -> str:
    if isinstance(body, Numeric):
        return f"{body.answer} {body.unit}".strip()
    return "true" if body.correct else "false"


def _one_of_several(question: QuestionDraft) -> tuple[str, tuple[str, ...]] | None:
    """Returns the right choice and the wrong ones of a single choice; None for other formats."""
    body = question.body
    if isinstance(body, SingleChoice):
        choices, correct = body.choices, body.correct
    elif body is None:
        choices, correct = question.choices, question.correct
    else:
        return None
    return choices[correct], (*choices[:correct], *choices[correct + 1 :])


# --- the form of the item


def _form_issues(question: QuestionDraft) -> Iterator[ItemIssue]:
    if not choice_key(question.stem):
        yield _issue(IssueCode.STEM_LENGTH, "The question has no words.")
    if any(not choice_key(text) for text in offered(question)):
        yield _issue(IssueCode.EMPTY_CHOICE, "A choice is empty.")
    body = question.body
    match body:
        case None | SingleChoice():
            yield from _single_choice_issues(question)
        case MultipleAnswers():
            yield from _count_issues(len(body.choices), "choices", MIN_CHOICES)
            if len(set(body.correct)) == len(body.choices):
                message = "Every choice is right, so there is nothing to decide."
                yield _issue(IssueCode.ALL_RIGHT, message)
        case Matching() | Ordering():
            entries = body.right if isinstance(body, Matching) else body.items
            yield from _count_issues(len(entries), "entries", MIN_CHOICES)
        case ShortAnswer() if min(map(len, body.accepted)) > MAX_SHORT_ANSWER:
            message = "Every accepted answer is longer than learners can type."
            yield _issue(IssueCode.UNANSWERABLE, message)


def _count_issues(count: int, what: str, least: int) -> Iterator[ItemIssue]:
    if count < least:
        message = f"There are {count} {what}; there must be at least {least}."
        yield _issue(IssueCode.CHOICE_COUNT, message)


def _single_choice_issues(question: QuestionDraft) -> Iterator[ItemIssue]:
    choices = offered(question)
    if not MIN_CHOICES <= len(choices) <= MAX_CHOICES:
        message = f"There are {len(choices)} choices; there must be {MIN_CHOICES} to {MAX_CHOICES}."
        yield _issue(IssueCode.CHOICE_COUNT, message)
    if question.body is None and not 0 <= question.correct < len(choices):
        yield _issue(IssueCode.CORRECT_INDEX, "The right answer is not one of the choices.")
    for first, second in combinations(choices, 2):
        if choice_key(first) and choice_key(first) == choice_key(second):
            yield _issue(IssueCode.DUPLICATE_CHOICES, f"“{first}” is there twice.")


def _offered_issues(question: QuestionDraft, language: str) -> Iterator[ItemIssue]:
    texts = offered(question)
    for choice in filter(phrases.BLANKET_CHOICE.search, texts):
        message = f"“{choice}” answers for other choices; each must stand alone."
        yield _issue(IssueCode.BLANKET_CHOICE, message)
    # What stands in different columns or blanks may be alike.
    pairs = () if isinstance(question.body, Matching | FillIn) else combinations(texts, 2)
    for first, second in pairs:
        if _near(first, second, language):
            message = f"“{first}” and “{second}” can hardly be told apart."
            yield _note(IssueCode.NEAR_DUPLICATE_CHOICES, message)
    for choice in texts:
        if not _balanced(choice) or BLANK in choice:
            message = f"“{choice}” may be cut off: its brackets or quotation marks are open."
            yield _note(IssueCode.CHOICE_FORM, message)
        # "It" and "this" in a choice take up what the question names.
        if phrases.NEEDS_THE_TEXT.search(choice):
            message = f"“{choice}” may point to words that are not in the question."
            yield _note(IssueCode.DANGLING_REFERENCE, message)


def _near(first: str, second: str, language: str) -> bool:
    """Whether two choices differ by inflection or a typing slip only.

    One name inside another ("package", "source package") counts too: the wider one is then
    right whenever the narrower one is. Signs, numbers and long choices may differ by little.
    """
    if choice_key(first) == choice_key(second):
        return False  # said already
    letters = normalise(first), normalise(second)
    if letters[0] == letters[1]:
        is_symbol = _is_symbol(first) or _is_symbol(second) or bool(_SIGN.search(first + second))
        return not is_symbol
    if _is_long(first) or _is_long(second) or _SIGN.search(first + second):
        return False
    words = [text.split() for text in letters]
    words.sort(key=len)
    if len(words[1]) <= LONGEST_NAME and words[1][-len(words[0]) :] == words[0]:
        return True
    lemmas = content_lemmas(first, language), content_lemmas(second, language)
    if lemmas[0] == lemmas[1] and len(words[0]) == len(lemmas[0]) == len(words[1]):
        return True
    return letters[0].isalpha() and SequenceMatcher(None, *letters).ratio() >= NEAR_DUPLICATE


_SIGN = re.compile(r"[^\w\s.,;:'\u2019\u00ad-]|\d|_")


def _is_symbol(choice: str) -> bool:
    """Whether its capitals mean something: Mg and mg, pH and PH, MHz and mHz."""
    return len(choice) <= LONGEST_SYMBOL or any(letter.isupper() for letter in choice[1:])


def _is_long(choice: str) -> bool:
    return len(choice.split()) > LONG_CHOICE_WORDS


# --- the right answer must not be recognisable by its looks, nor stand in the stem


def _cue_issues(question: QuestionDraft, language: str) -> Iterator[ItemIssue]:
    parts = _one_of_several(question)
    if parts is None:
        yield from _typed_issues(question)
        return
    right, wrong = parts
    longest = max(map(len, wrong))
    if len(right) > longest * GLARING_RATIO and len(right) - longest > GLARING_MARGIN:
        message = "The right answer is so much longer than the others that anybody finds it."
        yield _issue(IssueCode.LENGTH_CUE, message)
    elif _stands_out_by_length(right, wrong):
        yield _note(IssueCode.LENGTH_CUE, "The right answer may be told by its length.")
    if _told_by_article(question.stem, right, wrong, language):
        message = "Only the right answer fits the “a” or “an” before it."
        yield _issue(IssueCode.GRAMMAR_CUE, message)
    for name, has in _FORMS.items():
        if {has(right)}.isdisjoint({has(choice) for choice in wrong}):
            message = f"The right answer alone differs from the others by {name}."
            yield _note(IssueCode.FORM_CUE, message)
    shared = _given_away(question.stem, right, wrong, language)
    if shared:
        message = f"The stem may give the answer away with “{', '.join(shared)}”."
        yield _note(IssueCode.ANSWER_IN_STEM, message)


def _typed_issues(question: QuestionDraft) -> Iterator[ItemIssue]:
    """Notes on formats in which the answer is typed or judged instead of chosen."""
    body = question.body
    if isinstance(body, ShortAnswer):
        stem = f" {short_answer_key(question.stem)} "
        if any(f" {short_answer_key(text)} " in stem for text in body.accepted):
            yield _note(IssueCode.ANSWER_IN_STEM, "An accepted answer stands in the question.")
        if min(len(text.split()) for text in body.accepted) > MAX_TYPED_WORDS:
            message = "The accepted answers are long: few learners will type them alike."
            yield _note(IssueCode.UNANSWERABLE, message)
    elif isinstance(body, Numeric) and body.answer and body.tolerance >= abs(body.answer):
        message = "The tolerance is so wide that zero is right too."
        yield _note(IssueCode.UNANSWERABLE, message)
    elif isinstance(body, TrueFalse) and question.stem.rstrip().endswith("?"):
        message = "A question cannot be true or false; write a statement."
        yield _note(IssueCode.STEM_ENDING, message)


def _cue_word_issues(question: QuestionDraft, language: str) -> Iterator[ItemIssue]:
    """Yields a note where words such as "always" or "some" tell the answer.

    Who takes tests often knows that careful statements are true and sweeping ones false.
    """
    base = base_language(language)
    absolute, hedged = phrases.ABSOLUTE.get(base), phrases.HEDGED.get(base)
    if absolute is None or hedged is None:
        return
    if isinstance(question.body, TrueFalse):
        pattern = hedged if question.body.correct else absolute
        truth = "true" if question.body.correct else "false"
        if found := pattern.search(question.stem):
            message = f"“{found[0]}” may tell that the statement is {truth}."
            yield _note(IssueCode.CUE_WORDS, message)
    parts = _one_of_several(question)
    if parts is None or absolute.search(parts[0]):
        return
    right, wrong = parts
    sweeping = sum(bool(absolute.search(choice)) for choice in wrong)
    careful = hedged.search(right) and not any(map(hedged.search, wrong))
    if sweeping == len(wrong) or (sweeping and careful):
        message = "Words such as “always” or “some” may tell the right choice from the others."
        yield _note(IssueCode.CUE_WORDS, message)


def _stands_out_by_length(right: str, wrong: Sequence[str]) -> bool:
    shortest, longest = min(map(len, wrong)), max(map(len, wrong))
    too_long = len(right) > longest * LENGTH_RATIO and len(right) - longest > LENGTH_MARGIN
    too_short = len(right) * LENGTH_RATIO < shortest and shortest - len(right) > LENGTH_MARGIN
    return too_long or too_short


_ARTICLE = re.compile(r"\b(an?)[\s_]*[:.?\u2026]*\s*$", re.IGNORECASE)
# By their letters these may take either: an hour, a house; a unit, an uncle; a one, an onion.
_EITHER_ARTICLE = ("h", "u", "eu", "one", "once", "y", "x")


def _told_by_article(stem: str, right: str, wrong: Sequence[str], language: str) -> bool:
    """Whether an English stem ends in an article that fits the right choice only."""
    article = _ARTICLE.search(stem) if base_language(language) == "en" else None
    if article is None:
        return False
    fits = [_takes(choice, article[1].casefold()) for choice in (right, *wrong)]
    return fits[0] is True and not any(fit is not False for fit in fits[1:])


def _takes(choice: str, article: str) -> bool | None:
    """Whether the choice can follow the article; None where its letters do not tell."""
    word = choice.casefold().lstrip()
    if not word[:1].isalpha() or word.startswith(_EITHER_ARTICLE) or choice[:2].isupper():
        return None
    return (word[0] in "aeio") == (article == "an")


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
    """Returns content words that the stem shares with the right answer and no wrong one.

    In a long choice such a word is no clue if wrong choices share as many words with the stem.
    """
    in_stem = set(content_lemmas(stem, language))
    shared = [word for word in content_lemmas(right, language) if word in in_stem]
    overlaps = [[w for w in content_lemmas(c, language) if w in in_stem] for c in wrong]
    if not shared or (_is_long(right) and len(shared) <= max(map(len, overlaps))):
        return ()
    elsewhere = {word for overlap in overlaps for word in overlap}
    return tuple(dict.fromkeys(word for word in shared if word not in elsewhere))


# --- the stem and the explanation


def _stem_issues(question: QuestionDraft, language: str) -> Iterator[ItemIssue]:
    stem = question.stem.strip()
    words = len(stem.split())
    # A stem of several lines brings a table, code or text with it.
    is_alone = "\n" not in stem and "|" not in stem
    if is_alone and phrases.NEEDS_THE_TEXT.search(stem):
        message = "The question needs a text that learners do not see."
        yield _issue(IssueCode.NEEDS_THE_TEXT, message)
    # What a later sentence points to may stand in the first.
    elif phrases.DANGLING.get(language, phrases.DANGLING["en"]).search(
        phrases.QUESTION_FRAME.sub("", _END_OF_SENTENCE.split(stem)[0])
    ):
        message = "The question may point to words that learners do not see."
        yield _note(IssueCode.DANGLING_REFERENCE, message)
    if question.kind is QuestionKind.CLOZE and question.body is None and stem.count(BLANK) != 1:
        yield _issue(IssueCode.STEM_BLANK, "A sentence with a gap has exactly one.")
    if not MIN_STEM_WORDS <= words <= MAX_STEM_WORDS and is_alone:
        message = f"The question has {words} words; {MIN_STEM_WORDS} to {MAX_STEM_WORDS} read well."
        yield _note(IssueCode.STEM_LENGTH, message)
    if is_alone and not stem.endswith(_ENDINGS):
        yield _note(IssueCode.STEM_ENDING, "The question does not end like a sentence.")
    if is_alone and not _balanced(stem):
        message = "Brackets or quotation marks in the question are open."
        yield _note(IssueCode.STEM_BRACKETS, message)
    if len(phrases.NEGATIONS.findall(_END_OF_SENTENCE.split(stem)[-1])) > 1:
        message = "The question has two negations: say it positively."
        yield _note(IssueCode.NEGATIVE_STEM, message)


_ENDINGS = ("?", ".", "!", ":", "\u2026", "_____", "\u0964", "\u061f", "\uff1f", "\u3002")
_END_OF_SENTENCE = re.compile(r"[.!?\u0964]\s+")


def _explanation_issues(question: QuestionDraft, language: str) -> Iterator[ItemIssue]:
    explanation = question.explanation
    if not explanation.strip():
        yield _issue(IssueCode.NO_EXPLANATION, "There is no explanation of the right answer.")
    if _in_another_language(explanation, language):
        message = "The explanation is in another language than the course."
        yield _issue(IssueCode.LANGUAGE_MIXED, message)
    elif _in_another_language(question.stem, language):
        # A language course asks in the language that it teaches.
        message = "The question may be in another language than the course."
        yield _note(IssueCode.LANGUAGE_MIXED, message)
    parts = _one_of_several(question)
    if parts is None:
        return
    text = f" {normalise(explanation)} "
    named = [choice for choice in parts[1] if f" {normalise(choice)} " in text]
    if named and f" {normalise(parts[0])} " not in text:
        message = f"The explanation speaks of “{named[0]}” but not of the right answer."
        yield _note(IssueCode.EXPLANATION_DOUBTFUL, message)


_SCRIPTS = {
    language: script
    for script, languages in (
        ("LATIN", "en de fr es it pt nl pl cs sv da fi tr ro"),
        ("DEVANAGARI", "hi mr ne sa"),
        ("CYRILLIC", "ru uk bg be mk kk ky"),
        ("ARABIC", "ar fa ur"),
        *(("BENGALI", "bn"), ("TAMIL", "ta"), ("TELUGU", "te"), ("KANNADA", "kn")),
        *(("MALAYALAM", "ml"), ("GUJARATI", "gu"), ("GURMUKHI", "pa"), ("HEBREW", "he")),
        *(("GREEK", "el"), ("THAI", "th"), ("GEORGIAN", "ka"), ("ARMENIAN", "hy")),
    )
    for language in languages.split()
}


def _in_another_language(text: str, language: str) -> bool:
    """Whether no part of a text is in the course's script, or hardly a word is in its language.

    False where the text is too short to tell, and for languages that nothing is known of.
    """
    base = base_language(language)
    script = _SCRIPTS.get(base)
    letters = [char for char in text if char.isalpha()]
    if script is None or len(letters) < FOREIGN_LETTERS:
        return False
    if not any(unicode_name(char, "").startswith(script) for char in letters):
        return True
    if base not in _COMPARED_LANGUAGES:
        return False
    words = {word.casefold() for word in tokens(text)}
    own = words & stop_words(base)
    for other in _COMPARED_LANGUAGES:
        # Languages share short words: "in" is German and English.
        foreign = words & stop_words(other)
        shared = own & foreign
        if len(foreign - shared) >= FOREIGN_WORDS * max(len(own - shared), 1):
            return True
    return False


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
    if not is_quoted(question.quote, passage):
        yield _issue(IssueCode.QUOTE_NOT_IN_PASSAGE, "The quoted words are not in the passage.")
        return
    # The extractive engine makes an order of numbered steps and dates only.
    is_free = question.kind is QuestionKind.WRITTEN and not question.derived
    if is_free and isinstance(question.body, Ordering):
        if not states_order(question.quote, passage, language):
            message = "The source neither numbers nor dates these, nor says in which order they go."
            yield _issue(IssueCode.ORDER_OPEN, message)
        return
    parts = _one_of_several(question)
    # The passage of a printed question is the exercise, with all of its choices.
    if parts is None or question.kind is QuestionKind.PRINTED:
        return
    least = WEAK_SUPPORT if question.kind is QuestionKind.WRITTEN else MIN_SUPPORT
    # What follows from the quoted words need not have any of them.
    if question.support < least and not question.derived:
        message = "Few words of the right answer are in the quoted words."
        yield _note(IssueCode.WEAK_SUPPORT, message)
    right, wrong = parts
    # What a model wrote in words of its own was measured by its support.
    if question.kind is not QuestionKind.WRITTEN:
        text = f"{question.quote} {question.stem}"
        words = content_lemmas(right, language) or normalise(right).split()
        known = set(content_lemmas(text, language)) | set(normalise(text).split())
        if sum(word in known for word in words) < MIN_SUPPORT * len(words):
            message = "The words of the right answer are not in the quoted words."
            yield _note(IssueCode.ANSWER_NOT_IN_QUOTE, message)
    yield from _true_wrong_choices(question, wrong, passage)


def _true_wrong_choices(
    question: QuestionDraft, wrong: Sequence[str], passage: str
) -> Iterator[ItemIssue]:
    text = f" {normalise(passage)} "
    for choice in wrong:
        if question.kind is QuestionKind.CLOZE and BLANK in question.stem:
            if f" {normalise(question.stem.replace(BLANK, choice))} " in text:
                message = f"“{choice}” makes a sentence of the passage too."
                yield _issue(IssueCode.DISTRACTOR_TRUE, message)
        elif _is_long(choice) and f" {normalise(choice)} " in text:
            message = f"The passage says “{choice}”: see that it does not answer the question."
            yield _note(IssueCode.DISTRACTOR_TRUE, message)


# --- the quiz as a whole


class _Asked:
    """A question prepared for comparison: its words with signs, and its content words as a set.

    What is matched, sorted or filled in belongs to it: "Put these steps in order" is asked often.
    """

    def __init__(self, text: str, language: str, key: str) -> None:
        self.words = " ".join(normalize("NFKC", text).casefold().split())
        self.content = frozenset(content_lemmas(text, language))
        self.key = key

    @classmethod
    def of_stem(cls, stem: str, language: str) -> _Asked:
        return cls(stem, language, "")

    @classmethod
    def of(cls, question: QuestionDraft, language: str) -> _Asked:
        shown = offered(question) if isinstance(question.body, Matching | Ordering | FillIn) else ()
        key = "\n".join(sorted(map(normalise, right_texts(question))))
        return cls("\n".join((question.stem, *shown)), language, key)

    def near(self, other: _Asked) -> bool:
        union = self.content | other.content
        return bool(union) and len(self.content & other.content) >= NEAR_DUPLICATE_STEM * len(union)


def _repeated(asked: _Asked, seen: Sequence[_Asked]) -> Iterator[ItemIssue]:
    same = [other for other in seen if asked.words == other.words]
    if any(not other.key or other.key == asked.key for other in same):
        yield _issue(IssueCode.DUPLICATE_STEM, "This question has been asked already.")
    elif same or any(asked.near(other) for other in seen):
        message = "Nearly this question has been asked already."
        yield _note(IssueCode.NEAR_DUPLICATE_STEM, message)


def _told(
    question: QuestionDraft, earlier: Sequence[QuestionDraft], language: str
) -> Iterator[ItemIssue]:
    """Yields what this question and one before it tell of each other's right answers.

    What is certain is an issue of this one, the later; the rest are notes.
    """
    for other in earlier:
        for asked, telling in ((other, question), (question, other)):
            found = leak(asked, telling, language)
            if found is None:
                continue
            gives = "gives" if found.is_certain else "may give"
            make = _issue if found.is_certain else _note
            if telling is question:
                message = f"Its {found.part} {gives} away the answer of “{other.stem}”."
                yield make(IssueCode.REVEALS_ANSWER, message)
            else:
                message = f"The {found.part} of “{other.stem}” {gives} away its answer."
                yield make(IssueCode.TOLD_BY_ANOTHER, message)


def _place_of_key(question: QuestionDraft) -> int | None:
    body = question.body
    if body is None:
        return question.correct
    return body.correct if isinstance(body, SingleChoice) else None


def _crowded_position(questions: Sequence[QuestionDraft]) -> int | None:
    """Returns the position that is right at least two times more than its share, or None."""
    places = [place for place in map(_place_of_key, questions) if place is not None]
    if len(places) < CHOICES:
        return None
    position, count = max(Counter(places).items(), key=lambda item: (item[1], -item[0]))
    return position if count > -(-len(places) // CHOICES) + 1 else None


def _one_sided_statements(questions: Sequence[QuestionDraft]) -> frozenset[int]:
    """Returns the statements to judge that are as nearly all of them, true or false."""
    truths = {
        index: one.body.correct
        for index, one in enumerate(questions)
        if isinstance(one.body, TrueFalse)
    }
    if len(truths) < FEW_STATEMENTS:
        return frozenset()
    ((usual, count),) = Counter(truths.values()).most_common(1)
    one_sided = count > ONE_TRUTH_SHARE * len(truths)
    return frozenset(index for index, truth in truths.items() if one_sided and truth is usual)


def _too_often_longest(questions: Sequence[QuestionDraft]) -> frozenset[int]:
    """Returns the questions whose right answer is the longest, if these are too many."""
    parts = {
        index: _one_of_several(one)
        for index, one in enumerate(questions)
        if one.body is not None or 0 <= one.correct < len(one.choices)
    }
    single = {index: part for index, part in parts.items() if part and part[1]}
    longest = {
        index
        for index, (right, wrong) in single.items()
        if len(right) > max(map(len, wrong)) + LENGTH_MARGIN // 2
    }
    too_many = len(single) >= CHOICES and len(longest) > LONGEST_BY_CHANCE * len(single)
    return frozenset(longest if too_many else ())


# --- the order of what is offered


def balance_positions(questions: Sequence[QuestionDraft]) -> tuple[QuestionDraft, ...]:
    """Reorders choices so that each position is right equally often, plus or minus one.

    The order follows from the words alone. Choices that are numbers go up, so the place of the
    right one is given, and the others make up for it. What is to be matched, sorted or marked is
    shuffled.
    """
    fixed = [_numbers_ascending(question) for question in questions]
    counts = Counter(one.correct for one in fixed if one is not None)
    placed = []
    for question, ready in zip(questions, fixed, strict=True):
        if ready is not None:
            placed.append(ready)
        elif question.body is None:
            places = sorted(range(len(question.choices)), key=partial(_draw, question.stem))
            place = min(places, key=counts.__getitem__, default=0)
            counts[place] += 1
            wrong = [index for index in range(len(question.choices)) if index != question.correct]
            wrong.sort(key=lambda index: _hash(question.stem + question.choices[index]))
            placed.append(_reordered(question, [*wrong[:place], question.correct, *wrong[place:]]))
        else:
            placed.append(_shuffled(question))
    return tuple(placed)


def _draw(seed: str, place: int) -> bytes:
    return _hash(f"{seed}{place}")


# A comma or point before three digits may part thousands or decimals: nobody knows.
_NUMBER = re.compile(r"[-\u2212]?\d+(?:[.,](?!\d{3}(?!\d))\d+)?(?![.,]?\d)")


def _numbers_ascending(question: QuestionDraft) -> QuestionDraft | None:
    """Returns the question with its choices in order if they differ by one number only."""
    found = [_NUMBER.search(choice) for choice in question.choices]
    if question.body is not None or len(found) < 2 or not all(found):  # noqa: PLR2004 - an order
        return None
    units = {_NUMBER.sub("", choice, count=1) for choice in question.choices}
    if len(units) > 1 or any(char.isdigit() for char in next(iter(units))):
        return None
    values = [read_number(match[0]) for match in found if match]
    order = sorted(range(len(values)), key=lambda index: values[index])
    return _reordered(question, order)


def _reordered(question: QuestionDraft, order: Sequence[int]) -> QuestionDraft:
    """Returns the single choice with `order`, the old indexes, as its new one."""
    feedback = question.feedback
    return replace(
        question,
        choices=tuple(question.choices[index] for index in order),
        correct=order.index(question.correct),
        feedback=tuple(feedback[index] for index in order) if feedback else (),
    )


def _shuffled(question: QuestionDraft) -> QuestionDraft:
    body = question.body
    match body:
        case MultipleAnswers():
            order = _drawn(question.stem, body.choices, body.choices)
            changed: dict[str, object] = {
                "choices": tuple(body.choices[index] for index in order),
                "correct": tuple(sorted(order.index(index) for index in body.correct)),
                "feedback": tuple(body.feedback[index] for index in order) if body.feedback else (),
            }
        case Matching():
            straight = [body.right[index] for index in body.pairs]
            order = _drawn(question.stem, body.right, straight)
            changed = {
                "right": tuple(body.right[index] for index in order),
                "pairs": tuple(order.index(index) for index in body.pairs),
            }
        case Ordering():
            order = _drawn(question.stem, body.items, [body.items[index] for index in body.order])
            changed = {
                "items": tuple(body.items[index] for index in order),
                "order": tuple(order.index(index) for index in body.order),
            }
        case FillIn():
            orders = [_drawn(f"{question.stem}{n}", o, ()) for n, o in enumerate(body.options)]
            changed = {
                "options": tuple(
                    tuple(options[index] for index in order)
                    for options, order in zip(body.options, orders, strict=True)
                ),
                "correct": tuple(
                    order.index(index) for order, index in zip(orders, body.correct, strict=True)
                ),
            }
        case _:
            return question
    return replace(question, body=body.model_copy(update=changed))


def _drawn(seed: str, texts: Sequence[str], giveaway: Sequence[str]) -> list[int]:
    """Returns the indexes of texts in an order drawn by hash, but not in that of `giveaway`."""
    order = sorted(range(len(texts)), key=lambda index: _hash(seed + texts[index]))
    shown = [texts[index] for index in order]
    return order[1:] + order[:1] if shown[: len(giveaway)] == list(giveaway) else order


def _hash(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogatepass")).digest()


def shortfall(found: int, wanted: int) -> tuple[str, ...]:
    """Returns why there are fewer questions than wanted; nothing if there are enough."""
    if found >= wanted:
        return ()
    questions = "question" if found == 1 else "questions"
    note = (
        f"This quiz has {found} {questions}, {wanted} were asked for: the material gives no more "
        "good ones."
    )
    return (note,)
