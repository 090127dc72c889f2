"""Whether a role's policies let a call through, as IAM decides it for one account."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Any

Policy = dict[str, Any]


def allowed(policies: list[Policy], action: str, resource: str, **context: str) -> bool:
    """A denial wins; `context` holds condition keys, with `__` in place of the colon."""
    keys = {name.replace("__", ":"): value for name, value in context.items()}
    effects = {
        statement["Effect"]
        for policy in policies
        for statement in policy["Statement"]
        if _matches(statement["Action"], action, fold=True)
        and _matches(statement["Resource"], resource)
        and _holds(statement.get("Condition", {}), keys)
    }
    return effects == {"Allow"}


def _matches(patterns: str | list[str], value: str, *, fold: bool = False) -> bool:
    listed = [patterns] if isinstance(patterns, str) else patterns
    if fold:
        listed, value = [one.lower() for one in listed], value.lower()
    # A policy knows * and ?, and no brackets.
    return any(fnmatchcase(value, re.sub(r"([\[\]])", r"[\1]", one)) for one in listed)


def _holds(conditions: dict[str, dict[str, str]], keys: dict[str, str]) -> bool:
    """Raises LookupError for an operator that no policy of ours uses."""
    for operator, wanted in conditions.items():
        if operator != "StringEquals":
            raise LookupError(f"{operator} is not known here")
        if any(keys.get(name) != value for name, value in wanted.items()):
            return False
    return True
