"""What attackers, broken programs and broken lines send: refused with a receipt, quickly, and with bounded memory."""

from __future__ import annotations

import random
import re
import tracemalloc

import pytest
from exchange_makers import AT, DAY, ONE_OF_EACH, a_desk, an_inventory, an_order, message_of

from tongguan.exchange.judging import judge
from tongguan.exchange.parsing import MAX_BYTES, MAX_DEPTH, Unsafe, read_bytes
from tongguan.exchange.reading import read
from tongguan.exchange.receipts import receipt
from tongguan.exchange.writing import write

ORDER = write(message_of(an_order()))
BODY = ORDER.partition(b"\n")[2]
BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "xxxxxxxxxx">'
    + b"".join(f'<!ENTITY b{n} "{f"&b{n - 1};" * 10 if n else "&a;"}">'.encode() for n in range(12))
    + b"]><a>&b11;</a>"
)


def refused(data):
    """The code a message is refused with; its receipt is well-formed and says the code."""
    received = read(data)
    answer = receipt(judge(received, DAY), AT)
    assert answer.kind == 900
    again = read(write(answer))
    assert again.all_faults == ()
    assert again.message.documents == answer.documents
    assert answer.documents[0].state == "-1"
    code = received.faults[0].code
    assert code in answer.documents[0].info
    return code.removeprefix("exchange.")


