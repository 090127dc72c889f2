"""Home and practice."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from common.login_return import posted_from
from common.numbers import whole_number
from courses.learner_queries import editable_ids
from courses.queries import visible_courses
from quizzes.flashcards import (
    CardAnsweredError,
    answer_card,
    collect_cards,
    face_of,
    own_cards,
    plan_of,
    queue_of,
    set_aside,
    set_plan,
)
from quizzes.forms import PracticePlanForm
from quizzes.home import course_lines, courses_of_home, due_quizzes, go_on
from quizzes.models import Card, Rating

COURSES_PER_PAGE = 24


@require_safe
@login_required
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    page = Paginator(courses_of_home(request.user), COURSES_PER_PAGE).get_page(
        request.GET.get("page")
    )
    courses = list(page.object_list)
    collect_cards(request.user)
    context = {
        "page": page,
        "lines": course_lines(request.user, courses),
        "go_on": go_on(request.user) if page.number == 1 else None,
        "due": due_quizzes(request.user) if page.number == 1 else [],
        "queue": queue_of(request.user),
        "editable": editable_ids(request.user, courses),
    }
    return render(request, "quizzes/home.html", context)


@require_safe
@login_required
@never_cache
def practice(request: HttpRequest) -> HttpResponse:
    """Shows the next card, its back under a fold that needs no script."""
    return _practice(request, PracticePlanForm(instance=plan_of(request.user)))


def _practice(
    request: HttpRequest, form: PracticePlanForm, status: int = HTTPStatus.OK
) -> HttpResponse:
    collect_cards(request.user)
    slug = request.GET.get("course", "")
    course = get_object_or_404(visible_courses(request.user), slug=slug) if slug else None
    queue = queue_of(request.user, course)
    context = {
        "queue": queue,
        "course": course,
        "face": face_of(queue.card) if queue.card else None,
        "seen": queue.card.last_review.isoformat() if queue.card and queue.card.last_review else "",
        "ratings": _ratings(),
        "plan_form": form,
        "just_set_aside": request.GET.get("aside", ""),
    }
    return render(request, "quizzes/practice.html", context, status=status)


def _ratings() -> list[tuple[int, Any]]:
    words = {
        Rating.AGAIN: _("Not known"),
        Rating.HARD: _("Hard"),
        Rating.GOOD: _("Known"),
        Rating.EASY: _("Easy"),
    }
    return [(rating.value, word) for rating, word in words.items()]


@posted_from("practice")
@login_required
def card_answer(request: HttpRequest, pk: int) -> HttpResponse:
    card = get_object_or_404(own_cards(request.user), pk=pk)
    rating, seen = whole_number(request.POST.get("rating", "")), request.POST.get("seen", "")
    try:
        answer_card(card=card, rating=rating or 0, seen=_moment(seen))
    except CardAnsweredError as error:
        messages.info(request, str(error))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return _next_card(request)


def _moment(text: str) -> datetime | None:
    """ValidationError for what is no time; None for ""."""
    try:
        found = parse_datetime(text) if text else None
    except ValueError:
        found = None
    if text and (found is None or found.tzinfo is None):
        raise ValidationError(_("This card could not be read. Try the next one."))
    return found


def _next_card(request: HttpRequest, extra: str = "") -> HttpResponse:
    course = request.POST.get("course", "")
    known = course and visible_courses(request.user).filter(slug=course).exists()
    parts = [f"course={course}" if known else "", extra]
    query = "&".join(part for part in parts if part)
    return redirect(f"{reverse('practice')}?{query}" if query else "practice")


@posted_from("practice")
@login_required
def card_aside(request: HttpRequest, pk: int) -> HttpResponse:
    """Stops asking a card; the page that follows offers to take that back."""
    card = get_object_or_404(Card.objects.filter(learner=request.user.pk), pk=pk)
    back = "back" in request.POST
    set_aside(card, is_set_aside=not back)
    if back:
        messages.success(request, _("The card is asked again."))
        return _next_card(request)
    return _next_card(request, f"aside={card.pk}")


@posted_from("practice")
@login_required
def practice_plan(request: HttpRequest) -> HttpResponse:
    form = PracticePlanForm(request.POST, instance=plan_of(request.user))
    if not form.is_valid():
        return _practice(request, form, HTTPStatus.BAD_REQUEST)
    set_plan(
        request.user,
        new_per_day=form.cleaned_data["new_per_day"],
        shows_streak=form.cleaned_data["shows_streak"],
    )
    messages.success(request, _("Saved."))
    return redirect("practice")
