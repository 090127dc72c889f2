"""A theatre of providers: what each does that others do not, by its documentation and the reports
of its users. Nobody here was called; each table names its sources and when they were read.

A play changes how the server takes requests and in which form it answers and fails. Errors stand
under the names of `engine.llm.refusals.Kind`, as status, body and headers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Structured = Literal["kept", "ignored", "refused"]
Thinking = Literal["", "tags", "closing tag", "field", "parts", "channel"]
Error = tuple[int, Any, Mapping[str, str]]


@dataclass(frozen=True)
class Play:
    """`schema` and `object_`: what becomes of response_format json_schema and json_object.
    `limit`: the name of the one parameter that limits an answer, where there is only one.
    `refused`: parameters that are refused, with the error. `most_output`: tokens that may be
    asked for. `key_header`: where the key is looked for."""

    name: str
    source: str
    schema: Structured = "kept"
    object_: Structured = "kept"
    thinking: Thinking = ""
    limit: str = ""
    refused: Mapping[str, Error] = field(default_factory=dict)
    most_output: tuple[int, Error] | None = None
    schema_refusal: Error | None = None
    key_header: str = "authorization"
    usage: Literal["", "none", "minus one"] = ""
    errors: Mapping[str, Error] = field(default_factory=dict)


def _openai(message: str, **more: Any) -> dict[str, Any]:
    """The form of OpenAI's errors, which most others took over."""
    return {
        "error": {"message": message, "type": "invalid_request_error", "param": None, "code": None}
        | more
    }


def _google(code: int, status: str, message: str, **more: Any) -> list[dict[str, Any]]:
    """Gemini's compatible endpoint answers errors as a list."""
    return [{"error": {"code": code, "message": message, "status": status} | more}]


def _anthropic(kind: str, message: str) -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"}


_UNSUPPORTED_MAX_TOKENS: Error = (
    400,
    _openai(
        "Unsupported parameter: 'max_tokens' is not supported with this model. "
        "Use 'max_completion_tokens' instead.",
        param="max_tokens",
        code="unsupported_parameter",
    ),
    {},
)
_UNSUPPORTED_TEMPERATURE: Error = (
    400,
    _openai(
        "Unsupported value: 'temperature' does not support 0.2 with this model. "
        "Only the default (1) value is supported.",
        param="temperature",
        code="unsupported_value",
    ),
    {},
)

OPENAI = Play(
    name="openai",
    source="platform.openai.com/docs: errors, rate limits, reasoning; read 2026-11-30",
    limit="max_completion_tokens",
    refused={"max_tokens": _UNSUPPORTED_MAX_TOKENS, "temperature": _UNSUPPORTED_TEMPERATURE},
    errors={
        "key": (
            401,
            _openai(
                "Incorrect API key provided: sk-tes**********ffee. You can find your API key at "
                "https://platform.openai.com/account/api-keys.",
                code="invalid_api_key",
            ),
            {},
        ),
        "rights": (
            403,
            _openai(
                "Project `proj_1` does not have access to model `stand-in`", code="model_not_found"
            ),
            {},
        ),
        "model": (
            404,
            _openai(
                "The model `stand-in` does not exist or you do not have access to it.",
                code="model_not_found",
            ),
            {},
        ),
        "credit": (
            429,
            _openai(
                "You exceeded your current quota, please check your plan and billing details.",
                type="insufficient_quota",
                code=None,
            ),
            {},
        ),
        "rate": (
            429,
            _openai(
                "Rate limit reached for stand-in in organization org-1 on requests per min (RPM): "
                "Limit 3, Used 3, Requested 1. Please try again in 20ms.",
                type="requests",
                code="rate_limit_exceeded",
            ),
            {"retry-after-ms": "20"},
        ),
        "day": (
            429,
            _openai(
                "Rate limit reached for stand-in in organization org-1 on requests per day (RPD): "
                "Limit 200, Used 200, Requested 1. Please try again in 7m12s.",
                type="requests",
                code="rate_limit_exceeded",
            ),
            {},
        ),
        "too_large": (
            429,
            _openai(
                "Request too large for stand-in in organization org-1 on tokens per min (TPM): "
                "Limit 100, Requested 12017. The input or output tokens must be reduced.",
                type="tokens",
                code="rate_limit_exceeded",
            ),
            {},
        ),
        "context": (
            400,
            _openai(
                "This model's maximum context length is 100 tokens. However, your messages "
                "resulted in 9027 tokens. Please reduce the length of the messages.",
                param="messages",
                code="context_length_exceeded",
            ),
            {},
        ),
        "overloaded": (
            503,
            _openai("The engine is currently overloaded, please try again later"),
            {},
        ),
        "away": (500, _openai("The server had an error while processing your request."), {}),
    },
)

