"""What can be set, section by section, with every default."""

import base64
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    SecretStr,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bridge.settings.addresses import base_url, base_url_or_none, network, own_host, plain_path, sqlite_path
from bridge.settings.contradictions import contradictions

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
HexId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{24}$")]
BaseUrl = Annotated[str, AfterValidator(base_url)]


def known_store(url: str) -> str:
    """Refuse what `sqlite_path` can't read."""
    sqlite_path(url)
    return url


class Section(BaseModel):
    """A table of the configuration."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Server(Section):
    """`[server]`: where we listen, and where the world finds us."""

    public_url: BaseUrl
    host: Annotated[str, AfterValidator(own_host)] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080


class Store(Section):
    """`[store]`: where the journal is kept; settled entries are forgotten after `keep_days`."""

    url: Annotated[str, AfterValidator(known_store)] = "sqlite:///var/lib/tiledesk-bridge/bridge.db"
    # Telegram repeats an update for up to 24 hours; a repeat is only recognised while its entry is still here.
    keep_days: Annotated[int, Field(ge=2)] = 7

    @property
    def path(self) -> Path:
        """The file of the journal."""
        return Path(sqlite_path(self.url))


class Desk(Section):
    """`[desks.NAME]`: a Tiledesk project, and how we sign in there."""

    project_id: HexId
    api_url: BaseUrl = "https://api.tiledesk.com/v3"
    username: str = ""
    password: SecretStr = SecretStr("")
    token: SecretStr = SecretStr("")
    identity: Literal["anonymous", "signed"] = "anonymous"
    event: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.*-]+$")] = "message.create.request.channel.telegram"
    media: Literal["link", "upload"] = "link"
    # Less than the days that the journal remembers keys for (store.keep_days), or old messages would come again.
    catch_up_hours: Annotated[float, Field(ge=0, le=24)] = 24.0
    grace_seconds: Annotated[float, Field(ge=0, le=5)] = 0.15
    timeout_seconds: Annotated[float, Field(gt=0)] = 30.0

    @property
    def authorization(self) -> str:
        """The Authorization header made of `token`; empty if we sign in with username and password."""
        token = self.token.get_secret_value()
        return f"JWT {token.removeprefix('JWT ')}" if token else ""

    def secrets(self) -> list[str]:
        """Every secret value, also the way HTTP Basic writes it."""
        password, token = self.password.get_secret_value(), self.token.get_secret_value().removeprefix("JWT ")
        basic = base64.b64encode(f"{self.username}:{password}".encode()).decode() if password else ""
        return [secret for secret in (password, basic, token) if secret]


class Texts(Section):
    """`[channels.NAME.texts]`: the few words that we say to end users ourselves."""

    open: Annotated[str, StringConstraints(min_length=1, max_length=64)] = "Open"
    choose: Annotated[str, StringConstraints(min_length=1, max_length=200)] = "Please choose:"
    more: Annotated[str, StringConstraints(min_length=1, max_length=200)] = "More choices:"
    stale: Annotated[str, StringConstraints(min_length=1, max_length=200)] = "This button is no longer active."
    sources: Annotated[str, StringConstraints(min_length=1, max_length=200)] = "Sources:"


class Channel(Section):
    """`[channels.NAME]`: a bot on a messaging network."""

    token: SecretStr
    kind: Literal["telegram"] = "telegram"
    desk: str = ""
    intake: Literal["polling", "webhook"] = "polling"
    falls_back: bool = True
    # Telegram's server cuts a longer poll to 50 seconds.
    poll_seconds: Annotated[int, Field(ge=1, le=50)] = 30
    api_url: BaseUrl = "https://api.telegram.org"
    department: HexId | Literal[""] = ""
    reactions: bool = False
    # What the Bot API server hands out and takes. With --local it takes 2000 MB, but hands files out as paths that we refuse.
    fetch_mb: Annotated[int, Field(ge=1, le=2000)] = 20
    send_mb: Annotated[int, Field(ge=1, le=2000)] = 50
    texts: Texts = Texts()

    @property
    def bot_id(self) -> str:
        """The bot's user id, which is the part of its token that is no secret."""
        return self.token.get_secret_value().partition(":")[0]


