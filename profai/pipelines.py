"""The pipelines of ProfAI, handed to the job engine by name.

This is where courses and quizzes meet: neither the job engine nor the courses app knows
that quizzes exist.
"""

from __future__ import annotations

from jobs.pipelines import Pipeline, Stage, register

COURSE = Pipeline(
    kind="course",
    title="Make a course",
    stages=(
        Stage("extract", "Read the PDFs", 15, "courses.steps.extract"),
        Stage("index", "Index the passages", 5, "courses.steps.index"),
        Stage(
            "outline",
            "Plan the course",
            5,
            "courses.steps.outline",
            then="quizzes.steps.plan_writing",
        ),
        Stage("write", "Write the topics", 35, "courses.steps.write"),
        Stage("quiz", "Write the quizzes", 35, "quizzes.steps.write_quizzes"),
        Stage("finish", "Finish", 5, "courses.steps.finish"),
    ),
    on_end="courses.steps.ended",
    subject="courses.queries.course_of_job",
)


REWRITE = Pipeline(
    kind="rewrite",
    title="Write topics again",
    stages=(Stage("write", "Write the topics", 100, "courses.steps.rewrite"),),
    subject="courses.queries.course_of_job",
)
QUIZ = Pipeline(
    kind="quiz",
    title="Make a quiz",
    stages=(Stage("quiz", "Write the quiz", 100, "quizzes.steps.rewrite_quiz"),),
    subject="courses.queries.course_of_job",
)


IMPORT = Pipeline(
    kind="import",
    title="Import old data",
    stages=(Stage("import", "Take in the files", 100, "quizzes.imports.runs.take_in"),),
    on_end="quizzes.imports.runs.ended",
    subject="quizzes.imports.runs.run_of_job",
)


def register_pipelines() -> None:
    for pipeline in (COURSE, REWRITE, QUIZ, IMPORT):
        register(pipeline)
