"""Staff's view of people."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts import services
from accounts.models import Follow, User
from accounts.selectors import staff_party
from core.admin import Link, WithLinks, action_with_reason, links_register

RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")

links_register(
    "accounts.user", Link(label="audit trail", to="core.auditevent", field="target", prefix="user:")
)


@admin.register(User)
class UserAdmin(WithLinks, DjangoUserAdmin):
    list_display = ["username", "display_name", "email", "is_active", "is_staff", "date_joined", "last_login"]
    list_filter = ["is_active", "is_staff", "date_joined"]
    search_fields = ["username", "display_name", "email", "id"]
    ordering = ["-date_joined"]
    readonly_fields = ["id", "party", "avatar", "date_joined", "last_login", "related"]
    fieldsets = [
        (None, {"fields": ["id", "party", "username", "password", "related"]}),
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

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Whoever may only look sees no hash of a password."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return [
            (title, {**options, "fields": [name for name in options["fields"] if name != "password"]})
            for title, options in fieldsets
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Accounts are closed by the actions, which ask why; rights are given by those who have all."""
        fields = (*super().get_readonly_fields(request, obj), "is_active")
        return fields if request.user.is_superuser else (*fields, *RIGHTS)

    def has_suspend_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.suspend_user")

    @action_with_reason(
        title="Suspend",
        warning="These people are signed out everywhere and cannot come back.",
        permission="suspend",
    )
    def suspend(self, request: HttpRequest, queryset: QuerySet[User], reason: str) -> int:
        people = _in_reach(request, queryset).filter(is_active=True)
        for user in people:
            services.user_suspend(user=user, by=staff_party(request), reason=reason)
        return len(people)

    @action_with_reason(title="Reinstate", warning="These people may sign in again.", permission="suspend")
    def reinstate(self, request: HttpRequest, queryset: QuerySet[User], reason: str) -> int:
        people = _in_reach(request, queryset).filter(is_active=False)
        for user in people:
            services.user_reinstate(user=user, by=staff_party(request), reason=reason)
        return len(people)


def _in_reach(request: HttpRequest, people: QuerySet[User]) -> QuerySet[User]:
    """Nobody closes their own account by accident, and staff's accounts are only for those who have all rights."""
    assert isinstance(request.user, User)
    others = people.exclude(pk=request.user.pk)
    return others if request.user.is_superuser else others.filter(is_staff=False)


@admin.register(Follow)
class FollowAdmin(admin.ModelAdmin):
    list_display = ["follower", "creator", "created_at"]
    list_select_related = ["follower", "creator"]
    search_fields = ["follower__username", "creator__username"]
    raw_id_fields = ["follower", "creator"]
