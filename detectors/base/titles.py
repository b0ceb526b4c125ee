"""The grammar of column titles: Chinese, English, camelCase, snake_case and pinyin, in one or several rows.

A title is ROLE? + ATTRIBUTE (客户 + 身份证号, receiver + mobile, jjr + dh); a role alone is a column of names. The attribute
decides the kind, the role whose it is. What names a firm or a thing (企业名称, 门店电话, product_name) is no person's.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from detectors.base.roles import (
    EN_ROLES,
    EN_SHORT_ROLES,
    EN_STRONG_ALONE,
    EN_THING_TAILS,
    EN_THINGS,
    GLUED_ATTRIBUTES,
    GLUED_INITIALS,
    INITIAL_ROLES,
    INSTITUTIONS,
    LOGINS,
    NOT_GLUED,
    ROLES,
    SHORT_ATTRIBUTES,
    THING_TAILS,
    THINGS,
    TRADITIONAL,
    WHOLES,
    ZH_ROLES,
    ZH_SHORT_ROLES,
    Alone,
)


@dataclass(frozen=True, slots=True)
class Header:
    """A title, read.

    text          as it stands in the table
    normalised    in one writing: NFKC, lower case, no blanks, numbering, units, brackets; all rows of a multi-row title joined
    parts         the rows of a multi-row title ("收件人 / 电话"), each normalised
    role          canonical role word (收件人 for 收货人, receiver, sjr), "" for none
    ordinal       which one of several of the role (联系人2: 2), 0 for none
    attribute     what is told of the role; "" when the title is the role alone
    alone         what a role alone is: a name, weakly a name, a telephone number
    organisation  the title speaks of a firm or a thing, not of a person
    forms         writings under which a word list may hold the whole title or its attribute, best first
    tails         their endings at word borders: (ending, characters before it), longest first
    """

    text: str
    normalised: str
    parts: tuple[str, ...] = ()
    role: str = ""
    ordinal: int = 0
    attribute: str = ""
    alone: Alone = Alone.NOTHING
    organisation: bool = False
    forms: tuple[str, ...] = ()
    tails: tuple[tuple[str, str], ...] = ()


_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_BRACKETS = re.compile(r"[(\[{<【〔《「]([^()\[\]{}<>【】〔〕《》「」]*)[)\]}>】〕》」]")
_NUMBERING = re.compile(r"^(?:\d{1,3}\s*[.、):]\s*|[一二三四五六七八九十]{1,3}\s*、|[a-z]\d?[.、]\s*)")
_UNIT = re.compile(
    rf"(?<=[{_HAN}])[\s_/:,-]*(?:km/h|kg|cm|mm|km|m2|m3|rmb|cny|usd|ms|min|%|‰)$|[_/:,-]\s*(?:万?元|人民币|秒|分钟|天|岁)$"
)
_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_DROP = re.compile(r"[\s_\-*.·:;,，。'\"`?!#★※&+、/\\|~^$=@]+")
_SPLIT = re.compile(r"\s*[/、|,;&]\s*|或|及")
_CODED = re.compile(r"(?:脱敏后?|加密后?|密文|明文|掩码|原文|原始值|masked|encrypted|encrypt|enc|hash|md5|sha1|sha256|plain|mask)$")
_PARTIAL = re.compile(r"(?:[前后末尾]|last|first)[\d一二三四五六七八九十]{1,3}位?|尾号|last(?:four|six|digits)")
_GENERIC = re.compile(
    r"(?:字段|列|栏位?|第?\d{1,3}列|(?:column|col|field|unnamed|attr|var|f|c|v)(?=\W*\d))\W*(?:\d{1,3}|[a-z]{1,2})?(?:level\d)?"
)
_FLAG = re.compile(r"^(?:是否|有无|可否|能否|is(?=[A-Z_ ])|has(?=[A-Z_ ]))")
_ORDINAL = re.compile(r"^第?([一二三四五]|\d{1,2})")
_DIGITS_END = re.compile(r"(?<=\D)\d{1,2}$")
_NUMERAL_END = re.compile(rf"(?<=[{_HAN}]{{2}})[一二三四五]$")
_UPPER_END = re.compile(r"(?:基本信息|基本情况|信息|资料|情况|详情|人员)$")
_UNKNOWN_ROLE = re.compile(rf"([{_HAN}]{{1,4}}人)(姓名|名字|手机号?码?|联系电话|电话|联系方式|身份证号?码?|证件号?码?|地址)?")
_NO_ROLE = re.compile("个人|机器人|单人|双人|本人|每人|工作人|无人|多人")
_TWO_SCRIPTS = re.compile(
    rf"\W*([{_HAN}]{{2,}}[\d{_HAN}]*)[\s:_-]+([A-Za-z][A-Za-z .'_-]+)|([A-Za-z][A-Za-z .'_-]+?)[\s:_-]+([{_HAN}]{{2,}})"
)
_ONE_SCRIPT = re.compile(rf"[A-Za-z][A-Za-z .'_-]+|[{_HAN}]{{2,}}")
_NUMERALS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5}
_ZH_ORDERED = tuple(sorted(ZH_ROLES, key=len, reverse=True))
_EN_ORDERED = tuple(sorted(EN_ROLES, key=len, reverse=True))
_INITIALS_ORDERED = tuple(sorted(INITIAL_ROLES, key=len, reverse=True))
_THING = re.compile("|".join(THINGS))
_OWN_THING = ("预留", "绑定", "本人", "家庭", "个人")  # 银行预留电话 is the customer's
_NAME_OF_ROLE = frozenset(("名", "名字", "名称", "mingcheng", "mc"))  # of a 投保人 it is the name; of a 客户 perhaps a firm's
_NAMES = ("名称", "全称", "简称", "名", "中文名")  # how the title of a column of things' names ends
_NUMBERS = frozenset(("号码", "号", "number", "no"))
_SPEAKERS = frozenset(("主叫", "被叫", "对方"))  # whose 号码 is a telephone number


@lru_cache(maxsize=4096)
def read_header(title: str) -> Header:
    """Read a title: rows, role, attribute, whether it speaks of a firm. Never raises."""
    rows = [row for row in title.split(" / ") if row.strip()] or [title]
    read = [_read_row(row) for row in rows]
    last = read[-1]
    role, ordinal, organisation, alone = last.role, last.ordinal, last.organisation, last.alone
    for upper in reversed(read[:-1]):
        if role:
            break
        bare = _UPPER_END.sub("", upper.normalised)
        found, number, rest = (upper.role, upper.ordinal, upper.attribute) if bare.isascii() else _zh_role(bare)
        if found and not rest:
            role, ordinal, organisation = found, number, False
        elif _THING.fullmatch(bare) and last.normalised in THING_TAILS:
            organisation = True
    attribute = "电话" if last.attribute in _NUMBERS and role in _SPEAKERS else last.attribute
    joined = "".join(part.normalised for part in read)
    rewritten = (attribute,) if attribute != last.attribute else ()
    forms = tuple(f for f in dict.fromkeys((*((joined,) if len(read) > 1 else ()), *last.forms, *rewritten)) if f)
    if organisation and not last.organisation:  # 公司 / 电话: the lower row alone would be a person's
        forms = forms[:1]
    tails = last.tails if len(read) == 1 else _longest({**dict(_tails((joined,), [])), **dict(last.tails)})
    parts = tuple(part.normalised for part in read)
    return Header(title, joined, parts, role, ordinal, attribute, alone, organisation, forms, tails)


def normalise(title: str) -> str:
    """A title in the one writing of word lists: "Id_Card No." and "身份证号（必填）" become idcardno and 身份证号."""
    full, whole, bare, fixed = _spellings(_clean(title)[0])
    return full if fixed else bare


def _spellings(text: str) -> tuple[str, str, str, bool]:
    """A cleaned row joined, without 脱敏 and the like, without a final number; and whether it is to stay as it is (是否…)."""
    full = _DROP.sub("", text).lower()
    whole = _CODED.sub("", full) or full
    bare = _NUMERAL_END.sub("", _DIGITS_END.sub("", whole))
    return full, whole, bare, bool(_FLAG.match(text) or _PARTIAL.search(whole))


def is_thing_word(text: str) -> bool:
    """Whether a word names a firm or a thing itself (楼盘名称)."""
    return _THING.search(text) is not None


def names_institution(header: Header) -> bool:
    """Whether a column of this title holds names of firms or institutions (医院名称, 派出所), whose telephones are their own."""
    said = header.normalised
    return said in INSTITUTIONS or (header.organisation and said.endswith(_NAMES) and any(one in said for one in INSTITUTIONS))


@lru_cache(maxsize=4096)
def halves(header: Header) -> tuple[Header, ...]:
    """电话/手机, 姓名 Name, Name(姓名): each half of a title that says it twice; none for an ordinary title."""
    if " / " in header.text:
        return ()
    text = unicodedata.normalize("NFKC", header.text)
    outside = _BRACKETS.sub(" ", text).strip()
    pieces = [p for p in _SPLIT.split(outside) if len(p.strip()) > 1]
    if len(pieces) < 2:
        both = _TWO_SCRIPTS.fullmatch(outside)
        held = [m[1].strip() for m in _BRACKETS.finditer(text)]
        pieces = (
            [g for g in both.groups() if g]
            if both
            else [p for p in held if _ONE_SCRIPT.fullmatch(p) and p.isascii() != outside.isascii()]
        )
    return tuple(h for p in pieces if (h := read_header(p.strip())).normalised not in ("", header.normalised))


def _read_row(row: str) -> Header:
    """One row of a title."""
    text, held = _clean(row)
    if _GENERIC.fullmatch(text.lower().replace("_", " ")):  # 字段1, Column2, Unnamed: 3: a place, no title
        return Header(row, "", ("",))
    full, whole, bare, fixed = _spellings(text)
    if fixed:
        return Header(row, full, (full,), attribute=full, forms=(full,) if full else ())
    words = [w.lower() for w in _WORDS.findall(text)] if text.isascii() else []
    if any(bare.endswith(login) for login in LOGINS):
        role, ordinal, rest, alone, thing = "", 0, bare, Alone.NOTHING, False
    elif text.isascii():
        role, ordinal, rest, alone, thing = _read_en(words, whole, bare)
    else:
        role, ordinal, rest = _zh_role(whole)
        alone = Alone.NOTHING if rest else ROLES[role].alone if role in ROLES else Alone.WEAK_NAME
        thing = not role and _is_thing(bare)
    rest = _NUMERAL_END.sub("", _DIGITS_END.sub("", rest))
    for inner in held:  # 联系电话(家长), 联系人(电话)
        inner = _DROP.sub("", inner.lower())
        whose, number, more = _zh_role(inner)
        if whose in ROLES and not more and not role and bare.startswith(SHORT_ATTRIBUTES):
            role, ordinal, rest, thing = whose, number, bare, False
        elif role and not rest and inner.startswith(SHORT_ATTRIBUTES):
            rest, alone = inner, Alone.NOTHING
    attribute = rest if role else bare
    said: tuple[str, ...] = (rest,) if role and held and rest and rest not in bare else (full, whole, bare, attribute)
    if any(bare.endswith(one) for one in WHOLES if len(one) > len(attribute)):  # 会员卡号 is no 卡号
        said = (full, whole, bare)
    if role in ROLES and ROLES[role].alone is Alone.NAME and attribute in _NAME_OF_ROLE:
        said = (*said, "姓名")
    if ordinal and role in ROLES and rest:  # 紧急联系人1关系 as 紧急联系人关系
        said = (*said, role + rest)
    forms = tuple(form for form in dict.fromkeys(said) if form)
    tails = () if attribute == bare and bare.endswith(tuple(LOGINS)) else _tails(forms, words)
    return Header(row, bare, (bare,), role, ordinal, attribute, alone, thing, forms, tails)


def _clean(text: str) -> tuple[str, list[str]]:
    """A row in NFKC without invisible characters, brackets, numbering and units; and what the brackets held."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).translate(TRADITIONAL).strip(" *★※\t\r\n'\"")
    text = re.sub(r"['’]s\b", "", text)
    held = [m[1].strip() for m in _BRACKETS.finditer(text)]
    text = _BRACKETS.sub(" ", text).strip() or " ".join(held)
    return _UNIT.sub("", _NUMBERING.sub("", text).strip()).strip(" :_-"), held


