"""Events come in any order, some twice, some late: every client ends with the same list."""

from hypothesis import given
from hypothesis import strategies as st

from realtime.events import Entry
from realtime.sequence import Sequence


def entry(seq: int) -> Entry:
    return Entry("chat:message", seq, b'{"seq":%d}' % seq)


@given(last=st.integers(0, 50), length=st.integers(1, 30), data=st.data())
def test_any_order_with_repeats_gives_each_once_in_order(last: int, length: int, data: st.DataObject) -> None:
    all_of_them = list(range(last + 1, last + 1 + length))
    arriving = data.draw(st.permutations(all_of_them + data.draw(st.lists(st.sampled_from(all_of_them)))))
    sequence = Sequence(last)

    given_out = [ready.seq for seq in arriving for ready in sequence.take(entry(seq))]

    assert given_out == all_of_them
    assert not sequence.has_gap


@given(arriving=st.lists(st.integers(1, 20)))
def test_what_is_missing_can_be_skipped_and_nothing_goes_back(arriving: list[int]) -> None:
    sequence = Sequence(0)

    given_out = [ready.seq for seq in arriving for ready in sequence.take(entry(seq))]
    given_out += [ready.seq for ready in sequence.skip()]

    assert given_out == sorted(set(arriving))
    assert sequence.last == max(arriving, default=0)
    assert sequence.take(entry(sequence.last)) == []
