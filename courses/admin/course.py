"""The course: asked for by upload, reviewed as a tree, published, deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views.decorators.http import require_GET

from common.admin.base import StatusAdmin
from common.login_return import posted_from
from courses.additions import accepted_topics
from courses.admin.base import count_by
from courses.admin.versions import versions_view
from courses.editing import edit_course
from courses.estimates import estimate, estimate_pages
from courses.forms import OutlineForm, UploadForm
from courses.how_read import how_read, share_in_lessons, share_in_outline
from courses.models import Course, CourseStatus, Module, SourceDocument, Topic
from courses.outlines import edit_outline, request_writing
from courses.publishing import (
    Obstacle,
    archive_course,
    obstacles,
    publish_changes,
    send_to_review,
    unarchive_course,
)
from courses.queries import can_manage_all, of_editable_courses, review_tree
from courses.regeneration import request_rewrite
from courses.revisions import VersionError, open_proposals
from courses.services import (
    OPEN_TO_ADDITIONS,
    CourseStateError,
    delete_course,
    publish_course,
    request_course,
    unpublish_course,
)
from engine.reading.document import DocumentRejectedError


class CourseAdminExtension:
    """What another app adds to the course's list and page; see `extend_course_admin`."""

    # Display functions of a course, shown before its date.
    columns: Sequence[Callable[[Course], Any]] = ()

    def annotate(self, courses: QuerySet[Course]) -> QuerySet[Course]:
        """Returns the listed courses, with what `columns` show."""
        return courses

    def tree(self, modules: QuerySet[Module]) -> QuerySet[Module]:
        """Returns the modules of the review page, with what the app's part of it shows."""
        return modules

    def context(self, course: Course) -> dict[str, Any]:
        """Variables for the page's template."""
        return {}

    def contents(self, courses: Sequence[Any]) -> dict[str, int]:
        """Returns how much of the app's data is deleted together with the courses, by its name."""
        return {}

    def is_used(self, courses: Sequence[Any]) -> bool:
        """Whether learners did something in the courses that would be lost with them."""
        return False

    def obstacles(self, course: Course) -> Iterable[Obstacle]:
        """Returns what stands in the way of publishing the course."""
        return ()

    def urls(self, page: CourseAdmin) -> list[URLPattern]:
        """Addresses below the course's."""
        return []


_extensions: list[CourseAdminExtension] = []


def extend_course_admin(extension: CourseAdminExtension) -> None:
    """Adds to the course's admin. Apps call it when their admin modules are imported."""
    _extensions.append(extension)


def _as_read(course: Course) -> list[tuple[SourceDocument, list[str]]]:
    return [(one, how_read(one)) for one in course.documents.order_by("position")]


class WrittenByFilter(admin.SimpleListFilter):
    title = "written by"
    parameter_name = "written_by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("llm", "a language model"), ("extractive", "the documents\u2019 own sentences")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(engine=self.value()) if self.value() else queryset


