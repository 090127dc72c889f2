"""What the first start of a new installation needs: a time zone, accounts, a sample course."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files import File
from django.db import transaction

from accounts.names import accounts_named
from courses.models import Course
from courses.services import CourseRequest, request_course
from jobs.models import Job
from profai.environment import BASE_DIR, time_zone
from profai.local.supervisor import say

ENV_FILE = BASE_DIR / ".env"
SAMPLE = BASE_DIR / "samples" / "water-on-earth.pdf"
TITLE = "Water on Earth"


@dataclass(frozen=True, slots=True)
class NewAccount:
    """The password is readable only here: show it once."""

    name: str
    password: str


def ask_for_time_zone(*, read: Callable[[str], str] = input, file: Path = ENV_FILE) -> None:
    """Asks for the time zone, and sets TIME_ZONE in `.env` and in the environment.

    Does nothing if TIME_ZONE is set, if there are accounts, or if there is no terminal.
    """
    if os.environ.get("TIME_ZONE") or User.objects.exists() or not sys.stdin.isatty():
        return
    question = f"Time zone of your school, such as Europe/Berlin [{settings.TIME_ZONE}]: "
    while True:
        try:
            zone = time_zone(read(question).strip() or settings.TIME_ZONE)
        except EOFError:
            return
        except (ValueError, KeyError, OSError):
            say("There is no such time zone. Zones have names such as Asia/Kolkata.")
            continue
        break
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    end = "" if not before or before.endswith("\n") else "\n"
    file.write_text(f"{before}{end}TIME_ZONE={zone}\n", encoding="utf-8")
    os.environ["TIME_ZONE"] = zone


@transaction.atomic
def ensure_first_accounts() -> list[NewAccount]:
    """Makes an administrator and a learner if there are none; returns those that were made."""
    made = []
    if not User.objects.filter(is_superuser=True).exists():
        made.append(_make("admin", staff=True))
    if not User.objects.filter(is_staff=False).exists():
        made.append(_make("learner", staff=False))
    return made


def _make(wanted: str, *, staff: bool) -> NewAccount:
    """Makes an account; a number is added to its name if another account has that name."""
    names = chain([wanted], (f"{wanted}-{number}" for number in count(2)))
    name = next(name for name in names if not accounts_named(name))
    account = NewAccount(name, secrets.token_urlsafe(12))
    User.objects.create_user(name, password=account.password, is_staff=staff, is_superuser=staff)
    return account


def request_first_course() -> CourseRequest | None:
    """Requests the sample course; returns None if there are courses or jobs already."""
    if Course.objects.exists() or Job.objects.exists() or not SAMPLE.exists():
        return None
    owner = User.objects.filter(is_superuser=True).order_by("pk").first()
    with SAMPLE.open("rb") as file:
        return request_course(
            files=[File(file, SAMPLE.name)], title=TITLE, requested_by=owner, publish=True
        )
