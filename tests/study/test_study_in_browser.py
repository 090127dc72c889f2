"""What learners do while they study, on a desktop and a phone, with scripts and without."""

from __future__ import annotations

from typing import Any

import pypdfium2
import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from courses.models import Course, Note, Reading
from quizzes.models import CardReview
from tests.browser import NewPage
from tests.study.pages import logged_in, make_study_world, open_menu, topics_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.slow]

DESKTOP: dict[str, Any] = {"viewport": {"width": 1200, "height": 800}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
EVERYWHERE = pytest.mark.parametrize(
    ("device", "scripts"),
    [
        (PHONE, True),
        (DESKTOP, False),
        pytest.param(DESKTOP, True, marks=pytest.mark.slow),
        pytest.param(PHONE, False, marks=pytest.mark.slow),
    ],
)


@pytest.fixture
def study(transactional_db: None) -> Course:
    return make_study_world()


def open_page(
    new_page: NewPage, live_server: LiveServer, device: dict[str, Any], *, scripts: bool = True
) -> Page:
    page = new_page(base_url=live_server.url, java_script_enabled=scripts, **device)
    return logged_in(page, live_server.url, User.objects.get(username="learner"))


def is_within(page: Page, selector: str) -> bool:
    """Whether an element is between the left and the right edge of the window."""
    box = page.locator(selector).first.bounding_box()
    size = page.viewport_size
    assert box is not None
    assert size is not None
    return box["x"] >= 0 and box["x"] + box["width"] <= size["width"]


@EVERYWHERE
def test_a_module_is_read_to_its_end(
    new_page: NewPage,
    live_server: LiveServer,
    study: Course,
    device: dict[str, Any],
    *,
    scripts: bool,
) -> None:
    page = open_page(new_page, live_server, device, scripts=scripts)
    page.goto("/")
    card = page.locator(".card", has_text="Water on Earth")
    expect(card).to_contain_text("2 of 9 lessons read")
    card.get_by_role("link", name="Water on Earth").click()
    page.get_by_role("link", name="Topic 1.3").click()
    page.get_by_role("button", name="Mark as read and go on").click()
    expect(page.get_by_text("You have read this module to its end.")).to_be_visible()
    expect(page.locator("#module-1 .read-mark")).to_have_count(3)
    page.goto("/")
    expect(page.locator(".card", has_text="Water on Earth")).to_contain_text("3 of 9 lessons read")
    assert Reading.objects.filter(read_at__isnull=False).count() == 3


@EVERYWHERE
def test_notes_are_written_changed_and_deleted(
    new_page: NewPage,
    live_server: LiveServer,
    study: Course,
    device: dict[str, Any],
    *,
    scripts: bool,
) -> None:
    Note.objects.all().delete()
    page = open_page(new_page, live_server, device, scripts=scripts)
    page.goto(f"/topics/{topics_of(study)[0].pk}/")
    passage = page.locator("#place-1")
    if scripts:
        passage.click(position={"x": 5, "y": 5})
        passage.get_by_role("button", name="Note on this passage").click()
    else:
        page.get_by_label("What it is about").select_option(index=1)
    page.get_by_label("Your note").fill("First of all\nlook here")
    page.get_by_role("button", name="Save the note").click()
    note = page.locator(".note")
    expect(note).to_contain_text("look here")
    note.get_by_role("link", name="Most of the water").click()
    expect(passage).to_be_in_viewport()
    open_menu(page)
    page.get_by_role("link", name="My notes", exact=True).click()
    page.get_by_role("link", name="Change or delete").click()
    page.get_by_label("Your note").fill("Shorter")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".note-list .written")).to_have_text("Shorter")
    page.get_by_role("link", name="Change or delete").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="No notes yet")).to_be_visible()


