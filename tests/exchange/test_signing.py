"""Signatures: what is signed is what is read, nothing passes unchecked, and no key is kept."""

from __future__ import annotations

import base64

import gmssl_pyx
import pytest
from exchange_makers import BROKER, CARRIER, PLATFORM, an_inventory, codes, message_of
from signing_makers import SUITES, a_signed_message, checked, own_certificate, rsa_key, sm2_certificate

from tongguan.exchange import signing
from tongguan.exchange.canonical_xml import canonical
from tongguan.exchange.reading import read
from tongguan.exchange.writing import write

DS = 'xmlns:ds="http://www.w3.org/2000/09/xmldsig#"'


def faults(data, **more):
    """The signature's own faults."""
    return [c for c in codes(checked(data, **more)) if "sign" in c or "certificate" in c]


@pytest.mark.parametrize("suite", SUITES)
def test_a_signed_message_is_taken(suite):
    found = checked(a_signed_message(suite=suite))
    assert [c for c in codes(found) if c != "signature_by_sha1"] == []
    assert found.documents[0].state == "120"


def test_national_algorithms():
    public, private = gmssl_pyx.sm2_key_generate()
    certificate = sm2_certificate(public)
    keys = signing.Keys()
    keys.trust(certificate, PLATFORM)
    data = signing.sign(write(message_of(an_inventory())), signing.Sm2Signer(private, public, certificate))
    received = read(data)
    assert received.message.edition == "202205"
    assert signing.check(received, keys) == []
    changed = data.replace(b"QD-1", b"QD-2")
    assert [f.code for f in signing.check(read(changed), keys)] == ["exchange.content_changed_after_signing"]
    other = signing.sign(
        write(message_of(an_inventory())), signing.Sm2Signer(*reversed(gmssl_pyx.sm2_key_generate()), certificate)
    )
    assert [f.code for f in signing.check(read(other), keys)] == ["exchange.signature_wrong"]


def test_without_the_library_nothing_passes():
    """The names of the national algorithms on a message signed otherwise: either the library says no, or there is none and nobody says yes."""
    data = a_signed_message()
    data = data.replace(signing.RSA_SHA256.method.encode(), signing.SM2.method.encode())
    data = data.replace(signing.RSA_SHA256.digest_method.encode(), signing.SM2.digest_method.encode())
    found = faults(data)
    assert found
    assert not checked(data).is_accepted


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"QD-1", b"QD-2"),
        (b"\t<ceb:Inventory>", b" <ceb:Inventory>"),
        (b"</ceb:InventoryList>\n\t\t<ceb:InventoryList>", b"</ceb:InventoryList><ceb:InventoryList>"),
        (b' guid="', b' xmlns:more="urn:more" guid="'),
    ],
    ids=["a value", "a space", "a line end", "a namespace"],
)
def test_any_change_after_signing_is_found(old, new):
    data = a_signed_message()
    assert old in data
    assert "content_changed_after_signing" in faults(data.replace(old, new, 1))


def test_what_a_canonical_form_ignores_may_change():
    data = a_signed_message()
    head = data.partition(b"\n")[2]
    attributes = head.replace(b'version="1.0">', b"version='1.0' >", 1)
    assert faults(b"\xef\xbb\xbf" + attributes.replace(b"\t<ceb:Inventory>", b"\t<!-- x --><ceb:Inventory>", 1)) == []


def test_a_message_of_another_around_a_sound_signature_is_refused():
    """Signature wrapping: the signed message inside the extension of another, its signature moved to where it is looked for."""
    signed = a_signed_message().decode()
    begin = signed.index("<ds:Signature")
    end = signed.index("</ds:Signature>") + len("</ds:Signature>")
    signature = signed[begin:end]
    inner = (signed[:begin] + signed[end:]).partition("\n")[2].strip()
    outer = write(message_of(an_inventory(buyer_name="王方"))).decode()
    wrapped = outer.replace(
        "</ceb:CEB621Message>",
        f"<ceb:ExtendMessage><ceb:name>a</ceb:name><ceb:version>1</ceb:version><ceb:Message>{inner}</ceb:Message></ceb:ExtendMessage>"
        f"{signature}</ceb:CEB621Message>",
    )
    assert "content_changed_after_signing" in faults(wrapped.encode())
    by_name = wrapped.replace('URI=""', 'URI="#inner"')
    assert faults(by_name.encode()) == ["signature_not_over_the_message"]


def test_two_signatures_are_refused():
    data = a_signed_message()
    begin, end = data.index(b"<ds:Signature"), data.index(b"</ds:Signature>") + len(b"</ds:Signature>")
    assert "element_repeated" in codes(checked(data[:end] + data[begin:end] + data[end:]))


