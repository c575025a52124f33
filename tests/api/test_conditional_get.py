"""Who has the answer already is told so, without a query while it is fresh."""

import pytest

from streams.services import stream_update


@pytest.mark.parametrize("path", ["/api/streams/{id}", "/api/streams/live", "/api/streams/{id}/viewers"])
def test_the_same_answer_is_not_sent_again_and_costs_no_query(
    api, live_stream, path, django_assert_num_queries
):
    url = path.format(id=live_stream.pk)
    first = api.get(url)
    assert first["Cache-Control"] == "private, no-cache"
    with django_assert_num_queries(0):
        again = api.get(url, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "path", ["/api/streams/{id}", "/api/streams/search?q=cello", "/api/streams/creator/{creator}"]
)
def test_another_answer_is_sent(api, live_stream, path):
    url = path.format(id=live_stream.pk, creator=live_stream.creator_id)
    first = api.get(url)
    stream_update(stream_id=live_stream.pk, description="More", tags=["cello"])
    second = api.get(url, headers={"If-None-Match": first["ETag"]})
    assert second.status_code == 200
    assert second["ETag"] != first["ETag"]


def test_tokens_are_kept_nowhere(api, live_stream):
    answer = api.get(f"/api/streams/{live_stream.pk}/token")
    assert answer["Cache-Control"] == "no-store"
    assert "ETag" not in answer


def test_a_refusal_is_no_answer_to_keep(api, db):
    refused = api.get("/api/streams/0199fc4c-0000-7000-8000-000000000000")
    again = api.get(
        "/api/streams/0199fc4c-0000-7000-8000-000000000000",
        headers={"If-None-Match": refused.get("ETag", "*")},
    )
    assert again.status_code == 404
