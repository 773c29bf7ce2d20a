"""Canonical XML 1.0 without comments, as signatures of these messages ask for it (http://www.w3.org/TR/2001/REC-xml-c14n-20010315).

Made from the events of expat, which also reads the message: what is verified is what is read. There is no document type, so there are neither
entities nor default attributes to expand.
"""

from __future__ import annotations

from typing import NamedTuple
from xml.parsers import expat

SIGNATURE = "http://www.w3.org/2000/09/xmldsig#"
XML = "http://www.w3.org/XML/1998/namespace"
ROOT, CHILD, GRANDCHILD = 1, 2, 3


class Canonical(NamedTuple):
    """A message without its signature, and the part of the signature that is signed; both empty of what is not there."""

    document: bytes
    signed_info: bytes


def canonical(data: bytes) -> Canonical:
    """The canonical form of a message that `parsing.parse` has read. Raises expat.ExpatError."""
    writer = _Writer()
    parser = expat.ParserCreate()
    parser.ordered_attributes = True
    parser.buffer_text = True
    parser.StartElementHandler = writer.start
    parser.EndElementHandler = writer.end
    parser.CharacterDataHandler = writer.text
    parser.ProcessingInstructionHandler = writer.instruction
    parser.Parse(data, True)
    return Canonical("".join(writer.document).encode("utf-8"), "".join(writer.signed_info).encode("utf-8"))


class _Writer:
    """Writes the document while it goes by; inside the signature only SignedInfo is written, as a tree of its own."""

    def __init__(self) -> None:
        self.document: list[str] = []
        self.signed_info: list[str] = []
        self.out: list[str] | None = self.document
        self.depth = 0
        self.in_scope: list[dict[str, str]] = [{}]
        self.inherited: list[dict[str, str]] = [{}]
        self.signature_depth = 0

    def start(self, tag: str, attributes: list[str]) -> None:
        self.depth += 1
        outer = self.in_scope[-1]
        declared: dict[str, str] = {}
        own: list[tuple[str, str]] = []
        for at in range(0, len(attributes), 2):
            name, value = attributes[at], attributes[at + 1]
            if name == "xmlns":
                declared[""] = value
            elif name.startswith("xmlns:"):
                declared[name[6:]] = value
            else:
                own.append((name, value))
        scope = {**outer, **declared} if declared else outer
        self.in_scope.append(scope)
        of_xml = {name: value for name, value in own if name.startswith("xml:")}
        self.inherited.append({**self.inherited[-1], **of_xml} if of_xml else self.inherited[-1])
        prefix, _, local = tag.rpartition(":")
        space = scope.get(prefix, "")
        rendered = {p: uri for p, uri in declared.items() if outer.get(p, "") != uri}
        if self.depth == CHILD and space == SIGNATURE and local == "Signature":
            self.signature_depth = self.depth
            self.out = None
        elif self.signature_depth and self.depth == GRANDCHILD and space == SIGNATURE and local == "SignedInfo":
            self.out = self.signed_info
            rendered = {p: uri for p, uri in scope.items() if p or uri}
            own = list({**self.inherited[-1], **dict(own)}.items())
        if self.out is not None:
            self.out.append(f"<{tag}{_namespaces(rendered)}{_attributes(own, scope)}>")

    def end(self, tag: str) -> None:
        if self.out is not None:
            self.out.append(f"</{tag}>")
        if self.signature_depth and self.depth == GRANDCHILD and self.out is self.signed_info:
            self.out = None
        elif self.depth == self.signature_depth:
            self.signature_depth = 0
            self.out = self.document
        self.depth -= 1
        self.in_scope.pop()
        self.inherited.pop()

    def text(self, data: str) -> None:
        if self.out is not None:
            self.out.append(_text(data))

    def instruction(self, target: str, data: str) -> None:
        if self.out is None:
            return
        written = f"<?{target} {data}?>" if data else f"<?{target}?>"
        if self.depth >= ROOT:
            self.out.append(written)
        elif len(self.document) and self.document[-1].startswith("</"):
            self.out.append("\n" + written)
        else:
            self.out.append(written + "\n")


def _namespaces(rendered: dict[str, str]) -> str:
    return "".join(
        f' xmlns:{prefix}="{_quoted(uri)}"' if prefix else f' xmlns="{_quoted(uri)}"'
        for prefix, uri in sorted(rendered.items())
        if prefix != "xml"
    )


def _attributes(own: list[tuple[str, str]], scope: dict[str, str]) -> str:
    if not own:
        return ""

    def key(attribute: tuple[str, str]) -> tuple[str, str]:
        prefix, _, local = attribute[0].rpartition(":")
        return (XML if prefix == "xml" else scope.get(prefix, "") if prefix else "", local)

    return "".join(f' {name}="{_quoted(value)}"' for name, value in sorted(own, key=key))


def _text(data: str) -> str:
    return data.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#xD;")


def _quoted(data: str) -> str:
    plain = data.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return plain.replace("\t", "&#x9;").replace("\n", "&#xA;").replace("\r", "&#xD;")
