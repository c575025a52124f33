"""What payers see at the sandbox: the page on which they pay, their bank's question, and a list for whoever tries Busk.

Every page says that no real money is moved.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from urllib.parse import quote

from payments.sandbox.account import CLOSED, Account
from payments.sandbox.cards import CARDS, card_of
from payments.sandbox.store import Thing
from payments.sandbox.wire import Refused, fields_of

BANNER = "Sandbox: no real money"
LISTED = 50
_STYLE = """
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{margin:0;background:Canvas;color:CanvasText}
.banner{background:#b45309;color:#fff;text-align:center;padding:.6rem;font-weight:600}
main{max-width:34rem;margin:2rem auto;padding:0 1rem}
.amount{font-size:2rem;font-weight:700;margin:.2rem 0 1rem}
label{display:block;margin:.4rem 0}
input[type=text]{font:inherit;padding:.5rem;width:100%;box-sizing:border-box}
button{font:inherit;padding:.6rem 1.2rem;margin:.4rem .4rem .4rem 0;cursor:pointer}
.error{border-left:4px solid #b91c1c;padding:.4rem .8rem}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem;border-bottom:1px solid #8884}
form{display:inline}
"""


@dataclass(frozen=True)
class Page:
    status: int = 200
    html: str = ""
    location: str = ""
    headers: dict[str, str] = field(default_factory=dict)


def page_for(account: Account, method: str, path: str, body: str) -> Page:
    """The page, or where to go next."""
    with account.store.lock:
        try:
            found = _page(account, method, path, fields_of(body))
        except Refused as refusal:
            found = _shown("This did not work", f'<p class="error">{escape(str(refusal))}</p>', status=409)
        account.store.keep()
        return found


def _page(account: Account, method: str, path: str, given: Thing) -> Page:
    for known, pattern, show in _PAGES:
        match = re.fullmatch(pattern, path)
        if known == method and match:
            return show(account, *match.groups(), given)
    return _shown("Not here", "<p>The sandbox has no such page.</p>", status=404)


def _pay_page(account: Account, wanted: str, given: Thing, *, error: str = "") -> Page:
    account.checkouts_expire()
    checkout = _checkout(account, wanted)
    if checkout["status"] == "complete":
        return Page(303, location=checkout["success_url"])
    if checkout["status"] != "open":
        return _shown(
            "This page has expired", "<p>Nothing was paid. Go back and begin again.</p>", status=410
        )
    choices = "".join(
        f'<label><input type="radio" name="card" value="{card.number}"{" checked" if number == 0 else ""}> '
        f"{_spaced(card.number)} {escape(card.says)}</label>"
        for number, card in enumerate(CARDS)
    )
    told = f'<p class="error" role="alert">{escape(error)}</p>' if error else ""
    return _shown(
        "Pay",
        f"""<h1>{escape(checkout["_name"])}</h1><p class="amount">{_money(checkout)}</p>{told}
        <form method="post"><fieldset><legend>Which card?</legend>{choices}</fieldset>
        <button name="do" value="pay">Pay {_money(checkout)}</button>
        <button name="do" value="cancel">Cancel</button></form>""",
    )


def _pay(account: Account, wanted: str, given: Thing) -> Page:
    checkout = _checkout(account, wanted)
    if checkout["status"] != "open":
        return _pay_page(account, wanted, given)
    if given.get("do") == "cancel":
        # As at Stripe, the page stays open for whoever comes back to it.
        return Page(303, location=checkout["cancel_url"] or checkout["success_url"])
    card = card_of(given.get("card", ""))
    if card is None:
        return _pay_page(account, wanted, given, error="The sandbox does not know this card.")
    intent = account.checkout_pay(checkout, card)
    if intent["status"] == "requires_action":
        return Page(303, location=f"/3ds/{intent['id']}")
    if intent["status"] == "succeeded":
        return Page(303, location=checkout["success_url"])
    return _pay_page(account, wanted, given, error=_why(intent))


def _challenge_page(account: Account, wanted: str, given: Thing) -> Page:
    intent = _intent(account, wanted)
    return _shown(
        "Your bank asks",
        f"""<h1>Your bank asks: is this you?</h1><p class="amount">{_money(intent)}</p>
        <form method="post"><button name="do" value="yes">Yes, pay</button>
        <button name="do" value="no">No</button></form>""",
    )


def _challenge(account: Account, wanted: str, given: Thing) -> Page:
    intent = _intent(account, wanted)
    card = card_of(intent.get("_card", ""))
    assert card is not None
    account.intent_answer(intent, card, is_them=given.get("do") == "yes")
    for checkout in account.store.all("checkout.session", payment_intent=intent["id"]):
        if intent["status"] == "succeeded":
            return Page(303, location=checkout["success_url"])
        return _pay_page(account, checkout["id"], given, error=_why(intent))
    return _shown("Done", "<p>Go back to the app.</p>")


def _list_page(account: Account, given: Thing) -> Page:
    rows = []
    for charge in account.store.all("charge", status="succeeded")[:LISTED]:
        dispute = next(iter(account.store.all("dispute", charge=charge["id"])), None)
        buttons = ""
        if dispute is None:
            buttons = _button(f"/disputes/{charge['id']}", "Dispute it")
        elif dispute["status"] not in CLOSED:
            buttons = _button(f"/disputes/{dispute['id']}/won", "We win") + _button(
                f"/disputes/{dispute['id']}/lost", "We lose"
            )
        state = dispute["status"] if dispute else "paid"
        refunded = f", {charge['amount_refunded'] / 100:.2f} refunded" if charge["amount_refunded"] else ""
        rows.append(
            f"<tr><td>{escape(charge['id'])}</td><td>{_money(charge)}</td><td>{state}{refunded}</td><td>{buttons}</td></tr>"
        )
    table = f"<table><tr><th>Charge</th><th>Amount</th><th>State</th><th></th></tr>{''.join(rows)}</table>"
    return _shown("Payments", f"<h1>Payments</h1>{table if rows else '<p>None yet.</p>'}")


def _dispute(account: Account, wanted: str, given: Thing) -> Page:
    charge = account.store.get("charge", wanted)
    if charge is None:
        raise Refused("No such charge.", status=404)
    account.dispute_open(charge)
    return Page(303, location="/")


def _dispute_close(account: Account, wanted: str, how: str, given: Thing) -> Page:
    dispute = account.store.get("dispute", wanted)
    if dispute is None:
        raise Refused("No such dispute.", status=404)
    account.dispute_close(dispute, won=how == "won")
    return Page(303, location="/")


_PAGES: list[tuple[str, str, Callable[..., Page]]] = [
    ("GET", r"/", _list_page),
    ("GET", r"/c/pay/(\w+)", _pay_page),
    ("POST", r"/c/pay/(\w+)", _pay),
    ("GET", r"/3ds/(\w+)", _challenge_page),
    ("POST", r"/3ds/(\w+)", _challenge),
    ("POST", r"/disputes/(\w+)", _dispute),
    ("POST", r"/disputes/(\w+)/(won|lost)", _dispute_close),
]


def _checkout(account: Account, wanted: str) -> Thing:
    found = account.store.get("checkout.session", wanted)
    if found is None:
        raise Refused("There is no such page.", status=404)
    return found


def _intent(account: Account, wanted: str) -> Thing:
    found = account.store.get("payment_intent", wanted)
    if found is None or found["status"] != "requires_action":
        raise Refused("Nothing is asked here.", status=404)
    return found


def _shown(title: str, content: str, *, status: int = 200) -> Page:
    html = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)} - {BANNER}</title>'
        '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
        f"<style>{_STYLE}</style></head>"
        f'<body><header class="banner"><span role="note">{BANNER}</span></header><main>{content}</main></body></html>'
    )
    return Page(status, html)


def _button(path: str, label: str) -> str:
    return f'<form method="post" action="{quote(path)}"><button>{escape(label)}</button></form>'


def _money(thing: Thing) -> str:
    amount = int(thing["amount_total"] if "amount_total" in thing else thing["amount"])
    currency = thing["currency"].upper()
    return f"{amount} {currency}" if currency == "JPY" else f"{amount / 100:,.2f} {currency}"


def _why(intent: Thing) -> str:
    error = intent["last_payment_error"]
    word = str(error.get("decline_code") or error["code"]).replace("_", " ")
    return f"The card was declined: {word}. Try another one."


def _spaced(number: str) -> str:
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))
