from realtime.events import RoomEvent, room_event


@room_event
class EarningsChangedEvent(RoomEvent, frozen=True, kw_only=True, tag="earnings:changed"):
    """What the stream earned so far, for its studio alone. At most once a second.

    All of it each time, so that one that comes twice or late does no harm. Amounts are the creator's part, in minor
    units of ``currency``, less what was taken back; ``pending`` is what of them is on hold.
    """

    audience = "studio"

    stream_id: str
    currency: str
    pending: int
    gifts: int
    tips: int
    tickets: int
    # What the gifts cost in coins.
    coins: int
