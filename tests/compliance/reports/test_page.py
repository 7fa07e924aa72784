"""The HTML report in a real browser: it needs nothing else, obeys nobody it quotes, and opens down to the device."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from netpulse_core.compliance.reports import page
from netpulse_core.model.check import Finding, Severity
from netpulse_core.model.report import Report
from tests.compliance.reports.sample import EVIL, NTP, OFFLINE, REPORT, T0
from tests.servers import chromium

pytestmark = pytest.mark.servers("chromium")

SCHEMES = ("light", "dark")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.browser() as started:
        yield started


class Looked:
    """Opens a report, and hears whatever it asks for."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        self.browser = browser
        self.file = folder / "report.html"
        self.asked: list[str] = []

    def at(self, report: Report, *, width: int = 1000, scheme: str = "light", scripts: bool = True) -> Page:
        self.file.write_text(page.text(report), encoding="utf-8")
        context = self.browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme="dark" if scheme == "dark" else "light",
            java_script_enabled=scripts,
        )
        opened = context.new_page()
        opened.on("request", lambda request: self.asked.append(request.url))
        opened.goto(self.file.as_uri())
        return opened


@pytest.fixture
def looked(browser: Browser, tmp_path: Path) -> Iterator[Looked]:
    looked = Looked(browser, tmp_path)
    yield looked
    for context in browser.contexts:
        context.close()


@pytest.mark.thorough
def test_it_asks_for_nothing_and_obeys_nobody_it_quotes(looked: Looked) -> None:
    evil = Finding.failed(EVIL, check=f"x/{EVIL}", policy=EVIL, version=EVIL, owner=EVIL, severity=Severity.LOW)
    report = replace(
        REPORT, findings={**REPORT.findings, EVIL: [replace(evil, remediation=EVIL)]}, not_judged={EVIL + "2": EVIL}
    )
    opened = looked.at(report)
    assert opened.title() == "Compliance: 4 of 5 devices with violations"
    assert opened.locator("script, img, link, iframe, object").count() == 0
    assert EVIL.replace("\x1b", "") in opened.locator("#away").inner_text().replace("\x1b", "").replace("\ufffd", "")
    assert looked.asked == [looked.file.as_uri()]


@pytest.mark.parametrize("scripts", [True, False])
def test_one_opens_it_from_the_fleet_down_to_a_device(looked: Looked, scripts: bool) -> None:
    opened = looked.at(REPORT, scripts=scripts)
    assert opened.locator("header").inner_text().split("\n")[-8:] == [
        "4", "devices", "0", "compliant", "3", "with violations", "1", "not known"
    ]  # fmt: skip
    assert "1\nnew" in opened.locator("#trend").inner_text()
    policy = opened.locator("details.policy").filter(has_text="version 3, netsec")
    rule = policy.locator("details.rule")
    finding = rule.locator("details.finding")
    lines = finding.get_by_text("- ntp server 192.0.2.1")
    assert not lines.is_visible()
    rule.locator("> summary").click()
    assert "leaf1, leaf2" in finding.inner_text()
    assert not lines.is_visible()
    finding.locator("> summary").press("Enter")
    assert lines.is_visible()
    assert finding.get_by_role("row", name="leaf2 flapping ams.1 cisco_ios 2030-03-16 17:46:40 UTC").is_visible()
    rule.locator("> summary").click()
    assert not lines.is_visible()


@pytest.mark.thorough
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", [360, 1400])
def test_it_is_read_by_day_and_night_on_a_phone_and_on_a_wall(
    looked: Looked, tmp_path: Path, scheme: str, width: int
) -> None:
    long = Finding.failed("w" * 300, check=f"p/{'r' * 120}", policy="p", extra=["l" * 400])
    opened = looked.at(replace(REPORT, findings={**REPORT.findings, "d" * 90: [long]}), width=width, scheme=scheme)
    opened.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    faint = [(selector, ratio) for selector in READ for ratio in opened.evaluate(CONTRAST, selector) if ratio < 4.5]
    assert faint == []
    opened.screenshot(path=tmp_path / "report.png", full_page=True)


@pytest.mark.thorough
def test_what_came_to_nothing_does_not_look_like_a_pass(looked: Looked) -> None:
    opened = looked.at(Report(made_at=T0))
    assert opened.locator("h1").inner_text() == "Compliance: 0 of 0 devices could not be judged"
    assert "No check was asked." in opened.locator("#policies").inner_text()
    opened = looked.at(OFFLINE)
    assert opened.locator("h1").inner_text() == "Compliance: all 1 devices comply"
    assert "Not compared with what stood before." in opened.locator("#trend").inner_text()


def test_a_large_fleet_still_opens_and_says_how_many_it_leaves_out(looked: Looked) -> None:
    report = Report(made_at=T0, findings={f"r{number:05}": [NTP] for number in range(3000)})
    opened = looked.at(report)
    assert opened.locator("details.finding tbody tr").count() == page.DEVICES
    opened.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert "and 2,800 more devices" in opened.locator("details.finding").inner_text()
    assert looked.file.stat().st_size < 100_000


READ = ("h1", ".dim", ".tiles b", ".tag", "summary .name", "summary .counts span", "pre span", "td")

CONTRAST = """selector => {
  const channels = colour => colour.match(/[\\d.]+/g).map(Number);
  const bright = ([r, g, b]) => [r, g, b].map(c => c / 255)
    .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, n) => sum + c * [0.2126, 0.7152, 0.0722][n], 0);
  const ground = one => {
    for (; one; one = one.parentElement) {
      const colour = channels(getComputedStyle(one).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll(selector)].map(one => {
    const [a, b] = [bright(channels(getComputedStyle(one).color)), bright(ground(one))].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  });
}"""
"""The contrast of each element's text with what is behind it, as WCAG 2 reckons it."""
