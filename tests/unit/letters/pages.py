"""Pages as a reader meets them: parsed strictly, as text without markup, and checked for form."""

import base64
import hashlib
import re
from typing import Any

from lxml import etree

VOID = {"meta"}
_PLACES = (
    "head",
    "body",
    "main",
    "section",
    "div",
    "p",
    "h1",
    "h2",
    "ul",
    "li",
    "table",
    "caption",
)
_MORE = (
    "html",
    "title",
    "style",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "span",
    "bdi",
    "code",
    "meta",
)
KNOWN = {*_PLACES, *_MORE}


def parsed(page: str) -> Any:
    """The document, refused unless every element is closed, every value quoted and escaped."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    return etree.fromstring(page.encode(), parser)


def text_of(page: str) -> str:
    """What is read, with single spaces, plain dashes and plain apostrophes, without the style."""
    typed = raw_text_of(page).replace("\N{EN DASH}", "-")
    return typed.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")


def raw_text_of(page: str) -> str:
    """What is read, with single spaces: also between cells, lines and items of lists."""
    body = parsed(page).find("body")
    for apart in body.xpath("//td | //th | //li | //p | //span[not(@lang)]"):
        apart.tail = f" {apart.tail or ''}"
    return " ".join("".join(body.itertext()).split())


def check_form(page: str, language: str, policy: str) -> None:
    """Everything that must hold of any page, whatever it says."""
    document = parsed(page)
    assert page.startswith("<!DOCTYPE html>\n")
    assert document.get("lang") == language
    assert {e.tag for e in document.iter()} <= KNOWN
    assert "".join(document.find("head/title").itertext()).strip()
    _check_headings(document)
    _check_tables(document)
    _check_stands_alone(page, document, policy)


def _check_headings(document: Any) -> None:
    headings = [e.tag for e in document.iter("h1", "h2", "h3")]
    assert headings[0] == "h1"
    assert headings.count("h1") == 1
    assert "h3" not in headings
    assert all("".join(e.itertext()).strip() for e in document.iter("h1", "h2"))
    ids = [e.get("id") for e in document.iter() if e.get("id")]
    assert len(ids) == len(set(ids))


def _check_tables(document: Any) -> None:
    for table in document.iter("table"):
        named = table.get("aria-labelledby")
        name = document.xpath(f"//*[@id='{named}']") if named else table.findall("caption")
        assert len(name) == 1
        assert all(e.get("scope") in ("col", "row") for e in table.iter("th"))


def _check_stands_alone(page: str, document: Any, policy: str) -> None:
    """No address, no script, no handler, no style but the one whose hash the policy names."""
    attributes = {name for e in document.iter() for name in e.attrib}
    assert attributes <= {
        *("lang", "charset", "name", "content", "class", "scope", "id", "aria-labelledby")
    }
    assert re.findall(r"https?:|//|url\(|@import|expression\(|javascript:", page) == []
    [style] = document.iter("style")
    digest = hashlib.sha256(style.text.encode()).digest()
    directives = policy.split("; ")
    assert f"style-src 'sha256-{base64.b64encode(digest).decode()}'" in directives
    assert "default-src 'none'" in directives
    assert "unsafe" not in policy
