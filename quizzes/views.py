"""Pages for taking quizzes, their results, and the course page that lists them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from common.login_return import posted_from
from common.numbers import whole_number
from common.offline import kept_offline
from courses.learner_queries import editable_ids
from courses.queries import course_tree, visible_courses
from quizzes.after_attempt import next_step, review_answers, weak_topics
from quizzes.answer_sheet import asked_form, field_name, read_sheet, saved_fields
from quizzes.attempt_errors import AttemptError, ResponsesError
from quizzes.certificates import (
    CertificateError,
    find_certificate,
    has_passed,
    issue_certificate,
    own_certificates,
)
from quizzes.home import course_state
from quizzes.models import Attempt, Layout, Reading
from quizzes.practice import begin_practice, check_answer
from quizzes.progress import course_overview, progress_by_course
from quizzes.queries import own_attempts, visible_quizzes, with_answers, with_question_count
from quizzes.rules import answers_are_shown, standing, standing_of
from quizzes.services import end_overdue, save_answers, start_attempt, submit_attempt

# Of a number in an address or a field.
AGE_DIGITS = 9  # of seconds
ATTEMPTS_PER_PAGE = 25


@require_safe
@login_required
def course_page(request: HttpRequest, slug: str) -> HttpResponse:
    courses = course_tree(visible_courses(request.user), reader=request.user)
    course = get_object_or_404(courses, slug=slug)
    overview = course_overview(request.user, course)
    state, progress = course_state(course, overview), overview.progress
    is_begun = bool(state.read or overview.states.best or overview.states.opened)
    context = {
        "course": course,
        "overview": overview,
        "state": state,
        "is_finished": 0 < progress.total == progress.passed,
        "unread_place": "course" if is_begun else "all",
        "may_edit": course.pk in editable_ids(request.user, [course]),
    }
    return kept_offline(request, render(request, "courses/detail.html", context))


@require_safe
@login_required
@never_cache
def quiz_page(request: HttpRequest, pk: int) -> HttpResponse:
    quiz = get_object_or_404(with_question_count(visible_quizzes(request.user)), pk=pk)
    mine = own_attempts(request.user).filter(quiz=quiz)
    attempts = [_ended_if_overdue(attempt) for attempt in mine]
    context = {
        "quiz": quiz,
        "course": quiz.course,
        "asked_count": min(quiz.draw or vars(quiz)["question_count"], vars(quiz)["question_count"]),
        "attempts": [one for one in attempts if one.submitted_at and not one.is_practice],
        "standing": standing_of(quiz, attempts),
        "may_edit": quiz.course_id in editable_ids(request.user, [quiz.course]),
    }
    return render(request, "quizzes/quiz.html", context)


@posted_from("quiz-detail")
@login_required
def quiz_start(request: HttpRequest, pk: int) -> HttpResponse:
    quiz = get_object_or_404(visible_quizzes(request.user), pk=pk)
    try:
        attempt = start_attempt(quiz=quiz, learner=request.user)
    except AttemptError as error:
        messages.error(request, str(error))
        return redirect(quiz)
    return redirect(questions_page(attempt))


@posted_from("quiz-detail")
@login_required
def quiz_practise(request: HttpRequest, pk: int) -> HttpResponse:
    """Practises what went wrong, of the topics that are named if any are."""
    quiz = get_object_or_404(visible_quizzes(request.user), pk=pk)
    keys = map(whole_number, request.POST.getlist("topic"))
    topics = [key for key in keys if key is not None]
    try:
        attempt = begin_practice(quiz=quiz, learner=request.user, topics=topics)
    except AttemptError as error:
        messages.error(request, str(error))
        return redirect(quiz)
    return redirect("attempt-question", attempt.pk, 1)


def questions_page(attempt: Attempt) -> str:
    """Shows where the attempt continues: at the first question without an answer, if questions are
    shown one at a time.
    """
    if attempt.quiz.layout == Layout.PAGE and not attempt.is_practice:
        return reverse("attempt-take", args=[attempt.pk])
    answers = attempt.answers.order_by("position")
    first = next((one.position for one in answers if one.given is None), 1)
    return reverse("attempt-question", args=[attempt.pk, first])


def _ended_if_overdue(attempt: Attempt) -> Attempt:
    return end_overdue(attempt) if attempt.is_overdue else attempt


def _own_attempt(request: HttpRequest, pk: UUID) -> Attempt:
    attempt = get_object_or_404(with_answers(own_attempts(request.user)), pk=pk)
    if attempt.is_overdue:
        end_overdue(attempt)
        attempt.refresh_from_db()
    return attempt


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def attempt_take(request: HttpRequest, pk: UUID, position: int | None = None) -> HttpResponse:
    """Shows the questions of an open attempt, or one of them; one that was submitted leads to its
    result.

    What is sent is saved, and the button that was pressed says where to go: `hand_in` submits. An
    attempt can be ended whatever becomes of its quiz: it is graded as it was asked.
    """
    attempt = _own_attempt(request, pk)
    if attempt.submitted_at:
        return _over(request, attempt)
    if attempt.is_practice and position is None:
        return redirect(questions_page(attempt))
    if position is not None and not 1 <= position <= attempt.total:
        raise Http404
    if request.method != "POST":
        return _show_form(request, attempt, position)
    responses, problems = read_sheet(attempt, request.POST)
    try:
        return _take_in(request, attempt, position, responses, problems)
    except ResponsesError as error:
        problems |= error.problems
    except AttemptError as error:
        attempt.refresh_from_db()
        if attempt.submitted_at or attempt.is_overdue:
            return _over(request, _ended_if_overdue(attempt))
        messages.error(request, _("%(error)s Nothing was submitted.") % {"error": error})
    return _show_form(request, _own_attempt(request, pk), position, problems=problems, status=400)


def _take_in(
    request: HttpRequest,
    attempt: Attempt,
    position: int | None,
    responses: dict[int, Any],
    problems: dict[int, str],
) -> HttpResponse:
    """Saves the responses that fit, and goes where the learner wants to. Raises ResponsesError for
    the others.
    """
    if "check" in request.POST and position is not None and not problems:
        check_answer(attempt=attempt, position=position, responses=responses)
        return redirect("attempt-question", attempt.pk, position)
    if "hand_in" in request.POST and not problems:
        return redirect(submit_attempt(attempt=attempt, responses=responses))
    save_answers(attempt=attempt, responses=responses)
    if problems:
        raise ResponsesError(problems)
    return redirect(_wanted_page(attempt, position, request.POST.get("go", "review")))


def _wanted_page(attempt: Attempt, position: int | None, go: str) -> str:
    here = position or 1
    one = "attempt-question"
    if go == "page":
        return reverse("attempt-take", args=[attempt.pk])
    if go == "one":
        return reverse(one, args=[attempt.pk, here])
    places = {"next": here + 1, "previous": here - 1}
    number = whole_number(go)
    wanted = places.get(go, 0) if number is None else number
    if 1 <= wanted <= attempt.total:
        return reverse(one, args=[attempt.pk, wanted])
    return reverse("attempt-review", args=[attempt.pk])


def _over(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    if request.method == "POST":
        closed = attempt.closes_at is not None and attempt.submitted_at == attempt.closes_at
        messages.info(
            request,
            _("The time was up. What was saved until then is scored.")
            if closed
            else _("This quiz was submitted already; its first score does not change."),
        )
    return redirect(attempt)


def _show_form(
    request: HttpRequest,
    attempt: Attempt,
    position: int | None,
    *,
    status: int = 200,
    problems: Mapping[int, str] | None = None,
) -> HttpResponse:
    answers = list(attempt.answers.all())
    shown = answers if position is None else [one for one in answers if one.position == position]
    questions = asked_form(shown, request.POST, problems)
    context = _taking(request, attempt) | {
        "questions": questions,
        "places": [(one.position, one.given is not None) for one in answers],
        "position": position,
        "problems": [question for question in questions if question.problem],
    }
    if attempt.is_practice and shown[0].checked_at:
        asked = attempt.answers.select_related("question__topic").filter(pk=shown[0].pk)
        context["reviewed"] = review_answers(list(asked))[0]
    template = "quizzes/take.html" if position is None else "quizzes/question.html"
    return _kept(request, attempt, render(request, template, context, status=status))


def _kept(request: HttpRequest, attempt: Attempt, page: HttpResponse) -> HttpResponse:
    """Offline, a page of a quiz that is running is kept. Practice, whose pages tell right answers,
    is not, and a form that was sent is answered by the server only."""
    if request.method != "GET" or attempt.is_practice:
        return page
    return kept_offline(request, page)


def _taking(request: HttpRequest, attempt: Attempt) -> dict[str, Any]:
    left = attempt.ends_at - timezone.now() if attempt.ends_at else None
    return {
        "attempt": attempt,
        "quiz": attempt.quiz,
        "course": attempt.quiz.course,
        "quiz_is_visible": _quiz_is_visible(request, attempt),
        "seconds_left": None if left is None else max(int(left.total_seconds()), 0),
    }


@posted_from("attempt-take")
@login_required
@never_cache
def attempt_save(request: HttpRequest, pk: UUID) -> JsonResponse:
    """Saves what the page's script sends of single questions, and says what became of it.

    `question-N-age` is how many seconds ago an answer was given, `question-N-known` the version of
    it that the page had.
    """
    mine = own_attempts(request.user).select_related(None)
    attempt = get_object_or_404(with_answers(mine), pk=pk)
    responses, problems = read_sheet(attempt, request.POST)
    names = {position: field_name(position) for position in responses}
    ages = {
        position: timedelta(seconds=age)
        for position, name in names.items()
        if (age := whole_number(request.POST.get(f"{name}-age", ""), AGE_DIGITS)) is not None
    }
    known = {
        position: request.POST[f"{name}-known"]
        for position, name in names.items()
        if f"{name}-known" in request.POST
    }
    try:
        saved = save_answers(attempt=attempt, responses=responses, ages=ages, known=known)
    except AttemptError as error:
        answer = {"message": str(error), "address": attempt.get_absolute_url()}
        return JsonResponse(answer, status=409)
    return JsonResponse(
        {
            "saved": {one: at.isoformat() for one, at in saved.saved.items()},
            "replaced": saved.replaced,
            "kept": {
                position: {"version": answer.version, "fields": saved_fields(answer)}
                for position, answer in saved.kept.items()
            },
            "problems": problems,
            "unanswered": saved.unanswered,
        }
    )


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def attempt_review(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Shows which questions have an answer, and the button that submits them."""
    if request.method == "POST":
        sent = get_object_or_404(own_attempts(request.user).select_related(None).only("pk"), pk=pk)
        try:
            return redirect(submit_attempt(attempt=sent))
        except AttemptError:
            sent.refresh_from_db()
            return _over(request, sent)
    attempt = _own_attempt(request, pk)
    if attempt.submitted_at:
        return _over(request, attempt)
    answers = list(attempt.answers.all())
    context = _taking(request, attempt) | {
        "answers": answers,
        "unanswered": [answer for answer in answers if answer.given is None],
    }
    return _kept(request, attempt, render(request, "quizzes/review.html", context))


