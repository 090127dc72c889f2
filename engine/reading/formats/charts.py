"""Reads charts and SmartArt, which Word and PowerPoint keep in the same way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from lxml import etree

from engine.reading.formats.archive import attribute, child, descendants, local, number
from engine.reading.formats.elements import ElementKind, Reading

MAX_POINTS, MAX_SERIES = 500, 20
_NUMBERS = ("numCache", "numLit")
FIRST_DAY = date(1899, 12, 30)  # from which spreadsheets count days


def add_chart(reading: Reading, root: etree._Element | None, place: int = 0) -> None:
    """Adds a chart as a table with its title, or notes it where the file has no numbers of it."""
    title, rows = _chart_table(root)
    if rows:
        reading.add(ElementKind.TABLE, title, rows=rows, place=place)
    else:
        reading.note("charts", place)


def _chart_table(root: etree._Element | None) -> tuple[str, list[list[str]]]:
    """Returns a chart's title, and a row for each category with a column for each series; no rows
    where the file does not have its numbers."""
    title = next(descendants(root, "title"), None)
    name = " ".join(t.text or "" for t in descendants(title, "t")).strip()
    series = list(descendants(root, "ser"))[:MAX_SERIES]
    columns = [_points(child(one, "val")) or _points(child(one, "yVal")) for one in series]
    if not any(columns):
        return name, []
    categories = _points(child(series[0], "cat")) or _points(child(series[0], "xVal"))
    heads = [next(iter(_points(child(one, "tx")).values()), "") for one in series]
    places = sorted({at for points in (categories, *columns) for at in points})[:MAX_POINTS]
    rows = [
        [categories.get(at, str(at + 1)), *(column.get(at, "") for column in columns)]
        for at in places
    ]
    return name, [[name, *heads], *rows]


def diagram_points(root: etree._Element | None) -> Iterator[etree._Element]:
    """Yields the points with the texts of a SmartArt, those below a point after it."""
    points = {attribute(one, "modelId"): one for one in descendants(root, "pt")}
    below: dict[str, list[tuple[int, str]]] = {}
    for one in descendants(root, "cxn"):
        if attribute(one, "type", "parOf") == "parOf":
            order = number(attribute(one, "srcOrd"))
            below.setdefault(attribute(one, "srcId"), []).append((order, attribute(one, "destId")))
    tops = [name for name, one in points.items() if attribute(one, "type") == "doc"]
    todo = [*reversed(points), *reversed(tops)]
    seen = set[str]()
    while todo:
        name = todo.pop()
        if name in seen or name not in points:
            continue
        seen.add(name)
        todo += [inner for _, inner in sorted(below.get(name, []), reverse=True)]
        if attribute(points[name], "type", "node") in ("node", "asst"):
            yield points[name]


def _points(element: etree._Element | None) -> dict[int, str]:
    """Returns the values of a chart's series by their places, as the chart writes them."""
    found: dict[int, str] = {}
    form = "".join(one.text or "" for one in descendants(element, "formatCode"))
    for point in descendants(element, "pt"):
        value = "".join(v.text or "" for v in descendants(point, "v", "t")).strip()
        own = attribute(point, "formatCode") or form
        shown = _shown(value, own) if local(point.getparent()) in _NUMBERS else value
        found.setdefault(number(attribute(point, "idx")), shown)
    if not found and element is not None:
        alone = "".join(v.text or "" for v in descendants(element, "v")).strip()
        return {0: alone} if alone else {}
    return found


def _shown(value: str, form: str) -> str:
    """Returns a number without the errors of computers; dates and shares as such."""
    try:
        exact = float(value)
        if "yy" in form.lower():
            return str(FIRST_DAY + timedelta(days=int(exact)))
    except (ValueError, OverflowError):
        return value
    return f"{100 * exact:.10g} %" if form.rstrip().endswith("%") else f"{exact:.10g}"
