"""Every address of Busk. The first path segments are reserved as usernames; a test compares."""

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView
from django.views.static import serve
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from core import health, metrics, views

api: list[URLPattern | URLResolver] = [
    path("", include("accounts.api.urls")),
    path("", include("chat.api.urls")),
    path("", include("gifts.api.urls")),
    path("", include("moderation.api.urls")),
    path("", include("moderation.team.api.urls")),
    path("", include("moderation.reports.api.urls")),
    path("", include("payments.api.urls")),
    path("", include("payments.tips.api.urls")),
    path("", include("streams.api.urls")),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    # The split view, since the plain one is an inline script, which our CSP blocks.
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="api_docs"),
]

# Staff sign in where everybody does, so that lock-outs and second factors hold for them too.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="pages:live", permanent=False), name="home"),
    path("", include("streams.pages.urls")),
    path("", include("streams.media.livekit.urls")),
    path("", include("streams.encoders.urls")),
    path("", include("payments.urls")),
    path("", include("moderation.urls")),
    path("", include("moderation.bans.urls")),
    path("", include("moderation.team.urls")),
    path("", include("moderation.terms.urls")),
    path("", include("moderation.reports.urls")),
    path("", include("moderation.legal.urls")),
    path("", include("accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("_allauth/", include("allauth.headless.urls")),
    path("api/", include((api, "api"))),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", metrics.metrics),
]

if settings.DEBUG:
    # In production a web server or object storage hands out uploads; the dev outbox shows other people's mail.
    from core import devmail

    urlpatterns += [
        path("dev/mail/", devmail.outbox, name="dev_mail"),
        re_path(r"^media/(?P<path>.*)$", serve, {"document_root": settings.MEDIA_ROOT}),
    ]

handler403 = views.forbidden
handler404 = views.not_found
handler500 = views.server_error
