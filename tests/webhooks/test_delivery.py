"""Messages reach a real receiver, signed; faults are met, tried again and given up."""

from __future__ import annotations

import socket
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone
from django_q.models import OrmQ
from pytest_django.fixtures import DjangoAssertNumQueries, Settings

from tests.waiting import LONG
from tests.webhooks.receiver import Receiver, answers, drip, is_signed, silence
from tests.webhooks.work import pass_time, send_all
from webhooks import transport
from webhooks.models import Delivery, Endpoint, Event
from webhooks.outbox import emit
from webhooks.sending import claim, deliver, record, send, sweep
from webhooks.services import change_endpoint, disable, ping, redeliver, rotate_secret

pytestmark = pytest.mark.django_db

Make = Callable[..., tuple[Endpoint, str]]
DATA = {"course_id": 7}


def happen(event: Event = Event.COURSE_PUBLISHED) -> list[Delivery]:
    return emit(event, DATA, User.objects.all())


def only() -> Delivery:
    return Delivery.objects.select_related("endpoint").get()


def test_a_message_arrives_once_signed_and_small(receiver: Receiver, make_endpoint: Make) -> None:
    endpoint, secret = make_endpoint()
    (delivery,) = happen()
    assert send_all() == ["delivered"]
    (message,) = receiver.messages
    assert is_signed(message, secret)
    assert not is_signed(message, rotate_secret(endpoint))
    assert message.headers["webhook-id"] == str(delivery.pk) == message.content["id"]
    assert abs(int(message.headers["webhook-timestamp"]) - time.time()) < 5
    assert message.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert message.headers["content-type"] == "application/json"
    assert set(message.content) == {"id", "event", "created_at", "data"}
    assert (message.content["event"], message.content["data"]) == ("course.published", DATA)
    assert datetime.fromisoformat(message.content["created_at"]) == delivery.created_at
    done = only()
    assert (done.status, done.attempts, done.response_status) == ("delivered", 1, 200)
    assert (done.response_excerpt, done.error) == ("Thanks", "")
    assert done.duration is not None
    assert timedelta() < done.duration < timedelta(seconds=LONG)
    assert deliver(str(done.pk)) == "not due, or another worker has it"
    assert len(receiver.messages) == 1


def test_only_events_that_were_asked_for_are_sent(make_endpoint: Make) -> None:
    make_endpoint(events=[Event.JOB_FAILED])
    assert happen(Event.JOB_COMPLETED) == []
    assert len(happen(Event.JOB_FAILED)) == 1


def test_a_rollback_sends_nothing(make_endpoint: Make) -> None:
    make_endpoint()
    with transaction.atomic():
        happen()
        transaction.set_rollback(True)
    assert not Delivery.objects.exists()
    assert not OrmQ.objects.exists()


@pytest.mark.parametrize("status", [302, 400, 404, 429, 500, 503])
def test_what_is_not_taken_is_tried_again_by_the_schedule_and_then_given_up(
    status: int, receiver: Receiver, make_endpoint: Make, settings: Settings
) -> None:
    settings.WEBHOOK_RETRY_PAUSES = settings.WEBHOOK_RETRY_PAUSES[:2]
    make_endpoint()
    receiver.answer = answers(status, b"No.")
    happen()
    for pause in settings.WEBHOOK_RETRY_PAUSES:
        assert send_all() == ["to be tried again"]
        waiting = only().next_at - timezone.now()
        assert 0.85 * pause < waiting < 1.15 * pause
        assert sweep() == 0
        pass_time(waiting + timedelta(seconds=1))
        assert (sweep(), sweep()) == (1, 0)
    assert send_all() == ["failed"]
    done = only()
    assert (done.status, done.attempts, len(receiver.messages)) == ("failed", 3, 3)
    assert len({message.headers["webhook-id"] for message in receiver.messages}) == 1
    assert "Answered" in done.error
    assert done.response_excerpt == "No."
    assert done.endpoint.failures == 1


def test_the_schedule_grows_to_a_day(settings: Settings) -> None:
    hours = [pause.total_seconds() / 3600 for pause in settings.WEBHOOK_RETRY_PAUSES]
    assert hours == [30 / 3600, 2 / 60, 10 / 60, 1, 6, 24]


def test_a_success_forgets_earlier_failures(receiver: Receiver, make_endpoint: Make) -> None:
    make_endpoint()
    Endpoint.objects.update(failures=9)
    receiver.answer = answers(500)
    happen()
    send_all()
    assert only().endpoint.failures == 9
    receiver.answer = answers(204)
    pass_time(timedelta(minutes=1))
    sweep()
    assert send_all() == ["delivered"]
    assert only().endpoint.failures == 0


def test_410_disables_the_endpoint_and_gives_up_what_waits(
    receiver: Receiver, make_endpoint: Make
) -> None:
    endpoint, _ = make_endpoint()
    receiver.answer = answers(410)
    happen()
    happen()
    assert send_all() == ["failed", "not due, or another worker has it"]
    endpoint.refresh_from_db()
    assert not endpoint.active
    assert "410" in endpoint.disabled_reason
    assert set(Delivery.objects.values_list("status", flat=True)) == {"failed"}
    assert happen() == []
    assert len(receiver.messages) == 1


