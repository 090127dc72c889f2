"""Real workers send messages, and somebody else does when a worker is killed over one."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from django.contrib.auth.models import User
from django.db.models import F

from tests.api.world import client
from tests.clusters import RunningCluster, running_cluster, wait_until
from tests.factories import make_teacher
from tests.waiting import LONG
from tests.webhooks.receiver import Receiver, answers, is_signed
from webhooks.models import Delivery, Event
from webhooks.outbox import emit
from webhooks.sending import LEASE

pytestmark = [pytest.mark.cluster, pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def teacher(transactional_db: None) -> User:
    return make_teacher()


@pytest.fixture
def cluster(transactional_db: None, receiver: Receiver, tmp_path: Path) -> Iterator[RunningCluster]:
    environment = {
        "WEBHOOK_ALLOW_HTTP": "true",
        "WEBHOOK_ALLOWED_PORTS": str(receiver.port),
        "WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
        "WEBHOOK_RETRY_PAUSES": "0.5,0.5",
    }
    with running_cluster(tmp_path / "cluster.log", environment=environment) as cluster:
        yield cluster


def make(teacher: User, receiver: Receiver) -> str:
    values = {"url": receiver.url, "events": Event.values}
    answer = client(teacher).post("/api/webhooks/", values, format="json")
    secret: str = answer.json()["secret"]
    return secret


def ended() -> bool:
    return not Delivery.objects.filter(status="pending").exists()


def test_workers_send_and_try_again(
    cluster: RunningCluster, receiver: Receiver, teacher: User
) -> None:
    secret = make(teacher, receiver)
    receiver.answer = answers(503)
    emit(Event.JOB_FAILED, {"job_id": "1"}, User.objects.all())
    wait_until(lambda: receiver.messages)
    receiver.answer = answers(200)
    wait_until(ended)
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.attempts) == ("delivered", 2)
    assert all(is_signed(message, secret) for message in receiver.messages)
    assert {message.content["id"] for message in receiver.messages} == {str(delivery.pk)}


def test_what_a_killed_worker_was_sending_is_sent_by_another(
    cluster: RunningCluster, receiver: Receiver, teacher: User
) -> None:
    secret = make(teacher, receiver)
    receiver.answer = lambda _connection: time.sleep(5 * LONG)
    emit(Event.JOB_FAILED, {"job_id": "1"}, User.objects.all())
    wait_until(lambda: receiver.messages)
    os.kill(worker_that_talks_to(receiver, cluster), signal.SIGKILL)
    receiver.answer = answers(200)
    # While the lease lasts nobody else touches it: not even who looks for messages to send.
    emit(Event.JOB_FAILED, {"job_id": "2"}, User.objects.all())
    wait_until(lambda: Delivery.objects.filter(status="delivered").exists())
    assert [message.content["data"]["job_id"] for message in receiver.messages] == ["1", "2"]
    Delivery.objects.update(lease_until=F("lease_until") - LEASE)
    wait_until(ended)
    found = Delivery.objects.order_by("created_at").values_list("status", "attempts")
    assert [*found] == [("delivered", 2), ("delivered", 1)]
    assert [is_signed(message, secret) for message in receiver.messages] == [True] * 3


def worker_that_talks_to(receiver: Receiver, cluster: RunningCluster) -> int:
    return next(
        pid
        for pid in cluster.pids()
        for one in psutil.Process(pid).net_connections("tcp4")
        if one.raddr and one.raddr.port == receiver.port
    )
