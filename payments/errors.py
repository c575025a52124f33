from core.errors import Conflict, DomainError, Forbidden, InvalidInput


class KeyUsedOtherwise(Conflict):
    """The idempotency key, or the request id, belongs to something else: take a new one."""

    code = "request_id_reused"


class NotEnoughCoins(DomainError):
    """``details``: ``balance_coins``, ``needed_coins`` and ``missing_coins``, which can be bought."""

    code = "not_enough_coins"
    http_status = 402


class WalletFrozen(Forbidden):
    """A payment of this wallet is disputed, or staff froze it."""

    code = "wallet_frozen"


class OwnChannel(Forbidden):
    """Nobody pays themselves."""

    code = "own_channel"


class CardShared(Forbidden):
    """Payer and creator have paid with the same card: by another account that would be paying oneself."""

    code = "shared_card"


class PackBelowRate(InvalidInput):
    """``details``: ``coins``, ``price`` in minor units, ``currency``. Creators' part would not be covered."""

    code = "pack_below_rate"


class CurrencyUnknown(InvalidInput):
    """``details.currency`` is none of those that are set up here."""

    code = "currency_unknown"


class AmountInvalid(InvalidInput):
    """An amount is zero, negative, too large, or less than what it has to contain."""

    code = "amount_invalid"


class DisputeDecided(Conflict):
    """``details.state`` is how the dispute ended."""

    code = "dispute_decided"
