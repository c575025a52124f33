from realtime.arrivals import Arrivals
from realtime.events import ViewerJoined, ViewerLeft


def test_names_in_small_rooms_and_anonymous_viewers_as_a_number() -> None:
    arrivals = Arrivals()
    arrivals.come("u:1", "bob")
    arrivals.come("a:1", None)

    assert arrivals.take_events(viewers=2) == [ViewerJoined(names=["bob"], others=1)]
    assert arrivals.take_events(viewers=2) == []


def test_only_numbers_in_larger_rooms() -> None:
    arrivals = Arrivals()
    for number in range(60):
        arrivals.come(f"u:{number}", f"viewer{number}")

    assert arrivals.take_events(viewers=60) == [ViewerJoined(names=[], others=60)]


def test_two_tabs_are_one_viewer() -> None:
    arrivals = Arrivals()
    arrivals.come("u:1", "bob")
    arrivals.come("u:1", "bob")
    arrivals.take_events(viewers=1)

    arrivals.go("u:1")
    assert (len(arrivals), arrivals.take_events(viewers=1)) == (1, [])
    arrivals.go("u:1")
    assert (len(arrivals), arrivals.take_events(viewers=0)) == (0, [ViewerLeft(names=["bob"], others=0)])


def test_a_reload_is_no_news() -> None:
    arrivals = Arrivals()
    arrivals.come("u:1", "bob")
    arrivals.take_events(viewers=1)

    arrivals.go("u:1")
    arrivals.come("u:1", "bob")

    assert arrivals.take_events(viewers=1) == []
