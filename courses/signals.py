"""What others may want to know of courses."""

from __future__ import annotations

from django.dispatch import Signal

# (course): learners can see it from now on. Sent in the transaction that publishes it.
course_published = Signal()
