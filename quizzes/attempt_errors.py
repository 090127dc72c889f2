"""Errors of taking a quiz."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

# What the engine, which knows no languages of pages, says of responses.
OF_RESPONSES = (
    gettext_noop("Choose “True” or “False”."),
    gettext_noop("Write an answer of at most 500 letters."),
    gettext_noop("The answer holds characters that cannot be kept; type it again."),
    gettext_noop("Give every item a place of its own."),
    gettext_noop("Type a number, such as 12 or 0.5."),
    gettext_noop("Choose from the answers that are shown."),
    gettext_noop("Answer with one entry for each place."),
)


class AttemptError(Exception):
    """What was asked for does not fit the attempt or quiz; the message says what to do.

    `conflict`: the request is well-formed, but the attempt or quiz is not in the state for it.
    """

    def __init__(self, message: str, *, conflict: bool = False) -> None:
        super().__init__(message)
        self.conflict = conflict


class ResponsesError(AttemptError):
    """Responses that do not fit their questions: `problems` says what to do, by position."""

    def __init__(self, problems: Mapping[int, str]) -> None:
        self.problems = dict(sorted(problems.items()))
        words = [
            _("Question %(number)s: %(problem)s") % {"number": position, "problem": problem}
            for position, problem in self.problems.items()
        ]
        super().__init__(" ".join(words))
