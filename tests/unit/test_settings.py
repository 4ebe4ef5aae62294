import errno
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from bridge.errors import ConfigurationError, NotReadable
from bridge.settings import Settings, find, is_loopback, load, origins, secrets_within
from bridge.settings.model import MediaFiles

PASSWORD = "sesame-open-4711"
TOKEN = "123456789:AAE-abcdefghijklmnopqrstuvwxyz_012"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJfaWQiOiI1In0.c2lnbmF0dXJl"
PROJECT = "5e2c35c8f0dbc10017bb3aac"
EXAMPLE = Path(__file__).parents[2] / "config" / "bridge.example.toml"

SMALLEST = {
    "BRIDGE_DESKS__MAIN__PROJECT_ID": PROJECT,
    "BRIDGE_DESKS__MAIN__USERNAME": "owner@example.org",
    "BRIDGE_DESKS__MAIN__PASSWORD": PASSWORD,
    "BRIDGE_CHANNELS__SUPPORT__TOKEN": TOKEN,
    "BRIDGE_SERVER__PUBLIC_URL": "https://bridge.example.org",
}


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.fixture(autouse=True)
def unset_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever bridge this machine may have is none of these tests'."""
    monkeypatch.setattr(sys.modules["bridge.settings.load"], "PLACES", (Path("config/bridge.toml"),))


@pytest.fixture
def nowhere(tmp_path: Path) -> Path:
    """A working directory without any configuration."""
    return tmp_path / "nowhere"


def mistakes(environ: dict[str, str], cwd: Path, path: Path | None = None) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        load(path, environ, cwd)
    told = "\n".join(caught.value.mistakes)
    for secret in (PASSWORD, TOKEN, JWT):
        assert secret not in told
    assert all("\n" not in mistake for mistake in caught.value.mistakes)
    return caught.value.mistakes


def changed(environ: dict[str, str], **changes: str | None) -> dict[str, str]:
    names = {f"BRIDGE_{name}": value for name, value in changes.items()}
    return {name: value for name, value in (environ | names).items() if value is not None}


# ---------------------------------------------------------------- what is right


def test_the_smallest_set_up_comes_from_the_environment_alone(nowhere: Path) -> None:
    settings = load(None, SMALLEST, nowhere)
    assert settings.desk_of("support") == "main"
    assert settings.channels["support"].bot_id == "123456789"
    assert settings.desks["main"].api_url == "https://api.tiledesk.com/v3"
    assert (settings.relay.lanes, settings.relay.suspect, settings.store.keep_days) == (64, "resend", 7)
    assert settings.store.path == Path("/var/lib/tiledesk-bridge/bridge.db")


def test_the_example_lacks_only_the_bot_token(nowhere: Path) -> None:
    found = mistakes({}, nowhere, EXAMPLE)
    assert [mistake.split(" ")[0] for mistake in found] == ["channels.support.token"]
    load(EXAMPLE, {"BRIDGE_CHANNELS__SUPPORT__TOKEN": TOKEN}, nowhere)


def test_every_commented_key_of_the_example_shows_its_default(nowhere: Path, tmp_path: Path) -> None:
    lines = EXAMPLE.read_text().splitlines()
    shown = [re.sub(r"^# (?=[a-z_]+ = )", "", line) for line in lines if not line.startswith("# token")]
    full = written(tmp_path / "full.toml", "\n".join(shown).replace("123456789:CHANGE-ME", TOKEN))
    plain = load(EXAMPLE, {"BRIDGE_CHANNELS__SUPPORT__TOKEN": TOKEN}, nowhere).model_dump()
    plain["channels"]["support"]["desk"] = "main"
    assert load(full, {}, nowhere).model_dump() == plain


def test_the_environment_beats_credential_files_which_beat_the_file(tmp_path: Path) -> None:
    file = written(
        tmp_path / "bridge.toml",
        f"""
        server.public_url = "https://file.example"
        server.port = 1
        [desks.main]
        project_id = "{PROJECT}"
        username = "from file"
        password = "from file"
        [channels.support]
        token = "{TOKEN}"
        """,
    )
    written(tmp_path / "credentials" / "desks.main.password", f"{PASSWORD}\n")
    written(tmp_path / "credentials" / "desks.main.username", "from credentials\n")
    environ = {
        "CREDENTIALS_DIRECTORY": str(tmp_path / "credentials"),
        "BRIDGE_DESKS__MAIN__USERNAME": "from environment",
    }
    settings = load(file, environ, tmp_path)
    desk = settings.desks["main"]
    assert (desk.username, desk.password.get_secret_value()) == ("from environment", PASSWORD)
    assert settings.server.port == 1


