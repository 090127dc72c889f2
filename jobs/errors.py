"""How a step says that it did not do its work."""

from __future__ import annotations


class StepFailedError(Exception):
    """The step cannot go on; the message is for staff and says what to do.

    `retryable`: the engine tries again by itself, after each of JOB_RETRY_PAUSES.
    `final`: not even a person's retry can help, for example with an unreadable file.
    `quoted`: the part of it that names people's files or holds their words. The log leaves that
    out, and what the errors that led to it have in theirs.
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
    """The worker stops: what is left of the step is another worker's, from where it stands."""


class JobStateError(Exception):
    """What was asked for does not fit the job's state; the message says why."""


class KeyReusedError(Exception):
    """An idempotency key came with another request than the first time."""
