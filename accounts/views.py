"""Pages of one's own account: profile, password, tokens, data; and of new accounts."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.i18n import set_language

from accounts.audit.log import record
from accounts.forms import DeleteAccountForm, ProfileForm, ResetForm, SignUpForm, TokenForm
from accounts.models import PersonalToken
from accounts.own_data import export_own_data
from accounts.profiles import (
    AccountError,
    choose_language,
    delete_account,
    profile_of,
    save_profile,
    send_link,
    sign_up,
    verify_email,
)
from accounts.services import MadeToken, TooManyTokensError, make_token, revoke_token
from accounts.sessions import end_sessions
from common.files import attachment
from common.login_return import posted_from

TOKENS_PER_PAGE = 25


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def tokens(request: HttpRequest) -> HttpResponse:
    """Shows a person's tokens and makes new ones. A new secret is in this answer only: no
    redirect."""
    if request.method != "POST":
        return _page(request, TokenForm(user=request.user))
    form = TokenForm(request.POST, user=request.user)
    if not form.is_valid():
        return _page(request, form, status=400)
    try:
        made = make_token(
            user=request.user,
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            days=form.cleaned_data["lifetime"],
        )
    except TooManyTokensError as error:
        form.add_error(None, str(error))
        return _page(request, form, status=400)
    return _page(request, TokenForm(user=request.user), made=made)


def _page(
    request: HttpRequest, form: TokenForm, *, made: MadeToken | None = None, status: int = 200
) -> HttpResponse:
    tokens = PersonalToken.objects.of(request.user)
    page = Paginator(tokens, TOKENS_PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "form": form, "made": made}
    return render(request, "accounts/tokens.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks first."""
    token = get_object_or_404(PersonalToken.objects.of(request.user), pk=pk)
    if request.method != "POST":
        return render(request, "accounts/revoke.html", {"token": token})
    revoke_token(token)
    messages.success(
        request,
        _("The token %(name)s was revoked; nothing can use it any more.") % {"name": token.name},
    )
    return redirect("token-list")


@posted_from("profile")
@login_required
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """Ends every other session of the account; its tokens stay."""
    ended = end_sessions(request.user.pk or 0, but=request.session.session_key)
    record("sign out everywhere", request=request, detail=f"Sessions ended: {ended}.")
    done = ngettext("%d other session was ended.", "%d other sessions were ended.", ended)
    messages.success(request, done % ended)
    return redirect("profile")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def profile(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    form = ProfileForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        sent = save_profile(
            user=user,
            name=(values["first_name"], values["last_name"]),
            email=values["email"],
            choices=(values["time_zone"], values["language"]),
        )
        words = _("Saved. Open the link that we send to %(address)s; then the new address counts.")
        messages.success(request, words % {"address": sent} if sent else _("Saved."))
        response = redirect("profile")
        if not values["language"]:
            # What was chosen on this device before would hold instead of the browser's language.
            response.delete_cookie(settings.LANGUAGE_COOKIE_NAME)
        return response
    context = {
        "form": form,
        "profile": profile_of(user),
        "mail": settings.MAIL_CONFIGURED,
        # Pupils write no programs; who has tokens, or the right to, finds them here.
        "offers_tokens": user.is_staff
        or user.has_perm("accounts.add_personaltoken")
        or PersonalToken.objects.of(user).exists(),
    }
    status = 400 if form.errors else 200
    return render(request, "accounts/profile.html", context, status=status)


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Keeps the language that was chosen at the foot of a page: on the device, and in the profile
    of who is logged in."""
    chosen = request.POST.get("language", "")
    if request.user.is_authenticated and chosen in dict(settings.LANGUAGES):
        choose_language(request.user, chosen)
    return set_language(request)


@posted_from("profile")
@login_required
def send_link_again(request: HttpRequest) -> HttpResponse:
    if profile_of(request.user).unverified_email and settings.MAIL_CONFIGURED:
        send_link(request.user.pk or 0)
        messages.success(request, _("The link is sent again."))
    return redirect("profile")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def verify(request: HttpRequest, token: str) -> HttpResponse:
    """Asks first: programs that look at mail open links, too."""
    if request.method != "POST":
        return render(request, "accounts/verify.html")
    try:
        user = verify_email(token)
    except AccountError as error:
        return render(request, "accounts/verify.html", {"problem": str(error)}, status=400)
    messages.success(request, _("The address %(address)s is yours.") % {"address": user.email})
    return redirect("profile")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def new_account(request: HttpRequest) -> HttpResponse:
    if not settings.SIGN_UP:
        raise Http404
    if request.user.is_authenticated:
        return redirect(settings.LOGIN_REDIRECT_URL)
    form = SignUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        try:
            sign_up(user=form.save(commit=False), email=email)
        except AccountError as error:
            form.add_error(None, str(error))
        else:
            done = _("Open the link that we send you, then log in.")
            messages.success(request, done if settings.MAIL_CONFIGURED else _("Now log in."))
            return redirect("login")
    status = 400 if form.errors else 200
    return render(request, "accounts/sign_up.html", {"form": form}, status=status)


@require_safe
@login_required
@never_cache
def own_data(request: HttpRequest) -> HttpResponse:
    """Returns a copy of all that is kept about the person, as a zip of JSON files."""
    response = HttpResponse(export_own_data(request.user), content_type="application/zip")
    response["Content-Disposition"] = attachment("profai-my-data.zip")
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def account_delete(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    form = DeleteAccountForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            delete_account(user)
        except AccountError as error:
            form.add_error(None, str(error))
        else:
            logout(request)
            messages.success(request, _("Your account and all that was yours is deleted."))
            return redirect("login")
    status = 400 if form.errors else 200
    return render(request, "accounts/delete.html", {"form": form}, status=status)


class Login(auth_views.LoginView):
    redirect_authenticated_user = True

    def get_form_kwargs(self) -> dict[str, Any]:
        # As in all other forms of ours.
        return super().get_form_kwargs() | {"label_suffix": ""}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "may_sign_up": settings.SIGN_UP,
            "single_sign_on": settings.OIDC_ISSUER and settings.OIDC_NAME,
        }


class PasswordChange(auth_views.PasswordChangeView):
    template_name = "accounts/password.html"
    success_url = reverse_lazy("profile")

    def form_valid(self, form: Any) -> HttpResponse:
        messages.success(
            self.request, _("Your password is changed. All other sessions of yours have ended.")
        )
        return super().form_valid(form)


class PasswordReset(auth_views.PasswordResetView):
    """Says the same whether or not an address has an account; where no mail is sent, says so."""

    template_name = "accounts/reset.html"
    form_class = ResetForm
    success_url = reverse_lazy("password-reset-sent")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"mail": settings.MAIL_CONFIGURED}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.MAIL_CONFIGURED:
            return self.get(request, *args, **kwargs)
        return super().post(request, *args, **kwargs)


class PasswordResetSent(auth_views.PasswordResetDoneView):
    template_name = "accounts/reset_sent.html"


class PasswordResetConfirm(auth_views.PasswordResetConfirmView):
    template_name = "accounts/reset_confirm.html"
    success_url = reverse_lazy("login")

    def form_valid(self, form: Any) -> HttpResponse:
        messages.success(self.request, _("Your new password is set. Log in with it."))
        return super().form_valid(form)