def _is_thing(text: str) -> bool:
    """企业名称, 门店电话: a firm or a thing before 名称, 电话, 地址 …"""
    if any(word in text for word in _OWN_THING) or text.endswith("姓名"):
        return False
    found = _THING.search(text)
    if found is None:
        return False
    rest = text[found.end() :]
    return rest == "名" or any(rest.endswith(tail) for tail in THING_TAILS if tail != "名")


def _zh_role(text: str) -> tuple[str, int, str]:
    """(role, ordinal, rest) of a Chinese title; the last of a chain counts: 学生 + 家长 + 电话 is the parent's."""
    at, word = min(((at, word) for word in _ZH_ORDERED if (at := text.find(word)) >= 0), key=lambda f: f[0], default=(-1, ""))
    if at < 0 or (at and text[at - 1] == "非"):
        return _short_role(text)
    rest = text[at + len(word) :].removeprefix("的")
    ordinal = _NUMERALS.get(text[at - 1], 0) if at else 0
    number = _ORDINAL.match(rest)
    if number and (not (after := rest[number.end() :]) or after.startswith(SHORT_ATTRIBUTES)):
        ordinal = _NUMERALS.get(number[1]) or int(number[1])
        rest = after
    if rest.startswith(_ZH_ORDERED) or rest[:1] in ("父", "母"):
        further = _zh_role(rest)
        if further[0]:
            return further
    return ZH_ROLES[word], ordinal, "" if rest in ("信息", "资料") else rest


