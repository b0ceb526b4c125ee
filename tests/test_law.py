"""The law files, their loader, the assessment's other parts, policies, pages and the quote check."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from scanner.errors import ConfigError, UsageError
from scanner.law import check_quotes
from scanner.law.assess import assess, is_sensitive, people
from scanner.law.classify import Reading
from scanner.law.counting import count
from scanner.law.loader import known_kinds, load_instruments, load_policy
from scanner.law.model import READINGS, Facts
from scanner.law.numerals import read_numeral
from scanner.law.pages import fixed_sentences, names, page
from scanner.tally import Count, Distinct, Links, Signature, Tally

ROOT = Path(__file__).parent.parent
INSTRUMENTS = ROOT / "scanner" / "law" / "instruments"
MAIN = "criminal_interpretation_2017.toml"
LAW = load_instruments()
ON = date(2026, 11, 1)


def signature(*kinds: str, **more: object) -> Signature:
    return Signature(frozenset(kinds), **more)  # type: ignore[arg-type]


FOUNDING = Tally.synthetic(signature("personal_name", "resident_id", "mobile_phone"), 1200)


# --- numbers and quotes


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("五十条", 50),
        ("五百条", 500),
        ("五千条", 5000),
        ("五万条", 50000),
        ("十倍", 10),
        ("一半", 2),
        ("二十五", 25),
        ("一千零一", 1001),
        ("两万三千", 23000),
        ("100万人", 10**6),
        ("1亿人", 10**8),
        ("一亿两千万", 120_000_000),
        ("10万人", 10**5),
        ("个人信息", None),
    ],
)
def test_numerals(words, value):
    assert read_numeral(words) == value


def test_every_limit_is_the_numeral_of_its_quote():
    limits = [*LAW.tiers, *LAW.numbers.values(), *(rule.limit for rule in LAW.people)]
    assert len(limits) >= 20
    for limit in limits:
        assert limit.cite.quote
        assert limit.cite.article
        if limit.words:
            assert limit.words in limit.cite.quote
            assert read_numeral(limit.words) == limit.value.values[-1][1], limit.id
    assert [limit.id for limit in limits if not limit.words] == ["export_sensitive_contract"]  # the text names no floor


def test_the_corporate_limits_stand_in_the_same_proportion():
    """One E serves both scales: 法释〔2019〕15号 multiplies all three limits of 法释〔2017〕10号 by ten."""
    ours = [tier.value.at(ON) for tier in LAW.tiers]
    theirs = [LAW.numbers[name].value.at(ON) for name in ("users_item3", "users_item4", "users_item5")]
    assert [10 * each for each in ours if each] == theirs


def test_quotes_are_compared_piece_by_piece(tmp_path, capsys):
    official = "**第五条** 违法所得五千\n元以上的；\n> 其他"
    assert check_quotes.stands_in("违法所得…元以上的", check_quotes.plain(official))
    assert not check_quotes.stands_in("元以上的…违法所得", check_quotes.plain(official))
    (tmp_path / "pipo_reporting_2025.md").write_text("处理 **100万人**\n以上", encoding="utf-8")
    assert check_quotes.main([str(tmp_path)]) == 0
    assert "1 quotes agree, 0 differ" in capsys.readouterr().out
    (tmp_path / "pipo_reporting_2025.md").write_text("处理200万人以上", encoding="utf-8")
    assert check_quotes.main([str(tmp_path)]) == 1
    assert "pipo_reporting_2025.toml: officer_reporting" in capsys.readouterr().out
    assert check_quotes.main([str(tmp_path / "nowhere")]) == 2
    assert check_quotes.main([]) == 2


# --- the loader refuses


def changed(tmp_path: Path, old: str, new: str, file: str = MAIN) -> Path:
    folder = tmp_path / "law"
    shutil.copytree(INSTRUMENTS, folder)
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


TWICE = "limit = [{ from = 2020-01-01, value = 50 }, { from = 2017-06-01, value = 50 }]"
FIRST = "limit = [{ from = 2017-06-01, value = 50 }]"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('words = "五十条"', 'words = "五十条"\nweight = 3', "tier.item3.weight: unknown key"),
        ('quote = "违法所得五千元以上的"\nwords', "words", "number.gains.quote: is missing"),
        (
            'cite = "第五条第一款第七项"\nquote = "违法所得五千元以上的"\nwords',
            'quote = "违法所得五千元以上的"\nwords',
            "number.gains.cite: is missing",
        ),
        (
            FIRST,
            TWICE,
            "tier.item3.limit: the dates are not in order",
        ),
        (FIRST, "limit = [{ from = 2017-06-01, value = 100 }]", "tier.item3: the latest value is 100 but the quote says '五十条'"),
        (FIRST, "limit = [{ from = 2017-06-01, value = 0 }]", "tier.item3.limit"),
        (FIRST, "limit = []", "tier.item3.limit"),
        ('words = "五十条"', 'words = "五百条"', "tier.item3.words: '五百条' does not stand in the quote"),
        (
            'tier = { strict = "item3", prevailing = "item3", lenient = "item3" }',
            'tier = { strict = "item3" }',
            "tier.prevailing: is missing",
        ),
        (
            'tier = { strict = "item3", prevailing = "item3", lenient = "item3" }',
            'tier = { strict = "item9", prevailing = "item3", lenient = "item3" }',
            "'item9' is no tier",
        ),
        (
            'tier = { strict = "item3", prevailing = "item3", lenient = "item4" }',
            'tier = { strict = "item4", prevailing = "item3", lenient = "item4" }',
            "strict must be the gravest",
        ),
        ('parameter = "asset_state"\n', "", "category.property.parameter: is missing"),
        ('parameter = "asset_state"\n', 'parameter = "assets"\n', "no category parameter named 'assets'"),
        ('when = [{ any = ["whereabouts"] }]\n', "", "category.whereabouts.when: is missing"),
        ('when = [{ any = ["whereabouts"] }]', "when = [{}]", "category.whereabouts.when: a condition is empty"),
        ('id = "credit"\n', 'id = "whereabouts"\n', "category.whereabouts: stands twice"),
        ('strict = { value = "identical"', 'strict = { value = "all"', "parameter.dedupe.strict.value: 'all' is none of"),
        ('id = "tenfold"', 'id = "twentyfold"', "no law file holds the [[number]] 'tenfold'"),
        ('id = "criminal_interpretation_2017"', 'id = "other"', "instrument.id is 'other'"),
        ("checked = 2026-11-21\n", "", "checked: is missing"),
        ("[instrument]", "[instrument", "is not valid TOML"),
        ('count = "entries"', 'count = "rows"', "category.whereabouts.count"),
    ],
)
def test_a_broken_law_file_is_refused_in_one_sentence(tmp_path, old, new, said):
    with pytest.raises(ConfigError) as refused:
        load_instruments(changed(tmp_path, old, new))
    sentence = str(refused.value)
    assert said in sentence
    assert MAIN in sentence or "law" in sentence
    assert "\n" not in sentence


def test_missing_folder_and_policy_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="no such folder"):
        load_instruments(tmp_path / "none")
    with pytest.raises(ConfigError, match="holds no law file"):
        load_instruments(tmp_path)
    with pytest.raises(ConfigError, match="cannot be read"):
        load_policy(tmp_path / "none.toml")
    broken = tmp_path / "broken.toml"
    example = (ROOT / "fixtures" / "policy" / "example_company.toml").read_text(encoding="utf-8")
    broken.write_text(example.replace('measure = "entries"', 'measure = "files"'), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"level\.confidential\.measure"):
        load_policy(broken)


def test_a_new_value_applies_from_its_day(tmp_path):
    """History is extended, never overwritten: the day of the facts chooses."""
    old = '五千条以上的"\nwords = "五千条"\nlimit = [{ from = 2017-06-01, value = 5000 }]'
    new = '一万条以上的"\nwords = "一万条"\nlimit = [{ from = 2017-06-01, value = 5000 }, { from = 2027-01-01, value = 10000 }]'
    law = load_instruments(changed(tmp_path, old, new))
    before = assess(FOUNDING, Facts(on=date(2026, 12, 31)), law=law).readings["prevailing"]
    after = assess(FOUNDING, Facts(on=date(2027, 1, 1)), law=law).readings["prevailing"]
    assert (before.line, after.line) == (2500, 5000)


# --- facts, lines, swing


def test_facts_that_cannot_be_are_refused():
    for facts in (Facts(recipients=0, on=ON), Facts(gains=-1, on=ON), Facts(on=date(2017, 5, 31))):
        with pytest.raises(UsageError):
            assess(FOUNDING, facts)
    with pytest.raises(UsageError, match="2017-06-01"):
        assess(FOUNDING, Facts(on=date(2010, 1, 1)))
    assert assess(FOUNDING, Facts(on=date(2017, 6, 1))).verdict == "serious"


def test_rows_left_to_each_line():
    prevailing = assess(FOUNDING, Facts(gains=1000, on=ON)).readings["prevailing"]
    assert prevailing.left == {"item3": 13, "item4": 130, "item5": 1300}
    assert prevailing.left_tenfold == {"item3": 238, "item4": 2380, "item5": 23800}
    assert prevailing.left_upgraded == {"item3": 14, "item4": 145}
    buyer = assess(FOUNDING, Facts(act="obtain", insider=False, on=ON)).readings["prevailing"]
    assert buyer.left_upgraded == {"item3": 39, "item4": 423}
    few = assess(Tally.synthetic(signature("personal_name", "mobile_phone"), 20), Facts(on=ON)).readings["prevailing"]
    assert few.left_upgraded == {}  # twenty entries reach 2000 at most
    twice = assess(FOUNDING, Facts(recipients=2, on=ON)).readings["prevailing"]
    assert twice.left == {"item3": 1, "item4": 5, "item5": 50}
    over = assess(Tally.synthetic(signature("mobile_phone", "whereabouts"), 30), Facts(on=ON)).readings["strict"]
    assert over.left == {"item3": 0, "item4": 0, "item5": 0}


def test_left_is_exact_for_any_tier():
    for tier, kind in (("item3", "credit_record"), ("item4", "medical_record"), ("item5", "email")):
        left = assess(FOUNDING, Facts(on=ON)).readings["prevailing"].left[tier]
        for more, verdict in ((left - 1, "below"), (left, "serious")):
            whole = FOUNDING + Tally.synthetic(signature("mobile_phone", "personal_name", kind), more, first=5001)
            assert assess(whole, Facts(on=ON)).readings["prevailing"].verdict == verdict


def test_the_parameter_that_moves_the_result_most():
    swing = assess(FOUNDING, Facts(gains=1000, on=ON)).swing
    assert swing is not None
    assert (swing.parameter, swing.low, swing.high) == ("id_number", 0.48, 4.8)
    plain = assess(Tally.synthetic(signature("personal_name", "mobile_phone"), 100), Facts(on=ON)).swing
    assert plain is not None
    assert plain.parameter == "insider_half"
    assert assess(Tally.synthetic(signature("personal_name", "mobile_phone"), 100), Facts(insider=False, on=ON)).swing is None


def test_reasons_name_the_article_and_the_category_that_carries_the_sum():
    found = assess(FOUNDING, Facts(gains=1000, on=ON))
    articles = [reason.cite.article for reason in found.reasons]
    assert "第五条第一款第四项" in articles  # what the strict reading made of the ID numbers
    assert "第五条第一款第八项" in articles  # the half
    assert "第五条第一款第七项" in articles  # gains
    assert any("身份证件号码1,200条" in reason.zh for reason in found.reasons)
    assert assess(Tally(), Facts(on=ON)).reasons == ()
    assert assess(Tally(), Facts(on=ON)).verdict == "none"


def test_punishment_below_the_line_is_said_from_its_day():
    few = Tally.synthetic(signature("personal_name", "mobile_phone"), 1)
    assert "第五十六条" in {r.cite.article for r in assess(few, Facts(on=date(2026, 1, 1))).other_lines}
    assert "第五十六条" not in {r.cite.article for r in assess(few, Facts(on=date(2025, 12, 31))).other_lines}


def test_the_corporate_line_leaves_recipients_out():
    whole = Tally.synthetic(signature("mobile_phone", "whereabouts"), 500)
    said = [r for r in assess(whole, Facts(recipients=3, on=ON)).other_lines if r.cite.instrument == "法释〔2019〕15号"]
    assert len(said) == 1
    assert "1.00" in said[0].en


def test_no_sentence_about_the_files_soothes():
    found = assess(FOUNDING, Facts(gains=1000, recipients=2, on=ON))
    bought = assess(Tally.synthetic(signature("personal_name", "mobile_phone"), 5), Facts(act="obtain", purpose="business", on=ON))
    reasons = [*found.reasons, *found.other_lines, *found.silent_on, *bought.reasons, *bought.other_lines]
    said = [text for reason in reasons for text in (reason.zh, reason.en)] + [*fixed_sentences("zh"), *fixed_sentences("en")]
    for sentence in said:
        assert not any(word in sentence.lower() for word in ("safe", "legal", "合法", "安全")), sentence


def test_silence_lists_what_no_file_can_show():
    assert {p.id for p in LAW.silent} >= {
        "consent",
        "purpose",
        "use_in_crime",
        "knowledge",
        "prior_record",
        "gains",
        "recipients",
        "truth",
        "on_duty",
    }
    assert len(assess(FOUNDING, Facts(on=ON)).silent_on) == len(LAW.silent)


# --- persons, links, joins


def tally_of(found: Signature, keys: list[int], contents: list[int]) -> Tally:
    return Tally({found: Count(len(contents), Distinct.of(np.array(contents, np.uint64)), Distinct.of(np.array(keys, np.uint64)))})


ID_A, ID_B = 0x10, 0x20  # rank 0: identity numbers
PHONE = 0x15  # rank 5: a mobile


def test_a_phone_row_is_its_owner_when_a_row_shows_both():
    rows = tally_of(signature("personal_name", "resident_id"), [ID_A], [1]) + tally_of(
        signature("personal_name", "mobile_phone"), [PHONE], [2]
    )
    assert people(rows).all == 2
    linked = rows + Tally({}, Links(np.array([PHONE], np.uint64), np.array([ID_A], np.uint64)))
    assert people(linked).all == 1
    assert count(linked, "prevailing", LAW, ON).tiers["item5"] == 1
    shared = linked + Tally({}, Links(np.array([PHONE], np.uint64), np.array([ID_B], np.uint64)))
    assert people(shared).all == 2  # a family's phone merges nobody


def test_the_strict_reading_joins_a_table_that_was_split(tmp_path):
    """With a category that asks for two kinds, neither half reaches it; together they do, and one row per person is lifted."""
    folder = changed(tmp_path, 'when = [{ any = ["medical_record"] }]', 'when = [{ all = ["medical_record", "personal_name"] }]')
    law = load_instruments(folder)
    halves = tally_of(signature("email", "medical_record"), [0x16, 0x26], [1, 2]) + tally_of(
        signature("email", "personal_name"), [0x16, 0x26], [3, 4]
    )
    assert count(halves, "strict", law, ON).tiers == {"item3": 0, "item4": 2, "item5": 2}
    assert count(halves, "prevailing", law, ON).tiers == {"item3": 0, "item4": 0, "item5": 2}
    apart = tally_of(signature("email", "medical_record"), [0x16], [1]) + tally_of(
        signature("mobile_phone", "personal_name"), [PHONE], [3]
    )
    assert count(apart, "strict", law, ON).tiers["item4"] == 0
    joined = apart + Tally({}, Links(np.array([0x16], np.uint64), np.array([PHONE], np.uint64)))
    assert count(joined, "strict", law, ON).tiers == {"item3": 0, "item4": 1, "item5": 1}


def test_people_are_counted_over_all_lines():
    whole = (
        Tally.synthetic(signature("personal_name", "resident_id", "minor_under_14"), 60, first=1)
        + Tally.synthetic(signature("personal_name", "mobile_phone", lead=False), 40, first=101)
        + Tally.synthetic(signature("personal_name", "resident_id", "medical_record"), 30, first=31)
        + Tally.synthetic(signature("mobile_phone", "organisation", company=True), 7, first=501)
        + Tally.synthetic(signature("personal_name", identified=False), 9, first=601)
    )
    found = people(whole)
    assert (found.all, found.sensitive, found.under_14, found.company_contacts, found.exact) == (100, 60, 60, 7, True)


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ({"biometric"}, True),
        ({"religion"}, True),
        ({"disability"}, True),
        ({"criminal_record"}, True),
        ({"medical_record"}, True),
        ({"bank_card"}, True),
        ({"whereabouts"}, True),
        ({"credit_record"}, True),
        ({"id_card_image"}, True),
        ({"minor_under_14"}, True),
        ({"resident_id", "personal_name"}, False),  # numbers are not among the examples of GB/T 45574-2025
        ({"ethnicity"}, False),
        ({"income"}, False),
        ({"personal_name", "mobile_phone", "address"}, False),
    ],
)
def test_sensitive_personal_information(kinds, expected):
    assert is_sensitive(kinds) is expected


def test_people_lines_follow_the_day_and_drafts_never_count():
    whole = Tally.synthetic(signature("personal_name", "mobile_phone"), 100_000) + Tally.synthetic(
        signature("personal_name", "bank_card"), 9_999, first=200_001
    )
    found = {line.id: line for line in assess(whole, Facts(on=ON)).people}
    assert found["no_longer_small"].persons == 109_999
    assert found["no_longer_small"].reached
    assert found["export_contract"].persons == 100_000
    assert found["export_contract"].reached
    assert not found["export_sensitive_assessment"].reached
    assert not found["incident_larger"].reached
    assert "large_processor" not in found
    assert "no_longer_small" not in {line.id for line in assess(whole, Facts(on=date(2026, 8, 31))).people}


def test_categories_carry_what_the_standards_say():
    notes = {
        note.id: note
        for note in assess(Tally.synthetic(signature("personal_name", "bank_card", "mobile_phone"), 3), Facts(on=ON)).categories
    }
    assert set(notes) == {"account_number", "phone"}
    card = notes["account_number"]
    assert card.kinds == ("bank_card",)
    assert card.sensitive
    assert card.persons == 3
    assert card.tiers == {"strict": "item3", "prevailing": "item4", "lenient": "item5"}
    assert card.standards["jrt_0171_2020"] == "C2"
    assert not card.cites[0].confirmed  # no case fixes this tier


def test_sketches_keep_the_order_of_the_readings():
    """Beyond 2**20 hashes a set is an estimate; the readings must still stand in order."""
    size = (1 << 20) + 5000
    hashes = np.random.default_rng(7).integers(0, (1 << 64) - 1, (2, size), dtype=np.uint64)
    many = Tally.sum(
        Tally({signature("personal_name", kind): Count(size, Distinct.of(row), Distinct.of(row))})
        for kind, row in zip(("mobile_phone", "email"), hashes, strict=True)
    )
    assert not people(many).exact
    found = assess(many, Facts(on=ON)).readings
    assert found["strict"].E >= found["prevailing"].E >= found["lenient"].E
    assert pytest.approx(2 * size, rel=0.02) == found["prevailing"].E


# --- policies, pages, files


def test_the_example_policy_stands_beside_the_statutory_tiers():
    policy = load_policy(ROOT / "fixtures" / "policy" / "example_company.toml")
    found = {each.level: each for each in assess(FOUNDING, Facts(on=ON), policies=[policy]).policies}
    assert found["机密"].persons == 1200
    assert found["机密"].limit == 100
    assert found["机密"].reached
    assert found["机密"].tiers == {"strict": "item4", "prevailing": "item5", "lenient": "item5"}
    assert (found["绝密"].persons, found["绝密"].reached) == (0, False)
    assert (found["秘密"].persons, found["秘密"].measure) == (1200, "entries")
    early = {each.level: each for each in assess(FOUNDING, Facts(on=date(2026, 6, 30)), policies=[policy]).policies}
    assert early["机密"].limit == 500


def test_every_name_has_a_page_in_both_languages():
    for name in names(LAW):
        for lang in ("zh", "en"):
            assert page(name, lang).strip(), name
    assert "咸某某" in page("id_number", "en")
    assert "unconfirmed" in page("vehicle", "en")
    with pytest.raises(UsageError, match="id_number"):
        page("id_numbr")


def test_categories_that_rest_on_no_source_are_marked():
    unconfirmed = {category.id for category in LAW.categories if not category.cite.confirmed}
    assert unconfirmed >= {"vehicle", "account_number", "income", "verification_code", "minor", "dignity"}


def test_known_kinds_hold_what_the_readings_rest_on():
    assert {"resident_id", "whereabouts", "property_unit", "minor_under_14", "organisation"} <= known_kinds(LAW)


def test_one_parameter_can_be_read_otherwise():
    assert count(FOUNDING, Reading.of("prevailing", id_number="strict"), LAW, ON).tiers["item4"] == 1200
    assert all(sum(count(FOUNDING, name, LAW, ON).tiers.values()) == 1200 for name in READINGS)
