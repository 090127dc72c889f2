"""The admin site: its first page says what waits, and teachers see no tables of the machine."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.module_loading import import_string

# What jobs and programs write: teachers reach what concerns them from their courses' pages.
MACHINE = {
    *("courses.Passage", "courses.Citation", "courses.KeyTerm", "jobs.Step"),
    *("webhooks.Endpoint", "webhooks.Delivery", "accounts.PersonalToken", "django_q.Failure"),
}
# For those who care for all courses. Teachers find their jobs on their first page.
OF_EDITORS = {"jobs.Job"}
# In the order of a teacher's day; apps and models that are not named come after these.
APPS = ("courses", "quizzes", "jobs", "exchange", "webhooks", "accounts", "auth")
MODELS = ("Course", "Quiz", "Question", "Attempt", "Module", "Topic", "SourceDocument")


class StaffSite(AdminSite):
    site_header = "ProfAI"
    site_title = "ProfAI"
    index_title = "What waits for you"

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        # By its path: models are not loaded yet when this module is.
        home = import_string("profai.staff_home.home")
        return super().index(request, {**home(request.user), **(extra_context or {})})

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        apps: list[Any] = super().get_app_list(request, app_label)
        hidden = set() if getattr(request.user, "is_superuser", False) else {*MACHINE}
        if not request.user.has_perm("courses.manage_all_courses"):
            hidden |= OF_EDITORS
        for app in apps:
            app["models"] = sorted(
                (
                    model
                    for model in app["models"]
                    if f"{app['app_label']}.{model['object_name']}" not in hidden
                ),
                key=lambda model: _place(MODELS, model["object_name"]),
            )
        shown = [app for app in apps if app["models"]]
        return sorted(shown, key=lambda app: _place(APPS, app["app_label"]))


def _place(order: tuple[str, ...], name: str) -> int:
    return order.index(name) if name in order else len(order)


class StaffAdminConfig(AdminConfig):
    default_site = "profai.staff_site.StaffSite"
