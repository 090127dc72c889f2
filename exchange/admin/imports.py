"""Admin pages of imports: the upload form, the list, the report of each."""

from __future__ import annotations

import json
from itertools import islice
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path

from common.admin.base import ReadOnlyAdmin, status_label
from common.files import stored_file
from exchange.models import ImportRun
from exchange.old_json.runs import request_import

LINES = 300


class ImportForm(forms.Form):
    file = forms.FileField(
        label="Zip or exported course",
        help_text="A zip of the old data folder (courses/, quizzes/, quiz_answers/), or a .json "
        "file that was exported here or elsewhere.",
        allow_empty_file=True,
    )
    source = forms.CharField(
        label="Old installation",
        max_length=50,
        required=False,
        help_text="A name for it, if there are several. Give the same name when it comes again.",
    )
    dry_run = forms.BooleanField(
        label="Only try it out",
        required=False,
        help_text="Say what would be done, and change nothing.",
    )


@admin.register(ImportRun)
class ImportRunAdmin(ReadOnlyAdmin[ImportRun]):
    list_display = (
        "original_name",
        "status",
        "source",
        "dry_run",
        "requested_by",
        "created_at",
    )
    list_select_related = ("job", "requested_by")
    list_filter = ("dry_run", "created_at")
    search_fields = ("original_name", "source")
    change_form_template = "admin/exchange/importrun/page.html"
    fields = ()
    view_on_site = False

    @admin.display(ordering="job__status")
    def status(self, run: ImportRun) -> str:
        if run.job is None:
            return "\u2013"
        return status_label(run.job.status, run.job.get_status_display())

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportRun]:
        return super().get_queryset(request).select_related("job", "requested_by")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_import(request)

    def has_view_permission(self, request: HttpRequest, obj: ImportRun | None = None) -> bool:
        return may_import(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may_import(request)

    def has_delete_permission(self, request: HttpRequest, obj: ImportRun | None = None) -> bool:
        """Deletes only the row: imported data stays, the daily clean-up deletes the report."""
        is_open = obj is not None and obj.job is not None and obj.job.is_open
        return may_import(request) and not is_open

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.report_view)
        own = path("<int:pk>/report/", view, name="exchange_importrun_report")
        return [own, *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = ImportForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            run = self._request(request, form)
            if run is not None:
                return redirect("admin:jobs_job_change", cast("Any", run.job).pk)
        context = {
            **self.admin_site.each_context(request),
            "title": "Import old data",
            "opts": self.opts,
            "form": form,
        }
        return render(request, "admin/exchange/importrun/upload.html", context)

    def _request(self, request: HttpRequest, form: ImportForm) -> ImportRun | None:
        """Returns the import; None if the form has the error."""
        try:
            run = request_import(requested_by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error("file", " ".join(error.messages))
            return None
        self.log_addition(request, run, "Requested by upload.")
        self.message_user(request, f"{run} is being imported.", messages.SUCCESS)
        return run

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        run = context["original"]
        names = list(next(iter(run.counts.values()), {}))
        context |= {
            "title": str(run),
            "subtitle": None,
            "names": names,
            "rows": [(kind, list(row.values())) for kind, row in run.counts.items()],
            **_lines(run),
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def report_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        run = self.get_object(request, str(pk))
        if not may_import(request):
            raise PermissionDenied
        if run is None or not run.report:
            raise Http404("There is no such report.")
        name = f"import-{run.pk}-report.json"
        return stored_file(run.report, name=name, content_type="application/json")


def may_import(request: HttpRequest) -> bool:
    return bool(cast("Any", request.user).has_perm("exchange.import_data"))


def _lines(run: ImportRun) -> dict[str, Any]:
    """Returns the first lines of the report, and whether there are more."""
    if not run.report:
        return {"lines": [], "more": False}
    try:
        report = run.report.open("rb")
    except FileNotFoundError:
        return {"lines": [], "more": False}
    with report as file:
        found = (line.strip().rstrip(b",") for line in file)
        shown = (json.loads(line) for line in found if line.startswith(b'{"level"'))
        lines = list(islice(shown, LINES + 1))
    return {"lines": lines[:LINES], "more": len(lines) > LINES}
