"""The interview of `init`, from the first question to the last."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from bridge.cli.asking import Asking
from bridge.cli.far_sides import FarSides
from bridge.cli.flags import Flags
from bridge.cli.prompts import Choice
from bridge.setup import answers as rules
from bridge.setup.answers import BOT_API, Answers, Running


@dataclass(frozen=True, slots=True)
class Interview:
    """Asks for what the flags don't say. Raises `Unanswered` and `GivenUp`."""

    flags: Flags
    asking: Asking
    home: Path
    cwd: Path

    # ------------------------------------------------------------ this machine

    def places(self) -> tuple[Running, Path]:
        """How the daemon runs, and where its configuration stands."""
        self.asking.heading("This machine")
        running = self.flags.running or Running(
            self.asking.asker.choice(
                "How shall the daemon run?",
                [
                    Choice(Running.SYSTEMD, "as a service of this machine, under systemd"),
                    Choice(Running.BY_HAND, "by hand, or under something else"),
                ],
                rules.usual_running(),
                "--run",
            )
        )
        given, usual = self.flags.config, str(rules.usual_config(running, self.cwd))
        question = "Where to write the configuration?"
        config = self.asking.line(question, str(given) if given else None, usual, rules.wrong_file, "--config")
        return running, self.absolute(Path(config))

    def answers(self, running: Running, config: Path) -> Answers:
        """Everything else. Raises `Unanswered` and `GivenUp`."""
        data = self.data(running, config)
        host = self.flags.host or "127.0.0.1"
        port = self.port(host, config)
        telegram_url = (self.flags.telegram_url or BOT_API).rstrip("/")
        far = FarSides(self.flags, self.asking)
        self.asking.heading("Telegram")
        token, bot = far.bot(telegram_url)
        self.asking.heading("Tiledesk")
        tiledesk_url = far.tiledesk_url()
        username, password, project, department = far.desk(tiledesk_url)
        self.asking.heading("The way in")
        public_url = self.asking.line(
            "Public address, where Tiledesk reaches this machine?",
            self.flags.public_url,
            rules.usual_public_url(tiledesk_url, port),
            rules.wrong_public_url(telegram_url, tiledesk_url, self.flags.intake or ""),
            "--public-url",
        ).rstrip("/")
        intake = self.intake(public_url, telegram_url, tiledesk_url)
        return Answers(
            bot_token=token,
            username=username,
            password=password,
            project=project.id,
            public_url=public_url,
            running=running,
            config=config,
            data=data,
            console_token=self.console(),
            telegram_url=telegram_url,
            tiledesk_url=tiledesk_url,
            department=department.id,
            intake=intake,
            host=host,
            port=port,
            bot_name=bot,
            project_name=project.name,
            department_name=department.name,
        )

    def data(self, running: Running, config: Path) -> Path:
        """Where the journal is kept; a service has one folder that systemd gives it."""
        usual = str(rules.usual_data(running, self.home, config))
        given = str(self.flags.data) if self.flags.data else usual if running is Running.SYSTEMD else None
        folder = self.asking.line("Where to keep the data?", given, usual, rules.wrong_folder, "--data")
        return self.absolute(Path(folder))

    def port(self, host: str, config: Path) -> int:
        """Where the daemon listens."""
        own = rules.port_in(config)
        given = str(self.flags.port) if self.flags.port is not None else None
        question = f"Port to listen on, at {host}?"
        usual = str(rules.usual_port(host, own))
        return int(self.asking.line(question, given, usual, rules.wrong_port(host, own), "--port"))

    def absolute(self, path: Path) -> Path:
        """A path that means the same from everywhere."""
        return (self.cwd / path.expanduser()).absolute()

    # ------------------------------------------------------------ the way in

    def intake(self, public_url: str, telegram_url: str, tiledesk_url: str) -> str:
        """How Telegram's messages come."""
        if self.flags.intake is not None:
            return self.flags.intake
        closed = rules.wrong_public_url(telegram_url, tiledesk_url, "webhook")(public_url)
        choices = [
            Choice("polling", "the daemon fetches them: works behind any firewall"),
            Choice("webhook", "Telegram calls the public address", "that must be https" if closed else ""),
        ]
        return self.asking.asker.choice("How shall Telegram's messages come?", choices, "polling", "--intake")

    def console(self) -> str:
        """A token for the console, if it is wanted."""
        if self.flags.console is False:
            return ""
        question = "Switch the web console on? Its sign-in is a token that is made now"
        wanted = self.flags.console or self.asking.asker.confirm(question, default=True)
        return secrets.token_urlsafe(32) if wanted else ""
