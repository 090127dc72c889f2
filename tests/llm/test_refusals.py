"""What every played provider's refusals are taken for. The plays name their sources."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from engine.llm.configuration import llm_config
from engine.llm.failures import failure_of
from engine.llm.refusals import Kind, Refusal, read_refusal
from engine.llm.transport import NoCompletionError
from tests.llm_server.plays import BETWEEN, PLAYS, Error

CASES = [
    *(
        (f"{play.name}: {kind}", kind, error)
        for play in PLAYS.values()
        for kind, error in play.errors.items()
    ),
    *((name, kind, error) for name, (kind, error) in BETWEEN.items()),
    *(
        (f"{play.name}: no schema", kind, play.schema_refusal)
        for play in PLAYS.values()
        if play.schema_refusal
        for kind in ["server" if play.schema_refusal[0] == 404 else "schema"]
    ),
    *(
        (f"{play.name}: {name}", "parameter", error)
        for play in PLAYS.values()
        for name, error in play.refused.items()
    ),
    *(
        (f"{play.name}: most output", "output", play.most_output[1])
        for play in PLAYS.values()
        if play.most_output
    ),
]


def read(error: Error) -> Refusal:
    status, body, headers = error
    text = body if isinstance(body, str) else json.dumps(body)
    return read_refusal(status, headers, text)


@pytest.mark.parametrize(("name", "kind", "error"), CASES, ids=[case[0] for case in CASES])
def test_each_refusal_is_taken_for_what_it_is(name: str, kind: str, error: Error) -> None:
    refusal = read(error)
    assert refusal.kind == kind, (name, refusal)
    assert refusal.said.endswith((".", "!", "?"))


def test_all_kinds_are_played() -> None:
    assert {kind for _, kind, _ in CASES} == set(Kind)


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({"retry-after": "12"}, {}, 12),
        ({"retry-after-ms": "1500"}, {}, 1.5),
        ({"retry-after": "1m30s"}, {}, 90),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, {}, 0),
        ({}, {"error": {"message": "Please try again in 36m0.5s."}}, 2160.5),
        ({}, {"error": {"message": "Please try again in 20ms."}}, 0.02),
        ({}, {"error": {"message": "Please retry after 10 seconds."}}, 10),
        ({}, {"error": {"message": "x", "details": [{"retryDelay": "34s"}]}}, 34),
        ({"retry-after": "nan"}, {}, None),
        ({"retry-after": "inf"}, {}, None),
        ({"retry-after": "1e99"}, {}, None),
        ({"retry-after": "-5"}, {}, None),
        ({"retry-after": "soon"}, {}, None),
        ({"retry-after": "99999999999999999"}, {}, None),
        ({"retry-after": "\uff19"}, {}, None),
    ],
)
def test_when_it_may_be_tried_again_is_read_where_it_is_said(
    headers: dict[str, str], body: Any, seconds: float | None
) -> None:
    assert read_refusal(429, headers, json.dumps(body)).wait == seconds


@pytest.mark.parametrize("body", ["", "null", "[]", "[[[[[[1]]]]]]", '{"error": []}', "{" * 9999])
def test_no_body_is_too_strange(body: str) -> None:
    for status in (200, 302, 400, 418, 429, 500, 599):
        assert read_refusal(status, {}, body).said


@pytest.mark.parametrize(
    ("address", "named"),
    [
        ("https://school.openai.azure.com", 1),
        ("https://school.openai.azure.com/openai/deployments/stand-in", 1),
        ("https://school.openai.azure.com/openai/v1", 0),
        ("https://llm.school.example/v1", 0),
    ],
)
def test_a_page_that_azure_does_not_have_is_told_with_the_form_of_its_address(
    settings: Settings, address: str, named: int
) -> None:
    settings.LLM_PROVIDER, settings.LLM_BASE_URL = "azure", address
    settings.LLM_API_KEY, settings.LLM_MODEL = "sk-test-c0ffee", "stand-in"
    error = NoCompletionError(404, {}, '{"message": "Resource not found"}')
    message = str(failure_of(error, llm_config(settings)))
    assert message.count("https://NAME.openai.azure.com/openai/v1") == named, message
    assert "LLM_MODEL (stand-in) has to be the name of your deployment" in message