def test_messages_given_up_in_a_row_disable_the_endpoint_with_a_reason(
    receiver: Receiver, make_endpoint: Make, settings: Settings
) -> None:
    settings.WEBHOOK_RETRY_PAUSES, settings.WEBHOOK_MAX_FAILURES = [], 3
    endpoint, _ = make_endpoint()
    for status, failures, active in ((500, 1, True), (500, 2, True), (200, 0, True)):
        receiver.answer = answers(status)
        happen()
        send_all()
        endpoint.refresh_from_db()
        assert (endpoint.failures, endpoint.active) == (failures, active)
    receiver.answer = answers(500)
    for _ in range(5):
        happen()
    assert send_all() == ["failed"] * 3 + ["not due, or another worker has it"] * 2
    endpoint.refresh_from_db()
    assert not endpoint.active
    assert endpoint.disabled_at is not None
    assert endpoint.disabled_reason == (
        "3 messages in a row could not be delivered. The last error: Answered 500."
    )
    assert len(receiver.messages) == 6
    change_endpoint(endpoint, active=True)
    assert (endpoint.active, endpoint.failures, endpoint.disabled_reason) == (True, 0, "")
    assert len(happen()) == 1


def test_a_ping_is_tried_once_and_says_nothing_of_the_endpoint(
    receiver: Receiver, make_endpoint: Make
) -> None:
    endpoint, _ = make_endpoint()
    receiver.answer = answers(500)
    ping(endpoint)
    assert send_all() == ["failed"]
    endpoint.refresh_from_db()
    assert (endpoint.failures, endpoint.active) == (0, True)


def test_a_message_that_ends_every_worker_is_given_up(
    make_endpoint: Make, settings: Settings
) -> None:
    make_endpoint()
    (delivery,) = happen()
    OrmQ.objects.all().delete()
    for _ in range(1 + len(settings.WEBHOOK_RETRY_PAUSES)):
        assert claim(delivery.pk) is not None
        pass_time(timedelta(seconds=61))
    assert sweep() == 1
    assert send_all() == ["failed"]
    assert "No try was finished" in only().error


def test_messages_are_sent_in_the_order_of_what_happened(
    receiver: Receiver, make_endpoint: Make
) -> None:
    make_endpoint()
    happened = [happen()[0] for _ in range(4)]
    assert send_all() == ["delivered"] * 4
    assert [one.content["id"] for one in receiver.messages] == [str(one.pk) for one in happened]
    # As after a long absence of all workers: the sweep keeps to the order too.
    OrmQ.objects.all().delete()
    Delivery.objects.update(status="pending", ended_at=None, queued_at=None)
    receiver.messages.clear()
    assert sweep() == 4
    send_all()
    assert [one.content["id"] for one in receiver.messages] == [str(one.pk) for one in happened]


def test_what_was_claimed_when_its_endpoint_was_disabled_is_not_sent(
    receiver: Receiver, make_endpoint: Make
) -> None:
    make_endpoint()
    (delivery,) = happen()
    Endpoint.objects.update(active=False, disabled_at=timezone.now())
    assert deliver(str(delivery.pk)) == "failed"
    assert only().error == "The webhook is disabled."
    assert receiver.messages == []


def test_people_who_left_get_nothing_more(
    receiver: Receiver, make_endpoint: Make, teacher: User
) -> None:
    make_endpoint()
    happen()
    User.objects.update(is_active=False)
    assert send_all() == ["failed"]
    assert receiver.messages == []
    assert only().error == "The webhook's owner may not have webhooks any more."


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "TOTAL", 1.0)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n"


@pytest.mark.usefixtures("hurry")
@pytest.mark.parametrize(
    "answer",
    [
        silence(5 * LONG),
        drip(HEAD + b"\r\n", b"x"),
        drip(HEAD, b"X-More: 1\r\n"),
        drip(b"", b"H"),
    ],
    ids=["silence", "body", "headers", "status line"],
)
def test_a_slow_receiver_is_left_in_time(
    answer: Callable[[socket.socket], object], receiver: Receiver, make_endpoint: Make
) -> None:
    make_endpoint()
    receiver.answer = answer
    happen()
    start = time.monotonic()
    assert send_all() == ["to be tried again"]
    assert 0 < time.monotonic() - start < LONG
    assert only().error


