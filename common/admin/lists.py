"""Bases of admin pages: lists that bear any address, rows that are only read, and their deletion.

The page that confirms a deletion counts rows: an account may have thousands of answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any
from unicodedata import normalize

from django.contrib import admin
from django.contrib.admin import AdminSite
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db import DataError, router, transaction
from django.db.models import Model, QuerySet
from django.db.models.deletion import Collector
from django.http import HttpRequest
from django.utils.text import capfirst

from common.alphabet import Alphabetical, shown_text

MAX_SEARCH = 200
MAX_NAMED = 100  # rows to delete that the page names


class SafeChangeList(ChangeList):
    """Ignores filters in an address that no column can hold, as Django does with others.

    Django answers 500 to some of them, for example the year 9999 or a text with a zero byte.

    Columns of texts are sorted by what they show, in the order of the alphabet: a column of courses
    by their titles, not by the order of the courses' own list. The headline names the rows.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        try:
            with transaction.atomic():
                super().__init__(*args, **kwargs)
        except (DataError, OverflowError, ValueError) as error:
            raise IncorrectLookupParameters from error
        if not self.is_popup:
            # Django's "Select course to change" says no more, in the words of a program.
            self.title = capfirst(str(self.opts.verbose_name_plural))

    def get_ordering_field(self, field_name: Any) -> Any:
        found = super().get_ordering_field(field_name)
        text = shown_text(self.model, found) if isinstance(found, str) else None
        return Alphabetical(text) if text else found


class ValuesFilter(admin.SimpleListFilter):
    """By a column with few values, which are named here: Django reads the whole table for them."""

    values: Sequence[tuple[str, str]]

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        return self.values

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset.filter(**{self.parameter_name or "": value}) if value else queryset


class SafeLists:
    """Shows lists with SafeChangeList. Must come before ModelAdmin among the bases."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> Any:
        """Searches for composed letters, as texts are stored, and cuts long searches."""
        words = normalize("NFC", search_term[:MAX_SEARCH])
        return super().get_search_results(request, queryset, words)  # type: ignore[misc] # a mix-in

    def get_deleted_objects(self: Any, objs: Any, request: HttpRequest) -> Any:
        return *named_and_counted(objs, request, self.admin_site), []

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return SafeChangeList


class ReadOnlyMixin(SafeLists):
    """Lets people read rows and do nothing else. Must come before ModelAdmin among the bases."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


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
