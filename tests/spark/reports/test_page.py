"""The report: every number equals that of its table, every name is inert, and it handles small data."""

import json
import re
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest
from pyspark.sql import SparkSession

from jobs.runtime.reporting import formatting, report
from jobs.runtime.reporting.query_runner import Answer
from jobs.runtime.reporting.tile_definitions import tiles
from tests.faults import fault
from tests.spark.reports import HOSTILE, Rows, answers, lake, page
from tests.spark.reports.expected import expected

TILES = {tile.stem: tile for tile in tiles("ecommerce")}


class Page(HTMLParser):
    """The content of a page: the cells of each tile's tables and cards, its data, and every element."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.tables: dict[str, list[list[str]]] = {}
        self.cards: dict[str, dict[str, str]] = {}
        self.changes: dict[str, str] = {}
        self.findings: list[str] = []
        self.alt_texts: dict[str, str] = {}
        self.data: dict[str, Any] = {}
        self.text = ""
        self._stem, self._in, self._card, self._part = "", "", "", ""
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        self.elements.append((tag, given))
        self._in = f"{tag} {given.get('id') or ''}".strip()
        if tag == "article":
            self._stem = given["id"] or ""
            self.tables[self._stem] = []
        elif tag == "tr":
            self.tables[self._stem].append([])
        elif tag == "td":
            self.tables[self._stem][-1].append("")
        elif tag == "span" and given.get("class") == "change":
            self._in = "change"
        elif given.get("class") in ("findings", "alt-text"):
            self._part = given["class"] or ""
        elif tag == "span" and "data-column" in given:
            self._in, self._card = "card", given["data-column"] or ""

    def handle_endtag(self, tag: str) -> None:
        self._in = ""
        self._part = "" if tag in ("ul", "p") else self._part

    def handle_data(self, text: str) -> None:
        if self._in == "bdi" and self._part == "findings":
            self.findings.append(text)
        elif self._in == "bdi" and self._part == "alt-text":
            self.alt_texts[self._stem] = text
        elif self._in == "change":
            self.changes[self._card] = text
        elif self._in in ("bdi", "td") and self._stem:
            self.tables[self._stem][-1][-1] += text
        elif self._in == "card":
            self.cards.setdefault(self._stem, {})[self._card] = text
        elif self._in.startswith("script data-"):
            self.data[self._in.removeprefix("script data-")] = read = json.loads(text)
            read["rows"] = [
                [read["names"][cell] if kind == "name" else cell for kind, cell in zip(read["kinds"], row, strict=True)]
                for row in read["rows"]
            ]
        elif not self._in.startswith(("script", "style")):
            self.text += text


def reads_as(text: str, value: Any) -> bool:
    """Whether the text is the value, at the precision with which it is displayed."""
    if value is None:
        return text == formatting.NULL
    if isinstance(value, bool):
        return text == ("yes" if value else "no")
    if not isinstance(value, int | float | Decimal):
        return text == str(value) or text == f"{str(value)[:19]} UTC"  # an instant, to the second
    digits = text.replace(",", "").rstrip("%")
    decimals = len(digits.partition(".")[2])
    said = float(digits) / (100 if "%" in text else 1)
    return abs(said - float(value)) <= 0.51 * 10 ** -(decimals + (2 if "%" in text else 0))


def same(found: Any, wanted: Any) -> bool:
    return found == pytest.approx(wanted, rel=1e-9) if isinstance(wanted, float) else found == wanted


@pytest.fixture(scope="module")
def rows() -> dict[str, Rows]:
    return lake(40)


@pytest.fixture(scope="module")
def found(_session: SparkSession, rows: dict[str, Rows]) -> tuple[list[Answer], list[tuple[str, str]]]:
    return answers(_session, rows)


def test_every_tile_answers_what_the_tables_hold(found: tuple[list[Answer], Any], rows: dict[str, Rows]) -> None:
    wanted = expected(rows)
    assert set(wanted) == set(TILES)
    for answer in found[0]:
        reference = wanted[answer.tile.stem]
        assert len(answer.rows) == len(reference), answer.tile.stem
        for one, other in zip(answer.rows, reference, strict=True):
            assert one.keys() == other.keys(), answer.tile.stem
            assert {name: (one[name], other[name]) for name in other if not same(one[name], other[name])} == {}, (
                answer.tile.stem
            )


def test_every_number_on_the_page_is_that_of_its_table(found: tuple[list[Answer], Any], rows: dict[str, Rows]) -> None:
    shown, wanted = Page(page(found)), expected(rows)
    for stem, cells in shown.tables.items():
        tile, reference = TILES[stem], wanted[stem]
        assert len(shown.data[stem]["rows"]) == len(reference)
        if tile.section == "00":
            assert shown.cards[stem]
            assert {
                name: text for name, text in shown.cards[stem].items() if not reads_as(text, reference[0][name])
            } == {}
        elif not tile.cross:
            columns = shown.data[stem]["columns"]
            body = [line for line in cells if line]
            assert len(body) == len(reference) > 0
            assert [
                (line, row)
                for line, row in zip(body, reference, strict=True)
                for name, text in zip(columns, line, strict=True)
                if not reads_as(text, row[name])
            ] == []
        else:
            down, across, name = tile.cross
            body = [line for line in cells if line]
            heads = sorted({row[across] for row in reference})
            asked = tile.header.get("choose")
            there = {
                (row[asked] if asked else "", str(row[down]), head): row[name]
                for row in reference
                for head in heads
                if row[across] == head
            }
            group = list(dict.fromkeys(row[asked] for row in reference)) if asked else [""]
            lines = [
                (choice, first)
                for choice in group
                for first in dict.fromkeys(str(row[down]) for row in reference if not asked or row[asked] == choice)
            ]
            assert [line[0] for line in body] == [first for _, first in lines]
            for line, (choice, first) in zip(body, lines, strict=True):
                assert all(
                    reads_as(text, there.get((choice, first, head))) for text, head in zip(line[1:], heads, strict=True)
                )


def test_the_data_of_the_charts_is_exact(found: tuple[list[Answer], Any]) -> None:
    shown = Page(page(found))
    for answer in found[0]:
        if answer.tile.stem == "facts":
            continue
        data = shown.data[answer.tile.stem]
        for line, row in zip(data["rows"], answer.rows, strict=True):
            for name, kind, text in zip(data["columns"], data["kinds"], line, strict=True):
                value = row[name]
                if value is None or kind == "number":
                    assert text is None if value is None else float(text) == float(value)
                else:
                    assert text == {"boolean": str(value).lower(), "timestamp": f"{value}Z".replace(" ", "T")}.get(
                        kind, str(value)
                    )


def test_cards_show_the_change_of_their_numbers(found: tuple[list[Answer], Any], rows: dict[str, Rows]) -> None:
    reference, changes = expected(rows)["last_seven_days"][0], Page(page(found)).changes
    assert set(changes) == {name.removesuffix("_before") for name in reference if name.endswith("_before")}
    for name, text in changes.items():
        now, before = reference[name], reference[f"{name}_before"]
        more, points = float(now - before), "points" in text
        said = re.fullmatch(r"([▲▼]) ([\d,.]+)(?:%| points), from (\S+)", text)
        assert said, text
        assert said[1] == ("▲" if more > 0 else "▼")
        assert float(said[2]) == pytest.approx(
            abs(more) * 100 if points else abs(more) / float(before) * 100, abs=0.051
        )
        assert reads_as(said[3], before)


def test_what_was_found_and_what_charts_say_are_numbers_of_the_tables(
    found: tuple[list[Answer], Any], rows: dict[str, Rows]
) -> None:
    shown, wanted = Page(page(found)), expected(rows)
    most = max(
        (row for row in rows["unique_visitors"] if row["grain"] == "day"),
        key=lambda row: (row["new_visitors"], -row["period_start"].toordinal()),
    )
    dearest = max(
        (row for row in rows["abandoned_carts"] if row["status"] == "abandoned" and not row["closed_at"]),
        key=lambda row: (row["value_at_risk"], -row["user_id"]),
    )
    assert (
        f"most new visitors came on {most['period_start']}: {most['new_visitors']:,} of {most['visitors']:,}"
        in shown.findings[0]
    )
    assert (
        f"product {dearest['product_id']} for {dearest['value_at_risk']:,},"
        f" abandoned by visitor {dearest['user_id']} on {dearest['day']}" in shown.findings[1]
    )
    assert "acme has a checkout gap: 7 buyers missed, worth about 900.00" in shown.findings
    assert "corp needs marketing: it gets 0.62 times the views expected from its assortment" in shown.findings
    values = {
        name: sum(row[name] for row in wanted["cart_value"])
        for name in ("abandoned_value", "winnable_value", "recovered_value")
    }
    assert [f"{value:,}" for value in values.values()] == re.findall(r"[\d,]+\.\d\d", shown.alt_texts["cart_value"])
    for row in wanted["refused"]:
        assert f"{row['problem']} {row['rows']:,}" in shown.alt_texts["refused"]
    for row in wanted["funnel"]:
        assert f"{row['step']} {row['entered']:,}" in shown.alt_texts["funnel"]
    busiest = max(wanted["visitors"], key=lambda row: row["visitors"])
    assert f"Most came on {busiest['day']}: {busiest['visitors']:,}." in shown.alt_texts["visitors"]


def test_the_page_says_zone_period_as_of_and_run(found: tuple[list[Answer], Any]) -> None:
    shown = Page(page(found))
    for reference in (
        "2019-10-01",
        "2019-11-09",
        "Europe/Zagreb",
        "as of 2019-11-01 04:30:00 UTC",
        "run r3",
        "report made 2019-11-01 00:00:00 UTC",
    ):
        assert reference in shown.text


def test_each_number_has_its_definition_at_hand(found: tuple[list[Answer], Any]) -> None:
    text = Page(page(found)).text
    for answer in found[0]:
        for name, meaning in answer.tile.meanings(list(answer.types), report.board_tables("ecommerce")).items():
            assert meaning.endswith("."), name
            assert answer.tile.stem == "facts" or meaning in text


def test_a_head_explains_only_columns_that_there_are(found: tuple[list[Answer], Any]) -> None:
    for answer in found[0]:
        assert set(answer.tile.header) - set(answer.types) <= {"empty", "choose", "cross"}, answer.tile.stem
        texts = (answer.tile.description, answer.tile.header["empty"])
        assert all(text.endswith(".") for text in texts), answer.tile.stem


@fault("S02", injected="HTML and formulas as names", checked="inert in the report and in files downloaded from it")
def test_names_are_inert(spark: SparkSession) -> None:
    text = page(answers(spark, lake(20, brands=HOSTILE, categories=[name.replace(".", " ") for name in HOSTILE])))
    many = [f"b{at}" for at in range(len(HOSTILE))]
    shown, plain = Page(text), Page(page(answers(spark, lake(20, brands=many, categories=many))))
    assert [tag for tag, _ in shown.elements] == [tag for tag, _ in plain.elements]
    assert not any(name.startswith("on") for _, given in shown.elements for name in given)
    assert {line[0] for line in shown.tables["brand_gaps"] if line} == set(HOSTILE)
    assert {row[0] for row in shown.data["brand_gaps"]["rows"]} == set(HOSTILE)
    assert len(re.findall("</script", text)) == len([tag for tag, _ in shown.elements if tag == "script"])


def test_no_row_anywhere_and_the_page_says_so(spark: SparkSession) -> None:
    shown = Page(page(answers(spark, {})))
    for tile in TILES.values():
        assert tile.header["empty"] in shown.text
    assert not any(given.get("data-chart") for _, given in shown.elements)


@pytest.mark.slow
def test_a_page_is_under_two_megabytes(spark: SparkSession) -> None:
    brands = [f"{at}{'x' * 296}" for at in range(1000)]
    rows = lake(
        800, brands=brands, categories=[f"category.{at}{'y' * 80}" if at % 2 else f"{'z' * 80}{at}" for at in range(60)]
    )
    outcomes = [
        {
            "name": f"expectation {at}",
            "severity": "critical",
            "success": True,
            "expected": "e" * 150,
            "observed": "as expected",
        }
        for at in range(350)
    ]
    for row in rows["runs"]:
        if row["run_id"] == "r3" and "finished_at" in row:
            row["suite_results_json"] = json.dumps(outcomes)
    text = page(answers(spark, rows))
    assert len(text.encode()) < 2_000_000
    assert len([line for line in Page(text).tables["brand_gaps"] if line]) == 100


WRITTEN = [
    ("visitors", "bigint", 1234567, "1,234,567"),
    ("revenue", "decimal(38,2)", Decimal("-1234.50"), "-1,234.50"),
    ("buyer_rate", "double", 0.12345, "12.3%"),
    ("v2p", "double", 0.0, "0.0%"),
    ("ratio", "double", 1.23456, "1.23"),
    ("v2p_q", "double", 0.00049, "0.000"),
    ("final", "boolean", True, "yes"),
    ("day", "date", date(2019, 10, 1), "2019-10-01"),
    ("as_of", "timestamp", "2019-10-01 10:00:00.5", "2019-10-01 10:00:00 UTC"),
    ("brand", "string", None, formatting.NULL),
]


@pytest.mark.parametrize(("column", "kind", "value", "text"), WRITTEN)
def test_cells_are_written_for_people(column: str, kind: str, value: Any, text: str) -> None:
    assert formatting.cell(column, kind, value) == text


CHANGES = [
    ("visitors", 110, 100, "▲ 10.0%, from 100"),
    ("visitors", 90, 100, "▼ 10.0%, from 100"),
    ("visitors", 100, 100, "unchanged"),
    ("visitors", 5, 0, "▲ from 0"),
    ("visitors", 5, None, "no previous period yet"),
    ("buyer_rate", 0.15, 0.1, "▲ 5.0 points, from 10.0%"),
    ("buyer_rate", 0.1, 0.0, "▲ 10.0 points, from 0.0%"),
]


@pytest.mark.parametrize(("column", "now", "before", "text"), CHANGES)
def test_a_change_is_shown_with_its_direction(column: str, now: Any, before: Any, text: str) -> None:
    assert formatting.change(column, now, before) == text
