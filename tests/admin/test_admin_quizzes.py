"""Reviewing quizzes: questions edited, approved, rejected; attempts read."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from quizzes.models import Answer, Attempt, Choice, Question, QuestionStatus, Quiz, QuizStatus
from quizzes.queries import with_item_statistics
from quizzes.services import start_attempt, submit_attempt
from tests.factories import (
    give,
    make_course,
    make_learner,
    make_question,
    make_superuser,
    make_teacher,
)
from tests.quizzes.formats import make_all_formats


@pytest.fixture
def quiz(teacher: User) -> Quiz:
    quiz = make_course(owner=teacher, modules=1).quizzes.filter(module__isnull=False).first()
    assert quiz is not None
    return quiz


@pytest.fixture
def question(quiz: Quiz) -> Question:
    return quiz.questions.get(position=1)


def address(row: Any, name: str = "change") -> str:
    return reverse(f"admin:quizzes_{row._meta.model_name}_{name}", args=[row.pk])


def form(question: Question, choices: list[dict[str, Any]] | None = None, **more: str) -> Any:
    """What the browser sends: the question and its choices, some of them changed."""
    rows = list(question.choices.order_by("position"))
    data: dict[str, Any] = {
        "stem": question.stem,
        "explanation": question.explanation,
        "difficulty": question.difficulty,
        "bloom": question.bloom,
        **more,
    }
    sent = [{"text": row.text, "feedback": row.feedback, "right": row.is_correct} for row in rows]
    for index, change in enumerate(choices or []):
        sent[index : index + 1] = [change]
    for index, choice in enumerate(sent):
        data[f"choices-{index}-text"] = choice["text"]
        data[f"choices-{index}-feedback"] = choice.get("feedback", "")
        if choice.get("right"):
            data.setdefault("choices-right", index)
    return data


def texts(question: Question) -> list[tuple[str, bool]]:
    return list(question.choices.order_by("position").values_list("text", "is_correct"))


def act(client: Client, action: str, *rows: Question) -> str:
    data = {"action": action, "_selected_action": [row.pk for row in rows]}
    response = client.post(reverse("admin:quizzes_question_changelist"), data, follow=True)
    return " ".join(str(message) for message in response.context["messages"])


def test_the_quiz_page_shows_questions_and_reasons(as_teacher: Client, quiz: Quiz) -> None:
    passage = Question.objects.filter(passage__isnull=False).earliest("pk").passage
    make_question(
        quiz,
        9,
        stem="What was kept out?",
        status=QuestionStatus.REJECTED,
        check_results=[{"code": "length_cue", "message": "Told by its length."}],
        passage=passage,
    )
    Quiz.objects.filter(pk=quiz.pk).update(notes=["Fewer questions than asked for."])
    text = as_teacher.get(address(quiz)).text
    for words in (
        "Questions (3)",
        "Not used (1)",
        "What was kept out?",
        "Told by its length.",
        "Fewer questions than asked for.",
        "The source says so.",
        "rivers-1.pdf, page 1",
        "not answered yet",
    ):
        assert words in text, words


def test_the_quiz_page_shows_what_the_quiz_is_made_of(as_teacher: Client, quiz: Quiz) -> None:
    plain = as_teacher.get(address(quiz)).text
    assert "In no question is one choice longer than all others." in plain
    with CaptureQueriesContext(connection) as before:
        as_teacher.get(address(quiz))
    make_all_formats(quiz)
    for position in (1, 2):
        quiz.questions.get(position=position).choices.filter(position=1).update(text="The longest")
    with CaptureQueriesContext(connection) as after:
        text = " ".join(strip_tags(as_teacher.get(address(quiz)).text).split())
    assert len(after) == len(before)
    for words in (
        "single choice 3, multiple answers 1, true or false 1, number 1",
        "Bloom level remember 10 Difficulty medium 10",
        # The three single choices: B, C, D; the multiple answers: A and B.
        "Right answers by place A 1, B 2, C 1, D 1",
        "The right answer is the longest choice in 1 of 2 questions; chance would give 0.5. Not",
        "Not counted: 2 whose longest choices are equally long.",
        "10 in all",
    ):
        assert words in text, words
    quiz.questions.update(status=QuestionStatus.REJECTED)
    assert "Right answers by place" not in as_teacher.get(address(quiz)).text


def test_item_statistics_count_submitted_attempts(as_teacher: Client, quiz: Quiz) -> None:
    for number, choice in enumerate((1, 0, None)):
        attempt = start_attempt(quiz=quiz, learner=make_learner(f"learner{number}"))
        submit_attempt(attempt=attempt, responses={1: choice})
    start_attempt(quiz=quiz, learner=make_learner("slow"))
    text = as_teacher.get(address(quiz)).text
    assert "answered 3 times, 33% right" in text
    assert "answered 3 times, 0% right" in text
    listed = as_teacher.get(reverse("admin:quizzes_question_changelist"), {"q": "number 1"})
    assert "33%" in listed.text
    question = quiz.questions.get(position=1)
    assert "answered 3 times, 33% right" in as_teacher.get(address(question)).text


def test_a_quiz_has_a_title_and_a_pass_mark(as_teacher: Client, quiz: Quiz) -> None:
    as_teacher.post(address(quiz), {"title": "Test", "pass_mark": "75"})
    quiz.refresh_from_db()
    assert (quiz.title, quiz.pass_mark) == ("Test", 75)
    refused = as_teacher.post(address(quiz), {"title": "Test", "pass_mark": "101"})
    assert refused.context["adminform"].form.errors
    quiz.refresh_from_db()
    assert quiz.pass_mark == 75


def test_an_edit_marks_the_question(as_teacher: Client, question: Question) -> None:
    as_teacher.post(address(question), form(question))
    question.refresh_from_db()
    assert question.status == QuestionStatus.DRAFT
    as_teacher.post(address(question), form(question, stem="What feeds a stream?", bloom="apply"))
    question.refresh_from_db()
    assert (question.stem, question.bloom) == ("What feeds a stream?", "apply")
    assert question.status == QuestionStatus.EDITED


def test_the_right_choice_can_move_either_way(as_teacher: Client, question: Question) -> None:
    right: dict[str, Any] = {"right": True}
    for index in (0, 3, 1):
        choices: list[dict[str, Any]] = [
            {"text": f"New {n}"} | (right if n == index else {}) for n in range(4)
        ]
        response = as_teacher.post(address(question), form(question, choices))
        assert response.status_code == 302
        assert texts(question) == [(f"New {n}", n == index) for n in range(4)]


def test_choices_can_be_added_swapped_and_deleted(as_teacher: Client, question: Question) -> None:
    choices: list[dict[str, Any]] = [
        {"text": "Choice 1.1", "right": True},
        {"text": "Choice 1.0"},
        {"text": ""},
        {"text": "Choice 1.3"},
        {"text": "A fifth"},
    ]
    as_teacher.post(address(question), form(question, choices))
    assert texts(question) == [
        ("Choice 1.1", True),
        ("Choice 1.0", False),
        ("Choice 1.3", False),
        ("A fifth", False),
    ]


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ([{"text": "a"}, {"text": "b"}], "Mark exactly one choice as correct; none is marked now."),
        (
            [
                {"text": "a", "right": True},
                *({"text": ""} for _ in range(3)),
            ],
            "Give at least two choices.",
        ),
        (
            [{"text": "Stream", "right": True}, {"text": " Stream "}],
            "\u201cStream\u201d is there twice.",
        ),
        ([{"text": ""}] * 4, "This field is required."),
        ([{"text": "", "right": True}], "Choice 1 is empty."),
        ([{"text": "\u200b\u00ad", "right": True}], "Choice 1 is empty."),
    ],
)
def test_wrong_choices_are_explained_and_nothing_is_saved(
    as_teacher: Client, question: Question, choices: list[dict[str, Any]], message: str
) -> None:
    before = texts(question)
    Choice.objects.filter(question=question, position__gte=2).update(is_correct=False)
    response = as_teacher.post(address(question), form(question, choices, stem="Changed?"))
    assert response.status_code == 200
    assert message in response.text
    question.refresh_from_db()
    assert question.stem == "What is a spring, number 1?"
    assert texts(question) == before


def test_approve_and_reject_on_the_page(as_teacher: Client, question: Question) -> None:
    as_teacher.post(address(question), form(question, _reject="1"))
    question.refresh_from_db()
    assert question.status == QuestionStatus.REJECTED
    assert question.check_results[-1]["message"] == "Rejected by teacher."
    logged = LogEntry.objects.count()
    again = as_teacher.post(address(question), form(question, _reject="1"))
    assert (again.status_code, "is rejected already" in again.text) == (200, True)
    assert LogEntry.objects.count() == logged
    approved = as_teacher.post(address(question), form(question, _approve="1"), follow=True)
    assert "The question is approved." in approved.text
    question.refresh_from_db()
    assert question.status == QuestionStatus.APPROVED
    assert question.check_results == []


def test_a_quiz_without_questions_left_cannot_be_taken(as_teacher: Client, quiz: Quiz) -> None:
    questions = list(quiz.questions.all())
    assert act(as_teacher, "reject", *questions) == "Questions rejected: 3."
    quiz.refresh_from_db()
    assert quiz.status == QuizStatus.EMPTY
    assert "is rejected already" in act(as_teacher, "reject", questions[0])
    assert act(as_teacher, "approve", questions[0]) == "Questions approved: 1."
    quiz.refresh_from_db()
    assert quiz.status == QuizStatus.READY


def test_a_question_without_a_right_choice_is_not_approved(
    as_teacher: Client, question: Question
) -> None:
    question.choices.update(is_correct=False)
    assert "cannot be asked" in act(as_teacher, "approve", question)
    question.refresh_from_db()
    assert question.status == QuestionStatus.DRAFT


def test_an_edit_changes_no_past_attempt(as_teacher: Client, question: Question) -> None:
    attempt = start_attempt(quiz=question.quiz, learner=make_learner())
    submit_attempt(attempt=attempt, responses={1: 1})
    as_teacher.post(address(question), form(question, stem="What feeds a stream?"), follow=True)
    text = as_teacher.get(address(attempt)).text
    assert "What is a spring, number 1?" in text
    assert "What feeds a stream?" not in text


def test_an_attempt_is_read_not_changed(as_teacher: Client, quiz: Quiz) -> None:
    attempt = start_attempt(quiz=quiz, learner=make_learner())
    assert "under way" in as_teacher.get(address(attempt)).text
    submit_attempt(attempt=attempt, responses={1: 1, 2: 2, 3: 0})
    text = as_teacher.get(address(attempt)).text
    for words in ("67% (2 of 3)", "passed", "right", "wrong", "Choice 3.0", "Choice 3.3"):
        assert words in text, words
    assert as_teacher.post(address(attempt), {}).status_code == 403
    assert as_teacher.post(address(attempt, "delete"), {"post": "yes"}).status_code == 403


def test_an_account_is_deleted_with_its_attempts(as_superuser: Client, quiz: Quiz) -> None:
    learner = make_learner()
    start_attempt(quiz=quiz, learner=learner)
    url = reverse("admin:auth_user_delete", args=[learner.pk])
    as_superuser.post(url, {"post": "yes"})
    assert not User.objects.filter(pk=learner.pk).exists()


@pytest.mark.slow
def test_deleting_an_account_counts_what_goes_and_lists_none_of_it(
    as_superuser: Client, quiz: Quiz
) -> None:
    learner = make_learner()
    url = reverse("admin:auth_user_delete", args=[learner.pk])
    sizes, queries = [], []
    for attempts in (1, 150):
        for _ in range(attempts):
            submit_attempt(attempt=start_attempt(quiz=quiz, learner=learner), responses={})
        with CaptureQueriesContext(connection) as asked:
            page = as_superuser.get(url)
        sizes.append(len(page.content))
        queries.append(len(asked))
    assert abs(sizes[1] - sizes[0]) < 100
    assert queries[1] <= queries[0] + 1
    text = strip_tags(page.text)
    assert "Attempts: 151" in text
    assert "Answers: 453" in text
    # The list of accounts asks in the same way.
    chosen = {"action": "delete_selected", "_selected_action": [learner.pk]}
    many = as_superuser.post(reverse("admin:auth_user_changelist"), chosen)
    assert "Answers: 453" in strip_tags(many.text)
    as_superuser.post(url, {"post": "yes"})
    assert not User.objects.filter(pk=learner.pk).exists()


def test_of_many_accounts_to_delete_the_first_are_named(as_superuser: Client) -> None:
    User.objects.bulk_create(User(username=f"pupil-{number:03}") for number in range(120))
    chosen = {
        "action": "delete_selected",
        "select_across": "1",
        "_selected_action": [User.objects.earliest("pk").pk],
    }
    page = as_superuser.post(reverse("admin:auth_user_changelist"), {"q": "pupil"} | chosen)
    text = strip_tags(page.text)
    assert text.count("pupil-") == 100 - 1
    assert "and 21 more" in text
    assert "Users: 121" in text


def test_an_account_is_deleted_by_those_only_who_may_delete_what_is_its_own(quiz: Quiz) -> None:
    learner, clerk = make_learner(), give(make_teacher("clerk"), "delete_user")
    clerk = give(clerk, "view_user")
    start_attempt(quiz=quiz, learner=learner)
    browser = Client()
    browser.force_login(clerk)
    url = reverse("admin:auth_user_delete", args=[learner.pk])
    assert "attempt" in strip_tags(browser.get(url).text)
    assert browser.post(url, {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=learner.pk).exists()


def test_an_edit_keeps_why_the_wrong_choices_are_wrong(
    as_teacher: Client, question: Question
) -> None:
    question.choices.filter(is_correct=False).update(feedback="That is a lake.")
    as_teacher.post(address(question), form(question, stem="What is a spring?"))
    assert question.choices.filter(feedback="That is a lake.").count() == 3
    # What was said against a choice does not stand beside it once it is the right one.
    choices = [{"text": "Choice 1.0", "right": True, "feedback": "That is a lake."}]
    choices.append({"text": "Choice 1.1", "feedback": " That is a sea. "})
    as_teacher.post(address(question), form(question, choices))
    found = question.choices.order_by("position").values_list("is_correct", "feedback")
    assert list(found)[:2] == [(True, ""), (False, "That is a sea.")]


def take(quiz: Quiz, learner: User, *chosen: int | None) -> Attempt:
    attempt = start_attempt(quiz=quiz, learner=learner)
    return submit_attempt(attempt=attempt, responses=dict(enumerate(chosen, start=1)))


def statistics_of(question: Question) -> tuple[int, int | None]:
    found: Any = with_item_statistics(Question.objects.filter(pk=question.pk)).get()
    return found.answered, found.percent_right


def test_statistics_are_of_learners(teacher: User, question: Question) -> None:
    """Not of those who try their own quiz, be they staff or with a teacher's rights only."""
    group_only = make_teacher("group-only")
    User.objects.filter(pk=group_only.pk).update(is_staff=False)
    for person in (teacher, group_only, make_superuser(), make_learner()):
        take(question.quiz, person, 1)
    assert statistics_of(question) == (1, 100)


