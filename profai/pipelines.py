"""The pipelines of ProfAI: which steps a job of each kind has, by dotted names.

Only this module knows both courses and quizzes: the job engine and the courses app do not know
that quizzes exist.
"""

from __future__ import annotations

from jobs.pipelines import Pipeline, Stage, register, register_sweep

COURSE = Pipeline(
    kind="course",
    title="Make a course",
    stages=(
        Stage("extract", "Read the documents", 15, "courses.steps.extract"),
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
    result="courses.api.serializers.CourseResultSerializer",
    lock="courses.services.lock_course_of_job",
    preload=("courses.steps.load_for_steps", "quizzes.steps.load_for_quizzes"),
)


WRITING = Pipeline(
    kind="writing",
    title="Write a course by its outline",
    stages=(
        Stage(
            "plan",
            "Take the outline",
            1,
            "courses.steps.take_outline",
            then="quizzes.steps.plan_writing",
        ),
        Stage("write", "Write the topics", 47, "courses.steps.write"),
        Stage("quiz", "Write the quizzes", 47, "quizzes.steps.write_quizzes"),
        Stage("finish", "Finish", 5, "courses.steps.finish"),
    ),
    subject="courses.queries.course_of_job",
    result="courses.api.serializers.CourseResultSerializer",
    lock="courses.services.lock_course_of_job",
)
REWRITE = Pipeline(
    kind="rewrite",
    title="Write topics again",
    stages=(Stage("write", "Write the topics", 100, "courses.steps.rewrite"),),
    subject="courses.queries.course_of_job",
    result="courses.api.serializers.CourseResultSerializer",
    lock="courses.services.lock_course_of_job",
)
QUIZ = Pipeline(
    kind="quiz",
    title="Make a quiz",
    stages=(Stage("quiz", "Write the quiz", 100, "quizzes.steps.rewrite_quiz"),),
    subject="courses.queries.course_of_job",
    result="courses.api.serializers.CourseResultSerializer",
    lock="courses.services.lock_course_of_job",
)


QUESTION = Pipeline(
    kind="question",
    title="Make another question",
    stages=(Stage("question", "Make the question", 100, "quizzes.steps.rewrite_question"),),
    subject="courses.queries.course_of_job",
    result="courses.api.serializers.CourseResultSerializer",
    lock="courses.services.lock_course_of_job",
)


ADDED = Pipeline(
    kind="added",
    title="Index documents that were added",
    stages=(Stage("index", "Index the passages", 100, "courses.steps.index_added"),),
    subject="courses.queries.course_of_job",
    result="courses.api.serializers.CourseResultSerializer",
    lock="courses.services.lock_course_of_job",
)


CHECK = Pipeline(
    kind="check",
    title="Check an edited lesson",
    stages=(Stage("check", "Check the sentences", 100, "courses.steps.check_claims"),),
)


WORDINGS = Pipeline(
    kind="wordings",
    title="Read short answers",
    stages=(Stage("read", "Read the answers", 100, "quizzes.steps.read_short_answers"),),
    on_end="quizzes.wordings.reading_ended",
    subject="quizzes.wordings.attempt_of_job",
    lock="courses.services.lock_course_of_job",
)


IMPORT = Pipeline(
    kind="import",
    title="Import old data",
    stages=(
        Stage(
            "import",
            "Take in the files",
            80,
            "exchange.old_json.runs.take_in",
            then="exchange.old_json.runs.plan_indexing",
        ),
        Stage("index", "Build search indexes", 20, "courses.steps.index_courses"),
    ),
    on_end="exchange.old_json.runs.ended",
    subject="exchange.old_json.runs.run_of_job",
    result="quizzes.api.serializers.ImportResultSerializer",
)


INDEX = Pipeline(
    kind="index",
    title="Build search indexes",
    stages=(Stage("index", "Build search indexes", 100, "courses.steps.index_courses"),),
)


def register_pipelines() -> None:
    pipelines = (
        *(COURSE, WRITING, REWRITE, QUIZ, QUESTION, ADDED, CHECK, WORDINGS, IMPORT, INDEX),
    )
    for pipeline in pipelines:
        register(pipeline)
    register_sweep("quizzes.services.end_overdue_attempts")
