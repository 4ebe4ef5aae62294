"""What `init` shows: headings, findings, what is waited for. Calm: one colour, no boxes."""

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any

from rich.console import Console
from rich.status import Status
from rich.text import Text

from bridge.cli.findings import MARKS, WIDEST, print_one
from bridge.cli.show import width
from bridge.observe import Finding, Scrubber


class Show:
    """One run's output; every line passes the `scrubber`."""

    def __init__(self, scrubber: Scrubber, *, asks: bool = True) -> None:
        self.scrubber = scrubber
        self.asks = asks
        """whether questions stand under the headings; one that has nothing under it is left out otherwise"""
        self.pending = ""
        self.bot = ""
        """@username of the bot"""
        self.linked = False
        """whether it is at Telegram itself, where a link can lead to it"""
        tty = sys.stdout.isatty()
        self.console = Console(width=width(), highlight=False)
        if tty:
            self.console.width = min(self.console.width, WIDEST)
        self.status: Status | None = None

    def line(self, words: str, style: str = "") -> None:
        """A line."""
        self.quiet()
        self.console.print(Text(self.scrubber.scrub(words), style=style), soft_wrap=not self.console.is_terminal)

    def heading(self, words: str) -> None:
        """The next part begins."""
        self.pending = words
        if self.asks:
            self.quiet()

    def good(self, words: str) -> None:
        """Something is as it should be."""
        self.marked("ok", words)

    def bad(self, words: str) -> None:
        """Something is not."""
        self.marked("error", words)

    def warn(self, words: str) -> None:
        """Something may not be."""
        self.marked("warning", words)

    def marked(self, level: str, words: str) -> None:
        """A line with its mark."""
        self.quiet()
        mark, colour = MARKS[level]
        self.console.print(
            Text.assemble((f"  {mark} ", f"bold {colour}"), self.scrubber.scrub(words)),
            soft_wrap=not self.console.is_terminal,
        )

    def pair(self, name: str, value: str) -> None:
        """A name with its value."""
        self.quiet()
        self.console.print(Text.assemble((f"  {name:<15}", "dim"), self.scrubber.scrub(value)))

    def command(self, command: str, about: str) -> None:
        """Something to type."""
        self.quiet()
        self.console.print(Text.assemble("  ", (self.scrubber.scrub(command), "bold cyan")), soft_wrap=True)
        self.console.print(Text(f"    {self.scrubber.scrub(about)}", style="dim"), soft_wrap=True)

    def wait(self, words: str, work: Coroutine[Any, Any, Any]) -> Any:
        """The result of some work, while it is told what is waited for."""
        self.waiting(words)
        try:
            return asyncio.run(work)
        finally:
            self.quiet()

    # ------------------------------------------------------------ the audience of a trial

    def found(self, finding: Finding) -> None:
        """A step came to its end."""
        self.quiet()
        if self.console.is_terminal:
            print_one(self.console, finding, self.scrubber.scrub)
            return
        advice = f" → {finding.advice}" if finding.advice else ""
        self.marked(finding.level, f"{finding.subject}: {finding.detail}{advice}")

    def waiting(self, words: str) -> None:
        """What is waited for."""
        if self.console.is_terminal:
            self.quiet()
            self.status = self.console.status(
                Text(f"{self.scrubber.scrub(words)} …", style="dim"), spinner_style="cyan"
            )
            self.status.start()

    def invite(self, code: str, seconds: float) -> None:
        """Ask for a message, with a link that writes it where there can be one."""
        self.quiet()
        words = (f"/start {code}", "bold cyan")
        told = Text.assemble("\n  Now write ", words, " to ", (self.bot or "your bot", "bold"), " in Telegram")
        if self.bot and self.linked:
            told.append(f", or open https://t.me/{self.bot.removeprefix('@')}?start={code}")
        self.console.print(told.append(".\n"), soft_wrap=True)
        self.waiting(f"Waiting for it, up to {seconds:g} seconds; Ctrl-C leaves it out")

    def quiet(self) -> None:
        """Nothing turns any more, and a heading that waits is shown."""
        if self.status is not None:
            self.status.stop()
            self.status = None
        if self.pending:
            self.console.print(Text(f"\n{self.pending}", style="bold"))
            self.pending = ""
