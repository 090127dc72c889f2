"""Where things stand on a page as it is shown, cropped and turned.

The children that read pages count from the lower left corner of what is shown, in points; nothing
but the standard library is imported.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

Corners = tuple[float, float, float, float]  # left, bottom, right, top
Place = Callable[[float, float], tuple[float, float]]


def placing(shown: Corners, turn: int) -> Place:
    """Returns what turns a point of the file into one of the page as it is shown.

    `shown` is the part of the file's page that is shown, `turn` its degrees clockwise.
    """
    left, bottom, right, top = shown
    turned: dict[int, Place] = {
        90: lambda x, y: (y - bottom, right - x),
        180: lambda x, y: (right - x, top - y),
        270: lambda x, y: (top - y, x - left),
    }
    return turned.get(turn, lambda x, y: (x - left, y - bottom))


def placed(place: Place, box: Corners) -> Corners:
    """Returns a box of the file on the page as it is shown."""
    (xa, ya), (xb, yb) = place(*box[:2]), place(*box[2:])
    return min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb)


def count_from_shown(page: Any) -> tuple[float, float]:
    """Has pdfminer, which counts from the media box, count a page's places from the corner of what
    is shown; returns the size of that."""
    left, bottom, right, top = page.mediabox = _shown_part(page.mediabox, page.cropbox)
    width, height = right - left, top - bottom
    return (height, width) if page.rotate in (90, 270) else (width, height)


def _shown_part(media: Sequence[float], crop: Sequence[float]) -> Corners:
    """Returns the part of the media box that the crop box shows, all of it if they never meet."""
    (xa, ya, xb, yb), (xc, yc, xd, yd) = media, crop
    whole = min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb)
    left, right = max(whole[0], min(xc, xd)), min(whole[2], max(xc, xd))
    bottom, top = max(whole[1], min(yc, yd)), min(whole[3], max(yc, yd))
    return (left, bottom, right, top) if left < right and bottom < top else whole


def is_shown(box: Corners, width: float, height: float) -> bool:
    """Whether any of a placed box is on a page of this size."""
    return box[2] > 0 and box[0] < width and box[3] > 0 and box[1] < height
