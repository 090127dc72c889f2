"""Creates accounts, which nobody can log in to, for learners of old files, and merges them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.db.models import QuerySet
from django.utils.text import slugify

from common.transactions import atomic
from exchange.models import ImportedKind, ImportedRow
from exchange.old_json.answered import SubmissionRecord
from exchange.old_json.provenance import Context
from exchange.old_json.report import Place
from exchange.old_json.values import bounded_key, digest
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
    """Accounts by the learner's name in the file; None for an account that was deleted."""

    accounts: Mapping[str, int | None]
    created: frozenset[str]


def learners_of(context: Context, records: Sequence[SubmissionRecord]) -> Learners:
    """Finds the accounts of a batch's learners; creates the missing ones."""
    places = {record.user: record.place for record in records}
    keys = {name: bounded_key(name) for name in places}
    rows = context.imported(ImportedKind.LEARNER, keys.values())
    missing = {name: place for name, place in places.items() if keys[name] not in rows}
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
    accounts: dict[str, int | None] = dict(made)
    pks = [int(row.row) for row in rows.values()]
    there = set(get_user_model().objects.filter(pk__in=pks).values_list("pk", flat=True))
    for name, key in keys.items():
        if key in rows:
            pk = int(rows[key].row)
            accounts[name] = pk if pk in there else None
    return Learners(accounts, frozenset(missing))


def _placeholder(source: str, name: str) -> Any:
    """Returns an account without a password; a digest makes its user name unique."""
    words = slugify(name)[:60] or "learner"
    return get_user_model()(
        username=f"{words}-{digest(source, name)[:16]}",
        first_name=name[:NAME_LENGTH],
        password=make_password(None),
        is_active=False,
    )


def placeholders() -> QuerySet[Any]:
    """Accounts that an import created and that nobody uses."""
    rows = ImportedRow.objects.filter(kind=ImportedKind.LEARNER)
    pks = [int(row) for row in rows.values_list("row", flat=True)]
    return get_user_model().objects.filter(
        pk__in=pks, is_active=False, is_staff=False, last_login=None
    )


@atomic
def merge_learner(*, placeholder: Any, account: Any) -> int:
    """Gives a placeholder's attempts to a person's account and deletes the placeholder.

    Later imports give that learner's submissions to the account too. Returns the number of
    attempts. Raises MergeError for accounts that are not a placeholder and a person's.
    """
    users = get_user_model().objects.select_for_update().order_by("pk")
    locked = {user.pk: user for user in users.filter(pk__in=[placeholder.pk, account.pk])}
    if placeholder.pk not in locked or account.pk not in locked:
        raise MergeError("One of the two accounts was deleted meanwhile.")
    if not placeholders().filter(pk=placeholder.pk).exists():
        raise MergeError(f"{placeholder} is not an account that an import made.")
    if not locked[account.pk].is_active:
        raise MergeError(f"{account} is not active; choose an account that somebody uses.")
    moved = Attempt.objects.filter(learner=placeholder).update(learner=account)
    rows = ImportedRow.objects.filter(kind=ImportedKind.LEARNER, row=str(placeholder.pk))
    rows.update(row=str(account.pk))
    locked[placeholder.pk].delete()
    return moved
