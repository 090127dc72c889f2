"""Writing the audit log: who did what to which object, when and from where.

It contains no answers, passwords or keys. The name that was typed at a failed login is written only
if an account has that name, because people sometimes type their password into the field for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.http import HttpRequest

from accounts.models import AuditEntry
from common.client_ip import client_address
from telemetry.context import request_id_of

MAX_NAME, MAX_DETAIL = 200, 1000


@dataclass(frozen=True, slots=True)
class Target:
    kind: str = ""
    id: str = ""
    name: str = ""


def target_of(row: Model) -> Target:
    return Target(row._meta.label_lower, str(row.pk), str(row))


def record(
    action: str,
    *,
    request: HttpRequest | None,
    actor: Any = None,
    target: Target | None = None,
    detail: str = "",
) -> AuditEntry:
    """Writes an entry and returns it. `actor` is the account that acted; by default the account of
    the request, if there is one.
    """
    user = actor if actor is not None else getattr(request, "user", None)
    known = user is not None and user.pk is not None
    target = target or Target()
    entry = AuditEntry.objects.create(
        actor_id=user.pk if known and user else None,
        actor=user.get_username() if known and user else "",
        action=action[:50],
        object_type=target.kind[:100],
        object_id=_fitted(target.id, MAX_NAME),
        object_name=_fitted(target.name, MAX_NAME),
        detail=_fitted(detail, MAX_DETAIL),
        address=(client_address(request) or None) if request else None,
        by_token=getattr(getattr(request, "auth", None), "prefix", ""),
        reference=request_id_of(request) if request else "",
    )
    if request is not None:
        # The middleware then writes no entry of its own for this request.
        request.audited = True  # type: ignore[attr-defined] # ours
    return entry


def _fitted(text: str, max_length: int) -> str:
    """Returns the text as one line that fits into its column, cut with "…" if it is longer."""
    line = "".join(letter if letter.isprintable() else " " for letter in text)
    return line if len(line) <= max_length else f"{line[: max_length - 1]}…"
