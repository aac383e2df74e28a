"""Synthetic data: the same seed gives the same bytes, in the documented format."""

import csv
import hashlib
import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from jobs.samples.posts import posts
from jobs.samples.shop_events import HEADER, quotas, shop_events

START = date(2019, 10, 1)
COUNTERS = ("reactions", "comments", "shares")


def made(folder: Path, rows: int = 20_000, days: int = 7, seed: int = 7, dirt: bool = False) -> list[list[str]]:
    shop_events(str(folder), rows, days, START, seed, dirt)
    return [
        line
        for path in sorted(folder.glob("*.csv"))
        for line in list(csv.reader(path.read_text(errors="replace").splitlines()))[1:]
    ]


def digest(folder: Path) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(folder.glob("*.csv")))).hexdigest()


def test_the_same_seed_gives_the_same_bytes_and_another_others(tmp_path: Path) -> None:
    for name, seed, dirt in (("a", 7, True), ("b", 7, True), ("c", 8, True), ("d", 7, False)):
        made(tmp_path / name, rows=5_000, seed=seed, dirt=dirt)
    assert digest(tmp_path / "a") == digest(tmp_path / "b")
    assert len({digest(tmp_path / name) for name in "acd"}) == 3


def test_there_are_as_many_lines_as_asked_a_file_a_day_in_the_columns_of_the_shop(tmp_path: Path) -> None:
    lines = made(tmp_path)
    assert len(lines) == 20_000
    files = sorted(tmp_path.glob("*.csv"))
    assert [path.name for path in files] == [f"2019-10-0{day}.csv" for day in range(1, 8)]
    assert {path.read_text().splitlines()[0] for path in files} == {HEADER}
    assert all(
        line[0].startswith(path.stem) for path in files for line in csv.reader(path.read_text().splitlines()[1:])
    )
    assert sum(quotas(1_000_003, 30, START)) == 1_000_003


@pytest.mark.parametrize(
    ("rows", "days"), [(0, 1), (0, 14), (1, 1), (1, 14), (10, 14), (3, 5), (50, 14), (100, 100), (200, 100)]
)
def test_a_shop_may_be_small(tmp_path: Path, rows: int, days: int) -> None:
    for seed in range(5):
        shop_events(str(tmp_path / f"{seed}"), rows, days, START, seed, True)
        files = sorted((tmp_path / f"{seed}").glob("*.csv"))
        lines = [line for path in files for line in path.read_bytes().split(b"\n")[1:] if line]
        assert (len(files), len(lines)) == (days, rows)


def test_visitors_browse_fill_carts_leave_empty_and_buy_some_of_them_later(tmp_path: Path) -> None:
    lines = made(tmp_path, rows=60_000, days=10)
    kinds = Counter(line[1] for line in lines)
    assert kinds["view"] > 10 * kinds["cart"] > 10 * kinds["purchase"] > 10 * kinds["remove_from_cart"] > 0
    carts = {(line[7], line[2]): line[0] for line in lines if line[1] == "cart"}
    bought = [
        (carts[line[7], line[2]], line[0]) for line in lines if line[1] == "purchase" and (line[7], line[2]) in carts
    ]
    assert sum(cart[:10] < buy[:10] for cart, buy in bought) > 100
    hours = Counter(line[0][11:13] for line in lines)
    assert hours["18"] > 3 * hours["02"]
    by_visitor, by_product = (Counter(line[column] for line in lines).most_common() for column in (7, 2))
    assert by_product[0][1] > 20 * by_product[len(by_product) // 2][1]
    assert by_visitor[0][1] > 5
    assert {len(line[3]) for line in lines} == {19}
    assert any(line[4] == "" for line in lines)
    assert any(line[5] == "" for line in lines)


def test_posts_come_again_with_higher_counters_and_some_have_no_message(tmp_path: Path) -> None:
    written = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        posts(str(tmp_path / name), rows=200, days=4, start=START, seed=seed)
        written.append(b"".join(path.read_bytes() for path in sorted((tmp_path / name).iterdir())))
    assert written[0] == written[1] != written[2]
    found = [json.loads(line) for line in written[0].decode().splitlines()]
    by_id: dict[str, list[dict[str, Any]]] = {}
    for post in found:
        by_id.setdefault(post["id"], []).append(post)
    assert (len(by_id), len(found)) == (200, 200 + 3 * 10)
    for first, *later in by_id.values():
        for post in later:
            assert all(_count(post, name) > _count(first, name) for name in COUNTERS)
    silent = [post for post in found if "message" not in post]
    assert {post["type"] for post in silent} == {"photo", "event"}
    assert all(post["story"] for post in silent)


def _count(post: dict[str, Any], name: str) -> int:
    counted = post.get(name, {"count": 0})
    return int(counted["count"] if name == "shares" else counted["summary"]["total_count"])
