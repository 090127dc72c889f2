"""User names, compared in one way wherever one is typed: without case, and by Unicode (NFKC).

Older accounts may have names that differ only by case. Each is found by its exact name.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from unicodedata import normalize

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import Func, Q, TextField, Value
from django.utils.translation import gettext as _

MAX_NAME_LENGTH = 150  # characters of a user name


class _Folded(Func):
    """The same comparison by the database."""

    template = "LOWER(NORMALIZE(%(expressions)s, NFKC))"
    output_field = TextField()


def name_key(name: str) -> str:
    """Returns a key that is equal for names that count as the same, for texts of any length and
    kind."""
    # Half of a surrogate pair cannot be stored.
    whole = name.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    folded = normalize("NFKC", whole).casefold()
    if len(folded) <= MAX_NAME_LENGTH:
        return folded
    return f"too long: {sha256(folded.encode()).hexdigest()[:32]}"


def accounts_named(name: str) -> Sequence[User]:
    """Returns the account of exactly this name; else all whose names count as the same."""
    if "\0" in name or len(name) > MAX_NAME_LENGTH:
        return []
    whole = name.encode("utf-8", "replace").decode()
    same = Q(username=whole) | Q(folded=_Folded(Value(whole)))
    found = list(User.objects.alias(folded=_Folded("username")).filter(same).order_by("username"))
    exact = [user for user in found if user.username == whole]
    return exact or [user for user in found if name_key(user.username) == name_key(whole)]


def find_account(name: str) -> User | None:
    """Returns the account of this name; None without one, or where several may be meant."""
    found = accounts_named(name)
    return found[0] if len(found) == 1 else None


def check_name_is_free(name: str, *, but: int | None = None) -> None:
    """Raises ValidationError if another account has this name or one that counts as the same."""
    same = User.objects.alias(folded=_Folded("username")).filter(folded=_Folded(Value(name)))
    others = same if but is None else same.exclude(pk=but)
    taken = others.values_list("username", flat=True).first()
    if taken is not None:
        raise ValidationError(
            _(
                "There is an account “%(name)s” already, and capitals make no difference. "
                "Choose another name."
            )
            % {"name": taken}
        )
