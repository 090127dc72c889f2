"""Hindi: as in English, with the zone, and numbers grouped as in India: 12,34,567."""

from __future__ import annotations

DATE_FORMAT = "j F Y"
SHORT_DATE_FORMAT = "j M Y"
DATETIME_FORMAT = "j M Y, H:i T"
NUMBER_GROUPING = (3, 2, 0)
