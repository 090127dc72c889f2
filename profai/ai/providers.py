"""The providers of language models that are known by name; any other is reached by its address."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class StructuredMode(StrEnum):
    """How an answer is held to a schema, the strictest first.

    `TEXT` asks in words only; the answer is searched for its JSON.
    """

    JSON_SCHEMA = "json_schema"
    JSON_OBJECT = "json_object"
    TEXT = "text"


class Task(StrEnum):
    """What a model is asked to do; each may have a model of its own."""

    OUTLINE = "outline"
    TOPIC = "topic"
    QUIZ = "quiz"


@dataclass(frozen=True, slots=True)
class Provider:
    """`first_mode` is the strictest mode worth trying; a provider that refuses it is asked in
    the next one. `renamed_limit`: it wants `max_completion_tokens` for `max_tokens`."""

    name: str
    title: str
    base_url: str = ""
    needs_key: bool = True
    first_mode: StructuredMode = StructuredMode.JSON_SCHEMA
    renamed_limit: bool = False


PROVIDERS = {
    provider.name: provider
    for provider in (
        Provider("openai", "OpenAI", "https://api.openai.com/v1", renamed_limit=True),
        Provider("groq", "Groq", "https://api.groq.com/openai/v1"),
        Provider(
            "sarvam",
            "Sarvam",
            "https://api.sarvam.ai/v1",
            first_mode=StructuredMode.JSON_OBJECT,
        ),
        Provider("ollama", "Ollama", "http://127.0.0.1:11434/v1", needs_key=False),
        Provider("vllm", "vLLM", "http://127.0.0.1:8000/v1", needs_key=False),
        Provider("custom", "the configured provider", needs_key=False),
    )
}
