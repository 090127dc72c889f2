"""Finds what is drawn on a slide: shapes and arrows that say something by their places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

LABEL_WORDS = 8  # in a shape that belongs to a drawing; more are text in a frame
MIN_SHAPES = 3  # without an arrow between them
NEAR = 12  # points from a drawing: labels so close belong to it
MARGIN = 6  # points around a drawing
SHEET = 0.85  # of the slide: a background
RULE, THIN = 0.6, 4  # of the slide's width or height, and points: a line between its parts


class Role(StrEnum):
    """What a thing on a slide may be for a drawing. A WHOLE is one by itself; PICTURE also stands
    for charts and tables, which are read."""

    ARROW = "arrow"
    SHAPE = "shape"
    TEXT = "text"
    PICTURE = "picture"
    WHOLE = "whole"


def is_label(text: str) -> bool:
    """Whether a text in a drawing only names a part of it."""
    return 0 < len(text.split()) <= LABEL_WORDS and not text.rstrip().endswith(".")


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing on a slide, in points from its upper left corner, and the number of its words."""

    role: Role
    x0: int
    y0: int
    x1: int
    y1: int
    words: int = 0


@dataclass(frozen=True, slots=True)
class Drawing:
    """`box` is in shares of the slide: left, top, right, bottom; `shapes` counts its parts without
    labels and pictures."""

    box: list[float]
    shapes: int


def find_drawing(things: Sequence[Thing], width: int, height: int) -> Drawing | None:
    """Returns the drawing of a slide of this size in points; None if its shapes only frame text.

    The box is the whole slide where the drawing points to text, or a smaller one would cut it.
    """
    things = [one for one in things if not _is_background(one, width, height)]
    arrows = [one for one in things if one.role is Role.ARROW]
    shapes = [one for one in things if one.role is Role.SHAPE and one.words <= LABEL_WORDS]
    wholes = [one for one in things if one.role is Role.WHOLE]
    parts = [*wholes, *arrows, *shapes]
    if not wholes and not arrows and len(shapes) < MIN_SHAPES:
        return None
    others = [one for one in things if one not in parts]
    while near := [one for one in others if one.words <= LABEL_WORDS and _is_near(one, parts)]:
        parts += near
        others = [one for one in others if one not in near]
    points = len(parts) == len(arrows)
    if points and not others:
        return None
    ends = (
        (min(one.x0 for one in parts) - MARGIN) / width,
        (min(one.y0 for one in parts) - MARGIN) / height,
        (max(one.x1 for one in parts) + MARGIN) / width,
        (max(one.y1 for one in parts) + MARGIN) / height,
    )
    box = [round(min(max(end, 0.0), 1.0), 4) for end in ends]
    if points or any(_is_near(one, parts, 0) for one in others):
        box = [0.0, 0.0, 1.0, 1.0]
    counted = sum(one.role in (Role.ARROW, Role.SHAPE) for one in parts)
    return Drawing(box, counted) if box[0] < box[2] and box[1] < box[3] else None


def _is_background(thing: Thing, width: int, height: int) -> bool:
    wide, high = thing.x1 - thing.x0, thing.y1 - thing.y0
    rule = (wide > RULE * width and high < THIN) or (high > RULE * height and wide < THIN)
    return (rule and thing.role is Role.SHAPE) or (
        wide * high > SHEET * width * height and thing.role is not Role.WHOLE
    )


def _is_near(thing: Thing, parts: Sequence[Thing], near: int = NEAR) -> bool:
    x0, x1 = min(one.x0 for one in parts) - near, max(one.x1 for one in parts) + near
    y0, y1 = min(one.y0 for one in parts) - near, max(one.y1 for one in parts) + near
    return thing.x0 < x1 and x0 < thing.x1 and thing.y0 < y1 and y0 < thing.y1
