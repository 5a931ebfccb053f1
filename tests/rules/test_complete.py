"""Nothing is done without an entry: every address, action, task and command leads to the one writer of the log."""

import ast
import inspect

import pytest

from tests.rules.callgraph import modules, reachable
from tests.rules.test_access_table import ALL, TABLE

WRITERS = {"dashboard.audit.record:record", "dashboard.audit.record:record_many"}

# The one list of what leaves no entry, with the reason. A poll, a piece of a page already entered, an empty form, or
# something outside the log's reach: nothing else belongs here.
EXEMPT = {
    "dashboard.accounts.tasks:sweep_sessions": "forgets what is over by itself; its end was an entry",
    "dashboard.audit.management.commands.audit_grants:Command.handle": "prints SQL and does nothing",
    "dashboard.audit.management.commands.audit_key:Command.handle": "makes a file, before there is a log",
    "dashboard.audit.tasks:sweep_seal": "every step of the sealer is a signed checkpoint",
    "dashboard.deletions.holds.views:new": "a form; placing a hold is an entry",
    "dashboard.deletions.requests.views:ask": "a form; asking is an entry",
    "dashboard.deletions.requests.views:progress": "a poll of a page already entered",
    "dashboard.demo.management.commands.demo:Command.handle": "starts processes",
    "dashboard.demo.management.commands.seed_demo:Command.handle": "invents people before anybody can sign in",
    "dashboard.events.event_views:choose_other": "a form; comparing opens both events, which are entries",
    "dashboard.events.event_views:compare_chosen": "leads to the comparison, which opens both events",
    "dashboard.events.kept_views:saved": "names of saved searches; opening one is an entry",
    "dashboard.events.tasks:sweep_exports": "forgets what is over by itself",
    "dashboard.events.tasks:sweep_expired": "forgets what is over by itself",
    "dashboard.events.views:read_again": "a form, filled as it was filled before; searching is an entry",
    "dashboard.events.views:search_form": "a form; searching is an entry",
    "dashboard.events.views:unreadable": "a piece of a page already entered",
    "dashboard.home.views:home": "what waits for the person themselves; opening any of it is an entry",
    "dashboard.visitors.tasks:sweep_expired_links": "forgets what is over by itself",
    "dashboard.status.tasks:probe_fingerprint": "asks whether Fingerprint is there, about nobody",
    "dashboard.status.tasks:sweep_connection": "wakes the one that asks whether Fingerprint is there",
    "dashboard.tagging.views:job_progress": "a poll of a page already entered",
    "dashboard.visitors.follow_views:followed": "leads to the visitor; opening it is an entry",
    "dashboard.visitors.views:find": "a form; opening the visitor is an entry",
}


def of_address(name: str) -> str:
    view = inspect.unwrap(ALL[name].callback)
    return f"{view.__module__}:{view.__qualname__}"


def actions() -> list[str]:
    """Every use case of a feature's actions: one transaction, told by whom."""
    return [
        f"{name}:{function}"
        for name, module in modules().items()
        if "actions" in name.split(".")
        for function, node in module.functions.items()
        if not function.startswith("_") and "." not in function
        if any("atomic" in ast.unparse(decorator) for decorator in node.decorator_list)
        if "by" in {argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)}
    ]


def tasks() -> list[str]:
    """Every function that Celery may be told to run."""
    return [
        f"{name}:{function}"
        for name, module in modules().items()
        for function, node in module.functions.items()
        if any("shared_task" in ast.unparse(decorator) for decorator in node.decorator_list)
    ]


def commands() -> list[str]:
    """What every management command does."""
    return [f"{name}:Command.handle" for name in modules() if ".management.commands." in name]


ACTS = sorted({*(of_address(name) for name in TABLE), *actions(), *tasks(), *commands()})


def test_there_is_something_to_walk():
    assert len(TABLE) > 40
    assert len(actions()) > 20
    assert len(tasks()) > 5
    assert len(commands()) > 5


@pytest.mark.parametrize("act", ACTS)
def test_every_act_leads_to_an_entry(act):
    if reachable(act) & WRITERS:
        assert act not in EXEMPT, f"{act} leaves an entry: take it off the list."
    else:
        assert act in EXEMPT, f"{act} leaves no entry. Record what it does, or name it in EXEMPT with the reason."


def test_what_is_exempt_exists_and_says_why():
    assert set(EXEMPT) <= set(ACTS)
    assert all(EXEMPT.values())
