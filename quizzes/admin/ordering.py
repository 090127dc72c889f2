"""The order of a quiz's questions: moved up and down, to other quizzes, copied."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from common.numbers import whole_number
from courses.queries import editable_courses
from quizzes.composition import composition
from quizzes.editing import QuestionStateError, copy_question, move_question, order_questions
from quizzes.models import Question, Quiz
from quizzes.queries import review_questions

MAX_QUIZZES = 200  # in the menu of quizzes to copy to


def order_view(page: Any, request: HttpRequest, pk: int) -> HttpResponse:
    """Shows the order of a quiz, and changes it by buttons and numbers; with JavaScript rows can be
    dragged too."""
    quiz = page.get_object(request, str(pk))
    if quiz is None:
        raise Http404("There is no such quiz, or it is not yours.")
    if not page.has_change_permission(request, quiz):
        raise PermissionDenied
    if request.method == "POST":
        try:
            said = _changed(page, request, quiz)
        except (QuestionStateError, ValidationError) as error:
            words = error.messages[0] if isinstance(error, ValidationError) else str(error)
            messages.error(request, words)
        else:
            messages.success(request, said)
        return redirect("admin:quizzes_quiz_order", pk)
    questions = list(review_questions(quiz))
    context = {
        **page.admin_site.each_context(request),
        "opts": page.opts,
        "title": f"Order of \u201c{quiz}\u201d",
        "quiz": quiz,
        "questions": questions,
        "quizzes": _quizzes(request, quiz),
        "composition": composition(questions),
    }
    return render(request, "admin/quizzes/quiz/order.html", context)


def _quizzes(request: HttpRequest, quiz: Quiz) -> list[Quiz]:
    """Returns the other quizzes, those of the same course first."""
    courses = editable_courses(request.user)
    found = Quiz.objects.filter(course__in=courses).exclude(pk=quiz.pk).select_related("course")
    own = found.filter(course=quiz.course_id)
    others = found.exclude(course=quiz.course_id).order_by("-course__updated_at")[:MAX_QUIZZES]
    return [*own, *others]


def _changed(page: Any, request: HttpRequest, quiz: Quiz) -> str:
    """Does what the pressed button says, and returns words about it."""
    order = list(quiz.questions.order_by("position").values_list("pk", flat=True))
    for name, step in (("up", -1), ("down", 1)):
        if name in request.POST:
            chosen = _question(request, quiz, name)
            place = order.index(chosen.pk)
            order.insert(min(max(place + step, 0), len(order) - 1), order.pop(place))
            order_questions(quiz, order)
            return "Moved."
    if "move" in request.POST:
        moved = move_question(_question(request, quiz, "move"), quiz=_target(request, "move"))
        page.log_change(request, moved, f"Moved to {moved.quiz}.")
        return f"Moved to \u201c{moved.quiz}\u201d."
    if "copy" in request.POST:
        question = _question(request, quiz, "copy")
        copied = copy_question(question, quiz=_target(request, "copy"))
        page.log_change(request, copied, "Copied from another question.")
        return f"Copied to \u201c{copied.quiz}\u201d, as a draft."
    places = {
        pk: _place(request.POST.get(f"place-{pk}", ""), number)
        for number, pk in enumerate(order, 1)
    }
    order_questions(quiz, sorted(order, key=lambda pk: places[pk]))
    page.log_change(request, quiz, "Put in another order.")
    return "The new order is saved."


def _place(sent: str, place: int) -> tuple[int, int]:
    """Returns the new place. A question that moves up comes before the one that has this place now,
    otherwise after it.
    """
    wanted = whole_number(sent, 6)
    if wanted is None:
        return place, 1
    return wanted, (1 if wanted == place else 0 if wanted < place else 2)


def _question(request: HttpRequest, quiz: Quiz, name: str) -> Question:
    key = whole_number(request.POST[name]) or 0
    found = quiz.questions.filter(pk=key).select_related("quiz").first()
    if found is None:
        raise QuestionStateError("This question is not in the quiz any more.")
    return found


def _target(request: HttpRequest, name: str) -> Quiz:
    question = whole_number(request.POST[name])
    key = whole_number(request.POST.get(f"to-{question}", "")) or 0
    found = Quiz.objects.filter(pk=key, course__in=editable_courses(request.user)).first()
    if found is None:
        raise QuestionStateError("Choose the quiz that it should go to.")
    return found
