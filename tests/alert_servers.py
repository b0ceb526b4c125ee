"""Receivers for the tests of alerts, real ones on this machine: HTTP, SMTP, syslog, each in a thread, with and without TLS."""

from __future__ import annotations

import contextlib
import json
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


@dataclass(frozen=True)
class Request:
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """What an HTTP server was sent, and what it is to answer: (status, headers, body), the last one from then on."""

    url: str
    answers: list[tuple[int, dict[str, str], bytes]]
    requests: list[Request] = field(default_factory=list)


@dataclass(frozen=True)
class Certificates:
    """An authority of the tests' own (`ca_file`) and contexts that show its certificates for this machine."""

    ca_file: Path
    server: ssl.SSLContext
    strict_server: ssl.SSLContext
    client_file: Path


def certificates(folder: Path) -> Certificates:
    authority = trustme.CA()
    own, client = authority.issue_cert("localhost", "127.0.0.1"), authority.issue_cert("collector.example")
    ca_file, client_file = folder / "ca.pem", folder / "client.pem"
    authority.cert_pem.write_to_path(ca_file)
    client.private_key_and_cert_chain_pem.write_to_path(client_file)
    contexts = [ssl.create_default_context(ssl.Purpose.CLIENT_AUTH) for _ in range(2)]
    for context in contexts:
        own.configure_cert(context)
    authority.configure_trust(contexts[1])
    contexts[1].verify_mode = ssl.CERT_REQUIRED
    return Certificates(ca_file, contexts[0], contexts[1], client_file)


OK = (200, {}, b'{"errcode":0,"code":0}')


@contextlib.contextmanager
def http_server(*answers: tuple[int, dict[str, str], bytes], tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A server that keeps what it is sent; an answer with status 0 does not come before the test is over."""
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the name that http.server looks for
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.requests.append(Request(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            status, headers, text = receiver.answers.pop(0) if len(receiver.answers) > 1 else receiver.answers[0]
            if status == 0:
                over.wait()
                return
            self.send_response(status)
            for name, value in {"Content-Length": str(len(text)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    receiver = Receiver(f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}/hook", list(answers) or [OK])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        over.set()
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Mailbox:
    """What an SMTP server took: sender, recipients, message."""

    port: int
    mails: list[tuple[str, list[str], EmailMessage]] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)


@contextlib.contextmanager
def smtp_server(
    *,
    starttls: ssl.SSLContext | None = None,
    tls: ssl.SSLContext | None = None,
    login: tuple[str, str] | None = None,
    silent: bool = False,
) -> Iterator[Mailbox]:
    """A server that refuses recipients whose name begins with "gone", and answers each mail with the next of `codes` if any.

    silent: it offers no way to log in.
    """

    class Handler:
        async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
            if address.startswith("gone"):
                return "550 no such mailbox"
            envelope.rcpt_tos.append(address)
            return "250 OK"

        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
            if box.codes:
                return box.codes.pop(0)
            mail = BytesParser(policy=default).parsebytes(envelope.content)
            assert isinstance(mail, EmailMessage)
            box.mails.append((envelope.mail_from, envelope.rcpt_tos, mail))
            return "250 OK"

    def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        good = (
            isinstance(data, LoginPassword)
            and login is not None
            and (data.login, data.password) == tuple(word.encode() for word in login)
        )
        return AuthResult(success=good, handled=good)

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(
        Handler(),
        hostname="127.0.0.1",
        port=port,
        ssl_context=tls,
        tls_context=starttls,
        require_starttls=starttls is not None,
        authenticator=authenticate,
        auth_required=login is not None,
        auth_require_tls=tls is None,
        auth_exclude_mechanism=["LOGIN", "PLAIN"] if silent else None,
    )
    box = Mailbox(port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


@dataclass
class Collector:
    """What a syslog server was sent: the bytes of each connection, complete once `wait` has returned."""

    port: int
    streams: list[bytes] = field(default_factory=list)
    came: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def wait(self) -> bytes:
        assert self.came.acquire(timeout=10)
        return self.streams[-1]


@contextlib.contextmanager
def syslog_server(tls: ssl.SSLContext | None = None) -> Iterator[Collector]:
    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            try:
                if tls:
                    with tls.wrap_socket(self.request, server_side=True) as line:
                        data = b"".join(iter(lambda: line.recv(65536), b""))
                else:
                    data = self.rfile.read()
            except OSError:
                return
            collector.streams.append(data)
            collector.came.release()

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    collector = Collector(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def closed_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
