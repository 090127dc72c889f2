"""The course: asked for by upload, reviewed as a tree, published, deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, IntegerField, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from courses.editing import edit_course
from courses.forms import UploadForm
from courses.ingestion.document import DocumentRejectedError
from courses.models import Course, CourseStatus, Module, Topic
from courses.queries import can_manage_all, editable_courses, review_tree, usage_of
from courses.services import (
    CourseStateError,
    delete_course,
    publish_course,
    request_course,
    unpublish_course,
)
from jobs.admin_base import StatusAdmin


def count_by_course(rows: QuerySet[Any], course: str) -> Coalesce:
    """A subquery each: joins would multiply the rows of the several counts."""
    mine = rows.filter(**{course: OuterRef("pk")}).order_by().values(course)
    return Coalesce(Subquery(mine.annotate(n=Count("pk")).values("n")), 0, output_field=_WHOLE)


_WHOLE = IntegerField()


@admin.register(Course)
class CourseAdmin(StatusAdmin[Course]):
    list_display: tuple[str, ...] = (
        "title",
        "status_label",
        "engine",
        "owner",
        "module_total",
        "topic_total",
        "created_at",
    )
    list_filter = ("status", "engine", "language", "created_at")
    list_select_related = ("owner",)
    list_per_page = 50
    search_fields = ("title", "owner__username", "documents__original_name")
    search_help_text = "Title, owner or file name"
    actions = ("publish", "unpublish")
    fields = ("title", "description")
    change_form_template = "admin/courses/course/page.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Course]:
        courses = super().get_queryset(request).filter(pk__in=editable_courses(request.user))
        return courses.select_related("owner", "job").annotate(
            modules_counted=count_by_course(Module.objects.all(), "course"),
            topics_counted=count_by_course(Topic.objects.all(), "module__course"),
        )

    def get_list_filter(self, request: HttpRequest) -> Any:
        if can_manage_all(request.user):
            return [*self.list_filter, ("owner", admin.RelatedOnlyFieldListFilter)]
        return self.list_filter

    @admin.display(description="modules", ordering="modules_counted")
    def module_total(self, course: Course) -> int:
        count: int = vars(course)["modules_counted"]
        return count

    @admin.display(description="topics", ordering="topics_counted")
    def topic_total(self, course: Course) -> int:
        count: int = vars(course)["topics_counted"]
        return count

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<int:pk>/publish/", wrap(self.publish_view), name="courses_course_publish"),
            path("<int:pk>/unpublish/", wrap(self.unpublish_view), name="courses_course_unpublish"),
        ]
        return [*own, *super().get_urls()]

    # --- upload

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A course begins with its PDFs: this form takes the place of the usual empty one."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            response = self._request(request, form)
            if response is not None:
                return response
        context = {
            **self.admin_site.each_context(request),
            "title": "Make a course from PDFs",
            "opts": self.opts,
            "form": form,
        }
        return render(request, "admin/courses/course/upload.html", context)

    def _request(self, request: HttpRequest, form: UploadForm) -> HttpResponse | None:
        """The answer to a good upload; None where the form now holds the error."""
        data = form.cleaned_data
        try:
            made = request_course(
                files=data["pdfs"],
                title=data["title"],
                requested_by=request.user,
                language=data.get("language", ""),
            )
        except DocumentRejectedError as error:
            form.add_error("pdfs", error.message)
            return None
        except ValidationError as error:
            form.add_error(None, error)
            return None
        self.log_addition(request, made.course, "Requested from PDFs.")
        if made.notice:
            self.message_user(request, made.notice, messages.WARNING)
        self.message_user(request, f"\u201c{made.course}\u201d is being made.", messages.SUCCESS)
        return redirect("admin:jobs_job_change", made.job.pk)

    # --- review

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        course = context["original"]
        context |= {
            "subtitle": None,
            "title": str(course),
            "show_save_and_add_another": False,
            "modules": self.tree(course),
            "documents": course.documents.order_by("position"),
            "usage": usage_of(course),
            "can_publish": self.has_publish_permission(request),
            "published": course.status == CourseStatus.PUBLISHED,
            "generating": course.status == CourseStatus.GENERATING,
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def tree(self, course: Course) -> QuerySet[Module]:
        return review_tree(course)

    def save_model(self, request: HttpRequest, obj: Course, form: Any, change: bool) -> None:
        edit_course(course=obj, title=obj.title, description=obj.description)

    # --- publish

    def has_publish_permission(self, request: HttpRequest) -> bool:
        return bool(cast("Any", request.user).has_perm("courses.publish_course"))

    @admin.action(description="Publish the selected courses", permissions=["publish"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Course]) -> None:
        for course in queryset:
            self._apply(request, course, publish_course, "published")

    @admin.action(description="Unpublish the selected courses", permissions=["publish"])
    def unpublish(self, request: HttpRequest, queryset: QuerySet[Course]) -> None:
        for course in queryset:
            self._apply(request, course, unpublish_course, "unpublished")

    @method_decorator(require_POST)
    def publish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        apply = partial(self._apply, action=publish_course, done="published")
        return self._button(request, pk, apply)

    @method_decorator(require_POST)
    def unpublish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        apply = partial(self._apply, action=unpublish_course, done="unpublished")
        return self._button(request, pk, apply)

    def _button(
        self, request: HttpRequest, pk: int, apply: Callable[[HttpRequest, Course], None]
    ) -> HttpResponse:
        course = self.get_object(request, str(pk))
        if course is None:
            raise Http404("There is no such course, or it is not yours.")
        if not self.has_publish_permission(request):
            raise PermissionDenied
        apply(request, course)
        return redirect("admin:courses_course_change", pk)

    def _apply(
        self, request: HttpRequest, course: Course, action: Callable[[Course], Course], done: str
    ) -> None:
        try:
            action(course)
        except CourseStateError as error:
            self.message_user(request, f"\u201c{course}\u201d: {error}", messages.ERROR)
        else:
            self.log_change(request, course, f"{done.capitalize()}.")
            self.message_user(request, f"\u201c{course}\u201d is {done}.", messages.SUCCESS)

    # --- delete

    def get_deleted_objects(
        self, objs: Iterable[Model], request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """Courses go with all they hold; counts say it, where a full list would be endless."""
        courses = list(objs)
        lines = [str(course) for course in courses]
        return lines, self.contents(courses), set(), []

    def contents(self, courses: Sequence[Any]) -> dict[str, int]:
        return {
            "courses": len(courses),
            "modules": Module.objects.filter(course__in=courses).count(),
            "topics": Topic.objects.filter(module__course__in=courses).count(),
        }

    def delete_model(self, request: HttpRequest, obj: Course) -> None:
        delete_course(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Course]) -> None:
        for course in queryset:
            delete_course(course)
