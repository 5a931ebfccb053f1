"""The tests that the package's proofs name exist."""

import re
from pathlib import Path

HERE = Path(__file__).parent
PROOFS = HERE.parents[1] / "fingerprint_integration" / "PROOFS.md"


def test_every_statement_names_tests_that_exist():
    missing, statements = [], 0
    for row in PROOFS.read_text().splitlines():
        named = re.findall(r"`([\w/]*(?:\.py)?)::(\w+)`", row)
        file = ""
        for file_name, test in named:
            file = file_name or file
            path = HERE / file
            if not path.is_file() or f"def {test}(" not in path.read_text():
                missing.append(f"{file}::{test}")
        statements += bool(named)

    assert missing == []
    assert statements == 19


def test_the_sandbox_has_eleven_statements():
    assert re.findall(r"^\| (\d+)\. ", PROOFS.read_text(), re.MULTILINE) == [str(number) for number in range(1, 12)]