def _short_role(text: str) -> tuple[str, int, str]:
    """收货电话, 父姓名, 投诉人电话: a role in two characters or one, or one that no list knows."""
    for word, role in ZH_SHORT_ROLES.items():
        if text.startswith(word) and text.startswith(SHORT_ATTRIBUTES, len(word)):
            return role, 0, text[len(word) :]
    unknown = _UNKNOWN_ROLE.fullmatch(text)
    if unknown and not _NO_ROLE.match(unknown[1]):
        return unknown[1], 0, unknown[2] or ""
    return "", 0, text


def _read_en(words: list[str], whole: str, bare: str) -> tuple[str, int, str, Alone, bool]:
    """(role, ordinal, rest, meaning alone, thing) of an English or pinyin title."""
    words = [w for w in words if not w.isdigit()]
    if len(words) == 1 and bare not in EN_ROLES and bare not in INITIAL_ROLES:
        role, rest = _glued(bare)
        return role, 0, rest, Alone.NOTHING, False
    role, left, alone = _en_role(words)
    digits = _DIGITS_END.search(whole)
    ordinal = int(digits[0]) if digits and role and not left else 0
    thing = not role and len(words) > 1 and words[-1] in EN_THING_TAILS and words[-2] in EN_THINGS
    return role, ordinal, "".join(left), alone, thing


