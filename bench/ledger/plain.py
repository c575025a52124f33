"""The peer: ``gift_send`` by the ORM, which locks the sender's wallet and the creator's balance until it commits.

It adds to the creator's balance and the stream's total at once, so it needs no queue. Leaderboards it leaves out;
``leaderboards_catch_up`` adds them up when nobody waits for it.
"""

import uuid

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from core.facts import publish_on_commit
from core.ids import new_id
from gifts.events import GiftSent, Giver, Streak
from gifts.models import Combo, Gift, GiftSend
from gifts.services import COMBO_PAUSE
from payments.creators.cards import card_check
from payments.errors import NotEnoughCoins, WalletFrozen
from payments.ledger.posting import request_hash
from payments.models import Account, AccountKind, Balance, CoinLot, Earning, Entry, Transaction, Wallet
from payments.rounding import share_between
from payments.terms import COIN, book_terms, creator_per_coin
from streams.access import Action, require
from streams.models import Stream, StreamStatus
from streams.viewers import Viewer


@transaction.atomic
def gift_send(
    *, sender: Viewer, stream: Stream, gift: Gift, quantity: int, request_id: uuid.UUID
) -> GiftSend:
    assert sender.user is not None
    party_id = sender.user.party_id
    require(viewer=sender, stream=stream, action=Action.ENTER)
    assert stream.party_id is not None
    card_check(payer_id=party_id, creator_id=stream.party_id)
    key = f"gift:{party_id}:{request_id}"
    content = {"stream": stream.id, "gift": gift.pk, "quantity": quantity, "anonymous": False}
    currency = book_terms().currency
    accounts = {
        account.kind: account
        for account in Account.objects.filter(
            kind__in=[AccountKind.COINS_OUT, AccountKind.COINS_SOLD, AccountKind.PLATFORM],
            party=None,
            currency__in=[COIN, currency],
        )
    }
    pending = Account.objects.get(kind=AccountKind.PENDING, party_id=stream.party_id, currency=currency)
    wallet = Wallet.objects.select_for_update().get(party_id=party_id)
    balance = Balance.objects.select_for_update().get(account=pending)
    known = Transaction.objects.filter(idempotency_key=key).first()
    if known is not None:
        return GiftSend.objects.get(pk=known.pk)
    assert Stream.objects.filter(pk=stream.pk, status=StreamStatus.LIVE).exists()
    coins = gift.price_coins * quantity
    if wallet.frozen:
        raise WalletFrozen()
    if wallet.balance_coins < coins:
        raise NotEnoughCoins()
    now = timezone.now()
    paid = Transaction.objects.create(
        id=new_id(),
        kind="gift",
        idempotency_key=key,
        request_hash=request_hash(content),
        about="",
        created_at=now,
    )
    worth, whole = creator_per_coin()
    sides: list[tuple[Account, int, CoinLot | None]] = []
    earned, wanted = 0, coins
    for lot in CoinLot.objects.select_for_update().filter(party_id=party_id, is_open=True).order_by("id"):
        if wanted == 0:
            break
        piece = min(lot.coins - lot.gone, wanted)
        end = lot.gone + piece
        gross = share_between(lot.price, begin=lot.gone, end=end, whole=lot.coins)
        gain = share_between(worth, begin=lot.gone, end=end, whole=whole)
        sides += [
            (wallet.account, piece, lot), (accounts["coins_out"], -piece, None), (accounts["coins_sold"], gross, lot),
            (pending, -gain, None), (accounts["platform"], gain - gross, None),
        ]  # fmt: skip
        Earning.objects.create(
            transaction=paid,
            source="gift",
            lot=lot,
            creator_id=stream.party_id,
            stream=stream,
            coins=piece,
            gross=gross,
            amount=gain,
            charged_at=lot.charged_at,
        )
        lot.gone, lot.is_open = end, end < lot.coins
        lot.save(update_fields=["gone", "is_open"])
        earned += gain
        wanted -= piece
    Entry.objects.bulk_create(
        Entry(transaction=paid, line=line, account=account, amount=amount, lot=lot)
        for line, (account, amount, lot) in enumerate((side for side in sides if side[1]), start=1)
    )
    wallet.balance_coins -= coins
    wallet.save(update_fields=["balance_coins"])
    balance.amount += earned
    balance.save(update_fields=["amount"])
    Stream.objects.filter(pk=stream.pk).update(gifts_total_coins=F("gifts_total_coins") + coins)
    # Whoever else taps for this sender waits at the wallet.
    taps = Combo.objects.filter(
        sender_id=party_id, stream=stream, gift=gift, anonymous=False, ends_at__gte=now
    )
    combo = taps.order_by("-ends_at").first()
    if combo is None:
        combo = Combo.objects.create(
            id=paid.pk,
            stream=stream,
            gift=gift,
            sender_id=party_id,
            anonymous=False,
            quantity=quantity,
            coins=coins,
            ends_at=now + COMBO_PAUSE,
        )
    else:
        combo.quantity += quantity
        combo.coins += coins
        combo.ends_at = now + COMBO_PAUSE
        combo.save(update_fields=["quantity", "coins", "ends_at"])
    sent = GiftSend.objects.create(
        id=paid.pk,
        gift=gift,
        stream=stream,
        sender_id=party_id,
        quantity=quantity,
        coins=coins,
        combo_id=combo.pk,
        created_at=now,
    )
    publish_on_commit(
        GiftSent(
            gift_send_id=str(sent.pk),
            stream_id=str(stream.pk),
            sender_id=str(party_id),
            user=Giver(id=str(sender.user.pk), name=sender.user.name),
            gift=gift.sku,
            name=gift.name,
            animation=gift.animation,
            rarity=gift.rarity,
            quantity=quantity,
            coins=coins,
            combo=Streak(
                id=str(combo.pk),
                quantity=combo.quantity,
                coins=combo.coins,
                ends_at=combo.ends_at.isoformat(timespec="milliseconds"),
            ),
            at=now.isoformat(timespec="milliseconds"),
        )
    )
    return sent


def leaderboards_catch_up() -> None:
    """Places as gifts say, whoever sent them how."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH given AS (
                SELECT gift.*, stream.party_id, date_trunc('week', gift.created_at AT TIME ZONE 'UTC')::date AS week
                FROM gifts_giftsend gift JOIN streams_stream stream ON stream.id = gift.stream_id
            )
            INSERT INTO gifts_standing (board, owner_id, week, sender_id, anonymous, coins)
            SELECT board, owner_id, week, sender_id, anonymous, sum(coins) FROM (
                SELECT 'stream' AS board, stream_id AS owner_id, NULL::date AS week, sender_id, anonymous, coins
                FROM given
                UNION ALL SELECT 'week', party_id, week, sender_id, anonymous, coins FROM given
                UNION ALL SELECT 'ever', party_id, NULL, sender_id, anonymous, coins FROM given
            ) boards GROUP BY 1, 2, 3, 4, 5
            ON CONFLICT (owner_id, board, week, sender_id, anonymous) DO UPDATE SET coins = excluded.coins
            """
        )
