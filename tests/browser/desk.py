"""One person at the desk: a browser page that notices what must never happen."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Page, Response

# Runs before any script of a page and is not bound by its policy. Text of ours calls no dialogs, so whoever calls
# one is a payload that ran.
WATCHERS = """
(() => {
  const tell = (kind, text) => window.__inkpadNotice(kind, String(text));
  for (const name of ["alert", "confirm", "prompt", "print"]) {
    window[name] = (text) => { tell("script", `${name}(${text})`); };
  }
  document.addEventListener("securitypolicyviolation", (event) => {
    tell("policy", `${event.effectiveDirective} ${event.blockedURI} ${event.sample}`);
  });
})();
"""
# What lies in a closed menu is not drawn, so its animation stands still and would never end.
SETTLED = """
() => Promise.allSettled(
  document.getAnimations()
    .filter((each) => each.effect.getComputedTiming().endTime !== Infinity && each.effect.target?.checkVisibility())
    .map((each) => each.finished)
)
"""
AXE_OPTIONS = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
}


@dataclass
class Notices:
    """What a page did that no page may do."""

    script: list[str] = field(default_factory=list)
    policy: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    server: list[str] = field(default_factory=list)

    def all(self) -> list[str]:
        """Every notice as a sentence."""
        return [
            *(f"a payload ran: {text}" for text in self.script),
            *(f"the content security policy was violated: {text}" for text in self.policy),
            *(f"the console says: {text}" for text in self.errors),
            *(f"a request went elsewhere: {text}" for text in self.elsewhere),
            *(f"the server failed: {text}" for text in self.server),
        ]


class Desk:
    """A person's browser: `page` is Playwright's page, `go` opens a path, `check` judges what is on the screen."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context = context
        self.url = url
        self.notices = Notices()
        self._expected_statuses: set[int] = set()
        context.expose_function("__inkpadNotice", self._notice)
        context.add_init_script(WATCHERS)
        context.on("response", self._response)
        context.on("page", self._watch)
        self.page: Page = context.new_page()

    def expect_status(self, *statuses: int) -> None:
        """Allow answers that are errors on purpose (422, 404): their console lines are no failure."""
        self._expected_statuses |= set(statuses)

    def go(self, path: str) -> Page:
        """Open a path of Inkpad."""
        self.page.goto(self.url + path if path.startswith("/") else path)
        return self.page

    def sign_in(self, email: str, password: str) -> None:
        """Sign in by the form."""
        self.go("/account/login/")
        self.page.get_by_label("Work e-mail").fill(email)
        self.page.get_by_label("Password", exact=True).fill(password)
        self.page.get_by_role("main").get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(lambda address: "/account/login/" not in address)
        assert self.page.url.startswith(self.url), f"{email} could not sign in:\n{self.notices.all()}"

    def check(self) -> None:
        """Assert that nothing forbidden happened so far and that axe finds nothing on the page as it stands."""
        self.check_notices()
        self.check_accessibility()

    def check_notices(self) -> None:
        """Assert that no payload ran, no policy was violated, no error was logged, no request went elsewhere."""
        assert not self.notices.all(), f"at {self.page.url}:\n  " + "\n  ".join(self.notices.all())

    def check_accessibility(self) -> None:
        """Assert that axe finds nothing to complain about on the page as it stands."""
        # What is still fading in has no contrast yet.
        self.page.evaluate(SETTLED)
        results: dict[str, Any] = Axe().run(self.page, options=AXE_OPTIONS).response
        found = [
            f"{violation['id']} ({violation['impact']}): {violation['help']}: "
            + "; ".join(json.dumps(node["target"]) + " " + node["html"][:200] for node in violation["nodes"][:3])
            for violation in results["violations"]
        ]
        assert not found, f"axe at {self.page.url}:\n  " + "\n  ".join(found)

    # ── watching ──

    def _notice(self, kind: str, text: str) -> None:
        (self.notices.script if kind == "script" else self.notices.policy).append(text)

    def _watch(self, page: Page) -> None:
        page.on("dialog", self._dialog)
        page.on("pageerror", lambda error: self.notices.errors.append(str(error)))
        page.on("console", self._console)

    def _dialog(self, dialog: Dialog) -> None:
        self.notices.script.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        if any(f"status of {status}" in message.text for status in self._expected_statuses):
            return
        kind = self.notices.policy if "Content Security Policy" in message.text else self.notices.errors
        kind.append(f"{message.type}: {message.text}")

    def _response(self, response: Response) -> None:
        parts = urlsplit(response.url)
        if parts.scheme in ("http", "https") and not response.url.startswith(self.url):
            self.notices.elsewhere.append(response.url)
        if response.status >= 500 and response.status not in self._expected_statuses:
            self.notices.server.append(f"{response.status} at {parts.path}")
