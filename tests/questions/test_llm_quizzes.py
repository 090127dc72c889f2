"""Quizzes by a language model, with the real client over HTTP: plan, write, solve, mend."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings as django_settings
from pytest_django.fixtures import Settings

from engine.lessons.schemas import SourcePassage
from engine.llm.client import LanguageModel
from engine.llm.configuration import llm_config
from engine.llm.errors import ProviderError
from engine.questions.formats import QuestionFormat
from engine.questions.item_checks import right_texts
from engine.questions.llm.batches import batches
from engine.questions.llm.engine import LLMQuizEngine
from engine.questions.llm.material import Material
from engine.questions.llm.writing import QUESTIONS_A_CALL
from engine.questions.schemas import Difficulty, QuizDraft, QuizRequest, QuizTopic
from tests.llm_server import LLMServer

CELLS = (
    "Plants take in water through their thin roots underground. The chloroplast is the organelle "
    "where light energy becomes chemical energy. The nucleus holds the genetic material of every "
    "living cell. Stomata are small pores that mostly cover the underside of leaves. Ribosomes "
    "assemble proteins from smaller amino acids inside the cytoplasm. Mitochondria release energy "
    "from sugar while oxygen is being consumed. Vacuoles store water together with dissolved salts "
    "and pigments. Membranes control which substances enter or leave the living cell."
)
PORES = (
    "Guard cells swell when potassium enters them during daylight hours. Drought makes plants "
    "produce a hormone called abscisic acid quickly. Closed pores save water but slow down "
    "photosynthesis considerably. Cacti store carbon dioxide overnight inside large vacuoles. "
    "Transpiration pulls water upwards through narrow vessels called xylem. Phloem carries sugar "
    "from green leaves towards growing fruits. Root hairs enlarge the surface that absorbs "
    "minerals greatly. Wilting follows whenever leaves lose more water than roots supply. "
    "Humid air reduces evaporation because moisture already surrounds every leaf."
)
TEXTS = (CELLS, PORES)
REQUEST = QuizRequest(
    title="Quiz: Leaves",
    language="en",
    size=4,
    topics=tuple(
        QuizTopic(
            id=n,
            title=f"Leaves {n}",
            passages=(SourcePassage(n, 1, n, n, n, str(n), str(n), ("Leaves",), text),),
            lesson=f"Lesson {n} explains pores.",
        )
        for n, text in enumerate(TEXTS, start=1)
    ),
    mix=((Difficulty.EASY, 0.5), (Difficulty.HARD, 0.5)),
    objectives=("Explain how leaves save water", "Name the parts of a cell"),
    formats=(QuestionFormat.SINGLE,),
)


@pytest.fixture(autouse=True)
def prompts(llm: LLMServer) -> None:
    llm.configure(keep_prompts=True)


def write(request: QuizRequest = REQUEST) -> QuizDraft:
    engine = LLMQuizEngine(LanguageModel(llm_config(django_settings)), batch_tokens=6000)
    return asyncio.run(engine.write_quiz(request))


def calls(llm: LLMServer) -> Counter[str]:
    return Counter(call["schema"] for call in llm.requests())


def test_a_quiz_is_planned_written_and_solved_in_few_calls(llm: LLMServer) -> None:
    quiz = write()
    assert len(quiz.questions) == 4
    assert (quiz.rejected, quiz.notes) == ((), ())
    assert calls(llm) == {
        "QuizPlan": 1,
        "WrittenQuestions": 1,
        "GuessedAnswers": 1,
        "SolvedQuestions": 1,
        "JudgedQuestions": 1,
    }
    for question in quiz.questions:
        assert question.quote in TEXTS[question.passage_id - 1]
        assert right_texts(question) == (question.quote,)
        assert question.objective == REQUEST.objectives[0]
        assert question.notes == ()
    assert Counter(question.difficulty for question in quiz.questions) == {
        Difficulty.EASY: 2,
        Difficulty.HARD: 2,
    }


def ordered(request: QuizRequest) -> QuizRequest:
    """The request with texts whose sentences all have dates to sort by."""
    return retold(request, lambda text: text.replace(".", " between 1820 and 1830."))


def retold(request: QuizRequest, change: Callable[[str], str]) -> QuizRequest:
    topics = tuple(
        replace(topic, passages=tuple(replace(p, text=change(p.text)) for p in topic.passages))
        for topic in request.topics
    )
    return replace(request, topics=topics)


@pytest.mark.parametrize("format_", QuestionFormat)
def test_every_format_is_written_and_solved(llm: LLMServer, format_: QuestionFormat) -> None:
    quiz = write(replace(ordered(REQUEST), formats=(format_,)))
    assert quiz.rejected == ()
    assert {question.format for question in quiz.questions} == {format_}
    assert len(quiz.questions) == 4
    derived = {question.derived != "" for question in quiz.questions}
    assert derived == {format_ is QuestionFormat.NUMERIC}


# --- prompts


def test_what_changes_stands_after_the_material(llm: LLMServer) -> None:
    write()
    prompts = {call["schema"]: call["prompt"] for call in llm.requests()}
    same = prompts["QuizPlan"].partition("Plan a quiz")[0]
    assert "[1] Plants take in water" in same
    assert "Lesson 1 explains pores." in same
    assert "Name the parts of a cell" in same
    source = same.partition("The lessons")[0]
    # Their plan has read the lessons, and says what each question is about.
    assert prompts["WrittenQuestions"].startswith(source)
    assert "Lesson 1" not in prompts["WrittenQuestions"]
    assert "Membranes control" in source
    assert prompts["SolvedQuestions"].startswith(source)
    assert "Lesson 1" not in prompts["SolvedQuestions"]
    # The form follows, too.
    assert all(text.index("JSON Schema") > len(source) / 2 for text in prompts.values())


def test_who_guesses_sees_no_material_and_who_solves_no_key(llm: LLMServer) -> None:
    write()
    prompts = {call["schema"]: call["prompt"] for call in llm.requests()}
    assert 'id="1"' not in prompts["GuessedAnswers"]
    assert "Lesson 1" not in prompts["GuessedAnswers"]
    assert "Key:" not in prompts["GuessedAnswers"] + prompts["SolvedQuestions"]
    assert "belongs here" not in prompts["GuessedAnswers"] + prompts["SolvedQuestions"]
    assert "Key:" in prompts["JudgedQuestions"]


def test_what_a_lesson_says_beside_its_source_is_not_asked_for(llm: LLMServer) -> None:
    text = (
        "Pores open by day. [^1][^2]\n\n::: check\nWhen?\n::: answer\nIn the light.\n:::\n\n"
        "::: misconception\nPores never close.\n::: answer\nPores close at "
        "night.\n:::\n\n::: beyond\nMosses have none.\n:::"
    )
    topics = tuple(replace(topic, lesson=text) for topic in REQUEST.topics)
    write(replace(REQUEST, topics=topics))
    prompts = "".join(call["prompt"] for call in llm.requests())
    assert "Pores open by day.\n\n" in prompts
    assert "In the light." not in prompts
    assert "Pores close at night." in prompts
    assert "Pores never close." not in prompts
    assert "Mosses have none." not in prompts


def test_a_lesson_that_is_too_long_takes_the_room_of_none() -> None:
    first, *others = REQUEST.topics
    long = replace(first, lesson="Pores open by day. " * 400)
    (batch,) = batches(replace(REQUEST, topics=(long, *others)), budget=400)
    text = Material(batch, (), "en", budget=400).text
    assert "Pores open by day." not in text
    assert "Lesson 2 explains pores." in text


def test_the_critic_may_be_another_model(llm: LLMServer, settings: Settings) -> None:
    settings.LLM_MODEL_QUIZ = "writer"
    write()
    assert {call["model"] for call in llm.requests()} == {"writer"}
    llm.reset(keep_prompts=True)
    settings.LLM_MODEL_CRITIC = "critic"
    write()
    models = {call["schema"]: call["model"] for call in llm.requests()}
    assert models["WrittenQuestions"] == "writer"
    assert models["SolvedQuestions"] == models["GuessedAnswers"] == "critic"


def test_forms_name_exactly_what_is_there_where_the_provider_keeps_to_them(
    llm: LLMServer, settings: Settings
) -> None:
    settings.LLM_PROVIDER = "azure"
    assert write().notes == ()
    forms: dict[str, Any] = {
        call["schema"]: call["parameters"]["response_format"]["json_schema"]["schema"]
        for call in llm.requests()
    }
    assert "JSON Schema" not in "".join(call["prompt"] for call in llm.requests())
    plan = forms["QuizPlan"]["properties"]["questions"]["items"]["properties"]
    assert plan["passages"]["items"]["enum"] == [1, 2]
    assert plan["objective"]["enum"] == [1, 2]
    assert plan["format"]["enum"] == ["single"]
    written = forms["WrittenQuestions"]
    assert written["required"] == ["q1", "q2", "q3", "q4"]
    assert set(written["properties"]["q1"]["properties"]["evidence"]["items"]["enum"]) in (
        set(range(1, 9)),
        set(range(9, 18)),
    )
    for form in forms.values():
        assert form["additionalProperties"] is False
        assert not {"minLength", "maxLength", "minItems", "const", "default"} & set(_keys(form))


def _keys(schema: Any) -> list[str]:
    if isinstance(schema, list):
        return [key for part in schema for key in _keys(part)]
    if not isinstance(schema, dict):
        return []
    return [*schema, *(key for part in schema.values() for key in _keys(part))]


def test_a_question_quotes_the_passage_that_holds_most_of_its_evidence() -> None:
    (batch,) = batches(REQUEST, budget=6000)
    material = Material(batch, (), "en", budget=6000)
    first, second = material.numbers_of([1]), material.numbers_of([2])
    passage, quote = material.quoted([first[1], second[0], second[2]]) or pytest.fail("no quote")
    assert passage.id == 2
    assert quote.startswith("Guard cells swell")
    assert " \u2026 Closed pores save water" in quote
    passage, _ = material.quoted([second[0], first[0]]) or pytest.fail("no quote")
    assert passage.id == 2
    assert material.quoted([0, 99]) is None


def test_a_derivation_is_told_without_numbers_of_sentences(llm: LLMServer) -> None:
    values = {"derivation": "Light [1] gives 4 [1, 2] in [5, 9].", "evidence": [1, 2]}
    plant(llm, bad(**values), "JudgedQuestions", {}, times=1)
    derived = {question.derived for question in write().questions}
    assert "Light gives 4 in [5, 9]." in derived


# --- planted bad questions


def bad(**values: Any) -> dict[str, Any]:
    """A question of the writer, other than the stand-in's own in these fields."""
    right = {
        "stem": "Which organelle turns light energy into chemical energy?",
        "answer": "chloroplast",
        "wrong": [
            {"text": text, "misconception": "takes one part for another", "feedback": "Not this."}
            for text in ("ribosome", "nucleus", "vacuole")
        ],
        "explanation": "The chloroplast turns light energy into chemical energy.",
    }
    return right | values


def solved(**values: Any) -> dict[str, Any]:
    return {"answers": ["chloroplast"], "answerable": True, "remark": ""} | values


def judged(**values: Any) -> dict[str, Any]:
    return values


PLANTED: dict[str, tuple[dict[str, Any], str, dict[str, Any], str]] = {
    "wrong key": (
        bad(answer="nucleus", wrong=bad()["wrong"][:1] + bad()["wrong"][2:]),
        "SolvedQuestions",
        solved(answers=["ribosome"], remark="It is another part."),
        "critic_wrong_key",
    ),
    "two right answers": (
        bad(),
        "SolvedQuestions",
        solved(answers=["vacuole", "chloroplast"]),
        "critic_two_answers",
    ),
    "unanswerable": (
        bad(),
        "SolvedQuestions",
        solved(answers=[], answerable=False, remark="No passage says it."),
        "critic_unanswerable",
    ),
    "ambiguous": (
        bad(),
        "SolvedQuestions",
        solved(answerable=False, remark="It can be read in two ways."),
        "critic_unanswerable",
    ),
    "guessable": (
        bad(),
        "GuessedAnswers",
        {"answers": ["chloroplast"], "clue": "length", "remark": "It is the only long word."},
        "critic_guessable",
    ),
    "told by its words": (
        bad(),
        "GuessedAnswers",
        {"answers": ["chloroplast"], "clue": "repeated_words"},
        "critic_guessable",
    ),
    "absurd": (bad(), "JudgedQuestions", judged(tempting=0), "critic_implausible"),
    "not clear": (bad(), "JudgedQuestions", judged(clear=False), "critic_unclear"),
    "not worth it": (bad(), "JudgedQuestions", judged(worthwhile=False), "critic_trivial"),
    "wrong explanation": (
        bad(),
        "JudgedQuestions",
        judged(explanation_right=False, remark="It speaks of another part."),
        "critic_explanation",
    ),
    "wrong feedback": (bad(), "JudgedQuestions", judged(feedback_right=False), "critic_feedback"),
}
WITHIN = "Which organelle"


def plant(
    llm: LLMServer, item: dict[str, Any], schema: str, answer: dict[str, Any], times: int
) -> None:
    """The first question that is planned is bad, `times` times in a row."""
    # Who solves a mended question judges it, too.
    again = {name: answer[name] for name in ("tempting", "clear", "worthwhile") if name in answer}
    solved_as = {"answers": ["chloroplast"]} | again
    llm.configure(
        overrides=[
            {"schema": "WrittenQuestions", "within": "tests:", "values": item, "times": times},
            {"schema": schema, "within": WITHIN, "values": answer},
            *(
                {"schema": other, "within": WITHIN, "values": values}
                for other, values in (("SolvedQuestions", solved_as),)
                if other != schema
            ),
        ]
    )


@pytest.mark.parametrize("name", PLANTED)
def test_a_bad_question_goes_back_and_comes_mended(llm: LLMServer, name: str) -> None:
    item, schema, answer, _ = PLANTED[name]
    plant(llm, item, schema, answer, times=1)
    quiz = write()
    assert (len(quiz.questions), quiz.rejected, quiz.notes) == (4, (), ())
    assert calls(llm)["WrittenQuestions"] == 2
    mended = next(call for call in llm.requests() if "wanting" in call["prompt"])
    assert "Wrong with it: " in mended["prompt"]
    assert answer.get("remark", "") in mended["prompt"]
    # It shows only the passage that the question was planned from, under its number.
    (shown,) = re.findall(r'<passage-\w+ id="(\d)"', mended["prompt"])
    assert f"passages {shown};" in mended["prompt"]
    sentence = "Plants take in water" if shown == "1" else "Guard cells swell"
    assert re.search(rf"\[{1 if shown == '1' else 9}\] {sentence}", mended["prompt"])
    # The writer sees the questions that stay, and nothing of itself among them.
    others = re.findall(r"<others-\w+>\n(.*?)\n</others", mended["prompt"], re.DOTALL)
    assert len(others[0].splitlines()) == 3
    assert WITHIN not in others[0]


@pytest.mark.parametrize("name", PLANTED)
def test_a_question_that_stays_bad_is_kept_for_staff(llm: LLMServer, name: str) -> None:
    item, schema, answer, code = PLANTED[name]
    plant(llm, item, schema, answer, times=3)
    quiz = write()
    (rejected,) = quiz.rejected
    assert rejected.question.stem.startswith(WITHIN)
    assert {issue.code for issue in rejected.issues} == {code}
    assert not any(question.stem.startswith(WITHIN) for question in quiz.questions)
    assert "1 with doubts that could not be cleared" in quiz.notes[0]
    # It was mended for this in vain, so it is not asked for once more.
    assert calls(llm)["WrittenQuestions"] == 2


def test_a_question_with_another_doubt_each_time_is_mended_twice(llm: LLMServer) -> None:
    solutions = [
        {"schema": "SolvedQuestions", "within": WITHIN, "values": solved(**more), "times": 1}
        for more in ({"worthwhile": False}, {"clear": False}, {})
    ]
    llm.configure(
        overrides=[
            {"schema": "WrittenQuestions", "within": "tests:", "values": bad(), "times": 3},
            {"schema": "JudgedQuestions", "within": WITHIN, "values": judged(tempting=0)},
            # The last that still counts is what is answered.
            *solutions,
        ]
    )
    (rejected,) = write().rejected
    assert len(rejected.issues) == 1
    assert calls(llm)["WrittenQuestions"] == 3


def test_the_critic_names_answers_in_words(llm: LLMServer) -> None:
    item, schema, answer, _ = PLANTED["two right answers"]
    plant(llm, item, schema, answer, times=3)
    (rejected,) = write().rejected
    assert rejected.issues[0].message == "Another answer can be defended too: “vacuole”."


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({"stem": "What stands in the table above?"}, "needs a text that learners do not see"),
        ({"answer": "All of the above"}, "answers for other choices"),
        ({"evidence": [4711]}, "quoted words are not in the passage"),
        ({"answer": "x" * 700}, "is longer than 600 characters"),
        ({"wrong": []}, "There are 1 choices"),
    ],
)
def test_what_the_item_checks_refuse_goes_back_too(
    llm: LLMServer, item: dict[str, Any], message: str
) -> None:
    override = {"schema": "WrittenQuestions", "within": "tests:", "values": item, "times": 3}
    llm.configure(overrides=[override])
    quiz = write()
    (rejected,) = quiz.rejected
    assert message in rejected.issues[0].message
    assert len(quiz.questions) == 3
    assert any(message in call["prompt"] for call in llm.requests())


@pytest.mark.parametrize(
    ("format_", "item"),
    [
        (QuestionFormat.MATCHING, {"pairs": [{"left": "a", "right": "b"}]}),
        (QuestionFormat.NUMERIC, {"tolerance": -1}),
        (QuestionFormat.SHORT, {"accepted": []}),
        (QuestionFormat.FILL_IN, {"text": "No blank here."}),
        (QuestionFormat.ORDERING, {"steps": ["same", "same", "other"]}),
        (QuestionFormat.MULTIPLE, {"right": []}),
    ],
)
def test_what_does_not_fit_its_format_goes_back(
    llm: LLMServer, format_: QuestionFormat, item: dict[str, Any]
) -> None:
    override = {"schema": "WrittenQuestions", "within": "tests:", "values": item, "times": 1}
    llm.configure(overrides=[override])
    quiz = write(replace(ordered(REQUEST), formats=(format_,)))
    assert (len(quiz.questions), quiz.rejected) == (4, ())
    assert any("does not fit its format" in call["prompt"] for call in llm.requests())


# --- the quiz as a whole


BARK = (
    "Cork protects the living trunk against frost and fire. Resin closes wounds before insects "
    "enter the wood. Rings grow wider whenever summers bring plenty of rain. Sapwood carries water "
    "upwards while heartwood merely supports the crown. Lenticels let oxygen reach the tissue "
    "below the bark. Cambium produces fresh tissue towards the inside every spring. Grafts grow "
    "together where cambium touches cambium closely. Beavers strip branches whose inner layers "
    "taste sweet. Lichens colonise trunks that stand in clean, humid air."
)


def test_all_that_is_mended_goes_into_one_call_and_is_looked_at_in_one(llm: LLMServer) -> None:
    tempting = {"schema": "JudgedQuestions", "within": "(single)", "values": judged(tempting=1)}
    llm.configure(overrides=[tempting | {"every": True}])
    more = QuizTopic(3, "Bark", (SourcePassage(3, 1, 3, 3, 3, "3", "3", ("Bark",), BARK),))
    quiz = write(replace(REQUEST, size=8, topics=(*REQUEST.topics, more)))
    count = len(quiz.questions)
    assert count > QUESTIONS_A_CALL
    # Two to write them, one to mend them all; they are solved and judged again in one.
    assert calls(llm) == {
        "QuizPlan": 1,
        "WrittenQuestions": 2 + 1,
        "GuessedAnswers": 1,
        "SolvedQuestions": 1 + 1,
        "JudgedQuestions": 1,
    }
    again = [call["prompt"] for call in llm.requests() if call["schema"] == "SolvedQuestions"]
    assert ["These questions were corrected." in prompt for prompt in again] == [False, True]
    assert "Key:" not in again[1]


def test_a_question_whose_answer_another_tells_goes_back(llm: LLMServer) -> None:
    told = {"schema": "JudgedQuestions", "within": "(single)", "values": {"told_by": ["q1"]}}
    llm.configure(overrides=[told | {"times": 1, "every": True}])
    quiz = write()
    assert (len(quiz.questions), quiz.rejected) == (4, ())
    (mended,) = [call["prompt"] for call in llm.requests() if "wanting" in call["prompt"]]
    # The first is told by itself, which is nothing. The others go back, and are compared again.
    assert mended.count("Wrong with it: ") == 3
    assert "Another question gives its answer away: \u201cWhich statement about" in mended
    again = [call["prompt"] for call in llm.requests() if call["schema"] == "JudgedQuestions"][-1]
    assert "The test also has these" in again
    assert re.findall(r"^(r\d):", again, re.MULTILINE) == ["r1"]


def test_a_question_that_tells_the_answer_of_another_by_its_words_goes_back(
    llm: LLMServer,
) -> None:
    where = "Where does a chloroplast turn light energy into chemical energy?"
    second = bad(stem=where, answer="in leaves", explanation="It is in leaves.")
    llm.configure(
        overrides=[
            # The plan has them in the order in which they are written.
            {"schema": "WrittenQuestions", "within": "easy", "values": bad(), "times": 1},
            {"schema": "WrittenQuestions", "within": "hard", "values": second, "times": 1},
            {"schema": "SolvedQuestions", "within": WITHIN, "values": solved()},
        ]
    )
    write()
    mended = next(call["prompt"] for call in llm.requests() if "wanting" in call["prompt"])
    assert f"Its wording gives away the answer of \u201c{bad()['stem']}\u201d." in mended


def test_half_of_the_statements_are_planned_to_be_true(llm: LLMServer) -> None:
    write(replace(REQUEST, formats=(QuestionFormat.TRUE_FALSE,)))
    (prompt,) = [call["prompt"] for call in llm.requests() if call["schema"] == "WrittenQuestions"]
    truths = re.findall(r"^q\d: true_false, with a statement that is (\w+),", prompt, re.MULTILINE)
    assert Counter(truths) == {"true": 2, "false": 2}


@pytest.mark.parametrize("formats", [(QuestionFormat.ORDERING,), tuple(QuestionFormat)])
def test_no_order_is_asked_that_the_text_leaves_open(
    llm: LLMServer, formats: tuple[QuestionFormat, ...]
) -> None:
    quiz = write(replace(REQUEST, size=8, formats=formats))
    assert quiz.questions or formats == (QuestionFormat.ORDERING,)
    assert QuestionFormat.ORDERING not in {question.format for question in quiz.questions}
    prompts = [call["prompt"] for call in llm.requests() if call["schema"] == "WrittenQuestions"]
    assert not any(re.search(r"^q\d: ordering", prompt, re.MULTILINE) for prompt in prompts)


def test_an_order_that_the_quoted_words_leave_open_is_asked_in_another_form(
    llm: LLMServer,
) -> None:
    request = retold(REQUEST, lambda text: f"{text} The steps follow in this order.")
    quiz = write(replace(request, formats=(QuestionFormat.SINGLE, QuestionFormat.ORDERING)))
    assert {question.format for question in quiz.questions} == {QuestionFormat.SINGLE}
    mended = [call["prompt"] for call in llm.requests() if "wanting" in call["prompt"]]
    assert "nor says in which order they go" in mended[0]
    assert not re.search(r"^q\d: ordering", mended[0], re.MULTILINE)


def test_what_a_rule_suspects_and_a_reader_without_the_lesson_answers_goes_back(
    llm: LLMServer,
) -> None:
    wrong = [choice | {"text": f"always the {choice['text']}"} for choice in bad()["wrong"]]
    guess = {"answers": ["chloroplast"], "clue": "none"}
    plant(llm, bad(wrong=wrong), "GuessedAnswers", guess, times=1)
    assert write().rejected == ()
    mended = next(call["prompt"] for call in llm.requests() if "wanting" in call["prompt"])
    assert (
        "words such as \u201csome\u201d, \u201conly\u201d or \u201calways\u201d point to it"
        in mended
    )


@pytest.mark.parametrize("clue", ["question_implies", "absurd_choices", "obvious"])
@pytest.mark.parametrize("tempting", [2, 3])
def test_an_answer_that_its_content_tells_goes_back_unless_every_choice_tempts(
    llm: LLMServer, clue: str, tempting: int
) -> None:
    llm.configure(
        overrides=[
            {"schema": "WrittenQuestions", "within": "tests:", "values": bad(), "times": 3},
            {
                "schema": "GuessedAnswers",
                "within": WITHIN,
                "values": {"answers": ["chloroplast"], "clue": clue},
            },
            {"schema": "JudgedQuestions", "within": WITHIN, "values": judged(tempting=tempting)},
            {"schema": "SolvedQuestions", "within": WITHIN, "values": solved(tempting=tempting)},
        ]
    )
    quiz = write()
    if tempting == 2:
        (rejected,) = quiz.rejected
        assert {issue.code for issue in rejected.issues} == {"critic_guessable"}
        assert calls(llm)["WrittenQuestions"] == 2
    else:
        assert quiz.rejected == ()
        (asked,) = (one for one in quiz.questions if one.stem.startswith(WITHIN))
        (note,) = (note for note in asked.notes if note.code == "critic_guessable")
        assert note.is_note
        assert calls(llm)["WrittenQuestions"] == 1


def test_a_number_that_has_to_be_worked_out_is_not_given_away(llm: LLMServer) -> None:
    request = replace(REQUEST, formats=(QuestionFormat.NUMERIC,))
    numbers = {call.stem: call for call in write(request).questions}
    llm.configure(overrides=[{"schema": "GuessedAnswers", "values": {"clue": "obvious"}}])
    again = write(request)
    assert again.rejected == ()
    assert {one.stem for one in again.questions} == set(numbers)


# --- what fails


def test_a_question_that_the_model_leaves_out_is_told(llm: LLMServer) -> None:
    override = {"schema": "WrittenQuestions", "within": "tests:", "values": None, "times": 1}
    llm.configure(overrides=[override])
    quiz = write()
    assert len(quiz.questions) == 3
    assert quiz.notes == (
        "This quiz has 3 questions, 4 were asked for. The model left out 1 that were planned.",
    )
    assert calls(llm)["WrittenQuestions"] == 1


def test_little_material_is_told_as_such(llm: LLMServer) -> None:
    quiz = write(replace(REQUEST, size=12))
    assert len(quiz.questions) < 12
    assert quiz.notes[0].endswith("The model planned no more from this material.")


def test_without_a_plan_one_is_made_by_rule(llm: LLMServer) -> None:
    llm.configure(faults=[{"name": "prose", "share": 1.0, "schema": "QuizPlan"}])
    quiz = write()
    assert len(quiz.questions) == 4
    assert Counter(question.difficulty for question in quiz.questions)[Difficulty.EASY] == 2


def test_answers_are_asked_for_again_a_few_times_over_all_calls(llm: LLMServer) -> None:
    llm.configure(faults=[{"name": "prose", "share": 1.0}])
    quiz = write(replace(REQUEST, topics=REQUEST.topics * 3, size=36))
    assert quiz.questions == ()
    assert any("gave no usable answer" in note for note in quiz.notes)
    first = calls(llm)["QuizPlan"] + calls(llm)["WrittenQuestions"]
    # One plan and one call of questions, four answers more.
    assert first == 2 + 4


@pytest.mark.parametrize("schema", ["GuessedAnswers", "SolvedQuestions", "JudgedQuestions"])
def test_without_the_critic_questions_are_marked(
    llm: LLMServer, settings: Settings, schema: str
) -> None:
    settings.LLM_TRIES = 1
    llm.configure(faults=[{"name": "server_error", "share": 1.0, "schema": schema}])
    quiz = write()
    assert len(quiz.questions) == 4
    for question in quiz.questions:
        assert [issue.code for issue in question.notes] == ["not_checked"]
        assert question.notes[0].is_note
    (note,) = quiz.notes
    assert note.startswith("4 questions were not checked, so read them before learners do.")
    assert "has a fault of its own (500)" in note


def test_one_question_that_the_critic_leaves_out_is_marked(llm: LLMServer) -> None:
    override = {"schema": "SolvedQuestions", "within": "(single)", "values": None, "times": 1}
    llm.configure(overrides=[override])
    quiz = write()
    assert sum(bool(question.notes) for question in quiz.questions) == 1
    assert quiz.notes[0].startswith("1 questions were not checked")


def test_a_provider_that_fails_while_mending_costs_no_good_question(
    llm: LLMServer, settings: Settings
) -> None:
    settings.LLM_TRIES = 1
    item, schema, answer, code = PLANTED["absurd"]
    plant(llm, item, schema, answer, times=3)
    llm.configure(faults=[{"name": "server_error", "share": 1.0, "within": "wanting"}])
    quiz = write()
    assert len(quiz.questions) == 3
    assert [issue.code for issue in quiz.rejected[0].issues] == [code]
    assert any(note.startswith("Some questions were not mended.") for note in quiz.notes)


def test_a_provider_that_is_away_while_writing_fails_the_quiz(
    llm: LLMServer, settings: Settings
) -> None:
    settings.LLM_TRIES = 1
    llm.configure(faults=[{"name": "server_error", "share": 1.0, "schema": "WrittenQuestions"}])
    with pytest.raises(ProviderError, match="fault of its own"):
        write()


def test_a_weaker_mode_is_told(llm: LLMServer) -> None:
    llm.configure(structured=["json_object"])
    quiz = write()
    assert len(quiz.questions) == 4
    (note,) = quiz.notes
    assert "did not keep to the form" in note
    assert "json_object" in note
