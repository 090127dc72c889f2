"""A course's name in addresses, when several people choose one title at one moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from courses.models import Course

AT_ONCE = 6


@pytest.mark.django_db(transaction=True)
def test_courses_of_one_title_made_at_once_all_get_a_name() -> None:
    ready = Barrier(AT_ONCE)

    def make(_number: int) -> str:
        try:
            ready.wait(10)
            return Course.objects.create(title="Rivers").slug
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        slugs = list(pool.map(make, range(AT_ONCE)))
    assert len(set(slugs)) == AT_ONCE
    assert all(slug.startswith("rivers") and len(slug) <= 80 for slug in slugs)


@pytest.mark.django_db
def test_a_name_that_was_taken_meanwhile_is_made_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    Course.objects.create(title="Rivers")
    monkeypatch.setattr("courses.models.unique_slug", lambda _title: "rivers")
    assert Course.objects.create(title="Rivers").slug.startswith("rivers-")
