"""Reads a page as a browser would and complains about what no page of ours may contain.

`Page(html)` parses; `page.problems()` lists what is wrong in plain words; `page.form(...)` gives a
form's fields as a browser would send them.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from xml.etree import ElementTree as ET

from tests import markup

Element = ET.Element

# To html5lib hostile text is broken markup too: characters that text may hold are no errors of ours.
_CHARACTER_ERRORS = {"invalid-codepoint", "control-character-in-input-stream"}
_UNLABELLED_INPUTS = {"hidden", "submit", "button", "reset", "image"}
_DANGEROUS_ADDRESS = re.compile(r"^[\x00-\x20]*(javascript:|vbscript:|data:(?!image/))", re.IGNORECASE)
_INLINE = {"a", "abbr", "b", "bdi", "code", "em", "i", "kbd", "mark", "small", "span", "strong", "time", "wbr"}
_EXPRESSIONS = ("hx-vals", "hx-headers", "hx-vars")
_DANGEROUS_EXPRESSION = re.compile(r"\s*(js|javascript):", re.IGNORECASE)
_ADDRESSES = ("href", "src", "action", "formaction", "hx-get", "hx-post", "hx-push-url", "xlink:href")


@dataclass(frozen=True)
class Form:
    """A form as it stands on a page: `fields` is what a browser would send without touching it."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    buttons: tuple[tuple[str, str, str], ...] = ()  # name, value, text


