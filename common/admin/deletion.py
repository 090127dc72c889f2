"""Counts rows for the admin's deletion page: an account may have thousands of answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import islice
from typing import Any

from django.contrib.admin import AdminSite
from django.db import router
from django.db.models import Model
from django.db.models.deletion import Collector
from django.http import HttpRequest

MAX_NAMED = 100


def named_and_counted(
    objs: Iterable[Model], request: HttpRequest, site: AdminSite
) -> tuple[list[str], dict[str, int], set[str]]:
    """Returns names of the rows, counts of all rows to delete by kind, and forbidden kinds.

    None of our relations protects rows from deletion; if one did, this would have to say so.
    """
    rows: list[Any] = list(objs)
    names = [str(row) for row in islice(rows, MAX_NAMED)]
    if len(rows) > MAX_NAMED:
        names.append(f"and {len(rows) - MAX_NAMED} more")
    if not rows:
        return names, {}, set()
    collector = Collector(using=router.db_for_write(type(rows[0])))
    collector.collect(rows)
    counts: Counter[str] = Counter()
    refused: set[str] = set()
    for model, found in collector.data.items():
        counts[str(model._meta.verbose_name_plural)] += len(found)
        page = site._registry.get(model)
        if page and not all(page.has_delete_permission(request, row) for row in found):
            refused.add(str(model._meta.verbose_name))
    # Rows that nothing refers to, which are deleted without being read.
    for rest in collector.fast_deletes:
        meta, page = rest.model._meta, site._registry.get(rest.model)
        counts[str(meta.verbose_name_plural)] += rest.count()
        if page and rest.exists() and not page.has_delete_permission(request):
            refused.add(str(meta.verbose_name))
    return names, dict(+counts), refused