class Relay(Section):
    """`[relay]`: how much at once, how long and how often a message is tried."""

    lanes: Annotated[int, Field(ge=1, le=10_000)] = 64
    deadline_hours: Annotated[float, Field(gt=0)] = 24.0
    attempts: Annotated[int, Field(ge=1)] = 10
    suspect: Literal["resend", "hold"] = "resend"
    drain_seconds: Annotated[float, Field(ge=0)] = 10.0
    late_seconds: Annotated[float, Field(ge=0)] = 60.0


class MediaFiles(Section):
    """`[media]`: files on their way: how long their links last (0: for ever), how much of the disk holds them."""

    revoke_before: datetime | Literal[""] = ""
    link_days: Annotated[int, Field(ge=0)] = 0
    cache_mb: Annotated[int, Field(ge=1)] = 500
    folder: Annotated[str, AfterValidator(plain_path)] = ""
    https_only: bool = False

    @property
    def revoked_until(self) -> float:
        """The moment before which links that were made open nothing any more, in seconds since the epoch; without a zone: UTC."""
        moment = self.revoke_before
        if isinstance(moment, str):
            return 0.0
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


class Console(Section):
    """`[console]`: pages for operators at /console, off without a token; at an address of its own if `port` is set."""

    token: SecretStr = SecretStr("")
    host: Annotated[str, AfterValidator(own_host)] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 0
    proxies: tuple[Annotated[str, AfterValidator(network)], ...] = ()


class Log(Section):
    """`[log]`: how much is logged to stderr, and in which form."""

    level: Literal["debug", "info", "warning", "error", "critical"] = "info"
    format: Literal["auto", "json", "console"] = "auto"


class Traces(Section):
    """`[traces]`: where OpenTelemetry's traces go, none without an address; `share` of all messages are followed."""

    endpoint: Annotated[str, AfterValidator(base_url_or_none)] = ""
    share: Annotated[float, Field(gt=0, le=1)] = 1.0


class Settings(BaseSettings):
    """The whole configuration: sound, complete and immutable."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    server: Server
    store: Store = Store()
    desks: dict[Name, Desk] = {}
    channels: dict[Name, Channel] = {}
    relay: Relay = Relay()
    media: MediaFiles = MediaFiles()
    console: Console = Console()
    log: Log = Log()
    traces: Traces = Traces()

    @classmethod
    def settings_customise_sources(cls, *_: Any, **named: Any) -> tuple[PydanticBaseSettingsSource, ...]:
        """Nothing but what the caller hands in; `load` brings the sources of an operator."""
        return (named["init_settings"],)

    @model_validator(mode="wrap")
    @classmethod
    def hang_together(cls, values: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Report contradictions between keys together with the mistakes in single keys."""
        errors = [InitErrorDetails(type=c.error(), loc=c.where, input=None) for c in contradictions(values)]
        try:
            settings = handler(values)
        except ValidationError as error:
            for one in error.errors(include_url=False, include_input=False, include_context=False):
                kind = PydanticCustomError(one["type"], "{text}", {"text": one["msg"]})
                errors.append(InitErrorDetails(type=kind, loc=one["loc"], input=None))
        else:
            if not errors:
                return settings
        raise ValidationError.from_exception_data("Settings", errors, hide_input=True)

    @property
    def media_folder(self) -> Path:
        """Where files of the networks are kept for a while."""
        return Path(self.media.folder) if self.media.folder else self.store.path.parent / "media"

    def desk_of(self, channel: str) -> str:
        """The name of the desk that this channel talks to."""
        return self.channels[channel].desk or next(iter(self.desks))

    def departments_of(self, desk: str) -> dict[str, str]:
        """The departments that channels of this desk name, by channel."""
        return {
            name: channel.department
            for name, channel in self.channels.items()
            if channel.department and self.desk_of(name) == desk
        }

    def secrets(self) -> list[str]:
        """Every secret value there is, for the scrubber."""
        tokens = [channel.token.get_secret_value() for channel in self.channels.values()]
        console = self.console.token.get_secret_value()
        tokens += [console] if console else []
        return tokens + [secret for desk in self.desks.values() for secret in desk.secrets()]
