"""Group robots of 企业微信, 钉钉 and 飞书: what each wants to be sent, how it is signed, and what its answer means.

All three answer HTTP 200 when they refuse; the code in the body tells. Limits and forms as their owners state them:

企业微信  https://developer.work.weixin.qq.com/document/path/91770 (群机器人配置说明): markdown up to 4,096 bytes of UTF-8,
          20 messages a minute
钉钉      https://open.dingtalk.com/document/orgapp/custom-robot-access, …/customize-robot-security-settings: 20 messages a
          minute, then none for ten; the body up to 20,000 bytes (error 460101); milliseconds, signature in the address
飞书      https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot: body up to 20 KB, 100 messages a minute and 5 a
          second; seconds, signature in the body, whose *key* is time and secret and whose text is empty
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from scanner.alerts.channels import DingtalkChannel, FeishuChannel, WecomChannel
from scanner.alerts.model import SEVERITIES, Alert
from scanner.alerts.webhook import dumps, post
from scanner.alerts.words import Block, ChannelError, block, fitting, headline

_WECOM_BYTES = 4096
# Below the 20,000 bytes and the 20 KB of the whole body, for what stands around the text.
_TEXT_BYTES = 19_000

# Codes after which another try may succeed: the system is busy (-1), the limit of a second or a minute is reached. 钉钉 blocks
# for ten minutes, which no run waits for.
_AGAIN = {"wecom": (-1, 45009), "dingtalk": (-1,), "feishu": (2200, 11232)}

_COLOURS = {"info": "blue", "warning": "orange", "critical": "red"}

# What markdown, mentions and links are made of; a file's name must stay a name. Each full-width twin reads the same.
_MARKS = str.maketrans({c: chr(ord(c) + 0xFEE0) for c in "<>[]`*@\\"})


def send_wecom(channel: WecomChannel, alerts: Sequence[Alert], now: datetime) -> None:
    """One markdown message. Raises ChannelError."""
    text = _text(channel, alerts, "\n> ", lambda text: len(text.encode()) <= _WECOM_BYTES)
    _judge(channel, post(channel, dumps({"msgtype": "markdown", "markdown": {"content": text}}), {}, now), "errcode")


def send_dingtalk(channel: DingtalkChannel, alerts: Sequence[Alert], now: datetime) -> None:
    """One markdown message, signed where there is a secret. Raises ChannelError."""
    text = _text(channel, alerts, "\n- ", _fits_json)
    body = dumps({"msgtype": "markdown", "markdown": {"title": headline(alerts, channel.lang), "text": text}})
    signature: dict[str, str] = {}
    if channel.secret:
        secret, stamp = channel.secret.get_secret_value(), str(int(now.timestamp() * 1000))
        signature = {"timestamp": stamp, "sign": _base64(secret, f"{stamp}\n{secret}")}
    _judge(channel, post(channel, body, {}, now, signature), "errcode")


def send_feishu(channel: FeishuChannel, alerts: Sequence[Alert], now: datetime) -> None:
    """One card, signed where there is a secret. Raises ChannelError."""
    text = _text(channel, alerts, "\n", _fits_json, titled=False)
    gravest = max((alert.severity for alert in alerts), key=SEVERITIES.index)
    body: dict[str, Any] = {
        "msg_type": "interactive",
        "card": {
            "config": {"wide_screen_mode": True},
            "header": {"title": {"tag": "plain_text", "content": headline(alerts, channel.lang)}, "template": _COLOURS[gravest]},
            "elements": [{"tag": "markdown", "content": text}],
        },
    }
    if channel.secret:
        stamp = str(int(now.timestamp()))
        body |= {"timestamp": stamp, "sign": _base64(f"{stamp}\n{channel.secret.get_secret_value()}", "")}
    _judge(channel, post(channel, dumps(body), {}, now), "code")


Robot = WecomChannel | DingtalkChannel | FeishuChannel


def _base64(key: str, text: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()


def _fits_json(text: str) -> bool:
    return len(dumps(text)) <= _TEXT_BYTES


def _text(channel: Robot, alerts: Sequence[Alert], mark: str, fits: Callable[[str], bool], *, titled: bool = True) -> str:
    blocks = [_marked(block(alert, channel.lang), mark) for alert in alerts[: channel.top]]
    head = _plain(headline(alerts, channel.lang))
    return fitting(f"### {head}" if titled else f"**{head}**", blocks, len(alerts), channel.lang, fits)


def _marked(told: Block, mark: str) -> str:
    # A blank line between the heading and a list is what 钉钉 needs to see the list; the others do not mind it.
    first = "\n" if mark == "\n- " else ""
    return f"**{_plain(told.heading)}**{first}" + "".join(mark + _plain(fact) for fact in told.facts)


def _plain(text: str) -> str:
    return text.translate(_MARKS)


def _judge(channel: Robot, answer: bytes, name: str) -> None:
    """Raises ChannelError unless the code of the answer is 0. What the robot says besides is not repeated: it may quote us."""
    try:
        words = json.loads(answer)
        code = words[name] if name in words else words["StatusCode"]  # 飞书's older form
        code = int(code)
    except (ValueError, TypeError, KeyError):
        problem = ChannelError("answer", host=channel.address)
    else:
        if code == 0:
            return
        problem = ChannelError("rejected", again=code in _AGAIN[channel.kind], host=channel.address, code=code)
    raise problem
