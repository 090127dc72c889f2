"""Courses of web pages: fetched by a worker, from public addresses only, within limits."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from courses import web_pages
from courses.models import Course, SourceDocument
from courses.services import publish_course, request_course
from engine.reading.document import DocumentRejectedError
from jobs.models import Job, JobStatus
from tests.api.world import client
from tests.factories import make_learner, make_teacher
from tests.office import rivers_docx, rivers_html
from tests.pdfs import make_pdf, upload
from tests.queue import work

pytestmark = pytest.mark.django_db
HTML = {"Content-Type": "text/html; charset=utf-8"}
Answer = tuple[int, dict[str, str], bytes]


class Site:
    """A web server on this machine with pages by their paths; `asked` has the paths in order."""

    def __init__(self) -> None:
        self.pages: dict[str, Answer | Callable[[Any], None]] = {}
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.port = 0

    def url(self, path: str = "/rivers") -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@pytest.fixture
def site(settings: Settings) -> Iterator[Site]:
    made = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.path)
            made.headers.append({name.lower(): value for name, value in self.headers.items()})
            answer = made.pages.get(self.path, (404, {}, b"no"))
            if callable(answer):
                answer(self)
                return
            status, headers, body = answer
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_port
    settings.WEB_PAGE_ALLOWED_PORTS = [made.port]
    settings.WEB_PAGE_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    thread = Thread(target=server.serve_forever, args=[0.05])
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: object, chroma: int) -> None:
    settings.MEDIA_ROOT = tmp_path


def made_of(*addresses: str, **values: object) -> Job:
    return work(request_course(addresses=addresses, **values).job)  # type: ignore[arg-type] # passed on as they are


def fetched(address: str, most: int = 10**6) -> tuple[bytes, str]:
    with web_pages.fetched_page(address, most) as page:
        return page.file.read(), page.form.value


def refused(address: str, most: int = 10**6) -> tuple[str, str]:
    with pytest.raises(DocumentRejectedError) as caught:
        fetched(address, most)
    return caught.value.code, caught.value.message


def test_a_course_of_a_web_page_links_to_it(site: Site) -> None:
    site.pages["/wiki/Rivers_and_deltas"] = (200, HTML, rivers_html())
    address = site.url("/wiki/Rivers_and_deltas")
    job = made_of(f"  {address}#top ", requested_by=make_teacher())
    assert (job.status, job.error) == (JobStatus.COMPLETED, "")
    course, document = Course.objects.get(), SourceDocument.objects.get()
    assert course.title == "Water on land"
    assert document.original_name == "127.0.0.1/wiki/Rivers_and_deltas"
    assert (document.address, document.bytes) == (address, len(rivers_html()))
    publish_course(course)
    learner = Client()
    learner.force_login(make_learner())
    topic = course.modules.all()[0].topics.all()[0]
    page = learner.get(reverse("topic-detail", args=[topic.pk])).text
    assert f'<a href="{address}" rel="noopener noreferrer nofollow">127.0.0.1/wiki/' in page
    assert "section \u201cSprings\u201d" in page
    assert site.headers[0]["host"] == f"127.0.0.1:{site.port}"
    assert "cookie" not in site.headers[0]


@pytest.mark.slow
def test_files_and_pages_make_one_course_and_a_page_given_twice_is_used_once(site: Site) -> None:
    site.pages["/rivers"] = (200, HTML, rivers_html())
    made = request_course(files=[upload()], addresses=[site.url(), site.url(), " "])
    assert [d.position for d in made.course.documents.all()] == [1, 2]
    assert work(made.job).status == JobStatus.COMPLETED
    assert site.asked == ["/rivers"]


def test_the_api_and_the_form_take_addresses(site: Site) -> None:
    site.pages["/rivers"] = (200, HTML, rivers_html())
    teacher = make_teacher()
    asked = client(teacher).post("/api/courses/", {"addresses": [site.url()]}, format="json")
    assert asked.status_code == 202
    staff = Client()
    staff.force_login(teacher)
    form = {"title": "Water", "addresses": f"{site.url()}\n"}
    answer = staff.post(reverse("admin:courses_course_add"), form)
    assert answer.status_code == 302
    assert [d.address for d in SourceDocument.objects.all()] == [site.url()] * 2


@pytest.mark.parametrize(
    "address",
    [
        "ftp://example.org/x",
        "https://me:secret@example.org/",
        "https://x:22/",
        "file:///etc/passwd",
    ],
)
def test_addresses_that_are_never_called_are_refused_at_once(address: str) -> None:
    teacher = make_teacher()
    asked = client(teacher).post("/api/courses/", {"addresses": [address]}, format="json")
    assert (asked.status_code, asked.json()["code"]) == (400, "address_refused")
    staff = Client()
    staff.force_login(teacher)
    form = staff.post(reverse("admin:courses_course_add"), {"addresses": address})
    assert address in form.context["form"].errors["addresses"][0]
    assert not Course.objects.exists()


INSIDE = [
    "http://127.0.0.1/", "http://localhost/", "http://[::1]/", "http://169.254.169.254/latest/",
    "http://10.0.0.1/", "http://2130706433/", "http://[::ffff:7f00:1]/", "http://168.63.129.16/",
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_no_address_of_ours_is_fetched(address: str) -> None:
    job = made_of(address)
    assert job.status == JobStatus.FAILED
    assert job.error.startswith(f"{address}: ")
    assert "has no public address, so it is not called" in job.error


def test_a_redirect_is_followed_and_each_address_is_checked(site: Site, settings: Settings) -> None:
    site.pages["/old"] = (301, {"Location": "/rivers"}, b"")
    site.pages["/rivers"] = (200, HTML, b"<html>here")
    assert fetched(site.url("/old")) == (b"<html>here", "html")
    site.pages["/out"] = (302, {"Location": "http://10.0.0.1/"}, b"")
    assert "10.0.0.1" in refused(site.url("/out"))[1]
    site.pages["/file"] = (307, {"Location": "file:///etc/passwd"}, b"")
    assert refused(site.url("/file"))[0] == "address_refused"
    settings.WEB_PAGE_ALLOWED_PORTS = [site.port, 1]
    site.pages["/round"] = (302, {"Location": "/round"}, b"")
    before = len(site.asked)
    assert refused(site.url("/round"))[0] == "page_unreachable"
    assert len(site.asked) - before == web_pages.MAX_REDIRECTS + 1


def test_a_name_that_leads_elsewhere_the_second_time_is_called_where_it_was_checked(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.pages["/rivers"] = (200, HTML, b"<html>here")
    found = iter(["127.0.0.1", "10.0.0.1"])
    real = socket.getaddrinfo

    def look_up(host: Any, port: Any, *args: Any, **values: Any) -> Any:
        at = next(found) if host == "rebinding.example" else host
        return real(at, port, *args, **values)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert fetched(f"http://rebinding.example:{site.port}/rivers")[0] == b"<html>here"


@pytest.mark.parametrize(
    ("status", "words"),
    [(404, "there is no such page"), (403, "not open to everybody"), (451, "the error 451")],
)
def test_a_page_that_is_not_to_be_had(site: Site, status: int, words: str) -> None:
    site.pages["/rivers"] = (status, HTML, b"no")
    job = made_of(site.url())
    assert job.status == JobStatus.FAILED
    assert words in job.error
    assert "save it there, and upload the saved page" in job.error


def test_a_server_in_trouble_is_asked_again(site: Site, settings: Settings) -> None:
    settings.JOB_RETRY_PAUSES = settings.JOB_RETRY_PAUSES[:2]
    site.pages["/rivers"] = (503, HTML, b"")
    job = made_of(site.url())
    assert (job.status, len(site.asked)) == (JobStatus.FAILED, 3)
    assert "its server answers with the error 503" in job.error


def test_a_page_that_is_too_large_too_slow_or_never_comes(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.pages["/large"] = (200, HTML, b"<html>" + b"x" * 10_000)
    assert refused(site.url("/large"), 5000)[0] == "too_large"
    bomb = gzip.compress(b"<html>" + b" " * 5_000_000)
    site.pages["/bomb"] = (200, HTML | {"Content-Encoding": "gzip"}, bomb)
    assert refused(site.url("/bomb"), 100_000)[0] == "too_large"
    site.pages["/packed"] = (200, HTML | {"Content-Encoding": "gzip"}, gzip.compress(b"<html>x"))
    assert fetched(site.url("/packed")) == (b"<html>x", "html")
    site.pages["/spoiled"] = (200, HTML | {"Content-Encoding": "gzip"}, b"no gzip")
    with pytest.raises(web_pages.PageAwayError, match="damaged"):
        fetched(site.url("/spoiled"))
    monkeypatch.setattr(web_pages, "TOTAL", 0.5)
    site.pages["/slow"] = lambda handler: handler.rfile.read(1)
    with pytest.raises(web_pages.PageAwayError, match="within"):
        fetched(site.url("/slow"))
    site.pages["/hangs-up"] = lambda handler: handler.connection.close()
    with pytest.raises(web_pages.PageAwayError, match="no answer"):
        fetched(site.url("/hangs-up"))


def test_an_address_may_lead_to_any_document(site: Site) -> None:
    site.pages["/notes.pdf"] = (200, {"Content-Type": "application/octet-stream"}, make_pdf())
    assert fetched(site.url("/notes.pdf"))[1] == "pdf"
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    site.pages["/get"] = (200, {"Content-Type": word}, rivers_docx())
    assert fetched(site.url("/get"))[1] == "docx"
    site.pages["/picture"] = (200, {"Content-Type": "image/png"}, b"\x89PNG\r\n")
    assert refused(site.url("/picture"))[0] == "unsupported_kind"
    site.pages["/empty"] = (200, HTML, b"")
    assert refused(site.url("/empty"))[0] == "empty_file"


def test_two_addresses_of_one_page_are_said(site: Site) -> None:
    site.pages["/a"] = site.pages["/b"] = (200, HTML, rivers_html())
    job = made_of(site.url("/a"), site.url("/b"))
    assert job.status == JobStatus.FAILED
    assert "it is the same as 127.0.0.1/a" in job.error


def test_a_step_that_runs_again_does_not_fetch_again(site: Site) -> None:
    site.pages["/rivers"] = (200, HTML, rivers_html())
    made_of(site.url())
    document = SourceDocument.objects.get()
    with document.file.open() as file:
        assert file.read() == rivers_html()
    assert (document.format, len(site.asked)) == ("html", 1)


def test_the_same_request_again_is_the_same_course(site: Site) -> None:
    site.pages["/rivers"] = (200, HTML, rivers_html())
    teacher = make_teacher()
    first = request_course(addresses=[site.url()], requested_by=teacher, key="water-page-1")
    again = request_course(addresses=[site.url()], requested_by=teacher, key="water-page-1")
    assert first.job == again.job


def test_more_addresses_than_files_may_be_sent_are_refused(settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 2
    with pytest.raises(DocumentRejectedError, match="at most 2 web addresses"):
        request_course(addresses=[f"https://example.org/{n}" for n in range(3)])
