from django.urls import path
from django.views.generic import RedirectView

from accounts import leaving, pages, security_pages

app_name = "accounts"
urlpatterns = [
    path("settings/profile", pages.profile, name="profile"),
    path("settings/username", pages.username, name="username"),
    path("settings/blocks", pages.blocks, name="blocks"),
    path("settings/blocks/<uuid:user_id>", pages.block, name="block"),
    path("settings/data", leaving.data, name="data"),
    path("settings/data/<uuid:export_id>", leaving.export, name="export"),
    path("settings/leave", leaving.leave, name="leave"),
    path("settings/email/resend", pages.email_resend, name="email-resend"),
    path("settings/security", security_pages.security, name="security"),
    path("settings/security/sessions/end", security_pages.sessions_end, name="sessions-end"),
    path("settings/security/sessions/<int:session_id>/end", security_pages.session_end, name="session-end"),
    # allauth's own lists: all of it is on one page.
    *(
        path(f"accounts/{address}/", RedirectView.as_view(pattern_name="accounts:security"))
        for address in ("2fa", "2fa/webauthn", "sessions")
    ),
]
