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
ERRORS = ".ant-alert-error, .missing-chart-container"
DRAWN_CANVASES = """() => [...document.querySelectorAll('canvas')].filter(canvas => canvas.width && canvas.height
    && canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(value => value)).length"""
ALL_DRAWN = f"""charts => document.querySelectorAll('.slice_container, {ERRORS}').length >= charts
    && document.querySelectorAll('.loading').length === 0"""


@contextmanager
def browser_page() -> Iterator[Page]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser.new_page(viewport={"width": 1500, "height": 1950})
        browser.close()


def log_in(page: Page, address: str, password: str) -> None:
    page.goto(f"{address}/login/")
    page.fill("input[name=username], #username", "admin")
    page.fill("input[name=password], #password", password)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)


def open_dashboard(page: Page, address: str, charts: int) -> None:
    """Opens it and waits until every chart is drawn, or in error."""
    page.goto(f"{address}/superset/dashboard/open-interest/")
    page.wait_for_function(ALL_DRAWN, arg=charts, timeout=120_000)
    page.wait_for_timeout(3000)  # what is drawn moves into place


def drawn_canvases(page: Page) -> int:
    """How many charts have anything drawn in them."""
    return int(page.evaluate(DRAWN_CANVASES))