def _en_role(words: list[str]) -> tuple[str, list[str], Alone]:
    """(role, remaining words, meaning alone); the last of a chain counts (student parent phone)."""
    role, at, joined = "", 0, ""
    while at < len(words):
        for end in range(min(len(words), at + 3), at, -1):
            joined_here = "".join(words[at:end])
            single = end == at + 1
            found = EN_ROLES.get(joined_here, "")
            if not found and single and len(words) == 1 and joined_here.endswith("r"):  # lxr, sjr: …人; two letters are too few
                found = INITIAL_ROLES.get(joined_here, "") if len(joined_here) > 2 else ""
            if not found and single and end < len(words):
                found = EN_SHORT_ROLES.get(joined_here, "")
            if found and not (found == "人员" and role):
                role, joined, at = found, joined_here, end
                break
        else:
            break
    rest = [] if role and words[at:] in (["people"], ["person"], ["info"]) else words[at:]
    if not role or rest:
        return role, rest, Alone.NOTHING
    if ROLES[role].alone is Alone.NUMBER:
        return role, rest, Alone.NUMBER
    named = joined in EN_STRONG_ALONE or joined.endswith("ren") or joined in INITIAL_ROLES or joined in EN_SHORT_ROLES
    return role, rest, Alone.NAME if named else Alone.WEAK_NAME


def _glued(text: str) -> tuple[str, str]:
    """custname, khxm, toubaorendianhua: a role glued to an attribute of a closed list."""
    if text not in NOT_GLUED:
        for word in _EN_ORDERED:
            if text.startswith(word) and text[len(word) :] in GLUED_ATTRIBUTES:
                return EN_ROLES[word], text[len(word) :]
        for word in _INITIALS_ORDERED:
            if text.startswith(word) and text[len(word) :] in GLUED_INITIALS:
                return INITIAL_ROLES[word], text[len(word) :]
    return "", text


def _tails(forms: tuple[str, ...], words: list[str]) -> tuple[tuple[str, str], ...]:
    """Proper endings of the forms at word borders, none shorter than a whole (IP地址, 会员卡号) that it would cut."""
    found: dict[str, str] = {}
    for form in forms:
        if form in WHOLES:
            continue
        if not form.isascii():
            cuts = [n for n in range(1, len(form) - 1) if not (form[n - 1].isascii() and form[n].isascii())]
        elif "".join(words) == form:
            cuts = [sum(map(len, words[:n])) for n in range(1, len(words))]
        else:
            cuts = []
        for cut in cuts:
            found.setdefault(form[cut:], form[:cut])
            if form[cut:] in WHOLES:
                break
    return _longest(found)


def _longest(tails: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(tails.items(), key=lambda pair: -len(pair[0])))
