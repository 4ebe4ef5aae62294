"""Who plays: end users with something to say, and an agent's samples to send back."""

from typing import Any

from bridge.sandbox.stage import Stage
from bridge.sandbox.telegram_answers import Json, Upload
from bridge.sandbox.telegram_people import User
from bridge.sandbox.typed import typed

NAMES = (
    ("Ann", "Archer", "en"),
    ("Bob", "Baker", "de"),
    ("Cleo", "Carter", "fr"),
    ("Dana", "Drake", "it"),
    ("Eli", "Ellis", "es"),
    ("Fay", "Fisher", "pt"),
    ("Gus", "Garner", "nl"),
    ("Hana", "Hill", "cs"),
)

BURST = 20

USER_SAMPLES: dict[str, Json] = {
    "voice": {"voice": Upload("voice.ogg", b"OggS", "audio/ogg"), "duration": 7},
    "photo": {"photo": Upload("parcel.jpg", b"\xff\xd8\xff", "image/jpeg"), "caption": "The parcel, as it arrived"},
    "document": {"document": Upload("invoice.pdf", b"%PDF-", "application/pdf")},
    "location": {"location": {"latitude": 45.0703, "longitude": 7.6869}},
}

LONG_ANSWER = "\n\n".join(
    f"**Step {number}.** "
    + "Open the settings, look for the entry that carries this number, and compare every value with the one on your "
    "delivery note. If one differs, write it down; if none does, go on with the next step. " * 4
    for number in range(1, 10)
)

AGENT_SAMPLES: dict[str, Json] = {
    "long": {"text": LONG_ANSWER},
    "bot": {
        "text": "One moment, I am looking…\r\nYour parcel is in Turin. What now?",
        "attributes": {
            "commands": [
                {"type": "message", "message": {"type": "text", "text": "One moment, I am looking…"}},
                {"type": "wait", "time": 3000},
                {
                    "type": "message",
                    "message": {
                        "type": "text",
                        "text": "Your parcel is in **Turin**. What now?",
                        "attributes": {
                            "attachment": {
                                "type": "template",
                                "buttons": [
                                    {"type": "text", "value": "Deliver it tomorrow"},
                                    {"type": "text", "value": "I will fetch it"},
                                ],
                            }
                        },
                    },
                },
            ]
        },
    },
    "image": {
        "text": "",
        "type": "image",
        "metadata": {"src": "https://example.org/map.png", "name": "map.png", "width": 640, "height": 480},
    },
}


class Cast:
    """Everyone on one stage."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    @property
    def users(self) -> dict[int, User]:
        """The end users by their Telegram id, in the order of their coming."""
        return self.stage.telegram.world.users

    def add_user(self) -> User:
        """One more end user."""
        number = len(self.users)
        first, last, language = NAMES[number] if number < len(NAMES) else ("Guest", str(number + 1), "en")
        user = self.stage.telegram.add_user(first, last, f"{first}_{last}".lower(), language)
        self.stage.telegram.meet(self.stage.bot, user)
        return user

    def says(self, user: User, source: str) -> None:
        """The user writes; the little Markdown in it becomes entities."""
        text, entities = typed(source)
        self.stage.telegram.user_says(self.stage.bot, user, text, entities)

    def sends_sample(self, user: User, name: str) -> None:
        """The user sends something that is not text; KeyError for an unknown name."""
        self.stage.telegram.user_sends(self.stage.bot, user, **USER_SAMPLES[name])

    def burst(self) -> User:
        """Someone new comes and writes twenty messages at once."""
        user = self.add_user()
        for number in range(1, BURST + 1):
            self.says(user, f"Message **{number}** of {BURST}")
        return user

    def blocks(self, user: User, *, blocked: bool) -> None:
        """The user blocks the bot, or no longer."""
        telegram = self.stage.telegram
        (telegram.user_blocks if blocked else telegram.user_unblocks)(self.stage.bot, user)

    def replies_sample(self, request_id: str, name: str) -> None:
        """The agent, or a bot in their place, sends a sample; KeyError for an unknown name."""
        sample: dict[str, Any] = AGENT_SAMPLES[name]
        more = {key: value for key, value in sample.items() if key != "text"}
        self.stage.tiledesk.agent_replies(request_id, sample["text"], **more)
