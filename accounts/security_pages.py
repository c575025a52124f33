"""The page of one's own security: second steps, recovery codes, devices. What it leads to is allauth's."""

from allauth.mfa import app_settings as mfa_settings
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from accounts.sign_in import sign_in_revoke, sign_ins_of


@login_required
@require_GET
def security(request: HttpRequest) -> HttpResponse:
    """How I sign in, and where I am signed in. Queries: 2, and 3 per device."""
    user = request.user
    assert isinstance(user, User)
    authenticators = list(Authenticator.objects.filter(user=user).order_by("created_at"))
    by_type = {authenticator.type: authenticator for authenticator in authenticators}
    recovery_codes = by_type.get(Authenticator.Type.RECOVERY_CODES)
    context = {
        "totp": by_type.get(Authenticator.Type.TOTP),
        "passkeys": [key.wrap() for key in authenticators if key.type == Authenticator.Type.WEBAUTHN],
        "has_recovery_codes": recovery_codes is not None,
        "unused_codes": len(recovery_codes.wrap().get_unused_codes()) if recovery_codes else 0,
        "code_count": mfa_settings.RECOVERY_CODE_COUNT,
        "sign_ins": sign_ins_of(user, current_key=request.session.session_key),
    }
    return render(request, "accounts/security.html", context)


@login_required
@require_POST
def session_end(request: HttpRequest, session_id: int) -> HttpResponse:
    """Sign one of my other devices out."""
    session = get_object_or_404(UserSession, pk=session_id, user=request.user)
    if session.session_key == request.session.session_key:
        return redirect("account_logout")
    sign_in_revoke(session=session)
    messages.success(request, _("That device is signed out."))
    return redirect("accounts:security")


@login_required
@require_POST
def sessions_end(request: HttpRequest) -> HttpResponse:
    """Sign all my other devices out."""
    for session in UserSession.objects.purge_and_list(request.user):
        if session.session_key != request.session.session_key:
            sign_in_revoke(session=session)
    messages.success(request, _("All other devices are signed out."))
    return redirect("accounts:security")
