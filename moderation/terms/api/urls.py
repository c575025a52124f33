from django.urls import path

from moderation.terms.api import views

urlpatterns = [
    path("channels/<str:username>/terms", views.TermsView.as_view(), name="terms"),
    path("channels/<str:username>/terms/paste", views.TermsPasteView.as_view(), name="terms_paste"),
    path("channels/<str:username>/terms/try", views.TermsTryView.as_view(), name="terms_try"),
    path("channels/<str:username>/terms/<uuid:term_id>", views.TermView.as_view(), name="term"),
]
