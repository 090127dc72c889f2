from __future__ import annotations

from django.apps import AppConfig


class ProfaiConfig(AppConfig):
    name = "profai"
    verbose_name = "ProfAI"

    def ready(self) -> None:
        from profai.pipelines import register_pipelines  # the registry needs the apps loaded

        register_pipelines()
