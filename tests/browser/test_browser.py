"""The report in a real browser: complete, without errors or network requests, accessible."""

import csv
import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from jobs.runtime.reporting import report
from jobs.runtime.spark import local_setup
from jobs.runtime.spark.small_frames import local_frame
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from tests.conftest import event
from tests.faults import fault
from tests.marts import MARTS
from tests.spark.reports import HOSTILE, answers, lake, of_frames, page
from tests.spark.reports.social_lake import social_lake

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed: apt-get install chromium"),
    pytest.mark.skipif(
        local_setup.runtime_line().glue != "5.1", reason="a page does not depend on the line: line 5.1 opens it"
    ),
]
DRAWN = "[...document.querySelectorAll('[data-chart]')].every((place) => place.closest('article').dataset.drawn)"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Pages:
    """The report pages of many lakes, some of them almost empty; each is made when it is first opened."""

    def __init__(self, spark: SparkSession, folder: Path) -> None:
        self.spark, self.folder = spark, folder

    def __getitem__(self, name: str) -> Path:
        path = self.folder / f"{name}.html"
        if not path.exists():
            path.write_text(self._page(name))
        return path

    def _page(self, name: str) -> str:
        if name in EVENTS:
            return _of_events(self.spark, EVENTS[name])
        if name in SOCIAL:
            return page(answers(self.spark, {**SOCIAL[name], "runs": lake(1)["runs"]}, "social"), "social")
        return page(answers(self.spark, LAKES[name]()))


LAKES: dict[str, Callable[[], Any]] = {
    "a month": lambda: lake(30),
    "a year of many brands": lambda: lake(
        366, brands=[f"brand {at}" for at in range(1000)], categories=[f"c.{at}" for at in range(40)]
    ),
    "hostile names": lambda: lake(20, brands=HOSTILE, categories=[name.replace(".", " ") for name in HOSTILE]),
    "nothing": dict,
}
SOCIAL = {"posts of a month": social_lake(28), "no posts": {}}
VIEW = event(event_time="2019-10-01 10:00:00")
EVENTS = {
    "one event": [VIEW],
    "one day": [
        VIEW,
        event(event_type="cart", event_time="2019-10-01 11:00:00"),
        event(event_type="purchase", event_time="2019-10-01 12:00:00"),
    ],
    "no purchases": [
        event(user_id=day, event_type=kind, event_time=f"2019-10-{day:02} 10:00:00")
        for day in range(1, 20)
        for kind in ("view", "cart")
    ],
}


