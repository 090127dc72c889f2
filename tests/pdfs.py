"""Small real PDFs, made with reportlab when a test asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate

RIVERS = (
    (
        "Springs",
        (
            "A spring is a place where groundwater comes to the surface of the land. "
            "Springs feed streams in every season, because groundwater moves slowly. "
            "An aquifer is a layer of rock or sand that holds groundwater. "
            "Rain that soaks into the soil refills the aquifer over many years. "
            "The temperature of a spring hardly changes between summer and winter."
        ),
    ),
    (
        "Deltas",
        (
            "A delta is a plain that a river builds where it enters a lake or the sea. "
            "The river slows down at its mouth and drops the sediment that it carries. "
            "Sediment is loose material such as sand, silt and clay that water moves. "
            "Deltas grow when a river brings more sediment than the waves take away. "
            "A dam upstream holds sediment back, and the delta behind the coast shrinks."
        ),
    ),
    (
        "Meanders",
        (
            "A meander is a bend in the course of a river that crosses flat land. "
            "The current runs faster along the outer bank of a meander and wears it away. "
            "Erosion is the removal of soil and rock by water, wind or ice. "
            "On the inner bank the water is slow, and a point bar of sand builds up. "
            "An oxbow lake is a curved lake that remains when a river cuts off a meander."
        ),
    ),
)


def make_pdf(
    sections: Sequence[tuple[str, str]] = RIVERS, levels: Sequence[int] | None = None
) -> bytes:
    """A document of headed sections; the same sections give the same bytes."""
    styles, buffer = getSampleStyleSheet(), BytesIO()
    story: list[Flowable] = []
    for (heading, text), level in zip(sections, levels or [1] * len(sections), strict=True):
        story += [Paragraph(heading, styles[f"Heading{level}"])]
        story += [Paragraph(text, styles["BodyText"])] if text else []
    SimpleDocTemplate(buffer, invariant=1).build(story)
    return buffer.getvalue()


def upload(content: bytes | None = None, name: str = "rivers.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, make_pdf() if content is None else content, "application/pdf")
