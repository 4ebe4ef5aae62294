"""The questions whose answers are tried at once: the bot, and the account of Tiledesk with its projects and departments."""

from dataclasses import dataclass
from functools import partial

from bridge.cli.asking import Asking, GivenUp
from bridge.cli.flags import Flags
from bridge.cli.prompts import Choice
from bridge.setup import answers as rules
from bridge.setup.answers import CLOUD
from bridge.telegram.probe import BotUnknown, whoami
from bridge.tiledesk import account as desk
from bridge.tiledesk.account import Account, AccountError, Department, Project

CLOUD_TITLE, OWN_TITLE = "Tiledesk's cloud", "a server of our own"

NONE = "-"
"""the choice that is no department"""


@dataclass(frozen=True, slots=True)
class FarSides:
    """Asks about Telegram and Tiledesk. Raises `Unanswered` and `GivenUp`."""

    flags: Flags
    asking: Asking

    # ------------------------------------------------------------ Telegram

    def bot(self, telegram_url: str) -> tuple[str, str]:
        """The token and whose it is."""
        check = rules.wrong_token(telegram_url)
        given = self.flags.bot_token
        while True:
            token = self.asking.hidden("Bot token, from @BotFather?", given, check, "--bot-token-file")
            if self.flags.offline:
                return token, ""
            try:
                name = self.asking.looked_up("Asking Telegram", partial(whoami, api_url=telegram_url, token=token))
            except BotUnknown as error:
                self.asking.again(str(error), "--bot-token-file")
                given = None
            else:
                self.asking.good(f"This is {name}")
                return token, name

    # ------------------------------------------------------------ Tiledesk

    def tiledesk_url(self) -> str:
        """The API's address."""
        given = self.flags.tiledesk_url
        if given is None and self.asking.asker.alive:
            choices = [Choice(CLOUD, CLOUD_TITLE), Choice("", OWN_TITLE)]
            given = self.asking.asker.choice("Which Tiledesk?", choices, CLOUD, "--tiledesk-url") or None
            if given is None:
                question = "Address of its API? It often ends with /api or /v3"
                given = self.asking.asker.text(question, "https://", rules.wrong_url, "--tiledesk-url")
        return self.asking.line("", given or CLOUD, "", rules.wrong_url, "--tiledesk-url").rstrip("/")

    def desk(self, tiledesk_url: str) -> tuple[str, str, Project, Department]:
        """Account, project and department; another account is asked for if this one may not manage the project."""
        username, password = self.flags.username, self.flags.password
        while True:
            username, password, account = self.account(tiledesk_url, username, password)
            if account is None:
                return username, password, *self.named_blindly()
            try:
                project = self.project(account)
                return username, password, project, self.department(account, project.id)
            except GivenUp as error:
                self.asking.again(str(error), "--username, --project")
                username = password = None

    def account(self, tiledesk_url: str, username: str | None, password: str | None) -> tuple[str, str, Account | None]:
        """Who we are there; asked again until Tiledesk agrees.

        Then the password comes first: who types it once more by habit must not see it on the screen.
        """
        before = ""
        while True:
            if before and password is None:
                password = self.asking.hidden("The password, again?", None, rules.wrong_secret, "--password-file")
            question = "E-mail of an account that is administrator of the project?"
            username = self.asking.line(question, username, before, rules.wrong_email, "--username")
            password = self.asking.hidden("Its password?", password, rules.wrong_secret, "--password-file")
            if self.flags.offline:
                return username, password, None
            signing = partial(desk.sign_in, api_url=tiledesk_url, username=username, password=password)
            try:
                account: Account = self.asking.looked_up("Signing in to Tiledesk", signing)
            except AccountError as error:
                self.asking.again(str(error), "--username and --password-file" if error.refused else "--tiledesk-url")
                before, username, password = username, None, None
            else:
                self.asking.good(f"Signed in as {account.name}")
                return username, password, account

    def named_blindly(self) -> tuple[Project, Department]:
        """Ids from flags, which nobody can be asked about."""
        project = self.asking.line("", self.flags.project, "", wrong_id, "--project")
        department = self.flags.department or ""
        if department:
            self.asking.line("", department, "", wrong_id, "--department")
        return Project(project, "", ""), Department(department, "", default=not department)

    def project(self, account: Account) -> Project:
        """The project, by its id or name; those that the account may not manage are shown, and can't be taken."""
        given = self.flags.project
        try:
            there: list[Project] = self.asking.looked_up(
                "Looking for projects", partial(desk.projects, account=account)
            )
        except AccountError as error:
            raise GivenUp(f"the account's projects can't be listed: {error}") from None
        found = {one.id: one for one in there}
        wanted = next((one.id for one in there if given in {one.id, one.name}), "")
        if given and not wanted:
            raise GivenUp(f"the account does not belong to a project {given!r}; {named(there)}")
        if wanted and not found[wanted].manageable:
            raise GivenUp(f"this account is {found[wanted].role} of {found[wanted].name!r}, and must be administrator")
        if not any(one.manageable for one in there):
            raise GivenUp(f"this account is administrator of no project ({named(there)}): let an owner make it one")
        choices = [
            Choice(one.id, f"{one.name}  ({one.role})", "" if one.manageable else "an administrator is needed")
            for one in there
        ]
        picked = wanted or self.asking.asker.choice("Which project?", choices, "", "--project")
        project = found[picked]
        self.asking.good(f"Project {project.name!r}, as {project.role}")
        return project

    def department(self, account: Account, project: str) -> Department:
        """Where new requests go; the default is whatever the project says at the time."""
        given, usual = self.flags.department, Department("", "", default=True)
        looking = partial(desk.departments, account=account, project=project)
        try:
            there: list[Department] = self.asking.looked_up("Looking for departments", looking)
        except AccountError as error:
            raise GivenUp(f"the project's departments can't be listed: {error}") from None
        found = {one.id: one for one in there}
        wanted = next((one.id for one in there if given in {one.id, one.name}), "")
        if given and not wanted:
            raise GivenUp(
                f"the project has no department {given!r}; it has {', '.join(repr(one.name) for one in there)}"
            )
        if not wanted and (given is not None or len(there) < 2):
            return usual
        choices = [Choice(NONE, "the project's default"), *(Choice(one.id, one.name) for one in there)]
        picked = wanted or self.asking.asker.choice("Department for new requests?", choices, NONE, "--department")
        return found.get(picked, usual)


def wrong_id(value: str) -> str:
    """Whether it is an id of Tiledesk's, which must be given where nobody can be asked for names."""
    good = len(value) == 24 and all(letter in "0123456789abcdef" for letter in value)
    return "" if good else "this is not an id of 24 hexadecimal digits, and without a network names mean nothing"


def named(projects: list[Project]) -> str:
    """The projects, for people."""
    return "it has " + ", ".join(f"{one.name!r} ({one.role})" for one in projects) if projects else "it has none"
