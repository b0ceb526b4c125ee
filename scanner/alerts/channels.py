"""Where alerts go: the `[[nightly.alert]]` tables of the configuration, and the secrets that they name but never hold.

A secret comes from an environment variable (`secret_env = "NAME"`) or a file (`secret_file = "path"`, UTF-8, one line), so that
the configuration can be shown, copied and kept under version control. The address of a robot holds its key and is a secret too.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, ValidationError, field_validator, model_validator

from scanner.alerts.model import SEVERITIES, Alert, Event, Severity
from scanner.config import Lang, existing
from scanner.errors import ConfigError

Address = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+$")]
Host = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,253}$")]
Port = Annotated[int, Field(ge=1, le=65535)]

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_NEVER_INLINE = frozenset({"secret", "password", "authorization", "token", "access_token", "key"})
_LONGEST_SECRET = 8192


class _Channel(BaseModel, ABC):
    """What all channels have.

    name          by which deliveries are remembered: keep it when the address changes; the kind, if there is one of it
    min_severity, events   which alerts it is told; no events: all
    batch         one message for a whole run, with its `top` gravest alerts in words and the number of the others
    attempts      tries of one message; timeout: seconds to wait for each answer
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    secrets: ClassVar[tuple[str, ...]] = ()
    needs_httpx: ClassVar[bool] = False
    pause: ClassVar[float] = 0.0  # seconds between messages, so that a receiver's limit is kept
    together: ClassVar[int | None] = None  # at most so many alerts in one message; None: any number

    kind: str
    name: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    min_severity: Severity = "info"
    events: tuple[Event, ...] = ()
    lang: Lang = "zh"
    batch: bool = True
    top: Annotated[int, Field(ge=1, le=50)] = 10
    attempts: Annotated[int, Field(ge=1, le=10)] = 4
    timeout: Annotated[float, Field(gt=0, le=120)] = 10.0
    ca_file: Path | None = None

    def wants(self, alert: Alert) -> bool:
        grave = SEVERITIES.index(alert.severity) >= SEVERITIES.index(self.min_severity)
        return grave and (not self.events or alert.event in self.events)

    @property
    @abstractmethod
    def address(self) -> str:
        """The host, which may be shown."""


class HttpChannel(_Channel):
    """A channel with an address."""

    secrets: ClassVar[tuple[str, ...]] = ("url", "secret")
    needs_httpx = True

    url: SecretStr
    secret: SecretStr | None = None

    @field_validator("url")
    @classmethod
    def _url(cls, url: SecretStr) -> SecretStr:
        text = url.get_secret_value()
        try:
            parts = urlsplit(text)
            known = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1)
        except ValueError:
            known = False
        if not known or any(c <= " " for c in text):
            raise ValueError("is not an address of the form https://host/…")
        if cls is not WebhookChannel and parts.scheme != "https" and parts.hostname not in _LOOPBACK:
            raise ValueError("must begin with https://, for it holds the robot's key")
        return url

    @property
    def address(self) -> str:
        return urlsplit(self.url.get_secret_value()).hostname or ""


class WebhookChannel(HttpChannel):
    """JSON to an address of one's own. `secret` signs it; `authorization` is sent as the header of that name."""

    secrets: ClassVar[tuple[str, ...]] = ("url", "secret", "authorization")
    together = 200

    kind: Literal["webhook"] = "webhook"
    authorization: SecretStr | None = None


class WecomChannel(HttpChannel):
    """A group robot of 企业微信. It knows no signature: whoever has the address can write to the group."""

    secrets: ClassVar[tuple[str, ...]] = ("url",)
    pause = 3.0  # 20 messages a minute

    kind: Literal["wecom"] = "wecom"
    secret: None = None


class DingtalkChannel(HttpChannel):
    """A group robot of 钉钉; `secret`: 加签, begins with SEC."""

    pause = 3.0  # 20 messages a minute, then none for ten

    kind: Literal["dingtalk"] = "dingtalk"


class FeishuChannel(HttpChannel):
    """A group robot of 飞书; `secret`: 签名校验."""

    pause = 0.6  # 100 messages a minute, 5 a second

    kind: Literal["feishu"] = "feishu"


class SmtpChannel(_Channel):
    """Mail. `security`: starttls (port 587), tls from the first byte (465), or none (25), then without a login."""

    secrets: ClassVar[tuple[str, ...]] = ("password",)

    kind: Literal["smtp"] = "smtp"
    host: Host
    port: Port | None = None
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None
    password: SecretStr | None = None
    sender: Address
    to: Annotated[tuple[Address, ...], Field(min_length=1, max_length=100)]

    @model_validator(mode="after")
    def _login(self) -> SmtpChannel:
        if (self.user is None) != (self.password is None):
            raise ValueError("user and the password go together")
        if self.user is not None and self.security == "none":
            raise ValueError('a password is never sent unencrypted: security must be "starttls" or "tls"')
        return self

    @property
    def address(self) -> str:
        return self.host


