"""A writer of small compound files ([MS-CFB], version 3), for tests: no maintained package writes them."""

from __future__ import annotations

import struct

_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
Tree = dict[str, "bytes | Tree"]


def compound_file(tree: Tree) -> bytes:
    """Storages are dictionaries, streams are bytes."""
    entries: list[list[object]] = [["Root Entry", 5, -1, -1, -1, _END, 0]]  # name, type, left, right, child, start, size
    mini, big = bytearray(), bytearray()
    mini_fat: list[int] = []
    fat: list[int] = []

    def chain(table: list[int], count: int) -> int:
        start = len(table)
        table.extend([*range(start + 1, start + count), _END])
        return start

    def add(children: Tree, parent: int) -> None:
        before = -1
        for name, content in sorted(children.items(), key=lambda item: (len(item[0]), item[0].upper())):
            index = len(entries)
            entry: list[object] = [name, 1 if isinstance(content, dict) else 2, -1, -1, -1, _END, 0]
            entries.append(entry)
            entries[parent if before < 0 else before][4 if before < 0 else 3] = index
            before = index
            if isinstance(content, dict):
                add(content, index)
            elif content:
                unit, table, body = (512, fat, big) if len(content) >= 4096 else (64, mini_fat, mini)
                entry[5], entry[6] = chain(table, -(-len(content) // unit)), len(content)
                body += content + b"\0" * (-len(content) % unit)

    add(tree, 0)
    if mini:
        entries[0][5], entries[0][6] = chain(fat, -(-len(mini) // 512)), len(mini)
        big += mini + b"\0" * (-len(mini) % 512)
    packed = struct.pack(f"<{len(mini_fat)}I", *mini_fat)
    packed += b"\xff" * (-len(packed) % 512)
    mini_start = chain(fat, len(packed) // 512) if packed else _END
    big += packed
    listed = b"".join(_entry(entry) for entry in entries)
    listed += b"\0" * (-len(listed) % 512)
    listed_start = chain(fat, len(listed) // 512)
    big += listed
    sectors = 1
    while (len(fat) + sectors) * 4 > sectors * 512:
        sectors += 1
    fat_start = len(fat)
    fat += [_FAT] * sectors + [_FREE] * (sectors * 128 - len(fat) - sectors)
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH6x", 62, 3, 0xFFFE, 9, 6)
    head += struct.pack("<IIIIIIIIII", 0, sectors, listed_start, 0, 4096, mini_start, len(packed) // 512, _END, 0, fat_start)
    places = [fat_start + number for number in range(1, sectors)]
    head += struct.pack("<108I", *places, *[_FREE] * (108 - len(places)))
    return head + bytes(big) + struct.pack(f"<{len(fat)}I", *fat)


def _entry(entry: list[object]) -> bytes:
    name, kind, left, right, child, start, size = entry
    wide = str(name).encode("utf-16-le") + b"\0\0"
    links = [link & 0xFFFFFFFF for link in (left, right, child) if isinstance(link, int)]
    return wide.ljust(64, b"\0") + struct.pack("<HBBIII16x4x16xIQ", len(wide), kind, 1, *links, start, size)
