from __future__ import annotations

import pytest
from django.core.checks import run_checks
from pytest_django.fixtures import Settings

from profai.checks import check_settings


def test_the_defaults_pass() -> None:
    assert check_settings() == []


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("Q_CLUSTER", {"timeout": 60, "retry": 60}, "profai.E001"),
        ("COURSE_ENGINE", "magic", "profai.E002"),
        ("LLM_CONCURRENCY", 0, "profai.E003"),
    ],
)
def test_a_bad_setting_is_found(settings: Settings, name: str, value: object, problem: str) -> None:
    setattr(settings, name, value)
    found = [message for message in run_checks() if (message.id or "").startswith("profai.")]
    assert [message.id for message in found] == [problem]
    assert all(message.hint for message in found)
