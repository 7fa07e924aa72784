"""`explain`: why a run did to a device what it did."""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from netpulse_core.cli import report, wording
from netpulse_core.cli.given import Given, shared
from netpulse_core.cli.place import reading
from netpulse_core.cli.screen import clean, table
from netpulse_core.model.explanation import Explanation, Moment, Reason

app = typer.Typer()


@app.command("explain")
@shared
def explain(
    given: Given,
    run: Annotated[str, typer.Argument(metavar="RUN", help="Its id, or `last`.")],
    device: Annotated[str, typer.Argument(help="A device, of the run or not.")],
) -> None:
    """Say why a device was selected, waits, was stopped or skipped, or is red, and what happened to it when."""
    with reading(given) as at:
        found = at.client.explain(run, device)
    given.screen.document(found)
    given.screen.say(_headline(found), "", *_selection(found))
    if found.moments:
        given.screen.say("", Text("What happened", style="bold"), _moments(found.moments))
    for note in found.notes:
        given.screen.say(Text(clean(f"\nnote: {note}"), style="dim"))


def _headline(found: Explanation) -> Text:
    line = Text.assemble((found.device, "bold"), ("  in run ", "dim"), (found.run, "bold"), "\n")
    word = (found.outcome or found.state) if found.selected else None
    if word is not None:
        line.append_text(report.word(word.value))
        line.append("  ")
    said = found.summary.removeprefix(word.value if word else "").removeprefix(": ")
    line.append(clean(said))
    if found.hint:
        line.append_text(Text.assemble(("\nhint: ", "bold"), clean(found.hint)))
    return line


def _selection(found: Explanation) -> list[Text]:
    word = "was selected" if found.selected else "was not selected"
    lines = [Text.assemble(("Why it ", "bold"), (word, "bold"), (f"  {clean(found.target)}", "dim"))]
    return lines + [_reason(one) for one in found.reasons]


def _reason(one: Reason) -> Text:
    mark = ("yes ", "green") if one.holds else ("no  ", "yellow")
    because = f": {one.because}" if one.because else ""
    return Text.assemble("  " * one.depth, mark, clean(one.part), (clean(because), "dim"))


def _moments(moments: Sequence[Moment]) -> Table:
    shown = table("TIME", "WHAT", "", whole=(0, 1))
    for one in moments:
        says = Text(clean(one.says))
        if one.hint:
            says.append_text(Text.assemble(("\nhint: ", "bold"), clean(one.hint)))
        shown.add_row(Text(wording.instant(one.at), style="dim"), report.word(one.what), says)
    return shown
