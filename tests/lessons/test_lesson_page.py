"""The page of a lesson of typed blocks, with all that stands in it: each once, at its place."""

from __future__ import annotations

import json
import re

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from courses.lesson_html import Term, annotate
from courses.markdown import ShownFigure, ShownFormula, render_lesson
from courses.models import CourseStatus, Figure, KeyTerm, Passage, Topic
from courses.search import search_everything
from engine.lessons.blocks import lesson_blocks
from exchange.course_files.course import export_course
from exchange.course_files.schema import problem_of
from exchange.old_json.coherence import incoherence_of
from exchange.old_json.rebuilt import make_course as rebuilt
from quizzes.desk.sources import lesson
from quizzes.outline import split_topic
from tests.factories import make_course, make_learner, make_teacher

CONTENT = """\
::: introduction
This lesson is about springs.
:::

## Where springs rise

A spring is where groundwater comes to the surface. [^1] Its flow is Q = A v in all seasons.

### In chalk

Figure 1: A spring in chalk.

::: check
Where does groundwater surface? Show what you know.
::: answer
At a spring, with the source in chalk. [^1]
:::

::: derived
A flow of 2 and a width of 3 give 6. [^1]
:::

::: practice
Draw the source of a stream.
:::
"""


@pytest.fixture
def topic(settings: Settings, tmp_path: object) -> Topic:
    settings.MEDIA_ROOT = tmp_path
    course = make_course(modules=1, topics=1, status=CourseStatus.PUBLISHED)
    topic = Topic.objects.get(module__course=course)
    topic.content = CONTENT
    topic.save()
    passage = topic.citations.get().passage
    common = {"document": passage.document, "page": 1, "box": [1, 1, 9, 9]}
    caption = "Figure 1: A spring in chalk."
    picture = ContentFile(b"RIFF....WEBPVP8 ", "spring.webp")
    drawn = Figure(position=1, caption=caption, file=picture, width=90, height=60, **common)
    formula = Figure(position=2, kind="formula", words="Q = A v", tex="Q = A v", **common)
    for figure in (drawn, formula):
        figure.save()
        figure.passages.add(passage)
    return topic


def terms_named(topic: Topic, *names: str) -> None:
    passage = topic.citations.get().passage
    topic.key_terms.all().delete()
    for name in names:
        KeyTerm.objects.create(topic=topic, term=name, definition=f"A {name}.", passage=passage)


def shown(topic: Topic, query: str = "", *, learner: str = "learner") -> str:
    client = Client()
    client.force_login(make_learner(learner))
    page = client.get(reverse("topic-detail", args=[topic.pk]), {"q": query}).content.decode()
    return page.partition("<article")[2].partition("</article>")[0]


@pytest.mark.django_db
def test_everything_stands_once_at_its_place(topic: Topic) -> None:
    terms_named(topic, "groundwater")
    page = shown(topic)
    places = [
        *("This lesson is about springs.", "A spring is where", 'class="term"', 'id="cited-1"'),
        *("<math", 'class="lesson-figure"', "Figure 1: A spring in chalk."),
        *("Where does", "<summary", "At a spring,", "A flow of 2", "Draw the"),
    ]
    assert [page.count(place) for place in places] == [1] * len(places)
    assert sorted(places, key=page.index) == places
    assert page.count('href="#citation-1"') == 3
    assert "[^1]" not in page
    assert ":::" not in page


@pytest.mark.django_db
def test_headings_of_blocks_and_of_the_text_leave_out_no_level(topic: Topic) -> None:
    page = shown(topic)
    found = re.findall(r"<h([2-6])[^>]*>(?:<[^>]+>)*([^<]+)", page.partition('class="prose')[2])
    assert found == [
        ("2", "Introduction"),
        ("2", "Where springs rise"),
        ("3", "In chalk"),
        ("2", "Check yourself"),
        ("2", "Worked example"),
        ("2", "Practice"),
    ]


