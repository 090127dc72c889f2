"""Files as they really are: each case of damage is said with file, place and reason, and the
rest comes in."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from courses.models import Course, Module, Topic
from exchange.old_json.files import Archive, Folder
from exchange.old_json.report import Level
from exchange.old_json.service import Options, run_import
from quizzes.models import Answer, Attempt, Choice, Question, QuestionStatus, Quiz, QuizStatus
from tests.exchange.old import Old, answer_key, counts, course, quiz, said, submission

pytestmark = pytest.mark.django_db

COURSES = "courses/course_output.json"


def test_a_file_that_is_cut_off_gives_what_is_whole(old: Old) -> None:
    text = json.dumps([course(1), course(2, "Lakes")])
    old.write(COURSES, text[: len(text) - 30])
    report = old.take_in()
    assert not report.is_clean
    [line] = said(report, Level.REFUSED)
    assert line.startswith(f"unreadable {COURSES} record 2, line 1, column ")
    assert line.endswith("The file ends in the middle of this record: it is cut off.")
    assert Course.objects.get().title == "Rivers"
    assert counts(report)["unreadable"] == {"refused": 1}


def test_of_two_documents_in_one_file_the_later_record_counts(old: Old) -> None:
    old.write(COURSES, json.dumps([course(1)]) + json.dumps([course(1, "Rivers, again")]))
    report = old.take_in()
    assert Course.objects.get().title == "Rivers, again"
    assert counts(report)["course"] == {"created": 1, "skipped": 1}
    assert said(report, Level.SKIPPED) == [
        f"course {COURSES} record 1: It is in the file again, further down."
    ]
    assert "The file holds 2 documents" in said(report, Level.NOTE)[0]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_encodings_of_all_kinds_are_read(old: Old, encoding: str) -> None:
    text = json.dumps([course(title="Flüsse")], ensure_ascii=False)
    old.write(COURSES, text.encode(encoding))
    report = old.take_in()
    assert report.is_clean
    assert Course.objects.get().title == "Flüsse"
    assert len(said(report)) == (encoding == "cp1252")


def test_wrong_types_are_refused_one_by_one(old: Old) -> None:
    wrong = course()
    wrong["modules"][0]["sub_topics"] = [7, {"title": ["?"], "content": 3}]
    wrong["modules"] += ["week", {"week": "soon", "title": {}, "sub_topics": "none"}]
    old.write(COURSES, [wrong, {"course_title": 5, "modules": {}}, 3, "x", {"a": 1}, {}])
    report = old.take_in()
    assert said(report, Level.REFUSED) == [
        (
            f"unreadable {COURSES} record 3: This is a number: no course, quiz, answer key, "
            "submission or export."
        ),
        (
            f"unreadable {COURSES} record 4: This is a text: no course, quiz, answer key, "
            "submission or export."
        ),
        (
            f"unreadable {COURSES} record 5: This is an object with a: no course, quiz, answer "
            "key, submission or export."
        ),
        (
            f"unreadable {COURSES} record 6: This is an empty object: no course, quiz, answer "
            "key, submission or export."
        ),
        (
            f"topic {COURSES} record 1, modules[0], sub_topics[0]: A topic was expected here, "
            "not a number."
        ),
        f"module {COURSES} record 1, modules[2]: A module was expected here, not a text.",
        f"topic {COURSES} record 1, modules[3], sub_topics: A list was expected here, not a text.",
        f"module {COURSES} record 2, modules: A list was expected here, not an object.",
    ]
    assert Course.objects.count() == 2
    assert Topic.objects.get(module__position=1).content == "3"
    assert list(Module.objects.filter(course__title="Rivers").values_list("position", "title")) == [
        (1, "Rivers, part 1"),
        (2, "Rivers, part 2"),
        (4, "Week 4"),
    ]


def test_a_course_without_a_title_is_refused(old: Old) -> None:
    old.write(COURSES, [course(1, " "), course(2, "Lakes")])
    report = old.take_in()
    assert said(report, Level.REFUSED) == [
        f"course {COURSES} record 1: The course has no “course_title”."
    ]
    assert Course.objects.get().title == "Lakes"


def test_a_course_id_that_is_none_is_noted(old: Old) -> None:
    old.courses(course([1]))
    assert "“course_id” is a list; it was ignored." in said(old.take_in(), Level.NOTE)[0]


def test_the_same_course_id_in_two_files_is_reported(old: Old) -> None:
    old.write("courses/a.json", course(1))
    old.write("courses/b.json", course("1", "Lakes"))
    old.write("courses/c.json", course(1))
    report = old.take_in()
    assert counts(report)["course"] == {"created": 1, "skipped": 1, "refused": 1}
    assert said(report, Level.REFUSED) == [
        (
            "course courses/b.json record 1: Another course with this id is in courses/a.json; "
            "that one was taken."
        )
    ]
    assert Course.objects.get().title == "Rivers"


def test_a_week_of_many_digits_is_no_other_week(old: Old) -> None:
    data = course()
    data["modules"][0]["week"], data["modules"][1]["week"] = "003", "0000000025"
    old.courses(data)
    notes = said(old.take_in(), Level.NOTE)
    assert [note for note in notes if "is not a week; it counts as missing" in note]
    assert sorted(Module.objects.values_list("position", flat=True)) == [2, 3]


def test_a_week_that_is_there_twice_is_moved_and_noted(old: Old) -> None:
    data = course()
    data["modules"][1]["week"] = 1
    old.courses(data)
    report = old.take_in()
    assert "Week 1 is there twice; this module became week 2." in said(report, Level.NOTE)[0]
    assert Module.objects.count() == 2


def test_long_words_are_cut_and_noted(old: Old) -> None:
    old.courses(course("x" * 999, "y" * 999))
    report = old.take_in()
    assert len(Course.objects.get().title) == 255
    assert "“course_title” is longer than 255 letters; it was cut." in said(report)[0]
    assert counts(old.take_in())["course"] == {"unchanged": 1}


def test_a_quiz_without_an_id_takes_that_of_its_questions(old: Old) -> None:
    old.courses(course())
    data = quiz()
    del data["quiz_id"]
    old.write("quizzes/a.json", data)
    old.write("quizzes/b.json", {"title": "No id", "questions": []})
    report = old.take_in()
    assert counts(report)["quiz"] == {"created": 1, "refused": 1}
    assert "module_1_0000000a was taken from its questions." in said(report, Level.NOTE)[0]
    assert "The quiz has no “quiz_id”" in said(report, Level.REFUSED)[0]


def test_questions_without_an_id_or_with_one_twice(old: Old) -> None:
    data = quiz()
    del data["questions"][0]["question_id"]
    data["questions"][2]["question_id"] = data["questions"][1]["question_id"]
    old.courses(course())
    old.quiz(data)
    report = old.take_in()
    assert counts(report)["question"] == {"created": 3, "refused": 1}
    assert "module_1_0000000a_q2 is there twice" in said(report, Level.REFUSED)[0]
    assert "it became module_1_0000000a_q1" in said(report, Level.NOTE)[0]


@pytest.mark.parametrize("correct", ["E", "Z) text", "", None, 7, "none of them"])
def test_a_right_answer_outside_a_to_d_keeps_the_question_from_learners(
    old: Old, correct: Any
) -> None:
    data = quiz()
    data["questions"][0]["correct_answer"] = correct
    old.courses(course())
    old.quiz(data)
    report = old.take_in()
    assert any("No right answer is known." in line for line in said(report, Level.NOTE))
    first = Question.objects.get(position=1)
    assert first.status == QuestionStatus.REJECTED
    assert first.check_results[0]["message"] == "No right answer is known."
    assert not first.choices.filter(is_correct=True).exists()


@pytest.mark.parametrize("correct", ["B", "b", " B ", "B) text", "(b)", "module_1_0000000a 1B"])
def test_a_right_answer_in_other_words_is_understood(old: Old, correct: str) -> None:
    data = quiz()
    data["questions"][0]["correct_answer"] = correct
    old.courses(course())
    old.quiz(data)
    assert said(old.take_in()) == []
    assert Question.objects.get(position=1).choices.get(is_correct=True).position == 1


def test_three_options_are_taken_and_noted_and_one_is_not_asked(old: Old) -> None:
    data = quiz()
    data["questions"][0]["options"].pop()
    data["questions"][1]["options"] = ["only"]
    data["questions"][2]["options"] = ["x", "x", "", "y"]
    old.courses(course())
    old.quiz(data)
    notes = said(old.take_in(), Level.NOTE)
    assert any("The question has 3 options." in note for note in notes)
    assert any("It has fewer than two options." in note for note in notes)
    assert any("Option 2 is there twice; it became “x (2)”." in note for note in notes)
    assert any("One of its options is empty." in note for note in notes)
    statuses = Question.objects.order_by("position").values_list("status", flat=True)
    assert list(statuses) == ["draft", "rejected", "rejected", "draft"]


def test_a_quiz_with_no_question_that_can_be_asked_is_empty(old: Old) -> None:
    data = quiz(questions=1)
    data["questions"][0]["correct_answer"] = ""
    old.courses(course())
    old.quiz(data)
    old.submission(submission(quiz(questions=1)))
    report = old.take_in()
    assert Quiz.objects.get().status == QuizStatus.EMPTY
    assert "it cannot be scored" in said(report, Level.REFUSED)[0]


def test_total_questions_that_is_wrong_is_noted(old: Old) -> None:
    old.courses(course())
    old.quiz(quiz(total_questions=9))
    assert "“total_questions” is 9, but there are 4." in said(old.take_in(), Level.NOTE)[0]


def test_where_quiz_and_key_disagree_the_key_counts(old: Old) -> None:
    data = quiz()
    key = answer_key(data)
    key["answers"]["module_1_0000000a_q1"] = "D"
    key["answers"]["module_1_0000000a_q2"] = "Q"
    key["answers"]["module_1_0000000a_q9"] = "A"
    key["answers"]["module_1_0000000a_q3"] = 4
    old.courses(course())
    old.quiz(data)
    old.key(key)
    report = old.take_in()
    notes = " ".join(said(report, Level.NOTE))
    assert "The quiz file says B, the answer key D; the key counts." in notes
    assert "The answer key says “Q”, which is none of its options." in notes
    assert "It has a letter for module_1_0000000a_q9, which the quiz lacks." in notes
    assert "The letter of module_1_0000000a_q3 is a number; it was left out." in notes
    right = Choice.objects.filter(is_correct=True).order_by("question__position")
    assert list(right.values_list("position", flat=True)) == [3, 2, 3, 0]


def test_keys_that_fit_nothing_are_refused(old: Old) -> None:
    old.write("quiz_answers/a.json", {"quiz_id": "gone", "answers": {}})
    old.write("quiz_answers/b.json", {"answers": {}, "quiz": {}})
    old.write("quiz_answers/c.json", {"quiz_id": "gone", "answers": []})
    report = old.take_in()
    assert counts(report) == {"answer key": {"refused": 3}}
    assert "Its quiz gone is not here" in said(report, Level.REFUSED)[0]


def test_answers_that_mean_nothing_are_refused_one_by_one(old: Old) -> None:
    data = old.whole()
    wrong = submission(data, right=4)
    answers = wrong["submission"]["answers"]
    answers |= {
        "module_1_0000000a_q1": "E",
        "module_1_0000000a_q2": None,
        "module_1_0000000a_q9": "A",
    }
    old.submission(wrong)
    report = old.take_in()
    name = "quiz_answers/module_1_0000000a_maria_submission.json record 1"
    assert said(report, Level.REFUSED) == [
        (
            f"answer {name}, answers[module_1_0000000a_q1]: “E” is none of the question's options; "
            "it counts as not answered."
        ),
        (
            f"answer {name}, answers[module_1_0000000a_q2]: nothing is none of the question's "
            "options; it counts as not answered."
        ),
        (
            f"answer {name}, answers[module_1_0000000a_q9]: Its quiz has no such question, or none "
            "with a known right answer."
        ),
    ]
    assert counts(report)["answer"] == {"created": 2, "refused": 3}
    assert said(report, Level.NOTE) == [
        (
            f"submission {name}: The file says score 4, passed True; its answers give score 2, "
            "passed False."
        )
    ]
    assert Attempt.objects.get().correct == 2
    assert Answer.objects.filter(chosen=None).count() == 2


def test_submissions_that_cannot_be_placed_are_refused(old: Old) -> None:
    data = old.whole()
    good = submission(data)
    old.write("quiz_answers/a.json", good | {"submission": {"user_id": "x", "answers": {}}})
    inner = good["submission"]
    old.write("quiz_answers/b.json", {"submission": inner | {"quiz_id": "module_5_gone"}})
    old.write("quiz_answers/c.json", {"submission": inner | {"answers": "ABCD"}})
    old.write("quiz_answers/d.json", {"submission": [1]})
    report = old.take_in()
    assert counts(report)["submission"] == {"created": 2, "refused": 3}
    assert [line.partition(": ")[2] for line in said(report, Level.REFUSED)] == [
        "“answers” is a text, not an object.",
        "The submission does not name its quiz (“quiz_id”).",
        "Its quiz module_5_gone is not here.",
    ]


def test_a_submission_under_an_older_name_is_told_by_its_content(old: Old) -> None:
    data = old.whole()
    other = submission(data, "ben")
    del other["submission"]["user_id"], other["result"]["user_id"], other["submitted_at"]
    old.write("quiz_answers/course_1_quiz_1.json", other)
    report = old.take_in()
    notes = " ".join(said(report, Level.NOTE))
    assert "the learner is “anonymous”" in notes
    assert "that of the file was used" in notes
    assert set(Attempt.objects.values_list("learner__first_name", flat=True)) == {
        "maria",
        "anonymous",
    }
    assert old.verify().is_clean


def test_what_postgresql_cannot_hold_is_replaced_and_noted(old: Old) -> None:
    old.write(COURSES, json.dumps([course(title="Ri\0vers \ud800")]))
    report = old.take_in()
    assert "Characters that cannot be stored were replaced." in said(report, Level.NOTE)[0]
    assert Course.objects.get().title == "Ri\ufffdvers \ufffd"


def test_links_are_refused_with_words(old: Old) -> None:
    old.whole()
    (old.folder / "courses" / "link.json").symlink_to("/etc/passwd")
    report = old.take_in()
    assert said(report, Level.REFUSED) == [
        "file courses/link.json : This is a link, and links are not followed. Put the file here."
    ]
    assert report.files == {"read": 4, "refused": 1}


def test_a_zip_is_taken_in_like_a_folder_and_the_two_are_the_same(old: Old) -> None:
    old.whole()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in old.folder.rglob("*.json"):
            archive.write(path, path.relative_to(old.folder))
        archive.writestr("../../courses/evil.json", "{}")
    report = run_import(Archive(packed, 10**7), Options())
    assert counts(report)["course"] == {"created": 1}
    assert "leads out of the zip" in said(report, Level.REFUSED)[0]
    again = run_import(Folder(old.folder), Options())
    assert {name for row in counts(again).values() for name in row} == {"unchanged"}


def test_a_zip_whose_file_is_damaged_gives_the_rest(old: Old) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("courses/a.json", json.dumps(course(1)))
        archive.writestr("courses/b.json", json.dumps(course(2, "Lakes")))
    data = bytearray(packed.getvalue())
    data[data.index(b"Rivers")] ^= 1
    report = run_import(Archive(io.BytesIO(bytes(data)), 10**7), Options())
    assert any("Bad CRC-32" in line for line in said(report, Level.REFUSED))
    assert Course.objects.filter(title="Lakes").exists()


@pytest.mark.parametrize("junk", ["0 ", "{}", '{"course_id":?}\n'])
def test_a_file_of_nothing_but_junk_is_given_up(old: Old, junk: str) -> None:
    """A small zip can hold millions of values; the report must not have a line for each."""
    old.courses(course())
    old.write("courses/junk.json", junk * 5000)
    report = old.take_in()
    assert report.levels[Level.REFUSED] < 1010
    [words] = [line for line in said(report, Level.REFUSED) if line.startswith("file ")]
    assert words.startswith("file courses/junk.json : More than 1000 values in it are not records")
    assert Course.objects.get().title == "Rivers"
