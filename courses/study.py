"""What learners do with lessons: open them, mark them as read, write notes, set bookmarks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.transactions import atomic
from courses.lesson_html import QUOTE_LENGTH
from courses.models import Note, Reading, Topic

User = Any
MAX_NOTE_LENGTH = 5000
MAX_NOTES_OF_LESSON = 200
# Opening a lesson again within this time writes nothing, so that reloading a page does not.
SAME_VISIT = timedelta(minutes=1)
# Inserts or updates the row of a learner and lesson, unless it was opened within SAME_VISIT.
OPEN = """
    INSERT INTO courses_reading (learner_id, topic_id, opened_at) VALUES (%s, %s, %s)
    ON CONFLICT (learner_id, topic_id) DO UPDATE SET opened_at = EXCLUDED.opened_at
    WHERE courses_reading.opened_at < %s
    RETURNING *
"""


def note_opened(learner: User, topic: Topic) -> Reading | None:
    """Records that the learner opened the lesson now, and returns the row; None if the lesson was
    just deleted.

    It needs one statement, or two if the lesson was opened within SAME_VISIT.
    """
    now = timezone.now()
    try:
        found = list(Reading.objects.raw(OPEN, [learner.pk, topic.pk, now, now - SAME_VISIT]))
    except IntegrityError:
        return None
    return found[0] if found else Reading.objects.filter(learner=learner, topic=topic).first()


@atomic
def set_read(learner: User, topic: Topic, *, is_read: bool) -> None:
    """Marks a lesson as read, or as not read. If it is marked as read already, the time stays."""
    now = timezone.now()
    row, _is_new = Reading.objects.get_or_create(
        learner=learner, topic=topic, defaults={"opened_at": now}
    )
    if is_read != bool(row.read_at):
        row.read_at = now if is_read else None
        row.save(update_fields=["read_at"])


@atomic
def add_note(*, learner: User, topic: Topic, text: str, quote: str = "") -> Note:
    """Makes a note and returns it, or the note with the same text at the same place. Without text
    it is a bookmark.

    Raises ValidationError if the text is too long, or if the learner has too many notes.
    """
    text = _checked(text)
    quote = quote[:QUOTE_LENGTH].strip()
    own = Note.objects.filter(learner=learner, topic=topic)
    if not text:
        return own.get_or_create(
            quote=quote, text="", defaults={"learner": learner, "topic": topic}
        )[0]
    if found := own.filter(quote=quote, text=text).first():
        # A browser that did not get the response to its first request has sent it again.
        return found
    if own.count() >= MAX_NOTES_OF_LESSON:
        raise ValidationError(
            _("This lesson has %(count)d notes of yours. Delete one before you write another.")
            % {"count": MAX_NOTES_OF_LESSON}
        )
    return Note.objects.create(learner=learner, topic=topic, text=text, quote=quote)


@atomic
def change_note(note: Note, text: str) -> None:
    """Changes the text of a note. Without text it becomes a bookmark; if the place has a bookmark
    already, the note is deleted.
    """
    note.text = _checked(text)
    same = Q(learner=note.learner_id, topic=note.topic_id, quote=note.quote, text="")
    if not note.text and Note.objects.filter(same).exclude(pk=note.pk).exists():
        note.delete()
        return
    note.save(update_fields=["text", "updated_at"])


def _checked(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\0", "").strip()
    over = len(text) - MAX_NOTE_LENGTH
    if over > 0:
        raise ValidationError(
            ngettext(
                "The note is %(count)d letter too long. Shorten it and save again.",
                "The note is %(count)d letters too long. Shorten it and save again.",
                over,
            )
            % {"count": over}
        )
    return text
