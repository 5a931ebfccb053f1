"""Text from outside: printable, escaped, kept from turning the line around, and never an empty cell."""

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from dashboard.core.jsonview import coloured
from dashboard.core.markup import format_html, format_html_join
from dashboard.core.printable import printable as make_printable
from dashboard.core.templatetags.drawings import icon, stamp, visitor_print

register = template.Library()

_TITLE_LIMIT = 2_000  # what a tooltip holds; the raw answer has all of it


@register.filter
def printable(value: object) -> str:
    """Text with every hidden character made visible; the template still escapes it."""
    return "" if value is None else make_printable(str(value))


@register.filter
def bdi(value: object) -> SafeString:
    """Printable, escaped, and kept from turning the line around."""
    return format_html("<bdi>{}</bdi>", printable(value))


@register.simple_tag
def outside(value: object, *, limit: int = 120, mono: bool = False, none: str = "") -> SafeString:
    """A text from outside: isolated, cut at the end with the whole in the title; nothing becomes the `none` word."""
    if value is None or value == "":
        return absent(none or _("none"))
    whole = str(value)
    shown = make_printable(whole, limit)
    title = format_html(' title="{}"', make_printable(whole, _TITLE_LIMIT)) if len(shown) > limit else ""
    return format_html('<bdi class="outside{}"{}>{}</bdi>', " mono" if mono else "", title, shown)


@register.filter
def middle(value: object) -> str:
    """An id cut in the middle: `Ibk152…Is4A`. Short ids stay whole."""
    whole = printable(value)
    return whole if len(whole) <= 12 else f"{whole[:6]}…{whole[-4:]}"


@register.filter
def event_tail(value: object) -> str:
    """The part of an event id that tells it apart beside its time: `NLOjmg`."""
    return make_printable(str(value).rpartition(".")[2], 12)


@register.filter
def event_short(value: object) -> str:
    """An event id in a sentence: `1795…NLOjmg`. An id without a dot is cut in the middle."""
    time_part, dot, tail = str(value).rpartition(".")
    return make_printable(f"{time_part[:4]}…{tail}", 20) if dot else middle(value)


@register.simple_tag
def absent(words: str) -> SafeString:
    """The word for what is not there: never an empty cell."""
    return format_html('<span class="absent">{}</span>', make_printable(str(words)))


@register.simple_tag
def copy(value: object, what: str = "", *, label: str = "", small: bool = True) -> SafeString:
    """A button that copies the whole value, with a label or an icon alone; hidden where there is no JavaScript."""
    # The value itself, but for lone surrogates, which no page can carry.
    whole = str(value).encode("utf-8", "replace").decode()
    name = _("Copy %(what)s") % {"what": make_printable(what)} if what else _("Copy")
    if label:
        return format_html(
            '<button type="button" class="button{}" data-copy="{}" hidden>{} {}</button>',
            " small" if small else "",
            whole,
            icon("copy", size=13 if small else 15),
            label,
        )
    return format_html(
        '<button type="button" class="copy" data-copy="{}" aria-label="{}" title="{}" hidden>{}</button>',
        whole,
        name,
        name,
        icon("copy", size=13),
    )


@register.simple_tag
def copyable(value: object, what: str = "", *, mono: bool = True, limit: int = 120) -> SafeString:
    """A value with its copy button; copying always takes the whole."""
    return format_html(
        '<span class="copyable">{} {}</span>',
        outside(value, limit=limit, mono=mono),
        copy(value, what) if value else "",
    )


@register.simple_tag
def masked(shown: object, *, url: str = "", what: str = "") -> SafeString:
    """What this person may see of a value, with the way to see all of it."""
    value = format_html('<span class="mono masked">{}</span>', printable(shown))
    if not url:
        return value
    return format_html(
        '<span class="masked-value">{} <a class="button small" href="{}" hx-get="{}" hx-target="#dialogs">{} {}'
        '<span class="visually-hidden"> {}</span></a></span>',
        value,
        url,
        url,
        icon("eye", size=13),
        _("Reveal…"),
        make_printable(what),
    )


@register.simple_tag
def pivot(
    shown: object,
    *,
    name: str = "pivot",
    value: object = "",
    form: str = "pivot",
    mono: bool = True,
    limit: int = 60,
    title: str = "",
) -> SafeString:
    """A value that is searched for on a click. A form button, because values do not go into addresses."""
    whole = str(shown)
    said = make_printable(whole, limit)
    hint = make_printable(title) or (make_printable(whole, _TITLE_LIMIT) if len(said) > limit else "")
    return format_html(
        '<button class="pivot{}" form="{}" name="{}" value="{}"{}><bdi>{}</bdi></button>',
        " mono" if mono else "",
        form,
        name,
        value,
        format_html(' title="{}"', hint) if hint else "",
        said,
    )


@register.simple_tag
def visitor(visitor_id: object, url: str = "", *, whole: bool = False) -> SafeString:
    """A visitor in a table or sentence: print and id, the id cut in the middle unless `whole`."""
    if not visitor_id:
        return absent(_("none"))
    shown = printable(visitor_id) if whole else middle(visitor_id)
    title = "" if whole else format_html(' title="{}"', make_printable(str(visitor_id), _TITLE_LIMIT))
    tag = format_html('a class="mono" href="{}"{}', url, title) if url else format_html('bdi class="mono"{}', title)
    return format_html(
        '<span class="visitor">{}<{}>{}</{}></span>', visitor_print(visitor_id), tag, shown, "a" if url else "bdi"
    )


@register.simple_tag
def suspect(value: bool | None, *, solid: bool = False) -> SafeString:
    """The suspect flag with its three values; "not set" is no "no"."""
    if value is None:
        return absent(_("not set"))
    if value:
        return stamp(_("Suspect"), "solid" if solid else "red", mark="yes")
    return stamp(_("Not suspect"))


@register.simple_tag(name="json")
def json_view(text: str, *, limit: int = 200_000) -> SafeString:
    """JSON as it was sent, coloured, in a region that scrolls by itself."""
    shown = coloured(text, limit=limit)
    return format_html(
        '<pre class="json" tabindex="0" role="region" aria-label="JSON"><code>{}</code></pre>',
        format_html_join("", "{}", ((piece,) for piece in shown)),
    )
