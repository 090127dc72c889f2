"""The pages on which documents are added to a course, and what would change is decided on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path

from courses.additions import added_topics, request_addition
from courses.admin.base import count_by
from courses.admin.course import CourseAdmin, CourseAdminExtension, extend_course_admin
from courses.estimates import estimate_pages
from courses.forms import DocumentsForm
from courses.models import Course, CourseStatus, Topic
from courses.services import OPEN_TO_ADDITIONS, CourseStateError
from engine.reading.document import DocumentRejectedError
from jobs.models import Job
from quizzes.additions import accept_topics, decline_topics, place_topics
from quizzes.models import NOT_REJECTED, Question


class DecisionForm(forms.Form):
    """The lessons of an addition: which are chosen, and where each is meant to go."""

    chosen = forms.MultipleChoiceField(required=False)

    def __init__(self, topics: Sequence[Topic], targets: Sequence[Topic], *args: Any) -> None:
        super().__init__(*args)
        chosen: Any = self.fields["chosen"]
        chosen.choices = [(str(topic.pk), topic.title) for topic in topics]
        places = [("", "A lesson of its own")]
        places += [(str(one.pk), f"At the end of {one}") for one in targets]
        for topic in topics:
            self.fields[f"place-{topic.pk}"] = forms.ChoiceField(
                label=f"Where {topic} goes",
                choices=places,
                required=False,
                initial=str(topic.added.joins_id or ""),
            )

    def places(self) -> dict[int, int | None]:
        """Returns the places of the chosen lessons. The form must be valid."""
        data = self.cleaned_data
        return {
            int(key): int(data[f"place-{key}"]) if data[f"place-{key}"] else None
            for key in data["chosen"]
        }


def add_documents_view(page: CourseAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    course = page.changeable_course(request, pk)
    if not page.has_add_permission(request):
        raise PermissionDenied
    if course.status not in OPEN_TO_ADDITIONS or course.adds_to_id is not None:
        messages.error(request, "Documents cannot be added to this course now.")
        return redirect("admin:courses_course_change", pk)
    form = DocumentsForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        job = _requested(request, course, form)
        if job is not None:
            page.log_change(request, course, "Had documents read that may be added.")
            messages.success(request, "The documents are being read. The course stays as it is.")
            return redirect("admin:jobs_job_change", job.pk)
    context = {
        **page.admin_site.each_context(request),
        "title": f"Add documents to {course}",
        "opts": page.opts,
        "course": course,
        "published": course.status == CourseStatus.PUBLISHED,
        "form": form,
        "estimate": estimate_pages(100),
    }
    return render(request, "admin/courses/course/upload.html", context)


def _requested(request: HttpRequest, course: Course, form: DocumentsForm) -> Job | None:
    """Returns the job that reads the documents; None if the form now has an error."""
    data = form.cleaned_data
    try:
        made = request_addition(
            course,
            files=data["documents"],
            addresses=data["addresses"],
            pages=data["pages"],
            requested_by=request.user,
        )
    except DocumentRejectedError as error:
        field = "addresses" if error.code == "address_refused" else "documents"
        form.add_error(field, error.message)
        return None
    except (CourseStateError, ValidationError) as error:
        form.add_error(None, error if isinstance(error, ValidationError) else str(error))
        return None
    if made.notice:
        messages.warning(request, made.notice)
    return made.job


def added_view(page: CourseAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Shows what an addition would change in its course, and accepts or leaves out parts of it."""
    addition = page.changeable_course(request, pk)
    course = addition.adds_to
    if course is None:
        raise Http404("This course is no addition to another one.")
    asked = Question.objects.filter(status__in=NOT_REJECTED)
    topics = list(added_topics(addition).annotate(questions_counted=count_by(asked, "topic")))
    targets = list(
        Topic.objects.filter(module__course=course).order_by("module__position", "position")
    )
    form = DecisionForm(topics, targets, request.POST or None)
    if request.method == "POST":
        return _decide(page, request, addition, form)
    # Those that stand here and would not stand in the course by themselves.
    fresh = [topic for topic in topics if topic.added.joins_id is None]
    titles = {title.casefold() for title in course.modules.values_list("title", flat=True)}
    context = {
        **page.admin_site.each_context(request),
        "opts": page.opts,
        "title": f"What {addition} would change",
        "addition": addition,
        "course": course,
        "generating": addition.status == CourseStatus.GENERATING,
        "published": course.status == CourseStatus.PUBLISHED,
        "rows": [(topic, form[f"place-{topic.pk}"]) for topic in topics],
        "fresh": len(fresh),
        "grown": len({topic.added.joins_id for topic in topics} - {None}),
        "modules": len(
            {topic.module.title for topic in fresh if topic.module.title.casefold() not in titles}
        ),
        "questions": sum(vars(topic)["questions_counted"] for topic in topics),
        "accepted": sum(topic.added.accepted_at is not None for topic in topics),
        "documents": addition.documents.order_by("position"),
    }
    return render(request, "admin/courses/course/added.html", context)


def _decide(
    page: CourseAdmin, request: HttpRequest, addition: Course, form: DecisionForm
) -> HttpResponse:
    course: Any = addition.adds_to
    if not form.is_valid():
        messages.error(request, "The course was changed meanwhile. Look at it, and choose again.")
        return redirect("admin:courses_course_added", addition.pk)
    places = form.places()
    try:
        if request.POST.get("do") == "decline":
            number = decline_topics(addition, places, by=request.user)
            said = f"Left out {number} lesson{'s' if number > 1 else ''}."
        else:
            place_topics(addition, places)
            number = accept_topics(addition, places, by=request.user)
            said = f"Accepted {number} lesson{'s' if number > 1 else ''} from {addition}."
    except CourseStateError as error:
        messages.error(request, str(error))
        return redirect("admin:courses_course_added", addition.pk)
    page.log_change(request, course, said)
    messages.success(request, said)
    waits = Q(added__accepted_at=None) if course.status == CourseStatus.PUBLISHED else Q()
    is_left = Topic.objects.filter(waits, module__course=addition).exists()
    if is_left:
        return redirect("admin:courses_course_added", addition.pk)
    if course.status == CourseStatus.PUBLISHED:
        return redirect("admin:courses_course_ready", course.pk)
    return redirect("admin:courses_course_change", course.pk)


class AdditionsOfCourse(CourseAdminExtension):
    def urls(self, page: CourseAdmin) -> list[URLPattern]:
        views = {"add-documents": add_documents_view, "added": added_view}
        return [
            path(
                f"<int:pk>/{name}/",
                page.admin_site.admin_view(partial(view, page)),
                name=f"courses_course_{name.replace('-', '_')}",
            )
            for name, view in views.items()
        ]


extend_course_admin(AdditionsOfCourse())
