"""Alerts: what they may hold, how each channel is spoken to, what happens when one fails. Receivers are real, on this machine."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import re
import socket
import string
import tomllib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import alert_servers as made
import pytest

from fixtures.makers import people
from fixtures.makers.dice import Dice
from scanner.alerts import Alert, Channel, Delivery, Ratios, alert_id, chat_forms, deliver, load_channels, syslog, webhook
from scanner.alerts.model import EVENTS, gravest_first
from scanner.alerts.words import WORDS, ChannelError, block, headline
from scanner.config import Lang
from scanner.errors import ConfigError
from scanner.keyed_hash import Key
from scanner.law.pages import fixed_sentences

KEY = Key(1, 2)
NOW = datetime(2026, 11, 21, 3, 4, 5, tzinfo=UTC)
WHEN = datetime(2026, 11, 21, 2, 30, 15, 250_000, tzinfo=timezone(timedelta(hours=8)))
FOOT = {"zh": "".join(fixed_sentences("zh")[:2]), "en": " ".join(fixed_sentences("en")[:2])}
LANGS: tuple[Lang, ...] = ("zh", "en")
ROBOTS = ("wecom", "dingtalk", "feishu")


def alert(number: int = 1, **given: Any) -> Alert:
    words: dict[str, Any] = {
        "id": f"{number:032x}",
        "severity": "critical",
        "event": "new_over_line",
        "when": WHEN,
        "root": "/srv/exports",
        "path": "客户_2026.csv",
        "owner": "wang_li",
        "persons": 5000,
        "ratios": Ratios(4.8, 0.48, 0.25),
        "lines_zh": ("含 3 类信息",),
        "lines_en": ("holds 3 categories",),
    }
    return Alert(**(words | given))


ONE = alert()
LOCKED = alert(2, severity="warning", event="locked", path="b.zip", owner="", persons=None, ratios=None, lines_zh=(), lines_en=())
ZH_FACTS = [
    "文件：客户_2026.csv",
    "目录：/srv/exports",
    "导出人：wang_li",
    "人数：5,000",
    "相当于入罪标准的倍数：从严 4.8，通行 0.48，从宽 0.25",
    "含 3 类信息",
    "时间：2026-11-21 02:30+08:00",
    "编号：00000000",
]


class Box:
    """An outbox in memory."""

    def __init__(self) -> None:
        self.told: set[tuple[str, str]] = set()
        self.calls: list[tuple[str, list[str]]] = []

    def pending(self, channel: str, alerts: Sequence[Alert]) -> Sequence[Alert]:
        return [a for a in alerts if (channel, a.id) not in self.told]

    def done(self, channel: str, ids: Sequence[str]) -> None:
        self.calls.append((channel, list(ids)))
        self.told |= {(channel, id) for id in ids}


def channel(folder: Path, environ: dict[str, str] | None = None, **table: Any) -> Channel:
    return load_channels([table], folder, environ or {})[0]


def robot(kind: str, url: str, secret: str | None = None, **more: Any) -> Channel:
    environ = {"URL": url, "SECRET": secret or ""}
    table = {"kind": kind, "url_env": "URL", **more} | ({"secret_env": "SECRET"} if secret else {})
    return channel(Path(), environ, **table)


def run(channels: Sequence[Channel], alerts: Sequence[Alert], box: Box | None = None) -> tuple[tuple[Delivery, ...], list[float]]:
    """Deliver without waiting; the waits that were asked for."""
    waits: list[float] = []
    result = deliver(alerts, channels, box or Box(), sleep=waits.append, jitter=lambda: 1.0, clock=lambda: NOW)
    return result, waits


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(scope="module")
def certs(tmp_path_factory: pytest.TempPathFactory) -> made.Certificates:
    return made.certificates(tmp_path_factory.mktemp("certificates"))


# what an alert is


def test_nothing_personal_enters_an_alert() -> None:
    dice = Dice("alerts")
    number, phone, card = (
        people.resident_id(dice, "110105", people.day(dice, NOW.date(), NOW.date())),
        people.mobile(dice),
        people.card(dice),
    )
    grouped = f"{phone[:3]}-{phone[3:7]}-{phone[7:]}"
    fours = " ".join(card[i : i + 4] for i in range(0, len(card), 4))
    text = f"{number}/{phone}_{card} {grouped} {fours} zhang.wei@corp.example 010-62341234"
    full = phone.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    told = alert(title_zh=text, title_en=text, lines_zh=(text,), lines_en=(text,), root=text, path=text, owner=full)
    shown = repr(told)
    for value in (number, number[:17], phone, card, grouped, fours, "zhang.wei", "62341234", full):
        assert value not in shown
    assert "z***@corp.example" in shown
    assert alert(path="export_2026-01-15.csv").path == "export_2026-01-15.csv"


def test_a_hostile_path_cannot_drive_a_terminal() -> None:
    assert alert(path="a\x1b[31m\nb\u202ec.csv").path == "a\\x1b[31m b\\u202ec.csv"


def test_a_very_long_name_is_masked_at_once() -> None:
    long = "表" * 300_000
    assert alert(owner=long).owner == long
    assert alert(owner=f"{long}@corp.example").owner == "表***@corp.example"


def test_an_id_is_stable_keyed_and_of_its_facts() -> None:
    same = alert_id(KEY, "locked", "/srv", "a.zip")
    assert same == alert_id(KEY, "locked", "/srv", "a.zip")
    assert len(same) == 32
    others = {
        alert_id(Key(1, 3), "locked", "/srv", "a.zip"),
        alert_id(KEY, "unread", "/srv", "a.zip"),
        alert_id(KEY, "locked", "/srva", ".zip"),
        alert_id(KEY, "locked", "/srv", "a.zip", ""),
        alert_id(KEY, "locked", "/srv", "a\udcff.zip"),
    }
    assert len(others) == 5
    assert same not in others


def test_what_an_alert_refuses() -> None:
    with pytest.raises(ValueError, match="time zone"):
        alert(when=datetime(2026, 1, 1))
    with pytest.raises(ValueError, match="both languages"):
        alert(lines_en=())


def test_gravest_first_and_once() -> None:
    mild, worse = alert(5, severity="info"), alert(6, ratios=Ratios(9, 1, 1))
    assert gravest_first([mild, LOCKED, ONE, worse, ONE]) == (worse, ONE, LOCKED, mild)


def test_both_languages_have_the_same_words() -> None:
    def fields(text: str) -> list[str]:
        return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)

    assert WORDS["zh"].keys() == WORDS["en"].keys()
    for word in WORDS["zh"]:
        assert fields(WORDS["zh"][word]) == fields(WORDS["en"][word]), word
    assert all(zh and en for zh, en in EVENTS.values())


def test_a_block_and_a_headline_in_full() -> None:
    assert block(ONE, "zh").heading == "[严重] 新文件达到入罪标准（从严口径）"
    assert list(block(ONE, "zh").facts) == ZH_FACTS
    assert block(LOCKED, "en").heading == "[warning] A locked file could not be read"
    assert block(LOCKED, "en").facts == ("File: b.zip", "Folder: /srv/exports", "Time: 2026-11-21 02:30+08:00", "Number: 00000000")
    assert headline([ONE], "en") == "leakgauge: A new file reaches the criminal line (strict reading)"
    assert headline([ONE, LOCKED], "zh") == "leakgauge 红线尺：2 项告警（严重 1 项，警告 1 项）"
    assert headline([ONE, LOCKED], "en") == "leakgauge: 2 alerts (1 critical, 1 warning)"


# the configuration


def test_channels_of_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "robot.url").write_text("https://oapi.dingtalk.com/robot/send?access_token=topsecret\n", "utf-8")
    tables = [
        {"kind": "dingtalk", "url_file": "robot.url", "secret_env": "DING", "min_severity": "warning", "events": ["locked"]},
        {"kind": "smtp", "host": "mail.example", "sender": "scan@corp.example", "to": ["ops@corp.example"], "lang": "en"},
        {"kind": "syslog", "name": "siem", "host": "10.0.0.9", "transport": "udp", "payload": "json"},
        {"kind": "webhook", "url": "https://hooks.example/leakgauge"},
    ]
    ding, mail, siem, hook = load_channels(tables, tmp_path, {"DING": "SECabc"})
    assert (ding.name, ding.address, siem.name, siem.address, hook.address) == (
        "dingtalk", "oapi.dingtalk.com", "siem", "10.0.0.9", "hooks.example",
    )  # fmt: skip
    assert mail.lang == "en"
    assert [ding.wants(a) for a in (ONE, LOCKED, alert(3, severity="info", event="locked"))] == [False, True, False]
    for shown in (repr(ding), str(ding), f"{ding.model_dump()}", ding.model_dump_json()):
        assert "topsecret" not in shown
        assert "SECabc" not in shown


WRONG = [
    ({"kind": "dingtalk", "url": "https://oapi.dingtalk.com/robot/send?access_token=HIDDEN"}, "url holds a secret"),
    ({"kind": "feishu", "url": "https://open.feishu.cn/open-apis/bot/v2/hook/HIDDEN"}, "url holds a secret"),
    ({"kind": "webhook", "url": "https://hooks.example/?token=HIDDEN"}, "url holds a secret"),
    ({"kind": "webhook", "url": "https://me:HIDDEN@hooks.example/"}, "url holds a secret"),
    ({"kind": "dingtalk", "url_env": "GOOD", "secret": "HIDDEN"}, "secret must not stand in the file; use secret_env"),
    ({"kind": "smtp", "password": "HIDDEN"}, "password must not stand in the file"),
    ({"kind": "syslog", "host": "h", "token": "HIDDEN"}, "token must not stand in the file"),
    ({"kind": "dingtalk", "url_env": "ABSENT"}, "names an environment variable that is not set"),
    ({"kind": "dingtalk", "url_env": "GOOD", "url_file": "x"}, "url is given twice"),
    ({"kind": "dingtalk", "url_file": "nowhere"}, "cannot be read as one line"),
    ({"kind": "dingtalk", "url_env": "PLAIN"}, "must begin with https://"),
    ({"kind": "dingtalk", "url_env": "BAD"}, "is not an address"),
    ({"kind": "dingtalk"}, "url: Field required"),
    ({"kind": "wecom", "url_env": "GOOD", "secret_env": "GOOD"}, "secret_env: unknown key"),
    ({"kind": "webhook", "url": "https://h.example/", "evnets": ["locked"]}, "evnets: unknown key (known: attempts"),
    ({"kind": "webhook", "url": "https://h.example/", "events": ["lockd"]}, "events.0: "),
    ({"kind": "webhook", "url": "https://h.example/", "ca_file": "none.pem"}, "ca_file names"),
    ({"kind": "pager"}, "kind must be one of"),
    ({}, "kind must be one of"),
    ({"kind": "smtp", "host": "h", "sender": "a@b\nBcc: x@y", "to": ["a@b"]}, "sender: "),
    ({"kind": "smtp", "host": "h", "sender": "a@b", "to": []}, "to: "),
    ({"kind": "smtp", "host": "h", "sender": "a@b", "to": ["a@b"], "user": "u"}, "user and the password go together"),
    (
        {"kind": "smtp", "host": "h", "sender": "a@b", "to": ["a@b"], "user": "u", "password_env": "GOOD", "security": "none"},
        "never sent unencrypted",
    ),
    ({"kind": "syslog", "host": "h", "facility": 24}, "facility: "),
]  # fmt: skip


@pytest.mark.parametrize(("table", "sentence"), WRONG)
def test_what_the_configuration_refuses(table: dict[str, Any], sentence: str, tmp_path: Path) -> None:
    environ = {"GOOD": "https://robot.example/HIDDEN", "PLAIN": "http://robot.example/HIDDEN", "BAD": "HIDDEN://[x"}
    with pytest.raises(ConfigError) as caught:
        load_channels([table], tmp_path, environ)
    text = str(caught.value)
    assert sentence in text
    assert text.startswith("alert 1")
    assert "HIDDEN" not in text
    assert "\n" not in text
    assert caught.value.__context__ is None or "HIDDEN" not in repr(caught.value.__context__)


def test_the_documented_configuration_is_understood(tmp_path: Path) -> None:
    page = (Path(__file__).parents[1] / "docs" / "alerts.md").read_text("utf-8")
    (block_,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    tables = tomllib.loads(block_)["nightly"]["alert"]
    named = {value for table in tables for key, value in table.items() if key.endswith("_env")}
    for table in tables:
        for key, value in table.items():
            if key.endswith("_file"):
                (tmp_path / value).parent.mkdir(exist_ok=True)
                (tmp_path / value).write_text("https://robot.example/hook/x\n", "utf-8")
    channels = load_channels(tables, tmp_path, dict.fromkeys(named, "https://robot.example/hook/x"))
    assert {each.kind for each in channels} == {"webhook", "wecom", "dingtalk", "feishu", "smtp", "syslog"}
    for event in EVENTS:
        assert f"`{event}`" in page
    for each in channels:
        for name in type(each).model_fields:
            assert name in ("kind", "name") or f"`{name}`" in page or f"`{name}_env`" in page, name


def test_two_channels_of_one_name(tmp_path: Path) -> None:
    hook = {"kind": "webhook", "url": "https://h.example/"}
    with pytest.raises(ConfigError, match="two alert channels are called 'webhook'"):
        load_channels([hook, hook], tmp_path)
    assert [c.name for c in load_channels([hook, {**hook, "name": "second"}], tmp_path)] == ["webhook", "second"]
    with pytest.raises(ConfigError, match=r"\[\[nightly\.alert\]\]"):
        load_channels(hook, tmp_path)


def test_without_httpx_the_sentence_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.alerts.channels.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"pip install leakgauge\[alerts\]"):
        load_channels([{"kind": "webhook", "url": "https://h.example/"}], tmp_path)
    assert load_channels([{"kind": "syslog", "host": "h"}], tmp_path)


# the webhook of one's own


def test_webhook_in_full_and_signed(tmp_path: Path) -> None:
    with made.http_server((204, {}, b"")) as server:
        environ = {"URL": server.url, "SECRET": "shh", "AUTH": "Bearer xyz"}
        hook = channel(tmp_path, environ, kind="webhook", url_env="URL", secret_env="SECRET", authorization_env="AUTH", lang="en")
        (result,), _ = run([hook], [LOCKED, ONE])
    assert result == Delivery("webhook", (ONE.id, LOCKED.id), ())
    (request,) = server.requests
    assert request.target == "/hook"
    assert request.headers["content-type"] == "application/json; charset=utf-8"
    assert request.headers["authorization"] == "Bearer xyz"
    assert request.json == {
        "schema": "leakgauge-alerts/1",
        "sent": "2026-11-21T03:04:05+00:00",
        "lang": "en",
        "total": 2,
        "alerts": [
            {
                "id": ONE.id,
                "event": "new_over_line",
                "severity": "critical",
                "when": "2026-11-21T02:30:15.250000+08:00",
                "title": "A new file reaches the criminal line (strict reading)",
                "lines": ["holds 3 categories"],
                "root": "/srv/exports",
                "path": "客户_2026.csv",
                "owner": "wang_li",
                "persons": 5000,
                "ratios": {"strict": 4.8, "prevailing": 0.48, "lenient": 0.25},
            },
            {
                "id": LOCKED.id,
                "event": "locked",
                "severity": "warning",
                "when": "2026-11-21T02:30:15.250000+08:00",
                "title": "A locked file could not be read",
                "lines": [],
                "root": "/srv/exports",
                "path": "b.zip",
                "owner": "",
                "persons": None,
                "ratios": None,
            },
        ],
    }
    stamp = request.headers["x-leakgauge-timestamp"]
    assert stamp == str(int(NOW.timestamp()))
    expected = hmac.digest(b"shh", stamp.encode() + b"." + request.body, "sha256").hex()
    assert request.headers["x-leakgauge-signature"] == f"sha256={expected}"
    assert len(request.headers["idempotency-key"]) == 32
    page = (Path(__file__).parents[1] / "docs" / "alerts.md").read_text("utf-8")
    example, receiver = (re.findall(rf"```{kind}\n(.*?)```", page, re.DOTALL)[0] for kind in ("json", "python"))
    documented = json.loads(example)
    assert documented.keys() == request.json.keys()
    assert documented["alerts"][0].keys() == request.json["alerts"][0].keys()
    shown: dict[str, Any] = {}
    exec(receiver, shown)
    assert shown["genuine"](b"shh", stamp, request.headers["x-leakgauge-signature"], request.body)
    assert not shown["genuine"](b"shh", stamp, request.headers["x-leakgauge-signature"], request.body + b" ")


def test_webhook_over_tls_trusts_only_what_it_should(tmp_path: Path, certs: made.Certificates) -> None:
    with made.http_server(tls=certs.server) as server:
        trusting = channel(tmp_path, kind="webhook", url=server.url, ca_file=str(certs.ca_file))
        doubting = channel(tmp_path, kind="webhook", url=server.url, name="doubting")
        (good, bad), waits = run([trusting, doubting], [ONE])
    assert good.delivered == (ONE.id,)
    assert bad.failed == (ONE.id,)
    assert bad.error_en == "the TLS certificate of 127.0.0.1 was not accepted, or the encrypted connection failed"
    assert len(server.requests) == 1
    assert waits == []


def test_a_failing_server_is_tried_again_with_growing_waits(tmp_path: Path) -> None:
    busy = (500, {}, b"")
    with made.http_server(busy, busy, (200, {}, b"thanks")) as server:
        (result,), waits = run([channel(tmp_path, kind="webhook", url=server.url)], [ONE])
    assert result.delivered == (ONE.id,)
    assert result.error_en == ""
    assert waits == [2.0, 4.0]
    assert len({request.headers["idempotency-key"] for request in server.requests}) == 1


@pytest.mark.parametrize(
    ("after", "waits"),
    [("7", [7.0]), ("9999", [60.0]), ("Sat, 21 Nov 2026 03:04:25 GMT", [20.0]), ("soon", [2.0]), ("0", [2.0])],
)
def test_a_receiver_may_say_when_to_come_back(after: str, waits: list[float], tmp_path: Path) -> None:
    with made.http_server((429, {"Retry-After": after}, b""), (200, {}, b"")) as server:
        (result,), waited = run([channel(tmp_path, kind="webhook", url=server.url)], [ONE])
    assert result.delivered == (ONE.id,)
    assert waited == waits


def test_attempts_are_bounded_and_refusals_are_final(tmp_path: Path) -> None:
    for status, requests in ((503, 3), (403, 1), (302, 1)):
        with made.http_server((status, {"Location": "http://127.0.0.1:1/"}, b"")) as server:
            (result,), waits = run([channel(tmp_path, kind="webhook", url=server.url, attempts=3)], [ONE])
        assert result == Delivery("webhook", (), (ONE.id,), f"127.0.0.1 应答 HTTP {status}", f"127.0.0.1 answered HTTP {status}")
        assert len(server.requests) == requests
        assert len(waits) == requests - 1


def test_a_server_that_never_answers_and_one_that_is_not_there(tmp_path: Path) -> None:
    with made.http_server((0, {}, b"")) as server:
        slow = channel(tmp_path, kind="webhook", url=server.url, timeout=0.2, attempts=2)
        gone = channel(tmp_path, kind="webhook", name="gone", url=f"http://127.0.0.1:{made.closed_port()}/", attempts=2)
        (late, nobody), waits = run([slow, gone], [ONE])
    assert late.error_en == "127.0.0.1 did not answer within 0.2 seconds"
    assert nobody.error("zh") == "无法连接 127.0.0.1"
    assert late.failed == nobody.failed == (ONE.id,)
    assert waits == [2.0, 2.0]


def test_an_answer_that_comes_drop_by_drop_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([0.0, 10.5])
    monkeypatch.setattr(webhook, "monotonic", lambda: next(times))
    with made.http_server((200, {}, b"x")) as server:
        (result,), _ = run([channel(tmp_path, kind="webhook", url=server.url, attempts=1)], [ONE])
    assert result.error_en == "127.0.0.1 did not answer within 10 seconds"


def test_an_endless_answer_is_cut_off() -> None:
    with made.http_server((200, {}, b'{"errcode":0,"x":"' + b"x" * 1_000_000 + b'"}')) as server:
        (result,), _ = run([robot("wecom", server.url, attempts=1)], [ONE])
    assert result.error_en == "127.0.0.1 answered in an unknown form"


def test_jitter_spreads_the_waits(tmp_path: Path) -> None:
    waits: list[float] = []
    gone = channel(tmp_path, kind="webhook", url=f"http://127.0.0.1:{made.closed_port()}/", attempts=9)
    deliver([ONE], [gone], Box(), sleep=waits.append, jitter=lambda: 0.0, clock=lambda: NOW)
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]


# the robots


@pytest.mark.parametrize("secret", ["SECsigned", None])
def test_dingtalk_in_full(secret: str | None) -> None:
    with made.http_server() as server:
        (result,), _ = run([robot("dingtalk", server.url + "?access_token=t%2B1", secret)], [ONE])
    assert result.delivered == (ONE.id,)
    (request,) = server.requests
    query = parse_qs(urlsplit(request.target).query, strict_parsing=True)
    assert query.pop("access_token") == ["t+1"]
    if secret:
        stamp = str(int(NOW.timestamp() * 1000))
        sign = base64.b64encode(hmac.digest(secret.encode(), f"{stamp}\n{secret}".encode(), "sha256")).decode()
        assert query == {"timestamp": [stamp], "sign": [sign]}
        assert "+" not in urlsplit(request.target).query  # where it would be read as a blank
    else:
        assert query == {}
    assert request.json == {
        "msgtype": "markdown",
        "markdown": {
            "title": "leakgauge 红线尺：新文件达到入罪标准（从严口径）",
            "text": "### leakgauge 红线尺：新文件达到入罪标准（从严口径）\n\n**［严重］ 新文件达到入罪标准（从严口径）**\n\n- "
            + "\n- ".join(ZH_FACTS)
            + f"\n\n{FOOT['zh']}",
        },
    }


def test_wecom_in_full() -> None:
    with made.http_server() as server:
        (result,), _ = run([robot("wecom", server.url + "?key=k-1")], [ONE])
    assert result.delivered == (ONE.id,)
    (request,) = server.requests
    assert request.target == "/hook?key=k-1"
    assert request.json == {
        "msgtype": "markdown",
        "markdown": {
            "content": "### leakgauge 红线尺：新文件达到入罪标准（从严口径）\n\n**［严重］ 新文件达到入罪标准（从严口径）**\n> "
            + "\n> ".join(ZH_FACTS)
            + f"\n\n{FOOT['zh']}"
        },
    }


def test_feishu_in_full_and_signed() -> None:
    with made.http_server((200, {}, b'{"code":0,"msg":"success","data":{}}')) as server:
        (result,), _ = run([robot("feishu", server.url, "shh", lang="en")], [ONE, LOCKED])
    assert result.delivered == (ONE.id, LOCKED.id)
    body = server.requests[0].json
    stamp = str(int(NOW.timestamp()))
    mac = hmac.new(f"{stamp}\nshh".encode(), digestmod=hashlib.sha256)
    assert (body.pop("timestamp"), body.pop("sign")) == (stamp, base64.b64encode(mac.digest()).decode())
    text = "\n\n".join(
        [
            "**leakgauge: 2 alerts (1 critical, 1 warning)**",
            "**［critical］ A new file reaches the criminal line (strict reading)**\nFile: 客户_2026.csv\n"
            "Folder: /srv/exports\nOwner: wang_li\n"
            "Persons: 5,000\nTimes the criminal line: strict 4.8, prevailing 0.48, lenient 0.25\nholds 3 categories\n"
            "Time: 2026-11-21 02:30+08:00\nNumber: 00000000",
            "**［warning］ A locked file could not be read**\nFile: b.zip\nFolder: /srv/exports\n"
            "Time: 2026-11-21 02:30+08:00\nNumber: 00000000",
            FOOT["en"],
        ]
    )
    assert body == {
        "msg_type": "interactive",
        "card": {
            "config": {"wide_screen_mode": True},
            "header": {"title": {"tag": "plain_text", "content": "leakgauge: 2 alerts (1 critical, 1 warning)"}, "template": "red"},
            "elements": [{"tag": "markdown", "content": text}],
        },
    }


@pytest.mark.parametrize(
    ("kind", "answer", "tries", "sentence"),
    [
        ("wecom", b'{"errcode":93000,"errmsg":"invalid webhook url"}', 1, "refused the message with error code 93000"),
        ("wecom", b'{"errcode":45009,"errmsg":"api freq out of limit"}', 2, "error code 45009"),
        ("dingtalk", b'{"errcode":310000,"errmsg":"sign not match"}', 1, "error code 310000"),
        ("dingtalk", b'{"errcode":-1,"errmsg":"busy"}', 2, "error code -1"),
        ("feishu", b'{"code":19021,"msg":"sign match fail"}', 1, "error code 19021"),
        ("feishu", b'{"code":11232,"msg":"frequency limited"}', 2, "error code 11232"),
        ("feishu", b"<html>gateway</html>", 1, "answered in an unknown form"),
        ("wecom", b"[]", 1, "answered in an unknown form"),
        ("dingtalk", b"{}", 1, "answered in an unknown form"),
    ],
)
def test_a_robot_that_answers_200_may_have_refused(kind: str, answer: bytes, tries: int, sentence: str) -> None:
    box = Box()
    with made.http_server((200, {}, answer)) as server:
        (result,), _ = run([robot(kind, server.url, attempts=2)], [ONE], box)
    assert result.failed == (ONE.id,)
    assert sentence in result.error_en
    assert len(server.requests) == tries
    assert box.calls == []


def test_feishu_of_the_older_form() -> None:
    with made.http_server((200, {}, b'{"StatusCode":0,"StatusMessage":"success"}')) as server:
        (result,), _ = run([robot("feishu", server.url)], [ONE])
    assert result.delivered == (ONE.id,)


@pytest.mark.parametrize("kind", ROBOTS)
@pytest.mark.parametrize("lang", LANGS)
def test_messages_stay_within_the_robots_limits(kind: str, lang: Lang) -> None:
    long = '"\\' + "表" * 400
    words = {"root": long, "path": long, "owner": long, "title_zh": long, "title_en": long}
    many = [alert(n, **words, lines_zh=(long,) * 9, lines_en=(long,) * 9) for n in range(1, 61)]
    with made.http_server() as server:
        (result,), _ = run([robot(kind, server.url, lang=lang, top=50)], many)
    assert len(result.delivered) == 60
    (request,) = server.requests
    text = json.dumps(request.json, ensure_ascii=False)
    told = text.count("编号" if lang == "zh" else "Number: ")
    assert 1 <= told <= 50
    assert (f"另有 {60 - told} 项" if lang == "zh" else f"{60 - told} more") in text
    if kind == "wecom":
        assert len(request.json["markdown"]["content"].encode()) <= 4096
    else:
        assert len(request.body) <= 20_000


@pytest.mark.parametrize("kind", ROBOTS)
def test_a_file_name_cannot_mention_link_or_format(kind: str) -> None:
    name = "<@all><at id=all></at>[x](https://evil.example)`**b**`@13"
    with made.http_server() as server:
        run([robot(kind, server.url)], [alert(path=name, owner="a@b.example")])
    body = server.requests[0].json
    text = (
        body["card"]["elements"][0]["content"]
        if kind == "feishu"
        else body["markdown"].get("text", body["markdown"].get("content"))
    )
    shown = next(line for line in text.splitlines() if "evil" in line).removeprefix("> ")
    assert not set("<>[]`*@\\") & set(shown)
    assert "https://evil.example" in shown


def test_not_batched_means_one_message_each_with_pauses() -> None:
    alerts, box = [alert(n) for n in range(1, 4)], Box()
    with made.http_server() as server:
        (result,), waits = run([robot("wecom", server.url, batch=False)], alerts, box)
    assert len(server.requests) == 3
    assert len(result.delivered) == 3
    assert waits == [3.0, 3.0]
    assert box.calls == [("wecom", [a.id]) for a in alerts]


# mail


def test_mail_in_full_over_starttls_with_login(tmp_path: Path, certs: made.Certificates) -> None:
    with made.smtp_server(starttls=certs.server, login=("scan", "pässword")) as box:
        mail = channel(
            tmp_path, {"P": "pässword"}, kind="smtp", host="localhost", port=box.port, user="scan", password_env="P",
            sender="scan@corp.example", to=["ops@corp.example", "law@corp.example"], ca_file=str(certs.ca_file),
        )  # fmt: skip
        (result,), _ = run([mail], [ONE, LOCKED])
    assert result == Delivery("smtp", (ONE.id, LOCKED.id), ())
    ((sender, recipients, message),) = box.mails
    assert (sender, recipients) == ("scan@corp.example", ["ops@corp.example", "law@corp.example"])
    assert message["Subject"] == "leakgauge 红线尺：2 项告警（严重 1 项，警告 1 项）"
    assert message["From"] == "leakgauge <scan@corp.example>"
    assert message["To"] == "ops@corp.example, law@corp.example"
    assert message["Date"].datetime == NOW
    assert message["Message-ID"].endswith("@corp.example>")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "text/plain"
    assert message.get_content().replace("\r\n", "\n") == "\n\n".join(
        [
            "leakgauge 红线尺：2 项告警（严重 1 项，警告 1 项）",
            "[严重] 新文件达到入罪标准（从严口径）\n  " + "\n  ".join(ZH_FACTS),
            "[警告] 文件已加密，未能读取\n  文件：b.zip\n  目录：/srv/exports\n  时间：2026-11-21 02:30+08:00\n  编号：00000000",
            FOOT["zh"] + "\n",
        ]
    )


def smtp_channel(port: int, ca_file: Path | None = None, **more: Any) -> Channel:
    table = {"kind": "smtp", "host": "localhost", "port": port, "sender": "scan@corp.example", "to": ["ops@corp.example"]}
    return channel(Path(), {"P": "HIDDEN"}, **(table | ({"ca_file": str(ca_file)} if ca_file else {}) | more))


def test_mail_over_tls_and_without(certs: made.Certificates) -> None:
    with made.smtp_server(tls=certs.server) as box:
        (result,), _ = run([smtp_channel(box.port, certs.ca_file, security="tls")], [ONE])
    assert (result.delivered, len(box.mails)) == ((ONE.id,), 1)
    with made.smtp_server() as box:
        (result,), _ = run([smtp_channel(box.port, security="none")], [ONE])
    assert (result.delivered, len(box.mails)) == ((ONE.id,), 1)


def test_mail_is_not_sent_where_encryption_fails(certs: made.Certificates) -> None:
    with made.smtp_server(starttls=certs.server) as box:
        (result,), _ = run([smtp_channel(box.port)], [ONE])  # an authority that this machine does not know
        assert "TLS certificate of localhost was not accepted" in result.error_en
    with made.smtp_server() as plain:
        (result,), _ = run([smtp_channel(plain.port)], [ONE])
        assert result.error_en == "localhost does not offer STARTTLS"
    assert box.mails == plain.mails == []


def test_what_mail_servers_refuse(certs: made.Certificates) -> None:
    with made.smtp_server(starttls=certs.server, login=("scan", "other")) as box:
        (result,), _ = run([smtp_channel(box.port, certs.ca_file, user="scan", password_env="P")], [ONE])
        assert result.error_en == "localhost refused the login"
        (result,), _ = run([smtp_channel(box.port, certs.ca_file, user="scän", password_env="P")], [ONE])
        assert result.error_en == "localhost refused the login"
    with made.smtp_server(starttls=certs.server, silent=True) as box:
        (result,), waits = run([smtp_channel(box.port, certs.ca_file, user="scan", password_env="P")], [ONE])
        assert (result.error_en, waits) == ("localhost refused the login", [])
    with made.smtp_server() as box:
        here = {"security": "none", "attempts": 2}
        box.codes = ["451 later"]
        (result,), waits = run([smtp_channel(box.port, **here)], [ONE])
        assert (result.delivered, waits) == ((ONE.id,), [2.0])
        box.codes = ["554 no"]
        (result,), waits = run([smtp_channel(box.port, **here)], [ONE])
        assert (result.failed, result.error_en, waits) == ((ONE.id,), "localhost refused the mail with code 554", [])
        (result,), waits = run([smtp_channel(box.port, to=["gone@corp.example"], **here)], [ONE])
        assert (result.failed, result.error_en) == ((ONE.id,), "localhost refused the mail with code 550")
        (result,), _ = run([smtp_channel(box.port, to=["gone@corp.example", "ops@corp.example"], **here)], [ONE])
        assert result.delivered == (ONE.id,)  # the others have it: sending again would tell them twice
        assert result.error_en == "localhost refused 1 of 2 recipients; the others were served"
    (result,), waits = run([smtp_channel(made.closed_port(), attempts=2)], [ONE])
    assert (result.error_en, waits) == ("localhost could not be reached", [2.0])


# syslog


HOST = socket.gethostname()
CEF = (
    "CEF:0|leakgauge|leakgauge|{version}|new_over_line|新文件达到入罪标准（从严口径）|9|rt=1763663415250 externalId={id} "
    "filePath=客户_2026.csv suser=wang_li cs1Label=root cs1=/srv/exports cn1Label=persons cn1=5000 msg=含 3 类信息 "
    "cfp1Label=strict cfp1=4.8 cfp2Label=prevailing cfp2=0.48 cfp3Label=lenient cfp3=0.25"
)


def head(level: int, event: str = "new_over_line") -> str:
    return f"<{16 * 8 + level}>1 2026-11-21T02:30:15.250+08:00 {HOST} leakgauge - {event} - "


def cef_of_one() -> str:
    from importlib.metadata import version

    return CEF.format(version=version("leakgauge"), id=ONE.id).replace("1763663415250", str(int(WHEN.timestamp() * 1000)))


def test_syslog_over_tcp_counts_octets(tmp_path: Path) -> None:
    with made.syslog_server() as server:
        siem = channel(tmp_path, kind="syslog", host="127.0.0.1", port=server.port)
        (result,), _ = run([siem], [ONE, LOCKED])
        data = server.wait()
    assert result.delivered == (ONE.id, LOCKED.id)
    told = []
    while data:
        length, _, rest = data.partition(b" ")
        told.append(rest[: int(length)].decode())
        data = rest[int(length) :]
    assert told[0] == head(2) + cef_of_one()
    assert told[1].startswith(head(4, "locked") + "CEF:0|")
    assert len(told) == 2


def test_syslog_over_tls_with_a_client_certificate(tmp_path: Path, certs: made.Certificates) -> None:
    with made.syslog_server(certs.strict_server) as server:
        table = {
            "kind": "syslog",
            "host": "localhost",
            "port": server.port,
            "transport": "tls",
            "framing": "newline",
            "payload": "json",
        }
        files = {"ca_file": str(certs.ca_file), "cert_file": str(certs.client_file)}
        (result,), _ = run([channel(tmp_path, **table, **files)], [ONE, LOCKED])
        data = server.wait()
        (bad,), _ = run([channel(tmp_path, **table)], [ONE])
    assert result.delivered == (ONE.id, LOCKED.id)
    first, second, end = data.split(b"\n")
    assert end == b""
    assert first.startswith(head(2).encode())
    assert json.loads(first.removeprefix(head(2).encode())) == webhook.as_json(ONE, "zh")
    assert json.loads(second.removeprefix(head(4, "locked").encode()))["event"] == "locked"
    assert "TLS certificate of localhost was not accepted" in bad.error_en


def test_syslog_over_udp_one_datagram_each(tmp_path: Path) -> None:
    long = alert(3, lines_zh=("表" * 2000,), lines_en=("x",), path="d/" * 900 + "e.csv")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(10)
        table = {"kind": "syslog", "host": "127.0.0.1", "port": receiver.getsockname()[1], "transport": "udp"}
        (result,), _ = run([channel(tmp_path, **table)], [ONE, long])
        first, second = receiver.recv(65536), receiver.recv(65536)
    assert len(result.delivered) == 2
    assert first.decode() == head(2) + cef_of_one()
    assert len(second) <= 2048
    assert b"d/e.csv suser=" in second
    assert b"msg=" not in second


def test_syslog_collector_that_is_not_there(tmp_path: Path) -> None:
    (result,), waits = run([channel(tmp_path, kind="syslog", host="127.0.0.1", port=made.closed_port(), attempts=2)], [ONE])
    assert (result.failed, result.error_en, waits) == ((ONE.id,), "127.0.0.1 could not be reached", [2.0])


def test_cef_escapes() -> None:
    told = alert(title_zh=r"a|b\c=d", path="C:\\x|y=z.csv", lines_zh=("k=1", "b"), lines_en=("", ""), ratios=None, persons=None)
    text = syslog.cef(told, "zh")
    assert r"|a\|b\\c=d|9|" in text
    assert r"filePath=C:\\x|y\=z.csv suser" in text
    assert text.endswith(r"msg=k\=1\nb")
    assert "cn1" not in text
    assert "cfp" not in text


# delivery


def test_a_dead_channel_does_not_stop_the_others_and_nothing_is_told_twice(tmp_path: Path) -> None:
    box = Box()
    with made.http_server() as server:
        dead = channel(tmp_path, kind="webhook", name="dead", url=f"http://127.0.0.1:{made.closed_port()}/", attempts=1)
        live = channel(tmp_path, kind="webhook", url=server.url)
        first, _ = run([dead, live], [ONE], box)
        second, _ = run([dead, live], [ONE, LOCKED, ONE], box)
    assert [d.failed for d in first] == [(ONE.id,), ()]
    assert [d.failed for d in second] == [(ONE.id, LOCKED.id), ()]
    assert second[1].delivered == (LOCKED.id,)
    assert [[a["id"] for a in r.json["alerts"]] for r in server.requests] == [[ONE.id], [LOCKED.id]]


def test_a_fault_in_one_channel_is_a_result_without_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("key=HIDDEN")

    monkeypatch.setitem(__import__("scanner.alerts.deliver", fromlist=["_SENDERS"])._SENDERS, "syslog", broken)
    with made.http_server() as server:
        channels = [channel(tmp_path, kind="syslog", host="h"), channel(tmp_path, kind="webhook", url=server.url)]
        (bad, good), _ = run(channels, [ONE])
    assert bad == Delivery(
        "syslog", (), (ONE.id,), "通道出现意外错误（RuntimeError）", "the channel failed in an unexpected way (RuntimeError)"
    )
    assert good.delivered == (ONE.id,)


def test_one_refused_message_does_not_hold_back_the_next(tmp_path: Path) -> None:
    box = Box()
    with made.http_server((400, {}, b""), (200, {}, b"")) as server:
        (result,), _ = run([channel(tmp_path, kind="webhook", url=server.url, batch=False)], [ONE, LOCKED], box)
    assert result.failed == (ONE.id,)
    assert result.delivered == (LOCKED.id,)
    assert result.error_en == "127.0.0.1 answered HTTP 400"
    with made.http_server((500, {}, b"")) as server:  # out of reach: the rest is not tried
        (result,), _ = run([channel(tmp_path, kind="webhook", url=server.url, batch=False, attempts=2)], [ONE, LOCKED])
    assert result.failed == (ONE.id, LOCKED.id)
    assert len(server.requests) == 2


def test_a_receiver_that_refuses_everything_is_left_alone(tmp_path: Path) -> None:
    with made.http_server((401, {}, b"")) as server:
        (result,), _ = run([channel(tmp_path, kind="webhook", url=server.url, batch=False)], [alert(n) for n in range(1, 20)])
    assert len(server.requests) == 3
    assert len(result.failed) == 19


def test_large_webhook_runs_are_cut_into_messages(tmp_path: Path) -> None:
    alerts = [alert(n) for n in range(1, 452)]
    box = Box()
    with made.http_server((200, {}, b""), (500, {}, b"")) as server:
        (result,), _ = run([channel(tmp_path, kind="webhook", url=server.url, attempts=1)], alerts, box)
    assert [r.json["total"] for r in server.requests] == [200, 200]
    assert len(result.delivered) == 200
    assert len(result.failed) == 251
    assert len(box.told) == 200


def test_nothing_to_tell_opens_no_connection(tmp_path: Path) -> None:
    with made.http_server() as server:
        quiet = channel(tmp_path, kind="webhook", url=server.url, min_severity="critical")
        result, _ = run([quiet], [LOCKED])
    assert result == (Delivery("webhook", (), ()),)
    assert server.requests == []


def test_no_key_of_a_robot_reaches_a_log_or_an_error(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    port = made.closed_port()
    with made.http_server((500, {}, b"")) as server:
        for url in (server.url, f"http://127.0.0.1:{port}/hook"):
            robots = [robot(kind, f"{url}?key=HIDDEN", None if kind == "wecom" else "HIDDEN2", attempts=2) for kind in ROBOTS]
            results, _ = run(robots, [ONE])
            assert all(result.failed for result in results)
            assert "HIDDEN" not in repr(results) + repr(robots)
    assert "HIDDEN" not in caplog.text
    with pytest.raises(ChannelError) as caught:
        chat_forms.send_wecom(robots[0], [ONE], NOW)  # type: ignore[arg-type]
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


def test_other_users_of_the_library_keep_their_log(caplog: pytest.LogCaptureFixture) -> None:
    import httpx

    caplog.set_level(logging.INFO, logger="httpx")
    with made.http_server() as server:
        run([robot("wecom", server.url)], [ONE])
        assert caplog.text == ""
        httpx.post(server.url, json={})
    assert "HTTP Request" in caplog.text
