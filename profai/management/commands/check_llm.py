"""Tests the configured language-model provider."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from engine.llm.configuration import llm_problems
from engine.llm.probe import check


class Command(BaseCommand):
    help = "Call the configured language model and say whether courses can be written with it."

    def handle(self, *_args: Any, **_options: Any) -> None:
        for problem in llm_problems(settings):
            self.stdout.write(f"{problem.message} {problem.hint}")
        report = check(settings)
        for finding in report.findings:
            mark = "yes" if finding.works else "NO "
            self.stdout.write(f"  {mark} {finding.what}: {finding.detail}")
        if not report.is_ready:
            raise CommandError(report.sentence)
        self.stdout.write(report.sentence)
