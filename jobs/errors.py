"""Errors by which a step says that it did not do its work."""

from __future__ import annotations


class StepFailedError(Exception):
    """The step cannot go on; the message is for staff and says what to do.

    `retryable`: the engine tries again by itself, after each of JOB_RETRY_PAUSES.
    `final`: not even a person's retry can help, for example with an unreadable file.
    `quoted`: the part of the message that quotes people's files or texts. The log leaves it out,
    and also the `quoted` parts of the errors that caused this one.
    """

    def __init__(
        self, message: str, *, retryable: bool = False, final: bool = False, quoted: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.retryable = retryable
        self.final = final
        self.quoted = quoted


class StepStoppedError(Exception):
    """The job was cancelled, what it works on is gone, or the lease was lost.

    The step stops where it is, and its job starts nothing more.
    """


class StepHandedBackError(Exception):
    """The worker stops: another worker does the rest of the step."""


class JobStateError(Exception):
    """The request does not fit the job's state; the message says why."""
