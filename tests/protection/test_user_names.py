"""User names are compared without case and by Unicode, wherever one is typed."""

from __future__ import annotations

from io import StringIO
from unicodedata import normalize

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.logins import account_key
from accounts.models import AuditEntry
from exchange.admin.learners import MergeForm
from profai.local.first_start import ensure_first_accounts
from tests.factories import PASSWORD, make_learner, make_superuser
from tests.protection.test_logins import WAYS, Attempt, entered, fail

pytestmark = pytest.mark.django_db
LOCKED_OUT = 429


def make_twins() -> tuple[User, User]:
    """Accounts of before names were compared without case: bulk_create asks nothing."""
    twins = [User(username=name) for name in ("Leo", "leo")]
    for number, twin in enumerate(twins):
        twin.set_password(f"{PASSWORD} {number}")
    large, small = User.objects.bulk_create(twins)
    return large, small


@WAYS
@pytest.mark.parametrize("typed", ["CHIEF", "Chief", "\uff23hief"])
def test_capitals_let_in_with_the_right_password_and_lock_nobody(way: Attempt, typed: str) -> None:
    make_superuser()
    for _ in range(6):
        assert entered(way(typed, PASSWORD))
    assert fail(way, 4, typed).status_code != LOCKED_OUT
    assert fail(way, 1, "chief").status_code == LOCKED_OUT
    assert way(typed, PASSWORD).status_code == LOCKED_OUT


@WAYS
def test_letters_of_other_languages_too(way: Attempt) -> None:
    User.objects.create_superuser("\u00e9lodie", password=PASSWORD)
    assert entered(way(normalize("NFD", "\u00c9lodie"), PASSWORD))


@WAYS
def test_twins_of_before_go_on_working_by_their_exact_names(way: Attempt) -> None:
    for twin in make_twins():
        twin.is_staff = True
        twin.save()
    assert entered(way("Leo", f"{PASSWORD} 0"))
    assert entered(way("leo", f"{PASSWORD} 1"))
    assert not entered(way("Leo", f"{PASSWORD} 1"))
    assert not entered(way("LEO", f"{PASSWORD} 0"))


def test_the_log_names_the_account_that_was_meant() -> None:
    chief = make_superuser()
    Client().post("/login/", {"username": "CHIEF", "password": "wrong"})
    entry = AuditEntry.objects.get(action="failed login")
    assert entry.object_id == str(chief.pk)


def test_no_account_is_made_that_differs_only_by_case() -> None:
    make_learner("Ana")
    for name in ("ana", "ANA", "\uff21na"):
        with pytest.raises(ValidationError, match="already"):
            User.objects.create_user(name, password=PASSWORD)
    with pytest.raises(CommandError, match="already"):
        call_command("createsuperuser", "--noinput", username="aNA", email="a@example.org")
    assert User.objects.count() == 1


@pytest.mark.parametrize("name", ["ana", "\uff21na"])
def test_the_admin_refuses_such_a_name_in_its_forms(name: str) -> None:
    make_learner("Ana")
    other = make_learner("other")
    browser = Client()
    browser.force_login(make_superuser())
    made = {"username": name, "usable_password": "false"}
    answer = browser.post("/admin/auth/user/add/", made)
    assert "already" in answer.content.decode()
    page = f"/admin/auth/user/{other.pk}/change/"
    joined = {"date_joined_0": "2026-01-01", "date_joined_1": "10:00:00"}
    answer = browser.post(page, {"username": name} | joined)
    assert "already" in answer.content.decode()
    assert set(User.objects.values_list("username", flat=True)) == {"Ana", "other", "chief"}


def test_an_account_may_change_the_case_of_its_own_name_and_twins_can_be_saved() -> None:
    ana = make_learner("ana")
    ana.username = "Ana"
    ana.save()
    large, small = make_twins()
    small.first_name = "Lea"
    small.save()
    large.username = "somebody"
    large.save()
    assert User.objects.filter(username__in=["Ana", "somebody", "leo"]).count() == 3


def test_merging_finds_an_account_by_any_case_but_never_guesses() -> None:
    ana = make_learner("Ana")
    assert MergeForm({"account": "ANA"}).is_valid()
    form = MergeForm({"account": " ana "})
    assert form.is_valid()
    assert form.cleaned_data["account"] == ana
    make_twins()
    assert MergeForm({"account": "leo"}).is_valid()
    form = MergeForm({"account": "LEO"})
    assert not form.is_valid()
    assert "Leo, leo" in str(form.errors)


def test_an_owner_of_imported_courses_is_found_by_any_case(tmp_path: object) -> None:
    make_superuser()
    words = StringIO()
    with pytest.raises(CommandError, match="no account nobody"):
        call_command("import_json", str(tmp_path), owner="nobody", stdout=words)
    call_command("import_json", str(tmp_path), owner="CHIEF", stdout=words)


def test_the_first_accounts_do_not_meet_names_that_are_taken() -> None:
    User.objects.create_user("Admin", password=PASSWORD)
    assert [account.name for account in ensure_first_accounts()] == ["admin-2"]


def test_failures_are_counted_by_the_same_comparison() -> None:
    names = ["l2", "L2", "\uff2c2"]
    assert {account_key(None, {"username": name}) for name in names} == {"l2"}
