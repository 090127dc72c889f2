"""Modules and topics: read beside their sources, edited, approved."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect

from common.transactions import lock
from courses.admin.base import CourseFilter, CourseRowAdmin, count_by
from courses.editing import approve_topic, edit_module, edit_topic
from courses.figures import edit_figure, topic_figures
from courses.forms import ModuleForm, TopicForm
from courses.models import Citation, Course, Module, Topic
from courses.queries import doubted_claims, doubted_count
from courses.regeneration import request_rewrite
from courses.services import CourseStateError


@admin.register(Module)
class ModuleAdmin(CourseRowAdmin[Module]):
    form = ModuleForm
    list_display = ("title", "course", "position", "topic_count")
    list_filter = (CourseFilter,)
    list_select_related = ("course",)
    # The latest courses first, by their keys: sorted by anything else of courses, the whole table
    # is read for each page.
    ordering = ("-course_id", "position")
    search_fields = ("title", "summary", "course__title")
    change_form_template = "admin/courses/module/page.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Module]:
        modules = super().get_queryset(request).select_related("course")
        return modules.annotate(topic_total=count_by(Topic.objects.all(), "module"))

    @admin.display(description="topics", ordering="topic_total")
    def topic_count(self, module: Module) -> int:
        count: int = vars(module)["topic_total"]
        return count

    def save_model(self, request: HttpRequest, obj: Module, form: Any, change: bool) -> None:
        edit_module(
            module=obj,
            title=obj.title,
            summary=obj.summary,
            objectives=list(obj.objectives),
            by=request.user,
        )


@admin.register(Topic)
class TopicAdmin(CourseRowAdmin[Topic]):
    course_path = "module__course"
    form = TopicForm
    list_display = ("title", "module", "course", "status_label", "citations", "doubted")
    list_filter = (CourseFilter, "status")
    list_select_related = ("module__course",)
    ordering = ("-module__course_id", "module__position", "position")
    search_fields = ("title", "content", "module__title", "module__course__title")
    actions = ("approve",)
    change_form_template = "admin/courses/topic/page.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Topic]:
        topics = super().get_queryset(request).select_related("module__course")
        citations = count_by(Citation.objects.all(), "topic")
        return topics.annotate(citation_total=citations, doubted_total=doubted_count())

    @admin.display(ordering="module__course__title")
    def course(self, topic: Topic) -> str:
        return topic.module.course.title

    @admin.display(ordering="citation_total")
    def citations(self, topic: Topic) -> int:
        count: int = vars(topic)["citation_total"]
        return count

    @admin.display(description="doubted", ordering="doubted_total")
    def doubted(self, topic: Topic) -> int:
        count: int = vars(topic)["doubted_total"]
        return count

    @admin.action(description="Approve the selected topics", permissions=["change"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Topic]) -> None:
        approved = 0
        for topic in queryset:
            try:
                approve_topic(topic, by=request.user)
            except CourseStateError as error:
                self.message_user(request, str(error), messages.ERROR)
            else:
                self.log_change(request, topic, "Approved.")
                approved += 1
        if approved:
            self.message_user(request, f"Topics approved: {approved}.", messages.SUCCESS)

    def save_model(self, request: HttpRequest, obj: Topic, form: Any, change: bool) -> None:
        if "_rewrite" in request.POST:
            # What follows in this transaction locks the course, which comes first.
            lock(Course.objects.filter(pk=obj.module.course_id)).get()
        obj.status = edit_topic(
            topic=obj, title=obj.title, content=obj.content, by=request.user
        ).status
        listed = set(request.POST.getlist("figures"))
        used = set(request.POST.getlist("used_figures"))
        for figure in topic_figures(obj, used=None):
            if str(figure.pk) in listed and (str(figure.pk) in used) != figure.used:
                edit_figure(figure, used=not figure.used)

    def response_change(self, request: HttpRequest, obj: Topic) -> HttpResponse:
        """Handles the buttons that save and then approve, or have the topic written again."""
        if "_rewrite" in request.POST:
            job = request_rewrite(
                course=obj.module.course,
                topics=[Topic.objects.get(pk=obj.pk)],
                requested_by=request.user,
            )
            self.log_change(request, obj, "Asked to be written again.")
            return redirect("admin:jobs_job_change", job.pk)
        if "_approve" not in request.POST:
            return super().response_change(request, obj)
        approve_topic(obj, by=request.user)
        self.log_change(request, obj, "Approved.")
        self.message_user(request, f"\u201c{obj}\u201d is approved.", messages.SUCCESS)
        return HttpResponseRedirect(request.get_full_path())

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        topic = context["original"]
        context["cited"] = topic.citations.select_related("passage__document")
        context["doubted"] = doubted_claims(topic)
        context["checked"] = topic.claims.count()
        context["figures"] = topic_figures(topic, used=None)
        context["terms"] = topic.key_terms.select_related("passage__document")
        return super().render_change_form(request, context, *args, **kwargs)