@pytest.mark.parametrize("part", ["stem", "choice", "key"])
def test_statistics_begin_anew_with_the_question(question: Question, part: str) -> None:
    take(question.quiz, make_learner("first"), 1)
    position = 1
    if part == "stem":
        Question.objects.filter(pk=question.pk).update(stem="What feeds a stream?")
    elif part == "choice":
        question.choices.filter(position=0).update(text="A lake")
    else:
        question.choices.update(is_correct=False)
        question.choices.filter(position=2).update(is_correct=True)
        position = 2
    assert statistics_of(question) == (0, None)
    take(question.quiz, make_learner("second"), position)
    assert statistics_of(question) == (1, 100)


def test_statistics_never_round_to_all(question: Question) -> None:
    """199 of 200 is not 100%."""
    answer = take(question.quiz, make_learner(), 1).answers.get(position=1)
    attempts = Attempt.objects.bulk_create(
        Attempt(
            quiz=question.quiz,
            learner=answer.attempt.learner,
            pass_mark=60,
            total=3,
            correct=1,
            percentage=33,
            passed=False,
            submitted_at=answer.attempt.submitted_at,
        )
        for _ in range(199)
    )
    Answer.objects.bulk_create(
        Answer(
            attempt=attempt,
            position=1,
            question=question,
            asked=answer.asked,
            chosen=1 if number else 0,
            is_correct=bool(number),
        )
        for number, attempt in enumerate(attempts)
    )
    assert statistics_of(question) == (200, 99)
