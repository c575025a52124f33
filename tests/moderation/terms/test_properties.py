"""What holds for whatever somebody writes."""

import re
import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from moderation.terms.folding import Folded
from moderation.terms.matching import masked
from moderation.terms.patterns import pattern_of
from tests.moderation.terms.lists import filter_for

# Letters that tricks are made of, among all the others.
tricky = st.sampled_from(list("spamSPAM sp.a-m*_'!|$@405 ѕраМ\u200b\u0301ａßﷺ🅢🔥🇸\ufe0f한あが"))
texts = st.text(st.one_of(tricky, st.characters(exclude_categories=["Cs", "Cn"])), max_size=60)
words = st.text(st.sampled_from("aspmx15$é "), min_size=1, max_size=6)
stars = st.sampled_from(["", "*"])
terms = st.lists(st.builds("{}{}{}".format, stars, words, stars), min_size=1, max_size=4)


@st.composite
def lists_and_texts(draw: st.DrawFn) -> tuple[list[str], str]:
    """Terms, and a text that has some of them in it, more or less well hidden."""
    wanted = draw(terms)
    pieces = st.sampled_from([term.strip("*") for term in wanted])
    between = st.sampled_from([" ", ".", "", "x", "\u200b", " \u0301", ", "])
    parts = draw(st.lists(st.one_of(pieces, between, texts), max_size=8))
    return wanted, "".join(parts)


@given(lists_and_texts())
@example((["*x*", "spam"], "sxpxaxm"))
@example((["*x*", "spam"], "sx\u0301px\u0301x\u0301ax\u0301m"))
def test_nothing_is_left_to_be_found_once_it_is_masked(list_and_text):
    wanted, text = list_and_text
    found = filter_for(*wanted).look(text)
    if found is not None:
        others_read = masked(text, found.spans)
        assert filter_for(*wanted).look(others_read) is None


@given(lists_and_texts())
def test_masking_changes_only_the_spans_and_keeps_what_shows_as_long(list_and_text):
    wanted, text = list_and_text
    found = filter_for(*wanted).look(text)
    if found is None:
        return
    others_read = masked(text, found.spans)
    ends = 0
    pieces = []
    for start, end in found.spans:
        assert ends <= start < end <= len(text), "from left to right, and apart"
        pieces += [re.escape(text[ends:start]), rf"\*{{1,{end - start}}}"]
        ends = end
    assert re.fullmatch("".join(pieces) + re.escape(text[ends:]), others_read, re.DOTALL)
    if text.isascii():
        assert len(others_read) == len(text)


@given(texts)
def test_every_letter_of_a_form_leads_back_to_what_it_was_made_of(text):
    folded = Folded(text)
    places = [place for place, char in enumerate(folded.words) if char != " "]
    for place in places:
        start, end = folded.of_words(place, place + 1)
        assert folded.words[place] in Folded(text[start:end]).words
    for place, char in enumerate(folded.symbols):
        if char != " ":
            start, end = folded.of_symbols(place, place + 1)
            assert char in Folded(text[start:end]).symbols


@given(texts)
def test_a_word_of_a_text_is_found_in_it_wherever_it_is_written_again(text):
    """However its letters were folded, the text's own words are terms that find it."""
    for word in text.split():
        pattern = pattern_of(word)
        if pattern is not None and word.strip("*") == word:
            assert filter_for(word).look(f"so {word} there") is not None


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=80))
def test_the_fast_way_through_ascii_reads_what_the_slow_one_does(text):
    """A letter from elsewhere sends the same text the slow way."""
    assert Folded(text + " é").words == Folded(text + " e").words
    assert Folded(text + " é").tricks == Folded(text + " e").tricks


@given(texts)
def test_folding_knows_no_case(text):
    for char in text:
        if len(char.upper()) == len(char.lower()) == 1 and unicodedata.category(char)[0] == "L":
            assert Folded(char.upper().lower()).words == Folded(char.upper()).words
