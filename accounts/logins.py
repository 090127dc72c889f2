"""Limits failed logins, on the pages and in the API.

Failures are counted by account and address, so that a stranger elsewhere locks nobody out, and
coarsely by address, so that nobody tries every account of a school. A browser in which the
account has logged in before is counted by itself and by nothing else (`accounts.devices`).
A lock ends by itself; tries meanwhile are not even looked at and do not make it longer. Names
that no account has are treated as all others.

A try is counted as a failure before its password is looked at, and deleted if that was right:
of guesses that come at once no more are looked at than of guesses one after another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

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

from accounts.audit.log import Target, record, target_of
from accounts.devices import STRANGE, known_device, remember
from accounts.names import find_account, name_key
from common.client_ip import client_site, site_of

NOBODY = AnonymousUser()
UNKNOWN_ACCOUNT = "an unknown account"
PERMISSIONS = """
    SELECT type.app_label || '.' || permission.codename
    FROM auth_permission AS permission
    JOIN django_content_type AS type ON type.id = permission.content_type_id
    WHERE permission.id IN (
        SELECT permission_id FROM auth_user_user_permissions WHERE user_id = %(account)s
        UNION ALL
        SELECT given.permission_id
        FROM auth_user_groups AS member
        JOIN auth_group_permissions AS given ON given.group_id = member.group_id
        WHERE member.user_id = %(account)s
    )
"""


class LockingBackend(AxesStandaloneBackend, ModelBackend):  # type: ignore[misc] # axes has no types
    """Django's backend, but it checks a password only if the limits allow it.

    Only our own programs call it without a request; they have no limits.
    """

    def get_user(self, user_id: Any) -> Any:
        """Returns the account with its profile, by one query: every page is shown in the person's
        time zone."""
        user = User.objects.select_related("profile").filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Returns the account's own permissions and those of its groups by one query; Django needs
        two.

        Each page asks: as SQL it takes a quarter of the time that the ORM needs to write it.
        """
        known = obj is not None or user_obj.is_anonymous or hasattr(user_obj, "_perm_cache")
        if not known and user_obj.is_active and not user_obj.is_superuser:
            with connection.cursor() as cursor:
                cursor.execute(PERMISSIONS, {"account": user_obj.pk})
                user_obj._perm_cache = {name for (name,) in cursor.fetchall()}
        found: set[str] = super().get_all_permissions(user_obj, obj)
        return found

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **more: Any,
    ) -> Any:
        if request is not None:
            super().authenticate(request, username, password, **more)
        # The same work for unknown names, so that the time does not tell which accounts exist.
        known = find_account(username) if username is not None else None
        name = known.username if known else username
        user = ModelBackend.authenticate(self, request, name, password, **more)
        if request is not None and user is not None:
            account = _key_of(user)
            _failures(account, place(request), known_device(request, account)).delete()
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
        words = ngettext(
            "There were too many failed logins. Try again in a minute.",
            "There were too many failed logins. Try again in %(minutes)d minutes.",
            minutes,
        )
        return words % {"minutes": minutes}


class LoginLimits(AxesDatabaseHandler):  # type: ignore[misc] # axes has no types
    """Rows of django-axes, one for each account and address, shared by all processes.

    Of a request only account, address and browser are kept: its other fields hold what people
    typed.
    """

    def is_locked(self, request: HttpRequest, credentials: Any = None) -> bool:
        """Counts a try: it is called once before each check of a password, and only there."""
        return not _reserve(request, account_key(request, credentials))

    def user_login_failed(
        self, _sender: Any, credentials: Any, request: Any = None, **_signal: Any
    ) -> None:
        if request is None:
            return
        request.axes_credentials = credentials
        if request.axes_locked_out:
            return
        # The account for the audit log. Other names are left out: people type passwords there.
        known = find_account(str((credentials or {}).get("username") or ""))
        target = target_of(known) if known else Target(name=UNKNOWN_ACCOUNT)
        record("failed login", request=request, actor=NOBODY, target=target)
        if getattr(request, "was_last_try", False):
            request.axes_locked_out = True
            record("lock-out", request=request, actor=NOBODY, target=target)

    def user_logged_in(self, _sender: Any, request: Any, user: Any, **_signal: Any) -> None:
        succeeded(request, user)

    def user_logged_out(self, sender: Any, request: Any, user: Any, **_signal: Any) -> None:
        """Overrides the library's, which keeps a log of its own."""


