"""Which natural person of the row each column belongs to: 0 the row's own person, 1 … others (配偶, 紧急联系人, 担保人).

A column belongs to whom its title names (担保人身份证号); without a role to the row's own person, or to the person of the name
column just before it when it repeats what the own person already has (姓名, 电话, 配偶姓名, 电话).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from detectors.base.headers import Header, HeaderWords, Strength, announces, read_header
from detectors.base.roles import ROLES, Alone, Standing


def _words(strong: str, never: str = "") -> HeaderWords:
    return HeaderWords(strong=frozenset(strong.split()), never=frozenset(never.split()))


# What a title tells of a person, for telling persons apart only; the detectors' own lists are longer.
_TOLD: dict[str, HeaderWords] = {
    "alias": _words("曾用名 别名 英文名 英文姓名 拼音 姓名拼音 昵称 用户名 微信昵称 nickname username cym xmpy firstname"),
    "name": _words("姓名 名字 户名 中文名 name fullname realname xm xingming", never="曾用名 昵称"),
    "document": _words(
        "身份证 身份证号 身份证号码 证件号 证件号码 公民身份号码 护照号 护照号码 证号 idno idcard idcardno idnumber idnum certno"
        " certnumber docno passport passportno sfz sfzh sfzhm sfzjh gmsfhm zjh zjhm"
    ),
    "phone": _words(
        "电话 电话号码 手机 手机号 手机号码 联系电话 联系方式 移动电话 联系手机 phone phoneno phonenumber mobile mobileno"
        " mobilephone cellphone tel telephone telno msisdn sj sjh sjhm dh lxdh lxfs dianhua",
        never="固定电话 座机 办公电话 单位电话 公司电话 家庭电话 传真",
    ),
    "account": _words("账号 账户 卡号 银行卡号 银行卡 银行账号 accountno acctno account cardno bankcard yhkh kh zh iban"),
    "contact": _words("邮箱 电子邮箱 微信 微信号 qq qq号 email mail wechat"),
    "address": _words("地址 住址 详细地址 address addr dz zz xxdz"),
    "relation": _words("关系 relation relationship gx"),
    "other": _words("性别 年龄 出生日期 民族 学历 职业 职务 工作单位 单位 sex gender age birthday dob xb nl csrq gzdw"),
}
_REACHED = ("contact", "contacts", "contactinfo", "contactdetails")
_NAMED = ("名称", "名", "mingcheng", "mc")  # of a role they are the name
_IDENTIFYING = frozenset(("name", "document", "phone", "account", "contact"))
_ANYBODY = frozenset(
    ("本人", "客户", "会员", "用户", "买家", "人员", "申请人", "持卡人", "求职者")
)  # may be the same as any other role
_SHARED = frozenset(("document", "account"))  # two roles that both have one of these are two persons even without names


@dataclass(slots=True)
class _Group:
    """The columns of one role (and ordinal), "" for those without."""

    role: str
    columns: list[int]
    told: set[str]

    @property
    def standing(self) -> Standing:
        return ROLES[self.role].standing if self.role in ROLES else Standing.OWN


def role(header: str) -> str:
    """The canonical role word of a title (收件人 for 收货人电话, receiver_name, sjr), "" for none."""
    return read_header(header).role


def subjects(headers: Sequence[str]) -> tuple[int, ...]:
    """The person of each column of a table with these titles: 0 the row's own, 1 … others in the order of their columns."""
    read = [read_header(title) for title in headers]
    told = [_told(header) for header in read]
    for index, header in enumerate(read):
        if header.normalised in _REACHED and sum(other.role == header.role for other in read) == 1:
            told[index] = "phone"  # Passenger Name, Contact: how to reach the passenger
    groups = _groups(read, told)
    own = _own(groups)
    others = {key for key in groups if key != own and key != ("", 0) and _distinct(groups[key], groups, own)}
    belongs = [
        (header.role, header.ordinal)
        if (header.role, header.ordinal) in others and not (what == "relation" and header.normalised.startswith("与"))
        else own
        for header, what in zip(read, told, strict=True)
    ]
    _adopt(read, told, belongs, own, others)
    numbers: dict[tuple[str, int], int] = {own: 0}
    return tuple(numbers.setdefault(key, len(numbers)) for key in belongs)


