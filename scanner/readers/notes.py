"""What readers say of a source though all of it was read: a name that hides the format, links that lead elsewhere."""

from __future__ import annotations

from detectors.base.sentence import Sentence

# The format of each reader in a Chinese sentence; the English words stand beside the readers (`Reader.said`).
_CHINESE = {
    "workbook": "工作簿",
    "docx": "Word 文档",
    "pptx": "演示文稿",
    "doc": "旧版 Word 文档",
    "ppt": "旧版演示文稿",
    "opendocument": "OpenDocument 文字或演示文稿",
    "pdf": "PDF 文档",
    "msg": "Outlook 邮件",
    "rtf": "RTF 文档",
    "mail": "电子邮件",
    "vcard": "通讯录",
    "zip": "ZIP 压缩包",
    "7z": "7-Zip 压缩包",
    "rar": "RAR 压缩包",
    "compressed": "压缩文件",
    "tar": "TAR 归档",
    "parquet": "Parquet 或 Arrow 数据",
    "sqlite": "SQLite 数据库",
    "dbf": "dBase 表",
    "spreadsheet_xml": "XML 电子表格",
    "flat_opendocument": "单文件 OpenDocument 文档",
    "html_tables": "含表格的网页",
    "json": "JSON",
    "sql": "SQL 脚本",
    "delimited": "文本",
}


def other_format(reader: str, said: str, suffix: str) -> Sentence:
    """The name promises one format, the content is another. reader: its name; said: the format in an English sentence."""
    zh = f"内容是{_CHINESE.get(reader, reader)}，文件名后缀却是 {suffix}"
    return Sentence("other_format", zh, f"content is {said or reader}, the name says {suffix}")


def links_not_followed(links: int) -> Sentence:
    """An archive holds links, which may lead anywhere."""
    zh = f"压缩包内有 {links} 个链接，未跟随读取"
    return Sentence("links_not_followed", zh, f"{links} links inside the archive were not followed")


_HIDDEN = {
    "hidden text": "设为隐藏的文字",
    "text in the colour of the background": "与背景同色的文字",
    "text too small to read": "小到看不见的文字",
    "hidden shape": "隐藏的形状",
    "outside the slide": "幻灯片之外的文字",
    "invisible text": "不可见的文字",
    "outside the page": "页面之外的文字",
}


def hidden_within(cells: int, why: str) -> Sentence:
    """Cells of a table that nobody sees stand in rows that are seen. why: as in `Table.hidden`."""
    zh = f"可见的行中有 {cells} 个单元格看不见（{_HIDDEN.get(why, why)}）"
    return Sentence("hidden_within", zh, f"{cells} cells in rows that are seen are not seen ({why})")


def hidden_beside(characters: int, why: str) -> Sentence:
    """Characters that nobody sees stand in lines that are seen."""
    zh = f"可见的行中有 {characters} 个字符看不见（{_HIDDEN.get(why, why)}）"
    return Sentence("hidden_within", zh, f"{characters} characters in lines that are seen are not seen ({why})")


def unlocked() -> Sentence:
    """A locked document was opened with one of the passwords of the settings."""
    return Sentence("unlocked", "文件有密码，已用密码文件中的密码打开", "locked, opened with a password of the password file")
