"""Bases of admin pages: lists that bear any address, and rows that are only read."""

from __future__ import annotations

from typing import Any
from unicodedata import normalize

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db import DataError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from common.admin.deletion import named_and_counted
from common.alphabet import Alphabetical, shown_text

MAX_SEARCH = 200


class SoundChangeList(ChangeList):
    """Ignores filters in an address that no column can hold, as Django does with others.

    Django answers 500 to some of them, for example the year 9999 or a text with a zero byte.

    Columns of texts are sorted by what they show, in the order of the alphabet: a column of courses
    by their titles, not by the order of the courses' own list.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        try:
            with transaction.atomic():
                super().__init__(*args, **kwargs)
        except (DataError, OverflowError, ValueError) as error:
            raise IncorrectLookupParameters from error

    def get_ordering_field(self, field_name: Any) -> Any:
        found = super().get_ordering_field(field_name)
        text = shown_text(self.model, found) if isinstance(found, str) else None
        return Alphabetical(text) if text else found


class SoundLists:
    """Shows lists with SoundChangeList. Must come before ModelAdmin among the bases."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> Any:
        """Searches for composed letters, as texts are stored, and cuts long searches."""
        words = normalize("NFC", search_term[:MAX_SEARCH])
        return super().get_search_results(request, queryset, words)  # type: ignore[misc] # a mix-in

    def get_deleted_objects(self: Any, objs: Any, request: HttpRequest) -> Any:
        return *named_and_counted(objs, request, self.admin_site), []

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return SoundChangeList


class ReadOnlyMixin(SoundLists):
    """Lets people read rows and do nothing else. Must come before ModelAdmin among the bases."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
