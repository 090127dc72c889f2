"""Modules and topics: read beside their sources, edited, approved."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Min, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect

from courses.admin.base import CourseFilter, CourseRowAdmin
from courses.editing import approve_topic, edit_module, edit_topic
from courses.forms import ModuleForm, TopicForm
from courses.models import Module, Topic
from courses.queries import weak_statements
from courses.rewriting import request_rewrite
from courses.services import CourseStateError
from courses.templatetags.support import support_label


@admin.register(Module)
class ModuleAdmin(CourseRowAdmin[Module]):
    form = ModuleForm
    list_display = ("title", "course", "position", "topic_count")
    list_filter = (CourseFilter,)
    list_select_related = ("course",)
    search_fields = ("title", "summary", "course__title")
    change_form_template = "admin/courses/module/page.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Module]:
        modules = super().get_queryset(request).select_related("course")
        return modules.annotate(topic_total=Count("topics"))

    @admin.display(description="topics", ordering="topic_total")
    def topic_count(self, module: Module) -> int:
        count: int = vars(module)["topic_total"]
        return count

    def save_model(self, request: HttpRequest, obj: Module, form: Any, change: bool) -> None:
        edit_module(
            module=obj, title=obj.title, summary=obj.summary, objectives=list(obj.objectives)
        )


@admin.register(Topic)
class TopicAdmin(CourseRowAdmin[Topic]):
    course_path = "module__course"
    form = TopicForm
    list_display = ("title", "module", "course", "status_label", "citations", "weakest")
    list_filter = (CourseFilter, "status", "engine")
    list_select_related = ("module__course",)
    search_fields = ("title", "content", "module__title", "module__course__title")
    actions = ("approve",)
    change_form_template = "admin/courses/topic/page.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Topic]:
        topics = super().get_queryset(request).select_related("module__course")
        return topics.annotate(
            citation_total=Count("citations"), support_min=Min("citations__support")
        )

    @admin.display(ordering="module__course__title")
    def course(self, topic: Topic) -> str:
        return topic.module.course.title

    @admin.display(ordering="citation_total")
    def citations(self, topic: Topic) -> int:
        count: int = vars(topic)["citation_total"]
        return count

    @admin.display(description="weakest support", ordering="support_min")
    def weakest(self, topic: Topic) -> str:
        return support_label(vars(topic)["support_min"], "")

    @admin.action(description="Approve the selected topics", permissions=["change"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Topic]) -> None:
        approved = sum(self._approve(request, topic) for topic in queryset)
        if approved:
            self.message_user(request, f"Topics approved: {approved}.", messages.SUCCESS)

    def save_model(self, request: HttpRequest, obj: Topic, form: Any, change: bool) -> None:
        try:
            saved = edit_topic(topic=obj, title=obj.title, content=obj.content)
        except CourseStateError as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            obj.status = saved.status

    def response_change(self, request: HttpRequest, obj: Topic) -> HttpResponse:
        if "_rewrite" in request.POST:
            return self._rewrite(request, obj)
        if "_approve" not in request.POST:
            return super().response_change(request, obj)
        if self._approve(request, obj):
            self.message_user(request, f"\u201c{obj}\u201d is approved.", messages.SUCCESS)
        return HttpResponseRedirect(request.get_full_path())

    def _rewrite(self, request: HttpRequest, topic: Topic) -> HttpResponse:
        try:
            job = request_rewrite(
                course=topic.module.course,
                topics=[Topic.objects.get(pk=topic.pk)],
                requested_by=request.user,
            )
        except CourseStateError as error:
            self.message_user(request, str(error), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())
        self.log_change(request, topic, "Asked to be written again.")
        return redirect("admin:jobs_job_change", job.pk)

    def _approve(self, request: HttpRequest, topic: Topic) -> bool:
        try:
            approve_topic(topic)
        except CourseStateError as error:
            self.message_user(request, str(error), messages.ERROR)
            return False
        self.log_change(request, topic, "Approved.")
        return True

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        topic = context["original"]
        context["cited"] = topic.citations.select_related("passage__document")
        context["weak"] = weak_statements(topic)
        context["terms"] = topic.key_terms.select_related("passage__document")
        return super().render_change_form(request, context, *args, **kwargs)
