"""Pages that show courses to learners; the course's own page is in `quizzes`, which it lists."""

from __future__ import annotations

import logging
import re
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from rest_framework.exceptions import Throttled

from common.login_return import posted_from
from common.offline import kept_offline
from common.outside_calls import OutsideBusyError
from courses.answer_stream import AnswerEvents
from courses.figures import visible_figures
from courses.forms import NoteForm
from courses.learner_queries import (
    editable_ids,
    glossary,
    neighbours,
    notes_of_lesson,
    own_notes,
    search_with_topics,
    visible_topics,
)
from courses.lesson_html import QUOTE_LENGTH, Sought, words_pattern
from courses.markdown import render_markdown
from courses.models import SourceDocument, Topic
from courses.page_pictures import (
    USUAL_WIDTH,
    PictureError,
    marked_pages,
    may_see_page,
    page_picture,
    shows_pages,
)
from courses.queries import topic_detail, visible_courses
from courses.question_answering import Answered, answer_question, find_material
from courses.search import cleaned_query, search_everything, snippet, words_of
from courses.shared_lessons import shared_lesson
from courses.study import add_note, change_note, note_opened, set_read
from engine.llm.errors import AIError
from jobs.api.events import stream_response

logger = logging.getLogger(__name__)

NOTES_PER_PAGE = 50
LONGEST_QUESTION = 500


@require_safe
@login_required
def topic_page(request: HttpRequest, pk: int) -> HttpResponse:
    topic = get_object_or_404(visible_topics(request.user), pk=pk)
    return lesson(request, topic, NoteForm())


def lesson(
    request: HttpRequest, topic: Topic, form: NoteForm, *, status: int = HTTPStatus.OK
) -> HttpResponse:
    """Shows the page of a lesson. `form` is that of a note which could not be saved as it was
    sent."""
    course = topic.module.course
    query, sought = cleaned_query(request), _sought(request)
    try:
        lesson_parts = shared_lesson(
            topic,
            shows_pages=shows_pages(request.user, course),
            words=() if sought else words_of(query),
            sought=sought,
        )
    except Topic.DoesNotExist as error:
        raise Http404("The lesson was deleted meanwhile.") from error
    shown = lesson_parts.text
    around = neighbours(topic, request.user)
    form.set_places(shown.places, course.language)
    context = {
        "topic": topic,
        "module": topic.module,
        "course": course,
        "content": shown.html,
        "contents": shown.headings,
        "marks": shown.marks,
        "query": "" if sought else query,
        "sought": sought,
        "terms": lesson_parts.terms,
        "sources": lesson_parts.sources,
        "neighbours": around,
        "reading": note_opened(request.user, topic),
        "notes": notes_of_lesson(request.user, topic, shown.places),
        "note_form": form,
        "may_edit": course.pk in editable_ids(request.user, [course]),
    }
    return kept_offline(request, render(request, "courses/topic.html", context, status=status))


def _sought(request: HttpRequest) -> Sought | None:
    """Returns the words of a source that a question or a search leads here with, if any."""
    words = " ".join(request.GET.get("quote", "").replace("\0", " ").split())[:QUOTE_LENGTH]
    number = request.GET.get("source", "")
    is_number = re.fullmatch(r"[0-9]{1,4}", number)
    return Sought(words, int(number) if is_number else 0) if words or is_number else None


@require_safe
@login_required
def topic_source(request: HttpRequest, pk: int, position: int) -> HttpResponse:
    """Shows the page that a lesson cites, with the quoted words marked."""
    topic = get_object_or_404(topic_detail(visible_topics(request.user)), pk=pk)
    citation = next((one for one in topic.citations.all() if one.position == position), None)
    if citation is None or not shows_pages(request.user, topic.module.course):
        raise Http404("There is no such source, or its pages are not shown.")
    context = {
        "topic": topic,
        "course": topic.module.course,
        "citation": citation,
        "pages": marked_pages(citation.passage, citation.quote),
    }
    return render(request, "courses/source.html", context)


