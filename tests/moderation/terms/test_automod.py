"""What is held at which level. Words are in ROT13 here too."""

import codecs
from collections import Counter
from pathlib import Path

import pytest

from moderation.terms import automod
from moderation.terms.automod import LEVELS, look
from moderation.terms.patterns import pattern_of

HELD = [
    ("xvyy lbhefrys", "threat", 1),
    ("xv11 l0hefrys", "threat", 1),
    ("x l f", "threat", 1),
    ("urvy uvgyre", "hate", 2),
    ("zbeg nhk whvsf!", "hate", 2),
    ("5raq ahqr5", "sexual", 2),
    ("u.h.e.r.a.f.b.u.a", "insult", 3),
    ("pbaa@eq", "insult", 3),
    ("tvyvcbyynf", "insult", 3),
    ("svyub qn chgn", "insult", 3),
    ("FUVG", "swearing", 4),
    ("fpurvßr", "swearing", 4),
    ("p4e4yub", "swearing", 4),
]

INNOCENT = """I can't class this assistant, Scunthorpe is a town; he'll say hello; the pen is mightier
en retard de deux jours; les retards de train; le négro spiritual; il va mourir au prochain niveau
con mi amigo; año nuevo, un cono y un gato negro; se matan trabajando; no sé, pero coge el tren
das ist dick; schwül heute, den Vögeln zu warm; der Dreh im Dock; die Mitte des Honks
pede um café; o cubo e a rola; muito bom, porto
Maine coon; Kike Garcia; Johnny Depp; MongoDB; Mitsubishi Pajero; shiitake mushrooms; therapist
Essex, Middlesex, sextant; peacock; Hitchcock; document; accumulate; basement; specialist; socialism
an a5 page for 455 coins at 8 s | 5 s; 1st place in 3D at 4k; see you on v1.2.3; gg wp :) <3
I finally beat the boss after 3 hours, what a run!; LUL KEKW PogChamp; LOOOOL; aaaaaah; OK!!!!""".replace(
    "\n", ";"
).split(";")


def rot13(text):
    return codecs.decode(text, "rot13")


@pytest.mark.parametrize(("text", "reason", "from_level"), HELD)
def test_is_held_from_its_level_on(text, reason, from_level):
    text = rot13(text)
    for level in range(5):
        found = look(text, level)
        assert (found is not None) == (level >= from_level)
        if found:
            assert found[0] == reason
            assert found[1] in text


@pytest.mark.parametrize("text", INNOCENT)
def test_nothing_is_wrong_with_it(text):
    assert look(text.strip(), 4) is None


def test_the_gravest_reason_is_told():
    assert look(f"{rot13('fuvg')}, {rot13('xvyy lbhefrys')}", 4) == ("threat", rot13("xvyy lbhefrys"))


def test_one_character_again_and_again_and_a_wall_of_capitals_are_spam():
    wall = "THIS IS A VERY LOUD MESSAGE WITH NOTHING BUT CAPITALS IN IT"
    for text in ("a" * 20, "ok " + "!" * 25, "😂" * 30, wall):
        assert look(text, 2) is None
        found = look(text, 3)
        assert found is not None
        assert found[0] == "spam"
        assert found[1] in text
    for text in (
        "a" * 19,
        "!" * 19,
        "THIS IS LOUD",
        wall.lower(),
        "你好" * 30,
        wall.swapcase()[:40] + " and not",
    ):
        assert look(text, 4) is None


def test_every_language_has_words_for_every_level():
    listed = Path(automod.__file__).with_name("data").joinpath("automod.txt").read_text("utf-8").splitlines()
    lines = [line.split(" ", 2) for line in listed]
    counted = Counter((language, LEVELS[category]) for language, category, _word in lines)
    assert set(counted) == {
        (language, level) for language in ("en", "de", "fr", "es", "pt") for level in (1, 2, 3, 4)
    }
    assert all(pattern_of(rot13(word)) for _language, _category, word in lines)
