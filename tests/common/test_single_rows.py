from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.forms.models import model_to_dict
from django.test.utils import CaptureQueriesContext

from accounts.models import PersonalToken, Scope
from accounts.services import make_token
from common.single_rows import SingleRow
from jobs.models import Job
from tests.factories import make_teacher

pytestmark = pytest.mark.django_db


def test_a_row_has_the_values_that_the_orm_finds() -> None:
    user = make_teacher("ann")
    job = Job.objects.create(
        kind="x",
        requested_by=user,
        parameters={"course": 5, "names": ["ä", None]},
        result={"score": 0.5},
        run_time=timedelta(hours=30, microseconds=7),
    )
    found = SingleRow(Job, by=["id", "requested_by"]).find(job.pk, user.pk)
    usual = Job.objects.get(pk=job.pk)
    assert found == usual
    for field in Job._meta.concrete_fields:
        assert getattr(found, field.attname) == getattr(usual, field.attname)
    assert not found._state.adding
    found.message = "Saved as usual."
    found.save(update_fields=["message"])
    usual.refresh_from_db()
    assert usual.message == "Saved as usual."


def test_a_row_without_these_values_is_none() -> None:
    user = make_teacher("ann")
    job = Job.objects.create(kind="x", requested_by=user)
    query = SingleRow(Job, by=["id", "requested_by"])
    assert query.find(uuid4(), user.pk) is None
    assert query.find(job.pk, user.pk + 1) is None


def test_the_related_row_comes_with_the_same_query() -> None:
    user = make_teacher("ann")
    token = make_token(user=user, name="x", scopes=[Scope.JOBS_READ], days=None).token
    query = SingleRow(PersonalToken, by=["digest"], related="user")
    with CaptureQueriesContext(connection) as queries:
        found = query.find(token.digest)
        assert found is not None
        assert found.user == user
    assert len(queries) == 1
    assert model_to_dict(found) == model_to_dict(PersonalToken.objects.get())
    assert found.scopes == [Scope.JOBS_READ]
    assert found.user.has_perm("jobs.view_job") is user.has_perm("jobs.view_job")
