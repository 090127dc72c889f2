"""Questions of every format in the admin: read, changed and written by fields, not by JSON."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from engine.questions.formats import read_body
from quizzes.body_forms import shuffled
from quizzes.models import Question, Quiz
from quizzes.services import start_attempt, submit_attempt
from tests.factories import make_course, make_learner
from tests.quizzes.formats import QUESTIONS, make_all_formats

pytestmark = pytest.mark.django_db

WORDS = {"stem": "New words", "explanation": "", "difficulty": "easy", "bloom": "apply"}
# What a teacher fills in, and what it means.
FILLED: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "multiple": (
        {
            "choices-0-text": "4",
            "choices-0-right": "1",
            "choices-1-text": "5",
            "choices-1-feedback": "It is odd.",
        },
        {"choices": ["4", "5"], "correct": [0], "feedback": ["", "It is odd."]},
    ),
    "true_false": (
        {"correct": "true", "feedback": "So it is."},
        {"correct": True, "feedback": "So it is."},
    ),
    "numeric": (
        {"answer": "2.50", "tolerance": "", "unit": "kg"},
        {"answer": "2.50", "tolerance": "0", "unit": "kg"},
    ),
    "short": (
        {"accepted": "auxin\n\n IAA ", "rubric": "Any auxin."},
        {"accepted": ["auxin", "IAA"], "rubric": "Any auxin."},
    ),
    "matching": (
        {
            "pairs-0-left": "cow",
            "pairs-0-right": "moos",
            "pairs-1-left": "cat",
            "pairs-1-right": "miaows",
            "extra": "barks",
        },
        # As these three were shown before.
        {"left": ["cow", "cat"], "right": ["miaows", "barks", "moos"], "pairs": [2, 0]},
    ),
    "ordering": (
        {"items": "pour\nboil\nfill"},
        {"items": ["boil", "fill", "pour"], "order": [2, 0, 1]},
    ),
    "fill_in": (
        {"text": "Ice is [lighter*|heavier] than water {2}."},
        {
            "text": "Ice is {1} than water {2}.",
            "options": [["lighter", "heavier"]],
            "correct": [0],
        },
    ),
}
WRONG = [
    ("multiple", {"choices-0-text": "4", "choices-1-text": "5"}, "tick those that are right"),
    ("multiple", {"choices-0-text": "4", "choices-0-right": "1"}, "at least two choices"),
    (
        "multiple",
        {"choices-0-text": "4", "choices-0-right": "1", "choices-1-text": "4"},
        "Two entries are the same.",
    ),
    ("numeric", {"answer": "many"}, "Enter a number."),
    ("short", {"accepted": ""}, "This field is required."),
    ("matching", {"pairs-0-left": "cow", "pairs-0-right": "moos"}, "at least two pairs"),
    (
        "matching",
        {"pairs-0-left": "cow", "pairs-0-right": "moos", "pairs-1-left": "cat"},
        "fill both sides",
    ),
    ("ordering", {"items": "pour"}, "at least two items"),
    ("fill_in", {"text": "Ice is cold."}, "at least one blank"),
    ("fill_in", {"text": "Ice is [lighter|heavier]."}, "with an asterisk"),
]


@pytest.fixture
def quiz(teacher: User) -> Quiz:
    quiz: Quiz = make_course(owner=teacher, modules=1, questions=0).quizzes.get(module=None)
    make_all_formats(quiz)
    return quiz


def change(question: Question) -> str:
    return reverse("admin:quizzes_question_change", args=[question.pk])


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_page_that_is_saved_as_it_is_changes_nothing(
    as_teacher: Client, quiz: Quiz, name: str
) -> None:
    question = quiz.questions.get(format=name)
    form = as_teacher.get(change(question)).context["adminform"].form
    data: dict[str, Any] = {}
    for field in form.fields:
        value = form[field].value()
        if isinstance(value, list):
            columns = ["text", "right", "feedback"] if field == "choices" else ["left", "right"]
            for number, row in enumerate(value):
                cells = zip(columns, row, strict=True)
                data |= {f"{field}-{number}-{column}": text for column, text in cells}
        elif value is not None:
            data[field] = value
    data = {key: value for key, value in data.items() if value != "" or key == "explanation"}
    assert as_teacher.post(change(question), data).status_code == 302
    question.refresh_from_db()
    assert question.typed_body == read_body({"format": name, **QUESTIONS[name][0]})
    assert question.status == "draft"


@pytest.mark.parametrize("name", FILLED)
def test_a_teacher_changes_a_question(as_teacher: Client, quiz: Quiz, name: str) -> None:
    question = quiz.questions.get(format=name)
    filled, body = FILLED[name]
    assert as_teacher.post(change(question), WORDS | filled).status_code == 302
    question.refresh_from_db()
    assert question.typed_body == read_body({"format": name, **body})
    assert (question.stem, question.status) == ("New words", "edited")


def test_a_short_answer_is_accepted_from_the_page_of_its_attempt(
    as_teacher: Client, quiz: Quiz
) -> None:
    question = quiz.questions.get(format="short")
    learner = make_learner()
    attempts = [
        submit_attempt(attempt=start_attempt(quiz=quiz, learner=learner), responses=responses)
        for responses in ({4: "dormin"}, {4: "ABA"}, {3: "7"})
    ]
    wrong, right, unanswered = (
        reverse("admin:quizzes_attempt_change", args=[attempt.pk]) for attempt in attempts
    )
    link = f'href="{change(question)}">Add to the accepted answers'
    assert as_teacher.get(wrong).text.count("Add to the accepted answers") == 1
    assert link in as_teacher.get(wrong).text
    assert "Add to the" not in as_teacher.get(right).text + as_teacher.get(unanswered).text
    words = WORDS | {"stem": question.stem, "accepted": "abscisic acid\nABA\ndormin"}
    asked = as_teacher.post(change(question), words)
    assert "Say which of them are to be graded again" in asked.text
    assert as_teacher.post(change(question), words | {"regrade": "all"}).status_code == 302
    attempts[0].refresh_from_db()
    assert attempts[0].correct == 1
    assert "Add to the" not in as_teacher.get(wrong).text


def test_an_answer_to_other_words_leads_to_no_question(as_teacher: Client, quiz: Quiz) -> None:
    attempt = start_attempt(quiz=quiz, learner=make_learner())
    submit_attempt(attempt=attempt, responses={4: "dormin"})
    address = reverse("admin:quizzes_attempt_change", args=[attempt.pk])
    quiz.questions.filter(format="short").update(stem="Which acid opens no stomata?")
    assert "Add to the" not in as_teacher.get(address).text
    quiz.questions.filter(format="short").delete()
    assert "Add to the" not in as_teacher.get(address).text


@pytest.mark.parametrize("name", FILLED)
def test_a_teacher_writes_a_question(as_teacher: Client, quiz: Quiz, name: str) -> None:
    quiz.questions.all().delete()
    address = reverse("admin:quizzes_question_add") + f"?quiz={quiz.pk}&format={name}"
    assert as_teacher.get(address).status_code == 200
    filled, body = FILLED[name]
    assert as_teacher.post(address, WORDS | filled).status_code == 302
    question = quiz.questions.get()
    assert (question.format, question.status, question.position) == (name, "edited", 1)
    made, wanted = question.typed_body, read_body({"format": name, **body})
    assert sorted(made.key_lines) == sorted(wanted.key_lines)


def test_a_teacher_writes_a_single_choice(as_teacher: Client, quiz: Quiz) -> None:
    address = reverse("admin:quizzes_question_add") + f"?quiz={quiz.pk}"
    choices = {
        "choices-0-text": "A spring",
        "choices-1-text": "A well",
        "choices-right": "1",
    }
    saved = as_teacher.post(address, WORDS | choices)
    assert saved["location"] == reverse("admin:quizzes_quiz_change", args=[quiz.pk])
    question = quiz.questions.get(format="single")
    assert [choice.text for choice in question.choices.all()] == ["A spring", "A well"]
    assert question.position == len(QUESTIONS) + 1


@pytest.mark.parametrize(("name", "filled", "words"), WRONG)
def test_what_cannot_be_asked_comes_back_with_words(
    as_teacher: Client, quiz: Quiz, name: str, filled: dict[str, str], words: str
) -> None:
    question = quiz.questions.get(format=name)
    response = as_teacher.post(change(question), WORDS | filled)
    assert response.status_code == 200
    html = response.content.decode()
    assert words in html
    for typed in filled.values():
        assert typed in html
    question.refresh_from_db()
    assert question.stem != "New words"


@pytest.mark.parametrize("query", ["", "?quiz=", "?quiz=999999", "?quiz=x&format=essay"])
def test_a_question_is_written_into_a_quiz_of_ones_own(as_teacher: Client, query: str) -> None:
    address = reverse("admin:quizzes_question_add") + query
    assert as_teacher.get(address).status_code == 403


def test_quiz_and_attempt_show_every_format(as_teacher: Client, quiz: Quiz) -> None:
    attempt = start_attempt(quiz=quiz, learner=make_learner())
    given = {n: other for n, (_, _, other, _) in enumerate(QUESTIONS.values(), start=1)}
    submit_attempt(attempt=attempt, responses=given)
    page = as_teacher.get(reverse("admin:quizzes_quiz_change", args=[quiz.pk])).content.decode()
    for words in ("multiple answers", "fill in the blanks", "abscisic acid", "[1] salt"):
        assert words in page
    address = reverse("admin:quizzes_attempt_change", args=[attempt.pk])
    page = as_teacher.get(address).content.decode()
    told = ("7 mol", "0.5 mol (± 0.01)", "dog → barks; cat → \u2013", "50% right", "1.83 of 7")
    for words in told:
        assert words in page


def test_drafts_stand_apart_and_are_approved_at_once(as_teacher: Client, quiz: Quiz) -> None:
    quiz.course.asks_drafts = False
    quiz.course.save()
    page = as_teacher.get(reverse("admin:quizzes_quiz_change", args=[quiz.pk])).content.decode()
    assert "Drafts and proposals (7)" in page
    assert "Learners are asked nothing here." in page
    address = reverse("admin:quizzes_question_changelist")
    address += f"?quiz__id__exact={quiz.pk}&status__in=draft,proposed"
    listed = as_teacher.get(address).context["cl"].queryset
    chosen = [question.pk for question in listed]
    assert len(chosen) == 7
    # In words, and each format can be chosen alone.
    assert "fill in the blanks<br>medium<br>remember" in as_teacher.get(address).text
    of_one = as_teacher.get(f"{address}&format=numeric").context["cl"].queryset
    assert {question.format for question in of_one} == {"numeric"}
    as_teacher.post(address, {"action": "approve", "_selected_action": chosen})
    assert not quiz.questions.exclude(status="approved").exists()


@pytest.mark.parametrize("name", ["single", *FILLED])
def test_a_question_is_seen_as_learners_see_it_before_it_is_saved(
    as_teacher: Client, quiz: Quiz, name: str
) -> None:
    quiz.questions.all().delete()
    single = {"choices-0-text": "A spring", "choices-1-text": "A well", "choices-right": "1"}
    filled = WORDS | ({"single": (single, {})} | FILLED)[name][0] | {"explanation": "By <b>law</b>"}
    address = reverse("admin:quizzes_question_add") + f"?quiz={quiz.pk}&format={name}"
    page = as_teacher.post(address, filled | {"_preview": "Preview"})
    assert (page.status_code, quiz.questions.count()) == (200, 0)
    shown = page.text
    for words in (
        "New words",
        "Question 1",
        "By &lt;b&gt;law&lt;/b&gt;",
        "quiz-form",
        "Not answered",
    ):
        assert words in shown
    # What cannot be asked is said instead.
    wrong = as_teacher.post(address, filled | {"stem": "", "_preview": "Preview"})
    assert ("quiz-form" in wrong.text, "errornote" in wrong.text) == (False, True)


def test_a_change_is_seen_before_it_is_saved(as_teacher: Client, quiz: Quiz) -> None:
    question = quiz.questions.get(format="matching")
    filled = WORDS | FILLED["matching"][0] | {"_preview": "Preview"}
    shown = as_teacher.post(change(question), filled).text
    for words in ("New words", "miaows", question.quote):
        assert words in shown
    question.refresh_from_db()
    assert question.stem != "New words"


def test_a_new_order_tells_nothing() -> None:
    assert shuffled(["a", "b"]) != ["a", "b"]
    assert shuffled(["a", "b", "c"], ["c", "a", "b"]) == ["c", "a", "b"]
