"""What administrators see of access: tokens, failed logins, the audit log."""

from __future__ import annotations

from accounts.admin import audit, deleting, locks, tokens, users

__all__ = ["audit", "deleting", "locks", "tokens", "users"]
