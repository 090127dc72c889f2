"""The figure of the sample notes: the water cycle, drawn with lines and shapes."""

from __future__ import annotations

from math import atan2, cos, pi, sin

from reportlab.graphics.shapes import Circle, Drawing, Ellipse, Line, Polygon, String
from reportlab.lib.colors import HexColor

WIDTH, HEIGHT = 440, 215
SEA, LAND, CLOUD = HexColor("#2f7fb8"), HexColor("#8a9a5b"), HexColor("#cfdbe6")
INK, SUN, ROCK = HexColor("#22303c"), HexColor("#f2b632"), HexColor("#b7a98c")


def water_cycle() -> Drawing:
    drawing = Drawing(WIDTH, HEIGHT)
    sky: list[float] = [0, 0, WIDTH, 0, WIDTH, HEIGHT, 0, HEIGHT]
    drawing.add(Polygon(sky, fillColor=HexColor("#eef4f9"), strokeColor=None))
    for shape in (*_ground(), *_sky()):
        drawing.add(shape)
    for start, end, label, at in FLOWS:
        # A line from start to end with a filled head.
        drawing.add(Line(*start, *end, strokeColor=INK, strokeWidth=1.4))
        angle = atan2(end[1] - start[1], end[0] - start[0])
        points: list[float] = [*end]
        for turn in (pi - 0.4, pi + 0.4):
            points += [end[0] + 8 * cos(angle + turn), end[1] + 8 * sin(angle + turn)]
        drawing.add(Polygon(points, fillColor=INK, strokeColor=INK))
        drawing.add(String(*at, label, fontSize=8.5, fontName="Helvetica", fillColor=INK))
    for x, y, text in PLACES:
        drawing.add(
            String(
                x, y, text, fontSize=8.5, fontName="Helvetica-Bold", fillColor=HexColor("#ffffff")
            )
        )
    return drawing


FLOWS = (
    ((70, 62), (85, 138), "evaporation", (18, 104)),
    ((150, 168), (285, 172), "transport by wind", (180, 178)),
    ((345, 146), (352, 106), "precipitation", (359, 128)),
    ((255, 82), (240, 132), "transpiration", (180, 116)),
    ((318, 82), (180, 58), "runoff", (200, 74)),
    ((335, 62), (180, 24), "groundwater flow", (232, 24)),
)
PLACES = ((30, 28, "ocean"), (292, 64, "land"), (92, 160, "cloud"), (318, 165, "cloud"))


def _ground() -> list[Polygon]:
    rock: list[float] = [150, 0, WIDTH, 0, WIDTH, 60, 330, 50, 160, 30]
    land: list[float] = [
        160,
        30,
        190,
        50,
        250,
        72,
        330,
        96,
        385,
        122,
        WIDTH,
        100,
        WIDTH,
        58,
        330,
        48,
    ]
    sea: list[float] = [0, 0, 165, 0, 170, 38, 150, 50, 0, 52]
    shapes = [(rock, ROCK), (land, LAND), (sea, SEA)]
    return [Polygon(points, fillColor=color, strokeColor=None) for points, color in shapes]


def _sky() -> list[Circle | Ellipse]:
    clouds = [(105, 165), (330, 170)]
    puffs = [(-24, -3, 22, 13), (0, 4, 28, 18), (26, -3, 22, 13)]
    sky: list[Circle | Ellipse] = [Circle(35, 185, 17, fillColor=SUN, strokeColor=None)]
    for x, y in clouds:
        sky += [
            Ellipse(x + dx, y + dy, rx, ry, fillColor=CLOUD_DARK, strokeColor=None)
            for dx, dy, rx, ry in puffs
        ]
    return sky


CLOUD_DARK = HexColor("#8da3b6")
