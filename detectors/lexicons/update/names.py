"""Rebuild the name lexicons: surnames.tsv, given_characters.tsv, name_like_words.tsv.

    python detectors/lexicons/update/names.py --surnames TABLE [--packages FOLDER]

TABLE has a surname and its frequency on each line (tab between): the "Chinese_Family_Name(1k)" list of
wainshine/Chinese-Names-Corpus (Apache-2.0), which no package registry serves. FOLDER holds the unpacked source archives of
ngender (MIT: how often a character stands in a given name), jieba (MIT: words with frequency and tag), companynameparser
(Apache-2.0: short names of firms) and random-name-type (ISC: foreign names in Chinese writing); without it `pip download`
fetches them.

What is learnt: how much more likely a character is at its place of a name than in a word or a firm's name, in nats. Names
are drawn from the surname and given-name figures and from jieba's person names; what is no name is jieba's other words and
the firms. A log-linear model over places (surname; a given name's only, first, second character) is fitted to tell the
two apart, then averaged with the plain likelihood ratios, which generalise better to lists that neither source knows.
Names written by their sound (米歇尔, 阿拉法特) get a model of their own over first, inner and last characters; it starts from
the foreign names of random-name-type and takes in those of jieba's person names that are written with the same characters.
"""

from __future__ import annotations

import argparse
import csv
import re
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

OUT = Path(__file__).resolve().parent.parent
PACKAGES = ("ngender==0.1.1", "jieba==0.42.1", "companynameparser==0.1.8", "random-name-type==2.1.0")
LAST, FIRST = 0x9FFF, 0x4E00
SPAN = LAST - FIRST + 2  # Han code points, and 0 for "no character here"
SHARE = 0.8  # weight of the fitted model against the plain likelihood ratios, from the development set
# Last characters of places, firms, posts: a name seldom ends in one.
SUFFIXES = set("市县区镇乡村路街道省州店厂司部局院校科室员师长处组队社山河湖江港桥城园工")
# Compound surnames of the Hundred Family Surnames and of historical registers, beyond the frequency list.
COMPOUND = """
公孙 公羊 公冶 公西 公良 公仪 公伯 公仲 公上 公门 公山 公坚 公玉 公祖 公乘 公户 公肩 公晰 公输 公叔 公明 公都 东方 东郭
东门 东里 东宫 东野 南宫 南门 南荣 南郭 南野 西门 西郭 西陵 北宫 北门 北郭 北野 子车 子书 子桑 子阳 子服 子叔 子家 梁丘
谷梁 榖梁 达奚 仲长 仲孙 叔孙 季孙 孟孙 鲜于 漆雕 壤驷 宰父 拓跋 夹谷 巫马 颛孙 乐正 太叔 太史 申屠 第五 百里 呼延 钟离
宇文 长孙 慕容 司空 司寇 司城 亓官 左丘 左人 闾丘 微生 羊舌 即墨 濮阳 淳于 单于 尉迟 赫连 皇甫 澹台 宗政 轩辕 令狐 端木
完颜 纳兰 耶律 独孤 贺兰 叱干 万俟 闻人 夏侯 夏候 诸葛 欧阳 殴阳 上官 司马 司徒 叶赫 那拉 爱新 富察 钮祜 佟佳 瓜尔 赫舍
乌雅 段干 归海 贯丘 安陵 相里 胡母 毌丘 屠岸 豆卢 尔朱 斛律 屈突 侯莫 若干 秃发 沮渠 仆固 哥舒 高堂 高阳 青阳 士孙 王孙
伊祁 库狄 贺若 贺拔 阿史 徒单 蒲察 乌古 石抹 仆散 成公 申公 昆吾 五鹿 三闾 陶丘 雍门 綦毋 鬼谷 褚师 商瞿 虞丘 容成 主父
浩星
"""
ROUNDS = 150
FIRMS = 100_000  # short names of firms in the fit: with all 280,000 the model learns firms only
PLAIN_NAME = 4.0  # plain ratio from which a word tagged as a person is taken for a Han name; the tag is often wrong
FIRM_KEPT = (-0.5, 4.0)  # between these a name of a firm is listed as a word


@dataclass(frozen=True)
class Figures:
    surnames: dict[str, float]
    given: Counter[str]
    words: dict[str, tuple[int, str]]
    firms: list[str]
    foreign: list[str]


