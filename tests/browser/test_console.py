"""An operator at the console, in a real browser, beside a daemon that relays."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from bridge.sandbox.telegram_people import User
from tests.acceptance.world import World, until, world
from tests.browser.browser import DESK, PHONE, flaws, opened, shoot

pytestmark = pytest.mark.timeout(120)

TOKEN = "console-token-of-this-test"
PAGES = ("", "conversations", "dead", "lanes", "audit", "settings", "find?id=nothing")


@dataclass
class Desk:
    world: World
    user: User
    blocked: User

    @property
    def url(self) -> str:
        return f"{self.world.daemon.url}/console/"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A conversation, and one with a dead letter: its user has blocked the bot."""
    async with world(tmp_path, CONSOLE__TOKEN=TOKEN) as running:
        user, blocked = running.user("Ada"), running.user("Bea")
        for one in (user, blocked):
            running.says(one, f"Hello, this is {one.first_name}. Where is my order?")
        requests = [await until(lambda one=one: running.request_of(one)) for one in (user, blocked)]  # type: ignore[misc]
        await running.agent(requests[0], "Let me see, one moment.")
        await running.gets(user, 1)
        running.says(user, "Thank you!")
        running.stage.telegram.user_blocks(running.stage.bot, blocked)
        await running.agent(requests[1], "It is on its way.")
        await until(lambda: running.metric("bridge_backlog", state="dead"))
        yield Desk(running, user, blocked)


async def logged_in(
    browser: Browser, desk: Desk, size: dict[str, int] = DESK, scheme: str = "light", *, scripts: bool = True
) -> Page:
    page = await opened(browser, desk.url, size, scheme, scripts=scripts)
    await page.get_by_label("Token").fill(TOKEN)
    await page.get_by_role("button", name="Log in").click()
    await expect(page.get_by_role("button", name="Log out")).to_be_visible()
    return page


async def test_a_wrong_token_is_told_and_the_right_one_lets_in(desk: Desk, browser: Browser) -> None:
    page = await opened(browser, desk.url)
    await page.get_by_label("Token").fill("wrong")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("not the token")
    await shoot(page, "login")
    await page.get_by_label("Token").fill(TOKEN)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Everything works")).to_be_visible()


async def test_numbers_move_while_messages_pass(desk: Desk, browser: Browser) -> None:
    page = await logged_in(browser, desk)
    await expect(page.locator("#link")).to_have_text("live")
    done = page.locator("[data-live='to-desk/main-done']")
    before = int(await done.inner_text())
    for number in range(5):
        desk.world.says(desk.user, f"message {number}")
    await expect(done).to_have_text(str(before + 5))
    await expect(page.locator("[data-live='way-in-latency']")).not_to_have_text("-")
    await shoot(page, "overview")


async def test_a_dead_letter_is_tried_again_and_arrives(desk: Desk, browser: Browser) -> None:
    page = await logged_in(browser, desk)
    await page.get_by_role("link", name="Dead letters").click()
    await expect(page.get_by_role("row").filter(has_text="It is on its way")).to_contain_text("blocked")
    await shoot(page, "dead")
    desk.world.stage.telegram.user_unblocks(desk.world.stage.bot, desk.blocked)
    await page.get_by_role("checkbox").check()
    await page.get_by_role("button", name="Try the chosen ones again").click()
    await expect(page.get_by_role("status")).to_have_text("1 letter was tried again.")
    assert [one["text"] for one in await desk.world.gets(desk.blocked, 1)] == ["It is on its way."]
    await page.get_by_role("link", name="Audit").click()
    await expect(page.get_by_role("row").filter(has_text="retried")).to_contain_text("console")


async def test_a_dead_letter_is_dropped_only_when_asked_twice(desk: Desk, browser: Browser) -> None:
    page = await logged_in(browser, desk)
    await page.goto(f"{desk.url}dead")
    await page.get_by_role("checkbox").check()
    await page.get_by_role("button", name="Drop the chosen ones").click()
    await expect(page.get_by_role("heading", name="Drop 1 dead letter for good?")).to_be_visible()
    await shoot(page, "sure")
    await page.get_by_role("link", name="Leave them").click()
    await expect(page.get_by_role("checkbox")).to_have_count(1)
    await page.get_by_role("checkbox").check()
    await page.get_by_role("button", name="Drop the chosen ones").click()
    await page.get_by_role("button", name="Drop 1 dead letter").click()
    await expect(page.get_by_text("There are none")).to_be_visible()


