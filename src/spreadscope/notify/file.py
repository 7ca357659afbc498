"""The reader of ``alerts.toml`` (channels and rules): any bytes give a file or one ``ConfigError``."""

from __future__ import annotations

import hashlib
import os
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from spreadscope.alerts.defaults import with_defaults
from spreadscope.model.alerting import Severity
from spreadscope.model.errors import ConfigError
from spreadscope.model.events import SetRule
from spreadscope.model.states import ChannelKind
from spreadscope.model.timeframe import Timeframe
from spreadscope.notify.channel import ChannelSpec
from spreadscope.notify.quoting import looks_secret, mask_quotes, quoted_name, quoted_variable, quoted_with_hint
from spreadscope.notify.secret import Secret
from spreadscope.notify.template import (
    DEFAULT_BODY,
    DEFAULT_TITLE,
    LONGEST_BODY,
    LONGEST_TITLE,
    one_line,
    parse_template,
)

LONGEST_FILE = 512 * 1024
_LONGEST_SECRET = 16 * 1024
_MAX_TABLES = {"channel": 100, "rule": 1_000}
_PLAIN_SECRETS = frozenset({"url", "secret", "token", "password"})

_Number = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]
_SeverityName = Annotated[Severity, Field(strict=False)]  # a file has texts


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _ChannelTable(_Table):
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")]
    kind: Annotated[ChannelKind, Field(strict=False)] = ChannelKind.SERVICE

    @field_validator("name")
    @classmethod
    def _is_no_secret(cls, name: str) -> str:
        """Returns the name. Refuses one that looks like a secret, because names are shown on every page."""
        if looks_secret(name):
            raise ValueError
        return name

    url_env: str | None = None
    url_file: str | None = None
    secret_env: str | None = None
    secret_file: str | None = None
    lan: list[Annotated[str, Field(min_length=1, max_length=253)]] = Field(default_factory=list, max_length=50)
    enabled: bool = True
    min_severity: _SeverityName = Severity.INFO
    per_minute: Annotated[int, Field(ge=1, le=600)] = 20
    title: str = DEFAULT_TITLE
    body: str = DEFAULT_BODY


class _RuleTable(_Table):
    name: Annotated[str, Field(min_length=1, max_length=100)]
    when: Annotated[str, Field(min_length=1, max_length=500)]
    subject: Annotated[str, Field(min_length=1, max_length=100)]
    timeframe: Annotated[Timeframe, Field(strict=False)] = Timeframe.S1
    severity: _SeverityName = Severity.WARNING
    recover: Annotated[float, Field(allow_inf_nan=False)] | Annotated[str, Field(max_length=500)] | None = None
    keep_seconds: _Number = 0.0
    cooldown_seconds: _Number = 0.0
    cap_per_hour: Annotated[int, Field(ge=1, le=3_600)] = 12
    once: bool = False
    notify_resolved: bool = True
    notify_no_data: bool = False
    channels: list[str] = Field(default_factory=list, max_length=100)
    enabled: bool = True


class AlertsFile(msgspec.Struct, frozen=True):
    """The content of an alerts file. ``secret_files`` are the files of its secrets; ``warnings`` are about them."""

    channels: tuple[ChannelSpec, ...] = ()
    rules: tuple[SetRule, ...] = ()
    secret_files: tuple[Path, ...] = ()
    warnings: tuple[str, ...] = ()


def rule_id_of(name: str) -> str:
    """Returns the id of a rule of the file. It depends on the name alone, so that other changes keep its alerts."""
    return f"file-{hashlib.sha256(name.encode()).hexdigest()[:12]}"


def parse_alerts(
    text: bytes, *, folder: Path, environment: Mapping[str, str] = os.environ, lan: Sequence[str] = ()
) -> AlertsFile:
    """Returns the content of a file. Secret files are relative to ``folder``; ``lan`` applies to every channel.

    Raises ``ConfigError`` with one sentence; none of them holds a secret.
    """
    document = _document(text)
    if unknown := sorted(document.keys() - _MAX_TABLES.keys()):
        quoted, hint = quoted_with_hint(unknown[0], _MAX_TABLES)
        raise ConfigError(f"unknown table {quoted}{hint}")
    channels = _tables(document, "channel", _ChannelTable)
    rules = _tables(document, "rule", _RuleTable)
    _unique("channel", [table.name for table in channels])
    _unique("rule", [table.name for table in rules])
    names = [table.name for table in channels]
    for rule in rules:
        for name in rule.channels:
            if name not in names:
                quoted, hint = quoted_with_hint(name, names)
                raise ConfigError(f"rule {quoted_name(rule.name)}: there is no channel {quoted}{hint}")
    secrets = _Secrets(folder, environment)
    return AlertsFile(
        tuple(_channel(table, secrets, lan) for table in channels),
        tuple(_rule(table) for table in rules),
        tuple(secrets.files),
        tuple(secrets.warnings),
    )


