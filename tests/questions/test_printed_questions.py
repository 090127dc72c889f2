"""The document's own questions in a quiz: what is asked, what staff get, what stays practice."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from engine.lessons.answer_keys import printed_questions
from engine.lessons.extractive.practice import practice_markdown
from engine.lessons.schemas import ModulePlan, SourcePassage, TopicPlan
from engine.lessons.supplements import with_supplements
from engine.questions.extractive.engine import ExtractiveQuizEngine
from engine.questions.formats import MultipleAnswers, Numeric, ShortAnswer, TrueFalse
from engine.questions.printed import (
    KEY_DOUBTED,
    NEEDS_KEY,
    QUIZ_IS_FULL,
    asked_in_quizzes,
    printed_with,
    write_with_printed,
)
from engine.questions.printed_rules import Fault
from engine.questions.quotes import is_quoted
from engine.questions.schemas import (
    AskedQuestion,
    QuestionDraft,
    QuestionKind,
    QuizDraft,
    QuizRequest,
    QuizTopic,
)
from engine.reading.document import DocumentPart
from tests.questions import notes

CHAPTER = (
    "A river begins at its spring, where groundwater comes to the surface. Plants take in carbon "
    "dioxide and build sugar from it. Basalt forms from lava that cools quickly at the surface."
)
PLANTS = "1. Which gas do plants take in?\na. oxygen\nb. carbon dioxide\nc. nitrogen\nd. helium"


def passages(exercises: str, key: str, chapter: str = CHAPTER) -> tuple[SourcePassage, ...]:
    texts = (
        ("Water", chapter, DocumentPart.BODY),
        ("Review Questions", exercises, DocumentPart.EXERCISES),
        ("Answers", key, DocumentPart.ANSWERS),
    )
    return tuple(
        SourcePassage(n, 1, n, n, n, str(n), str(n), ("Water", title), text, matter=part)
        for n, (title, text, part) in enumerate(texts, start=1)
    )


def quiz(
    exercises: str,
    key: str = "",
    *,
    size: int = 10,
    language: str = "en",
    chapter: str = CHAPTER,
    **wanted: object,
) -> QuizDraft:
    found = passages(exercises, key, chapter)
    topic = QuizTopic(1, "Water", found[:1], printed=printed_with(printed_questions(found), {2}))
    request = QuizRequest("Quiz: Water", language, size, (topic,), **wanted)  # type: ignore[arg-type]
    return asyncio.run(write_with_printed(ExtractiveQuizEngine(), request))


def only(exercises: str, key: str = "") -> QuestionDraft:
    (question,) = own(quiz(exercises, key))
    return question


def own(draft: QuizDraft) -> list[QuestionDraft]:
    return [one for one in draft.questions if one.kind is QuestionKind.PRINTED]


def refused(exercises: str, key: str, chapter: str = CHAPTER) -> list[str]:
    """Why the only question is kept for staff."""
    found = quiz(exercises, key, chapter=chapter)
    assert own(found) == []
    (one,) = found.rejected
    return [issue.code for issue in one.issues]


def test_a_question_with_its_key() -> None:
    question = only(PLANTS, "1. b")
    assert (question.stem, question.choices[question.correct]) == (
        "Which gas do plants take in?", "carbon dioxide",
    )  # fmt: skip
    assert question.choices == ("oxygen", "carbon dioxide", "nitrogen", "helium")
    # Its source is the exercise as printed.
    assert (question.passage_id, question.quote) == (2, PLANTS)
    assert question.explanation == (
        "\u201cPlants take in carbon dioxide and build sugar from it.\u201d "
        "The book\u2019s own answer (page 3)."
    )
    assert question.notes == ()


def test_the_sentence_that_says_it_explains_it() -> None:
    exercise = "1. Which rock forms from lava that cools quickly?\na. chalk\nb. basalt\nc. marble"
    assert only(exercise, "1. b").explanation == (
        "\u201cBasalt forms from lava that cools quickly at the surface.\u201d "
        "The book\u2019s own answer (page 3)."
    )
    # It says nothing for certain if it names a wrong choice too.
    both = exercise.replace("marble", "the surface")
    assert refused(both, "1. b") == [Fault.NO_REASON]


def test_a_choice_among_terms_of_the_chapter_is_explained_by_what_the_right_one_means() -> None:
    chapter = (
        "A meander is a bend of a river. A delta and an estuary lie at the mouth. Lakes fill up."
    )
    exercise = (
        "1. You follow a stream that turns right and left again: it makes a ____.\n"
        "a. delta\nb. meander\nc. estuary\nd. geyser"
    )
    (question,) = own(quiz(exercise, "1. b", chapter=chapter))
    assert question.explanation.startswith("\u201cA meander is a bend of a river.\u201d")
    other = exercise.replace("estuary", "lagoon")
    assert refused(other, "1. b", chapter) == [Fault.NO_REASON]


def test_the_reason_may_stand_in_another_lesson_of_the_chapter() -> None:
    exercise = "1. Which rock forms from lava that cools quickly?\na. chalk\nb. basalt\nc. marble"
    here = passages(exercise, "1. b", "Rivers bend.")
    said = replace(here[0], id=9, position=9, heading_path=("Water", "Rocks"), text=CHAPTER)
    topic = QuizTopic(1, "Water", here[:1], printed=printed_with(printed_questions(here), {2}))

    def asked(*context: SourcePassage) -> list[QuestionDraft]:
        request = QuizRequest("Quiz: Water", "en", 5, (topic,), context=context)
        return own(asyncio.run(write_with_printed(ExtractiveQuizEngine(), request)))

    assert [one.explanation.partition(".")[0] for one in asked(said)] == [
        "\u201cBasalt forms from lava that cools quickly at the surface"
    ]
    assert not asked(replace(said, heading_path=("Fire", "Rocks")))  # another chapter


def test_a_statement_to_judge_needs_its_reason() -> None:
    assert refused("1. True or false: Basalt is a rock.", "1. T") == [Fault.NO_REASON]


def test_a_question_for_what_is_no_such_thing_is_explained_by_the_others() -> None:
    chapter = "Three rocks form below: granite, gabbro and diorite. Basalt forms at the surface."
    exercise = (
        "1. All of these rocks form below the surface except:\n"
        "a. granite\nb. gabbro\nc. basalt\nd. diorite"
    )
    (question,) = own(quiz(exercise, "1. c", chapter=chapter))
    assert question.explanation.startswith("\u201cThree rocks form below: granite, gabbro")
    assert "Basalt" not in question.explanation
    # Two of three are no proof.
    gap = chapter.replace("gabbro", "marble")
    assert own(quiz(exercise, "1. c", chapter=gap)) == []


def test_the_printed_reason_explains_it() -> None:
    assert only(PLANTS, "1. b. They build sugar from it.").explanation == (
        "They build sugar from it. The book\u2019s own answer (page 3)."
    )


def test_a_key_that_the_text_contradicts_is_doubted() -> None:
    exercise = "1. Which rock forms from lava that cools quickly?\na. chalk\nb. basalt\nc. marble"
    assert refused(exercise, "1. a") == [KEY_DOUBTED]
    reasoned = only(exercise, "1. a. It hardens at once.")
    assert [note.code for note in reasoned.notes] == [KEY_DOUBTED]
    assert only(exercise, "1. b").notes == ()


@pytest.mark.parametrize(
    "reason",
    [
        "Option a is what they give off.",
        "(a) is given off by plants.",
        "See Figure 2 of this book.",
    ],
)
def test_a_reason_that_needs_the_book_is_not_shown(reason: str) -> None:
    assert reason not in only(PLANTS, f"1. b. {reason}").explanation


def test_judged_typed_and_several() -> None:
    exercises = (
        "1. True or false: Basalt is a rock.\n"
        "2. A river begins at its ________.\n"
        "3. How many legs do three insects of 6 legs have?\n"
        "4. A stone of 250 g has a volume of 100 cm\u00b3. What is its density?\n"
        "5. Which of these are rocks? Choose all that apply.\na. basalt\nb. water\nc. chalk\n"
        "6. Rivers run uphill.\na. True\nb. False"
    )
    key = (
        "1. T. It comes of lava.\n2. spring (or source)\n3. 18\n4. 2.5 g/cm\u00b3\n5. a, c\n"
        "6. b. Water falls to the sea."
    )
    bodies = {one.stem: one.body for one in own(quiz(exercises, key))}
    assert bodies == {
        "Basalt is a rock.": TrueFalse(correct=True),
        "A river begins at its _____.": ShortAnswer(accepted=("spring", "source")),
        "How many legs do three insects of 6 legs have?": Numeric(answer=Decimal(18)),
        "A stone of 250 g has a volume of 100 cm\u00b3. What is its density?": Numeric(
            answer=Decimal("2.5"), tolerance=Decimal("0.05"), unit="g/cm\u00b3"
        ),
        "Which of these are rocks? Choose all that apply.": MultipleAnswers(
            choices=("basalt", "water", "chalk"), correct=(0, 2)
        ),
        "Rivers run uphill.": TrueFalse(correct=False),
    }


@pytest.mark.parametrize(
    ("exercise", "key"),
    [
        ("1. Which gas does Figure 3 show?\na. oxygen\nb. carbon dioxide\nc. helium", "1. b"),
        ("1. Which gas is shown above?\na. oxygen\nb. carbon dioxide\nc. helium", "1. b"),
        (
            "1. Which gas was named in the previous question?\na. oxygen\nb. argon\nc. helium",
            "1. b",
        ),
        ("1. Which gas of Exercise 3 is it?\na. oxygen\nb. argon\nc. helium", "1. b"),
        ("1. Which gas is named in the passage?\na. oxygen\nb. argon\nc. helium", "1. b"),
        ("1. Which gas do plants take in?\na. oxygen\nb. argon\nc. both a and b", "1. c"),
        # Two letters where one is asked for.
        (PLANTS, "1. b, c"),
        ("1. Why do rivers bend?", "1. Because the current wears away the outer bank."),
        ("1. What is the density?", "1. Answers vary."),
        ("1. Do rivers run uphill?", "1. False"),
        ("1. A river begins at its ____.", f"1. {'s' * 3000}"),
        ("1. What are 2 rivers of 3 m?", f"1. {'9' * 200}"),
        ("1. What is ice? Why does it float?", "1. frozen water"),
        ("and which gas do they take in?\na. oxygen\nb. argon\nc. helium\nAnswer: b", ""),
    ],
)
def test_what_cannot_be_asked_stays_practice(exercise: str, key: str) -> None:
    found = quiz(exercise, key)
    assert own(found) == []
    assert found.rejected == ()
    questions = printed_questions(passages(exercise, key))
    assert len(questions) == 1
    assert asked_in_quizzes(questions, "en", ()) == ()


def test_what_the_checks_refuse_is_handed_to_staff() -> None:
    found = quiz(PLANTS.replace("helium", "all of the above"), "1. b")
    assert own(found) == []
    (refused,) = found.rejected
    assert [issue.code for issue in refused.issues] == ["blanket_choice"]


@pytest.mark.parametrize(
    ("exercise", "faults"),
    [
        (  # each of three choices has a word of the question, beside what all have
            (
                "Which clause lets a state order the peace of its trade?\n"
                "a. order clause\nb. money clause\nc. trade clause\nd. peace clause"
            ),
            [],
        ),
        (
            (
                "Which clause lets a state rule its trade?\n"
                "a. peace clause\nb. money clause\nc. trade clause\nd. union clause"
            ),
            [Fault.GIVES_AWAY],
        ),
        (
            (
                "Which law rules sales between traders?\na. common law\nb. civil law\n"
                "c. uniform code\nd. church law"
            ),
            [Fault.ODD_ANSWER],
        ),
        (
            (
                "All of these make a wrong except:\na. a duty of care\nb. a breach of it\n"
                "c. a reasonable person\nd. a measurable harm"
            ),
            [Fault.ODD_ANSWER],
        ),
        (
            "Which field studies genes?\na. ecology\nb. geology\nc. epigenetics\nd. botany",
            [Fault.GIVES_AWAY],
        ),
        (
            (
                "If care does not make it safe, work is:\na. proximate cause\nb. negligence\n"
                "c. abnormally dangerous\nd. a tort"
            ),
            [Fault.ODD_ANSWER],
        ),
        (
            (
                "What rules its flow?\na. the sand in its bed\nb. the ice on its banks\n"
                "c. the weight of all the water that stands above it\nd. the wind on its banks"
            ),
            [Fault.ODD_ANSWER],
        ),
        (
            (
                "The letters FDA stand for:\na. Food and Diet Agency\nb. First Drug Agency\n"
                "c. Food and Drug Agency\nd. Fine Drug Agency"
            ),
            [Fault.ABBREVIATION],
        ),
        (
            (
                "Which of the following is true about rivers?\na. Ice flows.\nb. Sand sinks.\n"
                "c. Water falls.\nd. Mud rises."
            ),
            [Fault.UNFOCUSED],
        ),
        (
            "Rivers end in:\na. lakes\nb. springs\nc. seas\nd. clouds",
            [Fault.UNFOCUSED],
        ),
        (
            "The court rules on all but the following:\na. trade\nb. peace\nc. prices\nd. taxes",
            [Fault.UNFOCUSED],
        ),
        (
            "All of these are examples of rocks except:\na. basalt\nb. chalk\nc. cheese\nd. marble",
            [Fault.OPEN_LIST],
        ),
        (
            "Which of these is most likely to be called a need?\na. books\nb. tea\nc. food",
            [Fault.OPEN_LIST],
        ),
        (
            "According to Jane Miller, what should a firm print?\na. rules\nb. prices\nc. duties",
            [Fault.SOMEBODYS_VIEW],
        ),
        (
            "What makes a river bend?\na. sediment\nb. gravel\nc. currents\nd. sdeiment loads",
            [Fault.BROKEN_WORDS],
        ),
        ("What rules its flow?\na. sand\nb. ice\nc. wind\nd. none of these is right", None),
    ],
)
def test_what_a_strict_teacher_would_not_set(exercise: str, faults: list[str] | None) -> None:
    """With a printed reason, so that no reason is wanting."""
    found = quiz(f"1. {exercise}", "1. c. That is how it was found.")
    codes = [issue.code for one in found.rejected for issue in one.issues]
    assert codes == (["blanket_choice"] if faults is None else faults)
    assert len(own(found)) == (not codes)


def test_whom_the_chapter_teaches_may_be_asked_about() -> None:
    exercise = "1. According to Adam Smith, what guides trade?\na. laws\nb. kings\nc. markets"
    taught = "Adam Smith wrote of markets. Smith said that they guide trade. Smith asked why."
    assert len(own(quiz(exercise, "1. c. He wrote it in his book.", chapter=taught))) == 1
    assert refused(exercise, "1. c. He wrote it in his book.") == [Fault.SOMEBODYS_VIEW]


def test_sweeping_statements_tell_themselves() -> None:
    exercise = "1. True or false: Rivers always run uphill."
    assert refused(exercise, "1. F. They run to the sea.") == ["cue_words"]


def test_a_question_without_a_key_waits_for_one() -> None:
    found = quiz(f"{PLANTS}\n2. What must each of these do?\na. eat\nb. drink\nc. sleep")
    assert own(found) == []
    (waiting,) = found.rejected
    assert [issue.code for issue in waiting.issues] == [NEEDS_KEY]
    assert (waiting.question.stem, waiting.question.correct) == ("Which gas do plants take in?", -1)


def many(count: int) -> tuple[str, str]:
    exercises = "\n".join(
        f"{n}. What is the name of river number {n}?\na. Alpha{n}\nb. Beta{n}\nc. Gamma{n}"
        for n in range(1, count + 1)
    )
    return exercises, "\n".join(f"{n}. b. Its spring has it." for n in range(1, count + 1))


def test_own_questions_come_first_and_fill_no_more_than_the_quiz() -> None:
    exercises, key = many(6)
    assert len(own(quiz(exercises, key, size=4))) == 4
    assert quiz(exercises, key, size=4).rejected == ()
    final = quiz(exercises, key, size=4, is_final=True)
    assert [one.issues[0].code for one in final.rejected] == [QUIZ_IS_FULL] * 2


def test_what_another_quiz_asks_is_not_asked_again() -> None:
    asked = (AskedQuestion("Which gas do plants take in?", 2, PLANTS),)
    assert own(quiz(PLANTS, "1. b", asked=asked)) == []


def test_the_engine_fills_the_quiz_with_other_facts() -> None:
    """A question of the engine about a sentence that an own one rests on is left out."""
    request = notes.request(notes.text("biology"))
    topic = request.topics[0]
    (first, *_) = asyncio.run(ExtractiveQuizEngine().write_quiz(request)).questions
    exercise = f"1. {first.stem}\na. one\nb. two\nc. three"
    found = passages(exercise, "1. b. It is the second.")
    shifted = tuple(
        SourcePassage(one.id + 900, 2, one.position, 1, 1, "1", "1", one.heading_path, one.text,
                      matter=one.matter)
        for one in found
    )  # fmt: skip
    printed = printed_questions(shifted)
    assert len(printed) == 1
    with_own = QuizRequest(
        request.title, "en", 8, (QuizTopic(topic.id, topic.title, topic.passages, printed=printed),)
    )
    draft = asyncio.run(write_with_printed(ExtractiveQuizEngine(), with_own))
    stems = [one.stem for one in draft.questions]
    assert len(own(draft)) == 1
    assert 1 < len(stems) == len(set(stems)) <= 8
    if draft.notes:
        assert f"{len(stems)} questions" in draft.notes[0]


def test_languages_without_rules_have_the_own_questions() -> None:
    exercise = "1. पौधे कौन सी गैस लेते हैं?\na. ऑक्सीजन\nb. नाइट्रोजन\nc. हीलियम"
    chapter = "पौधे हवा से नाइट्रोजन गैस लेते हैं।"
    draft = quiz(exercise, "1. b", language="hi", chapter=chapter)
    assert [one.stem for one in own(draft)] == ["पौधे कौन सी गैस लेते हैं?"]
    assert draft.questions[0].explanation == f"“{chapter}” पुस्तक का उत्तर (पृष्ठ 3)."
    assert draft.notes == ("This quiz has no others: in Hindi they need a language model.",)


def test_a_translated_course_does_not_ask_in_the_language_of_its_source() -> None:
    assert own(quiz(PLANTS, "1. b", source_language="de")) == []


def test_the_quote_is_in_its_passage() -> None:
    found = passages(PLANTS, "1. b")
    assert is_quoted(only(PLANTS, "1. b").quote, found[1].text)


def test_practice_leaves_out_what_the_quiz_asks() -> None:
    exercises = f"{PLANTS}\n2. Why do rivers bend?\n3. Which gas is shown in Figure 1?"
    found = passages(exercises, "1. b")
    asked = asked_in_quizzes(printed_questions(found), "en", found[:1])
    places = [span for one in asked for span in one.spans]
    shown = practice_markdown(found[1:2], lambda _one: "[^1]", places)
    assert shown == "1. Why do rivers bend?\n2. Which gas is shown in Figure 1?[^1]"


def test_exercises_go_with_the_lesson_before_them() -> None:
    """Also where that lesson goes on after them, as with the summary of a chapter."""
    texts = [("Springs", "body"), ("Deltas", "body"), ("Review Questions", "exercises"),
             ("Summary", "body"), ("Dams", "body")]  # fmt: skip
    found = tuple(
        SourcePassage(n, 1, n, n, n, "", "", (title,), title, matter=DocumentPart(part))
        for n, (title, part) in enumerate(texts, start=1)
    )
    topics = (TopicPlan("Springs", (1,)), TopicPlan("Deltas", (2, 4)), TopicPlan("Dams", (5,)))
    (module,) = with_supplements([ModulePlan("Water", "", (), topics)], found)
    assert [topic.supplement_ids for topic in module.topics] == [(), (3,), ()]
