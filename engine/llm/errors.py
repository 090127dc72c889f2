"""The errors of embeddings, vector stores and language models."""

from __future__ import annotations

from engine.llm.refusals import Kind, Refusal
from telemetry.secret_values import without_secrets


class AIError(Exception):
    """An embedding, vector-store or model call failed.

    `permanent` says that trying again cannot help; the adapter that saw the answer decides.
    The message is for staff: it names what to do and holds no document text; secrets are taken
    out of it here, whoever wrote it. `quoted` is the part of it that a provider or a model said;
    the log leaves it out.
    """

    def __init__(self, message: str, *, permanent: bool, quoted: str = "") -> None:
        super().__init__(without_secrets(message))
        self.permanent = permanent
        self.quoted = without_secrets(quoted)


class ProviderError(AIError):
    """A language-model provider did not answer a call.

    `retry_after` are the seconds it asked to wait, if it did; `rate_limited` says that it
    answered "too many requests", which is no fault of the call. `refusal`: what it answered;
    `kind`: what that means for this call.
    """

    def __init__(
        self,
        message: str,
        *,
        permanent: bool,
        rate_limited: bool = False,
        retry_after: float | None = None,
        quoted: str = "",
        refusal: Refusal | None = None,
        kind: Kind | None = None,
    ) -> None:
        super().__init__(message, permanent=permanent, quoted=quoted)
        self.rate_limited = rate_limited
        self.retry_after = retry_after
        self.refusal = refusal
        self.kind = kind


class AnswerError(AIError):
    """A model gave no usable answer, however often it was asked.

    Only this piece of work fails; others may go on. A later try may succeed, unless the error is
    permanent. `answer` is the beginning of the last answer, for staff to look at.
    """

    def __init__(
        self, message: str, *, quoted: str = "", permanent: bool = False, answer: str = ""
    ) -> None:
        super().__init__(message, permanent=permanent, quoted=quoted)
        self.answer = without_secrets(answer)


class FilteredError(AnswerError):
    """The provider's filter refused the text of this one call, and would refuse it again."""

    def __init__(self, message: str, *, quoted: str = "") -> None:
        super().__init__(message, permanent=True, quoted=quoted)
