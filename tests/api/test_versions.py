"""Edits over the API: only of the version that was seen, and only of what may be changed."""

from __future__ import annotations

import pytest

from courses.models import Course, CourseStatus, Module, Topic, TopicStatus
from quizzes.models import Choice, Question, QuestionStatus, Quiz
from tests.api.world import World, make_world, person

pytestmark = pytest.mark.django_db

EDITS = [
    ("/api/courses/{slug}/", {"description": "About rivers."}),
    ("/api/courses/{slug}/modules/{module}/", {"objectives": ["Know rivers."]}),
    ("/api/courses/{slug}/topics/{topic}/", {"content": "A spring. [^1]"}),
    ("/api/quizzes/{quiz}/", {"pass_mark": 75}),
    ("/api/questions/{question}/", {"stem": "What is it?"}),
]


@pytest.fixture
def world() -> World:
    return make_world(CourseStatus.PUBLISHED)


@pytest.mark.parametrize(("address", "change"), EDITS)
def test_an_edit_says_which_version_it_is_of(
    world: World, address: str, change: dict[str, object]
) -> None:
    path, api = address.format(**world.names), person("owner")
    seen = api.get(path)
    assert api.patch(path, change, format="json").json()["code"] == "if_match_required"
    match = {"If-Match": seen["ETag"]}
    done = api.patch(path, change, format="json", headers=match)
    assert done.status_code == 200
    assert {key: done.json()[key] for key in change} == change
    assert done["ETag"] == api.get(path)["ETag"] != seen["ETag"]
    late = api.patch(path, change, format="json", headers=match)
    assert (late.status_code, late.json()["code"]) == (412, "changed_meanwhile")
    assert api.patch(path, change, format="json", headers={"If-Match": "*"}).status_code == 200


@pytest.mark.parametrize(("address", "change"), EDITS)
def test_what_is_known_already_is_not_sent_again(
    world: World, address: str, change: dict[str, object]
) -> None:
    path, api = address.format(**world.names), person("owner")
    version = api.get(path)["ETag"]
    again = api.get(path, headers={"If-None-Match": version})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", version)
    assert change


@pytest.mark.parametrize(
    ("address", "change", "field"),
    [
        ("/api/courses/{slug}/", {"title": " "}, "title"),
        ("/api/courses/{slug}/", {"title": "x" * 256}, "title"),
        ("/api/courses/{slug}/modules/{module}/", {"objectives": "none"}, "objectives"),
        ("/api/courses/{slug}/topics/{topic}/", {"content": "No such. [^9]"}, "content"),
        ("/api/courses/{slug}/topics/{topic}/", {"content": ""}, "content"),
        ("/api/quizzes/{quiz}/", {"pass_mark": 101}, "pass_mark"),
        ("/api/questions/{question}/", {"difficulty": "deadly"}, "difficulty"),
        ("/api/questions/{question}/", {"choices": [{"text": ""}]}, "choices"),
    ],
)
def test_a_wrong_field_is_named(
    world: World, address: str, change: dict[str, object], field: str
) -> None:
    path = address.format(**world.names)
    answer = person("owner").patch(path, change, format="json", headers={"If-Match": "*"})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert field in answer.json()["fields"]


def test_nobody_assigns_what_is_not_theirs_to_assign(world: World) -> None:
    change = {
        "title": "New",
        "owner": 1,
        "status": "archived",
        "slug": "x",
        "engine": "me",
        "id": 9,
    }
    path = f"/api/courses/{world.course.slug}/"
    api, match = person("owner"), {"If-Match": "*"}
    refused = api.patch(path, change, format="json", headers=match)
    assert (refused.status_code, set(refused.json()["fields"])) == (400, set(change) - {"title"})
    assert Course.objects.get().title == "Rivers"
    assert api.patch(path, {"title": "New"}, format="json", headers=match).status_code == 200
    course = Course.objects.get()
    assert course.title == "New"
    assert (course.owner, course.status) == (world.course.owner, CourseStatus.PUBLISHED)
    assert (course.slug, course.engine, course.pk) == ("rivers", "extractive", world.course.pk)


