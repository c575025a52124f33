"""Where nothing is sold, no page speaks of gifts."""

import pytest

pytestmark = pytest.mark.django_db(transaction=True)

ISLANDS = ("gifts", "gift-goal", "gift-board")


@pytest.mark.parametrize(("mode", "shown"), [("off", set()), ("sandbox", set(ISLANDS))])
def test_the_stream_page_speaks_of_gifts_where_they_are_sold(
    settings, client, live_stream, catalogue, mode, shown
):
    settings.PAYMENTS, settings.DEBUG = mode, True
    page = client.get(f"/stream/{live_stream.pk}").text
    assert {name for name in ISLANDS if f'data-island="{name}"' in page} == shown
    assert f'data-payments="{mode}"' in page


@pytest.mark.parametrize(("mode", "shown"), [("off", False), ("sandbox", True)])
def test_the_channel_page_shows_who_gave_most_where_gifts_are_sold(settings, client, alice, mode, shown):
    settings.PAYMENTS, settings.DEBUG = mode, True
    page = client.get(f"/live/{alice.username}").text
    assert ('data-island="gift-board"' in page) is shown