@require_safe
@login_required
def picture(request: HttpRequest, pk: int, page: int) -> HttpResponse:
    """Shows the picture of a page as a WebP file; `width` asks for one at least so wide."""
    document = get_object_or_404(SourceDocument, pk=pk)
    if not may_see_page(request.user, document, page):
        raise Http404("There is no such page, or it is not for you.")
    given = request.GET.get("width", "")
    width = int(given[:5]) if given[:5].isdecimal() else USUAL_WIDTH
    try:
        with page_picture(document, page, width) as file:
            content = file.read()
    except PictureError as error:
        raise Http404(str(error)) from error
    except OutsideBusyError as error:
        return HttpResponse(str(error), status=HTTPStatus.SERVICE_UNAVAILABLE)
    return _picture(request, content, f"{document.sha256[:16]}-{page}-{len(content)}")


@require_safe
@login_required
def figure_picture(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows the picture of a figure as a WebP file."""
    figure = get_object_or_404(visible_figures(request.user).exclude(file=""), pk=pk)
    try:
        with figure.file.open("rb") as file:
            content = file.read()
    except FileNotFoundError as error:
        raise Http404("The picture is no longer stored here; it may be in a backup.") from error
    return _picture(request, content, (figure.file.name or "").rpartition("/")[2])


def _picture(request: HttpRequest, content: bytes, version: str) -> HttpResponse:
    response = HttpResponse(content, content_type="image/webp")
    response.headers["ETag"] = f'"{version}"'
    return get_conditional_response(request, response.headers["ETag"], None, response) or response


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def ask_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Answers a question about the course. It is asked by POST, because an answer may cost
    money."""
    course = get_object_or_404(visible_courses(request.user), slug=slug)
    question = _question(request)
    context: dict[str, Any] = {
        "course": course,
        "question": question,
        "unavailable": False,
        "shows_pages": shows_pages(request.user, course),
    }
    if question:
        try:
            found = answer_question(course, question, person=request.user)
        except (AIError, OutsideBusyError):
            logger.exception("Asking course %s failed", course.pk)
            context["unavailable"] = True
        else:
            context |= _shown_answer(found)
    status = HTTPStatus.SERVICE_UNAVAILABLE if context["unavailable"] else HTTPStatus.OK
    return render(request, "courses/ask.html", context, status=status)


@require_http_methods(["GET", "POST"])
@login_required
def ask_stream(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Shows the answer as events, each with the HTML that the page shows in place of the one
    before.

    Where it refuses, the script sends the form as a browser without scripts does.
    """
    course = get_object_or_404(visible_courses(request.user), slug=slug)
    if request.method == "GET":
        # A login that the question asked for leads here.
        return redirect("course-ask", slug=slug)
    question = _question(request)
    if not question:
        return HttpResponse(status=HTTPStatus.BAD_REQUEST)

    shared: dict[str, Any] = {
        "course": course,
        "question": question,
        "shows_pages": shows_pages(request.user, course),
    }

    def show(found: Answered) -> dict[str, Any]:
        context = shared | _shown_answer(found)
        return {"html": render_to_string("courses/_answer.html", context)}

    try:
        material = find_material(course, question)
        return stream_response(AnswerEvents(material, person=request.user, show=show))
    except (AIError, OutsideBusyError):
        logger.exception("Asking course %s failed", course.pk)
        return HttpResponse(status=HTTPStatus.SERVICE_UNAVAILABLE)
    except Throttled as error:
        return HttpResponse(str(error.detail), status=HTTPStatus.TOO_MANY_REQUESTS)


def _question(request: HttpRequest) -> str:
    question = " ".join(request.POST.get("question", "").replace("\0", " ").split())
    return question[:LONGEST_QUESTION]


def _shown_answer(found: Answered) -> dict[str, Any]:
    """Returns the context of `courses/_answer.html`."""
    numbers = range(1, len(found.passages) + 1)
    return {
        "answered": found,
        "answer": render_markdown(found.text, numbers),
        "sources": list(zip(numbers, found.passages, strict=True)),
        "LANGUAGE_CODE": get_language(),
    }


@require_safe
@login_required
def course_search(request: HttpRequest, slug: str) -> HttpResponse:
    """Searches in one course: its lessons, key terms and notes, then passages of its documents.
    Without an index of these the page still stands and says what is wrong."""
    course = get_object_or_404(visible_courses(request.user), slug=slug)
    query = cleaned_query(request)
    context: dict[str, Any] = {"course": course, "query": query, "found": [], "unavailable": False}
    if query:
        context["result"] = search_everything(request.user, query, course)
        pattern = words_pattern(words_of(query))
        try:
            context["found"] = [
                (hit, snippet(hit.passage.text, pattern))
                for hit in search_with_topics(course, query)
            ]
        except (AIError, OutsideBusyError):
            logger.exception("Search in course %s failed", course.pk)
            context["unavailable"] = True
    status = HTTPStatus.SERVICE_UNAVAILABLE if context["unavailable"] else HTTPStatus.OK
    return render(request, "courses/search.html", context, status=status)


@require_safe
@login_required
def search(request: HttpRequest) -> HttpResponse:
    """Searches in all courses that the person may read."""
    query = cleaned_query(request)
    result = search_everything(request.user, query) if query else None
    return render(request, "courses/search_all.html", {"query": query, "result": result})


@require_safe
@login_required
def course_glossary(request: HttpRequest, slug: str) -> HttpResponse:
    course = get_object_or_404(visible_courses(request.user), slug=slug)
    context = {"course": course, "terms": glossary(course)}
    return kept_offline(request, render(request, "courses/glossary.html", context))


@posted_from("topic-detail")
@login_required
def lesson_read(request: HttpRequest, pk: int) -> HttpResponse:
    """Marks a lesson as read, or takes the mark back.

    After that it shows the next lesson; at the end of a module, the course page with the quiz.
    """
    topic = get_object_or_404(visible_topics(request.user), pk=pk)
    is_read = "unread" not in request.POST
    set_read(request.user, topic, is_read=is_read)
    if not is_read:
        return _saved(request, reverse("topic-detail", args=[topic.pk]))
    following = neighbours(topic, request.user).next
    if following and following.module_id == topic.module_id:
        return _saved(request, reverse("topic-detail", args=[following.pk]))
    if following:
        messages.success(request, _("You have read this module to its end."))
    else:
        messages.success(request, _("You have read the last lesson of this course."))
    module = f"#module-{topic.module.position}"
    return _saved(request, f"{topic.module.course.get_absolute_url()}{module}")


def _saved(request: HttpRequest, address: str) -> HttpResponse:
    """Leads to the page that follows, or tells a script its address (`static/profai/outbox.js`)."""
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"address": address})
    return redirect(address)


@posted_from("topic-detail")
@login_required
def note_add(request: HttpRequest, pk: int) -> HttpResponse:
    topic = get_object_or_404(visible_topics(request.user), pk=pk)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return lesson(request, topic, form, status=HTTPStatus.BAD_REQUEST)
    try:
        note = add_note(
            learner=request.user,
            topic=topic,
            text="" if form.is_bookmark else form.cleaned_data["text"],
            quote=form.cleaned_data["place"],
        )
    except ValidationError as error:
        form.add_error("text", error)
        return lesson(request, topic, form, status=HTTPStatus.BAD_REQUEST)
    return _saved(request, f"{reverse('topic-detail', args=[topic.pk])}#note-{note.pk}")


@require_safe
@login_required
@never_cache
def notes(request: HttpRequest) -> HttpResponse:
    page = Paginator(own_notes(request.user), NOTES_PER_PAGE).get_page(request.GET.get("page"))
    courses = {note.topic.module.course_id for note in page}
    visible = visible_courses(request.user).filter(pk__in=courses)
    context = {"page": page, "visible": set(visible.values_list("pk", flat=True))}
    return render(request, "courses/notes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def note_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows a form with the note's words, to change or delete it."""
    note = get_object_or_404(own_notes(request.user), pk=pk)
    if request.method == "POST" and "delete" in request.POST:
        note.delete()
        messages.success(request, _("Deleted."))
        return redirect("note-list")
    form = NoteForm(request.POST or None, initial={"text": note.text, "place": note.quote})
    if request.method == "POST" and form.is_valid():
        try:
            change_note(note, form.cleaned_data["text"])
        except ValidationError as error:
            form.add_error("text", error)
        else:
            return _saved(request, reverse("note-list"))
    status = HTTPStatus.BAD_REQUEST if form.errors else HTTPStatus.OK
    return render(request, "courses/note.html", {"note": note, "form": form}, status=status)
