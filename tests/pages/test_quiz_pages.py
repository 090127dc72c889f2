"""Taking a quiz in the browser's terms: forms, redirects, and pages that keep the answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from courses.models import Course, CourseStatus
from quizzes.editing import reject_question
from quizzes.models import Attempt, Choice, Question, Quiz, QuizStatus
from quizzes.services import start_attempt, submit_attempt
from tests.factories import make_course, make_learner, make_superuser, make_teacher
from tests.pages.queries import count_queries
from tests.quizzes.formats import QUESTIONS, make_all_formats


@pytest.fixture
def quiz(course: Course) -> Quiz:
    return course.quizzes.get(module__position=1)


@pytest.fixture
def attempt(quiz: Quiz, learner: User) -> Attempt:
    return start_attempt(quiz=quiz, learner=learner)


def questions(attempt: Attempt) -> str:
    return reverse("attempt-take", args=[attempt.pk])


def send(client: Client, attempt: Attempt, *choices: str) -> Any:
    """Hands in, whatever is unanswered."""
    return client.post(questions(attempt), chosen(*choices) | {"hand_in": "1"})


def chosen(*choices: str) -> dict[str, str]:
    return {f"question-{n}": choice for n, choice in enumerate(choices, 1) if choice}


def test_the_right_answers_stay_on_the_server(client: Client, attempt: Attempt) -> None:
    for address in (attempt.quiz.get_absolute_url(), questions(attempt)):
        html = client.get(address).content.decode()
        assert "The source says so." not in html
        assert "groundwater" not in html
        assert "correct" not in html
    assert "Choice 3.2" in html
    assert html.count("<fieldset") == html.count("<legend") == 3
    assert "checked" not in html


def test_starting_twice_resumes_the_open_attempt(client: Client, quiz: Quiz) -> None:
    start = reverse("quiz-start", args=[quiz.pk])
    assert client.get(start).status_code == 405
    first, second = client.post(start), client.post(start)
    assert first.headers["Location"] == second.headers["Location"]
    assert Attempt.objects.count() == 1
    assert "Continue the quiz" in client.get(quiz.get_absolute_url()).content.decode()


def test_a_wrong_choice_is_told_why_it_is_wrong(client: Client, quiz: Quiz, learner: User) -> None:
    Choice.objects.filter(question__quiz=quiz, is_correct=False).update(feedback="Not <b>so</b>.")
    attempt = start_attempt(quiz=quiz, learner=learner)
    assert "&lt;b&gt;so" not in client.get(questions(attempt)).content.decode()
    send(client, attempt, "1", "1", "")
    html = client.get(attempt.get_absolute_url()).content.decode()
    assert html.count("Not &lt;b&gt;so&lt;/b&gt;.") == 1


def test_a_passed_quiz_shows_score_and_sources(client: Client, attempt: Attempt) -> None:
    response = send(client, attempt, "1", "2", "0")
    assert response.headers["Location"] == attempt.get_absolute_url()
    html = client.get(attempt.get_absolute_url()).content.decode()
    assert '<p class="score-number">67%</p>' in html
    assert '<p class="verdict">Passed</p>' in html
    assert "2 of 3 right; the pass mark is 60%" in html
    assert html.count("✓ Your answer, right") == 2
    assert html.count("✗ Your answer") == 1
    assert html.count("✓ Right answer") == 1
    assert "The source says so." in html
    assert "rivers-1.pdf, page 1" in html


def test_the_result_is_of_what_was_asked(client: Client, attempt: Attempt) -> None:
    send(client, attempt, "1", "2", "3")
    Question.objects.update(stem="Changed?", explanation="Changed.", quote="Changed.")
    html = client.get(attempt.get_absolute_url()).content.decode()
    assert "What is a spring, number 1?" in html
    assert "Changed" not in html


def test_unanswered_questions_are_counted(client: Client, attempt: Attempt) -> None:
    send(client, attempt, "1")
    html = client.get(attempt.get_absolute_url()).content.decode()
    assert "2 questions not answered." in html
    assert '<p class="verdict">Not passed</p>' in html
    assert '<p class="score-number">33%</p>' in html


def test_the_review_names_what_is_unanswered(client: Client, attempt: Attempt) -> None:
    sent = client.post(questions(attempt), chosen("1", "", "0"))
    review = reverse("attempt-review", args=[attempt.pk])
    assert sent.headers["Location"] == review
    html = client.get(review).content.decode()
    assert "1 of 3 questions is not answered" in html
    assert f'<a href="{questions(attempt)}2/">question 2</a>' in html
    assert "Submit all the same" in html
    attempt.refresh_from_db()
    assert attempt.submitted_at is None
    # Everything is on the server: another browser goes on.
    assert client.get(questions(attempt)).content.decode().count(" checked") == 2
    done = client.post(review)
    assert done.headers["Location"] == attempt.get_absolute_url()
    attempt.refresh_from_db()
    assert (attempt.correct, attempt.total) == (1, 3)


def test_the_review_of_a_whole_sheet_says_so(client: Client, attempt: Attempt) -> None:
    html = client.post(questions(attempt), chosen("1", "2", "3"), follow=True).content.decode()
    assert "All 3 questions are answered" in html
    assert "Submit the answers" in html
    done = client.post(reverse("attempt-review", args=[attempt.pk]))
    assert done.headers["Location"] == attempt.get_absolute_url()


def test_a_second_submission_changes_nothing(client: Client, attempt: Attempt) -> None:
    send(client, attempt, "1", "2", "3")
    response = send(client, attempt, "0", "0", "0")
    assert response.headers["Location"] == attempt.get_absolute_url()
    html = client.get(attempt.get_absolute_url()).content.decode()
    assert "its first score does not change" in html
    assert '<p class="score-number">100%</p>' in html


def test_the_back_button_leads_to_the_result(client: Client, attempt: Attempt) -> None:
    assert "no-store" in client.get(questions(attempt)).headers["Cache-Control"]
    send(client, attempt)
    back = client.get(questions(attempt))
    assert back.headers["Location"] == attempt.get_absolute_url()


def test_an_open_attempt_has_no_result(client: Client, attempt: Attempt) -> None:
    assert client.get(attempt.get_absolute_url()).headers["Location"] == questions(attempt)


@pytest.mark.parametrize("choice", ["x", "-1", "9", "1.5", "²", "9" * 5000])
def test_a_choice_that_was_not_offered_keeps_the_others(
    client: Client, attempt: Attempt, choice: str
) -> None:
    response = send(client, attempt, "1", choice)
    assert response.status_code == 400
    html = response.content.decode()
    assert "Nothing was submitted." in html
    assert html.count("checked") == 1
    attempt.refresh_from_db()
    assert attempt.submitted_at is None


def test_other_peoples_attempts_are_not_there(attempt: Attempt) -> None:
    for user in (make_learner("other"), make_teacher()):
        stranger = Client()
        stranger.force_login(user)
        assert stranger.get(attempt.get_absolute_url()).status_code == 404
        assert stranger.post(questions(attempt)).status_code == 404


def take_back(quiz: Quiz) -> None:
    Course.objects.filter(pk=quiz.course_id).update(status=CourseStatus.DRAFT)


def reject_all(quiz: Quiz) -> None:
    for question in quiz.questions.all():
        reject_question(question, reason="Wrong.")


@pytest.mark.parametrize("close", [take_back, reject_all])
def test_a_quiz_that_closes_while_it_is_taken_can_be_ended(
    client: Client, attempt: Attempt, close: Callable[[Quiz], None]
) -> None:
    close(attempt.quiz)
    assert client.post(reverse("quiz-start", args=[attempt.quiz_id])).status_code == 404
    # My results leads to it, and it says what has happened.
    assert attempt.get_absolute_url() in client.get("/history/").content.decode()
    html = client.get(attempt.get_absolute_url(), follow=True).content.decode()
    assert "This quiz was closed since you began it" in html
    assert attempt.quiz.course.get_absolute_url() not in html
    send(client, attempt, "1", "2", "3")
    html = client.get(attempt.get_absolute_url()).content.decode()
    assert "100%" in html
    assert attempt.quiz.course.get_absolute_url() not in html
    assert "In progress" not in client.get("/history/").content.decode()


def test_a_quiz_without_questions_says_so_to_staff_alone(client: Client, quiz: Quiz) -> None:
    quiz.questions.all().delete()
    assert quiz.status == QuizStatus.READY
    assert client.post(reverse("quiz-start", args=[quiz.pk])).status_code == 404
    client.force_login(make_superuser())
    response = client.post(reverse("quiz-start", args=[quiz.pk]), follow=True)
    assert "This quiz has no questions yet." in response.content.decode()


def test_best_results_and_progress_stand_on_course_and_history(
    client: Client, attempt: Attempt, learner: User
) -> None:
    submit_attempt(attempt=attempt, responses={1: 1, 2: 2, 3: 3})
    submit_attempt(attempt=start_attempt(quiz=attempt.quiz, learner=learner), responses={})
    other = make_learner("other")
    final = attempt.quiz.course.quizzes.get(module=None)
    submit_attempt(attempt=start_attempt(quiz=final, learner=other), responses={1: 1, 2: 2, 3: 3})
    html = client.get(attempt.quiz.course.get_absolute_url()).content.decode()
    assert "Passed · best 100%" in html
    assert html.count("Not taken") == 2
    assert "1 of 3 quizzes passed" in html
    html = client.get("/history/").content.decode()
    assert "1 of 3 quizzes passed" in html
    assert "3 of 3 (100%)" in html
    assert "0 of 3 (0%)" in html


def test_an_empty_history_says_how_to_begin(client: Client) -> None:
    assert "No quizzes taken yet" in client.get("/history/").content.decode()


def test_queries_do_not_grow_with_the_rows(client: Client, learner: User) -> None:
    small, big = (
        make_course(f"{n} questions", status=CourseStatus.PUBLISHED, questions=n) for n in (3, 6)
    )
    counts = []
    for course in (small, big):
        for quiz in course.quizzes.all():
            attempt = start_attempt(quiz=quiz, learner=learner)
            form = count_queries(client, questions(attempt))
            submit_attempt(attempt=attempt, responses={})
        result = count_queries(client, attempt.get_absolute_url())
        counts.append((form, result, count_queries(client, "/history/")))
    assert counts[0] == counts[1]


def test_no_format_tells_its_answer_before_it_is_submitted(client: Client, quiz: Quiz) -> None:
    quiz.questions.all().delete()
    make_all_formats(quiz)
    page = client.post(reverse("quiz-start", args=[quiz.pk]), follow=True).content.decode()
    assert page.count("<fieldset") == len(QUESTIONS)
    for secret in ("0.01", "0.5", "abscisic", "ABA", "dolphin", "The source says so."):
        assert secret not in page
    # As they are frozen, and nothing chosen.
    assert page.index("boil") < page.index("fill") < page.index("pour")
    form = page.partition("<main")[2].partition("</main>")[0]
    assert " selected" not in form
    assert " checked" not in form


def test_notes_on_how_a_quiz_was_made_are_for_staff(client: Client, quiz: Quiz) -> None:
    Quiz.objects.filter(pk=quiz.pk).update(notes=["Its text holds no more definitions."])
    assert "no more definitions" not in client.get(quiz.get_absolute_url()).content.decode()
    client.force_login(make_superuser())
    assert "no more definitions" in client.get(quiz.get_absolute_url()).content.decode()
