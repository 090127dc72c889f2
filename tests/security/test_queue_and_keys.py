"""What workers run, and what SECRET_KEY protects."""

from __future__ import annotations

import base64
import pickle
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.signing import dumps
from django.test import Client
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.signing import SignedPackage
from pytest_django.fixtures import Settings

from jobs.worker import unpacked
from tests.api.world import World
from tests.factories import make_learner


class Program:
    """Whoever unpickles it touches a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


@pytest.mark.parametrize("key", ["another key", ""])
def test_a_message_that_is_not_ours_is_not_even_unpacked(key: str, tmp_path: Path) -> None:
    """Whoever can write to the queue but has not the key runs nothing."""
    ran = tmp_path / "ran"
    if key:
        with pytest.MonkeyPatch.context() as patch:
            # Django-Q2 reads the setting once.
            patch.setattr(Conf, "SECRET_KEY", key)
            forged = SignedPackage.dumps({"func": "os.system", "args": (Program(ran),)})
    else:
        forged = base64.b64encode(pickle.dumps(Program(ran))).decode()
    assert unpacked(1, forged) is None
    assert not ran.exists()


def test_no_row_of_the_queue_is_written_by_a_request(world: World) -> None:
    """There is a message for each step of ours, and its arguments are the step's number."""
    for message in OrmQ.objects.all():
        task = message.task
        assert task["func"] in {"jobs.runner.run_step", "webhooks.sending.deliver"}
        assert all(isinstance(one, int | str) for one in task["args"])
    assert world.job.pk


@pytest.mark.django_db
def test_a_session_of_before_a_rotation_holds_and_of_another_key_does_not(
    settings: Settings,
) -> None:
    browser, learner = Client(), make_learner()
    browser.force_login(learner)
    assert browser.get("/history/").status_code == 200
    old, settings.SECRET_KEY = settings.SECRET_KEY, "a new key, long enough for a test"
    settings.SECRET_KEY_FALLBACKS = [old]
    assert browser.get("/history/").status_code == 200
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a third key, of nobody", []
    assert browser.get("/history/").status_code == 302


@pytest.mark.django_db
def test_nobody_makes_a_session_of_their_own() -> None:
    """A session is a row here; the cookie only names it."""
    chief = User.objects.create_superuser("chief")
    browser = Client()
    browser.cookies["sessionid"] = dumps({"_auth_user_id": str(chief.pk)}, key="guessed")
    assert browser.get("/admin/").status_code == 302
    assert not Session.objects.exists()