HOSTILE = {
    "nothing": (b"", "empty"),
    "an entity bomb": (BOMB, "document_type"),
    "a document type from outside": (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "document_type"),
    "an external entity": (b'<!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1/">]><a>&x;</a>', "document_type"),
    "a parameter entity": (b'<!DOCTYPE a [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]><a/>', "document_type"),
    "an entity nobody declared": (b"<a>&x;</a>", "not_xml"),
    "GB 18030 labelled UTF-8": (ORDER.decode().encode("gb18030"), "gb18030_labelled_utf8"),
    "GB 18030 labelled so": (ORDER.decode().replace("UTF-8", "GB18030").encode("gb18030"), "not_utf8_declared"),
    "UTF-7 declared": (ORDER.decode().replace("UTF-8", "utf-7").encode("utf-8"), "not_utf8_declared"),
    "UTF-16 with a mark": (ORDER.decode().encode("utf-16"), "not_utf8_declared"),
    "UTF-16 without a mark": (ORDER.decode().encode("utf-16-be"), "not_utf8_declared"),
    "UTF-32": (ORDER.decode().encode("utf-32"), "not_utf8_declared"),
    "half a message": (ORDER[:-40], "cut_short"),
    "cut inside a character": (ORDER[: ORDER.index("某平台".encode()) + 1], "cut_short"),
    "two messages in one": (ORDER + b"<a/>", "not_xml"),
    "a zero byte": (ORDER.replace(b"<ceb:freight>", b"<ceb:freight>\x00"), "not_xml"),
    "a zero character": (ORDER.replace(b"<ceb:freight>", b"<ceb:freight>&#0;"), "not_xml"),
    "a program": (b"MZ\x90\x00" + b"\x00" * 100, "not_utf8"),
    "JSON": (b'{"order": 1}', "not_xml"),
    "a page of a broken gateway": (b"<html><body>502 Bad Gateway</body></html>", "kind_unknown"),
    "signs without end": (b"<" * (MAX_BYTES // 2), "too_many_elements"),
    "deep and never closed": (b"<a>" * 300_000, "cut_short"),
    "deep and closed": (b"<a>" * 300_000 + b"</a>" * 300_000, "kind_unknown"),
    "spaces without end": (b" " * (MAX_BYTES + 1), "too_large"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_refused_with_a_receipt(name):
    data, code = HOSTILE[name]
    assert refused(data) == code


def test_a_byte_order_mark_is_no_harm():
    received = read(b"\xef\xbb\xbf" + ORDER)
    assert received.all_faults == ()
    assert received.message == read(ORDER).message


def test_depth_inside_a_document_is_never_followed():
    deep = b"<ceb:freight>" + b"<x>" * 100_000 + b"</x>" * 100_000 + b"</ceb:freight>"
    received = read(ORDER.replace(b"<ceb:freight>10</ceb:freight>", deep))
    assert [f.code for f in received.all_faults] == ["exchange.element_in_field"]
    extension = f"<ceb:ExtendMessage><ceb:name>a</ceb:name><ceb:version>1</ceb:version><ceb:Message>{'<x>' * 50_000}{'</x>' * 50_000}</ceb:Message></ceb:ExtendMessage>"
    received = read(ORDER.replace(b"</ceb:CEB311Message>", extension.encode() + b"</ceb:CEB311Message>"))
    assert [f.code for f in received.all_faults] == ["exchange.too_deep"]
    assert MAX_DEPTH < 100


def test_a_file_larger_than_a_message_is_not_read_whole(tmp_path):
    path = tmp_path / "huge.xml"
    with path.open("wb") as file:
        file.truncate(1024**3)
    tracemalloc.start()
    with pytest.raises(Unsafe) as unsafe:
        read_bytes(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert unsafe.value.finding.code == "exchange.too_large"
    assert unsafe.value.finding.facts["size"] == str(1024**3)
    assert peak < 4 * MAX_BYTES


def test_the_largest_message_is_read():
    lines = tuple(an_inventory().lines[0] for _ in range(99))
    document = an_inventory(tuple(lines))
    data = write(message_of(*[document] * 100))
    assert len(data) < MAX_BYTES
    received = read(data)
    assert len(received.message.documents) == 100
    assert all(len(d.lines) == 99 for d in received.message.documents)


def test_a_name_in_another_case_or_place_is_not_guessed():
    found = {f.code for f in read(ORDER.replace(b"buyerName>", b"BuyerName>")).all_faults}
    assert found == {"exchange.element_unknown", "exchange.element_missing"}


def test_comments_and_instructions_say_nothing():
    noisy = ORDER.replace(b"<ceb:freight>10</ceb:freight>", b"<!-- 1 --><?x y?><ceb:freight>1<!-- 9 -->0</ceb:freight>")
    assert read(noisy).message == read(ORDER).message
    assert BODY.startswith(b"<ceb:CEB311Message")


NASTY = (
    "", " ", "0", "-1", "1e9", "NaN", "9" * 19, "0.00001", "99999999999999.99999", "2025-03-03", "00000000", "20250229000000", "１４２", "中" * 2000, "\u202e",
    "' OR 1=1", "&lt;a&gt;", "]]&gt;", "\U0001f4a9", "1201", "X" * 36, "110101199003074514",
)  # fmt: skip
FIELD = re.compile(rb"<ceb:([A-Za-z0-9]+)>[^<]*</ceb:\1>\n")


@pytest.mark.parametrize("maker", ONE_OF_EACH)
def test_spoiled_at_random_it_is_judged_and_answered(maker):
    """Fields emptied, filled with nonsense, doubled, dropped and moved: never an exception, always a well-formed receipt."""
    r = random.Random(maker.__name__)
    sound = write(message_of(maker()))
    for _ in range(120):
        data = sound
        for _ in range(r.randint(1, 6)):
            found = r.choice(list(FIELD.finditer(data)))
            name = found[1].decode()
            replaced = r.choice((
                b"", found[0] * 2, f"<ceb:{name}/>\n".encode(), f"<ceb:{name}>{r.choice(NASTY)}</ceb:{name}>\n".encode(),
                f"<ceb:{name}>{r.choice(NASTY)}</ceb:{name}>\n".encode(),
            ))  # fmt: skip
            data = data[: found.start()] + replaced + data[found.end() :]
            if r.random() < 0.1:
                moved = r.choice(list(FIELD.finditer(data)))
                data = data[: moved.start()] + data[moved.end() :]
                data = data.replace(b"</ceb:BaseTransfer>", moved[0] + b"</ceb:BaseTransfer>")
        judged = judge(read(data), DAY, a_desk(), looks_at_signature=False)
        answer = write(receipt(judged, AT))
        assert read(answer).all_faults == ()
        assert all(f.message("zh") and f.message("en") for f in judged.all_faults)


def test_an_inventory_without_lines_has_no_tax():
    bare = re.sub(
        rb"\t\t<ceb:InventoryList>.*</ceb:InventoryList>\n", b"", write(message_of(an_inventory())), flags=re.DOTALL
    )
    judged = judge(read(bare), DAY, a_desk(), looks_at_signature=False)
    assert "exchange.no_line" in {f.code for f in judged.all_faults}
    assert judged.documents[0].tax is None


def test_a_document_whose_own_numbers_cannot_be_read_is_answered_as_unreadable():
    data = ORDER.replace(b"<ceb:orderNo>DD-1</ceb:orderNo>", b"<ceb:orderNo></ceb:orderNo>")
    judged = judge(read(data), DAY, looks_at_signature=False)
    answer = receipt(judged, AT)
    assert answer.kind == 900
    assert answer.documents[0].original_type == "CEB311Message"
    assert "exchange.field_empty" in answer.documents[0].info
