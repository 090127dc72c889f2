"""The forms in which a model answers. Their names and descriptions are part of the prompt."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000)]


class Answer(BaseModel):
    model_config = ConfigDict(extra="ignore")


class TopicOutline(Answer):
    title: Line
    sections: list[int] = Field(description="numbers of the sections the topic is taught from")


class ModuleOutline(Answer):
    title: Line
    summary: Text = Field(description="one or two sentences")
    objectives: list[Line] = Field(description="two to five, each with a verb one can check")
    topics: list[TopicOutline]


class CourseOutline(Answer):
    modules: list[ModuleOutline]


class TermDefinition(Answer):
    term: Line
    definition: Text
    passage: int = Field(description="id of the passage that explains the term")


class QuotedPassage(Answer):
    number: int = Field(description="n of the marker [^n]")
    passage: int = Field(description="id of the passage")
    quote: Text = Field(description="the passage's own words that carry the statement, unchanged")


class WrittenTopic(Answer):
    supported: bool = Field(description="false where the passages do not carry the topic")
    missing: Text = Field(description="if not supported: one sentence on what is missing; else ''")
    objectives_heading: Line = Field(description="'What you will learn' in the course's language")
    objectives: list[Line]
    explanation: Text = Field(description="Markdown; each sentence ends with its markers [^n]")
    example_heading: Line = Field(description="'Worked example' in the course's language")
    worked_example: Text = Field(description="Markdown with markers; '' if the passages have none")
    key_terms: list[TermDefinition]
    citations: list[QuotedPassage]
