import pytest
from django.db import DatabaseError, connection

from config import healthcheck


def test_alive_asks_nobody(client, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.django_db
def test_ready_names_its_parts(client):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["parts"] == {"database": True, "cache": True}


@pytest.mark.django_db
def test_not_ready_without_a_database(client):
    def refuse(*args):
        raise DatabaseError("gone")

    with connection.execute_wrapper(refuse):
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"]["database"] is False


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
@pytest.mark.django_db
def test_probes_may_ask_an_address_without_tls(client, path, settings):
    settings.ALLOWED_HOSTS = ["busk.example"]
    settings.SECURE_SSL_REDIRECT = True
    assert client.get(path, headers={"Host": "10.1.2.3:8000"}).status_code == 200
    assert client.get("/live", headers={"Host": "10.1.2.3:8000"}).status_code == 400


def test_the_check_of_the_image_asks_and_gives_up(live_server):
    assert healthcheck.answers(f"{live_server.url}/healthz")
    assert not healthcheck.answers(f"{live_server.url}/no/such/page")
    assert not healthcheck.answers("http://127.0.0.1:9/healthz")