def test_a_file_that_is_asked_for_beats_the_variable_and_that_beats_the_usual_places(tmp_path: Path) -> None:
    for name, port in (("config/bridge.toml", 1), ("variable.toml", 2), ("option.toml", 3)):
        written(tmp_path / name, f"server.port = {port}")
    variable = SMALLEST | {"BRIDGE_CONFIG": "variable.toml"}
    assert load(None, SMALLEST, tmp_path).server.port == 1
    assert load(None, variable, tmp_path).server.port == 2
    assert load(Path("option.toml"), variable, tmp_path).server.port == 3


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///abs/bridge.db", "/abs/bridge.db"),
        ("sqlite:////abs/bridge.db", "/abs/bridge.db"),
        ("sqlite:/abs/bridge.db", "/abs/bridge.db"),
        ("sqlite:relative.db", "relative.db"),
        ("sqlite:below/relative.db", "below/relative.db"),
    ],
)
def test_the_store_is_a_file(url: str, path: str, nowhere: Path) -> None:
    assert load(None, changed(SMALLEST, STORE__URL=url), nowhere).store.path == Path(path)


def test_all_secrets_are_handed_to_the_scrubber_and_shown_nowhere_else(nowhere: Path) -> None:
    environ = changed(
        SMALLEST, DESKS__OTHER__PROJECT_ID=PROJECT, DESKS__OTHER__TOKEN=f"JWT {JWT}", CHANNELS__SUPPORT__DESK="main"
    )
    settings = load(None, environ, nowhere)
    assert {PASSWORD, TOKEN, JWT} <= set(settings.secrets())
    assert settings.desks["other"].authorization == f"JWT {JWT}"
    for shown in (repr(settings), str(settings), settings.model_dump_json()):
        assert not any(secret in shown for secret in settings.secrets())


def test_settings_that_are_made_by_hand_are_checked_as_well() -> None:
    with pytest.raises(ValidationError, match="no channel is set up") as caught:
        Settings.model_validate(
            {"server": {"public_url": "https://x.example"}, "desks": {"main": {"password": PASSWORD}}}
        )
    assert PASSWORD not in str(caught.value)


def test_settings_can_not_be_changed(nowhere: Path) -> None:
    settings = load(None, SMALLEST, nowhere)
    with pytest.raises(ValidationError):
        settings.server.port = 1


# ---------------------------------------------------------------- what is wrong


def test_all_mistakes_are_told_at_once_with_their_places(tmp_path: Path) -> None:
    file = written(
        tmp_path / "bridge.toml",
        f"""
        [server]
        public_url = "ftp://bridge.example.org"
        prot = 8080
        [store]
        url = "postgresql://bridge:{PASSWORD}@localhost/bridge"
        keep_days = 1
        [desks.main]
        project_id = "nope"
        username = "owner@example.org"
        [channels.support]
        token = "{JWT}"
        desk = "mian"
        [channels.Big]
        token = "{TOKEN}"
        """,
    )
    environ = {"BRIDGE_RELAY__ATTEMPTS": "many", "BRIDGE_RELAI__LANES": "3", "BRIDGE_DESKS__MAIN__PASSWRD": PASSWORD}
    told = "\n".join(mistakes(environ, tmp_path, file))
    expected = [
        rf"server\.public_url in {file}: must start with https://",
        rf'server\.prot in {file}: unknown key; did you mean "port"\?',
        r"store\.url in .*: PostgreSQL is not in this version",
        r"store\.keep_days in .*: should be greater than or equal to 2",
        r"desks\.main\.project_id in .*: must be the project's id of 24 hexadecimal digits",
        r"desks\.main\.password: is missing",
        r'desks\.main\.passwrd from BRIDGE_DESKS__MAIN__PASSWRD: unknown key; did you mean "password"\?',
        r"channels\.support\.token in .*: is not a bot token",
        r'channels\.support\.desk in .*: names a desk that is not set up; did you mean "main"\?',
        r"channels\.Big in .*: is not a name",
        r"relay\.attempts from BRIDGE_RELAY__ATTEMPTS: should be a valid integer",
        r'relai from BRIDGE_RELAI__LANES: unknown key; did you mean "relay"\?',
    ]
    for pattern in expected:
        assert re.search(f"^{pattern}", told, re.MULTILINE), f"{pattern}\n\n{told}"
    assert len(told.splitlines()) == len(expected)