class _Secrets:
    """A reader of secrets that records the files they came from."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = environment
        self.files: list[Path] = []
        self.warnings: list[str] = []

    def get(self, where: str, key: str, variable: str | None, file: str | None) -> Secret | None:
        """Returns the secret named by ``<key>_env`` or ``<key>_file``; None where neither is given."""
        if variable is not None and file is not None:
            raise ConfigError(f"{where}: give {key}_env or {key}_file, not both")
        if variable is not None:
            text = self._environment.get(variable, "").strip()
            if not text:
                raise ConfigError(
                    f"{where}: the environment variable {quoted_variable(variable)} of {key}_env is not set"
                )
        elif file is not None:
            text = self._read(where, key, file)
        else:
            return None
        if not text.isprintable():
            raise ConfigError(f"{where}: what {key}_{'env' if variable else 'file'} names must be one line of text")
        return Secret(text)

    def _read(self, where: str, key: str, file: str) -> str:
        try:
            path = self._folder / Path(file).expanduser()
            self.files.append(path)
            with path.open("rb") as opened:
                mode = os.fstat(opened.fileno()).st_mode
                text = opened.read(_LONGEST_SECRET + 1).decode().strip()
        except OSError as error:
            raise ConfigError(f"{where}: cannot read the {key}_file {quoted_name(file)}: {error.strerror}") from None
        except (ValueError, RuntimeError):  # no UTF-8, a NUL in the path, no home directory
            raise ConfigError(f"{where}: the {key}_file {quoted_name(file)} cannot be read as text") from None
        if not text or len(text) > _LONGEST_SECRET:
            raise ConfigError(f"{where}: the {key}_file {quoted_name(file)} is {'too long' if text else 'empty'}")
        if mode & 0o044:
            self.warnings.append(f"{where}: others can read the {key}_file {quoted_name(file)}: chmod 600 it")
        return text


def _document(text: bytes) -> dict[str, Any]:
    if len(text) > LONGEST_FILE:
        raise ConfigError(f"the file is larger than {LONGEST_FILE // 1024} KB")
    try:
        return tomllib.loads(text.decode())
    except UnicodeDecodeError:
        raise ConfigError("the file is not valid TOML: it is no UTF-8 text") from None
    except ValueError as error:  # TOMLDecodeError, and numbers and dates that Python refuses
        raise ConfigError(f"the file is not valid TOML: {mask_quotes(one_line(str(error)))[:200]}") from None
    except RecursionError:
        raise ConfigError("the file is not valid TOML: it is nested too deeply") from None


T = TypeVar("T", _ChannelTable, _RuleTable)


def _tables(document: dict[str, Any], kind: str, model: type[T]) -> list[T]:
    entries = document.get(kind, [])
    if not isinstance(entries, list):
        raise ConfigError(f"{kind} must be written [[{kind}]], once for each")
    if len(entries) > _MAX_TABLES[kind]:
        raise ConfigError(f"there are {len(entries)} tables [[{kind}]]: at most {_MAX_TABLES[kind]} are possible")
    tables: list[T] = []
    for number, values in enumerate(entries, start=1):
        if not isinstance(values, dict):
            raise ConfigError(f"{kind} must be written [[{kind}]], once for each")
        name = values.get("name")
        has_name = isinstance(name, str) and bool(name) and not looks_secret(name)
        where = f"{kind} {quoted_name(str(name))}" if has_name else f"[[{kind}]] number {number}"
        try:
            tables.append(model(**values))
        except (ValidationError, RecursionError) as error:
            raise ConfigError(f"{where}: {_explain(error, model)}") from None
    return tables


def _explain(error: ValidationError | RecursionError, model: type[_Table]) -> str:
    """Returns a sentence about the first error. It never quotes a value, because that may be a secret."""
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    errors = error.errors(include_url=False, include_context=False, include_input=False)
    # A key that is missing is often one that is misspelt: the unknown one says more.
    first = next((entry for entry in errors if entry["type"] == "extra_forbidden"), errors[0])
    key = str(first["loc"][0]) if first["loc"] else ""
    if first["type"] == "extra_forbidden":
        if key in _PLAIN_SECRETS:
            base = "secret" if key == "secret" else "url"
            return f"a secret does not belong in the file: name it with {base}_env or {base}_file in place of {key}"
        quoted, hint = quoted_with_hint(key, model.model_fields)
        return f"unknown key {quoted}{hint}"
    if first["type"] == "missing":
        return f"the key {key!r} is missing"
    messages = {
        "string_pattern_mismatch": "use at most 40 letters, digits, - and _",
        "value_error": "it looks like a secret: name the channel in words",
    }
    return f"{key}: {messages.get(first['type']) or first['msg'][:1].lower() + first['msg'][1:]}"


def _channel(table: _ChannelTable, secrets: _Secrets, lan: Sequence[str]) -> ChannelSpec:
    where = f"channel {table.name!r}"
    url = secrets.get(where, "url", table.url_env, table.url_file) if table.enabled else Secret("")
    if url is None:
        raise ConfigError(f"{where}: name its address with url_env or url_file")
    if (table.secret_env or table.secret_file) and table.kind != "webhook":
        raise ConfigError(f'{where}: only a channel of kind = "webhook" is signed with a secret')
    if table.lan and table.kind == "service":
        raise ConfigError(f'{where}: lan is for the kinds "webhook" and "email"')
    return ChannelSpec(
        name=table.name,
        kind=table.kind,
        url=url,
        signing=secrets.get(where, "secret", table.secret_env, table.secret_file) if table.enabled else None,
        lan=frozenset(host.lower() for host in (*table.lan, *lan)),
        enabled=table.enabled,
        min_severity=table.min_severity,
        per_minute=table.per_minute,
        title=parse_template(table.title, f"{where}, title", LONGEST_TITLE),
        body=parse_template(table.body, f"{where}, body", LONGEST_BODY),
    )


def _rule(table: _RuleTable) -> SetRule:
    values = table.model_dump(exclude={"when", "timeframe", "channels", "severity"})
    rule = SetRule(
        rule_id=rule_id_of(table.name),
        text=table.when.strip(),
        timeframe=table.timeframe,
        channels=tuple(table.channels),
        severity=table.severity,
        origin="file",
        **values,
    )
    return with_defaults(rule, table.model_fields_set)


def _unique(kind: str, names: list[str]) -> None:
    for index, name in enumerate(names):
        if name in names[:index]:
            raise ConfigError(f"the {kind} {quoted_name(name)} is there twice: names must differ")
