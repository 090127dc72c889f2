"""Builds the parts of the engine from the settings. Heavy ones are imported at their first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.module_loading import import_string

from engine.lessons.schemas import CourseEngine
from engine.llm.configuration import llm_config
from engine.llm.embedding_calls import EmbeddingEndpoint
from engine.llm.pasted import key_of, pasted
from engine.search.embeddings import Embedder, EndpointEmbedder, Measured, embedder
from engine.search.vectorstore import ChromaStore, VectorStore

if TYPE_CHECKING:
    from courses.vectors import PostgresStore
    from engine.lessons.llm.engine import LLMCourseEngine
    from engine.llm.client import LanguageModel

EXTRACTIVE, LLM = "extractive", "llm"
ENGINES = {
    EXTRACTIVE: "engine.lessons.extractive.ExtractiveCourseEngine",
    LLM: "courses.engines.llm_course_engine",
}
# What to do when a provider fails for good: fail with its error, or let this engine finish.
FALLBACKS = ("stop", EXTRACTIVE)
CHROMA, POSTGRESQL = "chroma", "postgresql"
VECTOR_STORES = (CHROMA, POSTGRESQL)


def course_engine(name: str) -> CourseEngine:
    """Returns the engine that writes courses.

    Raises KeyError for a name that is not in ENGINES, which a system check finds at start, and
    AIError if the settings of a language model are wrong.
    """
    engine: CourseEngine = import_string(ENGINES[name])()
    return engine


def llm_course_engine() -> CourseEngine:
    make: type[LLMCourseEngine] = import_string("engine.lessons.llm.engine.LLMCourseEngine")
    return make(
        language_model(),
        outline_tokens=settings.LLM_OUTLINE_TOKENS,
        topic_tokens=settings.LLM_TOPIC_TOKENS,
    )


def language_model() -> LanguageModel:
    """Returns the process's client for the current settings. Raises AIError if they are wrong."""
    model: LanguageModel = import_string("engine.llm.client.language_model")(llm_config(settings))
    return model


def index_embedder(seconds: float | None = None) -> Embedder:
    """Returns the embedder of EMBEDDING_MODEL; the offline one if that is empty.

    With `seconds` as its time limit an endpoint is called once; without, it is called again if it
    does not answer. Raises AIError if the key is wrong.
    """
    if not settings.EMBEDDING_MODEL:
        return Measured(embedder())
    endpoint = EmbeddingEndpoint(
        model=pasted(settings.EMBEDDING_MODEL),
        base_url=pasted(settings.EMBEDDING_BASE_URL),
        key=key_of("EMBEDDING_API_KEY", settings.EMBEDDING_API_KEY),
        seconds=seconds or settings.LLM_TIMEOUT,
        retry=not seconds,
    )
    return Measured(EndpointEmbedder(endpoint))


def vector_store() -> VectorStore:
    """Returns the store of VECTOR_STORE; its key is the current one, which may have changed."""
    if settings.VECTOR_STORE == POSTGRESQL:
        make: type[PostgresStore] = import_string("courses.vectors.PostgresStore")
        return make()
    return ChromaStore(
        host=settings.CHROMA_HOST,
        port=settings.CHROMA_PORT,
        ssl=settings.CHROMA_SSL,
        tenant=settings.CHROMA_TENANT,
        database=str(settings.CHROMA_DATABASE),
        key=str(settings.CHROMA_API_KEY),
    )
