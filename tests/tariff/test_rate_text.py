"""Rates as tables print them are read exactly, or refused with a reason."""

import pytest

from tongguan.tariff.rate_text import NotARate, ReadRate, read_rate


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("14", "percent", ReadRate(140_000, 0, 1, "", "")),
        ("０．５％", "text", ReadRate(5_000, 0, 1, "", "")),
        ("6.5%", "ratio", ReadRate(65_000, 0, 1, "", "")),
        ("0.065", "ratio", ReadRate(65_000, 0, 1, "", "")),
        ("0", "text", ReadRate(0, 0, 1, "", "")),
        ("免税", "text", ReadRate(0, 0, 1, "", "")),
        ("1.3元/千克", "text", ReadRate(0, 13, 100, "1.3", "kg")),  # 130 fen per 1,000 g
        ("7.5 CNY/litre", "text", ReadRate(0, 3, 4, "7.5", "litre")),
        ("CNY 85/tonne", "text", ReadRate(0, 17, 2, "85", "tonne")),
        ("3%+4374元/台", "text", ReadRate(30_000, 2187, 5, "4374", "set")),
        ("3％，加4,374元／台", "percent", ReadRate(30_000, 2187, 5, "4374", "set")),
        ("0元/升", "text", ReadRate(0, 0, 1, "0", "litre")),
    ],
)
def test_reads_exactly(text, unit, expected):
    assert read_rate(text, unit) == expected


@pytest.mark.parametrize(
    ("text", "unit", "code"),
    [
        ("14", "text", "tariff.row_rate_without_unit"),
        ("-5", "percent", "tariff.row_rate_unreadable"),
        ("3%+4374元", "text", "tariff.row_rate_unreadable"),
        ("3%+4%", "text", "tariff.row_rate_unreadable"),
        ("完税价格不高于2000美元/台：30%", "text", "tariff.row_rate_unreadable"),
        ("5元/担", "text", "tariff.row_rate_unit_unknown"),
        ("501", "percent", "tariff.row_rate_out_of_bounds"),
        ("99999999元/千克", "text", "tariff.row_rate_out_of_bounds"),
        ("0.00000001", "ratio", "tariff.row_rate_unreadable"),
        ("#REF!", "percent", "tariff.row_rate_unreadable"),
    ],
)
def test_refuses_with_a_reason(text, unit, code):
    with pytest.raises(NotARate) as refused:
        read_rate(text, unit)
    assert refused.value.code == code
