"""Staff's view of money. Nothing is edited by hand: what staff decide goes through ``payments.staff``."""

from payments.admin import disputes, ledger, orders, packs, refunds, senders, tickets, tips, wallets  # noqa: F401
