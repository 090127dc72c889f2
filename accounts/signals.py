"""What accounts listen to: logins, rights, passwords, and the admin's own log of changes."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db.models.signals import m2m_changed, post_save, pre_save

from accounts import auditing, changes
from accounts.sessions import begin


def connect() -> None:
    user_logged_in.connect(begin_session)
    user_logged_in.connect(auditing.note_login)
    user_logged_out.connect(auditing.note_logout)
    pre_save.connect(changes.note_before, sender=User)
    post_save.connect(changes.look_after, sender=User)
    post_save.connect(auditing.note_log_entry, sender=LogEntry)
    for rights in (User.groups, User.user_permissions, Group.permissions):
        m2m_changed.connect(auditing.note_roles, sender=rights.through)


def begin_session(request: Any, user: Any, **_signal: Any) -> None:
    begin(request, user)
