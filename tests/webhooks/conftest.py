from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from pytest_django.fixtures import Settings

from tests.factories import make_teacher
from tests.webhooks.receiver import Receiver, listening
from webhooks.models import Endpoint, Event
from webhooks.services import create_endpoint


@pytest.fixture(autouse=True)
def fresh_throttles() -> None:
    cache.clear()


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    """It may be called, although it is on this machine."""
    with listening() as receiver:
        settings.WEBHOOK_ALLOW_HTTP = True
        settings.WEBHOOK_ALLOWED_PORTS = [receiver.port]
        settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
        yield receiver


@pytest.fixture
def teacher(db: None) -> User:
    return make_teacher()


@pytest.fixture
def make_endpoint(receiver: Receiver, teacher: User) -> Callable[..., tuple[Endpoint, str]]:
    """An endpoint of the teacher's at the receiver, for all events, and its secret."""

    def make(owner: User = teacher, **values: object) -> tuple[Endpoint, str]:
        defaults: dict[str, object] = {"url": receiver.url, "events": Event.values}
        made = create_endpoint(owner=owner, **(defaults | values))  # type: ignore[arg-type] # tests may pass what is wrong
        return made.endpoint, made.secret

    return make
