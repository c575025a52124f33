"""What people write to get past a list, and what they write without a thought of one."""

import pytest

from tests.moderation.terms.lists import filter_for, is_found, shown

CAUGHT = [
    ("spam", "spam"),
    ("spam", "SPAM!"),
    ("spam", "“Spam”, he said"),
    ("spam", "spàm"),
    ("spam", "s̶p̶a̶m̶"),
    ("spam", "ｓｐａｍ"),
    ("spam", "𝓼𝓹𝓪𝓶"),
    ("spam", "ⓢⓟⓐⓜ"),
    ("spam", "🅢🅟🅐🅜"),
    ("spam", "🇸 🇵 🇦 🇲"),
    ("spam", "sᴘᴀᴍ"),
    ("spam", "ѕраm"),
    ("spam", "sраm"),
    ("spam", "ѕрам"),
    ("spam", "sрaм"),
    ("spam", "sp\u200bam"),
    ("spam", "s\u200dp\u2060a\u00adm"),
    ("spam", "sp\ufe0fam"),
    ("spam", "s p a m"),
    ("spam", "S-P-A-M"),
    ("spam", "s.p.a.m"),
    ("spam", "s_p_a_m"),
    ("spam", "s*p*a*m"),
    ("spam", "s 🔥 p 🔥 a 🔥 m"),
    ("spam", "u s p a m"),
    ("spam", "i s p a m u"),
    ("spam", "sp.am"),
    ("spam", "sp--am"),
    ("spam", "sp_am"),
    ("spam", "spaaam"),
    ("spam", "SSSPPPAAAMMM"),
    ("spam", "sp4m"),
    ("spam", "5p4m"),
    ("spam", "$pam"),
    ("spam", "sp@m!!!"),
    ("spam", "$.p.4.m"),
    ("spam", "spam🔥"),
    ("spam", "_spam_"),
    ("spam", "no-spam-here"),
    ("spam*", "spammer"),
    ("spam*", "5p4mm3r"),
    ("*spam", "antispam"),
    ("*spam*", "antispammer"),
    ("shit", "sh!t"),
    ("shit", "sh|t"),
    ("shit", "5h17"),
    ("fail", "fa1l"),
    ("fail", "fai1"),
    ("ass", "a55"),
    ("ass", "a$$"),
    ("ass", "asss"),
    ("buy followers", "BUY, followers!"),
    ("buy followers", "buy  f0ll0wers"),
    ("buy followers", "buy-followers"),
    ("straße", "STRASSE"),
    ("mädchen", "maedchen madchen"),
    ("дурак", "ДУРАК"),
    ("дурак", "дypak"),
    ("дурак", "д у р а к"),
    ("нет", "hет"),
    ("操你", "我操你妈"),
    ("バカ", "このﾊﾞｶ"),
    ("바보*", "바보야"),
    ("किताब", "यह किताब है"),
    ("كتاب", "كِتَاب"),
    ("c++", "I like C++!"),
    ("🖕", "you 🖕🏿"),
    ("🍆 pics", "send 🍆 pics"),
]

INNOCENT = [
    ("spam", "span"),
    ("spam", "spamming"),
    ("spam", "wasp am"),
    ("spam", "spa manager"),
    ("spam*", "antispam"),
    ("*spam", "spammer"),
    ("ass", "class, assist, pass"),
    ("ass", "as soon as"),
    ("ass", "I have 455 coins"),
    ("ass", "$55"),
    ("ass", "an a5 page"),
    ("ass", "as s"),
    ("hell", "he'll say hello"),
    ("hell", "h e l l o"),
    ("well", "we'll"),
    ("shit", "was-hit"),
    ("*shit*", "is-hit"),
    ("fail", "fall"),
    ("god", "good"),
    ("ed", "in 3D"),
    ("ist", "the 1st"),
    ("lok", "4k"),
    ("bsss", "8 s, 5 s, 5 s"),
    ("bot", "вот"),
    ("bot", "бот"),
    ("het", "нет"),
    ("нет", "het"),
    ("c++", "c"),
    ("c++", "c+"),
    ("🍆 pics", "pics"),
    ("कतब", "किताब"),
    ("か", "がく"),
    ("*가*", "각"),
    ("14 88", "1488"),
    ("rn", "m"),
    ("corn", "com"),
    ("buy followers", "buy some followers"),
    ("e", "100"),
]


@pytest.mark.parametrize(("term", "text"), CAUGHT)
def test_is_caught(term, text):
    assert is_found(term, text)


@pytest.mark.parametrize(("term", "text"), INNOCENT)
def test_is_left_alone(term, text):
    assert not is_found(term, text)


@pytest.mark.parametrize(
    ("term", "text", "others_read"),
    [
        ("spam", "No SPAM, please", "No ****, please"),
        ("spam", "s p a m and spam", "******* and ****"),
        ("spam", "ｓｐàｍ!", "****!"),
        ("spam", "sp\u200bam!", "****!"),
        ("spam", "s̶p̶a̶m̶!", "****!"),
        ("straße", "Große Straße 1", "Große ****** 1"),
        ("*ss*", "Straße", "Stra*e"),
        ("🖕", "a🖕🏿b", "a*b"),
        ("किताब", "यह किताब है", "यह *** है"),
        ("spam*", "spammers", "****mers"),
        ("*spam*", "spamspam", "********"),
        ("buy followers", "Now buy,  followers!", "Now ***************!"),
    ],
)
def test_masks_exactly_what_it_found(term, text, others_read):
    assert shown(term, text) == others_read


def test_what_a_masked_word_leaves_is_looked_at_too():
    """With "x" masked this would read s*p*a*m."""
    assert shown("*x*", "sxpxaxm") == "s*p*a*m"
    found = filter_for("*x*", "spam").look("sxpxaxm")
    assert found is not None
    assert found.spans == ((0, 7),)
