"""The numbered memory of rooms: enough to fill gaps, pruned after a day. What lasts is kept by the apps."""

from django.db import models


class Room(models.Model):
    """The row that gives a room's stored events their order: whoever numbers an event holds it until commit."""

    id = models.UUIDField(primary_key=True, editable=False)
    last_seq = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.id} at {self.last_seq}"


class StoredEvent(models.Model):
    """One stored event; ``body`` is its JSON without ``seq``."""

    pk = models.CompositePrimaryKey("room_id", "seq")
    room_id = models.UUIDField(editable=False)
    seq = models.BigIntegerField()
    tag = models.CharField(max_length=40)
    body = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="storedevent_created_at")]

    def __str__(self) -> str:
        return f"{self.tag} {self.seq} of {self.room_id}"