AZURE = Play(
    name="azure",
    source="learn.microsoft.com: Azure OpenAI content filtering, quotas, v1 API; read 2026-11-30",
    key_header="api-key",
    errors={
        "key": (
            401,
            {
                "error": {
                    "code": "401",
                    "message": "Access denied due to invalid subscription key or wrong API "
                    "endpoint. Make sure to provide a valid key for an active subscription.",
                }
            },
            {},
        ),
        "model": (
            404,
            {
                "error": {
                    "code": "DeploymentNotFound",
                    "message": "The API deployment for this resource does not exist.",
                }
            },
            {},
        ),
        "server": (404, {"error": {"code": "404", "message": "Resource not found"}}, {}),
        "rate": (
            429,
            {
                "error": {
                    "code": "429",
                    "message": "Requests to the ChatCompletions_Create Operation have exceeded "
                    "token rate limit of your current pricing tier. Please retry after 1 second.",
                }
            },
            {"retry-after": "0.01"},
        ),
        "filter": (
            400,
            {
                "error": {
                    "message": "The response was filtered due to the prompt triggering Azure "
                    "OpenAI's content management policy. Please modify your prompt and retry.",
                    "type": None,
                    "param": "prompt",
                    "code": "content_filter",
                    "status": 400,
                    "innererror": {
                        "code": "ResponsibleAIPolicyViolation",
                        "content_filter_result": {"violence": {"filtered": True}},
                    },
                }
            },
            {},
        ),
        "schema": (
            400,
            _openai(
                "response_format value as json_schema is enabled only for api versions "
                "2024-08-01-preview and later"
            ),
            {},
        ),
    },
)

GROQ = Play(
    name="groq",
    source="console.groq.com/docs: errors, rate limits, structured outputs; issue 38 of "
    "thepersonalaicompany/amurex-backend (2025-02-11); read 2026-11-30",
    thinking="tags",
    schema="refused",
    schema_refusal=(
        400,
        _openai(
            "This model does not support response format `json_schema`. See supported models at "
            "https://console.groq.com/docs/structured-outputs#supported-models"
        ),
        {},
    ),
    errors={
        "key": (401, _openai("Invalid API Key", code="invalid_api_key"), {}),
        "model": (
            400,
            _openai(
                "The model `stand-in` has been decommissioned and is no longer supported.",
                code="model_decommissioned",
            ),
            {},
        ),
        "rate": (
            429,
            _openai(
                "Rate limit reached for model `stand-in` in organization `org_1` service tier "
                "`on_demand` on tokens per minute (TPM): Limit 6000, Used 5990, Requested 20. "
                "Please try again in 15ms.",
                type="tokens",
                code="rate_limit_exceeded",
            ),
            {"retry-after": "0.015"},
        ),
        "day": (
            429,
            _openai(
                "Rate limit reached for model `stand-in` in organization `org_1` service tier "
                "`on_demand` on tokens per day (TPD): Limit 100000, Used 99500, Requested 3000. "
                "Please try again in 36m0.5s. Upgrade to Dev Tier today.",
                type="tokens",
                code="rate_limit_exceeded",
            ),
            {"retry-after": "2161"},
        ),
        "too_large": (
            413,
            _openai(
                "Request too large for model `stand-in` in organization `org_1` service tier "
                "`on_demand` on tokens per minute (TPM): Limit 100, Requested 14500, please "
                "reduce your message size and try again.",
                type="tokens",
                code="rate_limit_exceeded",
            ),
            {},
        ),
        "answer": (
            400,
            _openai(
                "Failed to generate JSON. Please adjust your prompt. See 'failed_generation' for "
                "more details.",
                code="json_validate_failed",
                failed_generation='{"answer": ',
            ),
            {},
        ),
        "overloaded": (498, _openai("Flex tier capacity exceeded", code="capacity_exceeded"), {}),
    },
)