@EVERYWHERE
def test_a_search_jumps_to_the_marked_place(
    new_page: NewPage,
    live_server: LiveServer,
    study: Course,
    device: dict[str, Any],
    *,
    scripts: bool,
) -> None:
    page = open_page(new_page, live_server, device, scripts=scripts)
    page.goto("/")
    page.get_by_label("Search in all my courses").fill("evaporates")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("mark").first).to_have_text("evaporates")
    page.get_by_role("link", name="Where water is").click()
    expect(page.locator("mark#found")).to_have_text("evaporates")
    expect(page.locator("mark#found")).to_be_in_viewport()
    open_menu(page)
    page.get_by_role("link", name="Search", exact=True).click()
    page.get_by_label("Search in all my courses").fill("zzzz")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", name="Nothing found for “zzzz”")).to_be_visible()


@EVERYWHERE
def test_terms_and_sources_are_explained_in_place(
    new_page: NewPage,
    live_server: LiveServer,
    study: Course,
    device: dict[str, Any],
    *,
    scripts: bool,
) -> None:
    page = open_page(new_page, live_server, device, scripts=scripts)
    page.goto(f"/topics/{topics_of(study)[0].pk}/")
    meaning = page.locator(".meaning")
    expect(meaning).to_be_hidden()
    page.locator(".term").focus()
    expect(meaning).to_be_visible()
    assert is_within(page, ".meaning")
    link = page.get_by_role("link", name="Source 1", exact=True).first
    if not scripts:
        link.click()
        expect(page.locator("#citation-1")).to_be_in_viewport()
        page.locator("#citation-1 summary").click()
        expect(page.locator("#citation-1 blockquote")).to_be_in_viewport()
        return
    page.keyboard.press("Escape")
    expect(meaning).to_be_hidden()
    link.focus()
    page.keyboard.press("Enter")
    source = page.get_by_role("note", name="Source 1")
    expect(source).to_contain_text("rivers-1.pdf, page 1")
    expect(source).to_contain_text("A spring is where groundwater 1.1 comes to the surface.")
    assert is_within(page, ".source-here")
    page.keyboard.press("Escape")
    expect(source).to_have_count(0)
    expect(link).to_be_focused()
    page.get_by_role("link", name="Source 1", exact=True).nth(1).click()
    page.get_by_role("button", name="Close").click()
    expect(source).to_have_count(0)


def test_a_touch_shows_a_meaning_and_a_second_leads_to_the_glossary(
    new_page: NewPage, live_server: LiveServer, study: Course
) -> None:
    page = open_page(new_page, live_server, PHONE)
    page.goto(f"/topics/{topics_of(study)[0].pk}/")
    page.locator(".term").tap()
    expect(page.locator(".meaning")).to_be_visible()
    page.locator(".term").tap()
    expect(page.get_by_role("heading", name="Glossary")).to_be_visible()


