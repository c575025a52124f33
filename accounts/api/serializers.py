from rest_framework import serializers


class FollowOut(serializers.Serializer[object]):
    following = serializers.BooleanField()
    followers = serializers.IntegerField()
