"""How lists of courses and their parts are narrowed."""

from __future__ import annotations

import django_filters as filters
from django.db.models import QuerySet

from common.rest.filters import Filters, TextFilter, WholeNumberFilter
from courses.models import Course, CourseStatus, Passage, Topic, TopicStatus


class CourseFilter(Filters):
    q = TextFilter(field_name="title", lookup_expr="icontains", label="Part of the title")
    status = filters.ChoiceFilter(choices=CourseStatus.choices)
    language = filters.CharFilter(max_length=10)
    engine = filters.CharFilter(max_length=50)

    class Meta:
        model = Course
        fields = ("q", "status", "language", "engine")


class TopicFilter(Filters):
    week = WholeNumberFilter(field_name="module__position", min_value=1, max_value=10**6)
    status = filters.ChoiceFilter(choices=TopicStatus.choices)

    class Meta:
        model = Topic
        fields = ("week", "status")


class PassageFilter(Filters):
    document = WholeNumberFilter(field_name="document", min_value=1, max_value=2**62)
    # Not `page`, which is that of the list.
    on_page = WholeNumberFilter(
        method="covering",
        min_value=1,
        max_value=10**6,
        label="A page, slide or paragraph that it covers, from 1",
    )

    class Meta:
        model = Passage
        fields = ("document", "on_page")

    def covering(self, passages: QuerySet[Passage], _name: str, page: int) -> QuerySet[Passage]:
        return passages.filter(page_from__lte=page, page_to__gte=page)
