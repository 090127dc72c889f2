"""What others may want to know of courses."""

from __future__ import annotations

from django.dispatch import Signal

# (course): learners can see it from now on. Sent in the transaction that publishes it.
course_published = Signal()

# (course, by): its changes that people kept for later are published now. Sent in the transaction
# that does it, with the course locked; receivers return how many changes they published.
changes_published = Signal()

# (course): it is about to be deleted with all that hangs on it. Sent in the transaction that does
# it, with the course locked: whoever locks rows below courses locks those of this course now.
course_deletion = Signal()
