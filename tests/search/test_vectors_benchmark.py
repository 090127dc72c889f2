"""The benchmark of vector stores, with a few courses."""

from __future__ import annotations

import gc
from dataclasses import replace
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from benchmarks.engine.vectors import ARRANGEMENTS, Measured, arranged, measure
from courses.models import StoredVectors

COURSES = 8


# A server that was started anew leaves its clients a connection that nobody closes.
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name == "postgresql" else pytest.mark.slow)
        for name in ARRANGEMENTS
    ],
)
def test_an_arrangement_finds_what_it_stored(name: str, settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    with arranged(name) as store:
        found = measure(store, COURSES)
    gc.collect()
    assert found.courses == COURSES
    assert found.found == 1
    assert found.megabytes > 0
    assert found.in_words().startswith("courses 8; memory ")
    if name == "postgresql":
        # A quarter of the courses was deleted.
        assert StoredVectors.objects.count() == COURSES * 3 / 4


def test_memory_is_extrapolated_by_what_the_second_half_took() -> None:
    times = (1.0, 2.0)
    found = Measured(
        courses=100,
        megabytes_with_half=1000,
        megabytes=1024,
        megabytes_on_disk=1,
        index_ms=1,
        query_idle_ms=times,
        query_in_use_ms=times,
        found=1,
        restart_s=1,
        query_after_restart_ms=times,
        delete_ms=times,
        megabytes_after_deleting=1,
    )
    assert found.gibibytes(100) == 1
    assert found.gibibytes(10_000) == pytest.approx((1024 + 9_900 * 24 / 50) / 1024)
    # What was given back in between is no reason to expect less.
    assert replace(found, megabytes_with_half=2000).gibibytes(10_000) == 1