def test_what_is_missing_says_how_to_set_it(nowhere: Path) -> None:
    found = mistakes({}, nowhere)
    assert [mistake.partition(":")[0] for mistake in found] == ["server.public_url", "desks", "channels"]
    assert "BRIDGE_SERVER__PUBLIC_URL" in found[0]


@pytest.mark.parametrize(
    ("changes", "place", "complaint"),
    [
        ({"DESKS__MAIN__TOKEN": JWT}, "desks.main", "two ways to sign in"),
        ({"DESKS__MAIN__USERNAME": None, "DESKS__MAIN__PASSWORD": None}, "desks.main", "can't sign in"),
        ({"DESKS__MAIN__USERNAME": None}, "desks.main.username", "is missing"),
        ({"CHANNELS__SUPPORT__DESK": "other"}, "channels.support.desk", "not set up"),
        ({"CHANNELS__SUPPORT__DEPARTMENT": "sales"}, "channels.support.department", "24 hexadecimal digits, or empty"),
        ({"CHANNELS__SUPPORT__INTAKE": "push"}, "channels.support.intake", "'polling' or 'webhook'"),
        ({"CHANNELS__SUPPORT__POLL_SECONDS": "51"}, "channels.support.poll_seconds", "less than or equal to 50"),
        ({"CHANNELS__B__TOKEN": TOKEN}, "channels.support.token", "also the token of channels.b"),
        ({"CHANNELS__SUPPORT__TOKEN": "123:short"}, "channels.support.token", "is not a bot token"),
        ({"CHANNELS__SUPPORT_TOKEN": TOKEN}, "channels.support_token", "two underscores"),
        ({"SERVER__PUBLIC_URL": "https://x.example/?a=1"}, "server.public_url", "remove what follows"),
        ({"SERVER__PUBLIC_URL": "https://u:pw@x.example"}, "server.public_url", "user name or password"),
        ({"SERVER__PUBLIC_URL": "https://x.example:port"}, "server.public_url", "is not a URL"),
        ({"SERVER__PUBLIC_URL": "http://x.example", "CHANNELS__SUPPORT__INTAKE": "webhook"}, "server.public_url", "be https"),
        ({"STORE__URL": "sqlite://host/bridge.db"}, "store.url", "three slashes"),
        ({"STORE__URL": "sqlite::memory:"}, "store.url", "survive a restart"),
        ({"SERVER__HOST": "a..b"}, "server.host", "no host name"),
        ({"SERVER__HOST": "x" * 64}, "server.host", "no host name"),
        ({"CONSOLE__HOST": "127.0.0.1:80"}, "console.host", "no host name"),
        ({"STORE__URL": "sqlite:///tmp/a\0b"}, "store.url", "NUL"),
        ({"MEDIA__FOLDER": "/tmp/a\0b"}, "media.folder", "NUL"),
        ({"STORE__URL": "sqlite:"}, "store.url", "must name a file"),
        ({"STORE__URL": "bridge.db"}, "store.url", "must be sqlite:///"),
        ({"LOG__LEVEL": "loud"}, "log.level", "should be"),
        ({"CONSOLE__TOKEN": "short"}, "console.token", "too short to be safe"),
        ({"SERVER": "x", "SERVER__PUBLIC_URL": None}, "server", "must be a section"),
    ],
)  # fmt: skip
def test_a_single_mistake_is_told_once(
    changes: dict[str, str | None], place: str, complaint: str, nowhere: Path
) -> None:
    found = mistakes(changed(SMALLEST, **changes), nowhere)
    assert any(one.split(":")[0].split(" ")[0] == place and complaint in one for one in found), found
    assert len(found) == len(set(found))