@require_safe
@login_required
@never_cache
def attempt_result(request: HttpRequest, pk: UUID) -> HttpResponse:
    attempt = _own_attempt(request, pk)
    if attempt.submitted_at is None:
        return redirect(questions_page(attempt))
    answers = list(attempt.answers.select_related("question__topic").order_by("position"))
    is_visible = _quiz_is_visible(request, attempt)
    reviewed = review_answers(answers)
    now = standing(attempt.quiz, request.user)
    is_shown = answers_are_shown(attempt, request.user)
    context = {
        "attempt": attempt,
        "quiz": attempt.quiz,
        "course": attempt.quiz.course,
        "reviewed": reviewed,
        "unanswered": sum(answer.given is None for answer in answers),
        "is_being_read": any(answer.reading == Reading.WAITING for answer in answers),
        "quiz_is_visible": is_visible,
        "answers_shown": is_shown,
        "standing": now,
        "weak": weak_topics(reviewed, answers_shown=is_shown) if is_visible else [],
        "next": next_step(request.user, attempt) if is_visible else None,
    }
    return render(request, "quizzes/result.html", context)


def _quiz_is_visible(request: HttpRequest, attempt: Attempt) -> bool:
    return visible_quizzes(request.user).filter(pk=attempt.quiz_id).exists()


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def certificate_get(request: HttpRequest, slug: str) -> HttpResponse:
    """Leads to one's own certificate of a course, issues it, or says what is missing."""
    course = get_object_or_404(visible_courses(request.user), slug=slug)
    context: dict[str, Any] = {"course": course}
    if request.method == "POST":
        try:
            return redirect(issue_certificate(course=course, learner=request.user))
        except CertificateError as error:
            context["problem"] = str(error)
    else:
        issued = own_certificates(request.user).filter(course=course, revoked_at=None).first()
        if issued is not None:
            return redirect(issued)
    context["is_passed"] = has_passed(request.user, course)
    return render(request, "quizzes/certificate_get.html", context)


