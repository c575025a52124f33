from django.urls import path

from moderation.history.api import views

urlpatterns = [path("channels/<str:username>/trail", views.TrailView.as_view(), name="trail")]
