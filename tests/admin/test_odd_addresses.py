"""Addresses of the admin's lists with values that no calendar, number or text of a column has."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.db.models import DateField, Field
from django.test import Client
from django.urls import reverse

from quizzes.models import Attempt
from tests.api.world import make_world

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("model", admin.site._registry, ids=lambda model: model.__name__)
def test_a_list_with_impossible_filters_is_the_list(as_superuser: Client, model: type) -> None:
    shown = admin.site._registry[model]
    names = {name for name in shown.list_filter if isinstance(name, str)}
    names |= {shown.date_hierarchy} if shown.date_hierarchy else set()
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")  # type: ignore[attr-defined] # of models
    odd = [{"q": "\x00"}, {"p": "9" * 20}, {"o": "9" * 20}]
    for name in names:
        field: Field[object, object] = model._meta.get_field(name)  # type: ignore[attr-defined] # of models
        if isinstance(field, DateField):
            years = {f"{name}__year": year for year in ("9999",)}
            odd += [years, {f"{name}__year": "0"}, {f"{name}__year": "9" * 20}]
            odd += [years | {f"{name}__month": "12", f"{name}__day": "31"}]
            odd += [{f"{name}__gte": "x"}, {f"{name}__gte": "\x00"}]
        else:
            odd += [{f"{name}__exact": "\x00"}, {f"{name}__exact": "9" * 30}]
    for query in odd:
        assert as_superuser.get(address, query, follow=True).status_code == 200, query


def test_a_day_that_no_column_holds_shows_all_attempts(as_superuser: Client) -> None:
    make_world()
    address = reverse("admin:quizzes_attempt_changelist")
    shown = as_superuser.get(address, {"started_at__gte": "\x00"}, follow=True)
    assert shown.context["cl"].result_count == Attempt.objects.count() > 0
