"""Who may sell what, and where: the port behind which Stripe is one source, and shops of telephones will be others."""

from dataclasses import dataclass

from django.conf import settings

from core.errors import NotSupported
from payments.orders.errors import SourceUnavailable
from payments.orders.models import Flow
from payments.provider import payments_mode

PLATFORMS = ("web", "ios", "android")
STRIPE, APPLE, GOOGLE = "stripe", "apple", "google"
SOURCES = (STRIPE, APPLE, GOOGLE)


@dataclass(frozen=True)
class Source:
    """``flows`` are the ways it can be paid on this platform; ``reason`` says why there are none."""

    name: str
    flows: tuple[str, ...] = ()
    reason: str = ""

    @property
    def available(self) -> bool:
        return bool(self.flows)


def sources_on(platform: str) -> list[Source]:
    """All that are known, usable on this platform or not."""
    return [_stripe(platform), Source(APPLE, reason="not_built"), Source(GOOGLE, reason="not_built")]


def source_require(name: str, *, platform: str, flow: Flow) -> Source:
    """Raises: NotSupported where nothing is sold at all, SourceUnavailable where not by this source, or not so."""
    if payments_mode() == "off":
        raise NotSupported(what="payments")
    source = next(source for source in sources_on(platform) if source.name == name)
    if flow not in source.flows:
        raise SourceUnavailable(source=name, platform=platform, reason=source.reason or f"no_{flow.value}")
    return source


def _stripe(platform: str) -> Source:
    if payments_mode() == "off":
        return Source(STRIPE, reason="payments_off")
    if platform == "web":
        return Source(STRIPE, flows=(Flow.CHECKOUT.value,))
    if not settings.SELL_IN_APPS:
        return Source(STRIPE, reason="not_in_apps")
    return Source(STRIPE, flows=(Flow.INTENT.value, Flow.CHECKOUT.value))