@admin.register(Course)
class CourseAdmin(StatusAdmin[Course]):
    list_display = (
        "title",
        "status_label",
        "owner",
        "module_total",
        "topic_total",
        "created_at",
    )
    list_filter = ("status", WrittenByFilter, "language", "created_at")
    list_select_related = ("owner",)
    list_per_page = 50
    search_fields = ("title", "owner__username", "documents__original_name")
    search_help_text = "Title, owner or file name"
    actions = ("publish", "unpublish", "archive")
    fields = ("title", "description", "audience", "prerequisites", "asks_drafts", "shows_pages")
    change_form_template = "admin/courses/course/page.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Course]:
        courses = of_editable_courses(super().get_queryset(request), request.user, "pk")
        courses = courses.select_related("owner", "job", "adds_to").annotate(
            modules_counted=count_by(Module.objects.all(), "course"),
            topics_counted=count_by(Topic.objects.all(), "module__course"),
        )
        for extension in _extensions:
            courses = extension.annotate(courses)
        return courses

    def get_list_display(self, request: HttpRequest) -> Any:
        columns = [column for extension in _extensions for column in extension.columns]
        shown = [*self.list_display[:-1], *columns, self.list_display[-1]]
        if not can_manage_all(request.user):
            # All are their own, and the list has no room to spare.
            shown.remove("owner")
        return shown

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
            path("<int:pk>/plan/", wrap(self.plan_view), name="courses_course_plan"),
            path("<int:pk>/try-again/", wrap(self.again_view), name="courses_course_again"),
            path("<int:pk>/unpublish/", wrap(self.unpublish_view), name="courses_course_unpublish"),
            path("<int:pk>/ready/", wrap(self.ready_view), name="courses_course_ready"),
            path("<int:pk>/send/", wrap(self.send_view), name="courses_course_send"),
            path("<int:pk>/archive/", wrap(self.archive_view), name="courses_course_archive"),
            path("<int:pk>/unarchive/", wrap(self.unarchive_view), name="courses_course_unarchive"),
            path(
                "<int:pk>/publish-changes/",
                wrap(self.publish_changes_view),
                name="courses_course_publish_changes",
            ),
            path(
                "<int:pk>/versions/<slug:kind>/<int:row>/",
                wrap(partial(versions_view, self)),
                name="courses_course_versions",
            ),
        ]
        others = [url for extension in _extensions for url in extension.urls(self)]
        return [*own, *others, *super().get_urls()]

    # --- upload

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Shows the form for documents, with which a course begins, in place of the usual empty
        form."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            response = self._request(request, form)
            if response is not None:
                return response
        context = {
            **self.admin_site.each_context(request),
            "title": "Make a course from documents",
            "opts": self.opts,
            "form": form,
            "estimate": estimate_pages(100),
        }
        return render(request, "admin/courses/course/upload.html", context)

    def _request(self, request: HttpRequest, form: UploadForm) -> HttpResponse | None:
        """Returns the response to a valid upload form; None if the form now has an error."""
        data = form.cleaned_data
        try:
            made = request_course(
                files=data["documents"],
                sent=data.get("sent", ()),
                addresses=data["addresses"],
                title=data["title"],
                requested_by=request.user,
                language=data.get("language", ""),
                pages=data["pages"],
                wishes=form.wishes(),
                reviews_outline=data["reviews_outline"],
            )
        except DocumentRejectedError as error:
            form.add_error(
                "addresses" if error.code == "address_refused" else "documents", error.message
            )
            return None
        except ValidationError as error:
            form.add_error(None, error)
            return None
        self.log_addition(request, made.course, "Requested from documents.")
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
            "modules": self._tree(course),
            "documents": _as_read(course),
            "share_in_lessons": share_in_lessons(course),
            "can_publish": self.has_publish_permission(request),
            "changes": open_proposals(course).exclude(author=None).count()
            + accepted_topics(course).count(),
            "can_add_documents": course.status in OPEN_TO_ADDITIONS and course.adds_to_id is None,
            "additions": course.additions.select_related("job").annotate(
                lessons=count_by(Topic.objects.all(), "module__course")
            ),
            "published": course.status == CourseStatus.PUBLISHED,
            "generating": course.status == CourseStatus.GENERATING,
            "outlined": course.status == CourseStatus.OUTLINED,
            "refused": Topic.objects.filter(module__course=course).exclude(refused="").count(),
            "estimate": estimate(course),
        }
        for extension in _extensions:
            context |= extension.context(course)
        return super().render_change_form(request, context, *args, **kwargs)

    def _tree(self, course: Course) -> QuerySet[Module]:
        modules = review_tree(course)
        for extension in _extensions:
            modules = extension.tree(modules)
        return modules

    def save_model(self, request: HttpRequest, obj: Course, form: Any, change: bool) -> None:
        edit_course(
            course=obj,
            title=obj.title,
            description=obj.description,
            audience=obj.audience,
            prerequisites=obj.prerequisites,
            asks_drafts=obj.asks_drafts,
            shows_pages=obj.shows_pages,
            by=request.user,
        )

    # --- the outline, and what was refused

    def plan_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Shows the outline that waits for a person. Saves it, and starts the writing if that was
        asked for.
        """
        course = self.changeable_course(request, pk)
        form = OutlineForm(course, request.POST or None)
        if request.method == "POST" and form.is_valid():
            response = self._save_outline(request, course, form)
            if response is not None:
                return response
        context = {
            **self.admin_site.each_context(request),
            "title": f"Outline of {course}",
            "opts": self.opts,
            "course": course,
            "form": form,
            "waits": course.status == CourseStatus.OUTLINED,
            "estimate": estimate(course),
            "documents": _as_read(course),
            "share_in_outline": share_in_outline(course),
        }
        return render(request, "admin/courses/course/plan.html", context)

    def _save_outline(
        self, request: HttpRequest, course: Course, form: OutlineForm
    ) -> HttpResponse | None:
        """Saves a valid outline and returns the response; None if the form now has an error."""
        try:
            edit_outline(course, form.modules())
            job = request_writing(course=course, requested_by=request.user)
        except ValidationError as error:
            form.add_error(None, ValidationError(error.messages))
            return None
        self.log_change(request, course, "Changed the outline and had it written.")
        self.message_user(request, f"\u201c{course}\u201d is being written.", messages.SUCCESS)
        return redirect("admin:jobs_job_change", job.pk)

    def again_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Has all lessons written again for which the model gave no usable answer."""
        course = self.changeable_course(request, pk)
        if request.method == "POST":
            refused = Topic.objects.filter(module__course=course).exclude(refused="")
            try:
                job = request_rewrite(course=course, topics=refused, requested_by=request.user)
            except CourseStateError as error:
                self.message_user(request, str(error), messages.ERROR)
            else:
                return redirect("admin:jobs_job_change", job.pk)
        return redirect("admin:courses_course_change", pk)

    def visible_course(self, request: HttpRequest, pk: int) -> Course:
        """Returns the course of a page of its own. Raises Http404 unless the user may see it."""
        course = self.get_object(request, str(pk))
        if course is None:
            raise Http404("There is no such course, or it is not yours.")
        return course

    def changeable_course(self, request: HttpRequest, pk: int) -> Course:
        """Returns the same. Raises PermissionDenied if the user may see it but not change it."""
        course = self.visible_course(request, pk)
        if not self.has_change_permission(request, course):
            raise PermissionDenied
        return course

    # --- publish

    def has_publish_permission(self, request: HttpRequest) -> bool:
        return bool(cast("Any", request.user).has_perm("courses.publish_course"))

    @admin.action(description="Publish the selected courses", permissions=["publish"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Course]) -> None:
        # Of the other states the service says why they cannot be published.
        to_review = {CourseStatus.DRAFT, CourseStatus.IN_REVIEW, CourseStatus.ARCHIVED}
        for course in queryset:
            found = self.obstacles(course) if course.status in to_review else []
            if found:
                words = (
                    '\u201c{}\u201d is not published. In the way: {} <a href="{}">Review it</a>, '
                    'or <a href="{}">publish it all the same</a>.'
                )
                desk = reverse("admin:courses_course_desk", args=[course.pk])
                ready = reverse("admin:courses_course_ready", args=[course.pk])
                reasons = " ".join(one.words for one in found)
                said = format_html(words, course, reasons, desk, ready)
                self.message_user(request, said, messages.WARNING)
            else:
                self._apply(request, course, publish_course, "published")

    @admin.action(description="Archive the selected courses", permissions=["publish"])
    def archive(self, request: HttpRequest, queryset: QuerySet[Course]) -> None:
        for course in queryset:
            self._apply(request, course, archive_course, "archived")

    @admin.action(description="Unpublish the selected courses", permissions=["publish"])
    def unpublish(self, request: HttpRequest, queryset: QuerySet[Course]) -> None:
        for course in queryset:
            self._apply(request, course, unpublish_course, "unpublished")

    @method_decorator(posted_from("admin:courses_course_change"))
    def publish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Publishes the course. If something stands in the way, the person must confirm it; the
        history keeps who confirmed and what stood in the way.
        """
        course = self.get_object(request, str(pk))
        found = self.obstacles(course) if course else []
        may = self.has_publish_permission(request)
        if may and found and "anyway" not in request.POST:
            return redirect("admin:courses_course_ready", pk)
        note = f"published all the same ({' '.join(one.words for one in found)})"
        apply = partial(self._apply, action=publish_course, done=note if found else "published")
        return self._button(request, pk, apply)

    def obstacles(self, course: Course) -> list[Obstacle]:
        """Returns what stands in the way of publishing, in the words of all apps."""
        others = [one for extension in _extensions for one in extension.obstacles(course)]
        return [*obstacles(course), *others]

    @method_decorator(require_GET)
    def ready_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        course = self.visible_course(request, pk)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Publish {course}",
            "course": course,
            "published": course.status == CourseStatus.PUBLISHED,
            "obstacles": self.obstacles(course),
            "changes": open_proposals(course).exclude(author=None),
            "accepted": accepted_topics(course),
            "can_publish": self.has_publish_permission(request),
        }
        return render(request, "admin/courses/course/ready.html", context)

    @method_decorator(posted_from("admin:courses_course_ready"))
    def send_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._button(
            request, pk, partial(self._apply, action=send_to_review, done="in review")
        )

    @method_decorator(posted_from("admin:courses_course_change"))
    def archive_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._button(
            request, pk, partial(self._apply, action=archive_course, done="archived")
        )

    @method_decorator(posted_from("admin:courses_course_change"))
    def unarchive_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        apply = partial(self._apply, action=unarchive_course, done="a draft again")
        return self._button(request, pk, apply)

    @method_decorator(posted_from("admin:courses_course_ready"))
    def publish_changes_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        def publish(course: Course) -> Course:
            publish_changes(course, by=request.user)
            return course

        apply = partial(self._apply, action=publish, done="published with its changes")
        return self._button(request, pk, apply)

    @method_decorator(posted_from("admin:courses_course_change"))
    def unpublish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        apply = partial(self._apply, action=unpublish_course, done="unpublished")
        return self._button(request, pk, apply)

    def _button(
        self, request: HttpRequest, pk: int, apply: Callable[[HttpRequest, Course], None]
    ) -> HttpResponse:
        course = self.visible_course(request, pk)
        if not self.has_publish_permission(request):
            raise PermissionDenied
        apply(request, course)
        return redirect("admin:courses_course_change", pk)

    def _apply(
        self, request: HttpRequest, course: Course, action: Callable[[Course], Course], done: str
    ) -> None:
        try:
            action(course)
        except (CourseStateError, VersionError) as error:
            self.message_user(request, f"\u201c{course}\u201d: {error}", messages.ERROR)
        else:
            self.log_change(request, course, f"{done[:1].upper()}{done[1:]}.")
            self.message_user(request, f"\u201c{course}\u201d is {done}.", messages.SUCCESS)

    # --- delete

    def get_deleted_objects(
        self, objs: Iterable[Model], request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """Shows counts instead of a full list of what is deleted with a course, which would be too
        long.
        """
        courses: list[Any] = list(objs)
        lines = [str(course) for course in courses]
        contents = {
            "courses": len(courses),
            "modules": Module.objects.filter(course__in=courses).count(),
            "topics": Topic.objects.filter(module__course__in=courses).count(),
        }
        for extension in _extensions:
            contents |= extension.contents(courses)
        return lines, contents, set(), []

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        """Asks for the course's title where learners' work would be deleted with it."""
        course = self.get_object(request, unquote(object_id))
        if course is None or not any(one.is_used([course]) for one in _extensions):
            return super().delete_view(request, object_id, extra_context)
        typed = " ".join(request.POST.get("confirm_title", "").split())
        is_right = typed == " ".join(course.title.split())
        context = {"title_needed": True, "wrong_title": request.method == "POST" and not is_right}
        if request.method == "POST" and not is_right:
            # Django's page asks once more, and looks at what was sent, not at the method.
            request.POST = QueryDict()
        return super().delete_view(request, object_id, {**(extra_context or {}), **context})

    def delete_model(self, request: HttpRequest, obj: Course) -> None:
        delete_course(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Course]) -> None:
        for course in queryset:
            if any(one.is_used([course]) for one in _extensions):
                words = f"\u201c{course}\u201d has attempts of learners; delete it on its own page."
                self.message_user(request, words, messages.ERROR)
                continue
            # Somebody else may have been faster.
            with suppress(Course.DoesNotExist):
                delete_course(course)
