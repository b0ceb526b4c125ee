"""Syslog for a collector or SIEM: RFC 5424 over UDP (RFC 5426), TCP (RFC 6587) or TLS (RFC 5425), with CEF or JSON inside.

CEF: Micro Focus, "Implementing ArcSight Common Event Format", version 25. Structured data is left out, since its names would
need an enterprise number of our own. No byte order mark stands before the message, though RFC 5424 §6.4 asks for one: parsers
look for `CEF:` or `{` at its first byte.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from importlib.metadata import version

from scanner.alerts.channels import SyslogChannel
from scanner.alerts.model import Alert, Severity
from scanner.alerts.webhook import as_json, dumps
from scanner.alerts.words import ChannelError, lines
from scanner.config import Lang

_LEVELS: dict[Severity, int] = {"critical": 2, "warning": 4, "info": 6}  # RFC 5424 §6.2.1
_CEF_LEVELS: dict[Severity, int] = {"critical": 9, "warning": 6, "info": 2}  # 0 to 10
_DATAGRAM = 2048  # what every receiver should take (RFC 5426 §3.2)
_CEF_TEXT = 1023  # the shortest maximum of the fields used here


def cef(alert: Alert, lang: Lang) -> str:
    """One CEF event.

    >>> _header("a|b\\\\c"), _value("a=b|c\\\\d")
    ('a\\\\|b\\\\\\\\c', 'a\\\\=b|c\\\\\\\\d')
    """
    title = alert.title_zh if lang == "zh" else alert.title_en
    fields: dict[str, str | int | float | None] = {
        "rt": int(alert.when.timestamp() * 1000),
        "externalId": alert.id,
        "filePath": alert.path[-_CEF_TEXT:],
        "suser": alert.owner[:_CEF_TEXT],
        "cs1Label": "root" if alert.root else "",
        "cs1": alert.root[-_CEF_TEXT:],
        "cn1Label": "persons" if alert.persons is not None else "",
        "cn1": alert.persons,
        "msg": "\n".join(lines(alert, lang))[:_CEF_TEXT],
    }
    if alert.ratios:
        named = {"strict": alert.ratios.strict, "prevailing": alert.ratios.prevailing, "lenient": alert.ratios.lenient}
        for number, (name, ratio) in enumerate(named.items(), 1):
            fields |= {f"cfp{number}Label": name, f"cfp{number}": ratio}
    header = ["CEF:0", "leakgauge", "leakgauge", version("leakgauge"), alert.event, title, str(_CEF_LEVELS[alert.severity])]
    extension = " ".join(f"{key}={_value(str(value))}" for key, value in fields.items() if value not in (None, ""))
    return "|".join([header[0], *map(_header, header[1:]), extension])


def _header(text: str) -> str:
    return re.sub(r"[\r\n]+", " ", text).replace("\\", "\\\\").replace("|", "\\|")


def _value(text: str) -> str:
    return text.replace("\\", "\\\\").replace("=", "\\=").replace("\r", "\\r").replace("\n", "\\n")


def record(channel: SyslogChannel, alert: Alert, host: str) -> bytes:
    """The whole syslog message, without framing. Over UDP a long one goes without its lines and the beginnings of paths."""
    fuller = _record(channel, alert, host)
    if channel.transport != "udp" or len(fuller) <= _DATAGRAM:
        return fuller
    short = replace(alert, lines_zh=(), lines_en=(), root=alert.root[-100:], path=alert.path[-200:], owner=alert.owner[:100])
    return _record(channel, short, host)


def _record(channel: SyslogChannel, alert: Alert, host: str) -> bytes:
    text = cef(alert, channel.lang).encode() if channel.payload == "cef" else dumps(as_json(alert, channel.lang))
    when = alert.when.isoformat(timespec="milliseconds")
    name = re.sub(r"[^!-~]", "", host)[:255] or "-"
    return f"<{channel.facility * 8 + _LEVELS[alert.severity]}>1 {when} {name} leakgauge - {alert.event} - ".encode() + text


def send(channel: SyslogChannel, alerts: Sequence[Alert], now: datetime) -> None:
    """A message for each alert, over one connection. Raises ChannelError. What the receiver does with it nobody learns."""
    host = channel.address
    records = [record(channel, alert, socket.gethostname()) for alert in alerts]
    try:
        if channel.transport == "udp":
            _send_datagrams(channel, records)
        else:
            _send_stream(channel, records)
        return
    except ssl.SSLError:
        problem = ChannelError("untrusted", host=host)
    except TimeoutError:
        problem = ChannelError("slow", again=True, host=host, seconds=f"{channel.timeout:g}")
    except OSError:
        problem = ChannelError("unreachable", again=True, host=host)
    raise problem


def _send_datagrams(channel: SyslogChannel, records: Sequence[bytes]) -> None:
    family, kind, protocol, _, address = socket.getaddrinfo(channel.host, channel.port or 514, type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, kind, protocol) as line:
        for each in records:
            line.sendto(each, address)


def _send_stream(channel: SyslogChannel, records: Sequence[bytes]) -> None:
    framed = b"".join(b"%d %s" % (len(r), r) if channel.framing == "octets" else r + b"\n" for r in records)
    port = channel.port or (6514 if channel.transport == "tls" else 514)
    with socket.create_connection((channel.host, port), timeout=channel.timeout) as plain:
        if channel.transport == "tcp":
            plain.sendall(framed)
            return
        context = ssl.create_default_context(cafile=channel.ca_file)
        if channel.cert_file:
            context.load_cert_chain(channel.cert_file, channel.key_file)
        with context.wrap_socket(plain, server_hostname=channel.host) as line:
            line.sendall(framed)
