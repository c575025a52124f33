"""Pages of taking one's data along, and of leaving."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.erasure import account_erase
from accounts.errors import ExportAskedLately
from accounts.exports import export_ask, export_open_for
from accounts.models import DataExport, User
from accounts.security import recent_sign_in_required
from core.errors import NotFound


@login_required
@require_http_methods(["GET", "POST"])
def data(request: HttpRequest) -> HttpResponse:
    """Ask for everything about me, and fetch it."""
    assert isinstance(request.user, User)
    if request.method == "POST":
        try:
            export_ask(user=request.user)
        except ExportAskedLately:
            messages.warning(request, _("You asked within the last day. One a day is enough."))
        else:
            messages.success(request, _("We gather your data and mail you a link."))
        return redirect("accounts:data")
    return render(request, "accounts/data.html", {"exports": DataExport.objects.filter(user=request.user)})


@login_required
@require_safe
def export(request: HttpRequest, export_id: uuid.UUID) -> HttpResponse | FileResponse:
    """The zip, for its owner only."""
    assert isinstance(request.user, User)
    try:
        file = export_open_for(user=request.user, export_id=export_id)
    except NotFound:
        raise Http404 from None
    answer = FileResponse(file.open("rb"), as_attachment=True, filename=f"{request.user.username}-data.zip")
    answer["Cache-Control"] = "no-store"
    return answer


@recent_sign_in_required
@require_http_methods(["GET", "POST"])
def leave(request: HttpRequest) -> HttpResponse:
    """Erase the account, after its name was typed."""
    assert isinstance(request.user, User)
    mistyped = False
    if request.method == "POST":
        if request.POST.get("username", "").strip().lower() == request.user.username.lower():
            account_erase(user=request.user)
            request.session.flush()
            messages.success(request, _("Your account is deleted."))
            return redirect("pages:live")
        mistyped = True
    return render(request, "accounts/leave.html", {"mistyped": mistyped}, status=400 if mistyped else 200)
