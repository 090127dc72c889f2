"""What learners' pages say of sources, in the page's language."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from common.kept_html import KeptHtml
from courses.models import Module, Passage, Topic
from courses.quotes import shown_quote
from engine.reading.document import PlaceUnit

register = template.Library()
# The heads of modules, of a hundred courses.
_heads: KeptHtml[SafeString] = KeptHtml(2_000_000, len)


# The words of a place by what the document counts, one for a single place and one for several.
PLACES = {
    PlaceUnit.PAGE: (gettext_lazy("page %(from)s"), gettext_lazy("pages %(from)s\u2013%(to)s")),
    PlaceUnit.SLIDE: (gettext_lazy("slide %(from)s"), gettext_lazy("slides %(from)s\u2013%(to)s")),
    PlaceUnit.PARAGRAPH: (
        gettext_lazy("paragraph %(from)s"),
        gettext_lazy("paragraphs %(from)s\u2013%(to)s"),
    ),
}


@register.filter
def source_place(passage: Passage) -> str:
    """Returns, for example, "rivers.pdf, page 3", or "notes.docx, section" and a heading."""
    if passage.unit == PlaceUnit.PARAGRAPH and passage.heading_path:
        place = _("section \u201c%(heading)s\u201d") % {"heading": passage.heading_path[-1]}
    else:
        one, several = PLACES[PlaceUnit(passage.unit)]
        words = one if passage.label_from == passage.label_to else several
        place = words % {"from": passage.label_from, "to": passage.label_to}
    return f"{passage.document.original_name}, {place}"


@register.filter
def quoted(text: str) -> SafeString:
    """Words of a document with its tables as tables. They stand in no `p`, which holds none."""
    return shown_quote(text)


@register.filter
def lessons_of(passage: Passage) -> list[tuple[Topic, int]]:
    """Returns the lessons written from a passage, each with the number of its first citation there,
    which is 0 for none; of passages that `with_topics` has loaded."""
    numbers: dict[int, int] = {}
    for citation in passage.citations.all():
        numbers.setdefault(citation.topic_id, citation.position)
    return [(topic, numbers.get(topic.pk, 0)) for topic in passage.topics.all()]


@register.simple_tag
def module_head(module: Module, language: str) -> SafeString:
    """Returns the title, summary and objectives of a module, in the `language` of its course."""
    key = module.position, module.title, module.summary, *module.objectives
    context = {"module": module, "language": language}
    return _heads.get(
        (*key, language, get_language()),
        lambda: render_to_string("courses/_module_head.html", context),
    )


@register.simple_tag
def topic_items(topics: Iterable[Any], current: Any = None) -> SafeString:
    """Lists items that lead to topics, each with `is_read`; `current` is the page's own.

    A course has a hundred: as a template this loop took half of the time of the course page.
    """
    before, _zero, after = reverse("topic-detail", args=[0]).rpartition("0")
    read = format_html(
        ' <span class="read-mark" lang="{}">\u2713 <span class="hidden">{}</span></span>',
        get_language(),
        _("read"),
    )
    here_pk = current.pk if current else None
    here = SafeString(' aria-current="page"')
    return format_html_join(
        "",
        '<li><a href="{}{}{}"{}>{}</a>{}</li>',
        (
            (
                before,
                topic.pk,
                after,
                here if topic.pk == here_pk else "",
                topic.title,
                read if topic.is_read else "",
            )
            for topic in topics
        ),
    )
