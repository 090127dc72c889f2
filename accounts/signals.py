"""Connects receivers: logins, rights, passwords, the admin's log of changes."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db.models.signals import m2m_changed, post_save, pre_save

from accounts.audit import middleware, signals
from accounts.names import check_name_is_free
from accounts.sessions import begin


def connect() -> None:
    user_logged_in.connect(begin_session)
    user_logged_in.connect(middleware.note_login)
    user_logged_out.connect(middleware.note_logout)
    pre_save.connect(refuse_taken_name, sender=User)
    pre_save.connect(signals.note_before, sender=User)
    post_save.connect(signals.end_access_if_changed, sender=User)
    post_save.connect(middleware.note_log_entry, sender=LogEntry)
    for rights in (User.groups, User.user_permissions, Group.permissions):
        m2m_changed.connect(middleware.note_roles, sender=rights.through)


def refuse_taken_name(instance: Any, update_fields: Any = None, **signal: Any) -> None:
    """Refuses a taken name however an account is made or renamed; the admin's forms check it first.

    Older accounts whose names differ only by case can be saved if they keep their names.
    """
    if signal["raw"] or (update_fields is not None and "username" not in update_fields):
        return
    if User.objects.filter(pk=instance.pk, username=instance.username).exists():
        return
    check_name_is_free(instance.username, but=instance.pk)


def begin_session(request: Any, user: Any, **_signal: Any) -> None:
    begin(request, user)
