"""What cron would not take is refused with a sentence."""

import pytest

from netpulse_core.errors import InvalidParameters
from netpulse_core.timing.cron import parse


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("0 2 * *", "4 fields where cron has 5"),
        ("0 0 2 * * *", "6 fields where cron has 5"),
        ("", "0 fields where cron has 5"),
        ("@dayly", "unknown '@dayly'; did you mean '@daily'?"),
        ("@reboot", "unknown '@reboot'"),
        ("60 * * * *", "60 is no minute: they are 0 to 59"),
        ("* 24 * * *", "24 is no hour: they are 0 to 23"),
        ("* * 0 * *", "0 is no day of month: they are 1 to 31"),
        ("* * * 13 *", "13 is no month: they are 1 to 12"),
        ("* * * * 8", "8 is no day of week: they are 0 to 7"),
        ("* * * * thr", "'thr' is no day of week; did you mean 'thu'?"),
        ("* * * jam *", "'jam' is no month; did you mean 'jan'?"),
        ("mon * * * *", "'mon' is no minute"),
        ("* * ? * *", "'?' is no day of month"),
        ("* * * * mon#6", "'mon#6' is no day of week"),
        ("* * * * mon#0", "'mon#0' is no day of week"),
        ("* * * * foo#1", "'foo' is no day of week"),
        ("* * * * 8L", "8 is no day of week"),
        ("* * * * L", "'L' is no day of week"),
        ("* * LW * *", "'LW' is no day of month"),
        ("* * L, * *", "'' is no day of month"),
        ("* * * * fri#1,", "'' is no day of week"),
        ("* * */2 * fri#1", "'*/2' cannot be held against 1st fri"),
        ("1,,2 * * * *", "'' is no minute"),
        ("-5 * * * *", "'-5' is no minute"),
        ("*/0 * * * *", "0 is no step for minutes"),
        ("*/90 * * * *", "90 is no step for minutes"),
        ("5/10 * * * *", "'5/10' has a step and no range"),
        ("* 22-2 * * *", "the range '22-2' goes backwards"),
        ("* * * * sat-mon", "the range 'sat-mon' goes backwards"),
        ("0 0 31 2 *", "'0 0 31 2 *' never comes: no such month has a day 31"),
        ("0 0 30,31 feb *", "never comes"),
        ("0 0 31 4,6,9,11 *", "never comes"),
        ("٣ * * * *", "is no minute"),
    ],
)
def test_what_cron_would_not_take_is_refused(expression: str, problem: str) -> None:
    with pytest.raises(InvalidParameters) as refused:
        parse(expression)
    assert problem in refused.value.problems[0]


def test_a_hint_can_be_taken_as_it_is() -> None:
    with pytest.raises(InvalidParameters) as refused:
        parse("* * * * sat-mon")
    assert refused.value.hint == "write two: 6-7,0-1"
    assert parse("* * * * 6-7,0-1").triggers
