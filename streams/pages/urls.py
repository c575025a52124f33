from django.urls import path
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.generic import TemplateView

from streams.pages import creator, search, watch

app_name = "pages"
urlpatterns = [
    path("live", watch.live, name="live"),
    path("live/<str:username>", watch.channel, name="channel"),
    path("search", search.search, name="search"),
    path("stream/<uuid:stream_id>", watch.stream, name="stream"),
    path(
        "invite",
        ensure_csrf_cookie(TemplateView.as_view(template_name="streams/invite.html")),
        name="invite",
    ),
    path("creator/go-live", creator.go_live, name="go-live"),
    path("creator/network-test", creator.network_test, name="network-test"),
    path("stream/broadcast/<uuid:stream_id>", creator.studio, name="studio"),
    path("stream/broadcast/<uuid:stream_id>/summary", creator.summary, name="summary"),
]
