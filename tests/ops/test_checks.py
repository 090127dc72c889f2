from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings as given
from django.core.checks import run_checks
from pytest_django.fixtures import Settings

from profai.checks import check_settings

GOOD: dict[str, object] = given.Q_CLUSTER


def test_the_defaults_pass() -> None:
    assert check_settings() == []


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("Q_CLUSTER", GOOD | {"retry": 3600}, "profai.E001"),
        ("Q_CLUSTER", GOOD | {"broker_class": None}, "profai.E001"),
        ("Q_CLUSTER", GOOD | {"queue_limit": 4}, "profai.E001"),
        ("Q_CLUSTER", GOOD | {"workers": 0}, "profai.E001"),
        ("Q_CLUSTER", GOOD | {"recycle": 0}, "profai.E001"),
        ("Q_CLUSTER", GOOD | {"max_rss": 1024}, "profai.E001"),
        ("JOB_SWEEP", timedelta(seconds=15), "profai.E001"),
        ("JOB_GRACE", timedelta(hours=2), "profai.E001"),
        ("JOB_STEP_ATTEMPTS", 0, "profai.E001"),
        ("COURSE_ENGINE", "magic", "profai.E002"),
        ("LLM_CONCURRENCY", 0, "profai.E003"),
    ],
)
def test_a_bad_setting_is_found(settings: Settings, name: str, value: object, problem: str) -> None:
    setattr(settings, name, value)
    found = [message for message in run_checks() if (message.id or "").startswith("profai.")]
    assert [message.id for message in found] == [problem]
    assert all(message.hint for message in found)
