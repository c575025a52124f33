from django.urls import path

from moderation.terms import pages

app_name = "moderation_terms"
urlpatterns = [
    path("studio/moderation/terms", pages.terms, name="terms"),
    path("studio/moderation/terms/add", pages.add, name="add"),
    path("studio/moderation/terms/paste", pages.paste, name="paste"),
    path("studio/moderation/terms/remove", pages.remove, name="remove"),
    path("studio/moderation/terms/try", pages.try_text, name="try"),
]
