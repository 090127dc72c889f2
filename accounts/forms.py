"""The form that makes a token."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.models import PersonalToken, Scope
from accounts.services import DEFAULT_LIFETIME, LIFETIMES

NEVER = "never"


def lifetime_words(days: int | None) -> str:
    return "never expires" if days is None else f"{days} days"


class TokenForm(forms.Form):
    """A name that is in use is refused, so that sending the form again makes no second token."""

    name = forms.CharField(
        max_length=100, help_text="What will use it, such as the name of a script."
    )
    scopes = forms.MultipleChoiceField(
        label="It may",
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one."},
    )
    lifetime = forms.TypedChoiceField(
        label="Valid for",
        choices=[(days or NEVER, lifetime_words(days)) for days in LIFETIMES],
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
                "You have a token of this name. Revoke it first, or choose another name."
            )
        return name
