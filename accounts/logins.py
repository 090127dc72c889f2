"""How often somebody may fail to log in, on the pages and at the API alike.

Failures are counted by account and address, so that a stranger elsewhere locks nobody out, and
coarsely by address, so that nobody tries every account of a school. A browser in which the
account has logged in before is counted by itself and by nothing else (`accounts.devices`).
A lock ends by itself; tries meanwhile are not even looked at and do not make it longer. Names
that no account has are treated as all others.

A try is counted as a failure before its password is looked at, and forgotten if that was right:
of guesses that come at once no more are looked at than of guesses one after another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from math import ceil
from typing import Any
from unicodedata import normalize

from axes.backends import AxesStandaloneBackend
from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser, User
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import ngettext

from accounts.audit import Target, record, target_of
from accounts.devices import STRANGE, known_device, remember
from rest.addresses import client_site, site_of

LONGEST = 150  # characters of a user name
NOBODY = AnonymousUser()


class LockingBackend(AxesStandaloneBackend, ModelBackend):  # type: ignore[misc] # axes has no types
    """Django's own, which looks at a password only if the limits allow it.

    Who calls without a request is a program of ours.
    """

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **more: Any,
    ) -> Any:
        if request is not None:
            super().authenticate(request, username, password, **more)
        user = ModelBackend.authenticate(self, request, username, password, **more)
        if request is not None and user is not None:
            _of_account(request, _key_of(user)).delete()
        return user


@dataclass(frozen=True, slots=True)
class Lock:
    until: datetime

    @property
    def seconds(self) -> int:
        return max(ceil((self.until - timezone.now()).total_seconds()), 1)

    @property
    def words(self) -> str:
        minutes = ceil(self.seconds / 60)
        wait = "a minute" if minutes == 1 else f"{minutes} minutes"
        return f"There were too many failed logins. Try again in {wait}."


class LoginLimits(AxesDatabaseHandler):  # type: ignore[misc] # axes has no types
    """Rows of django-axes, one for each account and place, so that all processes count together.

    Of a request only account, address and browser are kept: its other fields hold what people
    typed.
    """

    def is_locked(self, request: HttpRequest, credentials: Any = None) -> bool:
        """Asked once before each look at a password, and by nothing else: so it counts."""
        return not _reserve(request, account_key(request, credentials))

    def user_login_failed(
        self, _sender: Any, credentials: Any, request: Any = None, **_signal: Any
    ) -> None:
        if request is None:
            return
        request.axes_credentials = credentials
        if request.axes_locked_out:
            return
        target = _account_of(credentials)
        record("failed login", request=request, actor=NOBODY, target=target)
        if getattr(request, "was_last_try", False):
            request.axes_locked_out = True
            record("lock-out", request=request, actor=NOBODY, target=target)

    def user_logged_in(self, _sender: Any, request: Any, user: Any, **_signal: Any) -> None:
        succeeded(request, user)

    def user_logged_out(self, sender: Any, request: Any, user: Any, **_signal: Any) -> None:
        """Nothing is counted."""


def succeeded(request: HttpRequest, user: Any) -> None:
    """Remember the browser."""
    remember(request, _key_of(user))


def lock_of(request: HttpRequest, account: str) -> Lock | None:
    """The lock that keeps this account from logging in from where the request comes."""
    return lock_at(account, place(request), known_device(request, account))


def lock_at(account: str, site: str, device: str) -> Lock | None:
    """The same by what is kept of a try."""
    ends = [_end(_failures(account, site, device), settings.LOGIN_FAILURES)]
    if device == STRANGE:
        here = AccessAttempt.objects.filter(ip_address=site, user_agent=STRANGE)
        ends.append(_end(here, settings.LOGIN_FAILURES_PER_ADDRESS))
    until = max((end for end in ends if end is not None), default=None)
    return None if until is None else Lock(until)


def _end(attempts: QuerySet[Any], most: int) -> datetime | None:
    """When so few failures are left that one may try again; None if there are few enough."""
    since = timezone.now() - _cool_off()
    recent = attempts.filter(attempt_time__gt=since)
    total = recent.aggregate(total=Sum("failures_since_start"))["total"] or 0
    if total < most:
        return None
    rows = recent.order_by("attempt_time").values_list("attempt_time", "failures_since_start")
    for last, failures in rows:
        total -= failures
        if total < most:
            end: datetime = last + _cool_off()
            return end
    return None


def _cool_off() -> timedelta:
    cool_off: timedelta = settings.LOGIN_COOL_OFF
    return cool_off


def _of_account(request: HttpRequest, account: str) -> QuerySet[Any]:
    return _failures(account, place(request), known_device(request, account))


def _failures(account: str, site: str, device: str) -> QuerySet[Any]:
    found: QuerySet[Any] = AccessAttempt.objects.filter(username=account, user_agent=device)
    return found.filter(ip_address=site) if device == STRANGE else found


@transaction.atomic(durable=True)
def _reserve(request: HttpRequest, account: str) -> bool:
    """Count a failure that may come, if one is left. Durable, because others must see it while
    the password is looked at; that takes long, so nobody waits for it."""
    _wait_for_others(request, account)
    if lock_of(request, account) is not None:
        return False
    _count(request, account)
    request.was_last_try = lock_of(request, account) is not None  # type: ignore[attr-defined] # ours
    return True


def _wait_for_others(request: HttpRequest, account: str) -> None:
    """Until the end of the transaction nobody else counts here. All accounts of a place stand
    in one line, as there is a limit for the place."""
    device = known_device(request, account)
    line = f"login {place(request) if device == STRANGE else device}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [line])


def _count(request: HttpRequest, account: str) -> None:
    """One more failure; what lies longer back than the cool-off counts no more."""
    now = timezone.now()
    row, made = AccessAttempt.objects.select_for_update().get_or_create(
        username=account,
        ip_address=place(request),
        user_agent=known_device(request, account),
        defaults={"failures_since_start": 1, "path_info": request.path_info[:255]},
    )
    if made:
        return
    gone = row.attempt_time <= now - _cool_off()
    row.failures_since_start = 1 if gone else F("failures_since_start") + 1
    row.attempt_time, row.path_info = now, request.path_info[:255]
    row.save(update_fields=["failures_since_start", "attempt_time", "path_info"])


def failures_of(name_or_address: str) -> QuerySet[Any]:
    """What is kept of tries at this account or from this address, which are folded as theirs."""
    found = Q(username=account_key(None, {"username": name_or_address}))
    if site := site_of(name_or_address):
        found |= Q(ip_address=site)
    rows: QuerySet[Any] = AccessAttempt.objects.filter(found)
    return rows


@transaction.atomic
def unlock(attempts: QuerySet[Any], *, request: HttpRequest | None = None) -> list[str]:
    """Forget these failures; says whose they were, one for each row."""
    rows = list(attempts)
    for row in rows:
        target = Target("axes.accessattempt", str(row.pk), str(row.username))
        record("unlock", request=request, target=target)
    AccessAttempt.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return [str(row.username) for row in rows]


def forgotten(names: list[str]) -> str:
    """What `unlock` has done, in words."""
    words = ngettext("%d row was forgotten: %s.", "%d rows were forgotten: %s.", len(names))
    return words % (len(names), ", ".join(sorted(set(names))))


def _key_of(user: Any) -> str:
    return account_key(None, {"username": user.get_username()})


def account_key(_request: HttpRequest | None, credentials: Any) -> str:
    """The name under which failures are counted: look-alikes that Django's form takes for the
    same name are the same here, and no text is too long or too odd for the database."""
    name = str((credentials or {}).get("username") or "").replace("\0", "\ufffd")
    # Half of a surrogate pair is no text that could be stored.
    whole = name.encode("utf-8", "replace").decode()
    folded = normalize("NFKC", whole).casefold()
    if len(folded) <= LONGEST:
        return folded
    return f"too long: {sha256(folded.encode()).hexdigest()[:32]}"


def _account_of(credentials: Any) -> Target:
    """Without what somebody typed unless it is the name of an account: it may be a password."""
    name = str((credentials or {}).get("username") or "")
    known = None if "\0" in name else User.objects.filter(username=name[:LONGEST]).first()
    return target_of(known) if known else Target(name="an account that there is not")


def place(request: HttpRequest) -> str:
    return client_site(request) or "::"


def locked_answer(
    request: HttpRequest, response: HttpResponse | None = None, credentials: Any = None
) -> HttpResponse:
    """The page for somebody who is locked out; the API has said so in its own way."""
    if response is not None and request.path_info.startswith("/api/"):
        return response
    lock = lock_of(request, account_key(request, credentials)) or Lock(timezone.now())
    context = {"lock": lock, "next": request.POST.get("next") or request.GET.get("next", "")}
    page = render(request, "registration/locked.html", context, status=429)
    page["Retry-After"] = str(lock.seconds)
    return page
