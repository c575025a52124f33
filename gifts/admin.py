"""Staff edit what can be given, and look at what was sent."""

from django.contrib import admin
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.safestring import SafeString

from accounts.selectors import staff_party
from core.admin import Link, ReadOnlyAdmin, WithLinks, links_register, person_link
from gifts.catalogue import gift_keep
from gifts.models import Gift, GiftSend

links_register(
    "accounts.user",
    Link(label="gifts sent", to="gifts.giftsend", field="sender__id__exact", attribute="party_id"),
)
links_register("streams.stream", Link(label="gifts", to="gifts.giftsend", field="stream__id__exact"))
links_register("gifts.gift", Link(label="audit trail", to="core.auditevent", field="target", prefix="gift:"))


@admin.register(Gift)
class GiftAdmin(WithLinks):
    list_display = ["name", "sku", "price_coins", "animation", "rarity", "on_sale"]
    list_filter = ["on_sale", "rarity", "animation"]
    search_fields = ["name", "sku"]
    readonly_fields = ["related"]

    def get_readonly_fields(self, request: HttpRequest, obj: Gift | None = None) -> list[str]:
        """Apps know a gift by its sku."""
        return [*self.readonly_fields, "sku"] if obj else list(self.readonly_fields)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Gifts that were sent refer to it; what is not wanted any more is taken off sale."""
        return False

    def save_model(self, request: HttpRequest, obj: Gift, form: ModelForm, change: bool) -> None:
        gift_keep(gift=obj, by=staff_party(request))


@admin.register(GiftSend)
class GiftSendAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "gift", "quantity", "coins", "person", "stream", "anonymous"]
    list_filter = ["gift", "created_at"]
    list_select_related = ["gift", "sender__user", "stream"]
    search_fields = ["id", "stream__id", "sender__id", "sender__user__username"]
    readonly_fields = ["person"]

    @admin.display(description="sender")
    def person(self, sent: GiftSend) -> SafeString:
        return person_link(sent.sender)
