"""A Django test client that reads every page it is given and fails on a bad one."""

import time
from typing import Any

from django.test import Client
from django.urls import Resolver404

from tests.pages import Form, Page

_read_to_the_letter: set[tuple[str, int, str]] = set()


class ReadingClient(Client):
    """Parses each HTML answer into `response.page` and asserts that it breaks no rule for pages."""

    person: Any = None

    def give_password(self) -> None:
        """Has the person who is signed in have given their password at this moment, as signing in does."""
        session = self.session
        session["account_authentication_methods_user"] = str(self.person.pk)
        session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
        session.save()

    def request(self, **request: Any) -> Any:
        response = super().request(**request)
        if response.headers.get("Content-Type", "").startswith("text/html") and not response.streaming:
            self._read(response, request.get("PATH_INFO", "?"))
        return response

    def _read(self, response: Any, path: str) -> None:
        html = response.content.decode(response.charset)
        if not html.strip():
            return
        try:
            name = str(response.resolver_match.view_name)
        except Resolver404:
            name = path
        kind = (name, response.status_code, html[:15].lower())
        # The first page of its kind is read to the letter of the standard; that takes seconds for hundreds of rows.
        response.page = Page(html, to_the_letter=kind not in _read_to_the_letter)
        _read_to_the_letter.add(kind)
        problems = response.page.problems()
        assert not problems, f"The page at {path} breaks rules:\n  " + "\n  ".join(problems)

    def submit(self, form: Form, *, button: str | None = None, **changes: Any) -> Any:
        """Send `form` as a browser would, with `changes` (None leaves a field out) and the button reading `button`."""
        data: dict[str, Any] = {**form.fields, **changes}
        for name, value, text in form.buttons:
            if name and (button == text or (button is None and len(form.buttons) == 1)):
                data[name] = value
        data = {name: value for name, value in data.items() if value is not None}
        if form.method == "get":
            return self.get(form.action, data)
        return self.post(form.action, data)

    def fragment(self, path: str, **extra: Any) -> Any:
        """GET as htmx does for a part of a page."""
        return self.get(path, headers={"HX-Request": "true"}, **extra)
