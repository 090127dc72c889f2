"""Citations that a reviewer adds: words of a passage for a sentence, or for a lesson."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from courses.models import Claim, Course, Passage, Topic
from tests.browser import NewPage, log_in
from tests.desk.test_desk import act, at
from tests.factories import make_course, make_passage, make_teacher

WORDS = "Groundwater 1.1 comes up\n at a spring, says the survey."


@pytest.fixture
def course(teacher: User) -> Course:
    return make_course(owner=teacher, modules=1, topics=1, questions=1)


@pytest.fixture
def claim(course: Course) -> Claim:
    found = Claim.objects.get(topic__module__course=course)
    Claim.objects.filter(pk=found.pk).update(verdict="not_in_source", citations=[])
    found.topic.citations.all().delete()
    Topic.objects.filter(pk=found.topic_id).update(content=f"{found.text}\n\n- It is **cold**.")
    return Claim.objects.get(pk=found.pk)


@pytest.fixture
def passage(course: Course) -> Passage:
    return make_passage(course.documents.get(), f"Of springs. {WORDS} So it is.")


@pytest.mark.django_db
def test_a_sentence_is_cited(
    as_teacher: Client, course: Course, claim: Claim, passage: Passage
) -> None:
    item = f"claim-{claim.pk}"
    found = as_teacher.get(at(course, item, find="SURVEY groundwater"))
    assert [one.pk for one in found.context["found_places"]] == [passage.pk]
    assert "No passage has all" in as_teacher.get(at(course, item, find="volcano")).text
    place = as_teacher.get(at(course, item, passage=str(passage.pk)))
    assert (place.context["source"].passage, "not cited here yet" in place.text) == (passage, True)
    words = "Groundwater 1.1 comes up at a spring, says the survey."
    done = act(as_teacher, course, "cite", claim, passage=str(passage.pk), quote=words)
    assert "Cited as [1], behind the sentence." in done.text
    topic = Topic.objects.get(pk=claim.topic_id)
    assert topic.content == f"{claim.text} [^1]\n\n- It is **cold**."
    assert topic.status == "edited"
    citation = topic.citations.get()
    # As it stands in the passage, line end and all.
    assert (citation.passage, citation.quote) == (passage, WORDS)
    checked = topic.claims.get(text=claim.text)
    assert (checked.verdict, checked.checked_by, checked.citations) == ("stated", "person", [1])
    undo = reverse("admin:courses_course_desk_act", args=[course.pk, "undo"])
    taken_back = as_teacher.post(undo, {"undo": done.context["undo"], "item": item}, follow=True)
    assert "Undone" in taken_back.text
    topic.refresh_from_db()
    assert ("[^1]" in topic.content, topic.citations.count()) == (False, 0)
    assert topic.claims.get(text=claim.text).verdict == "not_in_source"


@pytest.mark.django_db
def test_a_lesson_is_cited_and_other_markers_stay(
    as_teacher: Client, course: Course, passage: Passage
) -> None:
    topic = Topic.objects.get(module__course=course)
    before = topic.content
    done = act(as_teacher, course, "cite", topic, passage=str(passage.pk), quote="Of springs.")
    assert "Cited as [2], at the end of the text." in done.text
    topic.refresh_from_db()
    assert topic.content == f"{before} [^2]"
    claim = topic.claims.get(text__startswith="A spring")
    Claim.objects.filter(pk=claim.pk).update(verdict="contradicted")
    claim.refresh_from_db()
    act(as_teacher, course, "cite", claim, passage=str(passage.pk), quote="So it is.")
    topic.refresh_from_db()
    assert "surface. [^1] [^3]" in topic.content


@pytest.mark.django_db
def test_only_words_of_a_passage_of_the_course(
    as_teacher: Client, course: Course, claim: Claim, passage: Passage
) -> None:
    other = make_course("Foreign", owner=make_teacher("other"))
    foreign = Passage.objects.filter(document__course=other).earliest("pk")
    for number, quote, words in (
        (str(passage.pk), "Words of nobody.", "do not stand in the passage"),
        (str(passage.pk), " ", "do not stand in the passage"),
        (str(foreign.pk), foreign.text, "not in the course"),
        ("x", WORDS, "not in the course"),
    ):
        refused = act(as_teacher, course, "cite", claim, passage=number, quote=quote)
        assert words in refused.text
    assert not claim.topic.citations.exists()
    assert as_teacher.get(at(course, passage=str(foreign.pk))).context["source"] is None
    question = course.quizzes.earliest("pk").questions.get()
    refused = act(as_teacher, course, "cite", question, passage=str(passage.pk), quote=WORDS)
    assert "A question has one source" in refused.text


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_words_are_marked_on_the_page(
    new_page: NewPage, live_server: LiveServer, course: Course, claim: Claim, passage: Passage
) -> None:
    page = new_page(base_url=live_server.url)
    page.goto(at(course, f"claim-{claim.pk}"))
    log_in(page, "teacher")
    expect(page.locator("#desk[data-ready]")).to_be_visible()
    page.get_by_label("Find another place").fill("survey")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="rivers-1.pdf").click()
    expect(page.get_by_text("not cited here yet")).to_be_visible()
    # By the mouse: the line that is pointed at, which is the second one.
    page.locator(".desk-passage").click(click_count=3)
    marked = "at a spring, says the survey. So it is."
    expect(page.get_by_label("Words that say it")).to_have_value(marked)
    # By keys: the form is opened, and the words are written.
    page.keyboard.press("c")
    page.keyboard.press("c")
    expect(page.get_by_label("Words that say it")).to_be_focused()
    page.get_by_label("Words that say it").fill("Of springs.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#desk-said")).to_contain_text("Cited as [1], behind the sentence.")
    assert Topic.objects.get(pk=claim.topic_id).content.startswith(f"{claim.text} [^1]")
