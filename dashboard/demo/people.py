"""Who can sign in to the demo."""

from typing import NamedTuple

from dashboard.core.access import Role

PASSWORD = "inkpad-demo"  # noqa: S105  (printed on the screen; the demo listens on the loopback address only)


class DemoPerson(NamedTuple):
    """Somebody to sign in as."""

    email: str
    name: str
    role: Role


PEOPLE = (
    DemoPerson("support@demo.test", "Sofia Marin", Role.SUPPORT),
    DemoPerson("fraud@demo.test", "Farid Haddad", Role.FRAUD_ANALYST),
    DemoPerson("lead@demo.test", "Lena Vogt", Role.FRAUD_LEAD),
    DemoPerson("compliance@demo.test", "Clara Nilsson", Role.COMPLIANCE),
    DemoPerson("compliance2@demo.test", "Cosmo Adeyemi", Role.COMPLIANCE),
    DemoPerson("auditor@demo.test", "Aiko Tanaka", Role.AUDITOR),
    DemoPerson("admin@demo.test", "Ada Mensah", Role.ADMINISTRATOR),
)
