"""The page where people make, see and revoke their tokens."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.audit import record
from accounts.forms import TokenForm
from accounts.queries import own_tokens
from accounts.services import MadeToken, TooManyTokensError, make_token, revoke_token
from accounts.sessions import end_sessions

TOKENS_PER_PAGE = 25


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def tokens(request: HttpRequest) -> HttpResponse:
    """A new token's secret is in the answer to the form and nowhere else, so no redirect."""
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
    page = Paginator(own_tokens(request.user), TOKENS_PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "form": form, "made": made}
    return render(request, "accounts/tokens.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks first."""
    token = get_object_or_404(own_tokens(request.user), pk=pk)
    if request.method != "POST":
        return render(request, "accounts/revoke.html", {"token": token})
    revoke_token(token)
    messages.success(request, f"The token {token.name} was revoked; nothing can use it any more.")
    return redirect("token-list")


@require_POST
@login_required
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """Ends every other session of the account; its tokens stay."""
    ended = end_sessions(request.user.pk or 0, but=request.session.session_key)
    record("sign out everywhere", request=request, detail=f"Sessions ended: {ended}.")
    done = ngettext("%d other session was ended.", "%d other sessions were ended.", ended)
    messages.success(request, done % ended)
    return redirect("token-list")
