"""The tests' own reader of pages finds what it is there to find."""

import pytest

from tests.pages import Page

GOOD = """<!doctype html><html lang="en"><head><title>Events</title></head><body><main>
<h1>Events</h1><form method="post" action="/go/"><input type="hidden" name="csrfmiddlewaretoken" value="t">
<label for="q">Ask</label><input id="q" name="q" value="a &amp; b"><select name="n" aria-label="How many">
<option>10</option><option selected value="20">20 rows</option></select><button name="do" value="1">Go</button>
</form></main></body></html>"""


@pytest.mark.parametrize("to_the_letter", [True, False])
def test_a_good_page_has_no_problems_and_its_form_reads_as_a_browser_would_send_it(to_the_letter):
    page = Page(GOOD, to_the_letter=to_the_letter)

    assert page.problems() == []
    form = page.form(button="Go")
    assert form.action == "/go/"
    assert form.fields == {"csrfmiddlewaretoken": ["t"], "q": ["a & b"], "n": ["20"]}
    assert "Ask 10 20 rows Go" in page.text


@pytest.mark.parametrize(
    "before,after,sentence",
    [
        ("<h1>", "<h1>Twice</h1><h1>", "2 h1 instead of one"),
        ('<label for="q">Ask</label>', "", "<input name='q'> has no label"),
        ('method="post" ', "", "names no method"),
        ('action="/go/"', "", "names no action"),
        ("csrfmiddlewaretoken", "other", "has no CSRF token"),
        ("<main>", "<main><script>alert(1)</script>", "an inline script"),
        ("<main>", "<main><p style='color: red'>x</p>", "an inline style on <p>"),
        ("<main>", "<main><p onclick='x()'>x</p>", "<p onclick> runs script"),
        ("<main>", "<main><a href=' javascript:x()'>x</a>", "<a href> leads to a script"),
        ("<main>", "<main><p id='q'>x</p>", 'the id "q" stands 2 times'),
        ("<main>", "<main><button></button>", "<button {}> has no text"),
        ("<main>", "<main><div>", "the markup does not parse"),
        ('lang="en"', "", "names no language"),
        ("<title>Events</title>", "", "the page has no title"),
    ],
)
@pytest.mark.parametrize("to_the_letter", [True, False])
def test_a_bad_page_is_told_apart(before, after, sentence, to_the_letter):
    problems = Page(GOOD.replace(before, after, 1), to_the_letter=to_the_letter).problems()

    assert any(sentence in problem for problem in problems), problems
