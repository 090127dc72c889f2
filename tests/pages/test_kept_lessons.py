"""What is kept of a lesson for all its readers: it follows each change, and has no secrets."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.http import Http404
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils.translation import override

from common.kept_html import KeptHtml
from courses.forms import NoteForm
from courses.models import (
    Citation,
    Course,
    CourseStatus,
    Figure,
    KeyTerm,
    Module,
    Passage,
    SourceDocument,
    Topic,
)
from courses.shared_lessons import kept_lessons
from courses.study import add_note
from courses.views import lesson
from tests.factories import make_course, make_editor, make_learner
from tests.pages.queries import count_queries

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    kept_lessons.clear()


@pytest.fixture
def topic(course: Course) -> Topic:
    """The first lesson of the course, with a figure."""
    topic = Topic.objects.select_related("module__course").get(module__position=1, position=1)
    passage = topic.citations.get().passage
    figure = Figure.objects.create(
        document=passage.document,
        position=1,
        page=1,
        box=[1000, 1000, 5000, 4000],
        caption="Figure 1: A spring.",
        file=default_storage.path("figures/never-read.webp"),
        width=160,
        height=80,
    )
    figure.passages.add(passage)
    return topic


def address(topic: Topic) -> str:
    return reverse("topic-detail", args=[topic.pk])


def shown(client: Client, topic: Topic) -> str:
    response = client.get(address(topic))
    assert response.status_code == 200
    return response.text


def test_the_second_view_reads_fewer_rows(client: Client, topic: Topic) -> None:
    first = count_queries(client, address(topic))
    html = shown(client, topic)
    assert "Figure 1: A spring." in html
    assert "comes to the surface" in html
    # One more than before for the visit, which was noted within the last minute.
    assert count_queries(client, address(topic)) < first - 4
    assert shown(client, topic).count("Figure 1: A spring.") == html.count("Figure 1: A spring.")


@pytest.mark.parametrize(
    ("change", "new"),
    [
        (lambda: Topic.objects.filter(position=1).update(content="Ice melts. [^1]"), "Ice melts."),
        (lambda: Citation.objects.update(quote="Quoted anew."), "Quoted anew."),
        (lambda: Passage.objects.update(label_from="xii", label_to="xii"), "page xii"),
        (lambda: SourceDocument.objects.update(original_name="new.pdf"), "new.pdf, page"),
        (lambda: KeyTerm.objects.update(definition="Explained anew."), "Explained anew."),
        (lambda: Figure.objects.update(caption="Figure 9: Ice."), "Figure 9: Ice."),
        (lambda: Figure.objects.update(used=False), None),
        (lambda: Figure.passages.through.objects.all().delete(), None),
        (lambda: Course.objects.update(slug="brooks"), "/courses/brooks/glossary/"),
        (lambda: Course.objects.update(language="de"), '<article lang="de">'),
        (
            lambda: Course.objects.update(source_language="fr"),
            '<blockquote class="written" lang="fr',
        ),
    ],
)
def test_each_change_is_seen_at_once(
    client: Client, topic: Topic, change: Callable[[], object], new: str | None
) -> None:
    before = shown(client, topic)
    assert new is None or new not in before
    change()
    after = shown(client, topic)
    assert after != before
    assert (new or "comes to the surface") in after
    assert ("Figure 1: A spring." in after) == (new is not None and "Figure 9" not in new)


def test_a_term_of_another_lesson_is_explained_from_now_on(client: Client, topic: Topic) -> None:
    other = KeyTerm.objects.exclude(topic=topic).order_by("-pk")[0]
    assert f"term-{other.pk}" not in shown(client, topic)
    KeyTerm.objects.filter(pk=other.pk).update(term="cold")
    assert f"#term-{other.pk}" in shown(client, topic)
    # Of two lessons that explain a word, the earlier one does.
    second = KeyTerm.objects.exclude(topic=topic).order_by("pk")[0]
    KeyTerm.objects.filter(pk=second.pk).update(term="cold")
    assert f"#term-{second.pk}" in shown(client, topic)
    Module.objects.filter(topics=second.topic).update(position=90)
    Topic.objects.filter(pk=second.topic_id).update(position=99)
    Module.objects.filter(topics=topic).update(position=91)
    assert f"#term-{other.pk}" in shown(client, topic)


def test_it_speaks_the_language_of_the_reader(client: Client, topic: Topic) -> None:
    assert 'aria-label="Source 1"' in shown(client, topic)
    client.cookies["profai_language"] = "hi"
    hindi = shown(client, topic)
    with override("hi"):
        assert 'aria-label="Source 1"' not in hindi


def test_readers_have_their_own_notes_marks_and_links(
    client: Client, learner: User, topic: Topic
) -> None:
    Course.objects.update(shows_pages=False)
    add_note(learner=learner, topic=topic, text="Only mine.")
    editor = Client()
    editor.force_login(make_editor())
    link = reverse("topic-source", args=[topic.pk, 1])
    assert link in shown(editor, topic)
    assert "<mark" in client.get(f"{address(topic)}?q=groundwater").text
    own = shown(client, topic)
    assert "Only mine." in own
    assert link not in own
    assert "<mark" not in own
    other = Client()
    other.force_login(make_learner("another"))
    assert "Only mine." not in shown(other, topic)


def test_a_lesson_that_is_deleted_meanwhile_is_not_there(
    rf: RequestFactory, learner: User, topic: Topic
) -> None:
    request = rf.get(address(topic))
    request.user = learner
    Topic.objects.filter(pk=topic.pk).delete()
    with pytest.raises(Http404):
        lesson(request, topic, NoteForm())


def test_a_lesson_of_another_course_with_the_same_words_is_another(client: Client) -> None:
    rivers, lakes = (make_course(name, status=CourseStatus.PUBLISHED) for name in ("One", "Two"))
    for course in (rivers, lakes, rivers):
        topic = Topic.objects.get(module__course=course, module__position=1, position=1)
        assert f"/courses/{course.slug}/glossary/" in shown(client, topic)


def test_no_more_is_kept_than_the_limit() -> None:
    made: list[str] = []

    def make(text: str) -> str:
        made.append(text)
        return text

    kept: KeptHtml[str] = KeptHtml(10, len)
    for text in ("aaaa", "bbbb", "aaaa", "cccc"):
        assert kept.get(text, lambda text=text: make(text)) == text  # type: ignore[misc] # a default
        assert kept.size <= 10
    # What was not used for longest has gone, and only that.
    assert made == ["aaaa", "bbbb", "cccc"]
    kept.get("aaaa", lambda: make("aaaa"))
    kept.get("bbbb", lambda: make("bbbb"))
    assert made == ["aaaa", "bbbb", "cccc", "bbbb"]
    assert kept.get("d" * 11, lambda: make("d" * 11)) == "d" * 11
    assert kept.size == 0
