from django.urls import path

from streams.pages import creator

app_name = "pages"
urlpatterns = [
    path("creator/go-live", creator.go_live, name="go-live"),
    path("creator/network-test", creator.network_test, name="network-test"),
    path("stream/broadcast/<uuid:stream_id>", creator.studio, name="studio"),
]
