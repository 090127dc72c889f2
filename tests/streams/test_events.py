"""What somebody who follows a job is sent, over a real server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from accounts.models import PersonalToken
from accounts.services import revoke_token
from jobs.models import Job
from jobs.services import cancel_job, retry_job
from tests.factories import make_learner, make_superuser, make_teacher
from tests.streams.conftest import make_job
from tests.streams.server import Event, WebServer, following
from tests.waiting import LONG

pytestmark = pytest.mark.django_db(transaction=True)


def next_event(events: Iterator[Event | str]) -> Event:
    return next(event for event in events if isinstance(event, Event))


def all_events(client: httpx.Client, job: Job, seen: str = "") -> list[Event]:
    """Of a job that has ended."""
    with following(client, f"/api/jobs/{job.pk}/events", Last_Event_ID=seen) as (_, events):
        return [event for event in events if isinstance(event, Event)]


def test_the_present_state_comes_at_once_then_changes_then_the_end(
    client: httpx.Client, job: Job
) -> None:
    with following(client, f"/api/jobs/{job.pk}/events") as (answer, events):
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert next(events) == "retry: 3000"
        first = next_event(events)
        Job.objects.filter(pk=job.pk).update(progress=40, message="Reading")
        second = next_event(events)
        cancel_job(job)
        rest = [event for event in events if isinstance(event, Event)]
    shown = client.get(f"/api/jobs/{job.pk}").json()
    assert set(first.data) == set(shown)
    assert (first.data["state"], second.data["progress"]) == ("pending", 40)
    assert [event.name for event in rest] == ["progress", "end"]
    assert rest[0].data == shown
    assert rest[1].data == {"state": "cancelled"}
    assert len({event.id for event in (first, second, *rest)}) == 4


def test_a_comment_comes_while_nothing_happens(client: httpx.Client, job: Job) -> None:
    with following(client, f"/api/jobs/{job.pk}/events") as (_, events):
        next_event(events)
        # Time passes, which changes `queue_seconds`, but that is no news.
        assert [next(events) for _ in range(3)] == [": still here"] * 3


def test_who_comes_back_gets_only_what_is_new(client: httpx.Client, job: Job) -> None:
    cancel_job(job)
    progress, end = all_events(client, job)
    assert [event.name for event in all_events(client, job, progress.id)] == ["end"]
    path = f"/api/jobs/{job.pk}/events"
    # EventSource comes back for ever unless it is told 204.
    assert client.get(path, headers={"Last-Event-ID": end.id}).status_code == 204
    assert client.get(path, params={"last_event_id": end.id}).status_code == 204
    retry_job(job)
    with following(client, path, Last_Event_ID=end.id) as (_, events):
        assert next_event(events).data["state"] == "pending"


def test_an_open_job_is_not_told_again_to_who_comes_back(client: httpx.Client, job: Job) -> None:
    path = f"/api/jobs/{job.pk}/events"
    with following(client, path) as (_, events):
        known = next_event(events).id
    with following(client, path, Last_Event_ID=known) as (_, events):
        assert [next(events), next(events)] == ["retry: 3000", ": still here"]
        Job.objects.filter(pk=job.pk).update(progress=7)
        assert next_event(events).data["progress"] == 7


def test_an_id_that_says_nothing_is_as_good_as_none(client: httpx.Client, job: Job) -> None:
    other = make_job(User.objects.get())
    cancel_job(job)
    cancel_job(other)
    foreign = [event.id for event in all_events(client, other)]
    for seen in ("x", "-end", "%00", "0" * 4000, *foreign):
        assert [event.name for event in all_events(client, job, seen)] == ["progress", "end"]


def test_others_are_told_nothing(web: WebServer, job: Job) -> None:
    path = f"/api/jobs/{job.pk}/events"
    assert httpx.get(web.address + path, timeout=LONG).status_code == 401
    for user, status in ((make_learner(), 404), (make_teacher("other"), 404)):
        answer = httpx.get(web.address + path, cookies=session(user), timeout=LONG)
        assert (answer.status_code, answer.json()["code"]) == (status, "not_found")
    with (
        httpx.Client(
            base_url=web.address, cookies=session(make_superuser()), timeout=LONG
        ) as chief,
        following(chief, path) as (_, events),
    ):
        assert next_event(events).data["job_id"] == str(job.pk)


def session(user: User) -> dict[str, str]:
    browser = Client()
    browser.force_login(user)
    return {"sessionid": browser.cookies["sessionid"].value}


def test_no_job_no_stream(client: httpx.Client) -> None:
    unknown = client.get("/api/jobs/00000000-0000-4000-8000-000000000000/events")
    assert unknown.status_code == 404
    assert client.get("/api/jobs/x/events").status_code == 404


def test_only_get_opens_a_stream(client: httpx.Client, job: Job) -> None:
    path = f"/api/jobs/{job.pk}/events"
    assert [client.head(path).status_code, client.post(path).status_code] == [405, 405]


@pytest.mark.parametrize("what", ["logout", "inactive", "deleted", "handed on"])
def test_a_stream_closes_when_it_may_no_longer_be_seen(
    what: str, web: WebServer, teacher: User, job: Job
) -> None:
    browser = Client()
    browser.force_login(teacher)
    cookies = {"sessionid": browser.cookies["sessionid"].value}
    with (
        httpx.Client(base_url=web.address, cookies=cookies, timeout=LONG) as client,
        following(client, f"/api/jobs/{job.pk}/events") as (_, events),
    ):
        next_event(events)
        if what == "logout":
            browser.logout()
        elif what == "inactive":
            User.objects.update(is_active=False)
        elif what == "deleted":
            job.delete()
        else:
            Job.objects.update(requested_by=None)
        assert [event for event in events if isinstance(event, Event)] == []


def test_a_token_that_is_gone_closes_the_stream(
    client: httpx.Client, teacher: User, job: Job
) -> None:
    with following(client, f"/api/jobs/{job.pk}/events") as (_, events):
        next_event(events)
        revoke_token(PersonalToken.objects.get(user=teacher))
        assert [event for event in events if isinstance(event, Event)] == []


def test_times_that_pass_are_in_what_is_sent(client: httpx.Client, job: Job) -> None:
    Job.objects.update(queue_time=timedelta(seconds=90))
    with following(client, f"/api/jobs/{job.pk}/events") as (_, events):
        assert next_event(events).data["queue_seconds"] >= 90


def test_an_import_is_followed_to_its_end(client: httpx.Client, teacher: User) -> None:
    counts = {"course": {"read": 1, "created": 1}}
    job = Job.objects.create(
        kind="import",
        requested_by=teacher,
        status="completed",
        completed_at=timezone.now(),
        result={"import_run": 1, "clean": True, "counts": counts},
    )
    progress, end = all_events(client, job)
    assert progress.data["result"] == {
        "kind": "import", "import_run": 1, "clean": True, "counts": counts,
    }  # fmt: skip
    assert end.data == {"state": "completed"}
    (listed,) = client.get("/api/jobs/").json()["results"]
    assert listed == progress.data == client.get(f"/api/jobs/{job.pk}").json()