@pytest.fixture(scope="module")
def pages(_session: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Pages:
    return Pages(_session, tmp_path_factory.mktemp("pages"))


def _of_events(spark: SparkSession, events: list[dict[str, Any]]) -> str:
    """The report page of a lake built from a few events."""
    frame, runs = local_frame(spark, CLEAN_EVENTS, events), {"runs": lake(1)["runs"]}
    marts = {table: mart.of(frame, datetime(2019, 10, 20, tzinfo=UTC), "UTC").cache() for table, mart in MARTS.items()}
    return page(
        of_frames(
            {
                table: marts.get(table, local_frame(spark, table, runs.get(table.stem, [])))
                for table in report.board_tables("ecommerce")
            }
        )
    )


class Seen:
    """An open page, its console messages and its network requests."""

    def __init__(self, chromium: Any, path: Path, width: int = 1440, scheme: str = "light") -> None:
        self.noise: list[str] = []
        self.page = chromium.new_page(
            viewport={"width": width, "height": 900}, color_scheme=scheme, accept_downloads=True
        )
        self.page.on("console", lambda message: self.noise.append(message.text))
        self.page.on("pageerror", lambda error: self.noise.append(str(error)))
        self.page.on(
            "request", lambda request: None if request.url == path.as_uri() else self.noise.append(request.url)
        )
        self.page.on("dialog", lambda dialog: self.noise.append(dialog.message))
        self.page.goto(path.as_uri())
        self.page.wait_for_function(DRAWN)


# The tables of these take longest to make.
NIGHTLY = ("a year of many brands", "one event", "no purchases")
LOOKS = [
    *(
        (name, width, scheme)
        for name in (*LAKES, *EVENTS, *SOCIAL)
        for width, scheme in ((390, "dark"), (1440, "light"))
    ),
    ("a month", 390, "light"),
    ("a month", 1440, "dark"),
]


@pytest.mark.parametrize(
    ("name", "width", "scheme"),
    [pytest.param(*look, marks=[pytest.mark.nightly] * (look[0] in NIGHTLY)) for look in LOOKS],
)
def test_a_page_is_whole_quiet_and_open_to_everybody(
    chromium: Any, pages: Pages, name: str, width: int, scheme: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    seen = Seen(chromium, pages[name], width, scheme)
    assert seen.noise == []
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    charts = seen.page.locator("[data-chart]")
    full = ("a month", "a year of many brands", "hostile names", "posts of a month")
    assert charts.count() >= (8 if name in full else 0)
    for at in range(charts.count()):
        assert charts.nth(at).locator("svg .mark-rect path, svg .mark-symbol path").count() > 0
        assert charts.nth(at).get_attribute("role") == "graphics-document"
        assert len(charts.nth(at).get_attribute("aria-label") or "") > 30
    seen.page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(seen.page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")] == []
    assert seen.noise == []
    seen.page.close()


def test_a_category_is_chosen_by_keyboard(chromium: Any, pages: Pages) -> None:
    seen = Seen(chromium, pages["a month"])
    cells = (
        "[...document.querySelectorAll('#hours svg .mark-rect path')]"
        ".map((cell) => cell.getAttribute('aria-label')).join()"
    )
    shown = (
        "[...document.querySelectorAll('#hours [data-choice]')]"
        ".filter((one) => !one.hidden).map((one) => one.dataset.choice)"
    )
    before = seen.page.evaluate(cells)
    choose = seen.page.locator("select")
    choose.focus()
    choose.press("ArrowDown")
    chosen = choose.input_value()
    seen.page.wait_for_function(f"({cells}) !== {json.dumps(before)}")
    assert seen.page.evaluate(shown) == [chosen]
    assert (
        f"category: {seen.page.evaluate('document.querySelector(`select`).selectedOptions[0].dataset.name')}"
        in seen.page.evaluate(cells)
    )
    assert seen.noise == []
    seen.page.close()


@fault("S02")
def test_a_download_is_exact_and_no_formula(chromium: Any, pages: Pages, tmp_path: Path) -> None:
    seen = Seen(chromium, pages["hostile names"])
    with seen.page.expect_download() as got:
        seen.page.get_by_role("button", name="CSV: Brands: actual and expected buyers").click()
    got.value.save_as(tmp_path / "brands.csv")
    assert got.value.suggested_filename == "ecommerce-brand_gaps.csv"
    text = (tmp_path / "brands.csv").read_bytes().decode("utf-8-sig")
    lines = list(csv.DictReader(text.splitlines()))
    # A spreadsheet with another locale may use another separator: no cell may start with a formula then either.
    assert not [
        cell
        for cells in csv.reader(text.splitlines(), delimiter=";")
        for cell in cells
        if cell.startswith(("=", "+", "@"))
    ]
    assert {line["brand"] for line in lines} == {"'=HYPERLINK(1)" if name.startswith("=") else name for name in HOSTILE}
    assert {line["missed_revenue"] for line in lines} >= {"900.00", "890.00"}
    seen.page.close()


def test_every_name_can_be_chosen_and_drawn(chromium: Any, pages: Pages) -> None:
    seen = Seen(chromium, pages["hostile names"], width=390)
    choose = seen.page.locator("select")
    for at in range(choose.locator("option").count()):
        choose.select_option(index=at)
        name = seen.page.evaluate("document.querySelector('select').selectedOptions[0].dataset.name")
        drawn = (
            "(name) => [...document.querySelectorAll('#hours svg .mark-rect path')]"
            ".some((cell) => cell.getAttribute('aria-label').includes(name))"
        )
        seen.page.wait_for_function(drawn, arg=f"category: {name}")
        assert seen.page.locator("#hours [data-choice]:not([hidden])").count() == 1
    assert seen.noise == []
    seen.page.close()


def test_hovering_shows_a_day_as_a_date(chromium: Any, pages: Pages) -> None:
    seen = Seen(chromium, pages["a month"])
    seen.page.locator("#visitors svg .mark-rect path").first.hover()
    seen.page.wait_for_selector("#vg-tooltip-element.visible")
    assert "2019-10-01" in seen.page.locator("#vg-tooltip-element").inner_text()
    assert seen.noise == []
    seen.page.close()


def test_on_paper_everything_is_open(chromium: Any, pages: Pages) -> None:
    seen = Seen(chromium, pages["a month"], scheme="dark")
    assert seen.page.pdf(format="A4")[:4] == b"%PDF"
    assert seen.page.evaluate("[...document.querySelectorAll('details')].every((one) => one.open)")
    seen.page.emulate_media(media="print")
    assert seen.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    seen.page.close()
