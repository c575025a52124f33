import time
import uuid
from concurrent.futures import ThreadPoolExecutor

from core import ids
from core.ids import new_id


def test_an_id_is_a_uuid7_of_now(monkeypatch):
    monkeypatch.setattr(ids, "_last", 0)  # other tests travel in time
    before = time.time_ns() // 1_000_000
    made = new_id()
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert before - 1 <= made.int >> 80 <= before + 1000


def test_ids_only_grow_also_across_threads():
    with ThreadPoolExecutor(4) as pool:
        batches = list(pool.map(lambda _: [new_id() for _ in range(5000)], range(4)))
    for batch in batches:
        assert batch == sorted(batch)
    assert len({made for batch in batches for made in batch}) == 20_000
