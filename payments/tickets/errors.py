from core.errors import Conflict, DomainError, Forbidden, InvalidInput


class TicketRequired(DomainError):
    """Entering needs a ticket. ``details.help`` is ``buy_ticket``; so many ``preview_seconds_left`` are free."""

    code = "ticket_required"
    http_status = 402


class TicketElsewhere(Conflict):
    """The ticket is in use on another device. ``details.help`` is ``take_over``, which puts that one out."""

    code = "ticket_elsewhere"


class TicketFrozen(Forbidden):
    """A payment of this person is looked into; until then their tickets let nobody in."""

    code = "ticket_frozen"


class NotForSale(Conflict):
    """No ticket is sold like this: ``details.reason`` is ``free``, ``not_for_money`` or ``not_for_coins``."""

    code = "not_for_sale"


class PriceSettled(Conflict):
    """The price cannot become that any more. ``details.reason`` is ``live`` or ``sold``: it may only be lowered."""

    code = "price_settled"


class PriceInvalid(InvalidInput):
    """``details`` maps each wrong field to its messages; ``least`` and ``most`` are the bounds."""

    code = "price_invalid"


class PromoCodeRefused(Conflict):
    """``details.reason``: ``unknown``, ``expired``, ``spent``, ``not_for_coins``, ``other_currency``, ``below_least``.

    ``below_least`` is what would be left to pay, when that is too little to be paid: ``left`` and ``least``.
    """

    code = "promo_code_refused"


class PromoCodeTaken(Conflict):
    """There is such a code already."""

    code = "promo_code_taken"


class TicketUsed(Conflict):
    """The picture had come, or the time is over: a ticket that cannot be given back any more."""

    code = "ticket_used"
