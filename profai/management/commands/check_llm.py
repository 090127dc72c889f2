"""Tests the configured language-model provider."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.module_loading import import_string

from engine.llm.configuration import llm_config, llm_problems
from engine.llm.probe import check
from engine.llm.reports import Report
from profai.local.first_start import SAMPLE


class Command(BaseCommand):
    help = "Call the configured language model and say whether courses can be written with it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--trial",
            action="store_true",
            help="also have it write an outline, a lesson and three questions from the sample's "
            "notes, which costs a few thousand tokens; a model on this machine always does",
        )

    def handle(self, *_args: Any, trial: bool, **_options: Any) -> None:
        for problem in llm_problems(settings):
            self.stdout.write(f"{problem.message} {problem.hint}")
        self._show(check(settings))
        if trial or settings.LOCAL_MODEL:
            # Its libraries are loaded only here.
            try_out = import_string("profai.model_trial.try_out")
            self.stdout.write("It now writes from the sample's notes; small machines take minutes.")
            self._show(try_out(llm_config(settings), SAMPLE))

    def _show(self, report: Report) -> None:
        for finding in report.findings:
            mark = "yes" if finding.works else "NO "
            self.stdout.write(f"  {mark} {finding.what}: {finding.detail}")
        if not report.is_ready:
            raise CommandError(report.sentence)
        self.stdout.write(report.sentence)
