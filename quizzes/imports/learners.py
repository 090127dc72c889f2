"""Learners of an old installation: names only, which become accounts that nobody can use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import QuerySet
from django.utils.text import slugify

from courses.imports.provenance import Context
from courses.imports.report import Place
from courses.imports.values import bounded_key, digest
from courses.models import ImportedKind, ImportedRow
from quizzes.imports.answered import SubmissionRecord
from quizzes.models import Attempt

NAME_LENGTH = 150


class MergeError(Exception):
    """These two accounts cannot become one; the message says why."""


@dataclass(frozen=True, slots=True)
class _LearnerRecord:
    key: str
    place: Place
    content_hash: str


@dataclass(frozen=True, slots=True)
class Learners:
    """Accounts by the names that files have for them; None for one that was deleted here."""

    accounts: Mapping[str, int | None]
    created: frozenset[str]


def learners_of(context: Context, records: Sequence[SubmissionRecord]) -> Learners:
    """Find the accounts of a batch's learners; make those that are missing."""
    places = {record.user: record.place for record in records}
    keys = {name: bounded_key(name) for name in places}
    rows = context.imported(ImportedKind.LEARNER, keys.values())
    missing = {name: place for name, place in places.items() if keys[name] not in rows}
    accounts: dict[str, int | None] = dict(_make(context, missing))
    there = _existing(rows.values())
    for name, key in keys.items():
        if key in rows:
            pk = int(rows[key].row)
            accounts[name] = pk if pk in there else None
    return Learners(accounts, frozenset(missing))


def _make(context: Context, missing: Mapping[str, Place]) -> dict[str, int]:
    users = get_user_model().objects.bulk_create(
        _placeholder(context.source, name) for name in missing
    )
    made = {name: user.pk for name, user in zip(missing, users, strict=True)}
    ImportedRow.objects.bulk_create(
        context.row(
            ImportedKind.LEARNER,
            _LearnerRecord(bounded_key(name), place, digest(name)),
            made[name],
            {},
        )
        for name, place in missing.items()
    )
    return made


def _placeholder(source: str, name: str) -> Any:
    """An account without a password; its user name holds a fingerprint, so that it is free."""
    words = slugify(name)[:60] or "learner"
    return get_user_model()(
        username=f"{words}-{digest(source, name)[:16]}",
        first_name=name[:NAME_LENGTH],
        password=make_password(None),
        is_active=False,
    )


def _existing(rows: Any) -> set[int]:
    pks = [int(row.row) for row in rows]
    return set(get_user_model().objects.filter(pk__in=pks).values_list("pk", flat=True))


def placeholders() -> QuerySet[Any]:
    """Accounts that an import made and that nobody has taken into use."""
    rows = ImportedRow.objects.filter(kind=ImportedKind.LEARNER)
    pks = [int(row) for row in rows.values_list("row", flat=True)]
    return get_user_model().objects.filter(
        pk__in=pks, is_active=False, is_staff=False, last_login=None
    )


@transaction.atomic
def merge_learner(*, placeholder: Any, account: Any) -> int:
    """Give a placeholder's attempts to a person's account and delete the placeholder.

    Later imports give that learner's submissions to the account too. Returns the number of
    attempts. Raises MergeError for accounts that are not a placeholder and a person's.
    """
    users = get_user_model().objects.select_for_update().order_by("pk")
    locked = {user.pk: user for user in users.filter(pk__in=[placeholder.pk, account.pk])}
    if placeholder.pk not in locked or account.pk not in locked:
        raise MergeError("One of the two accounts was deleted meanwhile.")
    if not placeholders().filter(pk=placeholder.pk).exists():
        raise MergeError(f"{placeholder} is no account that an import made.")
    if not locked[account.pk].is_active:
        raise MergeError(f"{account} is not active; choose an account that somebody uses.")
    moved = Attempt.objects.filter(learner=placeholder).update(learner=account)
    rows = ImportedRow.objects.filter(kind=ImportedKind.LEARNER, row=str(placeholder.pk))
    rows.update(row=str(account.pk))
    locked[placeholder.pk].delete()
    return moved
