"""People and roles, one's own settings, leaving."""

from allauth.account.views import logout
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard.accounts import actions, fresh, queries
from dashboard.accounts.forms import NewPersonForm, PersonForm, PreferencesForm
from dashboard.accounts.models import User
from dashboard.audit.queries import history_of_record
from dashboard.core.access import Perm, StaffRequest, requires
from dashboard.core.htmx import render_page


@requires(Perm.MANAGE_PEOPLE)
@require_safe
def people(request: StaffRequest) -> HttpResponse:
    """Everybody and their roles."""
    return render_page(request, "accounts/people.html", {"people": queries.read_list(by=request.user)})


@requires(Perm.MANAGE_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
@fresh.required
def add(request: StaffRequest) -> HttpResponse:
    """Somebody new; the answer shows the link through which they choose a password, once."""
    form = NewPersonForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return render_page(request, "accounts/add.html", {"form": form}, fragment="form", status=status)
    added = actions.add_person(**form.cleaned_data, by=request.user)
    return _show_link(request, added, is_new=True)


@requires(Perm.MANAGE_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
@fresh.required
def person(request: StaffRequest, person_id: int) -> HttpResponse:
    """One person: name, roles, whether they may sign in, and what was done about them."""
    shown = _get(person_id)
    if request.method != "POST":
        return _person_page(request, shown, PersonForm.of(shown))
    form = PersonForm(request.POST)
    if not form.is_valid():
        return _person_page(request, shown, form, status=422)
    actions.change_person(person_id=person_id, **form.cleaned_data, by=request.user)
    messages.success(request, _("Saved."))
    return redirect("accounts:person", person_id)


@requires(Perm.MANAGE_PEOPLE)
@require_POST
@fresh.required
def password_link(request: StaffRequest, person_id: int) -> HttpResponse:
    """A new link through which this person chooses a password."""
    return _show_link(request, _get(person_id), is_new=False)


@requires(Perm.MANAGE_PEOPLE)
@require_POST
def end_sessions(request: StaffRequest, person_id: int) -> HttpResponse:
    """Signs this person out everywhere."""
    shown = _get(person_id)
    actions.end_sessions(person_id=person_id, by=request.user)
    messages.success(request, _("%(name)s is signed out everywhere.") % {"name": shown.name})
    return redirect("accounts:person", person_id)


@requires(Perm.USE_DESK)
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: StaffRequest) -> HttpResponse:
    """One's own settings; a POST may hold a part of them and leads back to where one was."""
    if request.method != "POST":
        return _preferences_page(request, PreferencesForm.of(request.user))
    form = PreferencesForm.of(request.user, request.POST.dict())
    if not form.is_valid():
        return _preferences_page(request, form, status=422)
    actions.change_preferences(**form.to_preferences(), by=request.user)
    return redirect(_back(request))


@require_http_methods(["GET", "HEAD", "POST"])
def sign_out(request: HttpRequest) -> HttpResponse:
    """Asks (GET) or leaves (POST); leaving clears what the browser keeps of us."""
    response: HttpResponse = logout(request)
    if request.method == "POST":
        response["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _get(person_id: int) -> User:
    try:
        return queries.get_person(person_id)
    except User.DoesNotExist:
        raise Http404 from None


def _person_page(request: StaffRequest, shown: User, form: PersonForm, *, status: int = 200) -> HttpResponse:
    context = {
        "person": shown,
        "form": form,
        "is_self": shown.pk == request.user.pk,
        "held": queries.held_roles(shown),
        "now": timezone.now(),
        "history": history_of_record("person", shown.pk, viewer=request.user, limit=20),
    }
    return render_page(request, "accounts/person.html", context, status=status)


def _show_link(request: StaffRequest, wanted: User, *, is_new: bool) -> HttpResponse:
    path = actions.password_link(person_id=wanted.pk, by=request.user)
    context = {"person": wanted, "link": request.build_absolute_uri(path), "is_new": is_new}
    return render_page(request, "accounts/link.html", context)


def _preferences_page(request: StaffRequest, form: PreferencesForm, *, status: int = 200) -> HttpResponse:
    return render_page(request, "accounts/preferences.html", {"form": form}, status=status)


def _back(request: StaffRequest) -> str:
    """Where the person came from, if that is a page of ours."""
    asked = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return asked
    return reverse("accounts:preferences")
