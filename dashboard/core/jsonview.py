"""JSON text with its keys, words and numbers told apart, for reading; the text itself is not changed."""

import re
from collections.abc import Iterator

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from dashboard.core.printable import printable

# The text may be no JSON at all: what fits no rule is shown as it is.
_TOKEN = re.compile(
    r'(?P<key>"(?:[^"\\\n]|\\.){0,4000}+"(?=\s{0,20}:))'
    r'|(?P<text>"(?:[^"\\\n]|\\.)*+")'
    r"|(?P<number>-?\b\d[\d.eE+-]*)"
    r"|(?P<word>\b(?:true|false|null)\b)"
)


def coloured(text: str, *, limit: int) -> Iterator[SafeString]:
    """Pieces of escaped markup that together show `text`, cut after `limit` characters with a sentence that says so."""
    shown, at = text[:limit], 0
    for match in _TOKEN.finditer(shown):
        if match.start() > at:
            yield format_html("{}", printable(shown[at : match.start()], keep_lines=True))
        yield format_html('<span class="json-{}">{}</span>', match.lastgroup, printable(match.group(), keep_lines=True))
        at = match.end()
    yield format_html("{}", printable(shown[at:], keep_lines=True))
    if len(text) > limit:
        yield format_html(
            '\n<span class="json-cut">{}</span>',
            _("%(n)s more characters are not shown here.") % {"n": f"{len(text) - limit:,}"},
        )