@require_safe
def certificate(request: HttpRequest, code: str) -> HttpResponse:
    """Shows a certificate to everybody who has its code, without a login."""
    found = find_certificate(code)
    if found is None:
        return render(request, "quizzes/certificate_check.html", {"code": code}, status=404)
    if code != found.code:
        return redirect(found)
    context = {"certificate": found, "is_own": found.learner_id == request.user.pk}
    return render(request, "quizzes/certificate.html", context)


@require_safe
def certificate_check(request: HttpRequest) -> HttpResponse:
    """Shows a form for a code that stands on paper."""
    code = request.GET.get("code", "").strip()[:40]
    found = find_certificate(code) if code else None
    if found is not None:
        return redirect(found)
    status = 404 if code else 200
    return render(request, "quizzes/certificate_check.html", {"code": code}, status=status)


@require_safe
@login_required
@never_cache
def history(request: HttpRequest) -> HttpResponse:
    # By the time that is shown: when it was handed in, or of open ones when it was begun.
    attempts: QuerySet[Attempt] = own_attempts(request.user).order_by(
        Coalesce("submitted_at", "started_at").desc(), "pk"
    )
    page = Paginator(attempts, ATTEMPTS_PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "courses": progress_by_course(request.user)}
    return render(request, "quizzes/history.html", context)
