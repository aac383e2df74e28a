"""The SQL of the warehouse on PostgreSQL: loads, and the views."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest

from jobs.runtime.warehouse.statements import Load
from schemas.social.influencer_places import INFLUENCER_PLACES
from schemas.social.influencers import INFLUENCERS
from schemas.social.place_trends import PLACE_TRENDS
from schemas.table import Table
from tests import ROOT
from tests.postgres import postgres
from tests.postgres.postgres import Server
from tests.transforms.social import test_influencer_places, test_influencers, test_place_trends

VIEWS = ROOT / "infra" / "redshift" / "views"
Rows = Sequence[dict[str, Any]]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    if lacking := postgres.missing():
        pytest.skip(f"PostgreSQL lacks {', '.join(lacking)} (Debian: postgresql and postgresql-15-wal2json)")
    with postgres.server(behind=timedelta()) as running:
        yield running


def run(server: Server, *statements: str) -> list[str]:
    return server.psql("".join(f"{statement};\n" for statement in statements), "postgres")


def staged(table: Table, rows: Rows) -> list[str]:
    """Fill the staging table, as COPY does."""
    lines = [", ".join(_literal(row.get(name)) for name in table.names) for row in rows]
    return [f"INSERT INTO {table.domain}.{table.stem}_staged VALUES ({line})" for line in lines]


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    return f"'{value}'" if isinstance(value, str) else str(value)


def load(server: Server, table: Table, rows: Rows, snapshot: str = "1") -> None:
    given = Load(table, table.domain, snapshot)
    run(server, *given.preparation(), *staged(table, rows))
    assert run(server, given.count) == [str(len(rows))]
    run(server, "BEGIN", *given.swap(len(rows)), "COMMIT")


def test_a_load_replaces_the_table_and_one_that_ends_early_changes_nothing(server: Server) -> None:
    first, rows = Load(PLACE_TRENDS, "social", "1"), test_place_trends.MADE
    load(server, PLACE_TRENDS, rows)
    assert run(server, first.loaded) == ["1"]
    load(server, PLACE_TRENDS, rows)
    assert run(server, "SELECT count(*) FROM social.place_trends") == ["10"]
    second = Load(PLACE_TRENDS, "social", "2")
    run(server, *second.preparation(), *staged(PLACE_TRENDS, rows[:3]))
    run(server, "BEGIN", *second.swap(3)[:2], "ROLLBACK")
    assert run(server, "SELECT count(*) FROM social.place_trends", second.loaded) == ["10", "1"]
    load(server, PLACE_TRENDS, rows[:3], "2")
    assert run(server, "SELECT count(*) FROM social.place_trends", second.loaded) == ["3", "2"]


def test_the_views_answer_from_the_loaded_rows(server: Server) -> None:
    trends = [
        {**test_place_trends.MADE[0], "day": f"2019-05-{day:02}", "tweets": day, "z": float(10 - day % 4)}
        for day in range(1, 12)
    ]
    load(server, PLACE_TRENDS, [*trends, {**test_place_trends.MADE[1], "day": "2019-05-01"}])
    load(
        server,
        INFLUENCERS,
        [*test_influencers.MADE, {**test_influencers.MADE[0], "author_id": "x", "is_listed": False}],
    )
    load(server, INFLUENCER_PLACES, test_influencer_places.MADE)
    run(server, *(path.read_text().strip() for path in sorted(VIEWS.glob("*.sql"))))
    assert run(server, "SELECT count(*), max(rank) FROM social.top_influencers") == ["10|10"]
    places = "SELECT place_id, place_rank FROM social.influencer_locations ORDER BY place_rank LIMIT 2"
    assert run(server, places) == ["0|1", "1|2"]
    so_far = "SELECT tweets_so_far FROM social.location_trend WHERE place_id = '0' ORDER BY day DESC LIMIT 1"
    assert run(server, so_far) == ["66"]
    assert run(server, "SELECT place_id, day, z FROM social.rising_locations") == ["0|2019-05-08|10"]
