"""What runs in a process of its own: people and workers who do something at the same moment."""

import json
import textwrap

PREPARED = """
import json, os, signal, threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
import httpx, time_machine
from django.conf import settings
from django.db import connection
from django.utils import timezone
from dashboard.audit.models import AuditEntry
from dashboard.audit.refusals import Refused
from dashboard.core.access import Role
from dashboard.deletions import actions
from dashboard.deletions.actions import Seen
from dashboard.deletions.models import Attempt, DeletionRequest, DeletionVisitor
from dashboard.deletions.sending import execution, schedule
from fingerprint_integration.client import FingerprintClient
from fingerprint_integration.provider import override_client
from fingerprint_integration.sandbox import Sandbox
from tests.dashboard.deletions.conftest import wish
from tests.factories import person

settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # nobody's password is at stake


def at_once(act, arguments):
    '''Every call at the same moment, each with a connection of its own; what they gave, in order.'''
    arguments = list(arguments)
    barrier = threading.Barrier(len(arguments))
    def one(argument):
        barrier.wait()
        try:
            return act(argument)
        finally:
            connection.close()
    with ThreadPoolExecutor(len(arguments)) as pool:
        return list(pool.map(one, arguments))

def approved(*visitor_ids, asker=None, approver=None):
    asker, approver = asker or person(Role.COMPLIANCE), approver or person(Role.COMPLIANCE)
    asked = actions.ask(wish=wish(*visitor_ids), by=asker, now=timezone.now())
    actions.approve(request_id=asked.pk, scope_hash=asked.scope_hash, by=approver, reason="Looked.",
        password_given_at=timezone.now(), now=timezone.now())
    return asked
"""


def run(database, code):
    """Run code on the database and give the JSON it printed last."""
    printed = database.python(PREPARED + textwrap.dedent(code))
    return json.loads(printed.strip().splitlines()[-1])


FAKE = """
        sandbox = Sandbox(rate=None, is_empty=True)
        clients = override_client(FingerprintClient(
            "sandbox-secret-key", base_url="http://sandbox.test", transport=httpx.MockTransport(sandbox.handle)))
        deletes = lambda: [asked for asked in sandbox.requests if asked.method == "DELETE"]
"""
