"""The providers of language models that are known by name; any other is reached by its address."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class StructuredMode(StrEnum):
    """How a model is made to follow a schema, the strictest mode first.

    `TEXT` asks for JSON in the prompt only; the answer is searched for it.
    """

    JSON_SCHEMA = "json_schema"
    JSON_OBJECT = "json_object"
    TEXT = "text"


class Task(StrEnum):
    """What a model is asked to do; each may have a model of its own."""

    OUTLINE = "outline"
    TOPIC = "topic"
    QUIZ = "quiz"
    CRITIC = "critic"
    ASK = "ask"


# What strict modes of some provider refuse. It is checked when the answer is read.
_LENGTHS = frozenset({"minLength", "maxLength"})
_COUNTS = frozenset({"minItems", "maxItems"})
_OTHERS = frozenset(
    {
        *("pattern", "format", "minimum", "maximum", "multipleOf", "default", "uniqueItems"),
        *("exclusiveMinimum", "exclusiveMaximum", "minProperties", "maxProperties"),
    }
)
MORE_KEYWORDS = _LENGTHS | _COUNTS | _OTHERS
# Servers that build a grammar of the schema bound lists and texts by it.
_BY_GRAMMAR = _OTHERS


@dataclass(frozen=True, slots=True)
class Provider:
    """`first_mode` is the strictest mode worth trying; a provider that refuses it is asked in
    the next one. `limit` is its name for the longest answer. `key_header`: where it looks for the
    key, if not in Authorization. `keeps_schema`: it documents that an answer in the mode
    json_schema always fits; any other is told of the schema in the prompt, too. `refused` are the
    keywords of JSON Schema that its strict mode does not take, or ignores at a cost."""

    name: str
    title: str
    base_url: str = ""
    needs_key: bool = True
    first_mode: StructuredMode = StructuredMode.JSON_SCHEMA
    limit: str = "max_tokens"
    key_header: str = ""
    keys: tuple[str, ...] = ()
    keeps_schema: bool = False
    refused: frozenset[str] = MORE_KEYWORDS


_OBJECT = StructuredMode.JSON_OBJECT
PROVIDERS = {
    provider.name: provider
    for provider in (
        Provider(
            "openai",
            "OpenAI",
            "https://api.openai.com/v1",
            limit="max_completion_tokens",
            keeps_schema=True,
            refused=_LENGTHS | _OTHERS,
        ),
        Provider(
            "azure",
            "Azure OpenAI",
            limit="max_completion_tokens",
            key_header="api-key",
            keys=("AZURE_OPENAI_API_KEY",),
            keeps_schema=True,
            refused=_LENGTHS | _OTHERS,
        ),
        Provider("groq", "Groq", "https://api.groq.com/openai/v1"),
        Provider("sarvam", "Sarvam", "https://api.sarvam.ai/v1", first_mode=_OBJECT),
        Provider("openrouter", "OpenRouter", "https://openrouter.ai/api/v1"),
        Provider(
            "gemini",
            "Google Gemini",
            "https://generativelanguage.googleapis.com/v1beta/openai",
            keys=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        ),
        Provider("anthropic", "Anthropic", "https://api.anthropic.com/v1"),
        Provider("mistral", "Mistral", "https://api.mistral.ai/v1"),
        Provider("deepseek", "DeepSeek", "https://api.deepseek.com/v1", first_mode=_OBJECT),
        Provider(
            "qwen",
            "Qwen (Alibaba Cloud Model Studio)",
            "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
            first_mode=_OBJECT,
            keys=("DASHSCOPE_API_KEY", "QWEN_API_KEY"),
        ),
        Provider(
            "ollama", "Ollama", "http://127.0.0.1:11434/v1", needs_key=False, refused=_BY_GRAMMAR
        ),
        Provider(
            "lmstudio",
            "LM Studio",
            "http://127.0.0.1:1234/v1",
            needs_key=False,
            refused=_BY_GRAMMAR,
        ),
        Provider(
            "llamacpp",
            "llama.cpp",
            "http://127.0.0.1:8080/v1",
            needs_key=False,
            refused=_BY_GRAMMAR,
        ),
        Provider("vllm", "vLLM", "http://127.0.0.1:8000/v1", needs_key=False, refused=_BY_GRAMMAR),
        Provider("litellm", "the LiteLLM proxy", "http://127.0.0.1:4000/v1", needs_key=False),
        # The supervisor's own server; see engine/llm/local_server.py.
        Provider("local", "the model on this machine", needs_key=False, refused=_BY_GRAMMAR),
        Provider("custom", "the configured provider", needs_key=False),
    )
}


def key_variables(provider: str) -> tuple[str, ...]:
    """Returns the environment variables for the key by the provider's documentation."""
    known = PROVIDERS.get(provider)
    return (known.keys if known else ()) or (f"{provider.upper()}_API_KEY",)
