"""The prompts for outlines and topics. Document text stands between tags, see `fence`."""

from __future__ import annotations

from collections.abc import Iterator

from engine.language.names import language_name
from engine.language.words import base_language
from engine.lessons.llm.digest import Digest
from engine.lessons.llm.fence import UNTRUSTED, fenced, fenced_passages
from engine.lessons.schemas import (
    CourseLevel,
    LessonLength,
    OutlineRequest,
    TopicRequest,
    Wishes,
)
from engine.llm.prompting import Prompt

WORDS_A_TOPIC = 900
TOPICS_A_MODULE = 5
MAX_TOPICS = 96
# Lessons named as read before: enough to know what can be built on.
MAX_BEFORE = 20

_OUTLINE = """\
You plan a course for learners from an organisation's own documents. You are given a digest: \
one line for each section with its number, its pages, its length, its headings and how it begins.

Give the course a title and a description of one paragraph that tells a learner what it is about \
and what it is good for; say for whom it is and what they have to know before.

Group the sections into modules (a week each) and topics (a lesson each):
- Follow the order of the documents unless another order clearly teaches better.
- Name for each topic the numbers of all sections it is taught from.
- Use each section that is worth teaching once. An introduction belongs to the first topic of its \
chapter, a summary to the last. Leave out tables of contents, indexes, licences and prefaces.
- Titles say what is learnt, in at most ten words, without numbering; no two topics share a title.
- Objectives say what learners can do afterwards. They begin with a verb that can be checked, \
such as explain, compare, calculate, and name their level in Bloom's taxonomy; cover several."""

_TOPIC = """\
You write one lesson of a course from passages of the organisation's own documents, for learners \
who read about its subject for the first time.

- Say only what the passages say, except in `beyond` and in an example that you work out yourself. \
Do not add knowledge of your own elsewhere, however sure you are.
- Name with each part the ids of the passages it rests on. Put no numbers of sources into the text.
- `objectives`: two or three things that learners can do after this lesson and that its \
explanation teaches. Each is a sentence that begins with a verb that can be checked, such as \
explain, compare, calculate.
- `why`: what the subject is good for or what would go wrong without it, in two or three sentences.
- `sections`: the explanation, step by step, in plain words and whole sentences, {words} words in \
all. Markdown lists, tables and code where the matter wants them; formulas in TeX between $ signs. \
No HTML, no images, no links, no headings within a text.
- `misconceptions`: what learners often get wrong here, if the passages put it right.
- `examples`: one worked example with its steps. Take it from the passages; if they hold a rule or \
a method but no example, work one out with numbers of your own and set `derived` to true.
- `checks`: two questions that learners can answer from your explanation; they ask for a reason, a \
comparison or an application rather than for a word.
- `summary`: two to five sentences that would be worth remembering in a year.
- `key_terms`: those that the passages explain.
- `beyond`: leave it empty unless a well-known fact outside the passages really helps.
- If the passages do not hold the topic, set `supported` to false, say in `missing` what is \
missing, and write only what they do hold. Never pad.
- Build on the lessons that were read before, and do not explain again what they explain."""

_WORDS = {
    LessonLength.SHORT: "150 to 300",
    LessonLength.STANDARD: "300 to 600",
    LessonLength.LONG: "600 to 1,000",
}
_LEVELS = {
    CourseLevel.BEGINNER: "beginners, who know nothing of the subject",
    CourseLevel.INTERMEDIATE: "learners who know the basics",
    CourseLevel.ADVANCED: "learners who know the subject well",
}


def course_size(request: OutlineRequest, digest: Digest) -> tuple[int, int]:
    """Returns how many modules and topics fit the material, or were asked for."""
    words = sum(section.words for section in digest.sections)
    topics = min(max(round(words / WORDS_A_TOPIC), 1), MAX_TOPICS, len(digest.sections))
    modules = request.wishes.modules or max(round(topics / TOPICS_A_MODULE), 1)
    return min(modules, len(digest.sections)), max(topics, modules)


def outline_prompt(request: OutlineRequest, digest: Digest) -> Prompt:
    words = sum(section.words for section in digest.sections)
    modules, topics = course_size(request, digest)
    wanted = "exactly" if request.wishes.modules else "some"
    about = "\n".join((f"Course: {request.title}", *_wished(request.wishes)))
    user = (
        f"{fenced('course', about)}\n"
        f"The material has {words} words: plan {wanted} {modules} modules with some {topics} "
        "topics in all.\n\n"
        f"{fenced('sections', digest.text)}"
    )
    return Prompt(_system(_OUTLINE, request.language, request.source_language), user)


def topic_prompt(request: TopicRequest) -> Prompt:
    # Titles were made from document text: they may hold whatever that held.
    before = [f"- {title}" for title in request.before[-MAX_BEFORE:]]
    lesson = "\n".join(
        (
            f"Course: {request.course_title}",
            f"Module: {request.module_title}",
            f"Topic: {request.title}",
            *_wished(request.wishes),
            *(["Lessons read before:", *before] if before else []),
        )
    )
    user = f"{fenced('lesson', lesson)}\n\n{fenced_passages(request.passages)}"
    if request.instruction:
        user += f"\n\n{instructed(request.instruction)}"
    task = _TOPIC.format(words=_WORDS[request.wishes.length or LessonLength.STANDARD])
    system = _system(task, request.language, request.source_language)
    return Prompt(system, user, is_form_fixed=True)


def _wished(wishes: Wishes) -> Iterator[str]:
    if wishes.audience:
        yield f"Learners: {' '.join(wishes.audience.split())}"
    if wishes.prerequisites:
        yield f"They know: {' '.join(wishes.prerequisites.split())}"
    if wishes.level:
        yield f"Level: {_LEVELS[wishes.level]}"
    if wishes.focus:
        yield f"What matters most: {' '.join(wishes.focus.split())}"


def instructed(instruction: str) -> str:
    """Returns a teacher's wish. It stands in no tags: what stands in tags is not followed."""
    return (
        "A teacher has this written again and wishes: "
        f"{instruction}\nFollow the wish as far as the rules and the passages allow."
    )


def _system(task: str, language: str, source_language: str) -> str:
    return f"{task}\n\n{UNTRUSTED}\n\n{language_rule(language, source_language)}"


def language_rule(language: str, source_language: str) -> str:
    rule = f"Write everything in {language_name(language)}."
    if source_language and base_language(source_language) != base_language(language):
        rule += (
            f" The passages are in {language_name(source_language)}: translate what you say, but "
            "copy quotes in the passages' own language and keep names and numbers as they are."
        )
    return rule
