"""The page of the review desk. Every action is a form that works without JavaScript; with it,
`desk.js` sends them and puts the answer in place, so that the page is never left."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Prefetch, prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_safe

from common.numbers import whole_number
from courses.admin.course import CourseAdmin, CourseAdminExtension, extend_course_admin
from courses.differences import difference
from courses.models import Claim, CourseStatus, Passage, Topic
from courses.regeneration import can_instruct
from courses.revisions import kind_of, proposal_for, shown, shown_now, version_of, versions
from courses.services import disturbing_jobs_of
from quizzes.desk.actions import (
    ACTIONS,
    REFUSALS,
    ChangedMeanwhileError,
    RefusedFormError,
    Row,
    decide,
    failure_of,
    keep_unsaved,
    load,
    regenerate,
    take_back,
    unsaved,
    versioned_row,
)
from quizzes.desk.forms import LessonForm, question_form
from quizzes.desk.items import Item, Items
from quizzes.desk.sources import Source, lesson, places_with, sources_of
from quizzes.models import Choice, Question

MAX_UNDO = 30
MAX_FIND = 200  # characters of a search in the documents
REASONS = (
    "The right answer is wrong or not the only one.",
    "The source does not say this.",
    "It is unclear what is asked.",
    "It can be answered without the lesson.",
    "It is too easy, or not worth asking.",
)
WISHES = ("Shorter.", "In simpler words.", "Add an example.", "Harder.")
CHANGED = (
    "Somebody changed this after you opened it. Nothing of yours was done: read it as it is now "
    "and decide again."
)


class Desk:
    """One request to the desk of one course."""

    def __init__(self, page: CourseAdmin, request: HttpRequest, pk: int) -> None:
        course = page.visible_course(request, pk)
        user = cast("Any", request.user)
        if not user.has_perms(["courses.change_topic", "quizzes.change_question"]):
            raise PermissionDenied
        self.page, self.request, self.user, self.course = page, request, user, course

    # --- reading

    def show(self, key: str, *, form: Any = None, meanwhile: bool = False) -> HttpResponse:
        items = Items(self.course)
        item = items.find(key)
        if item is None and isinstance(claim := load(self.course, key), Claim):
            # A sentence that is no longer doubted is shown in its lesson.
            item = items.find(f"topic-{claim.topic_id}")
        item = item or items.first_open()
        row = load(self.course, item.key) if item else None
        context = {
            **self.page.admin_site.each_context(self.request),
            "opts": self.page.opts,
            "title": f"Review: {self.course}",
            "course": self.course,
            "published": self.course.status == CourseStatus.PUBLISHED,
            "items": items,
            "tree": list(items.tree(item)),
            "item": item,
            "undo": self.request.GET.get("undo", ""),
            "waiting": disturbing_jobs_of(self.course).first(),
            "open_claims": items.open_of("claim"),
            "open_questions": items.open_of("question"),
            "reasons": REASONS,
            "wishes": WISHES,
            "can_instruct": can_instruct(),
        }
        if item and row is not None:
            context |= self._places(items, item) | self._row(row)
            context |= self._form(row, form, meanwhile=meanwhile)
        status = HTTPStatus.CONFLICT if meanwhile else HTTPStatus.OK
        return render(self.request, "admin/quizzes/desk/page.html", context, status=status)

    def _places(self, items: Items, item: Item) -> dict[str, Any]:
        return {
            "before": items.beside(item, -1).key,
            "after": items.beside(item, 1).key,
            "next_claim": items.next_open(item.key, "claim"),
            "next_question": items.next_open(item.key, "question"),
            "next_topic": items.next_open(item.key, "topic"),
        }

    def _row(self, row: Row) -> dict[str, Any]:
        subject = versioned_row(row)
        sources = sources_of(row)
        place = whole_number(self.request.GET.get("source", ""), 3) or 0
        find = " ".join(self.request.GET.get("find", "")[:MAX_FIND].split())
        places = places_with(self.course, find) if find else []
        looked_at = self._looked_at()
        proposal = proposal_for(subject)
        now = shown_now(subject)
        context: dict[str, Any] = {
            "row": row,
            "subject": subject,
            "version": version_of(subject),
            "kind": kind_of(subject).value,
            "sources": sources,
            "place": place if place < len(sources) else 0,
            "source": looked_at
            or (sources[place] if place < len(sources) else next(iter(sources), None)),
            "is_other_place": looked_at is not None,
            "find": find,
            "found_places": places,
            "next_source": (place + 1) % len(sources) if len(sources) > 1 else None,
            "version_count": versions(subject).count(),
            "proposal": proposal,
            "unsaved": unsaved(row, self.user),
            "failure": failure_of(subject),
        }
        if proposal:
            context["changes"] = compared(now, shown(proposal))
        if isinstance(row, Question):
            choices = Prefetch("choices", Choice.objects.order_by("position"))
            prefetch_related_objects([row], choices)
            return context | {"lesson": lesson(row.topic) if row.topic else ""}
        sentence = row.text if isinstance(row, Claim) else ""
        topic = row.topic if isinstance(row, Claim) else row
        return context | {"lesson": lesson(topic, sentence), "topic": topic}

    def _looked_at(self) -> Source | None:
        """Returns a place of the documents that the item does not cite yet."""
        key = whole_number(self.request.GET.get("passage", ""))
        if key is None:
            return None
        passages = Passage.objects.filter(document__course=self.course).select_related("document")
        found = passages.filter(pk=key).first()
        return Source(found, "") if found else None

    def _form(self, row: Row, form: Any, *, meanwhile: bool) -> dict[str, Any]:
        """Returns the form in which it is edited, where it is; with what was typed and not
        saved."""
        subject = versioned_row(row)
        kept = unsaved(row, self.user)
        if form is None and "edit" in self.request.GET:
            data = None
            if kept:
                data = QueryDict(urlencode(kept.fields))
                meanwhile = kept.version != version_of(subject)
            form = form_for(subject, data)
        if form is None:
            return {}
        theirs = {}
        if meanwhile:
            mine, now = typed(form), shown_now(subject)
            theirs = {name: difference(mine.get(name, text), text) for name, text in now.items()}
        return {"form": form, "theirs": theirs, "was_kept": kept}

    # --- acting

    def act(self, action: str) -> HttpResponseBase:
        data = self.request.POST.dict()
        key = data.get("item", "")
        row = load(self.course, key)
        if action == "undo":
            return self._undo()
        if row is None:
            messages.error(self.request, "This was deleted, or its lesson was written again.")
            return self._to(key)
        if action == "keep":
            try:
                keep_unsaved(self.course, row, data, self.user)
            except ValidationError as error:
                return HttpResponse(error.messages[0], status=HTTPStatus.BAD_REQUEST)
            return HttpResponse(status=HTTPStatus.NO_CONTENT)
        return self._try(action, key, row, data)

    def _try(self, action: str, key: str, row: Row, data: dict[str, str]) -> HttpResponse:
        try:
            return self._decide(action, key, row, data)
        except ChangedMeanwhileError:
            if action == "edit":
                return self.show(key, form=form_for(versioned_row(row), data), meanwhile=True)
            messages.error(self.request, CHANGED)
        except RefusedFormError as error:
            return self.show(key, form=error.form)
        except REFUSALS as error:
            messages.error(self.request, str(error))
        return self._to(key)

    def _decide(
        self, action: str, key: str, row: Row, data: Mapping[str, Any]
    ) -> HttpResponseRedirect:
        order = following(Items(self.course), key)
        if action == "regenerate":
            done = regenerate(self.course, row, str(data.get("instruction", "")), self.user)
            messages.info(self.request, done.words)
            return self._to(key)
        done = decide(action, row, data, self.user)
        self.page.log_change(self.request, cast("Any", versioned_row(row)), done.words)
        messages.success(self.request, done.words)
        now = Items(self.course)
        found = [one for one in map(now.find, order) if one and one.is_open]
        if isinstance(row, Question):
            # Whoever approves questions by one key does not mean the lessons after them.
            found = [one for one in found if one.kind == "question"]
            if not found:
                messages.info(self.request, "No question is left to be read.")
        target = found[0] if found else None
        stays = action == "edit" and not isinstance(row, Claim)
        return self._to(key if stays or target is None else target.key, done.revision)

    def _undo(self) -> HttpResponseRedirect:
        stack = self._stack()
        if not stack:
            messages.info(self.request, "There is nothing to undo.")
            return self._to(self.request.POST.get("item", ""))
        try:
            words, key = take_back(self.course, stack[-1], self.user)
        except REFUSALS as error:
            messages.error(self.request, str(error))
            key = self.request.POST.get("item", "")
        else:
            messages.success(self.request, words)
        return self._to(key, undone=True)

    def _stack(self) -> list[int]:
        """Returns the versions that can be undone, the latest last, as the page carries them."""
        sent = self.request.POST.get("undo", "")[:400].split(",")
        return [number for number in map(whole_number, sent) if number is not None]

    def _to(
        self, key: str, revision: int | None = None, *, undone: bool = False
    ) -> HttpResponseRedirect:
        stack = self._stack()[:-1] if undone else self._stack()
        if revision is not None:
            stack.append(revision)
        values = {"item": key, "undo": ",".join(map(str, stack[-MAX_UNDO:]))}
        query = urlencode({name: value for name, value in values.items() if value})
        address = reverse("admin:courses_course_desk", args=[self.course.pk])
        return HttpResponseRedirect(f"{address}?{query}")


def following(items: Items, key: str) -> list[str]:
    """Returns the keys after an item, and then those before it."""
    keys = [item.key for item in items.all]
    place = keys.index(key) if key in keys else -1
    return [*keys[place + 1 :], *keys[: max(place, 0)]]


def form_for(subject: Topic | Question, data: Any) -> Any:
    if isinstance(subject, Topic):
        return LessonForm(subject, data)
    return question_form(Question.objects.get(pk=subject.pk), data)


def typed(form: Any) -> dict[str, str]:
    """Returns what stands in a form, by the headings that `shown_now` uses."""
    if isinstance(form, LessonForm):
        return {"Title": form["title"].value() or "", "Text": form["content"].value() or ""}
    return {
        "Question": form["stem"].value() or "",
        "Explanation": form["explanation"].value() or "",
    }


def compared(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, Any]:
    """Returns the differences by heading, only of texts that differ."""
    names = dict.fromkeys([*before, *after])
    return {
        name: difference(before.get(name, ""), after.get(name, ""))
        for name in names
        if name != "Status" and before.get(name, "").strip() != after.get(name, "").strip()
    }


def desk_view(page: CourseAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    return Desk(page, request, pk).show(request.GET.get("item", ""))


def act_view(page: CourseAdmin, request: HttpRequest, pk: int, action: str) -> HttpResponseBase:
    if action not in {*ACTIONS, "regenerate", "undo", "keep"}:
        raise Http404("There is no such action.")
    if request.method != "POST":
        # Who had to log in again comes back by a link.
        return redirect("admin:courses_course_desk", pk)
    return Desk(page, request, pk).act(action)


class ReviewDesk(CourseAdminExtension):
    def urls(self, page: CourseAdmin) -> list[URLPattern]:
        wrap = page.admin_site.admin_view
        show = require_safe(partial(desk_view, page))
        act: Any = wrap(partial(act_view, page))
        return [
            path("<int:pk>/desk/", wrap(show), name="courses_course_desk"),
            path("<int:pk>/desk/<slug:action>/", act, name="courses_course_desk_act"),
        ]


extend_course_admin(ReviewDesk())
