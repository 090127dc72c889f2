"""The one way in which an AI part fails."""

from __future__ import annotations


class AIError(Exception):
    """An embedding, vector-store or model call failed.

    `permanent` says that trying again cannot help; the adapter that saw the answer decides.
    The message is for staff: it names what to do and holds no key and no document text.
    """

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent
