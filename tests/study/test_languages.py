"""Languages of learners' pages: complete catalogues, and pages in the language that was chosen."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format, number_format
from pytest_django.fixtures import Settings

from accounts.models import Profile
from courses.models import Course
from engine.questions.formats import MAX_SHORT_ANSWER
from quizzes.attempt_errors import OF_RESPONSES
from tests.study.pages import learners_pages, make_study_world
from translations.catalogues import (
    CODE,
    HERE,
    ROOT,
    compiled,
    extracted,
    languages,
    learners_templates,
    missing,
    unwrapped,
)

HINDI = {"accept-language": "hi-IN,hi;q=0.9,en;q=0.5"}
# Words that stand in Latin letters in Hindi, too: names, addresses, and the keys of a keyboard.
SAME = {"ProfAI", "API", "PDF", "AI", "UTC", "English"}


def test_every_text_of_every_template_is_translated() -> None:
    left = [
        f"{path.relative_to(ROOT)}: {text}"
        for path in learners_templates()
        for text in unwrapped(path.read_text(encoding="utf-8"))
    ]
    assert left == [], "Put these between translate tags; docs/languages.md says how."
    assert len(learners_templates()) > 25


@pytest.mark.parametrize(
    "template",
    [
        "<p>Hello there</p>",
        '<a aria-label="Back">{{ x }}</a>',
        '{{ passed|yesno:"Passed,Not passed" }}',
        '{% include "x.html" with empty="Choose" %}',
        "{% if a %}Yes{% endif %}",
    ],
)
def test_texts_without_tags_are_noticed(template: str) -> None:
    assert list(unwrapped(template))


@pytest.mark.parametrize("language", [code for code, _ in django_settings.LANGUAGES])
def test_every_language_has_every_text(language: str) -> None:
    if language == "en":
        return
    assert missing(language) == [], f"make messages, then fill in {HERE / language}"


@pytest.mark.parametrize("language", languages())
def test_what_pages_read_is_what_was_translated(language: str) -> None:
    stored = (HERE / language / "LC_MESSAGES" / "django.mo").read_bytes()
    assert stored == compiled(language), "Run make messages."
    assert len(list(extracted())) > 250


def test_no_text_to_translate_stands_within_an_f_string() -> None:
    """Babel does not look into these before Python 3.12: the text would stay English."""
    names = {"_", "_lazy", "gettext", "ngettext", "pgettext", "npgettext", "gettext_lazy"}
    found = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for folder in CODE
        for path in (ROOT / folder).rglob("*.py")
        for text in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and ast.unparse(call.func) in names
    ]
    assert found == []


def spoken(path: Path) -> Iterator[ast.expr]:
    """What a module's code tells people by `messages` and forms."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        told = isinstance(node.func.value, ast.Name) and node.func.value.id == "messages"
        if told or node.func.attr == "add_error":
            yield node.args[1]


@pytest.mark.parametrize(
    "module",
    ["accounts/views.py", "courses/views.py", "quizzes/views.py", "quizzes/study_views.py"],
)
def test_what_views_say_is_translated(module: str) -> None:
    plain = [
        ast.unparse(one)
        for one in spoken(ROOT / module)
        if isinstance(one, ast.JoinedStr | ast.Constant)
    ]
    assert plain == []


@pytest.fixture
def study(db: None) -> Course:
    return make_study_world()


@pytest.fixture
def browser(study: Course) -> Client:
    client = Client()
    client.force_login(User.objects.get(username="learner"))
    return client


class Words(HTMLParser):
    """Collects Latin words outside of what is marked as another language, or said by people."""

    VOID = frozenset({"input", "br", "hr", "img", "meta", "link", "wbr"})

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self._ours = [True]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        ours = self._ours[-1]
        if values.get("dir") == "auto" or tag in {"bdi", "code", "script", "time", "style"}:
            ours = False
        elif "lang" in values:
            ours = values["lang"] == "hi"
        if ours:
            self._take(values.get("aria-label") or "")
        if tag not in self.VOID:
            self._ours.append(ours)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            self._ours.pop()

    def handle_data(self, data: str) -> None:
        if self._ours[-1]:
            self._take(data)

    def _take(self, text: str) -> None:
        self.found |= set(re.findall(r"[A-Za-z]{2,}", text)) - SAME


def foreign_words(html: str) -> set[str]:
    words = Words()
    words.feed(html.partition("<body>")[2].partition("</body>")[0])
    return words.found


@pytest.mark.django_db
def test_no_page_mixes_languages(study: Course, browser: Client) -> None:
    mixed = {}
    for name, path in learners_pages(study).items():
        html = browser.get(path, headers=HINDI).text
        assert '<html lang="hi" dir="ltr"' in html, name
        found = foreign_words(html)
        if found:
            mixed[name] = found
    assert mixed == {}


@pytest.mark.django_db
def test_the_browser_chooses_unless_the_person_did(study: Course, browser: Client) -> None:
    assert 'lang="hi"' in browser.get("/", headers=HINDI).text
    assert '<html lang="en"' in browser.get("/", headers={"accept-language": "fr"}).text
    answer = browser.post("/language/", {"language": "hi"}, headers={"referer": "/history/"})
    assert answer.status_code == 302
    assert "मेरे परिणाम" in browser.get("/history/").text
    browser.post("/language/", {"language": "en"})
    assert "My results" in browser.get("/history/", headers=HINDI).text


@pytest.mark.django_db
def test_what_was_chosen_holds_on_every_device(browser: Client) -> None:
    browser.post("/language/", {"language": "hi"})
    browser.post("/language/", {"language": "xx"})
    assert Profile.objects.get().language == "hi"
    other = Client()
    other.force_login(User.objects.get(username="learner"))
    answer = other.get("/history/", headers={"accept-language": "en"})
    assert '<html lang="hi"' in answer.text
    assert answer.headers["Content-Language"] == "hi"
    # The profile can leave it to the browser again, whatever this device kept.
    names = {"first_name": "", "last_name": "", "email": "", "time_zone": ""}
    browser.post("/account/", names | {"language": ""})
    assert '<html lang="en"' in browser.get("/", headers={"accept-language": "en"}).text


@pytest.mark.django_db
def test_a_stranger_chooses_for_the_device_only() -> None:
    client = Client()
    client.post("/language/", {"language": "hi"})
    assert '<html lang="hi"' in client.get("/login/").text
    assert client.get("/language/").status_code == 405
    assert not Profile.objects.exists()


def test_all_that_the_engine_says_of_answers_is_translated() -> None:
    path = ROOT / "engine" / "questions" / "formats.py"
    said = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "ResponseError":
            text = node.args[0]
            parts = text.values if isinstance(text, ast.JoinedStr) else [text]
            # The one number that is put in.
            said.add(
                "".join(
                    str(part.value) if isinstance(part, ast.Constant) else str(MAX_SHORT_ANSWER)
                    for part in parts
                )
            )
    assert said == set(OF_RESPONSES)


@pytest.mark.django_db
def test_dates_and_numbers_are_those_of_the_language(study: Course, browser: Client) -> None:
    result = learners_pages(study)["lesson"]
    text = browser.get(result, headers=HINDI).text
    with translation.override("hi"):
        assert date_format(timezone.localdate(), "j F Y") in text
        assert number_format(1234567, use_l10n=True, force_grouping=True) == "12,34,567"


@pytest.mark.django_db
def test_staff_pages_and_the_api_stay_english(browser: Client) -> None:
    assert "Log in" in Client().get("/admin/login/", headers=HINDI).text
    Profile.objects.create(user=User.objects.get(username="learner"), language="hi")
    answer = browser.get("/api/quizzes/999999/", headers=HINDI)
    assert answer.json()["detail"] == "No Quiz matches the given query."
    assert "Content-Language" not in answer.headers


@pytest.mark.django_db
def test_a_login_that_fails_is_told_in_the_language(db: None) -> None:
    for _ in range(6):
        page = Client().post("/login/", {"username": "x", "password": "y"}, headers=HINDI)
    assert "लॉग इन के बहुत अधिक असफल प्रयास" in page.text


@pytest.mark.django_db
def test_a_language_from_right_to_left_turns_the_page(
    study: Course, browser: Client, settings: Settings
) -> None:
    settings.LANGUAGES = [*settings.LANGUAGES, ("ar", "العربية")]
    answer = browser.get(reverse("history"), headers={"accept-language": "ar"})
    assert '<html lang="ar" dir="rtl"' in answer.text


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/language/", "/appearance/"])
def test_a_choice_leads_back_to_pages_of_ours_only(address: str) -> None:
    sent = {"language": "hi", "theme": "dark", "size": "huge"}
    for away in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        answer = Client().post(address, sent | {"next": away})
        assert "evil" not in answer.headers["Location"]
        assert "javascript" not in answer.headers["Location"]
    answer = Client().post(address, sent | {"next": "/notes/"})
    assert answer.headers["Location"] == "/notes/"
    assert {cookie.value for cookie in answer.cookies.values()} <= {"hi", "dark"}


@pytest.mark.django_db
def test_a_cookie_that_names_no_choice_changes_nothing() -> None:
    client = Client()
    client.cookies["profai_theme"] = '"><script>'
    client.cookies["profai_language"] = "../x"
    assert '<html lang="en" dir="ltr" data-theme="auto"' in client.get("/login/").text