def test_of_a_huge_answer_only_the_beginning_is_read(
    receiver: Receiver, make_endpoint: Make
) -> None:
    sent: list[int] = []

    def pour(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        sent.extend(connection.send(b"\x00\xffab" * 25_000) for _ in range(10_000))

    make_endpoint()
    receiver.answer = pour
    happen()
    assert send_all() == ["delivered"]
    assert len(only().response_excerpt) == 500
    assert sum(sent) < 20_000_000


def test_a_receiver_that_is_not_there_or_talks_nonsense_is_tried_again(
    receiver: Receiver, make_endpoint: Make, settings: Settings
) -> None:
    make_endpoint()
    receiver.answer = lambda connection: connection.sendall(b"220 mail.example ESMTP\r\n\r\n")
    happen()
    assert send_all() == ["to be tried again"]
    assert only().error.startswith("No answer: ")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        settings.WEBHOOK_ALLOWED_PORTS = [port]
        Endpoint.objects.update(url=f"http://127.0.0.1:{port}/")
        pass_time(timedelta(minutes=1))
        sweep()
        assert send_all() == ["to be tried again"]
    assert only().error.startswith("No answer: ")


def test_a_secret_of_another_key_is_named_and_an_older_key_still_reads(
    receiver: Receiver, make_endpoint: Make, settings: Settings
) -> None:
    endpoint, secret = make_endpoint()
    assert secret not in endpoint.sealed_secret
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another"
    happen()
    assert send_all() == ["to be tried again"]
    assert "rotate-secret" in only().error
    settings.SECRET_KEY_FALLBACKS = [old]
    pass_time(timedelta(minutes=1))
    sweep()
    assert send_all() == ["delivered"]
    assert is_signed(receiver.messages[0], secret)


def test_redelivery_has_the_old_id_and_waits_for_the_end(
    receiver: Receiver, make_endpoint: Make
) -> None:
    make_endpoint()
    (delivery,) = happen()
    send_all()
    again = redeliver(only())
    assert (again.status, again.attempts) == ("pending", 0)
    assert send_all() == ["delivered"]
    ids = [message.headers["webhook-id"] for message in receiver.messages]
    assert ids == [str(delivery.pk)] * 2


def test_a_ping_goes_to_the_tested_endpoint_only(receiver: Receiver, make_endpoint: Make) -> None:
    endpoint, _ = make_endpoint()
    make_endpoint()
    ping(endpoint)
    assert send_all() == ["delivered"]
    assert [message.content["event"] for message in receiver.messages] == ["ping"]


def test_a_lost_worker_s_delivery_is_sent_again_after_its_lease(
    receiver: Receiver, make_endpoint: Make
) -> None:
    make_endpoint()
    (delivery,) = happen()
    lost = claim(delivery.pk)
    assert lost is not None
    assert claim(delivery.pk) is None
    assert sweep() == 0
    OrmQ.objects.all().delete()
    pass_time(timedelta(seconds=61))
    assert sweep() == 1
    assert send_all() == ["delivered"]
    # The first worker was only slow: what it has to say counts no more.
    receiver.answer = answers(500)
    assert record(lost, send(lost)) == "the lease was lost"
    done = only()
    assert (done.status, done.endpoint.failures) == ("delivered", 0)


def test_a_lost_message_is_sent_again(make_endpoint: Make) -> None:
    make_endpoint()
    happen()
    OrmQ.objects.all().delete()
    assert sweep() == 0
    pass_time(timedelta(minutes=6))
    assert sweep() == 1
    assert send_all() == ["delivered"]


def test_an_endpoint_that_was_deleted_while_a_try_ran_leaves_nothing(make_endpoint: Make) -> None:
    endpoint, _ = make_endpoint()
    (delivery,) = happen()
    claimed = claim(delivery.pk)
    assert claimed is not None
    endpoint.delete()
    assert record(claimed, send(claimed)) == "the endpoint was deleted"
    assert deliver(str(uuid.uuid4())) == "not due, or another worker has it"


def test_a_disabled_endpoint_ends_its_waiting_deliveries(make_endpoint: Make) -> None:
    endpoint, _ = make_endpoint()
    happen()
    disable(endpoint, "No more.")
    assert only().error == "The webhook is disabled. No more."
    assert send_all() == ["not due, or another worker has it"]


def slowly(connection: socket.socket) -> None:
    time.sleep(0.2)
    answers(200)(connection)


@pytest.mark.django_db(transaction=True)
def test_two_senders_at_once_deliver_once(receiver: Receiver, make_endpoint: Make) -> None:
    make_endpoint()
    happen()
    number = str(only().pk)
    receiver.answer = slowly
    start = threading.Barrier(4)

    def race() -> str:
        start.wait()
        try:
            return deliver(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        results = [future.result() for future in [pool.submit(race) for _ in range(4)]]
    assert sorted(results) == ["delivered"] + ["not due, or another worker has it"] * 3
    assert len(receiver.messages) == 1


def test_an_event_costs_one_query_where_nobody_wants_it(
    django_assert_num_queries: DjangoAssertNumQueries, teacher: User
) -> None:
    people = User.objects.all()
    # With the savepoint's two.
    with django_assert_num_queries(3):
        emit(Event.JOB_FAILED, DATA, people)


def test_a_sweep_with_nothing_to_do_costs_one_query(
    django_assert_num_queries: DjangoAssertNumQueries, make_endpoint: Make
) -> None:
    make_endpoint()
    happen()
    send_all()
    with django_assert_num_queries(3):
        assert sweep() == 0
