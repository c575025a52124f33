import pytest
from django.test import RequestFactory

from streams.visits import device_class, visit_of

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"
)
ANDROID = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/130.0.0.0 Mobile Safari/537.36"
ANDROID_TABLET = "Mozilla/5.0 (Linux; Android 14; SM-X910) AppleWebKit/537.36 Chrome/130.0.0.0 Safari/537.36"
IPAD = "Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Version/17.0 Mobile/15E148 Safari/604.1"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
TV = "Mozilla/5.0 (SMART-TV; Linux; Tizen 7.0) AppleWebKit/537.36 Version/7.0 TV Safari/537.36"
BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


@pytest.mark.parametrize(
    ("user_agent", "expected"),
    [
        (IPHONE, "phone"),
        (ANDROID, "phone"),
        (ANDROID_TABLET, "tablet"),
        (IPAD, "tablet"),
        (FIREFOX, "desktop"),
        (TV, "tv"),
        (BOT, "bot"),
        ("", ""),
        ("curl/8.0", ""),
    ],
)
def test_the_class_of_a_device(user_agent, expected):
    assert device_class(user_agent) == expected


def visit(referrer: str = "", **headers: str) -> dict[str, str]:
    return visit_of(RequestFactory(headers=headers).get("/", SERVER_NAME="busk.example"), referrer=referrer)


@pytest.mark.parametrize(
    ("referrer", "host"),
    [
        ("https://news.example.org/story?id=1", "news.example.org"),
        ("https://busk.example/live", ""),
        ("android-app://com.example", "com.example"),
        ("nonsense", ""),
        ("", ""),
    ],
)
def test_only_the_host_of_another_site_is_kept(settings, referrer, host):
    settings.ALLOWED_HOSTS = ["busk.example"]
    assert visit(referrer)["referrer_host"] == host


def test_a_country_is_taken_only_from_the_operators_header(settings):
    settings.ALLOWED_HOSTS = ["busk.example"]
    assert visit(**{"CF-IPCountry": "DE"})["country"] == ""
    settings.COUNTRY_HEADER = "CF-IPCountry"
    assert visit(**{"CF-IPCountry": "de"})["country"] == "DE"
    assert visit(**{"CF-IPCountry": "T1"})["country"] == ""
