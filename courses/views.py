"""Pages that show courses to learners; the course's own page is in `quizzes`, which it lists."""

from __future__ import annotations

import logging

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from courses.markdown import render_markdown
from courses.queries import visible_courses
from courses.reading import (
    editable_ids,
    listed_courses,
    neighbours,
    search_with_topics,
    visible_topics,
)
from profai.ai.errors import AIError

logger = logging.getLogger(__name__)

COURSES_PER_PAGE = 24
LONGEST_QUERY = 200


@require_safe
@login_required
def course_list(request: HttpRequest) -> HttpResponse:
    page = Paginator(listed_courses(request.user), COURSES_PER_PAGE).get_page(
        request.GET.get("page")
    )
    editable = editable_ids(request.user, list(page.object_list))
    return render(request, "courses/list.html", {"page": page, "editable": editable})


@require_safe
@login_required
def topic_page(request: HttpRequest, pk: int) -> HttpResponse:
    topic = get_object_or_404(visible_topics(request.user), pk=pk)
    citations = topic.citations.all()
    course = topic.module.course
    context = {
        "topic": topic,
        "module": topic.module,
        "course": course,
        "content": render_markdown(topic.content, {citation.position for citation in citations}),
        "citations": citations,
        "neighbours": neighbours(topic),
        "may_edit": course.pk in editable_ids(request.user, [course]),
    }
    return render(request, "courses/topic.html", context)


@require_safe
@login_required
def course_search(request: HttpRequest, slug: str) -> HttpResponse:
    """Search in one course. Without its index the page still stands and says what is wrong."""
    course = get_object_or_404(visible_courses(request.user), slug=slug)
    query = " ".join(request.GET.get("q", "").replace("\0", " ").split())[:LONGEST_QUERY]
    context = {"course": course, "query": query, "found": [], "unavailable": False}
    if query:
        try:
            context["found"] = search_with_topics(course, query)
        except AIError:
            logger.exception("Search in course %s failed", course.pk)
            context["unavailable"] = True
    return render(request, "courses/search.html", context)