SARVAM = Play(
    name="sarvam",
    source="docs.sarvam.ai: chat completions, authentication, errors; read 2026-11-30",
    thinking="field",
    schema="ignored",
    object_="ignored",
    errors={
        "key": (
            403,
            {"error": {"message": "Invalid API key", "code": "invalid_api_key_error"}},
            {},
        ),
        "credit": (
            429,
            {
                "error": {
                    "message": "No credits available. Please check your plan and top up.",
                    "code": "insufficient_quota_error",
                }
            },
            {},
        ),
        "rate": (
            429,
            {"error": {"message": "Rate limit exceeded", "code": "rate_limit_exceeded_error"}},
            {"retry-after": "0.01"},
        ),
        "context": (
            422,
            {
                "error": {
                    "message": "Input exceeds the context length of the model",
                    "code": "unprocessable_entity_error",
                }
            },
            {},
        ),
        "away": (
            500,
            {"error": {"message": "Internal server error", "code": "internal_server_error"}},
            {},
        ),
    },
)

OPENROUTER = Play(
    name="openrouter",
    source="openrouter.ai/docs: errors and debugging, limits, structured outputs; read 2026-11-30",
    thinking="field",
    schema="refused",
    schema_refusal=(
        404,
        {
            "error": {
                "code": 404,
                "message": "No endpoints found that can handle the requested parameters.",
            }
        },
        {},
    ),
    errors={
        "key": (401, {"error": {"code": 401, "message": "No auth credentials found"}}, {}),
        "model": (
            400,
            {"error": {"code": 400, "message": "stand-in is not a valid model ID"}},
            {},
        ),
        "credit": (
            402,
            {
                "error": {
                    "code": 402,
                    "message": "This request requires more credits, or fewer max_tokens. You "
                    "requested up to 6000 tokens, but can only afford 120.",
                }
            },
            {},
        ),
        "rate": (
            429,
            {
                "error": {
                    "code": 429,
                    "message": "Provider returned error",
                    "metadata": {"raw": "stand-in is temporarily rate-limited upstream."},
                }
            },
            {"retry-after": "0.01"},
        ),
        "day": (
            429,
            {
                "error": {
                    "code": 429,
                    "message": "Rate limit exceeded: free-models-per-day. Add 10 credits to "
                    "unlock 1000 free model requests per day",
                    "metadata": {"headers": {"X-RateLimit-Reset": "4102444800000"}},
                }
            },
            {},
        ),
        "filter": (
            403,
            {
                "error": {
                    "code": 403,
                    "message": "stand-in requires moderation on OpenRouter. Your input was flagged",
                    "metadata": {"reasons": ["violence"], "flagged_input": "..."},
                }
            },
            {},
        ),
        "overloaded": (
            200,
            {
                "error": {"code": 503, "message": "The provider is overloaded, try again"},
                "user_id": "u",
            },
            {},
        ),
        "away": (
            200,
            {
                "choices": [
                    {
                        "error": {"code": 502, "message": "Upstream error"},
                        "finish_reason": "error",
                        "message": {"role": "assistant", "content": ""},
                    }
                ]
            },
            {},
        ),
    },
)

