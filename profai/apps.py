from __future__ import annotations

from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import register
from django.db.models.signals import post_migrate

from profai.checks import check_settings
from profai.pipelines import register_pipelines
from profai.sentry import start_sentry


class ProfaiConfig(AppConfig):
    name = "profai"
    verbose_name = "ProfAI"

    def ready(self) -> None:
        # These need the models, which are loaded by now.
        from profai.audit import connect_audit
        from profai.metrics import connect_metrics
        from profai.own_data import connect_own_data
        from profai.webhooks import connect_webhooks

        start_sentry()
        register_pipelines()
        connect_webhooks()
        connect_metrics()
        connect_audit()
        connect_own_data()
        register(check_settings, "settings")
        # The signal is sent once for each app with models; webhooks is the last of ours.
        post_migrate.connect(prepare_database, sender=apps.get_app_config("webhooks"))


def prepare_database(**signal: Any) -> None:
    """Makes the rows that ProfAI itself needs, unless they exist."""
    try:
        signal["apps"].get_model("accounts", "Role")
    except LookupError:
        return  # Migrations were undone, or only some were done: the tables are not there.
    from jobs.cleanup import schedule_cleanup  # models are not loaded when this module is
    from profai.roles import ensure_groups

    ensure_groups()
    schedule_cleanup()
