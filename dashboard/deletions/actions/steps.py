"""What every act on a request shares: finding it locked, moving it one guarded step, and refusing."""

from typing import NoReturn

from django.utils.translation import gettext as _

from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import deletion
from dashboard.audit.refusals import Refused
from dashboard.core.errors import NotPossible
from dashboard.deletions.models import DeletionRequest, number_words
from dashboard.deletions.states import Status, check_request_move


def get_locked(request_id: int) -> DeletionRequest:
    """The request, locked until the transaction ends; NotPossible (404) when there is none."""
    wanted = DeletionRequest.objects.select_for_update().filter(pk=request_id).first()
    if wanted is None:
        raise NotPossible(_("There is no such deletion request."), status=404)
    return wanted


def move(wanted: DeletionRequest, before: Status, after: Status, **changes: object) -> bool:
    """One guarded step of a request; False when it was not in `before`."""
    check_request_move(before, after)
    return DeletionRequest.objects.filter(pk=wanted.pk, status=before).update(status=after, **changes) == 1


def not_waiting_words(wanted: DeletionRequest) -> str:
    return _("%(number)s does not wait for a decision any more. Open it again to see what became of it.") % {
        "number": number_words(wanted.pk)
    }


def refuse_act(wanted: DeletionRequest, act: str, sentence: str, because: str, *, status: int = 409) -> NoReturn:
    """Raises Refused: `sentence` is for the person, `act` and `because` (our own words) are for the log."""
    raise Refused(
        sentence,
        kind=AuditKind.DELETION_ACT_REFUSED,
        target=deletion(wanted.pk),
        details={"act": act, "because": because},
        status=status,
    )