GEMINI = Play(
    name="gemini",
    source="ai.google.dev/gemini-api/docs: OpenAI compatibility, rate limits; issue 406 of "
    "n4ze3m/page-assist (2025-02-16), issue 9745 of continuedev/continue (2026-01-21); "
    "read 2026-11-30",
    errors={
        "key": (
            400,
            _google(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."),
            {},
        ),
        "model": (
            404,
            _google(
                404,
                "NOT_FOUND",
                "models/stand-in is not found for API version v1main, or is not supported for "
                "generateContent.",
            ),
            {},
        ),
        "plan": (
            429,
            _google(
                429,
                "RESOURCE_EXHAUSTED",
                "You exceeded your current quota, please check your plan and billing details. "
                "* Quota exceeded for metric: generativelanguage.googleapis.com/"
                "generate_content_free_tier_requests, limit: 0, model: stand-in. Please retry in "
                "10.67s.",
            ),
            {},
        ),
        "rate": (
            429,
            _google(
                429,
                "RESOURCE_EXHAUSTED",
                "You exceeded your current quota, please check your plan and billing details.",
                details=[
                    {
                        "@type": "type.googleapis.com/google.rpc.QuotaFailure",
                        "violations": [
                            {"quotaId": "GenerateRequestsPerMinutePerProjectPerModel-FreeTier"}
                        ],
                    },
                    {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "0.02s"},
                ],
            ),
            {},
        ),
        "day": (
            429,
            _google(
                429,
                "RESOURCE_EXHAUSTED",
                "You exceeded your current quota, please check your plan and billing details.",
                details=[
                    {
                        "@type": "type.googleapis.com/google.rpc.QuotaFailure",
                        "violations": [
                            {"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}
                        ],
                    },
                    {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34s"},
                ],
            ),
            {},
        ),
        "schema": (
            400,
            _google(
                400,
                "INVALID_ARGUMENT",
                'Invalid JSON payload received. Unknown name "additionalProperties" at '
                "'generation_config.response_schema': Cannot find field.",
            ),
            {},
        ),
        "overloaded": (
            503,
            _google(503, "UNAVAILABLE", "The model is overloaded. Please try again later."),
            {},
        ),
    },
)

ANTHROPIC = Play(
    name="anthropic",
    source="docs.anthropic.com: OpenAI SDK compatibility (response_format is ignored), errors; "
    "read 2026-11-30",
    schema="ignored",
    object_="ignored",
    errors={
        "key": (401, _anthropic("authentication_error", "invalid x-api-key"), {}),
        "rights": (
            403,
            _anthropic(
                "permission_error", "Your API key does not have permission to use this resource."
            ),
            {},
        ),
        "model": (404, _anthropic("not_found_error", "model: stand-in"), {}),
        "credit": (
            400,
            _anthropic(
                "invalid_request_error",
                "Your credit balance is too low to access the Anthropic API. Please go to Plans & "
                "Billing to upgrade or purchase credits.",
            ),
            {},
        ),
        "rate": (
            429,
            _anthropic(
                "rate_limit_error",
                "This request would exceed your organization's rate limit of 50,000 input tokens "
                "per minute.",
            ),
            {"retry-after": "0.01"},
        ),
        "too_large": (
            413,
            _anthropic("request_too_large", "Request exceeds the maximum size"),
            {},
        ),
        "context": (
            400,
            _anthropic(
                "invalid_request_error", "prompt is too long: 215000 tokens > 200000 maximum"
            ),
            {},
        ),
        "overloaded": (529, _anthropic("overloaded_error", "Overloaded"), {}),
    },
)

MISTRAL = Play(
    name="mistral",
    source="docs.mistral.ai: API, reasoning, structured output; read 2026-11-30",
    thinking="parts",
    limit="max_tokens",
    refused={
        "max_completion_tokens": (
            422,
            {
                "detail": [
                    {
                        "type": "extra_forbidden",
                        "loc": ["body", "max_completion_tokens"],
                        "msg": "Extra inputs are not permitted",
                        "input": 6000,
                    }
                ]
            },
            {},
        )
    },
    errors={
        "key": (401, {"detail": "Unauthorized"}, {}),
        "model": (
            400,
            {
                "object": "error",
                "message": "Invalid model: stand-in",
                "type": "invalid_model",
                "param": None,
                "code": "1500",
            },
            {},
        ),
        "rate": (
            429,
            {
                "object": "error",
                "message": "Service tier capacity exceeded for this model.",
                "type": "service_tier_capacity_exceeded",
                "param": None,
                "code": "3505",
            },
            {},
        ),
        "context": (
            400,
            {
                "object": "error",
                "message": "Prompt contains 40000 tokens and 0 draft tokens, too large for model "
                "with 32768 maximum context length",
                "type": "invalid_request_error",
                "code": "3051",
            },
            {},
        ),
    },
)

DEEPSEEK = Play(
    name="deepseek",
    source="api-docs.deepseek.com: error codes, JSON output, reasoning model; read 2026-11-30",
    thinking="field",
    schema="refused",
    schema_refusal=(
        400,
        _openai("This response_format type is unavailable now", code="invalid_request_error"),
        {},
    ),
    most_output=(
        4000,
        (
            400,
            _openai("Invalid max_tokens value, the valid range of max_tokens is [1, 4000]"),
            {},
        ),
    ),
    errors={
        "key": (
            401,
            _openai(
                "Authentication Fails, Your api key: ****ffee is invalid",
                type="authentication_error",
            ),
            {},
        ),
        "model": (400, _openai("Model Not Exist", code="invalid_request_error"), {}),
        "credit": (402, _openai("Insufficient Balance", type="unknown_error"), {}),
        "filter": (400, _openai("Content Exists Risk", code="invalid_request_error"), {}),
        "overloaded": (503, _openai("Service is too busy."), {}),
    },
)

QWEN = Play(
    name="qwen",
    source="alibabacloud.com/help/model-studio: error codes, OpenAI compatibility, deep "
    "thinking; read 2026-11-30",
    thinking="field",
    schema="ignored",
    most_output=(
        5000,
        (
            400,
            _openai("Range of max_tokens should be [1, 5000]", code="invalid_parameter_error"),
            {},
        ),
    ),
    refused={
        "no enable_thinking": (
            400,
            _openai(
                "parameter.enable_thinking must be set to false for non-streaming calls",
                code="invalid_parameter_error",
            ),
            {},
        )
    },
    errors={
        "key": (401, _openai("Incorrect API key provided.", code="invalid_api_key"), {}),
        "model": (404, _openai("The model `stand-in` does not exist.", code="model_not_found"), {}),
        "credit": (
            403,
            _openai(
                "The free tier of the model has been exhausted. If you wish to continue access "
                "the model on a paid basis, please disable the free tier only mode.",
                code="AllocationQuota.FreeTierOnly",
            ),
            {},
        ),
        "rate": (429, _openai("Requests rate limit exceeded.", code="limit_requests"), {}),
        "filter": (
            400,
            _openai("Input data may contain inappropriate content.", code="data_inspection_failed"),
            {},
        ),
        "context": (
            400,
            _openai("Range of input length should be [1, 30720]", code="invalid_parameter_error"),
            {},
        ),
    },
)

OLLAMA = Play(
    name="ollama",
    source="github.com/ollama/ollama: docs/openai.md, docs/faq.md (context window); "
    "read 2026-11-30",
    thinking="closing tag",
    errors={
        "model": (
            404,
            _openai('model "stand-in" not found, try pulling it first', type="not_found_error"),
            {},
        ),
        "overloaded": (
            503,
            _openai("server busy, please try again. maximum pending requests exceeded"),
            {},
        ),
        "away": (500, _openai("llama runner process has terminated: exit status 2"), {}),
        "memory": (
            500,
            _openai("model requires more system memory (9.5 GiB) than is available (7.1 GiB)"),
            {},
        ),
    },
)

LMSTUDIO = Play(
    name="lmstudio",
    source="lmstudio.ai/docs: OpenAI compatibility, structured output; read 2026-11-30",
    object_="refused",
    usage="minus one",
    schema_refusal=(
        400,
        {"error": "'response_format.type' must be 'json_schema' or 'text'"},
        {},
    ),
    errors={
        "model": (
            404,
            {"error": "No models loaded. Please load a model in the developer page."},
            {},
        ),
        "server": (200, {"error": "Unexpected endpoint or method. (POST /chat/completions)"}, {}),
        "context": (
            400,
            {
                "error": "Trying to keep the first 6000 tokens when context the overflows. "
                "However, the model is loaded with context length of only 4096 tokens, which is "
                "not enough."
            },
            {},
        ),
    },
)

LLAMACPP = Play(
    name="llamacpp",
    source="github.com/ggml-org/llama.cpp: tools/server/README.md; read 2026-11-30",
    thinking="channel",
    errors={
        "key": (
            401,
            {"error": {"code": 401, "message": "Invalid API Key", "type": "authentication_error"}},
            {},
        ),
        "context": (
            400,
            {
                "error": {
                    "code": 400,
                    "message": "the request exceeds the available context size. try increasing it",
                    "type": "exceed_context_size_error",
                    "n_prompt_tokens": 9000,
                    "n_ctx": 4096,
                }
            },
            {},
        ),
        "schema": (
            400,
            {
                "error": {
                    "code": 400,
                    "message": "Failed to initialize samplers: failed to parse grammar",
                    "type": "invalid_request_error",
                }
            },
            {},
        ),
        "overloaded": (
            503,
            {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}},
            {},
        ),
    },
)

VLLM = Play(
    name="vllm",
    source="docs.vllm.ai: OpenAI-compatible server, structured outputs; read 2026-11-30",
    usage="none",
    thinking="tags",
    errors={
        "key": (401, {"error": "Unauthorized"}, {}),
        "model": (
            404,
            {
                "object": "error",
                "message": "The model `stand-in` does not exist.",
                "type": "NotFoundError",
                "param": None,
                "code": 404,
            },
            {},
        ),
        "context": (
            400,
            {
                "object": "error",
                "message": "This model's maximum context length is 4096 tokens. However, your "
                "request has 9000 input tokens. Please reduce the length of the input messages.",
                "type": "BadRequestError",
                "code": 400,
            },
            {},
        ),
        "schema": (
            400,
            {
                "object": "error",
                "message": "The provided JSON schema contains features not supported by xgrammar.",
                "type": "BadRequestError",
                "code": 400,
            },
            {},
        ),
    },
)

LITELLM = Play(
    name="litellm",
    source="docs.litellm.ai: proxy, exception mapping, drop_params; read 2026-11-30",
    schema="refused",
    schema_refusal=(
        400,
        _openai(
            "litellm.UnsupportedParamsError: stand-in does not support parameters: "
            "['response_format'], for model=stand-in. To drop these, set "
            "`litellm.drop_params=True`.",
            type="None",
            param="None",
            code="400",
        ),
        {},
    ),
    errors={
        "key": (
            401,
            _openai(
                "Authentication Error, Invalid proxy server token passed. Received API Key = "
                "sk-...ffee, Key Hash (Token) =0123",
                type="token_not_found_in_db",
                code="401",
            ),
            {},
        ),
        "credit": (
            400,
            _openai(
                "Budget has been exceeded! Current cost: 10.2, Max budget: 10.0",
                type="budget_exceeded",
                code="400",
            ),
            {},
        ),
        "model": (
            400,
            {
                "error": {
                    "message": "/chat/completions: Invalid model name passed in model=stand-in. "
                    "Call `/v1/models` to view available models for your key.",
                    "type": "None",
                    "code": "400",
                }
            },
            {},
        ),
        "filter": (
            400,
            _openai("litellm.ContentPolicyViolationError: the response was filtered", code="400"),
            {},
        ),
    },
)

# The ten most used come first.
PLAYS = {
    play.name: play
    for play in (
        *(OPENAI, AZURE, GROQ, SARVAM, OPENROUTER, GEMINI, ANTHROPIC, MISTRAL, DEEPSEEK, OLLAMA),
        *(QWEN, LMSTUDIO, LLAMACPP, VLLM, LITELLM),
    )
}
MOST_USED = tuple(PLAYS)[:10]

# What stands between a school and its provider fails in forms of its own.
BETWEEN: Mapping[str, tuple[str, Error]] = {
    "a page of a proxy": (
        "server",
        (403, "<html><head><title>Access denied</title></head><body>Blocked</body></html>", {}),
    ),
    "a log-in page": ("server", (200, "<!DOCTYPE html><title>Sign in to WiFi</title>", {})),
    "a gateway that gave up": (
        "away",
        (502, "<html><head><title>502 Bad Gateway</title></head></html>", {}),
    ),
    "a gateway's time-out": ("away", (524, "error code: 524", {})),
    "a limit of bodies": (
        "too_large",
        (413, "<html><head><title>413 Request Entity Too Large</title></head></html>", {}),
    ),
    "a plain string": ("key", (401, '"Unauthorized"', {})),
    "an empty body": ("key", (401, "", {})),
    "a redirect": ("server", (301, "", {"location": "https://llm.school.example/v1"})),
    "an API gateway": ("key", (403, {"message": "Forbidden: invalid API key"}, {})),
    "a gateway's quota": ("rate", (429, {"message": "API rate limit exceeded"}, {})),
    "Apigee": (
        "key",
        (401, {"fault": {"faultstring": "Invalid ApiKey", "detail": {"errorcode": "x"}}}, {}),
    ),
    "a number": ("unknown", (400, 7, {})),
    "an error within a string": (
        "rate",
        (429, {"error": {"message": '{"error": {"message": "Slow down", "code": 429}}'}}, {}),
    ),
}
