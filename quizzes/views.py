"""Pages for taking quizzes, their results, and the course page that lists them."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.queries import course_tree, visible_courses
from courses.reading import editable_ids
from quizzes.answer_sheet import asked_form, read_choices
from quizzes.models import Attempt
from quizzes.progress import course_overview, progress_by_course
from quizzes.queries import own_attempts, visible_quizzes, with_answers, with_question_count
from quizzes.services import AttemptError, start_attempt, submit_attempt

ATTEMPTS_PER_PAGE = 25


@require_safe
@login_required
def course_page(request: HttpRequest, slug: str) -> HttpResponse:
    course = get_object_or_404(course_tree(visible_courses(request.user)), slug=slug)
    context = {
        "course": course,
        "overview": course_overview(request.user, course),
        "may_edit": course.pk in editable_ids(request.user, [course]),
    }
    return render(request, "courses/detail.html", context)


@require_safe
@login_required
@never_cache
def quiz_page(request: HttpRequest, pk: int) -> HttpResponse:
    quiz = get_object_or_404(with_question_count(visible_quizzes(request.user)), pk=pk)
    attempts = list(own_attempts(request.user).filter(quiz=quiz))
    context = {
        "quiz": quiz,
        "course": quiz.course,
        "attempts": [attempt for attempt in attempts if attempt.submitted_at],
        "open_attempt": next((a for a in attempts if a.submitted_at is None), None),
        "may_edit": quiz.course_id in editable_ids(request.user, [quiz.course]),
    }
    return render(request, "quizzes/quiz.html", context)


@require_POST
@login_required
def quiz_start(request: HttpRequest, pk: int) -> HttpResponse:
    quiz = get_object_or_404(visible_quizzes(request.user), pk=pk)
    try:
        attempt = start_attempt(quiz=quiz, learner=request.user)
    except AttemptError as error:
        messages.error(request, str(error))
        return redirect(quiz)
    return redirect("attempt-take", attempt.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def attempt_take(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The questions of an open attempt; one that was submitted leads to its result."""
    attempt = get_object_or_404(with_answers(own_attempts(request.user)), pk=pk)
    if attempt.submitted_at:
        return _already_submitted(request, attempt)
    get_object_or_404(visible_quizzes(request.user), pk=attempt.quiz_id)
    if request.method == "POST":
        return _submit(request, attempt)
    return _show_form(request, attempt)


def _submit(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    try:
        submit_attempt(attempt=attempt, chosen=read_choices(attempt, request.POST))
    except AttemptError as error:
        attempt.refresh_from_db(fields=["submitted_at"])
        if attempt.submitted_at:
            return _already_submitted(request, attempt)
        messages.error(request, f"{error} Nothing was submitted.")
        return _show_form(request, attempt, status=400)
    return redirect(attempt)


def _already_submitted(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    if request.method == "POST":
        messages.info(request, "This quiz was submitted already; its first score stands.")
    return redirect(attempt)


def _show_form(request: HttpRequest, attempt: Attempt, *, status: int = 200) -> HttpResponse:
    context = {
        "attempt": attempt,
        "quiz": attempt.quiz,
        "course": attempt.quiz.course,
        "questions": asked_form(attempt, request.POST),
    }
    return render(request, "quizzes/take.html", context, status=status)


@require_safe
@login_required
@never_cache
def attempt_result(request: HttpRequest, pk: UUID) -> HttpResponse:
    attempt = get_object_or_404(with_answers(own_attempts(request.user)), pk=pk)
    if attempt.submitted_at is None:
        return redirect("attempt-take", attempt.pk)
    answers = attempt.answers.all()
    context = {
        "attempt": attempt,
        "quiz": attempt.quiz,
        "course": attempt.quiz.course,
        "answers": answers,
        "unanswered": sum(answer.chosen is None for answer in answers),
        "quiz_is_visible": _quiz_is_visible(request, attempt),
    }
    return render(request, "quizzes/result.html", context)


def _quiz_is_visible(request: HttpRequest, attempt: Attempt) -> bool:
    return visible_quizzes(request.user).filter(pk=attempt.quiz_id).exists()


@require_safe
@login_required
@never_cache
def history(request: HttpRequest) -> HttpResponse:
    attempts: QuerySet[Attempt] = own_attempts(request.user)
    page = Paginator(attempts, ATTEMPTS_PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "courses": progress_by_course(request.user)}
    return render(request, "quizzes/history.html", context)