def succeeded(request: HttpRequest, user: Any) -> None:
    """Remembers the browser after a successful login."""
    remember(request, _key_of(user))


def lock_of(request: HttpRequest, account: str) -> Lock | None:
    """Returns the lock of this account for the address and browser of the request; None if not
    locked."""
    return lock_at(account, place(request), known_device(request, account))


def lock_at(account: str, site: str, device: str) -> Lock | None:
    """Returns the same as `lock_of`, by the columns of a failed login."""
    ends = [_end(_failures(account, site, device), settings.LOGIN_FAILURES)]
    if device == STRANGE:
        here = AccessAttempt.objects.filter(ip_address=site, user_agent=STRANGE)
        ends.append(_end(here, settings.LOGIN_FAILURES_PER_ADDRESS))
    until = max((end for end in ends if end is not None), default=None)
    return None if until is None else Lock(until)


def _end(attempts: QuerySet[Any], most: int) -> datetime | None:
    """Returns when enough failures will have expired for another try; None if one is allowed
    now."""
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


def _failures(account: str, site: str, device: str) -> QuerySet[Any]:
    found: QuerySet[Any] = AccessAttempt.objects.filter(username=account, user_agent=device)
    return found.filter(ip_address=site) if device == STRANGE else found


@transaction.atomic(durable=True)
def _reserve(request: HttpRequest, account: str) -> bool:
    """Counts a try as a failure in advance; returns False if no try is left. It commits at once, so
    that others see it while the password is checked, which takes long."""
    # Take a lock until the end of the transaction. All accounts of an address share it, because the
    # address has a limit too.
    device = known_device(request, account)
    line = f"login {place(request) if device == STRANGE else device}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [line])
    if lock_of(request, account) is not None:
        return False
    _count(request, account)
    request.was_last_try = lock_of(request, account) is not None  # type: ignore[attr-defined] # ours
    return True


def _count(request: HttpRequest, account: str) -> None:
    """Adds a failure; failures older than the cool-off no longer count."""
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
    """Returns failed logins of this account or from this address, as `name_key` and `site_of` fold
    them."""
    found = Q(username=account_key(None, {"username": name_or_address}))
    if site := site_of(name_or_address):
        found |= Q(ip_address=site)
    rows: QuerySet[Any] = AccessAttempt.objects.filter(found)
    return rows


@transaction.atomic
def unlock(attempts: QuerySet[Any], *, request: HttpRequest | None = None) -> list[str]:
    """Deletes these failures; returns the names of their accounts, one for each row.

    A name that no account has may be a password in the wrong field, and is not told.
    """
    rows = list(attempts)
    names = [str(row.username) if find_account(row.username) else UNKNOWN_ACCOUNT for row in rows]
    for row, name in zip(rows, names, strict=True):
        record("unlock", request=request, target=Target("axes.accessattempt", str(row.pk), name))
    AccessAttempt.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return names


def unlock_message(names: list[str]) -> str:
    """Returns a message that says what `unlock` did."""
    words = ngettext("%d row was deleted: %s.", "%d rows were deleted: %s.", len(names))
    return words % (len(names), ", ".join(sorted(set(names))))


def _key_of(user: Any) -> str:
    return account_key(None, {"username": user.get_username()})


def account_key(_request: HttpRequest | None, credentials: Any) -> str:
    """Returns the name under which failures are counted."""
    return name_key(str((credentials or {}).get("username") or ""))


def place(request: HttpRequest) -> str:
    return client_site(request) or "::"


def locked_answer(
    request: HttpRequest, response: HttpResponse | None = None, credentials: Any = None
) -> HttpResponse:
    """Shows the page for somebody who is locked out; for the API its own response."""
    if response is not None and request.path_info.startswith("/api/"):
        return response
    lock = lock_of(request, account_key(request, credentials)) or Lock(timezone.now())
    context = {"lock": lock, "next": request.POST.get("next") or request.GET.get("next", "")}
    page = render(request, "registration/locked.html", context, status=429)
    page["Retry-After"] = str(lock.seconds)
    return page
