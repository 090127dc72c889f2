"""One's own account: profile, password, addresses, new accounts, a copy of one's data, deletion."""

from __future__ import annotations

import io
import json
import re
import zipfile

import pytest
from django.contrib.auth.models import User
from django.core import mail as outbox
from django.test import Client
from django_q.models import OrmQ
from pytest_django.fixtures import Settings

from accounts.mail import send_reset, send_verification
from accounts.models import AuditEntry, Profile
from courses.models import AnsweredQuestion, CourseStatus, Note, Reading, Topic
from courses.study import add_note, set_read
from quizzes.flashcards import answer_card, collect_cards, own_cards, set_plan
from quizzes.models import Attempt, Card, CardReview, PracticePlan
from quizzes.services import start_attempt, submit_attempt
from tests.factories import PASSWORD, make_course, make_learner, make_teacher

pytestmark = pytest.mark.django_db
NEW = "another long pass phrase"
FIELDS = {"first_name": "Ann", "last_name": "Lee", "email": "", "time_zone": "", "language": ""}


@pytest.fixture
def learner() -> User:
    return make_learner()


@pytest.fixture
def browser(learner: User) -> Client:
    client = Client()
    client.force_login(learner)
    return client


@pytest.fixture
def mailing(settings: Settings) -> None:
    settings.MAIL_CONFIGURED = True
    settings.PUBLIC_URL = "https://learn.school.example"


def link_in_mail() -> str:
    found = re.search(r"https://learn\.school\.example(/\S+)", str(outbox.outbox[-1].body))
    assert found
    return found[1]


def test_mail_is_in_the_language_of_the_account(mailing: None, learner: User) -> None:
    Profile.objects.create(user=learner, language="hi", unverified_email="new@school.example")
    User.objects.filter(pk=learner.pk).update(email="ann@school.example")
    send_reset(learner.pk)
    send_verification(learner.pk)
    reset, proof = outbox.outbox[-2:]
    assert reset.subject == "ProfAI के लिए नया पासवर्ड"
    assert "60 मिनट" in str(reset.body)
    assert "ProfAI के लिए अपना ई-मेल पता" in proof.subject
    assert "3 दिन" in str(proof.body)
    for mail in (reset, proof):
        assert "https://learn.school.example/account/" in str(mail.body)


def test_name_and_zone_are_saved_and_shown(browser: Client, learner: User) -> None:
    sent = browser.post("/account/", FIELDS | {"time_zone": "Asia/Kolkata"}, follow=True)
    html = sent.content.decode()
    assert "Saved." in html
    assert "Times are those of Asia/Kolkata" in html
    learner.refresh_from_db()
    assert learner.get_full_name() == "Ann Lee"
    # On another device, too.
    other = Client()
    other.force_login(learner)
    assert "Times are those of Asia/Kolkata" in other.get("/history/").content.decode()


def test_a_zone_that_is_not_known_any_more_breaks_no_page(browser: Client, learner: User) -> None:
    Profile.objects.create(user=learner, time_zone="Europe/Atlantis", language="hi")
    assert "UTC" in browser.get("/history/").content.decode().partition("<footer")[2]


@pytest.mark.parametrize(
    "wrong", [{"time_zone": "Mars/Base"}, {"language": "xx"}, {"email": "no address"}]
)
def test_what_cannot_be_chosen_is_refused(browser: Client, wrong: dict[str, str]) -> None:
    answer = browser.post("/account/", FIELDS | wrong)
    assert answer.status_code == 400
    assert "field-error" in answer.content.decode()
    assert not Profile.objects.exists()


def test_without_mail_an_address_counts_at_once(browser: Client, learner: User) -> None:
    browser.post("/account/", FIELDS | {"email": "ann@school.example"})
    learner.refresh_from_db()
    assert learner.email == "ann@school.example"
    assert not OrmQ.objects.exists()


@pytest.mark.usefixtures("mailing")
def test_a_new_address_counts_once_its_link_is_opened(browser: Client, learner: User) -> None:
    browser.post("/account/", FIELDS | {"email": "ann@school.example"})
    learner.refresh_from_db()
    assert learner.email == ""
    assert OrmQ.objects.count() == 1
    assert "ann@school.example" in browser.get("/account/").content.decode()
    browser.post("/account/email/again/")
    assert OrmQ.objects.count() == 2
    send_verification(learner.pk)
    assert outbox.outbox[-1].to == ["ann@school.example"]
    link = link_in_mail()
    # Programs that look at mail open links: only the button counts.
    assert "This address is mine" in Client().get(link).content.decode()
    learner.refresh_from_db()
    assert learner.email == ""
    assert Client().post(link).status_code == 302
    learner.refresh_from_db()
    assert learner.email == "ann@school.example"
    again = Client().post(link)
    assert again.status_code == 400
    assert "used already" in again.content.decode()
    forged = Client().post("/account/email/forged/")
    assert "not valid any more" in forged.content.decode()
    # Nothing waits: nothing is sent.
    count = len(outbox.outbox)
    send_verification(learner.pk)
    assert len(outbox.outbox) == count


