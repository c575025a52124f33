from rest_framework import serializers

from accounts.models import AgeBand
from core.api.fields import PlainCharField


class UserCardOut(serializers.Serializer[object]):
    id = serializers.UUIDField()
    username = serializers.CharField(help_text="The slug of the channel, `/live/<username>`.")
    display_name = serializers.CharField()
    avatar_url = serializers.CharField(allow_null=True)


class PictureOut(serializers.Serializer[object]):
    small = serializers.CharField(help_text="64 x 64, WebP")
    medium = serializers.CharField(help_text="256 x 256, WebP")
    large = serializers.CharField(help_text="512 x 512, WebP")


class LinkField(serializers.Serializer[object]):
    label = PlainCharField(max_length=200, help_text="1 to 40 characters.")  # type: ignore[assignment]
    url = PlainCharField(max_length=2000, help_text="A full address, https:// or http://.")


class PlaceField(serializers.Serializer[object]):
    name = PlainCharField(max_length=200, allow_blank=True, required=False)
    lat = serializers.FloatField(help_text="Degrees north, kept to a tenth.")
    lon = serializers.FloatField(help_text="Degrees east, kept to a tenth.")


class ProfileOut(UserCardOut):
    """A person as everybody may read them."""

    picture = PictureOut(allow_null=True)
    bio = serializers.CharField(allow_blank=True)
    links = LinkField(many=True)
    place = PlaceField(allow_null=True)
    followers = serializers.IntegerField()


class MeOut(ProfileOut):
    """A person as they read themselves."""

    email = serializers.CharField()
    email_confirmed = serializers.BooleanField()
    age_band = serializers.ChoiceField(choices=AgeBand.choices)
    username_changeable_at = serializers.DateTimeField(allow_null=True, help_text="null: now.")


class MeIn(serializers.Serializer[object]):
    """Only what is given is changed. Length and content are judged by the services."""

    username = PlainCharField(required=False, max_length=200)
    display_name = PlainCharField(required=False, allow_blank=True, max_length=1000)
    bio = serializers.CharField(required=False, allow_blank=True, max_length=20_000)
    links = LinkField(many=True, required=False, help_text="Up to eight.")
    place = PlaceField(required=False, allow_null=True, help_text="null takes it away.")


class MePictureIn(serializers.Serializer[object]):
    image = serializers.FileField(help_text="JPEG, PNG, WebP or GIF; it is cut to a square.")


class BlockOut(serializers.Serializer[object]):
    blocking = serializers.BooleanField()


class BlockPageOut(serializers.Serializer[object]):
    next = serializers.URLField(allow_null=True, help_text="Of the next page.")
    previous = serializers.URLField(allow_null=True)
    results = UserCardOut(many=True)


class ExportOut(serializers.Serializer[object]):
    id = serializers.UUIDField()
    asked_at = serializers.DateTimeField()


class FollowOut(serializers.Serializer[object]):
    following = serializers.BooleanField()
    followers = serializers.IntegerField()
