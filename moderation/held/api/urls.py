from django.urls import path

from moderation.held.api import views

urlpatterns = [
    path("channels/<str:username>/held", views.HeldView.as_view(), name="held"),
    path("channels/<str:username>/held/<uuid:held_id>", views.HeldDecisionView.as_view(), name="held_decide"),
]
