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
        ("Q_MAX_RSS", 1024, "profai.E001"),
        ("JOB_SWEEP", timedelta(seconds=15), "profai.E001"),
        ("JOB_GRACE", timedelta(hours=2), "profai.E001"),
        ("JOB_STEP_ATTEMPTS", 0, "profai.E001"),
        ("COURSE_ENGINE", "magic", "profai.E002"),
        ("VECTOR_STORE", "faiss", "profai.E009"),
        ("LLM_CONCURRENCY", 0, "profai.E003"),
        ("QUIZ_MIX", {"trivial": 1.0}, "profai.E004"),
        ("QUIZ_MIX", {"easy": -1, "hard": 2}, "profai.E004"),
        ("QUIZ_MIX", {"easy": 0}, "profai.E004"),
        ("QUIZ_MIX", {}, "profai.E004"),
        ("QUIZ_MIX", {"easy": "much"}, "profai.E004"),
        ("QUIZ_MIX", [0.4, 0.6], "profai.E004"),
        ("LLM_FALLBACK", "hope", "profai.E005"),
        ("LOGIN_FAILURES", 0, "profai.E006"),
        ("LOGIN_FAILURES_PER_ADDRESS", 0, "profai.E006"),
        ("LOGIN_COOL_OFF", timedelta(0), "profai.E006"),
        ("SESSION_STAFF_IDLE", timedelta(hours=13), "profai.E006"),
        ("SESSION_IDLE", timedelta(0), "profai.E006"),
        ("CLEANUP_AUDIT", timedelta(days=29), "profai.E006"),
    ],
)
def test_a_bad_setting_is_found(settings: Settings, name: str, value: object, problem: str) -> None:
    setattr(settings, name, value)
    found = [message for message in run_checks() if (message.id or "").startswith("profai.")]
    assert [message.id for message in found] == [problem]
    assert all(message.hint for message in found)


@pytest.mark.parametrize(
    ("change", "count"),
    [
        ({}, 0),
        ({"OIDC_ISSUER": ""}, 0),
        ({"OIDC_ISSUER": "http://127.0.0.1:9000/school"}, 0),
        ({"OIDC_ISSUER": "http://login.school.example"}, 1),
        ({"OIDC_ISSUER": "login.school.example", "OIDC_CLIENT_SECRET": ""}, 2),
        ({"OIDC_CLIENT_ID": ""}, 1),
        ({"OIDC_LINK_BY_EMAIL": True}, 1),
        ({"OIDC_LINK_BY_EMAIL": True, "MAIL_CONFIGURED": True}, 0),
    ],
)
def test_single_sign_on_that_lets_nobody_or_the_wrong_people_in_is_found(
    settings: Settings, change: dict[str, object], count: int
) -> None:
    good = {
        "OIDC_ISSUER": "https://login.school.example",
        "OIDC_CLIENT_ID": "profai",
        "OIDC_CLIENT_SECRET": "secret",
        "MAIL_CONFIGURED": False,
    }
    for name, value in (good | change).items():
        setattr(settings, name, value)
    found = [message for message in run_checks() if message.id == "profai.E008"]
    assert len(found) == count
    assert all(message.hint for message in found)


@pytest.fixture
def model(settings: Settings) -> None:
    """A configuration in which nothing is wrong."""
    settings.COURSE_ENGINE = "llm"
    settings.LLM_PROVIDER, settings.LLM_MODEL = "custom", "stand-in"
    settings.LLM_BASE_URL = "http://127.0.0.1:9/v1"


@pytest.mark.usefixtures("model")
def test_a_good_model_configuration_passes() -> None:
    assert check_settings() == []


@pytest.mark.usefixtures("model")
@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"LLM_PROVIDER": "oracle"}, "profai.llm.provider"),
        ({"LLM_BASE_URL": "llm.school.example"}, "profai.llm.base_url"),
        ({"LLM_BASE_URL": "https://me:secret@llm.school.example"}, "profai.llm.base_url"),
        ({"LLM_PROVIDER": "openai", "LLM_API_KEY": ""}, "profai.llm.key"),
        ({"LLM_MODEL": ""}, "profai.llm.model"),
        ({"LLM_STRUCTURED": "xml"}, "profai.llm.structured"),
        ({"LLM_TIMEOUT": 0}, "profai.llm.number"),
        ({"LLM_PATIENCE": -1}, "profai.llm.number"),
        ({"LLM_PRICES": {"stand-in": [1]}}, "profai.llm.prices"),
        ({"LLM_PRICES": {"stand-in": [1, -2]}}, "profai.llm.prices"),
        ({"LLM_PRICES": ["free"]}, "profai.llm.prices"),
        ({"LLM_JOB_BUDGET": 5}, "profai.llm.budget"),
        ({"LLM_PROVIDER": "openai", "LLM_API_KEY": "k"}, "profai.llm.unpriced"),
    ],
)
def test_a_model_that_could_not_be_asked_is_found_before_the_first_job(
    settings: Settings, values: dict[str, object], problem: str
) -> None:
    for name, value in values.items():
        setattr(settings, name, value)
    found = check_settings()
    assert problem in [message.id for message in found]
    assert all(message.hint for message in found)
    assert "secret" not in " ".join(str(message) for message in found)


def test_a_model_is_no_matter_of_the_offline_engine(settings: Settings) -> None:
    settings.LLM_PROVIDER = "oracle"
    assert check_settings() == []
