"""The API keeps to its own document: whatever fits it, or does not, is answered as it says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_django.fixtures import Settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from accounts.models import Scope
from accounts.services import make_token
from courses.models import CourseStatus
from profai.server.wsgi import application
from tests.api.world import make_webhook, make_world
from tests.factories import make_superuser

CASES = 40
# What fits a schema may still be refused: a file that is no PDF, an ETag of another version, the
# week of a module that is not there.
NOT_HERE = [positive_data_acceptance]
schema = schemathesis.openapi.from_wsgi("/api/schema/?format=json", application)


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Requests of a real server end with their connection; here it is the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def token(db: None, one_connection: None, settings: Settings, tmp_path: Path, chroma: int) -> str:
    settings.MEDIA_ROOT = tmp_path
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"DEFAULT_THROTTLE_CLASSES": []}
    cache.clear()
    make_world(CourseStatus.PUBLISHED)
    chief = make_superuser()
    make_webhook(chief)
    made = make_token(user=chief, name="All", scopes=Scope.values, days=30)
    return made.text


@pytest.mark.slow
@schema.parametrize()
@hypothesis_settings(
    max_examples=CASES,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_answers_are_those_of_the_document(case: Any, token: str) -> None:
    case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, excluded_checks=NOT_HERE)
