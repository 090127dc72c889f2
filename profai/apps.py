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
        # These need models, which are loaded now.
        from profai.metrics import connect_metrics
        from profai.webhooks import connect_webhooks

        start_sentry()
        register_pipelines()
        connect_webhooks()
        connect_metrics()
        register(check_settings)
        # The signal is sent for apps with models only; that of webhooks comes last of ours.
        post_migrate.connect(prepare_database, sender=apps.get_app_config("webhooks"))


def prepare_database(**_signal: Any) -> None:
    """Rows that ProfAI itself needs; making them again changes nothing."""
    from jobs.cleanup import schedule_cleanup  # models are not loaded when this module is
    from profai.roles import ensure_groups

    ensure_groups()
    schedule_cleanup()
