"""`python -m benchmarks.engines PDF`: one book through both engines, as a Markdown table.

The language model is the one that LLM_PROVIDER and its like name in the environment. It costs
what a course costs.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from typing import Any

import django

from benchmarks.course_run import wait
from profai.local.embedded import ensure_database, stop_server

ENGINES = ("extractive", "llm")


def main() -> int:
    pdf = Path(sys.argv[1])
    with TemporaryDirectory(prefix="profai-engines-") as folder:
        os.environ["PROFAI_VAR_DIR"] = folder
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "profai.settings.dev")
        ensure_database()
        django.setup()
        try:
            columns = _courses(pdf)
        finally:
            stop_server()
    lines = [f"| {pdf.name} | {' | '.join(ENGINES)} |", "|---|---|---|"]
    names = list(dict.fromkeys(name for column in columns for name in column))
    for name in names:
        values = " | ".join(str(column.get(name, 0)) for column in columns)
        lines.append(f"| {name} | {values} |")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def _courses(pdf: Path) -> list[dict[str, Any]]:
    # Models can be imported only now.
    from django.core.management import call_command

    from profai.local.supervisor import choose_ports, start_backend, supervised

    with supervised() as supervisor:
        call_command("migrate", verbosity=0)
        choose_ports()
        start_backend(supervisor)
        return [_column(pdf, engine) for engine in ENGINES]


def _column(pdf: Path, engine: str) -> dict[str, Any]:
    from django.core.files import File
    from django.test import override_settings

    from courses.services import request_course

    with override_settings(COURSE_ENGINE=engine), pdf.open("rb") as file:
        request = request_course(files=[File(file, pdf.name)])
    job = wait(request.job)
    seconds = (job.completed_at - job.started_at).total_seconds()
    paid = {"calls": job.calls, "tokens in, out": f"{job.tokens_in}, {job.tokens_out}"}
    return {"seconds": round(seconds), **paid} | _topics(job) | _questions(job)


def _topics(job: Any) -> dict[str, Any]:
    from courses.models import Citation, Claim, Topic
    from engine.lessons.schemas import DOUBTFUL

    topics = list(Topic.objects.filter(module__course__job=job))
    claims = Claim.objects.filter(topic__in=topics)
    doubted = claims.filter(verdict__in=DOUBTFUL).count()
    return {
        "topics": len(topics),
        "topics that carry a flag": sum(bool(topic.flags) for topic in topics),
        "words of a topic (mean)": round(mean(len(topic.content.split()) for topic in topics)),
        "citations": Citation.objects.filter(topic__in=topics).count(),
        "claims": claims.count(),
        "of these doubted": doubted,
        "citations dropped: not handed in": sum(topic.dropped_citations for topic in topics),
    }


def _questions(job: Any) -> dict[str, Any]:
    from quizzes.models import NOT_REJECTED, Question, QuestionStatus

    questions = Question.objects.filter(quiz__course__job=job)
    rejected = questions.filter(status=QuestionStatus.REJECTED)
    codes = Counter(issue["code"] for question in rejected for issue in question.check_results)
    return {
        "questions asked": questions.filter(status__in=NOT_REJECTED).count(),
        "questions kept out": rejected.count(),
        **{f"kept out for {code}": count for code, count in sorted(codes.items())},
    }


if __name__ == "__main__":
    sys.exit(main())
