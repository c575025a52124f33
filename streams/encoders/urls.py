from django.urls import path

from streams.encoders.views import whip

urlpatterns = [
    path("whip", whip, name="whip"),
    path("whip/<str:key>", whip, name="whip_key"),
    path("whip/<str:key>/<str:resource>", whip, name="whip_session"),
]
