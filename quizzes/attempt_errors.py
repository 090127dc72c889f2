"""Errors of taking a quiz."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

# The messages of the engine about responses. They are listed here to be translated, because the
# engine does not know the language of a page.
OF_RESPONSES = (
    gettext_noop("Choose “True” or “False”."),
    gettext_noop("Write an answer of at most 500 letters."),
    gettext_noop("The answer contains characters that cannot be stored; type it again."),
    gettext_noop("Give every item a place of its own."),
    gettext_noop("Type a number, such as 12 or 0.5."),
    gettext_noop("Choose from the answers that are shown."),
    gettext_noop("Answer with one entry for each place."),
)


class AttemptError(Exception):
    """The request does not fit the attempt or quiz. The message says what to do.

    `conflict`: the request itself is right, but not in the present state of the attempt or quiz.
    """

    def __init__(self, message: str, *, conflict: bool = False) -> None:
        super().__init__(message)
        self.conflict = conflict


class ResponsesError(AttemptError):
    """Some responses do not fit their questions. `problems` says for each position what to do."""

    def __init__(self, problems: Mapping[int, str]) -> None:
        self.problems = dict(sorted(problems.items()))
        words = [
            _("Question %(number)s: %(problem)s") % {"number": position, "problem": problem}
            for position, problem in self.problems.items()
        ]
        super().__init__(" ".join(words))
