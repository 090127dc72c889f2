"""What a model is told. Document text comes in behind a fence, see `fence`."""

from __future__ import annotations

from courses.generation.llm.digest import Digest
from courses.generation.llm.fence import UNTRUSTED, fenced, fenced_passages
from courses.generation.schemas import OutlineRequest, TopicRequest
from courses.language.names import language_name
from courses.language.words import base_language
from profai.ai.prompting import Prompt

WORDS_A_TOPIC = 900
TOPICS_A_MODULE = 5
MOST_TOPICS = 96

_OUTLINE = """\
You plan a course for learners from an organisation's own documents. You are given a digest: \
one line for each section with its number, its pages, its length, its headings and how it begins.

Group the sections into modules (a week each) and topics (a lesson each):
- Follow the order of the documents unless another order clearly teaches better.
- Name for each topic the numbers of all sections it is taught from; invent no numbers.
- Use each section that is worth teaching once. Leave out tables of contents, indexes, licences, \
prefaces and the like.
- Titles say what is learnt, in at most ten words, without numbering; no two topics share a title.
- Objectives begin with a verb that can be checked, such as explain, compare, calculate."""

_TOPIC = """\
You write one lesson of a course from passages of the organisation's own documents.

- Say only what the passages say. Do not add knowledge of your own, however sure you are.
- End each sentence of the explanation and of the worked example with the marker [^n] of the \
passage that carries it, such as "Ice floats on water [^2]." Give for each n in `citations` the \
passage's id and the words of the passage that carry the sentence, copied letter by letter.
- Explain in plain words for a learner who reads this for the first time, some 250 to 600 words, \
as Markdown: paragraphs, lists, tables and code as the matter wants; subheadings from level 2. \
No HTML, no images, no links.
- Give a worked example only if the passages hold one; else leave it empty.
- Take three to eight key terms that the passages themselves explain.
- If the passages do not carry the topic, set `supported` to false, say in `missing` what is \
missing, and write only what they do carry. Never pad."""


def outline_prompt(request: OutlineRequest, digest: Digest) -> Prompt:
    words = sum(section.words for section in digest.sections)
    topics = min(max(round(words / WORDS_A_TOPIC), 1), MOST_TOPICS)
    modules = max(round(topics / TOPICS_A_MODULE), 1)
    user = (
        f"{fenced('course', f'Course: {request.title}')}\n"
        f"The material has {words} words: some {modules} modules with some {topics} topics in all "
        "would fit it.\n\n"
        f"{fenced('sections', digest.text)}"
    )
    return Prompt(_system(_OUTLINE, request.language, request.source_language), user)


def topic_prompt(request: TopicRequest) -> Prompt:
    # Titles were made from document text: they may hold whatever that held.
    lesson = (
        f"Course: {request.course_title}\nModule: {request.module_title}\nTopic: {request.title}"
    )
    user = f"{fenced('lesson', lesson)}\n\n{fenced_passages(request.passages)}"
    return Prompt(_system(_TOPIC, request.language, request.source_language), user)


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
