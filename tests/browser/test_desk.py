"""The watchers of browser tests notice what they are there to notice, and every role can sign in by the real form."""

import pytest

from dashboard.demo.people import PEOPLE


@pytest.mark.parametrize("api_version", ["v4", "v3"])
@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.email)
def test_every_person_signs_in_and_sees_a_clean_home_page(desk, person):
    at_home = desk(person.email)

    at_home.go("/")

    assert person.name in at_home.page.content()
    at_home.check()


def test_the_sign_in_page_is_clean_and_refuses_in_words(desk):
    nobody = desk()
    nobody.go("/account/login/")
    nobody.check()

    nobody.page.get_by_label("Work e-mail").fill("fraud@demo.test")
    nobody.page.get_by_label("Password", exact=True).fill("wrong")
    nobody.page.get_by_role("main").get_by_role("button", name="Sign in").click()

    nobody.page.get_by_role("alert").first.wait_for()
    assert "/account/login/" in nobody.page.url
    nobody.check()


def test_a_payload_that_runs_and_a_policy_that_is_violated_are_noticed(desk):
    nobody = desk()
    nobody.go("/account/login/")
    nobody.check_notices()

    nobody.page.evaluate("alert('ran')")
    nobody.page.evaluate(
        """() => new Promise(done => {
            document.addEventListener("securitypolicyviolation", () => setTimeout(done, 50));
            const script = document.createElement("script");
            script.textContent = "alert('inline')";
            document.body.append(script);
        })"""
    )

    assert nobody.notices.script == ["alert(ran)"]
    assert any("script-src-elem inline" in text for text in nobody.notices.policy)
    with pytest.raises(AssertionError, match="a payload ran"):
        nobody.check_notices()
    nobody.notices.script.clear()
    nobody.notices.policy.clear()


def test_axe_finds_what_is_wrong_on_a_page(desk):
    nobody = desk()
    nobody.go("/account/login/")
    nobody.page.evaluate("document.querySelector('main').append(document.createElement('button'))")

    with pytest.raises(AssertionError, match="button-name"):
        nobody.check_accessibility()
