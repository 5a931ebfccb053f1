"""`manage.py seed_demo`: the people of the demo."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from dashboard.accounts.models import User
from dashboard.demo.people import PASSWORD, PEOPLE


class Command(BaseCommand):
    """Makes the demo's people where they are missing; what somebody changed about them since stays."""

    help = "Make the demo's people where they are missing."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command; running it again changes nothing."""
        for person in PEOPLE:
            if User.objects.filter(email=person.email).exists():
                continue
            user = User.objects.create_user(email=person.email, password=PASSWORD, name=person.name)
            group = Group.objects.get_or_create(name=person.role.value)[0]
            # They have worked here for a while: who got a role a moment ago does not approve anything yet.
            user.groups.add(group, through_defaults={"given_at": timezone.now() - timedelta(days=30)})