@pytest.mark.django_db
def test_words_of_the_page_are_no_terms_marks_or_places_of_notes(topic: Topic) -> None:
    terms_named(topic, "source", "answer", "v")
    page = shown(topic, "source answer v")
    assert "<summary" in page
    assert re.search(r"<summary[^>]*>Show the answer</summary>", page)
    assert "Not in the source: worked out from what it says." in page
    assert "Exercises of the source." in page
    (maths,) = re.findall(r"<math.*?</math>", page)
    assert "<mark" not in maths
    assert "term" not in maths
    # The first place of the text itself is one.
    assert re.search(r"the <span class=\"term-box\"><a class=\"term\"[^>]*><mark[^>]*>source", page)
    client = Client()
    client.force_login(make_learner("second"))
    form = client.get(reverse("topic-detail", args=[topic.pk])).content.decode()
    form = form.partition('id="note-form"')[2]
    assert "Draw the source of a stream." in form
    assert "Exercises of the source." not in form


@pytest.mark.django_db
def test_reviewers_see_the_lesson_as_learners_do(topic: Topic) -> None:
    sentence = "A flow of 2 and a width of 3 give 6."
    html = lesson(topic, sentence)
    assert f'<mark id="here">{sentence}</mark>' in html
    for part in ("Check yourself", "Show the answer", "<math", 'class="lesson-figure"'):
        assert html.count(part) == 1
    assert ":::" not in html
    assert ":::" not in lesson(topic)


@pytest.mark.django_db
def test_what_is_found_is_shown_without_the_lines_of_blocks(topic: Topic) -> None:
    (hit,) = search_everything(make_learner(), "springs lesson").lessons
    assert "This <mark>lesson</mark> is about" in hit.snippet
    assert ":::" not in hit.snippet


@pytest.mark.django_db
def test_a_lesson_is_cut_between_its_blocks_only(topic: Topic) -> None:
    made = split_topic(topic, block=5)
    topic.refresh_from_db()
    kinds = [[one.kind.value for one in lesson_blocks(row.content)] for row in (topic, made)]
    assert kinds == [["introduction", "text"], ["check", "derived", "practice"]]
    assert made.content.startswith("::: check\nWhere does groundwater surface?")


@pytest.mark.django_db
def test_a_course_file_holds_blocks_figures_claims_levels_and_units(topic: Topic) -> None:
    course = topic.module.course
    course.audience, course.level = "Nurses", "beginner"
    course.save()
    topic.module.objectives, topic.module.levels = ["Name springs."], ["remember"]
    topic.module.save()
    passage = topic.citations.get().passage
    Passage.objects.filter(pk=passage.pk).update(unit="slide")
    topic.supplements.add(passage)
    topic.claims.update(verdict="not_in_source", reason="It says no such number.")
    written = json.loads(json.dumps(export_course(course)))
    assert (problem_of(written), incoherence_of(written)) == (None, None)
    (document,) = written["documents"]
    assert [figure["kind"] for figure in document["figures"]] == ["figure", "formula"]
    made = rebuilt(written, make_teacher())
    assert json.loads(json.dumps(export_course(made))) == written
    copy = Topic.objects.get(module__course=made)
    assert copy.content == CONTENT
    made.status, made.published_at = CourseStatus.PUBLISHED, timezone.now()
    made.save()
    ids = re.compile(r"/(figures|topics)/\d+|term-\d+|meaning-\d+|/courses/[\w-]+|token[^>]*>")
    assert ids.sub("", shown(copy, learner="other")) == ids.sub("", shown(topic))


def test_a_figure_that_an_answer_cites_does_not_stand_in_its_question() -> None:
    lesson = "Water.\n\n::: check\nWhere?\n::: answer\nHere. [^2]\n:::"
    figure = ShownFigure("/figures/1/", "A spring", "", 90, 60, frozenset({2}))
    _, check = render_lesson(lesson, {2}, [figure])
    assert "<figure" in check.answer
    assert "<figure" not in check.html


def test_a_figure_that_is_cited_nowhere_closes_the_lesson() -> None:
    figure = ShownFigure("/figures/1/", "A spring", "", 90, 60, frozenset({2}))
    first, last = render_lesson("Water.\n\n::: summary\nIce.\n:::", {2}, [figure])
    assert "<figure" in last.html
    assert "<figure" not in first.html
    assert render_lesson("::: summary\n:::", {2}, [figure]) == []


def test_maths_are_left_as_they_are() -> None:
    (block,) = render_lesson("Its E is m.", (), (), [ShownFormula("E", "<math><mi>E</mi></math>")])
    term = Term(1, "E", "Energy.")
    assert "<mi>E</mi>" in annotate(str(block.html), terms=[term], words=["e"]).html
