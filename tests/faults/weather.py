"""The daemon with a proxy on each of its ways: to Telegram, to Tiledesk, and from both to its doors."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.crash.nursery import Nursery
from tests.crash.stand import Stand, stand
from tests.faults.proxy import Proxy, Weather


@dataclass
class Exposed:
    """A world whose every connection passes a proxy."""

    world: Stand
    proxies: tuple[Proxy, Proxy, Proxy]

    @property
    def spoiled(self) -> int:
        return sum(proxy.spoiled for proxy in self.proxies)

    def turn(self, weather: Weather) -> None:
        for proxy in self.proxies:
            proxy.turn(weather)


@asynccontextmanager
async def exposed(nursery: Nursery, folder: Path, seed: int, **settings: str) -> AsyncIterator[Exposed]:
    """The world, with the daemon not started yet."""
    async with AsyncExitStack() as stack:
        world = await stack.enter_async_context(stand(nursery, folder, seed, **settings))
        addresses = {
            "CHANNELS__SUPPORT__API_URL": world.stage.telegram.base_url,
            "DESKS__MAIN__API_URL": world.stage.tiledesk.base_url,
            "SERVER__PUBLIC_URL": world.stage.url,
        }
        proxies = []
        for number, (name, address) in enumerate(addresses.items()):
            proxy = await stack.enter_async_context(Proxy(address, seed + number))
            world.brood.environment[f"BRIDGE_{name}"] = proxy.url
            proxies.append(proxy)
        [to_telegram, to_desk, to_us] = proxies
        yield Exposed(world, (to_telegram, to_desk, to_us))