async def test_people_are_found_and_their_messages_have_timelines(desk: Desk, browser: Browser) -> None:
    page = await logged_in(browser, desk)
    await page.get_by_role("link", name="Conversations").click()
    await shoot(page, "conversations")
    await page.get_by_label("Name, @username, request or chat").fill(desk.user.first_name.lower())
    await page.keyboard.press("Enter")
    await page.get_by_role("rowheader").get_by_role("link").click()
    await expect(page.get_by_text("Let me see, one moment.")).to_be_visible()
    await shoot(page, "conversation")
    await page.get_by_role("link", name="its timeline").first.click()
    await expect(page.get_by_role("rowheader", name="delivered")).to_be_visible()
    await page.get_by_text("As it came").click()
    await expect(page.get_by_label("Content as it came")).to_contain_text("update_id")
    await shoot(page, "entry")


async def test_every_page_is_usable_by_keyboard_alone(desk: Desk, browser: Browser) -> None:
    page = await opened(browser, desk.url)
    await page.keyboard.type(TOKEN)  # the field has the focus
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Log out")).to_be_visible()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "main"
    await page.goto(f"{desk.url}dead")
    for _ in range(30):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.type") == "checkbox":
            break
    await page.keyboard.press("Space")
    for _ in range(10):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.value") == "retry":
            break
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_have_text("1 letter was tried again.")


async def test_on_a_phone_messages_are_found_by_any_id_too(desk: Desk, browser: Browser) -> None:
    page = await logged_in(browser, desk, PHONE)
    await page.get_by_role("link", name="Find").click()
    await page.get_by_label("Any id", exact=True).fill("1")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Message 1")).to_be_visible()


async def test_a_page_in_the_background_lets_go_of_its_stream(desk: Desk, browser: Browser) -> None:
    page = await logged_in(browser, desk)
    await expect(page.locator("#link")).to_have_text("live")
    turn = """hidden => {
        Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});
        document.dispatchEvent(new Event('visibilitychange'));
    }"""
    async with page.expect_event("requestfailed", lambda request: request.url.endswith("/console/live")):
        await page.evaluate(turn, True)
    async with page.expect_request("**/console/live"):
        await page.evaluate(turn, False)
    await expect(page.locator("#link")).to_have_text("live")


async def test_everything_but_the_live_numbers_works_without_a_script(desk: Desk, browser: Browser) -> None:
    page = await logged_in(browser, desk, scripts=False)
    await page.get_by_role("link", name="Dead letters").click()
    await page.get_by_role("checkbox").check()
    await page.get_by_role("button", name="Try the chosen ones again").click()
    await expect(page.get_by_role("status")).to_have_text("1 letter was tried again.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_axe_finds_no_serious_issue_and_nothing_sticks_out(
    desk: Desk, browser: Browser, axe: str, size: dict[str, int], scheme: str
) -> None:
    page = await opened(browser, desk.url, size, scheme)
    complaints = {"login": await flaws(page, axe)}
    await page.get_by_label("Token").fill(TOKEN)
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Log out").wait_for()
    addresses = [*PAGES, "entry/1", f"conversation?channel=support&chat={desk.user.id}&topic="]
    for address in addresses:
        await page.goto(desk.url + address)
        complaints[address] = await flaws(page, axe)
        width = await page.evaluate("document.documentElement.scrollWidth")
        assert width <= size["width"], f"{address} is {width} wide"
        name = address.partition("?")[0].replace("/", "-") or "overview"
        await shoot(page, f"{name}-{'phone' if size is PHONE else 'desk'}-{scheme}")
    assert not any(complaints.values()), complaints


async def test_no_page_asks_anybody_else_nor_breaks_its_own_policy(desk: Desk, browser: Browser) -> None:
    page = await logged_in(browser, desk)
    asked, said = list[str](), list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    for address in PAGES:
        await page.goto(desk.url + address)
    assert asked
    assert all(one.startswith(desk.url) for one in asked), asked
    assert said == []