def test_the_password_is_changed(browser: Client, learner: User) -> None:
    elsewhere = Client()
    elsewhere.force_login(learner)
    wrong = {"old_password": "no", "new_password1": NEW, "new_password2": NEW}
    assert "field-error" in browser.post("/account/password/", wrong).content.decode()
    done = browser.post("/account/password/", wrong | {"old_password": PASSWORD}, follow=True)
    assert "Your password is changed" in done.content.decode()
    assert elsewhere.get("/history/").status_code == 302
    learner.refresh_from_db()
    assert learner.check_password(NEW)


@pytest.mark.usefixtures("mailing")
def test_a_forgotten_password_is_set_by_mail(learner: User) -> None:
    User.objects.update(email="ann@school.example")
    client = Client()
    for address in ("ann@school.example", "nobody@school.example"):
        asked = client.post("/account/reset/", {"email": address})
        assert asked.headers["Location"] == "/account/reset/sent/"
    assert "If an account has this address" in client.get("/account/reset/sent/").content.decode()
    assert OrmQ.objects.count() == 1
    send_reset(learner.pk)
    link = link_in_mail()
    form = client.get(link).headers["Location"]
    done = client.post(form, {"new_password1": NEW, "new_password2": NEW})
    assert done.headers["Location"] == "/login/"
    learner.refresh_from_db()
    assert learner.check_password(NEW)
    assert "not valid any more" in Client().get(link, follow=True).content.decode()
    # An account without an address gets none.
    User.objects.update(email="")
    send_reset(learner.pk)
    assert len(outbox.outbox) == 1


def test_without_mail_the_page_says_whom_to_ask(learner: User) -> None:
    User.objects.update(email="ann@school.example")
    for answer in (
        Client().get("/account/reset/"),
        Client().post("/account/reset/", {"email": "ann@school.example"}),
    ):
        assert "This installation sends no mail." in answer.content.decode()
    assert not OrmQ.objects.exists()


SIGN_UP = {
    "username": "newcomer",
    "first_name": "New",
    "last_name": "Comer",
    "email": "new@school.example",
    "password1": NEW,
    "password2": NEW,
}


def test_nobody_makes_an_account_unless_the_school_wants_it() -> None:
    assert Client().get("/account/new/").status_code == 404
    assert Client().post("/account/new/", SIGN_UP).status_code == 404
    assert "New account" not in Client().get("/login/").content.decode()


def test_an_account_of_ones_own(settings: Settings) -> None:
    settings.SIGN_UP = True
    client = Client()
    assert "New account" in client.get("/login/").content.decode()
    weak = client.post("/account/new/", SIGN_UP | {"password1": "abc", "password2": "abc"})
    assert weak.status_code == 400
    assert client.post("/account/new/", SIGN_UP).headers["Location"] == "/login/"
    taken = Client().post("/account/new/", SIGN_UP | {"username": "NEWCOMER"})
    assert "There is an account" in taken.content.decode()
    assert client.login(username="newcomer", password=NEW)
    assert client.get("/account/new/").headers["Location"] == "/"
    settings.SIGN_UPS_PER_HOUR = 1
    many = Client().post("/account/new/", SIGN_UP | {"username": "next"})
    assert "Too many new accounts" in many.content.decode()


@pytest.mark.usefixtures("mailing")
def test_a_new_account_becomes_active_by_its_link(settings: Settings) -> None:
    settings.SIGN_UP = True
    client = Client()
    client.post("/account/new/", SIGN_UP)
    made = User.objects.get(username="newcomer")
    assert not made.is_active
    assert not client.login(username="newcomer", password=NEW)
    send_verification(made.pk)
    client.post(link_in_mail())
    made.refresh_from_db()
    assert (made.is_active, made.email) == (True, "new@school.example")


