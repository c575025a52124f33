"""What people write in a chat: lengths and scripts as they come, and some who try to get past a list."""

import random

_LINES = {
    "english": [
        "hi", "hello from Leeds!", "that was so good", "gg", "what song is this?", "LETS GOOOO", "no way he did that",
        "I have been waiting for this all week, and it is even better than last time",
        "can you play the one from the first album next, the slow one with the two guitars?",
        "my cat just walked over the keyboard, sorry", "wait what", "first time here, love the sound of the room",
        "is there going to be a recording? I have to leave in ten minutes but I really want to hear the rest",
        "@alice thanks for the answer!", "3rd time I hear this and I still cry :')", "10/10 would listen again",
    ],
    "german": [
        "hallo zusammen", "schön, dass du wieder da bist!", "welches Stück war das gerade?", "großartig!!",
        "Ich höre seit einer Stunde zu und müsste eigentlich längst schlafen, aber es ist einfach zu gut",
        "grüße aus Köln", "könntest du den Ton ein bisschen leiser machen? Danke",
    ],
    "french": [
        "bonsoir à tous", "c'est magnifique", "tu joues depuis combien d'années ? c'est très impressionnant", "ça va",
    ],
    "spanish": [
        "¡qué bonito!", "saludos desde México", "¿puedes tocar otra vez la canción de mañana? me encantó muchísimo",
    ],
    "russian": [
        "привет всем", "очень красиво", "спасибо!",
        "сколько лет ты уже играешь на виолончели? это просто потрясающе",
    ],
    "japanese": ["こんばんは", "すごい！", "この曲の名前は何ですか？初めて聞きましたがとても好きです", "888888"],
    "arabic": ["مرحبا", "جميل جدا", "من أين أنت؟ هذا العزف رائع حقا وأتمنى أن تستمر"],
    "emoji": ["🔥🔥🔥", "❤️❤️", "👏👏👏👏👏", "😂 stop it 😂", "🎻🎶"],
    "tricks": [
        "v1s1t my ch4nnel for fr33 c0ins", "f o l l o w  m e", "see example(dot)com", "fоllоw bасk", "h.e.l.l.o",
        "https://example.com/watch?v=abc123&list=xyz", "LOOOOOOOOOOOOL", "sooooo gooooood!!!!", "ｆｏｌｌｏｗ ｍｅ",
    ],
}  # fmt: skip
# Out of a hundred messages.
_SHARES = {
    "english": 50, "german": 9, "french": 6, "spanish": 7, "russian": 6, "japanese": 5, "arabic": 3, "emoji": 9,
    "tricks": 5,
}  # fmt: skip
_SYLLABLES = [
    "ka",
    "lo",
    "mi",
    "ren",
    "tas",
    "vul",
    "dor",
    "pel",
    "qui",
    "zan",
    "fer",
    "bo",
    "shu",
    "gri",
    "nat",
    "eth",
    "om",
    "yx",
]


def messages(count: int, *, kind: str | None = None, seed: int = 1) -> list[str]:
    """The same for each seed. Few are alike: most have a name or number in them, and one in twelve goes on and on."""
    dice = random.Random(seed)
    kinds = [kind] * count if kind else dice.choices(list(_SHARES), list(_SHARES.values()), k=count)
    made = []
    for each in kinds:
        text = dice.choice(_LINES[each])
        while dice.random() < 1 / 12 and len(text) < 400:
            text = f"{text} {dice.choice(_LINES[each])}"
        made.append(f"{text} {made_up(dice)}" if dice.random() < 0.5 else text)
    return made


def made_up(dice: random.Random) -> str:
    return "".join(dice.choices(_SYLLABLES, k=dice.randint(2, 4)))


def terms(count: int, *, seed: int = 2) -> list[str]:
    """A list as channels have them: mostly words, some phrases, some with a star; none of them is in the messages."""
    dice = random.Random(seed)
    found: dict[str, None] = {}
    while len(found) < count:
        word = f"{made_up(dice)}{dice.choice('bdgkpt')}"
        shape = dice.random()
        found[f"{word}*" if shape < 0.15 else f"{word} {made_up(dice)}" if shape < 0.3 else word] = None
    return list(found)