@EVERYWHERE
def test_colours_and_text_size_are_chosen(
    new_page: NewPage,
    live_server: LiveServer,
    study: Course,
    device: dict[str, Any],
    *,
    scripts: bool,
) -> None:
    page = open_page(new_page, live_server, device, scripts=scripts)
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("data-theme", "auto")
    page.get_by_label("Colours").select_option("dark")
    page.get_by_label("Text size").select_option("large")
    if not scripts:
        page.get_by_role("button", name="Change colours and text size").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto("/history/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("html")).to_have_attribute("data-size", "large")
    expect(page.get_by_label("Colours")).to_have_value("dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 21, 28)"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@EVERYWHERE
def test_the_language_is_chosen_at_the_foot(
    new_page: NewPage,
    live_server: LiveServer,
    study: Course,
    device: dict[str, Any],
    *,
    scripts: bool,
) -> None:
    page = open_page(new_page, live_server, device, scripts=scripts)
    page.goto("/history/")
    page.get_by_label("Language").select_option("hi")
    if not scripts:
        page.get_by_role("button", name="Change", exact=True).click()
    expect(page.get_by_role("heading", name="मेरे परिणाम")).to_be_visible()
    assert page.url.endswith("/history/")


@EVERYWHERE
def test_practice_without_a_keyboard(
    new_page: NewPage,
    live_server: LiveServer,
    study: Course,
    device: dict[str, Any],
    *,
    scripts: bool,
) -> None:
    page = open_page(new_page, live_server, device, scripts=scripts)
    page.goto("/practice/")
    expect(page.get_by_text("4 cards left for today")).to_be_visible()
    expect(page.locator(".answer")).to_be_hidden()
    page.get_by_text("Show the answer").click()
    expect(page.locator(".answer")).to_be_visible()
    page.get_by_role("button", name="Easy").click()
    expect(page.get_by_text("3 cards left for today")).to_be_visible()
    page.get_by_role("button", name="Ask this card no more").click()
    expect(page.get_by_text("2 cards left for today")).to_be_visible()
    page.get_by_role("button", name="Ask it again").click()
    expect(page.get_by_text("3 cards left for today")).to_be_visible()
    page.get_by_text("How I practise").click()
    page.get_by_label("New cards a day").fill("2")
    page.get_by_label("Show how many days in a row").uncheck()
    page.locator(".plan").get_by_role("button", name="Save").click()
    expect(page.get_by_text("1 card left for today")).to_be_visible()


def test_practice_by_keys(new_page: NewPage, live_server: LiveServer, study: Course) -> None:
    page = open_page(new_page, live_server, DESKTOP)
    page.goto("/practice/")
    # A key before the answer is shown says nothing.
    page.keyboard.press("3")
    for left, key in ((3, "4"), (2, "4")):
        page.keyboard.press("Space")
        expect(page.locator(".answer")).to_be_visible()
        page.keyboard.press(key)
        expect(page.get_by_text(f"{left} cards left for today")).to_be_visible()
    assert list(CardReview.objects.values_list("rating", flat=True)) == [4, 4]


SWIPE = """(by) => {
    const card = document.querySelector("[data-flashcard]");
    const box = card.getBoundingClientRect();
    const send = (kind, x) => card.dispatchEvent(new PointerEvent(kind, {
        bubbles: true, pointerType: "touch", clientX: x, clientY: box.top + 20}));
    send("pointerdown", box.left + 180);
    send("pointermove", box.left + 180 + by / 2);
    send("pointerup", box.left + 180 + by);
}"""


def test_practice_by_swipes(new_page: NewPage, live_server: LiveServer, study: Course) -> None:
    page = open_page(new_page, live_server, PHONE)
    page.goto("/practice/")
    page.evaluate(SWIPE, 30)  # too short
    expect(page.locator(".answer")).to_be_hidden()
    page.evaluate(SWIPE, 120)
    expect(page.locator(".answer")).to_be_visible()
    page.evaluate(SWIPE, -120)
    expect(page.get_by_text("1 answered today")).to_be_visible()
    assert CardReview.objects.get().rating == 1


def test_a_lesson_is_printed_with_its_sources_and_notes_only(
    new_page: NewPage, live_server: LiveServer, study: Course
) -> None:
    page = open_page(new_page, live_server, DESKTOP)
    page.goto(f"/topics/{topics_of(study)[0].pk}/")
    page.get_by_label("Colours").select_option("dark")
    document = pypdfium2.PdfDocument(page.pdf(format="A4", print_background=True))
    texts = " ".join(one.get_textpage().get_text_bounded() for one in document)
    shades = document[0].render().to_pil().convert("L").histogram()
    document.close()
    for words in ("Most of the water", "rivers-1.pdf, page 1", "Ask in class"):
        assert words in " ".join(texts.split())
    for words in ("Save the note", "Log out", "Colours", "Mark as", "Search in this course"):
        assert words not in texts
    assert max(range(256), key=shades.__getitem__) == 255


def test_a_page_from_right_to_left_is_turned(
    new_page: NewPage, live_server: LiveServer, study: Course, settings: Any
) -> None:
    settings.LANGUAGES = [*settings.LANGUAGES, ("ar", "العربية")]
    page = open_page(new_page, live_server, PHONE | {"locale": "ar"})
    for path in ("/", f"/topics/{topics_of(study)[0].pk}/", "/practice/", "/notes/"):
        page.goto(path)
        expect(page.locator("html")).to_have_attribute("dir", "rtl")
        brand = page.locator(".brand").bounding_box()
        assert brand is not None
        assert brand["x"] > 195
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