@pytest.mark.usefixtures("mailing")
def test_no_link_lets_somebody_in_whom_staff_shut_out(browser: Client, learner: User) -> None:
    browser.post("/account/", FIELDS | {"email": "ann@school.example"})
    User.objects.update(is_active=False)
    send_verification(learner.pk)
    Client().post(link_in_mail())
    learner.refresh_from_db()
    assert not learner.is_active


def test_a_copy_of_ones_data(browser: Client, learner: User) -> None:
    quiz = make_course(status=CourseStatus.PUBLISHED).quizzes.get(module=None)
    other = start_attempt(quiz=quiz, learner=make_learner("other"))
    submit_attempt(attempt=other, responses={1: 3})
    mine = start_attempt(quiz=quiz, learner=learner)
    submit_attempt(attempt=mine, responses={1: 1})
    answer = browser.get("/account/data/")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        found = {name: json.loads(archive.read(name)) for name in archive.namelist()}
    names = ("account", "attempts", "certificates", "lessons", "notes", "practice")
    assert set(found) == {f"{name}.json" for name in names}
    assert found["account.json"]["username"] == "learner"
    (attempt,) = found["attempts.json"]
    assert attempt["percentage"] == 33
    assert attempt["answers"][0]["answer"] == ["Choice 1.1"]


def studied(learner: User) -> None:
    """A lesson read with a note, a card that was answered, a plan, and a course that was asked."""
    course = make_course(status=CourseStatus.PUBLISHED)
    topic = Topic.objects.filter(module__course=course).earliest("pk")
    set_read(learner, topic, is_read=True)
    add_note(learner=learner, topic=topic, text="Ask in class.")
    set_plan(learner, new_per_day=7, shows_streak=False)
    collect_cards(learner)
    answer_card(card=own_cards(learner).get(), rating=3, seen=None)
    AnsweredQuestion.objects.create(course=course, person=learner)


def test_the_copy_has_what_was_studied(browser: Client, learner: User) -> None:
    studied(learner)
    studied(make_learner("other"))
    answer = browser.get("/account/data/")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        found = {name: json.loads(archive.read(name)) for name in archive.namelist()}
    (opened,) = found["lessons.json"]["opened"]
    assert opened["lesson"] == "Topic 1.1"
    assert opened["read_at"]
    assert len(found["lessons.json"]["asked"]) == 1
    assert [note["text"] for note in found["notes.json"]] == ["Ask in class."]
    practice = found["practice.json"]
    assert practice["new_cards_a_day"] == 7
    assert practice["shows_days_in_a_row"] is False
    assert [card["term"] for card in practice["cards"]] == ["spring 1.1"]
    assert [one["rating"] for one in practice["answers"]] == [3]


def test_what_was_studied_goes_with_the_account(browser: Client, learner: User) -> None:
    studied(learner)
    studied(make_learner("other"))
    kept = (Reading, Note, Card, CardReview, PracticePlan, AnsweredQuestion)
    assert [model.objects.count() for model in kept] == [2] * len(kept)
    browser.post("/account/delete/", {"proof": PASSWORD})
    assert [model.objects.count() for model in kept] == [1] * len(kept)


def test_an_account_is_deleted_by_its_owner(browser: Client, learner: User) -> None:
    quiz = make_course(status=CourseStatus.PUBLISHED).quizzes.get(module=None)
    submit_attempt(attempt=start_attempt(quiz=quiz, learner=learner))
    wrong = browser.post("/account/delete/", {"proof": "no"})
    assert "Nothing was deleted" in wrong.content.decode()
    done = browser.post("/account/delete/", {"proof": PASSWORD}, follow=True)
    assert "Your account and all that was yours is deleted." in done.content.decode()
    assert not User.objects.filter(username="learner").exists()
    assert not Attempt.objects.exists()
    assert AuditEntry.objects.filter(action="delete", object_name="learner").exists()


def test_who_has_no_password_types_the_name(browser: Client, learner: User) -> None:
    learner.set_unusable_password()
    learner.save()
    browser.force_login(learner)
    wrong = browser.post("/account/delete/", {"proof": "other"})
    assert "another name" in wrong.content.decode()
    browser.post("/account/delete/", {"proof": "learner"})
    assert not User.objects.filter(username="learner").exists()


def test_staff_are_not_deleted_by_themselves() -> None:
    teacher, browser = make_teacher(), Client()
    browser.force_login(teacher)
    refused = browser.post("/account/delete/", {"proof": PASSWORD})
    assert "deleted by an administrator" in refused.content.decode()
    assert User.objects.filter(pk=teacher.pk).exists()
