"""The one way in which an AI part fails."""

from __future__ import annotations


class AIError(Exception):
    """An embedding, vector-store or model call failed.

    `permanent` says that trying again cannot help; the adapter that saw the answer decides.
    The message is for staff: it names what to do and holds no key and no document text.
    `quoted` is the part of it that a provider or a model said; the log leaves it out.
    """

    def __init__(self, message: str, *, permanent: bool, quoted: str = "") -> None:
        super().__init__(message)
        self.permanent = permanent
        self.quoted = quoted


class ProviderError(AIError):
    """A language-model provider did not answer a call.

    `retry_after` are the seconds it asked to wait, if it did; `rate_limited` says that it
    answered "too many requests", which is no fault of the call.
    """

    def __init__(
        self,
        message: str,
        *,
        permanent: bool,
        rate_limited: bool = False,
        retry_after: float | None = None,
        quoted: str = "",
    ) -> None:
        super().__init__(message, permanent=permanent, quoted=quoted)
        self.rate_limited = rate_limited
        self.retry_after = retry_after


class UnsupportedModeError(ProviderError):
    """The provider does not know the way in which structured output was asked for."""

    def __init__(self, message: str, *, quoted: str = "") -> None:
        super().__init__(message, permanent=True, quoted=quoted)


class AnswerError(AIError):
    """A model answered, as often as it was asked, with something that cannot be used.

    Only this one piece of work is concerned; others may go on. A later try may succeed.
    """

    def __init__(self, message: str, *, quoted: str = "") -> None:
        super().__init__(message, permanent=False, quoted=quoted)
