"""Figures of documents: stored, changed by staff, shown in the lessons that cite their passages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet
from django.urls import reverse
from latex2mathml.converter import convert

from common.transactions import atomic
from courses.markdown import ShownFigure, ShownFormula
from courses.models import Course, Figure, Passage, SourceDocument, Topic
from courses.queries import editable_courses, visible_courses
from courses.uploads import save_file
from engine.language.typed import one_line
from engine.reading.document import FigureDraft

FOLDER = "figures"
MAX_TEXT = 2000
SHARPNESS = 1.6  # pixels of the picture for one of the page
User = Any


@contextmanager
def stored_pictures(drafts: Sequence[FigureDraft]) -> Iterator[list[str]]:
    """Stores the pictures and yields their names; takes them away again if the block raises.

    Raises DocumentRejectedError where there is no room.
    """
    names: list[str] = []
    try:
        for draft in drafts:
            names.append(f"{FOLDER}/{uuid4()}.webp" if draft.picture else "")
            if draft.picture:
                save_file(names[-1], ContentFile(draft.picture))
        yield names
    except BaseException:
        # What a store that does not answer keeps goes with the daily clean-up.
        with suppress(Exception):
            for name in filter(None, names):
                default_storage.delete(name)
        raise


def store_figures(
    document: SourceDocument, drafts: Sequence[FigureDraft], names: Sequence[str]
) -> None:
    """Stores a document's figures; its passages are stored already."""
    passages = dict(document.passages.values_list("position", "pk"))
    figures = Figure.objects.bulk_create(
        Figure(
            document=document,
            position=draft.position,
            kind=draft.kind,
            page=draft.page,
            box=list(draft.box),
            number=draft.number[:20],
            caption=draft.caption[:MAX_TEXT],
            alternative_text=draft.alternative[:MAX_TEXT],
            words=", ".join(draft.labels)[:MAX_TEXT],
            tex=draft.tex,
            file=name,
            width=draft.width,
            height=draft.height,
        )
        for draft, name in zip(drafts, names, strict=True)
    )
    Figure.passages.through.objects.bulk_create(
        Figure.passages.through(figure_id=figure.pk, passage_id=passages[position])
        for figure, draft in zip(figures, drafts, strict=True)
        for position in draft.passages
    )


def delete_figures(figures: QuerySet[Figure]) -> None:
    """Deletes figures, and their files when the transaction commits."""
    for file in [figure.file for figure in figures if figure.file]:
        transaction.on_commit(partial(file.storage.delete, file.name or ""), robust=True)
    figures.delete()


@atomic
def edit_figure(
    figure: Figure, *, used: bool, caption: str | None = None, alternative_text: str | None = None
) -> Figure:
    """Changes whether lessons show a figure, and its texts where they are given."""
    figure.used = used
    if caption is not None:
        figure.caption = one_line(caption)
    if alternative_text is not None:
        figure.alternative_text = one_line(alternative_text)
    figure.full_clean(exclude=["file"])
    figure.save(update_fields=["used", "caption", "alternative_text"])
    return figure


def course_figures(course: Course) -> QuerySet[Figure]:
    """Returns the figures of a course's documents, with what shows them."""
    figures = Figure.objects.filter(document__course=course).select_related("document")
    return figures.order_by("document__position", "position")


def topic_figures(topic: Topic, *, used: bool | None = True) -> list[Figure]:
    """Returns the figures of the passages that a topic cites, in reading order; all of them if
    `used` is None.

    `cited` on each figure holds the topic's citations of its passages.
    """
    positions: dict[int, list[int]] = {}
    for citation in topic.citations.all():
        positions.setdefault(citation.passage_id, []).append(citation.position)
    # By their keys, which are there already: as subqueries they took a tenth of a lesson's time.
    cited = Passage.objects.filter(pk__in=positions)
    figures = course_figures(topic.module.course).filter(passages__in=[*positions]).distinct()
    if used is not None:
        figures = figures.filter(used=used)
    found = list(figures.prefetch_related(Prefetch("passages", cited.only("pk"))))
    for figure in found:
        figure.cited = [n for one in figure.passages.all() for n in positions[one.pk]]  # type: ignore[attr-defined] # for pages
    return found


def shown_formulas(figures: Iterable[Figure]) -> list[ShownFormula]:
    """Returns those of the figures that are formulas read for certain, as MathML."""
    return [
        ShownFormula(figure.words, convert(figure.tex))
        for figure in figures
        if figure.tex and figure.words
    ]


def shown_figures(figures: Iterable[Figure]) -> list[ShownFigure]:
    """Returns the figures of a lesson, of `topic_figures`, as its page shows them."""
    return [
        ShownFigure(
            address=reverse("figure-picture", args=[figure.pk]),
            alternative=figure.described,
            caption=figure.caption,
            width=round(figure.width / SHARPNESS),
            height=round(figure.height / SHARPNESS),
            citations=frozenset(figure.cited),  # type: ignore[attr-defined] # for pages
        )
        for figure in figures
        if figure.file
    ]


def visible_figures(user: User) -> QuerySet[Figure]:
    """Returns figures that a person may see: for staff all figures of their courses, for learners
    those that lessons show.
    """
    own = Q(document__course__in=editable_courses(user))
    shown = Q(document__course__in=visible_courses(user), used=True)
    shown &= Q(passages__citations__isnull=False)
    return Figure.objects.filter(own | shown).distinct()
