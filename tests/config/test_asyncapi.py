"""The document of the sockets is made from the code, complete, and up to date."""

import yaml
from django.conf import settings
from django.urls import URLPattern

from chat.routing import websocket_urlpatterns as rooms
from config.asyncapi import SOCKETS, document
from config.management.commands.export_asyncapi import PATH
from realtime.commands import command_types
from realtime.events import event_types
from streams.routing import websocket_urlpatterns as others


def test_the_document_is_up_to_date() -> None:
    written = (settings.BASE_DIR / PATH).read_text(encoding="utf-8")
    assert written == document(), "run `manage.py export_asyncapi` and commit the file"


def test_every_event_and_command_is_said_somewhere() -> None:
    content = yaml.safe_load(document())
    said = {tag for channel in content["channels"].values() for tag in channel["messages"]}
    assert said == {*event_types(), *command_types()}


def test_every_reference_leads_somewhere() -> None:
    content = yaml.safe_load(document())

    def look(part: object) -> None:
        if isinstance(part, dict):
            if isinstance(reference := part.get("$ref"), str):
                found = content
                for name in reference.removeprefix("#/").split("/"):
                    found = found[name]
            for value in part.values():
                look(value)
        elif isinstance(part, list):
            for value in part:
                look(value)

    look(content)


def test_every_socket_of_events_is_in_it() -> None:
    routes: list[URLPattern] = [*rooms, *others]
    addresses = {"/" + str(route.pattern).replace("<uuid:stream_id>", "{stream_id}") for route in routes}
    # Pictures go over the ingest; its few words are in docs/relay.md.
    assert addresses - {"/ws/ingest/{stream_id}/"} == {socket.address.partition("?")[0] for socket in SOCKETS}