def test_a_channel_must_choose_among_several_desks(nowhere: Path) -> None:
    environ = changed(SMALLEST, DESKS__B__PROJECT_ID=PROJECT, DESKS__B__TOKEN=JWT)
    assert mistakes(environ, nowhere) == (
        "channels.support.desk: is missing; there are several desks, name one of b, main",
    )


@pytest.mark.parametrize("url", ["http://localhost:8080", "http://127.0.0.1", "http://[::1]:1"])
def test_a_webhook_on_this_machine_may_be_plain_http(url: str, nowhere: Path) -> None:
    assert is_loopback(url)
    load(None, changed(SMALLEST, SERVER__PUBLIC_URL=url, CHANNELS__SUPPORT__INTAKE="webhook"), nowhere)


def test_another_bot_api_server_may_call_plain_http_and_make_tokens_of_its_own(nowhere: Path) -> None:
    changes = {"API_URL": "http://10.0.0.1:8081", "INTAKE": "webhook", "TOKEN": "1:x"}
    environ = changed(
        SMALLEST,
        SERVER__PUBLIC_URL="http://bridge.lan/prefix/",
        **{f"CHANNELS__SUPPORT__{k}": v for k, v in changes.items()},
    )
    assert load(None, environ, nowhere).server.public_url == "http://bridge.lan/prefix"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [(b"a = ", "is not valid TOML"), (b'a = "\xff"', "is not UTF-8"), (None, "there is no such file")],
)
def test_a_file_that_can_not_be_read_is_the_mistake(content: bytes | None, complaint: str, tmp_path: Path) -> None:
    file = tmp_path / "bridge.toml"
    if content is not None:
        file.write_bytes(content)
    (found,) = mistakes({}, tmp_path, file)
    assert found.startswith(f"{file}: {complaint}")


def test_variables_for_tests_are_no_settings(nowhere: Path) -> None:
    load(None, SMALLEST | {"BRIDGE_PROOF": "1", "BRIDGE_TEST_SEED": "7"}, nowhere)
    (found,) = mistakes(SMALLEST | {"BRIDGE_COLOUR": "1"}, nowhere)
    assert found.startswith("colour from BRIDGE_COLOUR: unknown key")


def test_a_variable_can_not_be_a_value_and_a_section(nowhere: Path) -> None:
    found = mistakes(SMALLEST | {"BRIDGE_SERVER": "x"}, nowhere)
    assert any("server is set as one value as well" in one for one in found)


def test_credential_files_with_unknown_names_are_mistakes_unless_they_are_others(tmp_path: Path) -> None:
    directory = tmp_path / "credentials"
    environ = SMALLEST | {"CREDENTIALS_DIRECTORY": str(directory)}
    written(directory / "somebody-elses", "x")
    load(None, environ, tmp_path)
    written(directory / "desks.main.pasword", PASSWORD)
    (found,) = mistakes(environ, tmp_path)
    assert found == 'desks.main.pasword from credential file desks.main.pasword: unknown key; did you mean "password"?'
    (gone,) = mistakes(SMALLEST | {"CREDENTIALS_DIRECTORY": str(tmp_path / "gone")}, tmp_path)
    assert gone == "$CREDENTIALS_DIRECTORY: can't be read: No such file or directory"


def test_secret_files_beside_the_configuration_are_found_and_credentials_beat_them(tmp_path: Path) -> None:
    file = written(
        tmp_path / "etc" / "bridge.toml", f'desks.main.project_id = "{PROJECT}"\ndesks.main.username = "a@b"'
    )
    written(tmp_path / "etc" / "secrets" / "channels.support.token", f"{TOKEN}\n")
    written(tmp_path / "etc" / "secrets" / "desks.main.password", "from the folder\n")
    written(tmp_path / "etc" / "secrets" / ".desks.main.password.half", "not yet written")
    environ = {"BRIDGE_SERVER__PUBLIC_URL": "https://bridge.example"}
    settings = load(file, environ, tmp_path)
    assert settings.channels["support"].token.get_secret_value() == TOKEN
    assert settings.desks["main"].password.get_secret_value() == "from the folder"
    written(tmp_path / "credentials" / "secrets_desks.main.password", PASSWORD)
    handed = environ | {"CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")}
    assert load(file, handed, tmp_path).desks["main"].password.get_secret_value() == PASSWORD
    assert load(None, SMALLEST, tmp_path / "etc").desks["main"].password.get_secret_value() != "from the folder"


