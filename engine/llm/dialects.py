"""Stores which parameters a model's provider accepts, as calls have found out.

That is: the mode of structured answers, the name of the length limit, and refused parameters. It
is kept for a day, for all processes of the machine.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from engine.llm.errors import ProviderError
from engine.llm.providers import StructuredMode
from engine.llm.refusals import Kind

KEPT_SECONDS = 24 * 3600.0  # seconds; providers learn, too
# Fewer tokens than this hold no lesson.
MIN_OUTPUT_TOKENS = 500
MARGIN = 64  # tokens that a provider's own count may differ by
LIMITS = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}


@dataclass(frozen=True, slots=True)
class Dialect:
    """`limit`: the parameter that holds `output_tokens`. `left_out`: parameters that were refused.
    `tried`: names of `limit` that were refused. `is_plain`: its schemas hold only the keywords
    that all providers take."""

    mode: StructuredMode
    limit: str
    output_tokens: int
    left_out: tuple[str, ...] = ()
    is_told_not_to_think: bool = False
    tried: tuple[str, ...] = ()
    is_plain: bool = False

    def parameters(self, temperature: float | None) -> dict[str, Any]:
        given: dict[str, Any] = {self.limit: self.output_tokens}
        if temperature is not None:
            given["temperature"] = temperature
        return {name: value for name, value in given.items() if name not in self.left_out}

    @property
    def body(self) -> dict[str, Any]:
        return {"enable_thinking": False} if self.is_told_not_to_think else {}

    def step_down(self) -> Dialect | None:
        """Returns the dialect with the next weaker mode; None after the weakest."""
        modes = list(StructuredMode)
        after = modes[modes.index(self.mode) + 1 :]
        return replace(self, mode=after[0]) if after else None

    def after(self, error: ProviderError, prompt_tokens: int) -> Dialect | None:
        """Returns how to ask again after this refusal; None if it does not say what to change."""
        if error.refusal is None:
            return None
        if error.kind is Kind.PARAMETER:
            return self._without(error.refusal.parameter)
        if error.kind in {Kind.OUTPUT, Kind.TOO_LARGE, Kind.CONTEXT}:
            return self._shorter(error, prompt_tokens)
        return None

    def _without(self, name: str) -> Dialect | None:
        if name == "enable_thinking":
            return None if self.is_told_not_to_think else replace(self, is_told_not_to_think=True)
        if name == self.limit:
            other = LIMITS[name]
            if other in self.tried:
                return replace(self, left_out=(*self.left_out, name))
            return replace(self, limit=other, tried=(*self.tried, name))
        if name == "temperature" and name not in self.left_out:
            return replace(self, left_out=(*self.left_out, name))
        return None

    def _shorter(self, error: ProviderError, prompt_tokens: int) -> Dialect | None:
        refusal = error.refusal
        if refusal is None or not refusal.limit:
            return None
        room = refusal.limit
        if error.kind is Kind.TOO_LARGE:
            # What was requested is the prompt and the longest answer together.
            prompt = refusal.requested - self.output_tokens
            room -= (prompt if prompt > 0 else prompt_tokens) + MARGIN
        elif error.kind is Kind.CONTEXT:
            room -= (refusal.requested or prompt_tokens) + MARGIN
        if not MIN_OUTPUT_TOKENS <= room < self.output_tokens:
            return None
        return replace(self, output_tokens=room)


class Dialects:
    """The dialects of all models at one address."""

    def __init__(self, folder: Path, first: Dialect) -> None:
        self._folder, self.first = folder, first
        self._known: dict[str, Dialect] = {}

    def of(self, model: str) -> Dialect:
        if model not in self._known:
            self._known[model] = self._read(model)
        return self._known[model]

    def learn(self, model: str, dialect: Dialect, *, keep: bool = True) -> None:
        self._known[model] = dialect
        if keep:
            values = {name: getattr(dialect, name) for name in Dialect.__slots__}
            # It is learned anew where it cannot be kept.
            with suppress(OSError):
                handle, name = tempfile.mkstemp(dir=self._folder)
                with os.fdopen(handle, "w") as file:
                    json.dump(values, file)
                Path(name).replace(self._path(model))

    def forget(self, model: str) -> None:
        self.learn(model, self.first, keep=False)
        self._path(model).unlink(missing_ok=True)

    def _path(self, model: str) -> Path:
        # What was set differently since may have been the reason.
        key = sha256(f"{model}\n{self.first}".encode()).hexdigest()[:16]
        return self._folder / f"dialect-{key}.json"

    def _read(self, model: str) -> Dialect:
        path = self._path(model)
        try:
            if time.time() - path.stat().st_mtime > KEPT_SECONDS:
                return self.first
            values = json.loads(path.read_text())
            return Dialect(
                mode=StructuredMode(values["mode"]),
                limit=str(values["limit"]),
                output_tokens=int(values["output_tokens"]),
                left_out=tuple(values["left_out"]),
                is_told_not_to_think=bool(values["is_told_not_to_think"]),
                tried=tuple(values["tried"]),
                is_plain=bool(values.get("is_plain")),
            )
        except (OSError, ValueError, KeyError, TypeError):
            return self.first
