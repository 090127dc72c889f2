from __future__ import annotations

from django.apps import AppConfig

from profai.pipelines import register_pipelines


class ProfaiConfig(AppConfig):
    name = "profai"
    verbose_name = "ProfAI"

    def ready(self) -> None:
        register_pipelines()
