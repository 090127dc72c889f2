"""`make audit` with pip-audit itself, against a service of vulnerabilities of the test's own."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from deploy.checks import audit
from profai.environment import BASE_DIR
from profai.local.processes import any_free_port

PROBE = {"id": "PYSEC-2018-28"}
HOLE = {
    "id": "PYSEC-2026-1",
    "aliases": ["CVE-2026-1"],
    "summary": "It leaks.",
    "affected": [
        {
            "package": {"name": "leaky", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.1"}]}],
        }
    ],
}


class Service:
    """Answers as OSV does. `known` are vulnerabilities by package; None breaks the answer."""

    def __init__(self) -> None:
        self.known: dict[str, list[Any] | None] = {"requests": [PROBE | {"affected": []}]}
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                found = service.known.get(asked["package"]["name"], [])
                body = json.dumps({"vulns": found} if found else {}).encode()
                self.send_response(500 if found is None else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Tests are quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1/query"


@pytest.fixture
def service() -> Iterator[Service]:
    found = Service()
    thread = Thread(target=found.server.serve_forever)
    thread.start()
    yield found
    found.server.shutdown()
    thread.join()
    found.server.server_close()


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "lock.txt"
    path.write_text("leaky==1.0\nsound==2.0\n")
    return path


def exception(folder: Path, **changes: Any) -> Path:
    row = {"id": '"CVE-2026-1"', "package": '"leaky"', "reason": '"Never called."'}
    row |= {"until": str(datetime.now(UTC).date())} | changes
    path = folder / "exceptions.toml"
    path.write_text("\n".join(["[[exception]]", *(f"{key} = {row[key]}" for key in row)]))
    return path


def run(url: str, lock: Path, exceptions: Path = Path(os.devnull)) -> int:
    return audit.main(["--osv-url", url, "--exceptions", str(exceptions), str(lock)])


@pytest.mark.slow
def test_nothing_is_found(service: Service, lock: Path, capsys: Any) -> None:
    assert run(service.url, lock) == 0
    assert capsys.readouterr().out == (
        "Asked the mirror of OSV of 2 packages. Known vulnerabilities: 0.\n"
    )


@pytest.mark.slow
def test_a_vulnerability_fails_and_says_what_mends_it(
    service: Service, lock: Path, capsys: Any
) -> None:
    service.known["leaky"] = [HOLE]
    assert run(service.url, lock) == 1
    assert "leaky 1.0: CVE-2026-1, PYSEC-2026-1; fixed in 1.1\n" in capsys.readouterr().out


@pytest.mark.slow
def test_one_without_a_remedy_says_so(service: Service, lock: Path, capsys: Any) -> None:
    service.known["leaky"] = [{"id": "PYSEC-2026-2", "affected": []}]
    assert run(service.url, lock) == 1
    assert "leaky 1.0: PYSEC-2026-2; no release mends it" in capsys.readouterr().out


@pytest.mark.slow
def test_a_service_that_is_not_reached_is_said_on_one_line(lock: Path, capsys: Any) -> None:
    assert run(f"http://127.0.0.1:{any_free_port()}/", lock) == 0
    assert capsys.readouterr().out == f"{audit.NOT_REACHED}\n"


@pytest.mark.slow
def test_a_service_that_knows_nothing_is_not_good_news(
    service: Service, lock: Path, capsys: Any
) -> None:
    """Mirrors of the index are like that: they have the packages and no vulnerabilities."""
    service.known.clear()
    assert run(service.url, lock) == 0
    assert capsys.readouterr().out == f"{audit.NOT_REACHED}\n"


@pytest.mark.slow
def test_a_service_that_breaks_half_way_is_an_error(service: Service, lock: Path) -> None:
    service.known["sound"] = None
    with pytest.raises(audit.AuditError, match="came to no end"):
        run(service.url, lock)


@pytest.mark.slow
def test_a_lock_that_is_not_there_is_an_error(service: Service, tmp_path: Path) -> None:
    with pytest.raises(audit.AuditError, match="came to no end"):
        run(service.url, tmp_path / "nothing.txt")


@pytest.mark.slow
def test_an_option_that_pip_audit_does_not_know_is_an_error(lock: Path) -> None:
    with pytest.raises(audit.AuditError, match="could not be run"):
        audit.ask(("--no-such-option",), lock)


@pytest.mark.slow
def test_the_second_service_is_asked_if_the_first_does_not_answer(
    service: Service, lock: Path
) -> None:
    services = {
        "one": ("-s", "osv", "--osv-url", f"http://127.0.0.1:{any_free_port()}/"),
        "two": ("-s", "osv", "--osv-url", service.url),
    }
    found = audit.audit(services, [lock])
    assert found is not None
    assert found[0] == "two"


@pytest.mark.slow
def test_our_own_locks_can_be_read(service: Service) -> None:
    services = {"one": ("-s", "osv", "--osv-url", service.url)}
    found = audit.audit(services, list(audit.LOCKS))
    assert found is not None
    assert len(found[1].asked) > 200
    assert found[1].unknown == set()


@pytest.mark.slow
def test_an_exception_lets_it_pass(service: Service, lock: Path, tmp_path: Path) -> None:
    service.known["leaky"] = [HOLE]
    assert run(service.url, lock, exception(tmp_path)) == 0


FOUND = audit.Answer(
    {audit.Hole("leaky", "1.0", frozenset({"PYSEC-2026-1", "CVE-2026-1"}), ())}, {"leaky"}, set()
)
TODAY = date(2026, 6, 1)


def allowed(package: str = "leaky", until: date = TODAY) -> list[audit.Exemption]:
    return [audit.Exemption("CVE-2026-1", package, "Never called.", until)]


def test_an_exception_is_for_one_package() -> None:
    assert audit.report(FOUND, allowed(), TODAY) == ([], True)
    assert audit.report(FOUND, allowed(package="sound"), TODAY)[1] is False


def test_an_exception_ends() -> None:
    lines, well = audit.report(FOUND, allowed(until=TODAY - timedelta(days=1)), TODAY)
    assert well is False
    assert "The exception for CVE-2026-1 ended on 2026-05-31: look again." in lines


def test_an_exception_that_nothing_needs_is_told() -> None:
    lines, well = audit.report(audit.Answer(set(), {"leaky"}, set()), allowed(), TODAY)
    assert (lines, well) == (["The exception for CVE-2026-1 is needed no more: take it out."], True)


@pytest.mark.parametrize("changes", [{"reason": '" "'}, {"until": '"2027-01-31"'}])
def test_an_exception_needs_a_reason_and_a_date(tmp_path: Path, changes: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="needs a reason and a date"):
        audit.exemptions(exception(tmp_path, **changes))


def test_packages_that_a_service_does_not_know_are_named() -> None:
    answer = audit.Answer(set(), {"known"}, {"theirs", "ours"})
    lines, well = audit.report(answer, [], date(2026, 1, 1))
    assert (lines, well) == (["Nothing is known of ours, theirs."], True)


def test_the_exceptions_of_this_repository_can_be_read() -> None:
    today = datetime.now(UTC).date()
    assert [one.id for one in audit.exemptions(audit.EXCEPTIONS) if one.until < today] == []


def test_the_pipeline_asks() -> None:
    assert "\nmake audit\n" in (BASE_DIR / ".ci/run").read_text()