def test_a_course_is_deleted_in_the_version_that_was_seen(world: World) -> None:
    path, api = f"/api/courses/{world.course.slug}/", person("editor")
    assert api.delete(path, headers={"If-Match": '"other"'}).status_code == 412
    version = api.get(path)["ETag"]
    assert api.delete(path, headers={"If-Match": version}).status_code == 204
    assert not Course.objects.exists()


def test_an_edited_topic_counts_as_edited_and_can_be_approved(world: World) -> None:
    path, api = "/api/courses/{slug}/topics/{topic}/".format(**world.names), person("owner")
    api.patch(path, {"content": "Mine."}, format="json", headers={"If-Match": "*"})
    assert api.post(f"{path}approve/").json()["status"] == TopicStatus.APPROVED
    Topic.objects.update(status=TopicStatus.PENDING, content="")
    late = api.post(f"{path}approve/")
    assert (late.status_code, late.json()["code"]) == (409, "conflict")


def test_a_question_is_edited_with_all_its_choices(world: World) -> None:
    path, api = "/api/questions/{question}/".format(**world.names), person("owner")
    choices = [
        {"text": "Water", "is_correct": True, "feedback": ""},
        {"text": "Sand", "is_correct": False, "feedback": "That is dry."},
    ]
    done = api.patch(path, {"choices": choices}, format="json", headers={"If-Match": "*"})
    assert done.json()["choices"] == choices
    assert done.json()["status"] == QuestionStatus.EDITED
    wrong = [{"text": "Water"}, {"text": "Sand"}]
    refused = api.patch(path, {"choices": wrong}, format="json", headers={"If-Match": "*"})
    assert refused.status_code == 400
    assert "exactly one choice" in refused.json()["detail"]
    assert Question.objects.earliest("pk").choices.count() == 2


def test_a_rejected_question_says_why_and_may_come_back(world: World) -> None:
    path, api = "/api/questions/{question}/".format(**world.names), person("owner")
    shown = api.post(f"{path}reject/", {"reason": "Two are right."}, format="json").json()
    assert shown["check_results"][-1]["message"] == "Two are right."
    assert api.post(f"{path}reject/", {"reason": "x"}, format="json").status_code == 409
    assert api.post(f"{path}approve/").json()["status"] == QuestionStatus.APPROVED
    Choice.objects.filter(is_correct=True).delete()
    refused = api.post(f"{path}approve/")
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert Question.objects.exists()
    assert Module.objects.exists()
    assert Quiz.objects.exists()


@pytest.mark.parametrize(
    "spelt", ["W/{}", '"other", W/{}', "{}", "{gzip}", "W/{gzip}", "{br}", "*", ' "x" , {} ']
)
def test_what_a_proxy_made_of_a_tag_names_the_same_version(world: World, spelt: str) -> None:
    path, api = f"/api/courses/{world.course.slug}/", person("owner")
    tag = api.get(path)["ETag"]
    sent = spelt.format(tag, gzip=f'{tag[:-1]}-gzip"', br=f'{tag[:-1]};br"')
    assert api.get(path, headers={"If-None-Match": sent}).status_code == 304
    change = {"description": "Wet."}
    done = api.patch(path, change, format="json", headers={"If-Match": sent})
    assert done.status_code == 200
    if spelt != "*":
        late = api.patch(path, change, format="json", headers={"If-Match": sent})
        assert late.status_code == 412
        assert api.get(path, headers={"If-None-Match": sent}).status_code == 200


@pytest.mark.parametrize("spelt", ['W/"x"', '{}x"', "{bare}", "V/{bare}", '"{bare}-other"', "W/"])
def test_another_tag_is_another_version(world: World, spelt: str) -> None:
    path, api = f"/api/courses/{world.course.slug}/", person("owner")
    tag = api.get(path)["ETag"]
    sent = spelt.format(tag[:-1], bare=tag.strip('"'))
    assert api.get(path, headers={"If-None-Match": sent}).status_code == 200
    answer = api.patch(path, {"title": "x"}, format="json", headers={"If-Match": sent})
    assert answer.status_code == 412
