"""What a real model behind llama.cpp's server does, whatever it writes."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from enum import StrEnum

import httpx
import pytest
from django.core.management import CommandError, call_command
from pydantic import BaseModel, Field
from pytest_django.fixtures import Settings

from courses.models import Course, Topic
from courses.services import request_course
from engine.llm.client import LanguageModel
from engine.llm.configuration import llm_config
from engine.llm.errors import AIError, AnswerError, ProviderError
from engine.llm.prompting import Prompt
from engine.llm.providers import StructuredMode, Task
from engine.llm.refusals import Kind
from jobs.models import JobStatus
from profai.health.checks import MODEL
from profai.health.parts import PartMissingError
from tests.local_model.conftest import KEY
from tests.pdfs import RIVERS, make_pdf, upload
from tests.ports import free_port
from tests.queue import work
from tests.waiting import LONG, wait_until

pytestmark = pytest.mark.slow

PROMPT = Prompt("You answer in JSON.", "Name rivers and say whether they are long.")


class Length(StrEnum):
    LONG = "long"
    SHORT = "short"


class River(BaseModel):
    name: str = Field(max_length=12)
    length: Length


class Rivers(BaseModel):
    rivers: list[River] = Field(min_length=2, max_length=2)


class Essay(BaseModel):
    text: str = Field(min_length=1400, max_length=1500)


def ask(model: LanguageModel, prompt: Prompt, schema: type[BaseModel]) -> BaseModel:
    async def asked() -> BaseModel:
        try:
            return await model.ask(Task.TOPIC, prompt, schema)
        finally:
            await model.close()

    return asyncio.run(asked())


def test_the_grammar_keeps_the_form(client: LanguageModel) -> None:
    answer = ask(client, PROMPT, Rivers)
    assert isinstance(answer, Rivers)
    assert len(answer.rivers) == 2
    assert all(len(river.name) <= 12 for river in answer.rivers)
    assert client.mode is StructuredMode.JSON_SCHEMA


def test_nobody_uses_it_without_the_key(local_model: None, settings: Settings) -> None:
    model = LanguageModel(replace(llm_config(settings), key="wrong"))
    with pytest.raises(ProviderError) as caught:
        ask(model, PROMPT, Rivers)
    assert caught.value.kind is Kind.KEY
    headers = {"origin": "http://page.example", "authorization": f"Bearer {KEY}"}
    answer = httpx.get(f"{settings.LLM_BASE_URL}/models", headers=headers)
    assert answer.headers.get("access-control-allow-origin", "") == ""
    # The name is the model's; nobody learns of our folders.
    assert str(settings.LOCAL_MODEL) not in answer.text


def test_a_prompt_beyond_its_window_says_what_to_set(client: LanguageModel) -> None:
    long = Prompt(PROMPT.system, "The river flows to the sea. " * 1200)
    with pytest.raises(ProviderError) as caught:
        ask(client, long, Rivers)
    assert caught.value.kind is Kind.CONTEXT
    assert "LLM_TOPIC_TOKENS (now 600)" in str(caught.value)
    assert "set LOCAL_MODEL_CONTEXT higher" in str(caught.value)


def test_an_answer_that_is_cut_off_is_none(local_model: None, settings: Settings) -> None:
    model = LanguageModel(replace(llm_config(settings), max_output_tokens=20))
    with pytest.raises(AnswerError, match="LLM_MAX_OUTPUT_TOKENS"):
        ask(model, PROMPT, Essay)


def test_a_cancelled_call_ends_in_the_server_too(client: LanguageModel, settings: Settings) -> None:
    address = settings.LLM_BASE_URL.removesuffix("/v1")
    headers = {"authorization": f"Bearer {KEY}"}

    def is_writing() -> bool:
        slots = httpx.get(f"{address}/slots", headers=headers).json()
        return any(slot["is_processing"] for slot in slots)

    async def cancelled() -> None:
        asking = asyncio.create_task(client.ask(Task.TOPIC, PROMPT, Essay))
        await asyncio.to_thread(wait_until, is_writing)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await client.close()

    client._config = replace(client._config, max_output_tokens=3000)
    asyncio.run(cancelled())
    wait_until(lambda: not is_writing())


@pytest.mark.django_db
@pytest.mark.usefixtures("read_once", "chroma")
def test_a_course_is_finished_without_a_model_that_is_too_small(
    local_model: None, settings: Settings, tmp_path: object
) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.LLM_FALLBACK = "extractive"
    settings.LLM_MAX_OUTPUT_TOKENS = 40
    # A busy machine reads a prompt for minutes; that counts as too slow, and ends the same way.
    settings.LLM_TIMEOUT = 5
    job = work(request_course(files=[upload(make_pdf(RIVERS[:1]))]).job)
    assert (job.status, job.error) == (JobStatus.COMPLETED, "")
    course = Course.objects.get()
    assert Topic.objects.filter(engine="extractive").exists()
    assert "without a model" in " ".join(course.notes)


def test_check_llm_says_what_it_is_good_for(
    local_model: None, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.LLM_MAX_OUTPUT_TOKENS, settings.LLM_TIMEOUT = 700, 3 * LONG
    settings.LLM_TOPIC_TOKENS = settings.LLM_OUTLINE_TOKENS = 500
    # Which of them it cannot write is a matter of luck.
    with pytest.raises(CommandError, match=r"too small for (courses: it could not|questions)"):
        call_command("check_llm")
    out = capsys.readouterr().out
    assert "Ready: the model on this machine" in out
    assert "NO  " in out


def test_the_health_page_says_how_fast_it_is(client: LanguageModel, settings: Settings) -> None:
    ask(client, PROMPT, Rivers)
    words = MODEL.check()
    assert words.startswith(f"{settings.LLM_MODEL}: reads ")
    assert int(words.split(", ")[1].split()[0]) > 100
    settings.LOCAL_MODEL_PORT = free_port()
    settings.LLM_BASE_URL = f"http://127.0.0.1:{settings.LOCAL_MODEL_PORT}/v1"
    with pytest.raises(PartMissingError, match=r"does not answer.*model\.log.* says why"):
        MODEL.check()
    with pytest.raises(AIError, match=r"`make run` starts its server"):
        ask(LanguageModel(llm_config(settings)), PROMPT, Rivers)
