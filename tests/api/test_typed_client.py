"""From a PDF to a scored quiz by the typed client that is made of the API's own document."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from clients.__main__ import write_client
from profai.environment import BASE_DIR
from tests.factories import PASSWORD, make_superuser
from tests.live import running_profai
from tests.waiting import LONG

pytestmark = pytest.mark.slow

# A program of somebody who has nothing but the client. It runs in a process of its own.
PROGRAM = """
from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from profai_client import AuthenticatedClient, Client
from profai_client.api.attempts import attempts_submit_create
from profai_client.api.courses import courses_create, courses_publish_create, courses_retrieve
from profai_client.api.jobs import jobs_retrieve
from profai_client.api.questions import questions_approve_create, questions_list
from profai_client.api.quizzes import quizzes_attempts_create, quizzes_list
from profai_client.api.token import token_create
from profai_client.models.course_detail import CourseDetail
from profai_client.models.job import Job
from profai_client.models.logged_in import LoggedIn
from profai_client.models.login import Login
from profai_client.models.new_course import NewCourse
from profai_client.models.open_attempt import OpenAttempt
from profai_client.models.paginated_quiz_list import PaginatedQuizList
from profai_client.models.paginated_review_question_list import PaginatedReviewQuestionList
from profai_client.models.problem import Problem
from profai_client.models.result import Result
from profai_client.models.submission import Submission
from profai_client.models.submission_answers import SubmissionAnswers
from profai_client.models.uploaded import Uploaded
from profai_client.types import File


def main(address: str, name: str, password: str, pdf: str) -> None:
    login = token_create.sync(client=Client(address), body=Login(name, password))
    assert isinstance(login, LoggedIn)
    client = AuthenticatedClient(address, login.token)
    with Path(pdf).open("rb") as file:
        sent = File(file, Path(pdf).name, "application/pdf")
        new = NewCourse(files=[sent], title="Water")
        made = courses_create.sync(client=client, body=new, idempotency_key="water")
    assert isinstance(made, Uploaded), made
    while isinstance(job := jobs_retrieve.sync(made.job_id, client=client), Job):
        if job.completed_at:
            break
        time.sleep(0.1)
    assert isinstance(job, Job) and job.state == "completed", job
    course = courses_retrieve.sync("water", client=client)
    assert isinstance(course, CourseDetail) and course.modules[0].topics
    refused = courses_publish_create.sync("sand", client=client)
    assert isinstance(refused, Problem) and refused.code == "not_found"
    courses_publish_create.sync("water", client=client)
    quizzes = quizzes_list.sync(client=client, course="water")
    assert isinstance(quizzes, PaginatedQuizList), quizzes
    quiz = quizzes.results[0].id
    drafts = questions_list.sync(client=client, quiz=quiz, page_size=100)
    assert isinstance(drafts, PaginatedReviewQuestionList), drafts
    for draft in drafts.results:
        if draft.status == "draft":
            questions_approve_create.sync(draft.id, client=client)
    attempt = quizzes_attempts_create.sync(quiz, client=client)
    assert isinstance(attempt, OpenAttempt), attempt
    answers = SubmissionAnswers()
    answers.additional_properties = {
        str(asked.position): 1 for asked in attempt.questions if asked.choices
    }
    body = Submission(answers=answers)
    result = attempts_submit_create.sync(attempt.id, client=client, body=body)
    assert isinstance(result, Result), result
    right = sum(bool(scored.is_correct) for scored in result.questions)
    told = [result.answers_shown, len(result.questions), right]
    print(json.dumps([result.total, result.correct, *told]))


main(*sys.argv[1:])
"""


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("client")
    write_client(folder / "profai_client", meta="none")
    path = folder / "program.py"
    path.write_text(PROGRAM)
    return path


def test_the_client_and_a_program_that_uses_it_are_typed_without_a_gap(program: Path) -> None:
    # What the generator wrote is read for its types, not judged.
    options = ["--strict", "--follow-imports=silent", "--no-error-summary"]
    apart = ["--config-file=", "--cache-dir=/dev/null"]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *options, *apart, program.name],
        cwd=program.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("", 0)


@pytest.mark.cluster
@pytest.mark.django_db(transaction=True)
def test_a_program_goes_from_a_pdf_to_a_scored_quiz(
    program: Path, chroma_port: int, tmp_path: Path
) -> None:
    make_superuser("admin")
    sample = str(BASE_DIR / "samples" / "water-on-earth.pdf")
    with running_profai(tmp_path, chroma_port) as address:
        done = subprocess.run(
            [sys.executable, program.name, address, "admin", PASSWORD, sample],
            cwd=program.parent,
            capture_output=True,
            text=True,
            timeout=2 * LONG,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    total, correct, shown, asked, right = json.loads(done.stdout)
    assert total >= 3
    # A new quiz shows its answers once it is passed.
    assert (asked, right) == ((total, correct) if shown else (0, 0))
