"""Reads courses of old files. A bad part is refused; the rest of its course is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from exchange.old_json.report import Kind, Place, Report
from exchange.old_json.values import Reader, as_id, bounded_key, digest, type_name


@dataclass(frozen=True, slots=True)
class TopicRecord:
    key: str
    position: int
    title: str
    content: str


@dataclass(frozen=True, slots=True)
class ModuleRecord:
    key: str
    position: int
    title: str
    topics: tuple[TopicRecord, ...]


@dataclass(frozen=True, slots=True)
class CourseRecord:
    """`key` is the course's id, or its title in older files without ids."""

    key: str
    title: str
    modules: tuple[ModuleRecord, ...]
    place: Place
    content_hash: str

    @property
    def topic_count(self) -> int:
        return sum(len(module.topics) for module in self.modules)


def course_key(record: dict[str, Any]) -> str:
    number = as_id(record.get("course_id"))
    if number:
        return bounded_key("id", number)
    title = record.get("course_title")
    return bounded_key("title", " ".join(title.split())) if isinstance(title, str) else ""


def read_course(record: dict[str, Any], place: Place, report: Report) -> CourseRecord | None:
    """Returns the course; None, with a line in the report, if it has no title."""
    reader = Reader(report, Kind.COURSE, place)
    title = reader.title(record, "course_title")
    if not title:
        reader.refuse("The course has no \u201ccourse_title\u201d.")
        return None
    if record.get("course_id") is not None and not as_id(record["course_id"]):
        reader.note(f"\u201ccourse_id\u201d is {type_name(record['course_id'])}; it was ignored.")
    modules = _modules(reader, record)
    if not modules:
        reader.note("The course has no modules.")
    return CourseRecord(
        key=course_key(record) or bounded_key("title", title),
        title=title,
        modules=tuple(modules),
        place=place,
        content_hash=digest(record),
    )


def _modules(reader: Reader, record: dict[str, Any]) -> list[ModuleRecord]:
    modules: list[ModuleRecord] = []
    used: set[int] = set()
    for index, value in enumerate(reader.members(record, "modules", Kind.MODULE)):
        inner = reader.at(f"modules[{index}]", Kind.MODULE)
        if not isinstance(value, dict):
            inner.refuse(f"A module was expected here, not {type_name(value)}.")
            continue
        said = inner.week(value, "week")
        week = said or index + 1
        while week in used:
            week += 1
        used.add(week)
        if said not in (None, week):
            inner.note(f"Week {said} is there twice; this module became week {week}.")
        modules.append(_module(inner, value, week))
    return modules


def _module(reader: Reader, record: dict[str, Any], week: int) -> ModuleRecord:
    title = reader.title(record, "title")
    topics = []
    for index, value in enumerate(reader.members(record, "sub_topics", Kind.TOPIC)):
        inner = reader.at(f"sub_topics[{index}]", Kind.TOPIC)
        if isinstance(value, dict):
            topics.append(_topic(inner, value, week, index + 1))
        else:
            inner.refuse(f"A topic was expected here, not {type_name(value)}.")
    return ModuleRecord(f"w{week}", week, title or f"Week {week}", tuple(topics))


def _topic(reader: Reader, record: dict[str, Any], week: int, position: int) -> TopicRecord:
    title = reader.title(record, "title")
    content = reader.text(record, "content")
    if not title:
        reader.note("The topic has no title; it got a number.")
    if not content.strip():
        reader.note("The topic has no content; write it before you publish the course.")
        content = ""
    return TopicRecord(f"w{week}.{position}", position, title or f"Topic {position}", content)
