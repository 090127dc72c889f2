"""ProfAI's settings, with a bare view to measure against."""

from __future__ import annotations

from profai.settings.test import *  # noqa: F403 - all of them

ROOT_URLCONF = "benchmarks.engine.web_urls"
