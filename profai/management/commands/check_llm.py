"""Tests the configured language-model provider."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from profai.ai.configuration import llm_config, llm_problems
from profai.ai.errors import AIError
from profai.ai.probe import best_mode, probe


class Command(BaseCommand):
    help = "Call the configured language model and say what its provider supports."

    def handle(self, *_args: Any, **_options: Any) -> None:
        problems = llm_problems()
        for problem in problems:
            self.stdout.write(f"{problem.message} {problem.hint}")
        try:
            config = llm_config()
        except AIError:
            raise CommandError("The settings are incomplete; nothing was called.") from None
        self.stdout.write(f"{config.provider.title} at {config.base_url}")
        findings = probe(config)
        for finding in findings:
            mark = "yes" if finding.works else "NO "
            self.stdout.write(f"  {mark} {finding.what}: {finding.detail}")
        mode = best_mode(findings)
        if mode is None:
            raise CommandError("No answer could be used; courses cannot be written with this.")
        self.stdout.write(f"Courses will be written with structured answers by {mode}.")