def main() -> int:
    parser = argparse.ArgumentParser(description="rebuild the name lexicons")
    parser.add_argument("--surnames", type=Path, required=True, help="surname TAB frequency")
    parser.add_argument("--packages", type=Path, help="folder with the unpacked archives of " + ", ".join(PACKAGES))
    parser.add_argument("--without", type=Path, help="strings to leave out of the fit (one a line), to measure on them")
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args()
    if chosen.packages:
        figures = read(chosen.surnames, chosen.packages)
    else:
        with tempfile.TemporaryDirectory() as folder:
            fetch(Path(folder))
            figures = read(chosen.surnames, Path(folder))
    apart = set(chosen.without.read_text(encoding="utf-8").split()) if chosen.without else set()
    write(chosen.out, figures, *learn(figures, apart), learn_sounds(figures, apart), apart)
    return 0


def fetch(folder: Path) -> None:
    """Source archives of `PACKAGES`, unpacked in this folder."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", "--dest", str(folder)]
    subprocess.run([*command, *PACKAGES], check=True)
    for archive in folder.glob("*.tar.gz"):
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")


def read(surname_table: Path, packages: Path) -> Figures:
    surnames: dict[str, float] = {}
    for line in surname_table.read_text(encoding="utf-8").splitlines():
        cells = line.split("\t")
        if len(cells) == 2 and all(_is_han(c) for c in cells[0]):
            surnames[cells[0]] = float(cells[1])
    for compound in COMPOUND.split():
        surnames.setdefault(compound, 2.0)
    with next(packages.rglob("charfreq.csv")).open(encoding="utf-8") as file:
        given = Counter({row["char"]: int(row["male"]) + int(row["female"]) for row in csv.DictReader(file)})
    words: dict[str, tuple[int, str]] = {}
    for line in next(packages.rglob("jieba/dict.txt")).read_text(encoding="utf-8").splitlines():
        cells = line.split(" ")
        words[cells[0]] = (int(cells[1]), cells[2])
    firms = next(packages.rglob("brand.txt")).read_text(encoding="utf-8").split()
    source = next(packages.rglob("foreign_zh.py")).read_text(encoding="utf-8")
    # 、 stands between the names
    foreign = sorted(set(re.findall('(?<=["、])[\u4e00-\u9fff]{2,8}(?=["、])', source)))
    return Figures(surnames, given, words, firms, foreign)


def _is_han(character: str) -> bool:
    return FIRST <= ord(character) <= LAST


def _short(text: str) -> bool:
    return 2 <= len(text) <= 4 and all(map(_is_han, text))


def ratios(figures: Figures) -> tuple[dict[str, float], NDArray[np.float64]]:
    """Plain log likelihood ratios: of each surname, and of each character in a given name, against running text."""
    background = np.full(SPAN, 20.0)
    for word, (count, _) in figures.words.items():
        for character in word:
            if _is_han(character):
                background[ord(character) - FIRST + 1] += count
    background = np.log(background / background.sum())
    total = sum(figures.surnames.values())
    surname = {
        name: float(np.log(count / total) - sum(background[ord(c) - FIRST + 1] for c in name))
        for name, count in figures.surnames.items()
    }
    given = np.ones(SPAN)
    for character, count in figures.given.items():
        if _is_han(character):
            given[ord(character) - FIRST + 1] += count
    return surname, np.log(given / given.sum()) - background


def examples(figures: Figures, apart: set[str]) -> tuple[list[str], list[str]]:
    """Names and other strings of two to four characters. Drawn with a fixed seed."""
    draw = np.random.default_rng(20171)
    one = np.array(list(figures.surnames))
    weight = np.array(list(figures.surnames.values()))
    compound = one[np.array([len(s) == 2 for s in one])]
    tally = Counter({c: figures.given[c] for c in figures.given if _is_han(c)})
    characters = np.array(list(tally))
    frequency = np.array(list(tally.values()), float)
    count = 200_000
    usual = draw.choice(one, count, p=weight / weight.sum())
    flat = draw.choice(one, count, p=weight**0.4 / (weight**0.4).sum())
    rare = draw.choice(characters[:6000], count)  # a surname on no list: any common character
    which = draw.random(count)
    surname = np.where(which < 0.6, usual, np.where(which < 0.87, flat, np.where(which < 0.94, draw.choice(compound, count), rare)))
    sharp = draw.random(count) < 0.6
    pairs = [
        np.where(
            sharp, draw.choice(characters, count, p=_share(frequency)), draw.choice(characters, count, p=_share(frequency**0.75))
        )
        for _ in range(2)
    ]
    single = draw.random(count) < 0.18
    names = [s + a + ("" if alone else b) for s, a, b, alone in zip(surname, *pairs, single, strict=True)]
    surname_weight, given_weight = ratios(figures)
    tagged = [
        word
        for word, (_, tag) in figures.words.items()
        if tag == "nr" and _short(word) and word not in apart and word[-1] not in SUFFIXES and _parses(word, figures.surnames)
        if _plain(word, surname_weight, given_weight) > PLAIN_NAME
    ]
    names += tagged
    other = [w for w, (_, tag) in figures.words.items() if not tag.startswith("nr") and _short(w) and w not in apart]
    firms = [firm for firm in figures.firms if _short(firm) and firm not in apart]
    others = list(draw.choice(np.array(other), 150_000, replace=False)) + list(draw.choice(np.array(firms), FIRMS, replace=False))
    return names, others


def _plain(word: str, surname: dict[str, float], given: NDArray[np.float64]) -> float:
    """Plain likelihood ratio of a string that begins with a listed surname."""
    taken = 2 if word[:2] in surname else 1
    return surname[word[:taken]] + float(sum(given[ord(c) - FIRST + 1] for c in word[taken:]))


def _share(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    share: NDArray[np.float64] = weights / weights.sum()
    return share


def _parses(word: str, surnames: dict[str, float]) -> bool:
    taken = 2 if word[:2] in surnames else 1
    return word[:taken] in surnames and 1 <= len(word) - taken <= 2


def learn(figures: Figures, apart: set[str]) -> tuple[dict[str, float], NDArray[np.float64], NDArray[np.float64]]:
    """Weights per surname, of a first character on no list, and [3, SPAN] of a given name's only, first, second character."""
    plain_surname, plain_given = ratios(figures)
    names, others = examples(figures, apart)
    texts = names + others
    truth = np.zeros(len(texts))
    truth[: len(names)] = 1
    place = {s: i for i, s in enumerate(figures.surnames)}
    listed = len(place)
    blocks = np.cumsum([0, listed, SPAN, SPAN, SPAN, SPAN, SPAN, SPAN])  # surname, unlisted first, only, first, second, any, last
    unused = int(blocks[-1])
    at = np.full((len(texts), 6), unused)
    dense = np.zeros((len(texts), 9))
    for row, text in enumerate(texts):
        taken = 2 if len(text) == 4 or (len(text) == 3 and text[:2] in place) else 1
        head, tail = text[:taken], [ord(c) - FIRST + 1 for c in text[taken:]]
        if head in place:
            at[row, 0] = place[head]
            dense[row, 0] = plain_surname[head]
        else:
            at[row, 0] = blocks[1] + ord(head[0]) - FIRST + 1
            dense[row, 1] = 1
        dense[row, 5:9] = taken == 2, taken == 2 and head not in place, len(tail) == 1, len(tail) == 1 and taken == 2
        at[row, 5] = blocks[6] + tail[-1]
        if len(tail) == 1:
            at[row, 1:3] = blocks[2] + tail[0], blocks[5] + tail[0]
            dense[row, 2] = plain_given[tail[0]]
        else:
            at[row, 1:5] = blocks[3] + tail[0], blocks[4] + tail[1], blocks[5] + tail[0], blocks[5] + tail[1]
            dense[row, 3:5] = plain_given[tail[0]], plain_given[tail[1]]
    weight, slope, bias = fit(at, dense * 0.3, truth, unused)
    slope = slope * 0.3

    only, first, second, either, last = (weight[blocks[i] : blocks[i + 1]] for i in range(2, 7))
    suffix = np.zeros(SPAN)
    suffix[[ord(c) - FIRST + 1 for c in SUFFIXES]] = -2.5
    tables = np.stack(
        [
            only + either + last + slope[2] * plain_given + slope[7] + suffix,
            first + either + slope[3] * plain_given,
            second + either + last + slope[4] * plain_given + suffix,
        ]
    )
    plain = np.stack([plain_given + suffix, plain_given, plain_given + suffix])
    given = SHARE * tables + (1 - SHARE) * plain
    surname = {
        name: SHARE * (weight[i] + slope[0] * plain_surname[name] + bias + (slope[5] if len(name) == 2 else 0))
        + (1 - SHARE) * plain_surname[name]
        for name, i in place.items()
    }
    # the plain ratio of an unlisted surname: as rare as the rarest listed one
    unlisted = SHARE * (weight[blocks[1] : blocks[2]] + slope[1] + bias)
    return surname, unlisted, given