def test_a_mistake_in_a_secret_files_name_is_told_without_its_content(tmp_path: Path) -> None:
    file = written(tmp_path / "bridge.toml", "")
    written(tmp_path / "secrets" / "desks.main.pasword", PASSWORD)
    (found,) = mistakes(SMALLEST, tmp_path, file)
    where = tmp_path / "secrets" / "desks.main.pasword"
    assert found == f'desks.main.pasword from secret file {where}: unknown key; did you mean "password"?'


def test_a_secret_that_systemd_handed_over_is_named_by_the_file_that_an_operator_can_mend(tmp_path: Path) -> None:
    file = written(tmp_path / "etc" / "bridge.toml", "")
    written(tmp_path / "credentials" / "secrets_channels.support.token", "not a token")
    handed = {name: value for name, value in SMALLEST.items() if not name.endswith("TOKEN")}
    (found,) = mistakes(handed | {"CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")}, tmp_path, file)
    where = tmp_path / "etc" / "secrets" / "channels.support.token"
    assert found.startswith(f"channels.support.token from credential file {where}: is not a bot token")


def test_a_secret_that_is_missing_belongs_into_a_file_of_its_own_and_not_into_the_open_configuration(
    tmp_path: Path,
) -> None:
    file = written(tmp_path / "bridge.toml", "channels.support.kind = 'telegram'")
    without = {
        name: value for name, value in SMALLEST.items() if "CHANNELS" not in name and not name.endswith("PASSWORD")
    }
    told = mistakes(without, tmp_path, file)
    for key in ("channels.support.token", "desks.main.password"):
        (line,) = [one for one in told if one.startswith(f"{key}: is missing")]
        assert f"write it to {tmp_path / 'secrets' / key} (chmod 600)" in line


def test_it_is_known_where_each_secret_stands(tmp_path: Path) -> None:
    file = written(tmp_path / "bridge.toml", 'desks.main.token = "x"')
    written(tmp_path / "secrets" / "channels.support.token", TOKEN)
    found = origins(file, {"BRIDGE_CONSOLE__TOKEN": "x"}, tmp_path)
    assert found == {
        "console.token": "from BRIDGE_CONSOLE__TOKEN",
        "channels.support.token": f"from secret file {tmp_path / 'secrets' / 'channels.support.token'}",
        "desks.main.token": f"in {file}",
    }


def test_a_folder_of_secrets_that_can_not_be_read_is_a_mistake_unless_systemd_handed_them_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path / "bridge.toml", "")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "credentials").mkdir()
    lists = Path.iterdir

    def iterdir(path: Path) -> Iterator[Path]:  # root, who may run the tests, reads every folder
        if path.name == "secrets":
            raise PermissionError(errno.EACCES, "Permission denied")
        return lists(path)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    (found,) = mistakes(SMALLEST, tmp_path, file)
    assert f"LoadCredential=secrets:{tmp_path}/secrets" in found
    with pytest.raises(NotReadable) as refused:
        load(file, {}, tmp_path)
    assert refused.value.mistakes == (found,), "what can't be read is not missing"
    load(file, SMALLEST | {"CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")}, tmp_path)


def test_a_folder_that_we_may_not_enter_has_no_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def is_file(path: Path) -> bool:  # root, who may run the tests, enters every folder
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "is_file", is_file)
    assert find(None, {}, tmp_path) is None


def test_the_secrets_of_a_configuration_file_are_named_but_not_read(tmp_path: Path) -> None:
    file = written(tmp_path / "bridge.toml", f'[channels.support]\ntoken = "{TOKEN}"\n[desks.main]\nusername = "a"')
    assert secrets_within(file) == ["channels.support.token"]


@pytest.mark.parametrize(
    ("moment", "seconds"),
    [
        ("", 0.0),
        ("2026-01-31T00:00:00Z", 1769817600.0),
        ("2026-01-31T01:00:00+01:00", 1769817600.0),
        ("2026-01-31", 1769817600.0),
    ],
)
def test_links_are_revoked_up_to_a_moment_in_utc_unless_it_names_a_zone(moment: str, seconds: float) -> None:
    assert MediaFiles(revoke_before=moment).revoked_until == seconds  # type: ignore[arg-type]  # as TOML and the environment give it