class Page:
    """A parsed document, or a fragment of one when it has no <html> tag."""

    def __init__(self, html: str, *, to_the_letter: bool = True) -> None:
        self.html = html
        self.root, self._errors = markup.by_the_standard(html) if to_the_letter else markup.in_order(html)
        self.is_fragment = "<html" not in html[:1000].lower()

    # ── reading ──

    def all(self, *tags: str, **attributes: str) -> list[Element]:
        """Every element with one of `tags` (any without) with these `attributes` (class_, data_x)."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [
            element
            for element in self.root.iter()
            if isinstance(element.tag, str)
            and (not tags or element.tag in tags)
            and all(_has(element, name, value) for name, value in wanted.items())
        ]

    def one(self, *tags: str, **attributes: str) -> Element:
        """The only element that all() finds; AssertionError otherwise."""
        found = self.all(*tags, **attributes)
        assert len(found) == 1, f"{len(found)} elements match {tags} {attributes}"
        return found[0]

    @cached_property
    def text(self) -> str:
        """What a person reads, white space collapsed; scripts and templates left out."""
        return text_of(self.root)

    def form(self, *, action: str | None = None, button: str | None = None, form_id: str | None = None) -> Form:
        """The only form with `action` in its action, this id, and a button reading `button`."""
        found = [
            form
            for element in self.all("form")
            if (form := _form_of(element, self.root))
            and (action is None or action in form.action)
            and (form_id is None or element.get("id") == form_id)
            and (button is None or any(button == text for _, _, text in form.buttons))
        ]
        asked = f"action={action!r} button={button!r} form_id={form_id!r}"
        assert len(found) == 1, f"{len(found)} forms match {asked}"
        return found[0]

    # ── judging ──

    def problems(self) -> list[str]:
        """Every rule this page breaks, as sentences; empty for a good page."""
        found = [*self._markup(), *self._labels(), *self._forms(), *self._scripts()]
        if not self.is_fragment:
            found += self._document()
        return found

    def _markup(self) -> Iterator[str]:
        for code in self._errors:
            if code not in _CHARACTER_ERRORS and not (self.is_fragment and code.startswith("expected-doctype")):
                yield f"the markup does not parse: {code}"
        ids = Counter(element.get("id") for element in self.all() if element.get("id") is not None)
        for name, count in ids.items():
            if count > 1:
                yield f'the id "{name}" stands {count} times'
            if not name or re.search(r"\s", name):
                yield f'the id "{name}" is empty or holds white space'
        if not self.is_fragment:
            for element in self.all():
                for attribute in ("aria-labelledby", "aria-describedby", "for", "list", "form"):
                    for name in element.get(attribute, "").split():
                        if name not in ids:
                            yield f'<{element.tag} {attribute}> names "{name}", which is not on the page'

    def _document(self) -> Iterator[str]:
        if (count := len(self.all("h1"))) != 1:
            yield f"{count} h1 instead of one"
        if (count := len(self.all("main"))) != 1:
            yield f"{count} main instead of one"
        if not self.root.get("lang"):
            yield "the html element names no language"
        titles = [element for element in self.all("title") if element in list(self.one("head"))]
        if len(titles) != 1 or not (titles[0].text or "").strip():
            yield "the page has no title"

    def _labels(self) -> Iterator[str]:
        labelled = {element.get("for") for element in self.all("label") if text_of(element)}
        inside = {id(child) for label in self.all("label") if text_of(label) for child in label.iter()}
        for element in self.all("input", "select", "textarea"):
            if element.tag == "input" and element.get("type", "text").lower() in _UNLABELLED_INPUTS:
                continue
            if element.get("id") not in labelled and id(element) not in inside and not _aria_name(element):
                yield f"<{element.tag} name={element.get('name')!r}> has no label"
        for element in self.all("button", "a", "summary"):
            if element.tag == "a" and element.get("href") is None:
                continue
            if not text_of(element) and not _aria_name(element) and not _named_child(element):
                yield f"<{element.tag} {dict(element.attrib)}> has no text"
        for element in self.all("img"):
            if element.get("alt") is None:
                yield "an image has no alt text"

    def _forms(self) -> Iterator[str]:
        for element in self.all("form"):
            method, action = element.get("method", "").lower(), element.get("action")
            if method not in ("get", "post", "dialog"):
                yield f"the form to {action!r} names no method"
            if not action and method != "dialog":
                yield "a form names no action"
            names = {child.get("name") for child in element.iter("input")}
            if method == "post" and "csrfmiddlewaretoken" not in names:
                yield f"the form to {action!r} has no CSRF token"

    def _scripts(self) -> Iterator[str]:
        for element in self.all():
            kind = element.get("type", "")
            if str(element.tag).endswith("script") and not element.get("src") and kind != "application/json":
                yield "an inline script"
            if str(element.tag).endswith("style") or element.get("style") is not None:
                yield f"an inline style on <{element.tag}>"
            for name, value in element.attrib.items():
                low = name.lower()
                if low.startswith(("on", "hx-on")):
                    yield f"<{element.tag} {name}> runs script"
                if low in _EXPRESSIONS and _DANGEROUS_EXPRESSION.match(value):
                    yield f"<{element.tag} {name}> evaluates script"
                if low in _ADDRESSES and _DANGEROUS_ADDRESS.match(value):
                    yield f"<{element.tag} {name}> leads to a script or data address"


def _has(element: Element, name: str, value: str) -> bool:
    stands = element.get(name, "")
    return stands == value or (name == "class" and value in stands.split())


def text_of(element: Element) -> str:
    """The text inside an element, white space collapsed, without scripts, styles and templates."""
    return " ".join("".join(_texts(element)).split())


def _texts(element: Element) -> Iterator[str]:
    if not isinstance(element.tag, str) or element.tag in ("head", "script", "style", "template"):
        return
    blank = "" if element.tag in _INLINE else " "
    yield blank + (element.text or "")
    for child in element:
        yield from _texts(child)
        yield child.tail or ""
    yield blank


def _aria_name(element: Element) -> bool:
    return bool(element.get("aria-label", "").strip() or element.get("aria-labelledby", "").strip())


def _named_child(element: Element) -> bool:
    return any(_aria_name(each) or each.get("alt", "").strip() or _is_svg_title(each) for each in element.iter())


def _is_svg_title(element: Element) -> bool:
    return str(element.tag).endswith("}title")


def _form_of(element: Element, root: Element) -> Form:
    form_id = element.get("id")
    controls = [control for control in element.iter() if not control.get("form")]
    if form_id:
        controls += [control for control in root.iter() if control.get("form") == form_id]
    fields: dict[str, list[str]] = {}
    buttons: list[tuple[str, str, str]] = []
    for control in controls:
        name, kind = control.get("name", ""), control.get("type", "").lower()
        if control.tag == "button" or (control.tag == "input" and kind in ("submit", "image")):
            if kind not in ("button", "reset"):
                buttons.append((name, control.get("value", ""), text_of(control) or control.get("value", "")))
            continue
        if not name or control.get("disabled") is not None:
            continue
        if control.tag == "input":
            if kind in ("checkbox", "radio"):
                if control.get("checked") is not None:
                    fields.setdefault(name, []).append(control.get("value", "on"))
            elif kind not in ("button", "reset", "file"):
                fields.setdefault(name, []).append(control.get("value", ""))
        elif control.tag == "textarea":
            fields.setdefault(name, []).append("".join(control.itertext()).removeprefix("\n"))
        elif control.tag == "select":
            options = list(control.iter("option"))
            chosen = [option for option in options if option.get("selected") is not None]
            if not chosen and options and control.get("multiple") is None:
                chosen = options[:1]
            for option in chosen:
                fields.setdefault(name, []).append(option.get("value", text_of(option)))
    action, method = element.get("action", ""), element.get("method", "get").lower()
    return Form(action=action, method=method, fields=fields, buttons=tuple(buttons))
