"""The letter for a tricky good reads like a good adviser's, in both languages: what stops it, what by when, what is not needed and why."""

import re

import pytest

from tongguan.assessment.papers import letter

TRICKY = {
    "durian_vn": ("08106000", "2025-03-01", "VN", "general_trade", {}),
    "durian_my_too_early": ("08106000", "2024-06-23", "MY", "general_trade", {}),
    "frozen_durian_vn": ("08119090", "2025-03-01", "VN", "general_trade", {"species": "durian", "form": "frozen"}),
    "whisky": ("22083000", "2026-07-01", "GB", "general_trade", {}),
    "used_excavator": ("84295212", "2026-07-01", "JP", "general_trade", {"condition": "used"}),
    "infant_formula_shop": ("19011010", "2026-07-01", "NZ", "cross_border_ecommerce", {}),
    "infant_formula_trade": ("19011010", "2026-07-01", "NZ", "general_trade", {}),
    "robot_with_radio": (
        "84795010",
        "2026-07-01",
        "DE",
        "general_trade",
        {"radio": "yes", "micro_power": "no", "condition": "new"},
    ),
    "beef_br": ("02023000", "2026-07-01", "BR", "general_trade", {}),
    "wine": ("22042100", "2026-07-01", "CL", "general_trade", {}),
    "cosmetics": ("33049900", "2026-07-01", "FR", "general_trade", {}),
    "ct_scanner": ("90221200", "2026-07-01", "DE", "general_trade", {"condition": "new"}),
    "led_lamp": ("94052100", "2026-07-01", "DE", "general_trade", {}),
    "waste_plastics": ("39159000", "2026-07-01", "US", "general_trade", {}),
    "pet_food": ("23091090", "2026-07-01", "US", "general_trade", {}),
    "soya": ("12019010", "2026-07-01", "BR", "general_trade", {"gmo": "yes"}),
    "crocodile_bag": (
        "42022100",
        "2026-07-01",
        "FR",
        "general_trade",
        {"endangered": "appendix_2", "species": "Crocodylus niloticus"},
    ),
    "drone": ("88062210", "2026-07-01", "DE", "general_trade", {}),
    "e_cigarette": ("24041200", "2026-07-01", "GB", "general_trade", {"nicotine": "other"}),
}
SAYS = {
    "durian_vn": [("自2022-07-27", "since 2022-07-27"), ("通关单", "clearance form")],
    "durian_my_too_early": [("不能这样进口", "cannot enter like this"), ("还没有准入", "not yet admitted")],
    "frozen_durian_vn": [("不能据此装运", "do not ship on the strength of it")],
    "whisky": [("海关总署令第280号", "Order 280"), ("酒类流通", "circulation of alcohol"), ("自由进口", "free import")],
    "used_excavator": [
        ("装运前检验", "re-shipment inspection"),
        ("监管证件代码O", "document code O"),
        ("第21条", "art. 21"),
    ],
    "infant_formula_shop": [("按个人自用进境物品监管", "articles for personal use")],
    "infant_formula_trade": [("产品配方", "recipe"), ("60个工作日", "60 working days"), ("第81条", "81")],
    "robot_with_radio": [("型号核准", "type approval"), ("不在强制性产品认证目录内", "not on the compulsory list")],
    "beef_br": [
        ("逐厂注册", "Plant by plant"),
        ("立即发放", "never later than ten days"),
        ("指定监管场地", "esignated supervision site"),
    ],
    "wine": [("中文标签", "Chinese label")],
    "cosmetics": [("化妆品类别", "class of cosmetic"), ("备案", "filed")],
    "ct_scanner": [("第三类", "class III"), ("配置许可", "onfiguration licence")],
    "led_lamp": [("额定电压", "36 volts")],
    "waste_plastics": [
        ("五十万元以上五百万元以下", "500,000 to 5,000,000"),
        ("不能这样进口", "cannot enter like this"),
    ],
    "pet_food": [("进口登记证", "import registration certificate")],
    "soya": [("安全证书", "afety certificate"), ("270日", "270 days")],
    "crocodile_bag": [
        ("允许进口证明书", "mport certificate"),
        ("20个工作日", "20 working days"),
        ("第19条", "designated"),
    ],
    "drone": [("CMIIT", "CMIIT"), ("没有专门|属自由进口", "needs no licence")],
    "e_cigarette": [("不能这样进口", "cannot enter like this"), ("烟草口味", "tobacco")],
}


@pytest.mark.parametrize("name", TRICKY)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_letter_says_what_matters(ask, name, language):
    code, day, origin, channel, facts = TRICKY[name]
    text = letter(ask(code, day, origin, channel, **facts), language, width=400)
    for zh, en in SAYS[name]:
        assert re.search(zh if language == "zh" else en, text), text
    assert "{" not in text
    assert "None" not in text
    if language == "en":
        assert not re.search("[\u4e00-\u9fff]", text), re.findall("[\u4e00-\u9fff]+", text)


@pytest.mark.parametrize("name", TRICKY)
def test_every_sentence_of_the_law_is_cited(ask, name):
    code, day, origin, channel, facts = TRICKY[name]
    for paper in ask(code, day, origin, channel, **facts).papers:
        assert paper.because, paper.id
        assert paper.why_zh, paper.id
        assert paper.why_en, paper.id


def test_lines_keep_their_width(ask):
    text = letter(ask("08106000", "2025-03-01", "VN"), "zh", width=80)
    wide = [line for line in text.splitlines() if sum(2 if ord(c) > 0x2E7F else 1 for c in line) > 82]
    assert not wide
