"""HTTP: posting JSON quietly, and the webhook of one's own.

The body is `leakgauge-alerts/1` (docs/alerts.md). With a secret it is signed: `X-Leakgauge-Signature` is `sha256=` and the
HMAC-SHA256, in hex, of the value of `X-Leakgauge-Timestamp` (Unix seconds), a full stop, and the bytes of the body. The receiver
recomputes it and refuses what is older than a few minutes. `Idempotency-Key` is the same for the same alerts, however often sent.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import ssl
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from datetime import datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import TYPE_CHECKING, Any

from scanner.alerts.channels import HttpChannel, WebhookChannel
from scanner.alerts.model import Alert
from scanner.alerts.words import ChannelError, lines
from scanner.config import Lang
from scanner.lazy import lazily
from scanner.plain import json_fit

if TYPE_CHECKING:
    import httpx
else:
    try:
        httpx = lazily("httpx")
    except ImportError:  # the optional package; `load_channels` refuses channels that need it
        httpx = None

SCHEMA = "leakgauge-alerts/1"
_LONGEST_ANSWER = 65536
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})

_ours: ContextVar[bool] = ContextVar("_ours", default=False)


def _not_ours(_: logging.LogRecord) -> bool:
    return not _ours.get()


def as_json(alert: Alert, lang: Lang) -> dict[str, Any]:
    """The alert for programs; the keys are public."""
    return {
        "id": alert.id,
        "event": alert.event,
        "severity": alert.severity,
        "when": alert.when.isoformat(),
        "title": alert.title_zh if lang == "zh" else alert.title_en,
        "lines": list(lines(alert, lang)),
        "root": alert.root,
        "path": alert.path,
        "owner": alert.owner,
        "persons": alert.persons,
        "ratios": alert.ratios
        and {"strict": alert.ratios.strict, "prevailing": alert.ratios.prevailing, "lenient": alert.ratios.lenient},
    }


def delivery_id(alerts: Sequence[Alert]) -> str:
    """A name for the message about these alerts."""
    return hashlib.sha256("\n".join(alert.id for alert in alerts).encode()).hexdigest()[:32]


def dumps(value: Any) -> bytes:
    return json_fit(json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))).encode()


def send(channel: WebhookChannel, alerts: Sequence[Alert], now: datetime) -> None:
    """All alerts in one request. Raises ChannelError."""
    told = [as_json(alert, channel.lang) for alert in alerts]
    body = dumps({"schema": SCHEMA, "sent": now.isoformat(), "lang": channel.lang, "total": len(alerts), "alerts": told})
    headers = {"Idempotency-Key": delivery_id(alerts)}
    if channel.authorization:
        headers["Authorization"] = channel.authorization.get_secret_value()
    if channel.secret:
        stamp = str(int(now.timestamp()))
        signature = hmac.new(channel.secret.get_secret_value().encode(), stamp.encode() + b"." + body, hashlib.sha256)
        headers |= {"X-Leakgauge-Timestamp": stamp, "X-Leakgauge-Signature": f"sha256={signature.hexdigest()}"}
    post(channel, body, headers, now)


def post(
    channel: HttpChannel, body: bytes, headers: Mapping[str, str], now: datetime, parameters: Mapping[str, str] | None = None
) -> bytes:
    """The answer to the request, when its status is 2xx. Raises ChannelError.

    Redirects are not followed: they would carry alerts and keys to a host that nobody named.
    """
    host = channel.address
    quiet = logging.getLogger("httpx")  # it writes the whole address of every request into the log
    if _not_ours not in quiet.filters:
        quiet.addFilter(_not_ours)
    mark = _ours.set(True)
    # The problem is raised after the `except`, so that no traceback leads to a request with the address in it.
    try:
        url = httpx.URL(channel.url.get_secret_value()).copy_merge_params(parameters or {})
        verify = ssl.create_default_context(cafile=channel.ca_file) if channel.ca_file else True
        with (
            httpx.Client(timeout=channel.timeout, verify=verify, follow_redirects=False) as client,
            client.stream(
                "POST", url, content=body, headers={"Content-Type": "application/json; charset=utf-8", **headers}
            ) as answer,
        ):
            if answer.is_success:
                ends = monotonic() + channel.timeout
                text = b""
                for part in answer.iter_bytes():
                    text += part
                    if len(text) > _LONGEST_ANSWER:
                        break
                    if monotonic() > ends:  # httpx limits each step; a server that sends drop by drop must not hold up the night
                        raise httpx.ReadTimeout("")
                return text[:_LONGEST_ANSWER]
            code = answer.status_code
            problem = ChannelError(
                "status", again=code in _AGAIN, after=_after(answer.headers.get("Retry-After"), now), host=host, code=code
            )
    except httpx.TimeoutException:
        problem = ChannelError("slow", again=True, host=host, seconds=f"{channel.timeout:g}")
    except httpx.TransportError as error:
        tls = "SSL" in str(error) or isinstance(error.__cause__, ssl.SSLError)
        problem = ChannelError("untrusted", host=host) if tls else ChannelError("unreachable", again=True, host=host)
    except (ssl.SSLError, OSError):
        problem = ChannelError("untrusted", host=host)
    except (httpx.HTTPError, httpx.InvalidURL):
        problem = ChannelError("answer", host=host)
    finally:
        _ours.reset(mark)
    raise problem


def _after(text: str | None, now: datetime) -> float | None:
    """Seconds that `Retry-After` asks for (RFC 9110 §10.2.3: a number, or a date); None: nothing sensible."""
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    except (ValueError, TypeError):
        return None
