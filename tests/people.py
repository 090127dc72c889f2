"""Learners who take quizzes and reviewers who change them, all at the same moment."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Lock
from typing import Any

import httpx
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from accounts.models import Scope
from accounts.services import make_token
from quizzes.models import Attempt

# What two people who get in each other's way may be answered; the rest means a fault.
POLITE = {200, 201, 202, 204, 302, 303, 404, 409, 412, 503}
NO_ANSWER = 599
CSRF = "a" * 32


@dataclass
class Crowd:
    """What they were answered, and what they have to be able to read again later."""

    open_client: Callable[[dict[str, str]], httpx.Client]
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    scores: dict[str, tuple[int, int]] = field(default_factory=dict)
    courses: dict[str, int] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    def join(self, user: User) -> Person:
        return Person(self, user)

    def ask(
        self, what: str, client: httpx.Client, method: str, path: str, **values: Any
    ) -> httpx.Response:
        """No answer counts as one with the status 599."""
        try:
            answer = client.request(method, path, **values)
        except httpx.TransportError as error:
            answer = httpx.Response(NO_ANSWER, text=repr(error))
        with self._lock:
            self.answers[what, answer.status_code] += 1
            if answer.status_code not in POLITE:
                self.faults.append(f"{what}: {answer.status_code} {answer.text[:300]}")
        return answer

    def keep(self, result: dict[str, Any]) -> None:
        with self._lock:
            self.scores[result["id"]] = (result["correct"], result["percentage"])

    def lost(self) -> list[str]:
        """Submissions that were acknowledged and are not there with their scores.

        Those of a course that somebody deleted later went with it.
        """
        rows = Attempt.objects.filter(pk__in=self.scores, submitted_at__isnull=False)
        there = {
            str(pk): (right, of)
            for pk, right, of in rows.values_list("pk", "correct", "percentage")
        }
        missing = [key for key, score in self.scores.items() if there.get(key) != score]
        return [key for key in missing if self.courses[key] not in self.deleted]

    def table(self) -> str:
        """The answers by what was asked and status, one line each."""
        lines = [
            f"{what:<28}{status:>5}{count:>8}"
            for (what, status), count in sorted(self.answers.items())
        ]
        return "\n".join(lines)


class Person:
    """Somebody with a browser and a program of their own."""

    def __init__(self, crowd: Crowd, user: User) -> None:
        self._crowd = crowd
        token = make_token(user=user, name="program", scopes=list(Scope.values), days=1).text
        browser = Client()
        browser.force_login(user)
        session = browser.cookies[settings.SESSION_COOKIE_NAME].value
        cookies = f"{settings.SESSION_COOKIE_NAME}={session}; csrftoken={CSRF}"
        self._api = crowd.open_client({"Authorization": f"Bearer {token}"})
        self._pages = crowd.open_client({"Cookie": cookies, "X-CSRFToken": CSRF})

    def _ask(self, what: str, method: str, path: str, **values: Any) -> httpx.Response:
        return self._crowd.ask(what, self._api, method, f"/api/{path}", **values)

    def _post(self, what: str, path: str, data: dict[str, Any] | None = None) -> httpx.Response:
        return self._crowd.ask(what, self._pages, "POST", path, data=data or {})

    def take(self, quiz: int, course: int) -> None:
        """By the API: start, answer, submit."""
        started = self._ask("start", "POST", f"quizzes/{quiz}/attempts/")
        if started.status_code not in {HTTPStatus.OK, HTTPStatus.CREATED}:
            return
        attempt = started.json()
        chosen = {
            str(one["position"]): random.randrange(len(one["choices"]))  # noqa: S311 - no secret
            for one in attempt["questions"]
            if one["choices"]
        }
        self._crowd.courses[attempt["id"]] = course
        path = f"attempts/{attempt['id']}/submit/"
        submitted = self._ask("submit", "POST", path, json={"answers": chosen})
        if submitted.status_code == HTTPStatus.OK:
            self._crowd.keep(submitted.json())

    def take_in_browser(self, quiz: int, course: int) -> None:
        started = self._post("page: start", f"/quizzes/{quiz}/start/")
        _, _, attempt = started.headers.get("Location", "").partition("/attempts/")
        if not attempt:
            return
        number = attempt.split("/")[0]
        self._crowd.courses[number] = course
        submitted = self._post(
            "page: submit", f"/attempts/{number}/questions/", {"question-1": "1", "hand_in": "1"}
        )
        if submitted.status_code == HTTPStatus.FOUND:
            result = self._ask("result", "GET", f"attempts/{number}/")
            if result.status_code == HTTPStatus.OK:
                self._crowd.keep(result.json())

    def approve(self, question: int) -> None:
        self._ask("approve", "POST", f"questions/{question}/approve/")

    def reject(self, question: int) -> None:
        self._ask("reject", "POST", f"questions/{question}/reject/", json={"reason": "Unclear."})

    def edit(self, question: int) -> None:
        seen = self._ask("read question", "GET", f"questions/{question}/")
        if seen.status_code == HTTPStatus.OK:
            headers = {"If-Match": seen.headers["ETag"]}
            words = {"stem": f"{seen.json()['stem']} ", "explanation": "As the source says."}
            self._ask("edit", "PATCH", f"questions/{question}/", json=words, headers=headers)

    def approve_in_admin(self, questions: list[int]) -> None:
        data = {"action": "approve", "_selected_action": [str(one) for one in questions]}
        self._post("admin: approve", "/admin/quizzes/question/", data)

    def set_pass_mark(self, quiz: int) -> None:
        data = {"title": "Renamed", "pass_mark": str(random.randrange(40, 90)), "_save": "Save"}  # noqa: S311 - no secret
        self._post("admin: pass mark", f"/admin/quizzes/quiz/{quiz}/change/", data)

    def edit_course(self, slug: str) -> None:
        values = {"description": f"Words {random.random()}"}  # noqa: S311 - no secret
        headers = {"If-Match": "*"}
        self._ask("edit course", "PATCH", f"courses/{slug}/", json=values, headers=headers)

    def regenerate(self, slug: str, week: int | None) -> None:
        self._ask("regenerate quiz", "POST", f"courses/{slug}/quizzes/", json={"week": week})

    def rewrite(self, slug: str, topic: int) -> None:
        self._ask("rewrite topic", "POST", f"courses/{slug}/topics/{topic}/regenerate/")

    def delete(self, slug: str, course: int) -> None:
        # What is submitted from now on may go with it.
        self._crowd.deleted.add(course)
        self._ask("delete course", "DELETE", f"courses/{slug}/", headers={"If-Match": "*"})

    def delete_in_admin(self, course: int) -> None:
        self._crowd.deleted.add(course)
        self._post(
            "admin: delete course", f"/admin/courses/course/{course}/delete/", {"post": "yes"}
        )
