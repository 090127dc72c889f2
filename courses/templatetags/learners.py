"""What learners' pages say of sources, in the page's language."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.models import Passage
from engine.reading.document import PlaceUnit

register = template.Library()


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
    """For example "rivers.pdf, page 3", or "notes.docx, section" and a heading."""
    if passage.unit == PlaceUnit.PARAGRAPH and passage.heading_path:
        place = _("section \u201c%(heading)s\u201d") % {"heading": passage.heading_path[-1]}
    else:
        one, several = PLACES[PlaceUnit(passage.unit)]
        words = one if passage.label_from == passage.label_to else several
        place = words % {"from": passage.label_from, "to": passage.label_to}
    return f"{passage.document.original_name}, {place}"
