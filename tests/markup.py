"""Two readers of HTML that build the same tree: one to the letter of the standard, one many times faster.

`by_the_standard` finds everything a browser would stumble over; a page of hundreds of rows takes it seconds.
`in_order` is for the further pages of a route: every element must be closed, in order, as our templates write it.
"""

from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import html5lib

Element = ET.Element

_SVG = "{http://www.w3.org/2000/svg}"
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


def by_the_standard(html: str) -> tuple[Element, list[str]]:
    """The tree a browser would build, and the codes of every error it would forgive."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    return parser.parse(html), [code for _, code, _ in parser.errors]


def in_order(html: str) -> tuple[Element, list[str]]:
    """The tree as written, and what is not closed, closed twice, closed out of order, or said twice."""
    reader = _InOrder()
    reader.feed(html)
    reader.close()
    return reader.finished()


class _InOrder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._top = ET.Element("html")
        self._open = [self._top]
        self._errors: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self._errors.append(f"an attribute stands twice on <{tag}>")
        attributes = {name: value or "" for name, value in attrs}
        if tag == "html" and len(self._open) == 1:
            self._top.attrib.update(attributes)
            self._open.append(self._top)
            return
        is_drawing = tag == "svg" or self._open[-1].tag.startswith(_SVG)
        element = ET.SubElement(self._open[-1], f"{_SVG}{tag}" if is_drawing else tag, attributes)
        if is_drawing or tag not in _VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        depth = len(self._open)
        self.handle_starttag(tag, attrs)
        if len(self._open) > depth:
            if not self._open[-1].tag.startswith(_SVG):
                self._errors.append(f"<{tag}/> does not close in HTML")
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        if len(self._open) > 1 and self._open[-1].tag.removeprefix(_SVG) == tag:
            self._open.pop()
        else:
            self._errors.append(f"</{tag}> closes what is not open")

    def handle_data(self, data: str) -> None:
        parent = self._open[-1]
        if len(parent):
            parent[-1].tail = (parent[-1].tail or "") + data
        else:
            parent.text = (parent.text or "") + data

    def finished(self) -> tuple[Element, list[str]]:
        self._errors += [f"<{element.tag}> is not closed" for element in self._open[1:]]
        return self._top, self._errors
