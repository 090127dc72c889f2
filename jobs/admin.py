"""Admin pages of jobs and steps: state, errors, and the buttons to cancel and retry."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.html import format_html
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from common.admin.base import ReadOnlyAdmin
from common.login_return import posted_from
from jobs import durations
from jobs.errors import JobStateError
from jobs.models import Job, JobStatus, Step
from jobs.pipelines import stage_title, subject_of
from jobs.queries import visible_jobs
from jobs.services import cancel_job, retry_job

RETRYABLE = (JobStatus.FAILED, JobStatus.CANCELLED)


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin[Job]):
    """Read-only. Cancel and retry are buttons, and go through the job services."""

    list_display = (
        "name",
        "kind",
        "status_label",
        "progress_bar",
        "requested_by",
        "requested",
        "took",
    )
    list_filter = ("status", "kind", "created_at")
    list_select_related = ("requested_by",)
    list_per_page = 50
    search_fields = ("title", "id", "requested_by__username", "message", "error")
    search_help_text = "Title, number, user name, message or error"
    change_form_template = "admin/jobs/job/page.html"
    view_on_site = False
    fields = ()

    @admin.display(description="title", ordering="title")
    def name(self, job: Job) -> str:
        return str(job)

    @admin.display(description="progress", ordering="progress")
    def progress_bar(self, job: Job) -> str:
        return format_html(
            '<span class="pa-units"><progress class="pa-{}" max="100" value="{}"></progress>'
            " {}%</span>",
            job.status,
            job.progress,
            job.progress,
        )

    @admin.display(description="requested", ordering="created_at")
    def requested(self, job: Job) -> str:
        return date_format(timezone.localtime(job.created_at), "j M Y, H:i T")

    @admin.display(description="waited, ran", ordering="run_time")
    def took(self, job: Job) -> str:
        times = durations.queue_time(job), durations.run_time(job)
        return ", ".join(durations.in_words(one) for one in times)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        return super().get_queryset(request).filter(pk__in=visible_jobs(request.user))

    def has_delete_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        """Refuses running jobs, which have to be cancelled first: their workers need the row."""
        if obj is not None and obj.is_open:
            return False
        return bool(request.user.is_active and cast("Any", request.user).is_superuser)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<uuid:job_id>/panel/", wrap(self.panel_view), name="jobs_job_panel"),
            path("<uuid:job_id>/cancel/", wrap(self.cancel_view), name="jobs_job_cancel"),
            path("<uuid:job_id>/retry/", wrap(self.retry_view), name="jobs_job_retry"),
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        job = self.get_object(request, object_id)
        context = (extra_context or {}) | (self._panel(request, job) if job else {})
        context["subtitle"] = None
        context["title"] = str(job) if job else None
        return super().change_view(request, object_id, form_url, context)

    @method_decorator([require_GET, never_cache])
    def panel_view(self, request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
        """Shows the part of the job's page that changes; the page fetches it while the job is
        open."""
        job = self._job(request, job_id)
        return render(request, "admin/jobs/job/panel.html", self._panel(request, job))

    @method_decorator(posted_from("admin:jobs_job_change"))
    def cancel_view(self, request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
        return self._act(request, job_id, cancel_job, "The job is being cancelled.")

    @method_decorator(posted_from("admin:jobs_job_change"))
    def retry_view(self, request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
        return self._act(request, job_id, retry_job, "The job's open steps run once more.")

    def _act(
        self, request: HttpRequest, job_id: uuid.UUID, action: Callable[[Job], Job], done: str
    ) -> HttpResponse:
        job = self._job(request, job_id)
        if not may_act(request):
            raise PermissionDenied
        try:
            self.log_change(request, action(job), done)
        except JobStateError as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            self.message_user(request, done, messages.SUCCESS)
        return redirect("admin:jobs_job_change", job_id)

    def _job(self, request: HttpRequest, job_id: uuid.UUID) -> Job:
        job = self.get_object(request, str(job_id))
        if job is None or not self.has_view_permission(request, job):
            raise Http404("There is no such job, or it is not yours.")
        return job

    def _panel(self, request: HttpRequest, job: Job) -> dict[str, Any]:
        act = may_act(request)
        steps = list(job.steps.order_by("position"))
        return {
            "job": job,
            "steps": [(step, stage_title(job.kind, step.stage)) for step in steps],
            "subject": link_to(subject_of(job)),
            "trace_url": settings.TRACE_URL.replace("{trace_id}", job.trace_id),
            "can_cancel": act and job.is_open and not job.cancel_requested,
            "can_retry": act and job.can_retry and job.status in RETRYABLE,
        }


def may_act(request: HttpRequest) -> bool:
    return bool(cast("Any", request.user).has_perm("jobs.change_job"))


def link_to(subject: Model | None) -> tuple[str, str] | None:
    """Returns the URL and the text of a link to the admin page of a row; None if it has none."""
    if subject is None:
        return None
    meta = subject._meta
    try:
        page = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[subject.pk])
    except NoReverseMatch:
        return None
    return page, str(subject)


@admin.register(Step)
class StepAdmin(ReadOnlyAdmin[Step]):
    list_display = ("name", "job", "stage", "status_label", "attempts", "units", "waited", "ran")
    list_filter = ("status", "stage")
    list_select_related = ("job",)
    list_per_page = 50
    search_fields = ("name", "key", "job__title", "error")
    fields = (
        "job",
        "name",
        "key",
        "stage",
        "status_label",
        "attempts",
        "retries",
        "hand_backs",
        "units",
        "worker",
        "message",
        "error",
        "queued_at",
        "started_at",
        "completed_at",
        "waited",
        "ran",
    )
    readonly_fields = ("status_label", "units", "waited", "ran")

    @admin.display(description="units")
    def units(self, step: Step) -> str:
        return f"{step.units_done} of {step.units_total}" if step.units_total else "\u2013"

    @admin.display(description="waited", ordering="queue_time")
    def waited(self, step: Step) -> str:
        return durations.in_words(durations.queue_time(step))

    @admin.display(description="run time", ordering="run_time")
    def ran(self, step: Step) -> str:
        return durations.in_words(durations.run_time(step))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Step]:
        return super().get_queryset(request).filter(job__in=visible_jobs(request.user))

    def has_delete_permission(self, request: HttpRequest, obj: Step | None = None) -> bool:
        """Refuses running jobs, which have to be cancelled first: their workers need the row."""
        return bool(request.user.is_active and cast("Any", request.user).is_superuser)
