"""What to write: firm claims and questions apart, the right offices, both languages."""

import pytest

from tongguan.fees.complaint import complaint, routes


def line(description, amount, **more):
    return {"description": description, "amount": amount, **more}


def test_nothing_to_say_about_a_clean_bill(bill):
    assert complaint(bill(line("报关费", "200.00"))) is None


def test_claims_and_questions_stand_apart(bill):
    checked = bill(
        line("港建费", "192.00"), line("绿色通道费", "380.00"), issuer="某某货代", invoice="AG-1", role="agent"
    )
    written = complaint(checked)
    for text, sums in ((written.zh, ("192.00", "380.00")), (written.en, ("192.00", "380.00"))):
        assert "AG-1" in text
        assert text.index(sums[0]) < text.index(sums[1])
        assert "{" not in text
    assert "一、请退还" in written.zh
    assert "二、请说明依据" in written.zh
    assert "《中华人民共和国价格法》第41条" in written.zh
    assert "Price Law" in written.en


def test_only_questions_make_no_claim(bill):
    written = complaint(bill(line("绿色通道费", "380.00")))
    assert "请退还\n" not in written.zh.split("二、")[0]
    assert "1. Please repay" not in written.en


@pytest.mark.parametrize(
    ("lines", "head", "expected"),
    [
        ([("港建费", "1.00")], {"role": "agent"}, ["market"]),
        ([("拖轮费", "1.00")], {"role": "port_operator"}, ["market", "port"]),
        ([("海关查验费", "1.00")], {"role": "broker"}, ["market", "customs"]),
        ([("海关查验费", "1.00")], {"role": "customs"}, ["state", "customs"]),
        ([("报关费", "1.00")], {}, []),
    ],
)
def test_who_hears_of_it(bill, lines, head, expected):
    assert routes(bill(*(line(*one) for one in lines), **head)) == expected


@pytest.mark.parametrize(
    ("day", "cited", "is_read"),
    [("2026-04-14", "市场监督管理投诉举报处理暂行办法", True), ("2026-04-15", "市场监督管理投诉举报处理办法", False)],
)
def test_the_order_in_force_is_cited_and_one_not_read_says_so(bill, day, cited, is_read):
    # samr-order-20 ended on 2026-04-15; a firm reports (#25), it does not complain as a consumer (#3)
    text = complaint(bill(line("港建费", "1.00"), date=day)).zh
    assert f"《{cited}》" in text
    assert ("条文未核对" in text) is not is_read
    assert ("不是为生活消费" in text) is is_read
