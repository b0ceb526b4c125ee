"""Mail: one text message, encrypted on its way unless the configuration says otherwise (RFC 3207, RFC 8314)."""

from __future__ import annotations

import base64
import smtplib
import ssl
from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from scanner.alerts.channels import SmtpChannel
from scanner.alerts.model import Alert
from scanner.alerts.webhook import delivery_id
from scanner.alerts.words import ChannelError, block, fitting, headline

_PORTS = {"starttls": 587, "tls": 465, "none": 25}


def message(channel: SmtpChannel, alerts: Sequence[Alert], now: datetime) -> EmailMessage:
    """The mail about these alerts. Its Message-ID is the same for the same alerts, so that a mail sent twice is seen as one."""
    told = [block(alert, channel.lang) for alert in alerts[: channel.top]]
    blocks = ["\n".join([each.heading, *(f"  {fact}" for fact in each.facts)]) for each in told]
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = headline(alerts, channel.lang)
    mail["From"] = Address("leakgauge", addr_spec=channel.sender)
    mail["To"] = ", ".join(channel.to)
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{delivery_id(alerts)}@{channel.sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
    mail.set_content(fitting(headline(alerts, channel.lang), blocks, len(alerts), channel.lang, lambda _: True) + "\n")
    return mail


def send(channel: SmtpChannel, alerts: Sequence[Alert], now: datetime) -> None:
    """One mail to all recipients.

    Raises ChannelError. Where only some recipients were refused, the others have the mail: `ChannelError.partly`.
    """
    host = channel.host
    try:
        refused = _submit(channel, message(channel, alerts, now))
    except ssl.SSLError:
        problem = ChannelError("untrusted", host=host)
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        problem = _refused(host, max(codes, default=0))
    except smtplib.SMTPResponseException as error:
        problem = _refused(host, error.smtp_code)
    except TimeoutError:
        problem = ChannelError("slow", again=True, host=host, seconds=f"{channel.timeout:g}")
    except (smtplib.SMTPException, OSError):  # disconnected, refused, unknown host
        problem = ChannelError("unreachable", again=True, host=host)
    else:
        if not refused:
            return
        problem = ChannelError("recipients", partly=True, host=host, count=len(channel.to), refused=refused)
    raise problem


def _submit(channel: SmtpChannel, mail: EmailMessage) -> int:
    """How many recipients were refused, though not all."""
    port = channel.port or _PORTS[channel.security]
    context = ssl.create_default_context(cafile=channel.ca_file)
    server = (
        smtplib.SMTP_SSL(channel.host, port, timeout=channel.timeout, context=context)
        if channel.security == "tls"
        else smtplib.SMTP(channel.host, port, timeout=channel.timeout)
    )
    with server:
        if channel.security == "starttls":
            server.ehlo_or_helo_if_needed()
            if not server.has_extn("starttls"):
                raise ChannelError("no_tls", host=channel.host)
            server.starttls(context=context)
        if channel.user is not None and channel.password is not None:
            server.ehlo_or_helo_if_needed()
            try:
                _login(server, channel.user, channel.password.get_secret_value())
            except smtplib.SMTPServerDisconnected:
                raise
            except smtplib.SMTPException as error:  # refused, or no way to log in that both know
                raise ChannelError("login", again=400 <= getattr(error, "smtp_code", 0) < 500, host=channel.host) from None
        return len(server.send_message(mail, from_addr=channel.sender, to_addrs=list(channel.to)))


def _login(server: smtplib.SMTP, user: str, password: str) -> None:
    """`SMTP.login` knows ASCII only (https://github.com/python/cpython/issues/73936); others go as RFC 4616 §2 has them."""
    if (user + password).isascii():
        server.login(user, password)
        return
    response = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
    code, answer = server.docmd("AUTH", f"PLAIN {response}")
    if code != 235:
        raise smtplib.SMTPAuthenticationError(code, answer)


def _refused(host: str, code: int) -> ChannelError:
    """4xx asks to come again, 5xx does not (RFC 5321 §4.2.1)."""
    return ChannelError("mail", again=400 <= code < 500, host=host, code=code)
