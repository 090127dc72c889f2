from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import register

from webhooks.addresses import check_settings


class WebhooksConfig(AppConfig):
    name = "webhooks"

    def ready(self) -> None:
        register(check_settings)
