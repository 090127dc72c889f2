"""Practice: which cards there are, when they come, and streaks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from courses.models import Course, CourseStatus, KeyTerm
from courses.services import unpublish_course
from courses.study import set_read
from quizzes.flashcards import (
    CardAnsweredError,
    answer_card,
    collect_cards,
    face_of,
    own_cards,
    queue_of,
    set_plan,
    streak_of,
    with_faces,
)
from quizzes.models import AnswersShown, Card, CardReview, CardState, Question, QuestionStatus
from quizzes.services import start_attempt, submit_attempt
from tests.api.world import client as api_client
from tests.factories import make_course, make_learner
from tests.pages.queries import count_queries
from tests.quizzes.formats import QUESTIONS, make_all_formats
from tests.study.pages import topics_of

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def reader(learner: User, course: Course) -> User:
    """Who has read the first lesson, which has one key term."""
    set_read(learner, topics_of(course)[0], is_read=True)
    collect_cards(learner)
    return learner


def missed(learner: User, course: Course) -> None:
    quiz = course.quizzes.earliest("pk")
    attempt = start_attempt(quiz=quiz, learner=learner)
    submit_attempt(attempt=attempt, responses={1: 1, 2: 0})


def test_cards_are_made_of_lessons_that_were_read_and_questions_that_were_missed(
    reader: User, course: Course
) -> None:
    assert [card.term for card in own_cards(reader)] == ["spring 1.1"]
    missed(reader, course)
    collect_cards(reader)
    collect_cards(reader)
    stems = {card.question.stem for card in own_cards(reader) if card.question}
    assert stems == {"What is a spring, number 2?", "What is a spring, number 3?"}


def test_a_question_of_an_open_attempt_is_not_on_a_card(reader: User, course: Course) -> None:
    missed(reader, course)
    collect_cards(reader)
    assert own_cards(reader).count() == 3
    start_attempt(quiz=course.quizzes.earliest("pk"), learner=reader)
    assert [card.term for card in own_cards(reader)] == ["spring 1.1"]


def test_no_card_shows_what_a_quiz_still_hides(learner: User, course: Course) -> None:
    quizzes = course.quizzes.filter(pk=course.quizzes.earliest("pk").pk)
    quizzes.update(answers_shown=AnswersShown.AFTER_LAST, max_attempts=2)
    missed(learner, course)
    collect_cards(learner)
    assert not Card.objects.exists()
    attempt = start_attempt(quiz=quizzes.get(), learner=learner)
    collect_cards(learner)
    assert not Card.objects.exists()
    submit_attempt(attempt=attempt, responses={1: 1, 2: 0})
    # Somebody else's last attempt shows nothing to another learner.
    other = make_learner("other")
    missed(other, course)
    collect_cards(other)
    assert not own_cards(other).exists()
    collect_cards(learner)
    assert own_cards(learner).exists()
    quizzes.update(answers_shown=AnswersShown.NEVER)
    assert not own_cards(learner).exists()
    quizzes.update(answers_shown=AnswersShown.AT_ONCE)
    assert own_cards(learner).exists()


def test_what_is_gone_is_not_asked(reader: User, course: Course) -> None:
    missed(reader, course)
    collect_cards(reader)
    Question.objects.update(status=QuestionStatus.REJECTED)
    assert own_cards(reader).count() == 1
    term = KeyTerm.objects.get(term="spring 1.1")
    KeyTerm.objects.filter(pk=term.pk).delete()
    assert not own_cards(reader).exists()
    # A lesson that is written again has the same term in a new row, and what was learnt counts.
    term.pk = None
    term.save()
    assert own_cards(reader).count() == 1
    unpublish_course(course)
    assert not own_cards(reader).exists()


def test_all_formats_have_two_sides(learner: User, course: Course) -> None:
    quiz = course.quizzes.get(module=None)
    quiz.questions.all().delete()
    make_all_formats(quiz)
    submit_attempt(attempt=start_attempt(quiz=quiz, learner=learner), responses={})
    collect_cards(learner)
    faces = [face_of(card) for card in with_faces(own_cards(learner))]
    assert len(faces) == len(QUESTIONS)
    for face in faces:
        assert face.front
        assert all(face.back)
        assert face.back


def test_an_answer_sets_when_the_card_comes_again(reader: User) -> None:
    card = own_cards(reader).get()
    known = answer_card(card=card, rating=4, seen=None, now=NOW)
    assert known.state == CardState.REVIEW
    assert known.due >= NOW + timedelta(days=2)
    assert known.stability
    assert known.difficulty
    forgotten = answer_card(card=card, rating=1, seen=NOW, now=NOW + timedelta(days=9))
    assert forgotten.state == CardState.RELEARNING
    assert forgotten.due == NOW + timedelta(days=9, minutes=10)
    assert list(CardReview.objects.values_list("rating", "was_new")) == [(1, False), (4, True)]


def test_the_better_known_the_later(reader: User, course: Course) -> None:
    for topic in topics_of(course)[1:]:
        set_read(reader, topic, is_read=True)
    collect_cards(reader)
    due = [
        answer_card(card=card, rating=rating, seen=None, now=NOW).due
        for rating, card in enumerate(own_cards(reader), start=1)
    ]
    assert due == sorted(due)
    assert len(set(due)) == 4


def test_a_second_click_counts_nothing(reader: User, client: Client) -> None:
    card = own_cards(reader).get()
    address = reverse("card-answer", args=[card.pk])
    for _ in range(2):
        page = client.post(address, {"rating": "3", "seen": ""}, follow=True)
    assert "This card was answered already" in page.text
    assert CardReview.objects.count() == 1
    with pytest.raises(CardAnsweredError):
        answer_card(card=card, rating=3, seen=None)


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"rating": "5"}, "Choose 1, 2, 3 or 4."),
        ({"rating": "x"}, "Choose 1, 2, 3 or 4."),
        ({"rating": "1" * 5000}, "Choose 1, 2, 3 or 4."),
        ({}, "Choose 1, 2, 3 or 4."),
        ({"rating": "3", "seen": "yesterday"}, "This card could not be read."),
        ({"rating": "3", "seen": "2026-13-01T00:00:00Z"}, "This card could not be read."),
        ({"rating": "3", "seen": "2026-01-01T00:00:00"}, "This card could not be read."),
    ],
)
def test_what_is_no_answer_counts_nothing(
    reader: User, client: Client, sent: dict[str, str], says: str
) -> None:
    card = own_cards(reader).get()
    assert says in client.post(reverse("card-answer", args=[card.pk]), sent, follow=True).text
    assert not CardReview.objects.exists()
    with pytest.raises(ValidationError):
        answer_card(card=card, rating=0, seen=None)


def test_new_cards_are_rationed_and_due_ones_come_first(reader: User, course: Course) -> None:
    for topic in topics_of(course):
        set_read(reader, topic, is_read=True)
    collect_cards(reader)
    set_plan(reader, new_per_day=2, shows_streak=True)
    queue = queue_of(reader)
    assert (queue.due, queue.new, queue.waiting, queue.streak) == (0, 2, 2, 0)
    cards = list(own_cards(reader))
    answer_card(card=cards[0], rating=4, seen=None)
    Card.objects.filter(pk=cards[0].pk).update(due=timezone.now() - timedelta(hours=1))
    queue = queue_of(reader)
    assert (queue.due, queue.new, queue.answered_today, queue.streak) == (1, 1, 1, 1)
    assert queue.card == cards[0]
    answer_card(card=cards[1], rating=4, seen=None)
    assert queue_of(reader).new == 0
    with pytest.raises(ValidationError, match="from 0 to 100"):
        set_plan(reader, new_per_day=101, shows_streak=True)


def test_a_card_that_is_due_in_a_moment_is_asked_when_nothing_else_is(reader: User) -> None:
    card = own_cards(reader).get()
    answer_card(card=card, rating=1, seen=None)
    queue = queue_of(reader)
    assert (queue.total, queue.card) == (0, card)


def test_a_card_can_be_put_aside_and_taken_back(reader: User, client: Client) -> None:
    card = own_cards(reader).get()
    address = reverse("card-aside", args=[card.pk])
    page = client.post(address, follow=True)
    assert "This card is asked no more." in page.text
    assert not own_cards(reader).exists()
    assert "The card is asked again." in client.post(address, {"back": "1"}, follow=True).text
    assert own_cards(reader).get() == card


@pytest.mark.parametrize(
    ("days", "length"),
    [([], 0), ([0], 1), ([1], 1), ([0, 1, 2, 4], 3), ([1, 2, 3], 3), ([2, 3], 0)],
)
def test_streaks_reach_today_or_yesterday(days: list[int], length: int) -> None:
    today = date(2026, 5, 4)
    assert streak_of([today - timedelta(days=ago) for ago in days], today) == length


def test_the_streak_can_be_turned_off(reader: User, client: Client) -> None:
    answer_card(card=own_cards(reader).get(), rating=3, seen=None)
    assert "1 day in a row" in client.get("/practice/").text
    client.post("/practice/plan/", {"new_per_day": "10"})
    assert "in a row" not in client.get("/practice/").text.partition("How I practise")[0]
    refused = client.post("/practice/plan/", {"new_per_day": "500"})
    assert refused.status_code == 400
    assert "less than or equal to 100" in refused.text


def test_the_page_says_what_there_is(client: Client, learner: User, course: Course) -> None:
    assert "No cards yet" in client.get("/practice/").text
    set_read(learner, topics_of(course)[0], is_read=True)
    html = client.get("/practice/?course=rivers").text
    assert "What does this mean?" in html
    assert "1 card left for today" in html
    card = own_cards(learner).get()
    data = {"rating": "4", "seen": "", "course": "rivers"}
    done = client.post(reverse("card-answer", args=[card.pk]), data, follow=True)
    assert done.redirect_chain == [("/practice/?course=rivers", 302)]
    assert "Done for today" in done.text
    assert "The next card comes on" in done.text
    assert client.get("/practice/?course=nothing").status_code == 404


def test_queries_of_practice_do_not_grow(client: Client, learner: User, course: Course) -> None:
    set_read(learner, topics_of(course)[0], is_read=True)
    missed(learner, course)
    client.get("/practice/")
    few = count_queries(client, "/practice/")
    big = make_course("Big", status=CourseStatus.PUBLISHED, modules=3, topics=4, questions=6)
    for topic in topics_of(big):
        set_read(learner, topic, is_read=True)
    missed(learner, big)
    client.get("/practice/")
    assert own_cards(learner).count() > 15
    assert count_queries(client, "/practice/") == few


def test_practice_over_the_api(learner: User, course: Course) -> None:
    api = api_client(learner)
    set_read(learner, topics_of(course)[0], is_read=True)
    missed(learner, course)
    found = api.get("/api/practice/").json()
    assert (found["due"], found["new"], found["streak"]) == (0, 3, 0)
    card = found["card"]
    assert card["front"] == "spring 1.1"
    assert card["back"] == ["A spring is where groundwater 1.1 comes to the surface."]
    address = f"/api/cards/{card['id']}/review/"
    answered = api.post(address, {"rating": 3, "last_review": None}, format="json")
    assert answered.status_code == 200
    assert answered.json()["due"] > card["due"]
    again = api.post(address, {"rating": 3}, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    seen = answered.json()["last_review"]
    assert api.post(address, {"rating": 4, "last_review": seen}, format="json").status_code == 200
    assert api.post(address, {"rating": 9}, format="json").status_code == 400
    assert api.get("/api/cards/?course=rivers").json()["count"] == 3
    assert api.get("/api/cards/?course=other").json()["count"] == 0
    assert api.get("/api/cards/?new=true").json()["count"] == 2
    assert api.post(f"/api/cards/{card['id']}/set-aside/").status_code == 204
    assert api.get("/api/cards/").json()["count"] == 2
    plan = {"new_per_day": 3, "shows_streak": False}
    assert api.put("/api/practice/plan/", plan, format="json").json() == plan
    assert api.get("/api/practice/plan/").json() == plan
    assert api.get("/api/practice/").json()["streak"] is None
    assert api_client(make_learner("ann")).get("/api/cards/").json()["count"] == 0
