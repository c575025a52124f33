"""The cards that the sandbox knows: Stripe's test numbers, and what each does.

Source: https://docs.stripe.com/testing
"""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class TestCard:
    """``decline`` is why it is refused; ``challenge`` asks the payer's bank first (3-D Secure)."""

    number: str
    says: str
    brand: str = "visa"
    decline: str = ""
    challenge: bool = False
    disputed: bool = False
    refund_fails: bool = False
    warned: bool = False

    @property
    def last4(self) -> str:
        return self.number[-4:]

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.number.encode()).hexdigest()[:16]


CARDS = (
    TestCard("4242424242424242", "pays"),
    TestCard("4000002760003184", "asks the bank first (3-D Secure)", challenge=True),
    TestCard("4000000000000002", "is declined", decline="generic_decline"),
    TestCard("4000000000009995", "has too little money", decline="insufficient_funds"),
    TestCard("4000000000000259", "pays, and is disputed at once", disputed=True),
    TestCard("4000000000005126", "pays; giving the money back fails later", refund_fails=True),
    TestCard("5555555555554444", "pays, as another card", brand="mastercard"),
    TestCard("4000000000005423", "pays, and its bank warns of fraud", warned=True),
)
# What apps send in place of a number.
TOKENS = {
    "pm_card_visa": CARDS[0],
    "pm_card_threeDSecure2Required": CARDS[1],
    "pm_card_chargeDeclined": CARDS[2],
    "pm_card_chargeDeclinedInsufficientFunds": CARDS[3],
    "pm_card_createDispute": CARDS[4],
    "pm_card_mastercard": CARDS[6],
}


def card_of(text: str) -> TestCard | None:
    """By number, however it is spaced, or by token."""
    if text in TOKENS:
        return TOKENS[text]
    number = "".join(text.split()).replace("-", "")
    return next((card for card in CARDS if card.number == number), None)
