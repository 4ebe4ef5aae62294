"""An operator sets a bridge up: with flags alone, and at a terminal; against the simulated and the real Tiledesk."""

import asyncio
import re
import stat
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from bridge.sandbox.daemon import Daemon, base_environment
from bridge.sandbox.stage import TOKEN, Stage, free_port
from bridge.sandbox.telegram_people import User
from tests.acceptance.world import World
from tests.contract.tiledesk.desk import Desk
from tests.patience import PATIENCE
from tests.terminal import CTRL_C, DOWN, ENTER, Terminal
from tests.tiledesk_server import RealTiledesk

REAL = pytest.param("real", marks=[pytest.mark.real, pytest.mark.timeout(120)])

CODE = re.compile(r"/start ([0-9a-f]{6})")


@dataclass
class Setting:
    """A machine on which nothing is set up yet, and the world around it."""

    world: World
    folder: Path

    @property
    def stage(self) -> Stage:
        return self.world.stage

    @property
    def config(self) -> Path:
        return self.folder / "etc" / "bridge.toml"

    @property
    def secrets(self) -> tuple[str, ...]:
        return TOKEN, self.world.desk.project.owner.password

    def environment(self, **more: str) -> dict[str, str]:
        return base_environment() | {"HOME": str(self.folder), **more}

    def flags(self, **changes: str) -> list[str]:
        """Flags for everything that has no default here; '' leaves one out."""
        token, password = self.folder / "token", self.folder / "password"
        token.write_text(f"{TOKEN}\n")
        password.write_text(f"{self.world.desk.project.owner.password}\n")
        whole = {
            "config": str(self.config),
            "run": "hand",
            "data": str(self.folder / "data"),
            "port": str(self.stage.port),
            "telegram-url": self.stage.telegram.base_url,
            "tiledesk-url": self.world.desk.base_url,
            "bot-token-file": str(token),
            "username": self.world.desk.project.owner.email,
            "password-file": str(password),
        } | {name.replace("_", "-"): value for name, value in changes.items()}
        return [word for name, value in whole.items() if value for word in (f"--{name}", value)]

    async def init(self, *arguments: str, writes: bool = False, stdin: str = "", **environ: str) -> tuple[int, str]:
        """Run it without a terminal; `writes` has a person write what it asks for. Its code and all it wrote."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bridge", "init", *arguments, cwd=self.folder, env=self.environment(**environ),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(stdin.encode())
        process.stdin.close()
        written = ""
        async for line in process.stdout:
            written += line.decode()
            if writes and "Now write" in line.decode() and (code := CODE.search(line.decode())):
                self.says(f"/start {code[1]}")
        code_of_exit = await process.wait()
        assert not any(secret in written for secret in self.secrets), written
        return code_of_exit, written

    def says(self, text: str) -> None:
        self.stage.telegram.user_says(self.stage.bot, self.person, text)

    @property
    def person(self) -> User:
        users = self.stage.telegram.world.users
        number = 20_000_000 + self.stage.port
        return users.setdefault(number, User(number, f"Ana{number}", "Lopez", "ana", "es"))

    async def relays(self) -> None:
        """A daemon with the written configuration carries a message each way."""
        before = len(self.world.received(self.person))
        environ = {"BRIDGE_CONFIG": str(self.config), "BRIDGE_SERVER__PORT": str(self.stage.port)}
        async with Daemon(environ, self.folder) as daemon:
            self.world.daemon = daemon
            self.says("is anybody there?")
            name = f"{self.person.first_name} Lopez"
            async with asyncio.timeout(PATIENCE):
                while "is anybody there?" not in [  # noqa: ASYNC110 - only HTTP can tell
                    text
                    for one in await self.world.requests_of(name)
                    for text in await self.world.texts(one["request_id"])
                ]:
                    await asyncio.sleep(0.1)
            await self.world.agent(await self.world.request_of(self.person), "yes, I am")
            received = await self.world.gets(self.person, before + 1)
            await self.signs_in(daemon.url)
        assert received[-1]["text"] == "yes, I am"

    async def signs_in(self, url: str) -> None:
        """The token that was made opens the console."""
        token = (self.config.parent / "secrets" / "console.token").read_text().strip()
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as operator,
            operator.post(f"{url}/console/login", data={"token": token}) as answer,
        ):
            assert (answer.status, answer.url.path) == (200, "/console/"), await answer.text()


@pytest.fixture(params=["simulated", REAL])
async def setting(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Setting]:
    real: RealTiledesk | None = request.getfixturevalue("real_server") if request.param == "real" else None
    async with await Stage.open(tmp_path) as stage, aiohttp.ClientSession() as session:
        stage.tiledesk.weather.time_scale = 0.1
        address, project = (real.base_url, real.project) if real else (stage.tiledesk.base_url, stage.project)
        desk = Desk(address, project, session, is_real=real is not None)
        yield Setting(World(stage, desk, Daemon({}, tmp_path)), tmp_path)


async def test_flags_alone_end_with_a_working_daemon(setting: Setting) -> None:
    code, written = await setting.init(*setting.flags(wait="20"), writes=True)
    assert code == 0, written
    for words in (
        "This is @sandbox_bot (Sandbox)",
        "as owner",
        "desks.main: subscriptions: made",
        "came back to us after",
        "it is in Tiledesk, request support-group-",
        "it is on Telegram; the request was closed again",
        f"tiledesk-bridge run --config {setting.config}",
    ):
        assert words in written, written
    assert "\x1b" not in written
    folder = setting.config.parent / "secrets"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert not any(secret in setting.config.read_text() for secret in setting.secrets)
    await setting.relays()


async def test_a_conversation_at_a_terminal_ends_with_a_working_daemon(setting: Setting) -> None:
    owner = setting.world.desk.project.owner
    arguments = ["init", "--port", str(setting.stage.port), "--telegram-url", setting.stage.telegram.base_url]
    async with Terminal(arguments, setting.environment(), setting.folder) as terminal:
        await terminal.answers("How shall the daemon run?")
        await terminal.answers("Where to write the configuration?", f"\x15{setting.config}")
        await terminal.answers("Where to keep the data?", f"\x15{setting.folder}/data")
        await terminal.answers("Bot token", "12345")
        await terminal.sees("This is not a bot token")
        terminal.types(f"\x15{TOKEN}{ENTER}")
        await terminal.sees("This is @sandbox_bot (Sandbox)")
        await terminal.sees("Which Tiledesk?")
        terminal.types(DOWN + ENTER)
        await terminal.answers("Address of its API?", f"\x15{setting.world.desk.base_url}")
        await terminal.answers("E-mail", owner.email)
        await terminal.answers("Its password?", "not-the-password")
        await terminal.sees("Wrong password")
        await terminal.answers("The password, again?", owner.password)
        await terminal.answers("E-mail")  # the one of before stands there
        await terminal.sees("Signed in as")
        await terminal.answers("Which project?")
        await terminal.answers("Public address")
        await terminal.answers("How shall Telegram's messages come?")
        await terminal.answers("Switch the web console on?")
        await terminal.sees("Ready to write")
        assert not setting.config.exists(), "nothing is written before it was agreed to"
        await terminal.sees("Write this?")
        terminal.types(f"y{ENTER}")
        await terminal.sees("Now write ")
        await terminal.sees("to @sandbox_bot in Telegram")
        code = CODE.findall(terminal.text)[-1]
        setting.says(f"/start {code}")
        await terminal.sees("it is on Telegram", 30)
        assert await terminal.ends() == 0
        for secret in (*setting.secrets, "not-the-password"):
            assert secret not in terminal.text
    await setting.relays()


# ---------------------------------------------------------------- what goes wrong (the simulated Tiledesk is enough)

SIMULATED = pytest.mark.parametrize("setting", ["simulated"], indirect=True)


@SIMULATED
async def test_what_is_missing_is_told_at_once_where_nobody_can_be_asked(setting: Setting) -> None:
    code, written = await setting.init()
    assert code == 2
    assert "--bot-token-file, --username, --password-file" in written
    assert "Nothing was written" in written


@SIMULATED
@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"password_file": "wrong"}, 1, "Wrong password"),
        ({"bot_token_file": "missing"}, 2, "No such file or directory"),
        ({"config": "/proc/nowhere/bridge.toml"}, 1, "can't be written"),
    ],
)
async def test_an_answer_that_does_not_work_writes_nothing(
    changes: dict[str, str], code: int, words: str, setting: Setting
) -> None:
    (setting.folder / "wrong").write_text("not-the-password")
    named = {name: str(setting.folder / value) if name.endswith("file") else value for name, value in changes.items()}
    ended, written = await setting.init(*setting.flags(**named))
    assert ended == code, written
    assert words in " ".join(written.split())
    assert "not-the-password" not in written
    assert not setting.config.parent.exists()


@SIMULATED
async def test_a_step_that_fails_says_what_to_do_and_keeps_the_configuration(setting: Setting) -> None:
    (setting.folder / "file").write_text("")
    code, written = await setting.init(*setting.flags(), BRIDGE_MEDIA__FOLDER=str(setting.folder / "file"))
    assert code == 1
    assert f"media.folder: {setting.folder}/file can't be used" in written
    assert "The configuration stands, but not everything works yet" in written
    assert setting.config.exists()


@SIMULATED
async def test_an_existing_configuration_is_replaced_by_force_alone_and_kept(setting: Setting) -> None:
    code, _ = await setting.init(*setting.flags(), "--no-test")
    assert code == 0
    first = setting.config.read_text()
    setting.config.write_text(f"{first}# mine\n")
    code, written = await setting.init(*setting.flags(), "--no-test")
    assert (code, "--force" in written) == (1, True)
    assert setting.config.read_text().endswith("# mine\n")
    code, written = await setting.init(*setting.flags(), "--no-test", "--force")
    assert code == 0
    assert setting.config.read_text() == first
    [backup] = setting.config.parent.glob("backup-*")
    assert (backup / "bridge.toml").read_text() == f"{first}# mine\n"
    assert str(backup) in written


@SIMULATED
async def test_secrets_come_from_the_environment_from_stdin_or_with_a_warning(setting: Setting) -> None:
    token, password = setting.secrets
    bare = setting.flags(bot_token_file="", password_file="")
    code, _ = await setting.init(
        *bare, "--no-test", BRIDGE_CHANNELS__SUPPORT__TOKEN=token, BRIDGE_DESKS__MAIN__PASSWORD=password
    )
    assert code == 0
    from_stdin = ("--bot-token-file", "-", "--password-file", "-", "--no-test", "--force")
    code, written = await setting.init(*bare, *from_stdin, stdin=f"{token}\n{password}\n")
    assert (code, "lists of processes" in written) == (0, False)
    code, written = await setting.init(*bare, "--bot-token", token, "--password", password, "--no-test", "--force")
    assert (code, "--bot-token stands in lists of processes" in written) == (0, True)
    assert (setting.config.parent / "secrets" / "desks.main.password").read_text() == f"{password}\n"


@SIMULATED
async def test_systemd_is_told_where_the_secrets_are(setting: Setting) -> None:
    units = setting.folder / "systemd"
    code, written = await setting.init(*setting.flags(run="systemd", unit_folder=str(units)), "--no-test")
    assert code == 0
    added = (units / "tiledesk-bridge.service.d" / "init.conf").read_text()
    assert f"LoadCredential=secrets:{setting.config.parent}/secrets" in added
    port = (units / "tiledesk-bridge.socket.d" / "init.conf").read_text()
    assert port.splitlines()[1:3] == ["[Socket]", "ListenStream="]
    assert "systemctl daemon-reload && systemctl enable --now tiledesk-bridge.socket tiledesk-bridge.service" in written
    assert "lets the daemon write in /var/lib/tiledesk-bridge alone" in written
    assert f"tiledesk-bridge check --config {setting.config}" in written
    code, written = await setting.init(
        *setting.flags(run="systemd", unit_folder=str(units), port=str(free_port())), "--no-test", "--force"
    )
    both = "tiledesk-bridge.socket tiledesk-bridge.service"
    assert f"systemctl daemon-reload && systemctl stop {both} && systemctl enable --now {both}\n" in written


@SIMULATED
async def test_a_second_bridge_gets_a_port_of_its_own_and_is_told_its_own_commands(setting: Setting) -> None:
    async with Daemon(setting.stage.environment(), setting.folder):
        code, written = await setting.init(*setting.flags(), "--no-test")
        assert (code, setting.config.exists()) == (2, False)
        assert f"--port: Another bridge listens on {setting.stage.port}; choose another port" in written
    setting.stage.tiledesk.weather.time_scale = 0.1
    config = setting.folder / "shop" / "bridge.toml"
    code, written = await setting.init(*setting.flags(config=str(config)), BRIDGE_MEDIA__FOLDER="/dev/null/nowhere")
    assert code == 1
    for words in ("check", "check --event", "run", "status"):
        assert f"tiledesk-bridge {words} --config {config}" in written
    assert "systemctl" not in written


@SIMULATED
@pytest.mark.parametrize("moment", ["How shall the daemon run?", "Bot token", "Ready to write"])
async def test_ctrl_c_leaves_nothing_half_written(moment: str, setting: Setting) -> None:
    arguments = [
        "init",
        *setting.flags(run="", bot_token_file="" if moment == "Bot token" else str(setting.folder / "token")),
    ]
    async with Terminal(arguments, setting.environment(), setting.folder) as terminal:
        await terminal.sees("How shall the daemon run?")
        if moment != "How shall the daemon run?":
            terminal.types(ENTER)
        if moment == "Ready to write":
            await terminal.answers("Which project?")
            await terminal.answers("Public address")
            await terminal.answers("How shall Telegram's messages come?")
            await terminal.answers("Switch the web console on?")
            await terminal.sees("Write this?")
        else:
            terminal.read_to = 0
            await terminal.sees(moment)
        terminal.types(CTRL_C)
        await terminal.sees("nothing was written")
        assert await terminal.ends() == 1
        assert "Traceback" not in terminal.text
    assert not setting.config.parent.exists()


@SIMULATED
async def test_ctrl_c_during_the_test_leaves_the_configuration_and_a_journal_that_works(setting: Setting) -> None:
    arguments = [
        "init",
        *setting.flags(wait="30", project=setting.world.desk.project.id, intake="polling"),
        "--public-url",
        setting.stage.url,
    ]
    async with Terminal(arguments, setting.environment(), setting.folder) as terminal:
        await terminal.answers("Switch the web console on?")
        await terminal.sees("Write this?")
        terminal.types(f"y{ENTER}")
        await terminal.sees("Waiting for it")
        terminal.types(CTRL_C)
        await terminal.sees("The test was stopped; the configuration stands")
        assert await terminal.ends() == 0
        assert "Traceback" not in terminal.text
    await setting.relays()


@SIMULATED
async def test_an_existing_configuration_is_asked_about_at_a_terminal(setting: Setting) -> None:
    setting.config.parent.mkdir()
    setting.config.write_text("# mine\n")
    async with Terminal(["init", *setting.flags()], setting.environment(), setting.folder) as terminal:
        await terminal.sees("Replace it? A copy is kept")
        terminal.types(ENTER)
        await terminal.sees("the old configuration stays as it is")
        assert await terminal.ends() == 1
    assert [path.name for path in setting.config.parent.iterdir()] == ["bridge.toml"]
