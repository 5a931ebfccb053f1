"""Signing in and out, and passwords: of allauth's pages those that Inkpad offers, below /account/.

allauth builds links to some of the others by name. Those names exist, so that nothing breaks, and lead nowhere.
"""

from typing import NoReturn

from allauth.account import views as allauth
from django.http import Http404, HttpRequest
from django.urls import path, re_path

from dashboard.accounts import views


def not_offered(_request: HttpRequest) -> NoReturn:
    """People are made by an administrator, and their e-mail addresses too: there is no such page."""
    raise Http404


urlpatterns = [
    path("login/", allauth.login, name="account_login"),
    path("logout/", views.sign_out, name="account_logout"),
    path("inactive/", allauth.account_inactive, name="account_inactive"),
    path("reauthenticate/", allauth.reauthenticate, name="account_reauthenticate"),
    path("password/change/", allauth.password_change, name="account_change_password"),
    path("password/set/", allauth.password_set, name="account_set_password"),
    path("password/reset/", allauth.password_reset, name="account_reset_password"),
    path("password/reset/done/", allauth.password_reset_done, name="account_reset_password_done"),
    path(
        "password/reset/key/done/",
        allauth.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]{1,16})-(?P<key>[0-9A-Za-z-]{1,100})/$",
        allauth.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("signup/", not_offered, name="account_signup"),
    path("email/", not_offered, name="account_email"),
    path("confirm-email/", not_offered, name="account_email_verification_sent"),
    path("login/code/confirm/", not_offered, name="account_confirm_login_code"),
]
