"""A person before a Superset dashboard: a real browser, headless."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
TALL = {"width": 1440, "height": 3000}
"""Higher than any page: Superset draws only what is in sight."""
ERRORS = ".ant-alert-error, .missing-chart-container"
DRAWN_CANVASES = """() => [...document.querySelectorAll('canvas')].filter(canvas => canvas.offsetParent && canvas.width
    && canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(value => value)).length"""
ALL_DRAWN = f"""charts => document.querySelectorAll('.loading').length === 0
    && [...document.querySelectorAll('.slice_container, {ERRORS}')].filter(one => one.offsetParent).length >= charts"""
CUT_OFF = """() => [...document.querySelectorAll('.slice_container td')]
    .filter(cell => cell.scrollWidth > cell.clientWidth + 1).map(cell => cell.textContent)"""


@contextmanager
def browser_page(timezone: str = "America/Los_Angeles") -> Iterator[Page]:
    """A page of a browser in a zone that is not UTC."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser.new_page(viewport=TALL, timezone_id=timezone)
        browser.close()


def log_in(page: Page, address: str, password: str) -> None:
    page.goto(f"{address}/login/")
    page.fill("input[name=username], #username", "admin")
    page.fill("input[name=password], #password", password)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)


def open_dashboard(page: Page, address: str) -> None:
    page.goto(f"{address}/superset/dashboard/open-interest/")
    page.wait_for_selector(".dashboard-component-tabs .ant-tabs-tab", timeout=60_000)


def turn_to(page: Page, name: str, charts: int) -> None:
    """Opens a page of the dashboard and waits until every chart on it is drawn, or in error."""
    page.locator(".dashboard-component-tabs .ant-tabs-tab", has_text=name).first.click()
    page.wait_for_function(ALL_DRAWN, arg=charts, timeout=120_000)
    page.wait_for_timeout(2000)  # what is drawn moves into place


def choose(page: Page, filter_text: str, value: str) -> None:
    """Chooses a value in the first filter that shows `filter_text`, and applies it."""
    page.locator(".ant-select:not(.ant-select-disabled)").filter(has_text=filter_text).first.click()
    page.keyboard.type(value)
    page.wait_for_timeout(1000)  # the list narrows
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Apply").first.click()
    page.wait_for_timeout(1500)  # charts begin to ask


def drawn_canvases(page: Page) -> int:
    """How many charts in sight have anything drawn in them."""
    return int(page.evaluate(DRAWN_CANVASES))


def cut_off(page: Page) -> list[str]:
    """Texts of table cells that are wider than their cell."""
    return list(page.evaluate(CUT_OFF))
