"""Environment variables: what is read, and what is said about what cannot be."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.core.environment import Environment

KEY = "ab" * 32


def read(method, value, **more):
    """What `method` makes of the value, and the names of the variables with a problem."""
    env = Environment({} if value is None else {"X": value})
    return getattr(env, method)("X", **more), [name for name, _ in env.problems]


@pytest.mark.parametrize(
    "value,expected,problems",
    [
        ("1", True, []), ("TRUE", True, []), ("yes", True, []), ("on", True, []), ("0", False, []), ("no", False, []),
        ("off", False, []), (None, True, []), ("", True, []), ("maybe", False, ["X"]),
    ],
)  # fmt: skip
def test_flags(value, expected, problems):
    assert read("flag", value, default=True) == (expected, problems)


@pytest.mark.parametrize(
    "value,expected,problems",
    [
        ("7", 7, []),
        (None, 5, []),
        ("0", 5, ["X"]),
        ("-1", 5, ["X"]),
        ("1.5", 5, ["X"]),
        ("٣", 5, ["X"]),
        ("x", 5, ["X"]),
    ],
)
def test_numbers(value, expected, problems):
    assert read("number", value, default=5, at_least=1) == (expected, problems)


@pytest.mark.parametrize("value,expected,problems", [("EU", "eu", []), (None, "us", []), ("moon", "us", ["X"])])
def test_choices(value, expected, problems):
    assert read("choice", value, choices=("us", "eu"), default="us") == (expected, problems)


@pytest.mark.parametrize(
    "value,expected,problems",
    [("2027-10-31", date(2027, 10, 31), []), (None, date(2026, 1, 1), []), ("31.10.2027", date(2026, 1, 1), ["X"])],
)
def test_days(value, expected, problems):
    assert read("day", value, default=date(2026, 1, 1)) == (expected, problems)


@pytest.mark.parametrize(
    "value,expected,problems",
    [
        ("Europe/Berlin", "Europe/Berlin", []),
        ("UTC", "UTC", []),
        ("../../etc/passwd", "UTC", ["X"]),
        ("berlin", "UTC", ["X"]),
    ],
)
def test_zones(value, expected, problems):
    assert read("zone", value, default="UTC") == (expected, problems)


def test_words():
    assert read("words", " a, b ,,c ", default="") == (["a", "b", "c"], [])


@pytest.mark.parametrize(
    "value,expected,problems",
    [
        (f"1:{KEY}", {1: bytes.fromhex(KEY)}, []),
        (f"1:{KEY},2:{'cd' * 32}", {1: bytes.fromhex(KEY), 2: bytes.fromhex("cd" * 32)}, []),
        (None, {}, []),
        (KEY, {}, ["X"]),
        ("1:abc", {}, ["X"]),
        (f"one:{KEY}", {}, ["X"]),
        (f"1:{KEY},1:{KEY}", {}, ["X"]),
    ],
)
def test_keys(value, expected, problems):
    assert read("keys", value) == (expected, problems)


@pytest.mark.parametrize(
    "value,host,problems",
    [
        (None, None, []),
        ("smtp://u:p%40ss@mail.example:2525", "mail.example", []),
        ("smtps://mail.example", "mail.example", []),
        ("http://mail.example", None, ["X"]),
        ("smtp://mail.example:notaport", None, ["X"]),
        ("smtp://[bad", None, ["X"]),
    ],
)
def test_mail(value, host, problems):
    found, said = read("email", value)

    assert (found.get("EMAIL_HOST"), said) == (host, problems)


def test_a_mail_password_is_decoded():
    found, _ = read("email", "smtp://u:p%40ss@mail.example")

    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"], found["EMAIL_PORT"]) == ("u", "p@ss", 587)


def test_a_secret_may_stand_in_a_file(tmp_path):
    (tmp_path / "key").write_text("from the file\n")
    env = Environment({"X": "from the variable", "X_FILE": str(tmp_path / "key")})

    assert env.text("X", default="") == "from the file"
    assert env.problems == []


@pytest.mark.parametrize("path", ["/nowhere/at/all", "/", "nul\x00"])
def test_a_file_that_cannot_be_read_is_a_problem_and_no_crash(path):
    env = Environment({"X_FILE": path})

    assert env.text("X", default="otherwise") == "otherwise"
    assert [name for name, _ in env.problems] == ["X_FILE"]


@given(st.text(max_size=40).filter(lambda text: "\x00" not in text))
def test_no_value_whatever_raises_or_is_repeated_in_what_is_said(value):
    env = Environment({"X": value})
    env.flag("X", default=False)
    env.number("X", default=1, at_least=1)
    env.choice("X", ("a",), default="a")
    env.day("X", default=date(2026, 1, 1))
    env.zone("X", default="UTC")
    env.keys("X")
    env.email("X")

    if len(value) > 6:
        assert all(value not in sentence for _, sentence in env.problems)
