"""The keys of the log's seal, as the settings name them: outside the database, so that it cannot sign for itself."""

from django.conf import settings

from dashboard.audit.notes import NoteError, Signer, Verifier


def signer() -> Signer | None:
    """The key that signs checkpoints; None where none is set. NoteError when what is set is no key."""
    return Signer.read(settings.AUDIT_SIGNING_KEY) if settings.AUDIT_SIGNING_KEY else None


def verifiers() -> list[Verifier]:
    """The keys whose signatures count: those that are named, and the public half of the one that signs here.

    NoteError when one of them is no key.
    """
    found = [Verifier.read(line) for line in settings.AUDIT_VERIFIER_KEYS]
    own = signer()
    if own is not None and own.verifier not in found:
        found.append(own.verifier)
    return found


def problems() -> list[tuple[str, str]]:
    """Which setting of these cannot be read, and why; never with a word of it."""
    found = []
    try:
        signer()
    except NoteError as problem:
        found.append(("AUDIT_SIGNING_KEY", str(problem)))
    try:
        [Verifier.read(line) for line in settings.AUDIT_VERIFIER_KEYS]
    except NoteError as problem:
        found.append(("AUDIT_VERIFIER_KEYS", str(problem)))
    return found
