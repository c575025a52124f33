from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts import services
from accounts.models import Follow, User
from accounts.selectors import staff_party


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    list_display = ["username", "display_name", "email", "is_active", "is_staff", "date_joined", "last_login"]
    list_filter = ["is_active", "is_staff", "date_joined"]
    search_fields = ["username", "display_name", "email", "id"]
    ordering = ["-date_joined"]
    readonly_fields = ["id", "party", "avatar", "date_joined", "last_login"]
    fieldsets = [
        (None, {"fields": ["id", "party", "username", "password"]}),
        (
            "Profile",
            {"fields": ["display_name", "email", "bio", "links", "avatar", "place_name", "age_band"]},
        ),
        (
            "Rights",
            {
                "fields": [
                    "is_active",
                    "approved_to_go_live",
                    "is_staff",
                    "is_superuser",
                    "groups",
                    "user_permissions",
                ]
            },
        ),
        ("Dates", {"fields": ["date_joined", "last_login"]}),
    ]
    add_fieldsets = [(None, {"fields": ["username", "email", "password1", "password2"]})]
    actions = ["suspend", "reinstate"]

    @admin.action(description="Suspend: sign out everywhere and close the account")
    def suspend(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            services.user_suspend(user=user, by=staff_party(request))

    @admin.action(description="Reinstate suspended accounts")
    def reinstate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            services.user_reinstate(user=user, by=staff_party(request))


@admin.register(Follow)
class FollowAdmin(admin.ModelAdmin):
    list_display = ["follower", "creator", "created_at"]
    list_select_related = ["follower", "creator"]
    search_fields = ["follower__username", "creator__username"]
    raw_id_fields = ["follower", "creator"]
