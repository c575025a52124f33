from rest_framework import serializers


class UserCardOut(serializers.Serializer[object]):
    id = serializers.UUIDField()
    username = serializers.CharField(help_text="The slug of the channel, `/live/<username>`.")
    display_name = serializers.CharField()
    avatar_url = serializers.CharField(allow_null=True)


class FollowOut(serializers.Serializer[object]):
    following = serializers.BooleanField()
    followers = serializers.IntegerField()
