"""The forms in which a model answers. Their names and descriptions are part of the prompt.

The schema that a provider gets is made for each request: it holds the numbers that may be named,
how many entries a list has, and how long a text is. An answer is read more leniently, so that one
wrong number does not cost the whole of it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, create_model

from engine.lessons.schemas import BloomLevel, LessonLength

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000)]
# More values than this in all enums of a schema are refused by some providers.
MAX_ENUM = 250


class Answer(BaseModel):
    model_config = ConfigDict(extra="ignore")


A = TypeVar("A", bound=Answer)


# --- the outline


class ObjectiveOutline(Answer):
    text: Line = Field(description="what learners can do, beginning with a verb one can check")
    bloom: BloomLevel = BloomLevel.UNDERSTAND


class TopicOutline(Answer):
    title: Line
    sections: list[int] = Field(description="numbers of the sections the topic is taught from")


class ModuleOutline(Answer):
    title: Line
    summary: Text = Field(description="one or two sentences")
    objectives: list[ObjectiveOutline] = Field(description="two to five")
    topics: list[TopicOutline]


class CourseOutline(Answer):
    title: Text = Field(default="", description="of the course, at most ten words")
    description: Text = Field(default="", description="one paragraph for learners who choose")
    audience: Text = Field(default="", description="whom it is for, in one line")
    prerequisites: Text = Field(default="", description="what they have to know, in one line")
    modules: list[ModuleOutline]


# --- the lesson


class Paragraph(Answer):
    text: Text = Field(description="whole sentences, without numbers of sources")
    passages: list[int] = Field(description="ids of the passages that say this")


class SummaryPoint(Paragraph):
    pass


class Section(Answer):
    heading: Text = Field(description="what the section explains, at most eight words")
    paragraphs: list[Paragraph]


class WorkedExample(Answer):
    text: Text = Field(description="the task, the steps and the result")
    derived: bool = Field(description="true if you worked it out from what the passages say")
    passages: list[int] = Field(description="ids of the passages it rests on")


class Misconception(Answer):
    belief: Text = Field(description="what learners often wrongly believe, in one sentence")
    correction: Text = Field(description="what is right, and why")
    passages: list[int] = Field(description="ids of the passages that say so")


class SelfCheck(Answer):
    question: Text
    answer: Text = Field(description="in one or two sentences")
    passages: list[int] = Field(description="ids of the passages that hold the answer")


class TermDefinition(Answer):
    term: Line
    definition: Text
    passage: int = Field(description="id of the passage that explains the term")


class WrittenTopic(Answer):
    supported: bool = Field(
        default=True, description="false where the passages do not hold the topic"
    )
    missing: Text = Field(
        default="", description="if not supported: one sentence on what is missing; else ''"
    )
    objectives: list[Text] = Field(
        default=[], description="what learners can do after the lesson; each begins with a verb"
    )
    why: list[Paragraph] = Field(default=[], description="why it matters to learners")
    sections: list[Section] = Field(default=[], description="the explanation")
    misconceptions: list[Misconception] = Field(default=[], description="one, if there is one")
    examples: list[WorkedExample] = Field(default=[], description="one, if the subject has one")
    checks: list[SelfCheck] = Field(default=[], description="two; the first on the first half")
    summary: list[SummaryPoint] = Field(default=[], description="the main points, a sentence each")
    key_terms: list[TermDefinition] = []
    beyond: Text = Field(
        default="", description="well-known facts beyond the passages that help; '' if in doubt"
    )


def _shaped(type_: Any, **schema: Any) -> Any:
    """Returns a type whose schema has more keywords than an answer is held to."""
    return Annotated[type_, Field(json_schema_extra=schema)]


def numbers(count: int, *, most: int = 0) -> Any:
    """Returns the type of a list of some of the numbers from 1 to `count`, at least one."""
    one = _shaped(int, enum=list(range(1, count + 1))) if count <= MAX_ENUM else int
    limits = {"minItems": 1} | ({"maxItems": most} if most else {})
    return _shaped(list[one], **limits)  # type: ignore[valid-type] # made for one call


def text(longest: int) -> Any:
    """Returns the type of a text of at most so many characters."""
    return _shaped(Text, minLength=1, maxLength=longest)


def some(part: type[Answer], least: int, most: int) -> Any:
    return _shaped(list[part], minItems=least, maxItems=most)  # type: ignore[valid-type] # made for one call


def narrowed(form: type[A], **types: Any) -> type[A]:
    """Returns the form with other types of some fields, under its own name."""
    fields: dict[str, Any] = {}
    for name, type_ in types.items():
        known = form.model_fields[name]
        fields[name] = (type_, Field(default=known.default, description=known.description))
    made: type[A] = create_model(form.__name__, __base__=form, **fields)
    return made


# The fewest and most sections of a lesson, and the longest paragraph in characters.
_SIZES: dict[LessonLength, tuple[int, int, int]] = {
    LessonLength.SHORT: (1, 2, 500),
    LessonLength.STANDARD: (2, 4, 700),
    LessonLength.LONG: (3, 6, 900),
}


def lesson_form(passages: int, length: LessonLength | None) -> type[WrittenTopic]:
    """Returns the form of a lesson from so many passages."""
    least, most, longest = _SIZES[length or LessonLength.STANDARD]
    ids = numbers(passages, most=4)
    paragraph = narrowed(Paragraph, text=text(longest), passages=ids)
    short = narrowed(SummaryPoint, text=text(300), passages=ids)
    return narrowed(
        WrittenTopic,
        missing=_shaped(Text, maxLength=300),
        objectives=_shaped(list[text(160)], minItems=2, maxItems=3),  # type: ignore[misc] # made for one call
        why=some(paragraph, 1, 1),
        sections=some(
            narrowed(Section, heading=text(90), paragraphs=some(paragraph, 1, 3)), least, most
        ),
        misconceptions=some(
            narrowed(Misconception, belief=text(250), correction=text(400), passages=ids), 0, 1
        ),
        examples=some(narrowed(WorkedExample, text=text(900), passages=ids), 0, 1),
        checks=some(narrowed(SelfCheck, question=text(250), answer=text(400), passages=ids), 2, 2),
        summary=some(short, 2, 5),
        key_terms=some(
            narrowed(
                TermDefinition,
                definition=text(300),
                passage=_shaped(int, enum=list(range(1, passages + 1))),
            ),
            2,
            8,
        ),
        beyond=_shaped(Text, maxLength=600),
    )


def outline_form(sections: int, modules: tuple[int, int], topics: int) -> type[CourseOutline]:
    """Returns the form of an outline of so many sections, with from and to so many modules, each
    of at most so many topics."""
    topic = narrowed(TopicOutline, sections=numbers(sections))
    objective = narrowed(
        ObjectiveOutline, text=text(200), bloom=Literal[tuple(level.value for level in BloomLevel)]
    )
    module = narrowed(
        ModuleOutline,
        summary=text(400),
        objectives=some(objective, 2, 5),
        topics=some(topic, 1, topics),
    )
    return narrowed(
        CourseOutline,
        title=text(120),
        description=text(900),
        audience=text(200),
        prerequisites=_shaped(Text, maxLength=300),
        modules=some(module, *modules),
    )