class SyslogChannel(_Channel):
    """A collector or SIEM. `payload`: cef or json; `facility` 16 is local0; over udp nobody learns whether it arrived.

    framing     of tcp and tls: octets (the length before each message) or newline, for receivers that know nothing else
    cert_file, key_file   what this machine shows where the receiver asks for a certificate
    """

    together = 200

    kind: Literal["syslog"] = "syslog"
    host: Host
    port: Port | None = None
    transport: Literal["udp", "tcp", "tls"] = "tcp"
    payload: Literal["cef", "json"] = "cef"
    framing: Literal["octets", "newline"] = "octets"
    facility: Annotated[int, Field(ge=0, le=23)] = 16
    cert_file: Path | None = None
    key_file: Path | None = None
    batch: Literal[True] = True  # each alert is a message of its own; one connection takes many

    @property
    def address(self) -> str:
        return self.host


Channel = WebhookChannel | WecomChannel | DingtalkChannel | FeishuChannel | SmtpChannel | SyslogChannel
_KINDS: dict[str, type[Channel]] = {
    "webhook": WebhookChannel,
    "wecom": WecomChannel,
    "dingtalk": DingtalkChannel,
    "feishu": FeishuChannel,
    "smtp": SmtpChannel,
    "syslog": SyslogChannel,
}


def load_channels(tables: Any, folder: Path, environ: Mapping[str, str] = os.environ) -> tuple[Channel, ...]:
    """The channels of these tables; paths are relative to `folder`, the configuration's.

    Raises ConfigError, one sentence that names the table and the key and never a value.
    """
    if not isinstance(tables, list) or not all(isinstance(table, Mapping) for table in tables):
        raise ConfigError("alert must be a list of tables: [[nightly.alert]]")
    channels = tuple(_channel(table, f"alert {number}", folder, environ) for number, table in enumerate(tables, 1))
    names = [channel.name for channel in channels]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"two alert channels are called {name!r}: give each a name of its own")
    return channels


def _channel(table: Mapping[str, Any], where: str, folder: Path, environ: Mapping[str, str]) -> Channel:
    kind = table.get("kind")
    if not isinstance(kind, str) or kind not in _KINDS:
        raise ConfigError(f"{where}: kind must be one of {', '.join(_KINDS)}")
    model, where = _KINDS[kind], f"{where} ({kind})"
    if model.needs_httpx and find_spec("httpx") is None:
        raise ConfigError(f"{where}: needs the optional package httpx: pip install leakgauge[alerts]")
    words = {"name": kind, **table}
    inline = sorted(_NEVER_INLINE & table.keys())
    if inline:
        raise ConfigError(f"{where}: {inline[0]} must not stand in the file; use {inline[0]}_env or {inline[0]}_file")
    if "url" in model.secrets and isinstance(table.get("url"), str) and (kind != "webhook" or _holds_secret(table["url"])):
        raise ConfigError(f"{where}: url holds a secret and must not stand in the file; use url_env or url_file")
    for name in model.secrets:
        found = _secret(words, name, where, folder, environ)
        if found is not None:
            words[name] = found
    try:
        channel = model.model_validate(words)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        key, text = ".".join(str(part) for part in first["loc"]), first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            text = f"unknown key (known: {', '.join(_known(model))})"
    else:
        files = {name: getattr(channel, name, None) for name in ("ca_file", "cert_file", "key_file")}
        return channel.model_copy(update={n: existing(folder / path, n, where) for n, path in files.items() if path})
    raise ConfigError(f"{where}: {key}: {text}" if key else f"{where}: {text}")


def _known(model: type[Channel]) -> list[str]:
    plain = {name for name in model.model_fields if name not in _NEVER_INLINE and (name != "url" or model is WebhookChannel)}
    return sorted(plain | {f"{name}_{place}" for name in model.secrets for place in ("env", "file")})


def _secret(words: dict[str, Any], name: str, where: str, folder: Path, environ: Mapping[str, str]) -> SecretStr | None:
    """The secret that `<name>_env` or `<name>_file` leads to, both taken out of `words`; None: neither is there."""
    variable, file = words.pop(f"{name}_env", None), words.pop(f"{name}_file", None)
    if variable is None and file is None:
        return None
    if (variable is not None and file is not None) or name in words:
        raise ConfigError(f"{where}: {name} is given twice")
    if variable is not None:
        if not isinstance(variable, str) or not environ.get(variable):
            raise ConfigError(f"{where}: {name}_env names an environment variable that is not set")
        return SecretStr(environ[variable].strip())
    path = folder / str(file)
    try:
        with path.open(encoding="utf-8-sig") as opened:
            text = opened.read(_LONGEST_SECRET).strip()
    except (OSError, UnicodeDecodeError):
        text = ""
    if not text or "\n" in text:
        raise ConfigError(f"{where}: {name}_file names {path}, which cannot be read as one line of text")
    return SecretStr(text)


def _holds_secret(url: str) -> bool:
    """Whether an address has a place where keys stand; a key in its path cannot be told from a path."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return True
    return bool(parts.query or parts.fragment or "@" in parts.netloc)
