"""Our way of putting markup together escapes exactly what Django's does."""

from django.utils import html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as some

from dashboard.core import markup

VALUES = some.one_of(
    some.text(),
    some.text().map(mark_safe),
    some.integers(),
    some.floats(),
    some.none(),
    some.booleans(),
    some.sampled_from(["<script>", "&amp;", "'\"", gettext_lazy("Search"), gettext_lazy("<b>")]),
    some.lists(some.text(), max_size=2),
)


@given(VALUES, VALUES)
def test_a_pattern_is_filled_as_django_fills_it(one, other):
    ours = markup.format_html('<b title="{}">{other}</b>', one, other=other)

    assert ours == html.format_html('<b title="{}">{other}</b>', one, other=other)
    assert hasattr(ours, "__html__")


@given(some.lists(some.tuples(VALUES, VALUES), max_size=4), some.sampled_from(["", ", ", "<br>"]))
def test_rows_are_joined_as_django_joins_them(rows, between):
    assert markup.format_html_join(between, "<i>{}</i>{}", rows) == html.format_html_join(between, "<i>{}</i>{}", rows)