def test_a_second_signed_info_is_refused():
    data = a_signed_message()
    begin, end = data.index(b"<ds:SignedInfo"), data.index(b"</ds:SignedInfo>") + len(b"</ds:SignedInfo>")
    assert faults(data[:end] + data[begin:end] + data[end:]) == ["signature_not_over_the_message"]


def test_a_transform_that_would_hide_a_part_is_refused():
    data = a_signed_message().replace(
        b"</ds:Transforms>", b'<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"/></ds:Transforms>'
    )
    assert faults(data) == ["signature_not_over_the_message"]


def test_a_weak_digest_beside_a_strong_signature_is_refused():
    data = a_signed_message().replace(
        signing.RSA_SHA256.digest_method.encode(), signing.RSA_SHA1.digest_method.encode()
    )
    assert faults(data) == ["signature_algorithm"]


def test_who_may_sign_for_whom():
    assert faults(a_signed_message(), trusted=(PLATFORM, CARRIER)) == []
    assert faults(a_signed_message(), trusted=(BROKER,)) == ["signer_is_not_the_sender"]
    assert faults(a_signed_message(), trusted=()) == ["signer_not_known"]


def test_without_a_register_of_keys_a_stranger_is_a_warning():
    data = a_signed_message()
    found = signing.check(read(data))
    assert [(f.code, f.severity) for f in found] == [("exchange.signer_not_known", "warning")]


def test_keys_of_a_folder(tmp_path):
    pem = b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(own_certificate()) + b"-----END CERTIFICATE-----\n"
    (tmp_path / f"{PLATFORM}.pem").write_bytes(pem)
    (tmp_path / "notes.txt").write_text("not a certificate", encoding="utf-8")
    keys = signing.Keys.from_folder(tmp_path)
    assert len(keys) == 1
    assert keys.senders_of(own_certificate()) == {PLATFORM}


def test_a_message_is_signed_once():
    with pytest.raises(ValueError, match="signed already"):
        signing.sign(a_signed_message(), signing.RsaSigner(rsa_key("own"), own_certificate()))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("<a  b = '1'  a='2' ></a >", '<a a="2" b="1"></a>'),
        ("<a/>", "<a></a>"),
        ("<!-- x --><a><!-- y -->z</a>", "<a>z</a>"),
        ("<?p q?><a/><?r?>", "<?p q?>\n<a></a>\n<?r?>"),
        ("<a>\r\n&#13;&lt;&gt;&amp;\"'</a>", "<a>\n&#xD;&lt;&gt;&amp;\"'</a>"),
        ("<a b=\"&#9;&#10;&#13;&lt;&quot;'&gt;\"/>", "<a b=\"&#x9;&#xA;&#xD;&lt;&quot;'>\"></a>"),
        ("<a><![CDATA[<&>]]></a>", "<a>&lt;&amp;&gt;</a>"),
        ('<a xmlns="u"><b xmlns="u"><c xmlns=""/></b></a>', '<a xmlns="u"><b><c xmlns=""></c></b></a>'),
        ('<a xmlns:z="1" xmlns:b="2" xmlns="3"/>', '<a xmlns="3" xmlns:b="2" xmlns:z="1"></a>'),
        ('<e z:b="1" y:c="2" a="3" xmlns:z="urn:1" xmlns:y="urn:2"/>', '<e xmlns:y="urn:2" xmlns:z="urn:1" a="3" z:b="1" y:c="2"></e>'),
        ('<a xml:lang="zh"><b xml:lang="zh"/></a>', '<a xml:lang="zh"><b xml:lang="zh"></b></a>'),
        ("<a>中\u00a0</a>", "<a>中\u00a0</a>"),
    ],
    ids=str,
)  # fmt: skip
def test_canonical_form(data, expected):
    assert canonical(data.encode()).document.decode() == expected


def test_canonical_form_without_the_signature_and_of_what_is_signed():
    data = f'<a xmlns="u" xmlns:n="v" xml:lang="zh"> <ds:Signature {DS}><ds:SignedInfo Id="1"><x/></ds:SignedInfo><ds:K/></ds:Signature> </a>'
    found = canonical(data.encode())
    assert found.document.decode() == '<a xmlns="u" xmlns:n="v" xml:lang="zh">  </a>'
    assert (
        found.signed_info.decode()
        == f'<ds:SignedInfo xmlns="u" {DS} xmlns:n="v" Id="1" xml:lang="zh"><x></x></ds:SignedInfo>'
    )
