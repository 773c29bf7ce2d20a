"""tongguan exchange: the same judgement at the command line, in words and for programs."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest
from exchange_makers import PLATFORM, an_inventory, an_order, message_of
from signing_makers import a_signed_message, own_certificate

from tongguan.exchange.reading import read
from tongguan.exchange.writing import write

EXAMPLES = Path(__file__).parents[2] / "examples" / "messages"
ALL = [str(path) for path in sorted(EXAMPLES.glob("*.xml")) if path.stem != "declaration"]


def tongguan(*arguments):
    command = [sys.executable, "-m", "tongguan", "exchange", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


@pytest.mark.parametrize(("lang", "words"), [("zh", "单证 1 个"), ("en", "documents: 1"), ("both", "documents: 1")])
def test_read(lang, words):
    ran = tongguan("read", EXAMPLES / "order.xml", "--lang", lang)
    assert ran.returncode == 0
    assert words in ran.stdout


def test_read_for_programs(tmp_path):
    path = tmp_path / "a.xml"
    path.write_bytes(write(message_of(an_order())).replace(b"<ceb:freight>10<", b"<ceb:freight>ten<"))
    ran = tongguan("read", path, "--json")
    assert ran.returncode == 1
    answer = json.loads(ran.stdout)[0]
    document = answer["message"]["documents"][0]
    assert document["freight"] is None
    assert document["paid"] == "272.75"
    assert [fault["code"] for fault in answer["faults"]] == ["exchange.not_an_amount"]


def test_read_a_declaration_message(tmp_path):
    ran = tongguan("read", EXAMPLES / "declaration.xml", "--lang", "en")
    assert ran.returncode == 0
    assert "DecMessage, declaration, goods items: 1" in ran.stdout
    path = tmp_path / "a.xml"
    path.write_bytes((EXAMPLES / "declaration.xml").read_bytes().replace(b"<TrafMode>2<", b"<TrafMode>Q<"))
    ran = tongguan("read", path, "--json")
    assert ran.returncode == 1
    answer = json.loads(ran.stdout)[0]
    assert answer["declaration"]["goods"][0]["commodity_code"] == "2204210000"
    assert [fault["path"] for fault in answer["faults"]] == ["transport.mode"]


def test_judge_the_examples():
    ran = tongguan("judge", *ALL, "--unsigned", "--json")
    assert ran.returncode == 1
    by_file = {Path(one["file"]).stem: one for one in json.loads(ran.stdout)}
    assert [one["accepted"] for name, one in by_file.items() if name != "inventory-with-faults"] == [True] * 4
    sound = by_file["inventory"]["documents"][0]
    assert (sound["state"], sound["waits_for"], sound["tax"]["total"]) == ("120", [], "22.75")
    spoiled = by_file["inventory-with-faults"]["documents"][0]
    assert spoiled["state"] == "-621001"
    assert spoiled["tax"] is None
    codes = [fault["code"] for fault in spoiled["faults"] if fault["severity"] == "error"]
    assert codes == [
        "exchange.guarantor_is_no_party",
        "exchange.net_weight_above_gross",
        "exchange.buyer_differs_from_order",
        "exchange.buyer_is_not_the_payer",
    ]


def test_an_inventory_alone_waits():
    ran = tongguan("judge", EXAMPLES / "inventory.xml", "--unsigned", "--json")
    assert ran.returncode == 0
    document = json.loads(ran.stdout)[0]["documents"][0]
    assert (document["state"], document["waits_for"]) == ("2", [311, 411, 511])
    assert "exchange.year_not_known" in {fault["code"] for fault in document["faults"]}


def test_a_refused_order_is_not_laid_on_the_desk(tmp_path):
    order = tmp_path / "order.xml"
    order.write_bytes(write(message_of(an_order())).replace(b"<ceb:orderNo>DD-1<", b"<ceb:orderNo><"))
    ran = tongguan("judge", EXAMPLES / "inventory.xml", order, "--unsigned", "--json")
    assert ran.returncode == 1
    inventory, refused = json.loads(ran.stdout)
    assert 311 in inventory["documents"][0]["waits_for"]
    assert refused["documents"][0]["state"] == "-301008"


def test_signatures_are_checked_unless_told_otherwise(tmp_path):
    ran = tongguan("judge", EXAMPLES / "inventory.xml", "--lang", "en")
    assert ran.returncode == 1
    assert "exchange.signature_missing" in ran.stdout
    path = tmp_path / "signed.xml"
    path.write_bytes(a_signed_message())
    keys = tmp_path / "keys"
    keys.mkdir()
    assert tongguan("judge", path, "--keys", keys).returncode == 1
    pem = b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(own_certificate()) + b"-----END CERTIFICATE-----\n"
    (keys / f"{PLATFORM}.pem").write_bytes(pem)
    assert tongguan("judge", path, "--keys", keys).returncode == 0
    path.write_bytes(a_signed_message().replace(b"QD-1", b"QD-2"))
    ran = tongguan("judge", path, "--keys", keys)
    assert ran.returncode == 1
    assert "exchange.content_changed_after_signing" in ran.stdout


def test_receipts_are_written(tmp_path):
    ran = tongguan("judge", *ALL, "--unsigned", "--receipts", tmp_path / "out", "--lang", "en")
    assert "The receipt was written to" in ran.stdout
    kinds = {path.name: read(path.read_bytes()).message.kind for path in (tmp_path / "out").iterdir()}
    assert sorted(kinds.values()) == [312, 412, 512, 622, 622]
    states = [d.state for path in (tmp_path / "out").iterdir() for d in read(path.read_bytes()).message.documents]
    assert sorted(states) == ["-621001", "120", "120", "120", "120"]


def test_messages_of_one_name_keep_their_receipts(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "order.xml").write_bytes((EXAMPLES / "order.xml").read_bytes())
    tongguan(
        "judge",
        tmp_path / "a" / "order.xml",
        tmp_path / "b" / "order.xml",
        "--receipts",
        tmp_path / "out",
        "--unsigned",
    )
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "order-2.CEB312Message.xml",
        "order.CEB312Message.xml",
    ]


def test_the_day_decides_the_limits(tmp_path):
    path = tmp_path / "a.xml"
    path.write_bytes(write(message_of(an_inventory())))
    assert tongguan("judge", path, "--unsigned", "--as-of", "2025-03-03").returncode == 0
    ran = tongguan("judge", path, "--unsigned", "--as-of", "2016-04-01", "--lang", "en")
    assert "exchange.law_not_encoded" in ran.stdout


def test_what_cannot_be_read(tmp_path):
    path = tmp_path / "a.xml"
    path.write_bytes(write(message_of(an_order()))[:200])
    ran = tongguan("judge", path, "--receipts", tmp_path, "--lang", "en")
    assert ran.returncode == 2
    assert "exchange.cut_short" in ran.stdout
    assert read((tmp_path / "a.CEB900Message.xml").read_bytes()).message.documents[0].state == "-1"
    ran = tongguan("read", tmp_path / "none.xml")
    assert ran.returncode == 2
    assert "none.xml" in ran.stderr
    assert "Traceback" not in ran.stderr
