"""Reading: marks, notes, bookmarks, terms, the glossary."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from courses.models import Course, CourseStatus, KeyTerm, Note, Reading
from courses.services import unpublish_course
from courses.study import MAX_NOTE_LENGTH, MAX_NOTES_OF_LESSON, add_note, change_note, note_opened
from tests.api.world import client as api_client
from tests.factories import make_course, make_learner
from tests.pages.queries import count_queries
from tests.study.pages import topics_of

pytestmark = pytest.mark.django_db


def lesson_url(course: Course, number: int = 0) -> str:
    return reverse("topic-detail", args=[topics_of(course)[number].pk])


def test_marking_as_read_leads_on(client: Client, learner: User, course: Course) -> None:
    first, second, third, _ = topics_of(course)
    answer = client.post(f"/topics/{first.pk}/read/")
    assert answer.headers["Location"] == f"/topics/{second.pk}/"
    # At the end of a module its quiz is next.
    answer = client.post(f"/topics/{second.pk}/read/")
    assert answer.headers["Location"] == "/courses/rivers/#module-1"
    html = client.get("/courses/rivers/").text
    assert "You have read this module to its end." in html
    assert html.count('class="read-mark"') == 2
    assert "2 of 4 lessons read" in html
    assert "You marked this lesson as read on" in client.get(lesson_url(course)).text
    client.post(f"/topics/{first.pk}/read/", {"unread": "1"})
    assert "Mark as read and go on" in client.get(lesson_url(course)).text
    assert Reading.objects.get(topic=second).read_at
    assert not Reading.objects.filter(topic=third).exists()


def test_the_first_time_that_a_lesson_was_read_stays(client: Client, course: Course) -> None:
    topic = topics_of(course)[0]
    for _ in range(2):
        client.post(f"/topics/{topic.pk}/read/")
        once = Reading.objects.get().read_at
    client.post(f"/topics/{topic.pk}/read/")
    assert Reading.objects.get().read_at == once


def test_opening_a_lesson_again_keeps_the_mark(learner: User, course: Course) -> None:
    topic = topics_of(course)[0]
    assert note_opened(learner, topic)
    Reading.objects.update(read_at="2026-01-01T00:00:00Z", opened_at="2026-01-01T00:00:00Z")
    again = note_opened(learner, topic)
    assert again
    assert again.read_at
    row = Reading.objects.get()
    assert row.read_at
    assert row.opened_at.year > 2025 or row.opened_at.month > 1


@pytest.mark.django_db(transaction=True)
def test_a_lesson_that_is_deleted_meanwhile_is_no_error(learner: User, course: Course) -> None:
    topic = topics_of(course)[0]
    topic.__class__.objects.filter(pk=topic.pk).delete()
    assert note_opened(learner, topic) is None


def test_notes_stand_at_their_passage(client: Client, course: Course) -> None:
    topic = topics_of(course)[0]
    html = client.get(lesson_url(course)).text
    assert "A spring is where groundwater 1.1 comes to the surface.</option>" in html
    quote = "A spring is where groundwater 1.1 comes to the surface."
    answer = client.post(
        f"/topics/{topic.pk}/notes/", {"place": quote, "text": "Look <b>up</b>", "note": "1"}
    )
    note = Note.objects.get()
    assert answer.headers["Location"].endswith(f"#note-{note.pk}")
    html = client.get(lesson_url(course)).text
    assert f'id="note-{note.pk}" class="note" data-place="place-1"' in html
    assert "Look &lt;b&gt;up&lt;/b&gt;" in html
    # The passage may go; the note stays.
    topic.content = "Something else."
    topic.save()
    html = client.get(lesson_url(course)).text
    assert f'id="note-{note.pk}" class="note">' in html


def test_a_bookmark_is_set_once(client: Client, course: Course) -> None:
    topic = topics_of(course)[0]
    for _ in range(2):
        client.post(f"/topics/{topic.pk}/notes/", {"text": "kept out", "bookmark": "1"})
    assert [note.text for note in Note.objects.all()] == [""]
    assert "Bookmark</span>" in client.get("/notes/").text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("  ", "Write something first, or set a bookmark."),
        ("x" * (MAX_NOTE_LENGTH + 1), "The note is 1 letter too long."),
    ],
)
def test_what_cannot_be_saved_comes_back_as_typed(
    client: Client, course: Course, text: str, says: str
) -> None:
    topic = topics_of(course)[0]
    answer = client.post(f"/topics/{topic.pk}/notes/", {"text": text, "note": "1"})
    assert answer.status_code == 400
    assert says in answer.text
    assert text.strip() in answer.text
    assert not Note.objects.exists()


def test_a_lesson_has_room_for_so_many_notes(
    learner: User, course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("courses.study.MAX_NOTES_OF_LESSON", 1)
    topic = topics_of(course)[0]
    add_note(learner=learner, topic=topic, text="one")
    with pytest.raises(ValidationError, match="Delete one before"):
        add_note(learner=learner, topic=topic, text="two")


def test_notes_are_changed_and_deleted(client: Client, learner: User, course: Course) -> None:
    note = add_note(learner=learner, topic=topics_of(course)[0], text="old")
    client.post(f"/notes/{note.pk}/", {"text": "new\r\nlines", "save": "1"})
    note.refresh_from_db()
    assert note.text == "new\nlines"
    refused = client.post(f"/notes/{note.pk}/", {"text": "y" * 6000, "save": "1"})
    assert refused.status_code == 400
    assert "letters too long" in refused.text
    client.post(f"/notes/{note.pk}/", {"delete": "1"})
    assert not Note.objects.exists()


def test_a_note_that_is_emptied_becomes_the_one_bookmark(learner: User, course: Course) -> None:
    topic = topics_of(course)[0]
    notes = [add_note(learner=learner, topic=topic, text=words) for words in ("one", "two")]
    for note in notes:
        change_note(note, "")
    assert Note.objects.get().text == ""


def test_nobody_else_sees_a_note(client: Client, course: Course) -> None:
    note = add_note(learner=make_learner("ann"), topic=topics_of(course)[0], text="Private words")
    for address in (lesson_url(course), "/notes/", "/search/?q=private"):
        assert "Private words" not in client.get(address).text
    assert client.post(f"/notes/{note.pk}/", {"delete": "1"}).status_code == 404


def test_notes_outlive_a_course_that_is_taken_back(
    client: Client, learner: User, course: Course
) -> None:
    topic = topics_of(course)[0]
    add_note(learner=learner, topic=topic, text="My words")
    unpublish_course(course)
    html = client.get("/notes/").text
    assert "My words" in html
    assert "This course is closed at present." in html
    assert f"/topics/{topic.pk}/" not in html


def test_the_glossary_has_all_terms_and_lessons_link_to_it(client: Client, course: Course) -> None:
    html = client.get("/courses/rivers/glossary/").text
    terms = list(KeyTerm.objects.order_by("pk"))
    for term in terms:
        assert f'id="term-{term.pk}"' in html
    assert html.index("spring 1.1") < html.index("spring 2.2")
    topic = topics_of(course)[0]
    topic.content = "About spring 1.1 and spring 2.1."
    topic.save()
    lesson = client.get(lesson_url(course)).text
    # Of other lessons, too.
    for term in (terms[0], terms[2]):
        assert f'href="/courses/rivers/glossary/#term-{term.pk}"' in lesson


def test_an_empty_glossary_says_so(client: Client) -> None:
    course = make_course("Bare", status=CourseStatus.PUBLISHED, modules=0)
    html = client.get(reverse("course-glossary", args=[course.slug])).text
    assert "explain no terms of their own" in html


def test_queries_of_lessons_notes_and_glossary_do_not_grow(
    client: Client, learner: User, course: Course
) -> None:
    big = make_course("Big", status=CourseStatus.PUBLISHED, modules=4, topics=4)
    for one, count in ((course, 1), (big, 7)):
        for number in range(count):
            add_note(learner=learner, topic=topics_of(one)[0], text=f"n {number}")
    assert count_queries(client, lesson_url(course)) == count_queries(client, lesson_url(big))
    few = count_queries(client, "/courses/rivers/glossary/")
    assert count_queries(client, "/courses/big/glossary/") == few
    before = count_queries(client, "/notes/")
    for number in range(5):
        add_note(learner=learner, topic=topics_of(big)[number], text="more")
    assert count_queries(client, "/notes/") == before


def test_reading_over_the_api(learner: User, course: Course) -> None:
    api = api_client(learner)
    topic = topics_of(course)[0]
    address = f"/api/readings/{topic.pk}/"
    marked = api.put(address, {"is_read": True}, format="json")
    assert (marked.status_code, marked.json()["course"]) == (200, course.slug)
    assert marked.json()["read_at"]
    assert api.put(address, {"is_read": True}, format="json").json() == marked.json()
    assert api.get(f"/api/readings/?course={course.slug}&is_read=true").json()["count"] == 1
    assert api.put(address, {"is_read": False}, format="json").json()["read_at"] is None
    assert api.get("/api/readings/?is_read=true").json()["count"] == 0
    assert api.get("/api/readings/?is_read=false").json()["count"] == 1
    assert api.put(address, {"is_read": 1}, format="json").status_code == 400
    assert api.put("/api/readings/0/", {"is_read": True}, format="json").status_code == 404
    assert api_client(make_learner("ann")).get("/api/readings/").json()["count"] == 0
    unpublish_course(course)
    assert api.get("/api/readings/").json()["count"] == 0
    assert api.put(address, {"is_read": True}, format="json").status_code == 404


def test_notes_over_the_api(learner: User, course: Course) -> None:
    api = api_client(learner)
    topic = topics_of(course)[0]

    def send(**values: object) -> Any:
        return api.post("/api/notes/", {"topic": topic.pk, **values}, format="json")

    made = send(text="Why salt?", quote="Most of the water")
    assert (made.status_code, made.json()["text"]) == (201, "Why salt?")
    mark = send(quote="Most of the water")
    assert (mark.json()["text"], send(quote="Most of the water").json()) == ("", mark.json())
    address = f"/api/notes/{made.json()['id']}/"
    assert api.patch(address, {"text": "Now I know."}, format="json").status_code == 200
    assert api.get(address).json()["text"] == "Now I know."
    assert api.get(f"/api/notes/?topic={topic.pk}&course={course.slug}").json()["count"] == 2
    assert api.get("/api/notes/?course=other").json()["count"] == 0
    # Emptied, it would be a second bookmark of the place.
    assert api.patch(address, {"text": " "}, format="json").json()["id"] == mark.json()["id"]
    assert api.get(address).status_code == 404
    assert api.delete(f"/api/notes/{mark.json()['id']}/").status_code == 204
    assert send(text="x" * 5001).status_code == 400
    refused = api.post("/api/notes/", {"topic": 10**9, "text": "x"}, format="json")
    assert "There is no such lesson for you." in str(refused.json())
    for number in range(MAX_NOTES_OF_LESSON):
        add_note(learner=learner, topic=topic, text=str(number))
    assert "Delete one before you write another" in str(send(text="more").json())
