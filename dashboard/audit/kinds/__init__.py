"""Every kind of audit entry: its dotted code, and how it reads. Each stands in the file of what it is about.

A code is never reused and never renamed, because old entries carry it. The sentence may use {actor}, {target}, the
names in the entry's `details`, and the names of its personal values; dashboard/audit/sentences.py fills them in.
"""

from dashboard.audit.kinds.deletions import DeletionKinds
from dashboard.audit.kinds.jobs import JobKinds
from dashboard.audit.kinds.log import LogKinds
from dashboard.audit.kinds.looking import LookingKinds
from dashboard.audit.kinds.people import PeopleKinds
from dashboard.audit.kinds.visitors import VisitorKinds
from dashboard.audit.reading import Kinds


class AuditKind(PeopleKinds, LookingKinds, VisitorKinds, JobKinds, DeletionKinds, LogKinds, metaclass=Kinds):
    """`AuditKind.X.code` is what is stored; going through AuditKind gives every kind."""


AuditKind.of_code("")  # Two kinds with one code or one name are seen when a process starts.
