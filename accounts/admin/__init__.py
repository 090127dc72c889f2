"""What administrators see of access: tokens, failed logins, the audit log."""

from __future__ import annotations

from accounts.admin import access, audit, users

__all__ = ["access", "audit", "users"]
