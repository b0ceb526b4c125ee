"""The words of a dossier in both languages: key → (Chinese, English). None may call anybody guilty, or anything safe or legal."""

from __future__ import annotations

from scanner.config import Lang

WORDS: dict[str, tuple[str, str]] = {
    "title": ("离职检查档案：{person}", "Offboarding dossier: {person}"),
    "made": ("制作于 {made}，所有时间按此时区（UTC{offset}）。", "Made {made}; all times are in this clock (UTC{offset})."),
    "window_is": (
        "期间：{since} 起（按{by}）；更早的文件单独列出，一并计入「全部」。",
        "Window: from {since} on, by the {by}; older files are listed as such and are part of “everything”.",
    ),
    "by_modified": ("修改时间", "time of the last change"),
    "by_created": ("创建时间", "time of creation on the medium"),
    "roots": ("检查范围：{roots}", "Examined: {roots}"),
    "no_finding": (
        "本档案只列出文件内容和按各口径的估算，不认定任何人有罪或者无罪，也不表示任何文件没有问题。",
        "This dossier shows what files hold and an estimate under each reading. It finds nobody guilty or innocent, "
        "and calls no file harmless.",
    ),
    "interrupted": ("检查中断：以下只反映中断前读到的部分。", "Interrupted: what follows covers only what was read until then."),
    # sums
    "window": ("期间内的文件", "Files of the window"),
    "whole": ("全部文件", "Everything"),
    "set_line": (
        "{files} 个文件，{persons} 人，其中敏感个人信息 {sensitive} 人、不满十四周岁 {under_14} 人；"
        "另有企业联系方式 {companies} 个。同一自然人只计一次。",
        "{files} file(s), {persons} person(s), {sensitive} with sensitive data, {under_14} under 14; besides, {companies} company "
        "contact(s). A natural person counts once.",
    ),
    "estimated": ("人数为估计值。", "Persons are estimated."),
    "act_obtain": ("获取", "obtained"),
    "act_provide": ("假如提供给一方", "if provided to one"),
    "act_answered": ("按填答的事实", "as answered"),
    "col_sum": ("{act}：E / 标准", "{act}: E / line"),
    "col_times": ("倍数", "ratio"),
    "assumed": (
        "「{name}」假定：{facts}，违法所得 {gains} 元，适用 {on} 的规定{purpose}。",
        "“{name}” assumes: {facts}, unlawful gains {gains} yuan, law of {on}{purpose}.",
    ),
    "assumed_obtain": ("已取得，未向他人提供", "it was obtained and passed on to nobody"),
    "assumed_passed": ("{act}，{insider}，接收方 {recipients} 个", "{act}, {insider}, {recipients} recipient(s)"),
    "halved": (
        "获取不减半；履行职责中获得的信息一旦提供给他人，标准减半。",
        "Obtaining is not halved; the limits are halved once what was obtained on duty is provided.",
    ),
    "gains_answered": ("违法所得倍数：{ratios}", "Ratio of gains: {ratios}"),
    # categories and people
    "categories": ("信息类别", "Categories of information"),
    "col_category": ("类别", "Category"),
    "col_kinds": ("字段", "Kinds"),
    "col_persons": ("人数", "Persons"),
    "col_window_persons": ("期间内人数", "Persons, window"),
    "col_entries": ("条数（{reading}）", "Entries ({reading})"),
    "col_sensitive": ("敏感", "Sensitive"),
    "people_lines": ("按人数计的标准（全部文件）", "Lines counted in persons (everything)"),
    "col_line": ("标准", "Line"),
    "col_limit": ("人数标准", "Limit"),
    "col_reached": ("是否达到", "Reached"),
    "col_cite": ("依据", "Source"),
    "grounds": ("理由与提示（假如提供）", "Grounds and warnings (what if provided)"),
    "policies": ("本单位分级（全部文件）", "Company classes (everything)"),
    "policy_line": (
        "{policy}「{level}」：{count} / {limit}，{reached}；{action}",
        "{policy}, {level}: {count} / {limit}, {reached}; {action}",
    ),
    # timeline
    "timeline": ("积累过程", "How it piled up"),
    "timeline_line": (
        "按{by}；每一自然人只在最早的文件中计为新增；E 按获取计。",
        "By the {by}; a natural person is new only in the earliest file; E as obtained.",
    ),
    "col_from": ("起始日", "From"),
    "col_files": ("文件", "Files"),
    "col_new": ("新增人数", "New persons"),
    "col_so_far": ("累计人数", "Persons so far"),
    "col_E": ("累计 E（{reading}）", "E so far ({reading})"),
    "carriers": ("构成总数的文件", "Files that carry the sum"),
    "carriers_line": (
        "依次为使总数增加最多的文件，直到不再增加（最多 {most} 个）。",
        "The file that adds most first, until nothing is added ({most} at most).",
    ),
    "col_path": ("文件", "File"),
    # files
    "files": ("文件清单", "Files"),
    "col_modified": ("修改时间", "Changed"),
    "col_created": ("创建时间", "Created"),
    "col_owner": ("所有者", "Owner"),
    "col_bytes": ("字节", "Bytes"),
    "col_ratio": ("从严倍数", "Strict ratio"),
    "col_flags": ("标记", "Marks"),
    "flag_older": ("早于期间", "before the window"),
    "flag_arrived": ("早于期间，但另一时间在期间内", "before the window, but its other time lies in it"),
    "flag_outside": ("非工作时间", "outside working hours"),
    "flag_locked": ("有密码", "locked"),
    "flag_unread": ("未读全", "not all read"),
    "flag_renamed": ("名称与内容不符", "name hides the format"),
    "flag_copy": ("有相同副本", "has copies"),
    "flag_system": ("系统文件，未扫描", "system file, not scanned"),
    "flag_settings": ("按设置未扫描", "left out by the settings"),
    "quiet_files": (
        "另有 {count} 个文件未计到可识别的人，也无标记，见清单文件。",
        "{count} more file(s), with nobody counted and no mark, are in the manifest.",
    ),
    # findings
    "findings": ("值得注意", "What stands out"),
    "locked": ("有密码、未能打开：{path}（{part}）", "Locked and not opened: {path} ({part})"),
    "all_of_it": ("全部", "all of it"),
    "note": ("{path}：{said}", "{path}: {said}"),
    "copies": ("内容完全相同的 {count} 个文件{how}：{paths}", "{count} files with the same content{how}: {paths}"),
    "copies_named": ("（名称不同）", ", under different names"),
    "copies_typed": ("（名称和后缀不同）", ", under names of different kinds"),
    "outside": (
        "{count} 个有个人信息或未能读取的文件在工作时间（{hours}）之外形成：{paths}",
        "{count} file(s) with personal information, or unread, came outside working hours ({hours}): {paths}",
    ),
    "holidays": ("法定节假日和调休未计入工作时间的判断。", "Public holidays, and days worked in their stead, are not known here."),
    "arrived": (
        "{count} 个文件按{by}早于期间，而另一时间在期间内（复制进来的旧文件，或时间被改动）：{paths}",
        "{count} file(s) are older than the window by the {by}, but not by their other time (an old file copied here, or a time "
        "put back): {paths}",
    ),
    "links": ("{count} 个链接未跟随：{paths}", "{count} link(s) were not followed: {paths}"),
    "left_out": (
        "{count} 个文件按设置或因属系统文件未扫描，已列入清单文件。",
        "{count} file(s) were left out by the settings or as system files; the manifest lists them.",
    ),
    "suppressed": ("按允许清单略去 {count} 处，未计入。", "{count} place(s) were left out by the allow-list and not counted."),
    "nothing_stands_out": ("无。", "Nothing."),
    "more_paths": (" 等，另有 {count} 个", " and {count} more"),
    # lineage
    "lineage": ("从何而来", "Where it came from"),
    "no_ledger": ("未提供台账（--ledger），未比对来源。", "No ledger was given (--ledger), so no sources were looked for."),
    "compared": ("与台账中 {count} 份曾经扫描的文件比对。", "Compared with {count} remembered file(s) of the ledger."),
    "no_source": ("没有文件与台账中的文件有足够多的相同的人。", "No file shares enough persons with a remembered one."),
    "lineage_file": (
        "{path}（{persons} 人，来源覆盖 {covered} 人）",
        "{path} ({persons} persons, {covered} covered by its sources)",
    ),
    "source": (
        "含有 {export} 的 {persons} 人中的 {of} 人（本文件 {shared} 人，其中新覆盖 {new} 人）；"
        "所有者 {owner}，首次记录于 {seen}{marks}",
        "{of} of the {persons} persons of {export} ({shared} of this file, {new} not covered before); "
        "owner {owner}, first seen {seen}{marks}",
    ),
    "also": (
        "相同的人也见于 {export}（{persons} 人中的 {of} 人）{marks}",
        "The same persons also stand in {export} ({of} of its {persons}){marks}",
    ),
    "also_more": ("另有 {count} 份文件含有相同的人", "{count} more remembered file(s) hold the same persons"),
    "few": (
        "与 {export} 有 {count} 人相同，不足以说明来源",
        "{count} person(s) in common with {export}, too few to tell of a source",
    ),
    "few_more": ("另有 {count} 份文件只有个别人相同", "{count} more remembered file(s) have a few persons in common"),
    "mark_identical": ("；内容逐字节相同", "; byte for byte the same"),
    "mark_estimated": ("；估计值，标准误 {error} 人", "; estimated, standard error {error} persons"),
    # the rest
    "unread": ("未读取（未经检查）", "Not read (nobody examined it)"),
    "checklist": ("需由人填答的事实", "What people must answer"),
    "checklist_line": (
        "以下事实文件本身看不出。填答后用所列选项重新运行；标「计入」的会改变上面的计算。",
        "No file can show these facts. Run again with the options named; what is marked “counts” changes the sums above.",
    ),
    "question": ("{question}［{option}］{counts}", "{question} [{option}]{counts}"),
    "counts": ("（计入）", " (counts)"),
    "open": ("未填答。", "Not answered."),
    "answer": ("填答：{answer}。{follows}{cite}", "Answer: {answer}. {follows}{cite}"),
    "sign": (
        "人力资源：＿＿＿＿＿＿　法务：＿＿＿＿＿＿　日期：＿＿＿＿＿＿",
        "Personnel: ____________   Counsel: ____________   Date: ____________",
    ),
    "evidence": ("证据", "Evidence"),
    "manifest": ("清单的 SHA-256：{digest}", "SHA-256 of the manifest's lines: {digest}"),
    "kept": (
        "读取 {opened} 个文件，其中 {kept} 个的访问时间未改变；未向检查范围写入任何内容。",
        "{opened} file(s) were read, the access time of {kept} was left as it was; nothing was written where the files are.",
    ),
    "not_kept": (
        "其余文件的访问时间可能已改变：系统不允许保留（需为文件所有者或管理员；非 Linux 系统请以只读方式挂载）。",
        "The access times of the others may have changed: the system did not allow to keep them (be their owner or administrator; "
        "elsewhere than on Linux mount the medium read-only).",
    ),
    "key": ("密钥指纹：{fingerprint}", "Fingerprint of the key: {fingerprint}"),
    "key_fresh": ("密钥：一次性，已丢弃", "Key: fresh, thrown away"),
    "versions": ("版本：{versions}", "Versions: {versions}"),
    "verify": ("核对：leakgauge verify 清单文件", "To check later: leakgauge verify MANIFEST"),
    "about": ("说明", "About this dossier"),
    "rows_more": ("另有 {count} 行，见 HTML 或 JSON 档案", "{count} more row(s), see the HTML or JSON dossier"),
}


def word(lang: Lang, key: str, **values: object) -> str:
    """The words of this key; whole numbers in `values` are written with thousands separators."""
    shown = {name: f"{value:,}" if isinstance(value, int) else value for name, value in values.items()}
    return WORDS[key][0 if lang == "zh" else 1].format(**shown)


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAYS_ZH = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")


def hours_words(hours: str, lang: Lang) -> str:
    """Working hours as people write them.

    >>> hours_words("08:00-20:00 mon,tue,wed,thu,fri", "zh")
    '周一至周五 08:00-20:00'
    """
    span, _, days = hours.partition(" ")
    places = [_DAYS.index(day) for day in days.split(",")]
    names = [_DAYS_ZH[place] if lang == "zh" else _DAYS[place].capitalize() for place in places]
    if len(places) > 2 and places == list(range(places[0], places[-1] + 1)):
        return f"{names[0]}{'至' if lang == 'zh' else ' to '}{names[-1]} {span}"
    return f"{('、' if lang == 'zh' else ', ').join(names)} {span}"
