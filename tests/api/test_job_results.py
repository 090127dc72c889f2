"""What a job has brought forth, in the shape of its kind."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from jobs.models import Job
from tests.api.world import client
from tests.factories import make_teacher

pytestmark = pytest.mark.django_db

COURSE = {"course_id": 7, "course_title": "Rivers", "modules": 2}
IMPORT = {"import_run": 3, "clean": False, "counts": {"course": {"read": 1, "refused": 1}}}


def shown(kind: str, result: Any) -> Any:
    teacher = make_teacher()
    job = Job.objects.create(
        kind=kind,
        requested_by=teacher,
        status="completed",
        completed_at=timezone.now(),
        result=result,
    )
    api = client(teacher)
    answer = api.get(f"/api/jobs/{job.pk}")
    assert answer.status_code == 200
    assert api.get("/api/jobs/").json()["results"] == [answer.json()]
    return answer.json()["result"]


@pytest.mark.parametrize("kind", ["course", "rewrite", "quiz"])
def test_a_course_has_its_slug_and_address(kind: str, settings: Settings) -> None:
    settings.PUBLIC_URL = "https://profai.example"
    url = "https://profai.example/api/courses/rivers/"
    assert shown(kind, COURSE | {"course_slug": "rivers"}) == COURSE | {
        "kind": kind, "course_slug": "rivers", "course_url": url,
    }  # fmt: skip


def test_a_course_of_an_older_release_has_the_old_fields() -> None:
    new = {"kind": "course", "course_slug": None, "course_url": None}
    assert shown("course", COURSE) == COURSE | new


def test_an_import_says_what_it_took_in() -> None:
    assert shown("import", IMPORT) == IMPORT | {"kind": "import"}


def test_a_kind_that_nobody_knows_is_shown_as_it_is() -> None:
    assert shown("gone", {"x": [1]}) == {"kind": "gone", "x": [1]}


@pytest.mark.parametrize("result", [{}, {"course_id": "x"}, [1], "text", COURSE | {"modules": "y"}])
def test_a_result_of_another_shape_keeps_no_list_from_being_read(
    result: Any, caplog: pytest.LogCaptureFixture
) -> None:
    assert shown("course", result) is None
    assert "does not have the form" in caplog.text
