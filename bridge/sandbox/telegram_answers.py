"""What a Bot API call carries and how it is refused."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

Json = dict[str, Any]

MAX_BODY = 50 << 20  # the official server's limit for uploads
PREFIXES = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict"}


class ApiError(Exception):
    """The call is refused with an ``error_code``, a ``description`` and perhaps ``parameters``."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        prefix = PREFIXES.get(code)
        if prefix is not None and not description.startswith(prefix):
            # Telegram lowers the first letter behind the prefix, but leaves codes such as BUTTON_DATA_INVALID alone.
            spoken = not (description[1:2].isupper() or description[1:2] == "_")
            description = f"{prefix}: {description[:1].lower() if spoken else description[:1]}{description[1:]}"
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    @property
    def body(self) -> Json:
        """The answer's JSON object."""
        answer: Json = {"ok": False, "error_code": self.code, "description": self.description}
        return answer | {"parameters": self.parameters} if self.parameters else answer


def bad_request(description: str) -> ApiError:
    """Refuse with 400."""
    return ApiError(400, description)


def too_large() -> ApiError:
    """Refuse with 413, as the server in front of the API does."""
    return ApiError(413, "Request Entity Too Large")


def too_many(retry_after: int) -> ApiError:
    """Refuse with 429 for ``retry_after`` seconds."""
    return ApiError(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that somebody sent; ``size`` may claim more bytes than ``content`` has.

    A large one lies at ``path``: ``content`` is only its beginning then.
    """

    name: str
    content: bytes = field(repr=False)
    content_type: str = "application/octet-stream"
    size: int = -1
    path: Path | None = None
    digest: str = ""

    @property
    def length(self) -> int:
        """Bytes, as the network tells them."""
        return self.size if self.size >= 0 else len(self.content)

    @property
    def sha256(self) -> str:
        """The digest of all of it, in hex."""
        return self.digest or hashlib.sha256(self.content).hexdigest()

    def whole(self) -> bytes:
        """All of it."""
        return self.path.read_bytes() if self.path is not None else self.content


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters of one call: JSON values, or the strings of a form that stand for them."""

    method: str
    params: Json
    uploads: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A string parameter, "" when absent."""
        value = self.params.get(name)
        if value is None:
            return ""
        return value if isinstance(value, str) else orjson.dumps(value).decode()

    def integer(self, name: str, default: int = 0) -> int:
        """A whole number, ``default`` when absent or unreadable (as the server does)."""
        try:
            return int(self.params.get(name, default))
        except (TypeError, ValueError):
            return default

    def number(self, name: str) -> float:
        """A number, 0 when absent or unreadable."""
        try:
            return float(self.params.get(name, 0))
        except (TypeError, ValueError):
            return 0.0

    def flag(self, name: str) -> bool:
        """A truth value; forms write it as "true", "yes" or "1"."""
        return str(self.params.get(name, "")).lower() in ("true", "yes", "1")

    def structure(self, name: str) -> Any:
        """An object or array, which forms and queries carry as JSON text; None when absent or empty."""
        value = self.params.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError as error:
            raise bad_request(f"Can't parse {name} JSON object") from error

    def mapping(self, name: str) -> Json:
        """An object, empty when absent."""
        value = self.structure(name)
        if value is not None and not isinstance(value, dict):
            raise bad_request("Object expected")
        return value or {}

    def array(self, name: str) -> list[Any]:
        """An array, empty when absent."""
        value = self.structure(name)
        if value is not None and not isinstance(value, list):
            raise bad_request("Expected an Array")
        return value or []

    def logged(self) -> Json:
        """The parameters for a log: files as their names and sizes."""
        if not self.uploads:
            return self.params
        return self.params | {key: f"{file.name} ({file.length} bytes)" for key, file in self.uploads.items()}


def decoded(body: bytes) -> Json:
    """Read the object of a JSON body."""
    try:
        value = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError as error:
        raise bad_request("Can't parse request JSON object") from error
    if not isinstance(value, dict):
        raise bad_request("Expected a JSON object as the request body")
    return {name: given for name, given in value.items() if given is not None}


def strings(form: Any) -> Iterator[tuple[str, str]]:
    """Give the text fields of a form."""
    return ((name, value) for name, value in form.items() if isinstance(value, str))
