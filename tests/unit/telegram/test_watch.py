"""The webhook is watched at Telegram, set anew when it was changed, and replaced by polling while it fails."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from bridge.observe import Health, Metrics
from bridge.telegram.watch import BACK, EVERY, PATIENCE, Told, WebhookIntake
from tests.clock import ManualClock
from tests.scripted import Answer, Asked, Odd, answer, scripted
from tests.unit.telegram.bots import bot_at

URL = "https://bridge.example.org/hooks/telegram/support"
NOW = 1_760_000_000.0


@dataclass
class Scene:
    """Telegram says `info` of the webhook; what the intake did stands in `done`."""

    clock: ManualClock
    intake: WebhookIntake
    info: dict[str, Any]
    done: list[str] = field(default_factory=list)
    odd: Answer | None = None

    async def register(self) -> None:
        self.done.append("set")
        self.info["url"] = URL

    async def poll(self) -> None:
        self.done.append("poll")
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self.done.append("poll no more")

    def respond(self, asked: Asked) -> Answer:
        assert asked.path.endswith("/getWebhookInfo")
        return self.odd or answer({"ok": True, "result": self.info})

    def fail(self) -> None:
        self.info |= {
            "pending_update_count": 7,
            "last_error_message": "Wrong response from the webhook: 502 Bad Gateway",
            "last_error_date": int(self.clock.now()),
        }

    @property
    def ok(self) -> bool:
        return self.intake.health.parts["intake support"].ok

    @property
    def reason(self) -> str:
        return self.intake.health.parts["intake support"].reason

    async def passing(
        self, true: Callable[[], bool], *, within: float, then: Callable[[], None] = lambda: None
    ) -> None:
        """Let time pass, one look after the other, until something is true."""
        end = self.clock.now() + within
        async with asyncio.timeout(PATIENCE):
            while not true():
                if self.clock.sleepers:
                    assert self.clock.now() < end, self.done
                    then()
                    self.clock.move(EVERY)
                await asyncio.sleep(0)


@asynccontextmanager
async def watching(*, falls_back: bool = True) -> AsyncIterator[Scene]:
    clock, scenes = ManualClock(NOW), list[Scene]()

    def respond(asked: Asked) -> Answer:
        return scenes[0].respond(asked)

    async with scripted(respond) as server, bot_at(server.url) as under:

        async def register() -> None:
            await scenes[0].register()

        async def poll() -> None:
            await scenes[0].poll()

        health = Health()
        health.set("intake support", ok=False)
        intake = WebhookIntake("support", under.api, URL, register, poll, health, Metrics(), clock, falls_back)
        scenes.append(Scene(clock, intake, {"url": "", "pending_update_count": 0}))
        running = asyncio.create_task(intake.run())
        try:
            yield scenes[0]
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


def pending(scene: Scene) -> float | None:
    return scene.intake.metrics.registry.get_sample_value("bridge_telegram_pending_updates", {"channel": "support"})


async def test_a_webhook_that_works_is_left_alone() -> None:
    async with watching() as scene:
        await scene.passing(lambda: scene.ok, within=60)
        assert (scene.done, pending(scene)) == (["set"], 0)


async def test_one_that_fails_for_minutes_is_replaced_by_polling_and_tried_again() -> None:
    async with watching() as scene:
        await scene.passing(lambda: "poll" in scene.done, within=PATIENCE + 3 * EVERY, then=scene.fail)
        assert scene.clock.now() - NOW >= PATIENCE
        assert scene.reason == "Telegram can't deliver 7 updates: Wrong response from the webhook: 502 Bad Gateway"
        assert pending(scene) == 7
        await scene.passing(lambda: scene.done.count("set") == 2, within=BACK + EVERY)
        assert scene.done == ["set", "poll", "poll no more", "set"]


async def test_one_failure_alone_is_no_reason_to_poll_though_updates_wait() -> None:
    async with watching() as scene:
        await scene.passing(lambda: scene.clock.now() > NOW, within=PATIENCE)
        scene.fail()
        await scene.passing(lambda: scene.clock.now() > NOW + 2 * PATIENCE, within=3 * PATIENCE)
        assert scene.done == ["set"]


async def test_without_falling_back_the_operator_is_told_and_the_webhook_stays() -> None:
    async with watching(falls_back=False) as scene:
        await scene.passing(lambda: scene.clock.now() > NOW + 3 * PATIENCE, within=4 * PATIENCE, then=scene.fail)
        assert scene.done == ["set"]
        assert not scene.ok


async def test_a_failure_that_passes_is_forgotten() -> None:
    async with watching() as scene:
        await scene.passing(lambda: "can't deliver" in scene.reason, within=PATIENCE, then=scene.fail)
        scene.info["pending_update_count"] = 0
        await scene.passing(lambda: scene.ok, within=3 * EVERY)
        scene.fail()
        await scene.passing(lambda: not scene.ok, within=3 * EVERY)
        assert scene.done == ["set"], "the minutes are counted anew"


async def test_one_that_somebody_changed_is_set_anew() -> None:
    async with watching() as scene:
        await scene.passing(lambda: scene.ok, within=60)
        scene.info["url"] = "https://elsewhere.example"
        await scene.passing(lambda: scene.done == ["set", "set"], within=3 * EVERY)


@pytest.mark.parametrize("odd", [Odd.CUT, answer({"ok": False, "description": "Unauthorized"}, 401)])
async def test_a_telegram_that_does_not_say_changes_nothing_but_the_health(odd: Answer) -> None:
    async with watching() as scene:
        scene.odd = odd
        await scene.passing(lambda: scene.clock.now() > NOW + 2 * PATIENCE, within=3 * PATIENCE)
        assert scene.done == ["set"]
        assert not scene.ok
        scene.odd = None
        await scene.passing(lambda: scene.ok, within=3 * EVERY)


def test_what_telegram_says_is_read_with_care() -> None:
    assert Told.of({}) == Told("")
    assert Told.of({"url": None, "pending_update_count": "x", "last_error_date": None}) == Told("")
    old = Told(URL, 3, "boom", NOW - 1000)
    assert not old.failing(NOW)
    assert not Told(URL, 0, "boom", NOW).failing(NOW)
    assert Told(URL, 3, "boom", NOW).failing(NOW)