def _told(header: Header) -> str:
    """What the title tells: a key of `_TOLD`, or "" for nothing of a person."""
    if header.organisation:
        return ""
    if header.role and not header.attribute:
        return "phone" if header.alone is Alone.NUMBER else "name"
    if header.role and header.attribute in _NAMED:
        return "name"
    for what, words in _TOLD.items():
        if announces(header, words) is Strength.STRONG:
            exact = any(form in words.strong for form in header.forms)
            if what != "name" or exact or not header.normalised.isascii():  # gate_name, song_name are nobody's
                return what
    return ""


def _groups(read: Sequence[Header], told: Sequence[str]) -> dict[tuple[str, int], _Group]:
    groups: dict[tuple[str, int], _Group] = {}
    for index, (header, what) in enumerate(zip(read, told, strict=True)):
        if what in ("relation", "") and header.role:
            continue  # 与户主关系, 客户等级: tells of the row's person, or of nobody
        group = groups.setdefault((header.role, header.ordinal), _Group(header.role, [], set()))
        group.columns.append(index)
        group.told.add(what)
    return groups


def _own(groups: dict[tuple[str, int], _Group]) -> tuple[str, int]:
    """The group that is the row's own person."""
    plain = groups.get(("", 0))
    if plain and "name" in plain.told:
        return "", 0
    identified = [key for key, group in groups.items() if key[0] and group.told & _IDENTIFYING]
    for standing in (Standing.OWN, Standing.SOFT):
        for key in identified:
            if groups[key].standing is standing:
                return key
    if identified and not (plain and plain.told & {"document", "phone", "account"}):
        return identified[0]
    return "", 0


def _distinct(group: _Group, groups: dict[tuple[str, int], _Group], own: tuple[str, int]) -> bool:
    """Whether a role speaks of somebody else than the row's own person."""
    if not group.told & _IDENTIFYING:
        return False
    if group.standing is Standing.OTHER:
        return True
    mine = set(groups[own].told) if own in groups else set()
    if own != ("", 0) and ("", 0) in groups:
        mine |= groups["", 0].told
    if "name" in group.told and "name" in mine:
        return True
    # 付款账号, 收款账号, 乘客手机, 司机电话; 联系人 beside a customer's telephone is the customer unless both are named
    if group.standing is not Standing.OWN or own[0] in ("", group.role):
        return False
    counterparts = group.role not in _ANYBODY and own[0] not in _ANYBODY
    return bool(group.told & mine & _SHARED) or (counterparts and "phone" in group.told & mine)


def _adopt(
    read: Sequence[Header],
    told: Sequence[str],
    belongs: list[tuple[str, int]],
    own: tuple[str, int],
    others: set[tuple[str, int]],
) -> None:
    """Give columns without a role to the person named just before, where the own person has such a column already."""
    repeated = [what for header, what in zip(read, told, strict=True) if not header.role and what]
    seen: set[str] = set()
    current = own
    for index, (header, what) in enumerate(zip(read, told, strict=True)):
        if header.role:
            key = (header.role, header.ordinal)
            if key in others and what == "name":
                current, mine = key, {"name"}
            elif what and key not in others:
                current = own
            if belongs[index] == own:
                seen.add(what)
            continue
        if what == "name" and "name" in seen and not _same_name(read, told, index):
            current, mine = ("", index + 1), {"name"}  # 姓名, 电话, …, 姓名, 电话
            belongs[index] = current
        elif current != own and what and what not in ("name", "alias") and what not in mine:
            follows = what in seen or what == "relation" or (what == "phone" and repeated.count("phone") > 1)
            contact = what == "phone" and current[0] == "联系人" and header.attribute.startswith("联系")
            if follows or contact:
                belongs[index] = current
                mine.add(what)
        elif what:
            seen.add(what)


def _same_name(read: Sequence[Header], told: Sequence[str], index: int) -> bool:
    """姓名 and name, or 户名 beside 姓名: two writings of one person's name, not two persons."""
    earlier = [read[n].attribute for n in range(index) if told[n] == "name" and not read[n].role]
    if not earlier:
        return read[index].attribute not in ("姓名", "name", "xm")
    return read[index].attribute not in earlier
