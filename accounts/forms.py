"""Forms of one's own account: tokens, profile, new account, new password, deletion."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib.auth.forms import BaseUserCreationForm, PasswordResetForm
from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.mail import send_reset_later
from accounts.models import PersonalToken, Scope
from accounts.names import check_name_is_free
from accounts.profiles import profile_of, time_zones
from accounts.services import DEFAULT_LIFETIME, LIFETIMES

NEVER = "never"


def lifetime_words(days: int | None) -> str:
    return _("never expires") if days is None else _("%(days)d days") % {"days": days}


class TokenForm(forms.Form):
    """Refuses a name in use, so that sending the form twice creates one token."""

    name = forms.CharField(
        label=_lazy("Name"),
        max_length=100,
        help_text=_lazy("What will use it, such as the name of a script."),
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    scopes = forms.MultipleChoiceField(
        label=_lazy("It may"),
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _lazy("Choose at least one.")},
    )
    lifetime = forms.TypedChoiceField(
        label=_lazy("Valid for"),
        choices=lambda: [(days or NEVER, lifetime_words(days)) for days in LIFETIMES],
        coerce=lambda value: None if value == NEVER else int(value),
        empty_value=None,
        initial=DEFAULT_LIFETIME,
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self._user = user

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if PersonalToken.objects.usable().filter(user=self._user, name=name).exists():
            raise forms.ValidationError(
                _("You have a token of this name. Revoke it first, or choose another name.")
            )
        return name


class ProfileForm(forms.Form):
    first_name = forms.CharField(label=_lazy("First name"), max_length=150, required=False)
    last_name = forms.CharField(label=_lazy("Last name"), max_length=150, required=False)
    email = forms.EmailField(label=_lazy("E-mail address"), max_length=254, required=False)
    time_zone = forms.ChoiceField(label=_lazy("Time zone"), required=False)
    language = forms.ChoiceField(label=_lazy("Language"), required=False)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        profile = profile_of(user)
        initial = {
            "first_name": user.first_name,
            "last_name": user.last_name,
            "email": user.email,
            "time_zone": profile.time_zone,
            "language": profile.language,
        }
        super().__init__(*args, **(kwargs | {"initial": initial}))
        self.label_suffix = ""
        zones = [(name, name.replace("_", " ")) for name in time_zones()]
        standard = _("As this school has it (%(zone)s)") % {"zone": settings.TIME_ZONE}
        offered: dict[str, list[tuple[str, str]]] = {
            "time_zone": [("", standard), *zones],
            "language": [("", _("As the browser has it")), *settings.LANGUAGES],
        }
        for name, choices in offered.items():
            cast("forms.ChoiceField", self.fields[name]).choices = choices
        for name, autocomplete in _AUTOCOMPLETE.items():
            self.fields[name].widget.attrs |= {"autocomplete": autocomplete, "dir": "auto"}


_AUTOCOMPLETE = {"first_name": "given-name", "last_name": "family-name", "email": "email"}


class SignUpForm(BaseUserCreationForm):  # type: ignore[type-arg]  # not subscriptable at run time
    class Meta:
        model = User
        fields = ("username", "first_name", "last_name", "email")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.fields["email"].required = settings.MAIL_CONFIGURED

    def clean_username(self) -> str:
        name: str = self.cleaned_data["username"]
        check_name_is_free(name)
        return name


class ResetForm(PasswordResetForm):
    """Django's, but a worker sends the mail."""

    def save(self, *_args: Any, **_kwargs: Any) -> None:
        for user in self.get_users(self.cleaned_data["email"]):
            send_reset_later(user)


class DeleteAccountForm(forms.Form):
    """Asks for the password; where there is none, for the name of the account."""

    proof = forms.CharField(max_length=4096)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self._user = user
        field = self.fields["proof"]
        if user.has_usable_password():
            field.label = _("Your password")
            field.widget = forms.PasswordInput(attrs={"autocomplete": "current-password"})
        else:
            field.label = _("Type the name of your account, %(name)s") % {
                "name": user.get_username()
            }

    def clean_proof(self) -> str:
        proof: str = self.cleaned_data["proof"]
        if self._user.has_usable_password():
            if not self._user.check_password(proof):
                raise forms.ValidationError(_("This is not your password. Nothing was deleted."))
        elif proof != self._user.get_username():
            raise forms.ValidationError(_("This is another name. Nothing was deleted."))
        return proof