def fit(
    at: NDArray[np.int64], dense: NDArray[np.float64], truth: NDArray[np.float64], unused: int, decay: float = 3.0
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Logistic regression by Adam over whole passes: weights of the places, slopes of the dense columns, the constant."""
    size = unused + 1
    theta = np.zeros(size + dense.shape[1] + 1)
    first, second = np.zeros_like(theta), np.zeros_like(theta)
    flat = at.ravel()
    for step in range(1, ROUNDS + 1):
        z = theta[at].sum(1) + dense @ theta[size:-1] + theta[-1]
        error = 1 / (1 + np.exp(-z)) - truth
        slope = np.bincount(flat, np.repeat(error, at.shape[1]), size).astype(np.float64) + decay * theta[:size]
        slope[unused] = 0
        gradient = np.concatenate([slope, dense.T @ error, [error.sum()]])
        first = 0.9 * first + 0.1 * gradient
        second = 0.99 * second + 0.01 * gradient**2
        rate = 0.15 * min(1.0, 3 * (1 - step / (ROUNDS + 1)))
        theta -= rate * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.99**step)) + 1e-9)
    return theta[:size], theta[size:-1], float(theta[-1])


def sound(figures: Figures) -> NDArray[np.float64]:
    """Log ratio of each character in foreign names written by their sound (jieba's tag nrt) against all other words."""
    inside, outside = np.full(SPAN, 0.3), np.full(SPAN, 2.0)
    for word, (_, tag) in figures.words.items():
        for character in filter(_is_han, word):
            if tag == "nrt" and len(word) >= 3:
                inside[ord(character) - FIRST + 1] += 1
            elif not tag.startswith("nr"):
                outside[ord(character) - FIRST + 1] += 1
    ratio: NDArray[np.float64] = np.log(inside / inside.sum()) - np.log(outside / outside.sum())
    return ratio


def by_sound(figures: Figures, apart: set[str]) -> tuple[list[str], list[str]]:
    """Foreign names, and other strings, of two to eight characters.

    The tags nr and nrt of jieba hold much else; what is written with characters of foreign names only is kept.
    """
    words = [word for word in figures.words if 2 <= len(word) <= 8 and all(map(_is_han, word)) and word not in apart]
    tagged = [word for word in words if figures.words[word][1] in ("nr", "nrt") and len(word) >= 3]
    others = [word for word in words if not figures.words[word][1].startswith("nr")]
    outside = np.bincount([ord(c) - FIRST + 1 for word in others for c in word], minlength=SPAN) + 2.0
    names = sorted(set(figures.foreign) - apart)
    for _ in range(3):
        inside = np.bincount([ord(c) - FIRST + 1 for name in names for c in name], minlength=SPAN) + 0.3
        ratio = np.log(inside / inside.sum()) - np.log(outside / outside.sum())
        near = [word for word in tagged if _mean(ratio, word) > 1 and min(ratio[ord(c) - FIRST + 1] for c in word) > -1]
        names = sorted({*figures.foreign, *near} - apart)
    draw = np.random.default_rng(7)
    firms = [firm for firm in figures.firms if 2 <= len(firm) <= 8 and all(map(_is_han, firm)) and firm not in apart]
    return names, others + list(draw.choice(np.array(firms), FIRMS, replace=False))


def _mean(ratio: NDArray[np.float64], word: str) -> float:
    return float(np.mean([ratio[ord(c) - FIRST + 1] for c in word]))


def learn_sounds(figures: Figures, apart: set[str]) -> NDArray[np.float64]:
    """Weights [3, SPAN] of a foreign name's first, inner, last character; their sum is a log likelihood ratio."""
    names, others = by_sound(figures, apart)
    texts = names * 3 + others
    truth = np.zeros(len(texts))
    truth[: 3 * len(names)] = 1
    unused = 3 * SPAN
    at = np.full((len(texts), 8), unused)
    inner = np.zeros((len(texts), 1))
    for row, text in enumerate(texts):
        codes = [ord(c) - FIRST + 1 for c in text]
        at[row, 0], at[row, 1] = codes[0], 2 * SPAN + codes[-1]
        at[row, 2 : len(codes)] = [SPAN + code for code in codes[1:-1]]
        inner[row] = len(codes) - 2
    weight, slope, bias = fit(at, inner, truth, unused, decay=1.0)
    table: NDArray[np.float64] = weight[:unused].reshape(3, SPAN) + np.array([[bias], [float(slope[0])], [0.0]])
    return table


def write(
    folder: Path,
    figures: Figures,
    surname: dict[str, float],
    unlisted: NDArray[np.float64],
    given: NDArray[np.float64],
    sounds: NDArray[np.float64],
    apart: set[str],
) -> None:
    today = date.today().isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        "# surnames: surname, weight in hundredths of a nat; then, after -, first characters on no list. From "
        "wainshine/Chinese-Names-Corpus (Apache-2.0) surname frequencies, fitted with PyPI "
        f"{PACKAGES[1]} (MIT) and {PACKAGES[2]} (Apache-2.0), {today}",
        "surname\tweight",
    ]
    lines += [f"{name}\t{round(100 * value)}" for name, value in sorted(surname.items())]
    # characters seen too seldom for a weight of their own share the value of "-"
    common = [i for i in range(1, SPAN) if abs(unlisted[i] - np.median(unlisted)) > 0.02 and chr(i + FIRST - 1) not in surname]
    lines += [f"-\t{round(100 * float(np.median(unlisted)))}"]
    lines += [f"-{chr(i + FIRST - 1)}\t{round(100 * unlisted[i])}" for i in common]
    _save(folder / "surnames.tsv", lines)

    seen = Counter(c for word in figures.words for c in word) + Counter(c for firm in figures.firms for c in firm) + figures.given
    kept = sorted(c for c in seen if _is_han(c))
    lines = [
        f"# given-name characters: character, weight as a given name's only, first, second character, and in a name "
        f"written by sound, in hundredths of a nat. From PyPI "
        f"{PACKAGES[0]} (MIT), fitted with {PACKAGES[1]} (MIT) and {PACKAGES[2]} (Apache-2.0); start, inner, end: the same of a "
        f"foreign name without a dot, from {PACKAGES[3]} (ISC) and {PACKAGES[1]}, {today}",
        "character\tonly\tfirst\tsecond\tsound\tstart\tinner\tend",
    ]
    foreign = sound(figures)
    never = [i for i in range(1, SPAN) if chr(i + FIRST - 1) not in seen]
    table = np.vstack([given, foreign, sounds])
    unseen = np.median(table[:, never], axis=1)
    unseen[3] = np.min(foreign)  # no foreign name holds a character that no list holds
    lines += ["-\t" + "\t".join(str(round(100 * v)) for v in unseen)]
    lines += [c + "\t" + "\t".join(str(round(100 * v)) for v in table[:, ord(c) - FIRST + 1]) for c in kept]
    _save(folder / "given_characters.tsv", lines)

    def score(text: str) -> float:
        best = -99.0
        for taken in (1, 2):
            head, tail = text[:taken], [ord(c) - FIRST + 1 for c in text[taken:]]
            if not 1 <= len(tail) <= 2:
                continue
            start = surname.get(head, unlisted[ord(head) - FIRST + 1] if taken == 1 else -99.0)
            best = max(best, start + (given[0, tail[0]] if len(tail) == 1 else given[1, tail[0]] + given[2, tail[1]]))
        return best

    def sound_score(text: str) -> float:
        codes = [ord(c) - FIRST + 1 for c in text]
        return float(sounds[0, codes[0]] + sounds[1, codes[1:-1]].sum() + sounds[2, codes[-1]])

    lines = [
        f"# words that look like names: word, count in running text (0: short name of a firm). From PyPI "
        f"{PACKAGES[1]} (MIT) and {PACKAGES[2]} (Apache-2.0), {today}",
        "word\tcount",
    ]
    like = {firm: 0 for firm in figures.firms if _short(firm) and firm not in apart and FIRM_KEPT[0] < score(firm) < FIRM_KEPT[1]}
    like |= {
        word: count
        for word, (count, tag) in figures.words.items()
        if _short(word) and not tag.startswith("nr") and max(score(word), sound_score(word)) > -2
    }
    lines += [f"{word}\t{count}" for word, count in sorted(like.items())]
    _save(folder / "name_like_words.tsv", lines)


def _save(path: Path, lines: list[str]) -> None:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    print(path.name, len(lines) - 1, "lines", path.stat().st_size, "bytes")


if __name__ == "__main__":
    sys.exit(main())
