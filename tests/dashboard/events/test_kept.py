"""What somebody keeps: searches under a name, for themselves or for all; their history; the columns of lists."""

from datetime import timedelta

import pytest

from dashboard.audit.models import AuditEntry
from dashboard.core.access import Role
from dashboard.events.models import Search

pytestmark = pytest.mark.django_db


def begun(browser, **filters):
    """The path of a search just begun."""
    return browser.post("/searches/", filters).url


def saved(browser, path, **fields):
    return browser.post(f"{path}save/", {"name": "Bots at checkout", "is_shared": "no", **fields})


def test_a_search_kept_for_oneself_is_opened_by_nobody_else(sandbox, client_for):
    owner, other = client_for(Role.FRAUD_ANALYST), client_for(Role.FRAUD_LEAD)
    path = begun(owner, vpn="true", window="last:7d")
    assert other.get(path).status_code == 200

    saved(owner, path)

    assert owner.get(path).status_code == 200
    for address in (path, f"{path}save/", f"{path}export/"):
        assert other.get(address).status_code == 404
    for address in ("again/", "more/", "change/", "run/", "unsave/", "save/"):
        assert other.post(path + address).status_code == 404
    assert "Bots at checkout" not in other.get("/searches/saved/").page.text
    assert f"s-{path.split('/')[2]}" not in other.get(f"/events/?from={path.split('/')[2]}").page.text
    assert "VPN yes" not in other.get("/searches/history/?whose=team").page.text


def test_a_shared_search_is_run_by_others_from_now_on_and_copied_when_they_save_it(sandbox, client_for, clock):
    owner, other = client_for(Role.FRAUD_ANALYST), client_for(Role.SUPPORT)
    path = begun(owner, vpn="true", window="last:7d")
    saved(owner, path, is_shared="yes")
    clock.advance(hours=3)

    assert "Bots at checkout" in other.get("/searches/saved/").page.text
    run = other.submit(other.get(path).page.form(button="Run it now"))

    again = Search.objects.latest("pk")
    assert run.url == f"/searches/{again.short_id}/"
    assert (again.end, again.start) == (clock.now, clock.now - timedelta(days=7))
    assert again.query.vpn is True
    assert other.post(f"{path}unsave/").status_code == 403
    copied = saved(other, path, name="My bots")
    assert copied.url != path
    assert Search.objects.get(name="Bots at checkout").owner == owner.person
    assert Search.objects.get(name="My bots").owner == other.person


def test_saving_needs_a_name_and_for_whom(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    path = begun(browser)

    answer = browser.post(f"{path}save/", {"name": ""})

    assert answer.status_code == 422
    assert "Enter a name for this search." in answer.page.text
    assert "Choose who may open it." in answer.page.text


def test_what_was_searched_for_is_listed_for_oneself_and_the_team_masked_by_role(sandbox, client_for):
    analyst, support = client_for(Role.FRAUD_ANALYST), client_for(Role.SUPPORT)
    begun(analyst, linked_id="acct-secret")
    begun(support, vpn="true")

    own = support.get("/searches/history/").page
    team = support.get("/searches/history/?whose=team").page

    assert "VPN yes" in own.text
    assert "Linked id" not in own.text
    assert "Linked id •••" in team.text
    assert "acct-secret" not in team.html
    assert "Linked id acct-secret" in analyst.get("/searches/history/?whose=team").page.text
    assert AuditEntry.objects.filter(kind="search.list_viewed").count() == 3


def test_chosen_columns_are_kept_for_this_person(sandbox, client_for):
    browser, other = client_for(Role.FRAUD_ANALYST), client_for(Role.FRAUD_ANALYST)
    path = begun(browser)

    answer = browser.post(f"/events/columns/?next={path.split('/')[2]}", {"columns": ["network", "page", "visitor_id"]})

    assert answer.url == path
    heads = [" ".join("".join(head.itertext()).split()) for head in browser.get(path).page.all("th", scope="col")]
    assert heads[-4:] == ["Time, UTC", "Visitor", "Network", "Page"]
    assert "Suspect" in other.get(path).page.text


def test_columns_nobody_knows_are_refused(client_for):
    assert client_for(Role.FRAUD_ANALYST).post("/events/columns/", {"columns": ["shoe_size"]}).status_code == 422
