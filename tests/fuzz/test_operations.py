"""A thousand made-up requests to each operation, and every answer is one that the document promises."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.fuzz import record
from tests.fuzz.asking import Asking
from tests.fuzz.running import Program, running

EXAMPLES = int(os.environ.get("NETPULSE_FUZZ_EXAMPLES", "1000"))


@pytest.mark.fuzz
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("operation", record.described())
def test_a_thousand_examples_find_no_answer_that_is_not_promised(
    program: Program, operation: str, tmp_path: Path
) -> None:
    result = record.kept(operation)
    if result is None or result.found or result.examples < EXAMPLES:
        with running(program, tmp_path) as service:
            asking = Asking(service)
            result = asking.ask(asking.operation(*operation.split(" ")), EXAMPLES)
        record.keep(result)
    assert not result.found, "\n".join(f"{fault}: {example}" for fault, example in result.findings.items())
    assert result.examples >= EXAMPLES
