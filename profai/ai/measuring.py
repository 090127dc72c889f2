"""What calls to models are counted under."""

from __future__ import annotations

from typing import Any, Literal, get_args

from profai.ai.configuration import llm_config
from profai.ai.errors import AIError
from telemetry.metrics import LLM_CALLS, begin

Outcome = Literal[
    "ok", "cut_off", "refused", "rate_limited", "timeout", "unreachable",
    "provider_fault", "no_completion", "mode_not_known", "rejected",
]  # fmt: skip


def begin_series(**_signal: Any) -> None:
    """Every model of the settings with every outcome, before the first call."""
    try:
        config = llm_config()
    except AIError:
        # No model can be asked; the system checks say why.
        return
    for model in {name for _task, name in config.models}:
        for outcome in get_args(Outcome):
            begin(LLM_CALLS, provider=config.provider.name, model=model, outcome=outcome)
