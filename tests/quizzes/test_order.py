"""Questions moved, copied and put in order; the bank of all questions."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from courses.models import Course
from quizzes.editing import QuestionStateError, copy_question, move_question, order_questions
from quizzes.models import Question, Quiz
from quizzes.services import start_attempt, submit_attempt
from tests.factories import make_course, make_learner, make_teacher

pytestmark = pytest.mark.django_db


@pytest.fixture
def teacher() -> User:
    return make_teacher()


@pytest.fixture
def as_teacher(teacher: User) -> Client:
    client = Client()
    client.force_login(teacher)
    return client


@pytest.fixture
def quiz(teacher: User) -> Quiz:
    course = make_course(owner=teacher, modules=1, questions=3)
    return Quiz.objects.get(course=course, module__isnull=False)


def order(quiz: Quiz) -> list[str]:
    stems = quiz.questions.order_by("position").values_list("stem", flat=True)
    return [stem[-2] for stem in stems]


def keys(quiz: Quiz) -> list[int]:
    return list(quiz.questions.order_by("position").values_list("pk", flat=True))


def post(client: Client, quiz: Quiz, **data: object) -> str:
    address = reverse("admin:quizzes_quiz_order", args=[quiz.pk])
    return client.post(address, data, follow=True).text


def test_up_and_down_and_by_number(as_teacher: Client, quiz: Quiz) -> None:
    first, _, third = keys(quiz)
    post(as_teacher, quiz, down=first)
    assert order(quiz) == ["2", "1", "3"]
    post(as_teacher, quiz, up=third)
    assert order(quiz) == ["2", "3", "1"]
    post(as_teacher, quiz, up=keys(quiz)[0])
    assert order(quiz) == ["2", "3", "1"]
    assert "is saved" in post(as_teacher, quiz, **{f"place-{first}": 1})
    assert order(quiz) == ["1", "2", "3"]
    post(as_teacher, quiz, **{f"place-{first}": 3})
    assert order(quiz) == ["2", "3", "1"]
    post(as_teacher, quiz, **{f"place-{first}": "x"})
    assert order(quiz) == ["2", "3", "1"]
    assert list(quiz.questions.order_by("position").values_list("position", flat=True)) == [1, 2, 3]


def test_questions_that_are_not_named_keep_their_places(quiz: Quiz) -> None:
    first, second, third = keys(quiz)
    order_questions(quiz, [third, 0, third])
    assert keys(quiz) == [third, first, second]


def test_moved_within_the_course(as_teacher: Client, quiz: Quiz) -> None:
    final = Quiz.objects.get(course=quiz.course, module__isnull=True)
    first = keys(quiz)[0]
    assert "Choose the quiz" in post(as_teacher, quiz, move=first)
    assert "Moved to" in post(as_teacher, quiz, move=first, **{f"to-{first}": final.pk})
    assert keys(final)[-1] == first
    assert len(keys(quiz)) == 2
    assert "not in the quiz any more" in post(as_teacher, quiz, move=first)


def test_copied_anywhere_and_moved_to_no_other_course(
    as_teacher: Client, quiz: Quiz, teacher: User
) -> None:
    other = make_course("Other", owner=teacher, modules=1, questions=1).quizzes.earliest("pk")
    question = Question.objects.get(pk=keys(quiz)[0])
    refused = post(as_teacher, quiz, move=question.pk, **{f"to-{question.pk}": other.pk})
    assert "but not moved" in refused
    with pytest.raises(QuestionStateError):
        move_question(question, quiz=other)
    copied = post(as_teacher, quiz, copy=question.pk, **{f"to-{question.pk}": other.pk})
    assert "as a draft" in copied
    there = other.questions.order_by("position").last()
    assert there is not None
    assert (there.stem, there.topic, there.passage) == (question.stem, None, None)
    assert [one.text for one in there.choices.all()] == [one.text for one in question.choices.all()]
    here = copy_question(question, quiz=quiz)
    assert (here.topic, here.status) == (question.topic, "draft")


def test_quizzes_of_other_people_are_no_place(as_teacher: Client, quiz: Quiz) -> None:
    foreign = make_course("Foreign", owner=make_teacher("other")).quizzes.earliest("pk")
    first = keys(quiz)[0]
    text = post(as_teacher, quiz, copy=first, **{f"to-{first}": foreign.pk})
    assert "Choose the quiz" in text
    address = reverse("admin:quizzes_quiz_order", args=[foreign.pk])
    assert as_teacher.get(address).status_code == 404


def test_the_bank_shows_choices_and_filters(as_teacher: Client, quiz: Quiz) -> None:
    Question.objects.filter(pk=keys(quiz)[0]).update(
        check_results=[{"code": "x", "message": "Perhaps too easy.", "severity": "note"}]
    )
    for number in range(2):
        learner = make_learner(f"l{number}")
        submit_attempt(attempt=start_attempt(quiz=quiz, learner=learner), responses={1: 1, 2: 0})
    address = reverse("admin:quizzes_question_changelist")

    def found(**filters: str) -> int:
        count: int = as_teacher.get(address, filters).context["cl"].result_count
        return count

    assert "\u2713 Choice 1.1" in as_teacher.get(address).text
    assert (found(doubts="yes"), found(doubts="no")) == (1, 5)
    assert (found(facility="hard"), found(facility="easy"), found(facility="middle")) == (2, 1, 0)
    assert (found(facility="answered"), found(facility="new")) == (3, 3)
    # Nobody did better than the others.
    assert found(discrimination="negative") == 0
    data = {"action": "copy", "_selected_action": keys(quiz)[:2]}
    assert "copied as drafts: 2" in as_teacher.post(address, data, follow=True).text
    assert Course.objects.count() == 1
    assert quiz.questions.count() == 5


def test_the_bank_over_courses_by_what_critic_and_results_say(
    as_teacher: Client, teacher: User, quiz: Quiz
) -> None:
    other = make_course("Lakes", owner=teacher, modules=0, questions=1)
    make_course("Foreign", owner=make_teacher("other"), modules=0, questions=1)
    doubted = [{"code": "critic_unclear", "message": "Which one?", "severity": "note"}]
    told = [{"code": "length_cue", "message": "It is the longest.", "severity": "note"}]
    Question.objects.filter(quiz__course=other).update(check_results=doubted)
    Question.objects.filter(pk=keys(quiz)[0]).update(check_results=told)
    # Who does well in the rest gets the first question wrong, and the others right.
    for number, (one, two, three) in enumerate([(0, 2, 3), (0, 2, 3), (1, 0, 0), (0, 0, 0)]):
        attempt = start_attempt(quiz=quiz, learner=make_learner(f"l{number}"))
        submit_attempt(attempt=attempt, responses={1: one, 2: two, 3: three})
    address = reverse("admin:quizzes_question_changelist")

    def found(**filters: str) -> list[Question]:
        return list(as_teacher.get(address, filters).context["cl"].result_list)

    first, second, third = keys(quiz)
    assert [one.quiz.course for one in found(doubts="critic")] == [other]
    assert [one.quiz.course for one in found(doubts="critic_unclear")] == [other]
    assert found(doubts="critic_trivial") == []
    assert {one.pk for one in found(doubts="yes")} == {
        first,
        other.quizzes.get().questions.get().pk,
    }
    assert [one.pk for one in found(discrimination="negative")] == [first]
    assert {one.pk for one in found(discrimination="good")} == {second, third}
    assert found(discrimination="flat") == []
    assert {one.pk for one in found(facility="middle")} == {second, third}
    assert [one.pk for one in found(facility="hard")] == [first]
    assert "-0.58" in as_teacher.get(address, {"discrimination": "negative"}).text
    assert found(facility="x", discrimination="x", doubts="x") == found()
