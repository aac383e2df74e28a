"""A content hash of every table of every domain: identical on both runtime lines, and changed only on purpose.

`WEIR_WRITE_HASHES=1 pytest tests/runtime_lines` rewrites hashes.json; a commit that changes it says why.
"""

import json
import os
import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from jobs.accounts import daily as accounts
from jobs.cdc import customers, orders
from jobs.ecommerce import daily as ecommerce
from jobs.flights import daily as flights
from jobs.movies import daily as movies
from jobs.realtime import replay_events, watch
from jobs.runtime.run import main
from jobs.samples.shop_events import shop_events
from jobs.samples.tweets import tweets
from jobs.social import daily as social
from tests.conftest import IS_NEWER_LINE, InProcess, real_data_folder
from tests.processes import HASHES, deliver
from tests.real import test_salesorders as salesorders
from tests.real.test_nycflights import deliver_all_flights

CARRIERS = ("UA", "B6", "EV")
ANY_SHARE = ("--max_rejected_share", "1")


def demo(daily: InProcess) -> None:
    """Fourteen days of the `make demo` shop in two runs, by the days of a time zone."""
    shop_events(str(daily.input), rows=8_000, days=14, start=date(2019, 10, 20), seed=1, dirt=True)
    late = daily.folder / "late"
    late.mkdir()
    for path in sorted(daily.input.iterdir())[5::6]:
        path.rename(late / path.name)
    taken(daily, ecommerce.JOB, "--time_zone", "Europe/Zagreb", *ANY_SHARE)
    taken(daily, ecommerce.JOB, "--time_zone", "Europe/Zagreb", *ANY_SHARE, source=late)


def shop_of_nine_days(daily: InProcess) -> None:
    """The tables with which tests of processes, clusters, buckets and bundles compare theirs."""
    deliver(daily.input)
    taken(daily, ecommerce.JOB)


def customers_of_an_office(daily: InProcess) -> None:
    header = "customer_id,name,email,dateofbirth,accountopeningdate,city"
    rows = [
        f"{n},Name {n},n{n}@x.com,{1 + n % 28}-{1 + n % 12}-19{50 + n % 50},{1 + n % 12}/{1 + n % 28}/2015,City {n % 3}"
        for n in range(60)
    ]
    daily.deliver("accounts.csv", *rows, "x,Bad,no mail,31-2-1990,13/13/2015,", header=header)
    visits = [
        {
            "user_id": n % 9,
            "email": f"n{n % 4}@x.com",
            "visited_at": f"2019-10-{1 + n % 9:02}T{n % 24:02}:00:00Z",
            "page": f"/{n % 7}",
        }
        for n in range(150)
    ]
    daily.deliver("visits.jsonl", *map(json.dumps, visits), '{"user_id": 1}', header="")
    taken(daily, accounts.JOB, *ANY_SHARE)


def orders_of_a_shop(daily: InProcess) -> None:
    columns = "order_id,customer_id,ordered_at,status,amount,currency,note"
    load = [f"{n},c{n % 5},2019-{9 + n % 2:02}-{1 + n % 28:02} 10:00:00,new,{n}.50,EUR,note {n}" for n in range(40)]
    daily.deliver("LOAD00000001.csv", *load, header=columns)
    taken(daily, orders.JOB)
    ops = ("U", "U", "D", "I")
    changes = [
        f"{ops[n % 4]},2019-11-05 10:{n % 60:02}:00.000000,{n % 50},c{n % 7},2019-09-{1 + n % 28:02} 10:00:00"
        f",sent,{n}.25,EUR,,{n:035}"
        for n in range(120)
    ]
    daily.deliver("20191105-100000000.csv", *changes, header=f"Op,TIMESTAMP,{columns},AR_H_CHANGE_SEQ")
    taken(daily, orders.JOB, *ANY_SHARE)


def flights_of_a_week(daily: InProcess) -> None:
    header = (
        "year,month,day,dep_time,sched_dep_time,dep_delay,arr_time,sched_arr_time,arr_delay,"
        "carrier,flight,tailnum,origin,dest,air_time,distance"
    )
    on_time = [f"2013,11,{1 + n % 7},{600 + n % 50},{600 + n % 50},0" for n in range(90)]
    rows = [
        f"{one},{800 + n % 50},{800 + n % 50},{n % 9 - 4},{CARRIERS[n % 3]},{n},N{n},JFK,LAX,120,2475"
        for n, one in enumerate(on_time)
    ]
    rows += [
        "2013,11,3,,600,,,800,,UA,500,,EWR,LAX,,2475",
        "2013,11,3,2400,2359,1,130,125,,B6,501,N1,LGA,BOS,,184",
        "2013,2,30,600,600,0,700,700,0,UA,1,N1,JFK,LAX,1,1",
    ]
    daily.deliver("flights.csv", *rows, header=header)
    taken(daily, flights.JOB, *ANY_SHARE)


def movies_of_a_club(daily: InProcess) -> None:
    daily.deliver(
        "movies.csv",
        *(f'{n},"Movie, {n} (19{50 + n})",{"Crime|Drama" if n % 3 else "(no genres listed)"}' for n in range(20)),
        header="movieId,title,genres",
    )
    rows = [f"{n % 11},{n % 22},{(1 + n % 10) / 2},{980730861 + n * 86_400}" for n in range(200)]
    daily.deliver("ratings.csv", *rows, header="userId,movieId,rating,timestamp")
    taken(daily, movies.JOB, *ANY_SHARE)


def tweets_of_a_week(daily: InProcess) -> None:
    tweets(str(daily.input), rows=600, days=7, start=date(2019, 7, 1), seed=1)
    post = {"id": "12_1", "message": "Split", "created_time": "2019-07-01T10:00:00+0000", "shares": {"count": 3}}
    daily.deliver("posts.jsonl", json.dumps(post), '{"error": {}}', header="")
    taken(daily, social.JOB, "--time_zone", "Europe/Zagreb", *ANY_SHARE)


def stream_of_half_an_hour(daily: InProcess) -> None:
    """Shoppers with four attacks among them, and lines that are no events: what is alerted is the same."""
    given = daily.folder / "recorded"
    shop_events(str(given), rows=100_000, days=1, start=date(2019, 10, 1), seed=3, dirt=True)
    day = given / "2019-10-01.csv"
    day.write_bytes(b"\n".join(day.read_bytes().splitlines()[:1200]))
    attacks = ("--attacks", "rate_flood,scraper,cart_flood,cadence_bot", "--attack_after", "60", "--rate", "1e9")
    labels = ("--labels", str(daily.folder / "labels.json"))
    replay = ["--input", str(given), "--output", str(daily.input), *attacks, *labels]
    assert main(replay_events.JOB, replay) == 0
    for path in daily.input.iterdir():  # ids begin with one of the replay
        path.write_text(re.sub(r'("event_id": ")[^":]*:', r"\1", path.read_text()))
    taken(daily, watch.JOB, "--available_now", "--clock", "2019-10-02T00:00:00Z")


def rees46(daily: InProcess) -> None:
    taken(daily, ecommerce.JOB, source=real("rees46", "2019-10-01.csv"))


def octank(daily: InProcess) -> None:
    taken(daily, customers.JOB, source=real("cdc", "octank"))


def erp(daily: InProcess) -> None:
    for part in sorted(real("cdc", "salesorders", "late_arriving_changes", "data", "source").glob("*.csv")):
        shutil.copy(part, daily.input / part.name)
        taken(daily, salesorders.JOB, "--delimiter", "|")


def nycflights(daily: InProcess) -> None:
    deliver_all_flights(daily)
    taken(daily, flights.JOB)


def movielens(daily: InProcess) -> None:
    taken(daily, movies.JOB, "--no_header", source=real("movielens"))


def real(*names: str) -> Path:
    return real_data_folder().joinpath(*names)


def taken(daily: InProcess, job: Any, *arguments: str, source: Path | None = None) -> None:
    daily.job = job
    assert daily.run(*arguments, given=source) == 0, daily.output


QUICK = [customers_of_an_office, orders_of_a_shop, flights_of_a_week, movies_of_a_club]
REAL = [rees46, octank, erp, nycflights, movielens]
# The hashes are the same on both lines: between two nights those of the smaller domains are made by the newer line.
DATA = [
    pytest.param(demo, marks=pytest.mark.nightly),
    shop_of_nine_days,
    *(pytest.param(make, marks=[] if IS_NEWER_LINE else pytest.mark.nightly) for make in QUICK),
    pytest.param(tweets_of_a_week, marks=pytest.mark.nightly),
    pytest.param(stream_of_half_an_hour, marks=pytest.mark.nightly),
    *(pytest.param(make, marks=[pytest.mark.real, pytest.mark.nightly]) for make in REAL),
]


@pytest.mark.slow
@pytest.mark.parametrize("make", DATA, ids=lambda make: make.__name__)
def test_every_table_has_the_rows_that_it_had(
    daily: InProcess, compiled: object, make: Callable[[InProcess], None]
) -> None:
    make(daily)
    found = daily.content_hashes()
    expected = json.loads(HASHES.read_text()) if HASHES.exists() else {}
    if os.environ.get("WEIR_WRITE_HASHES"):
        HASHES.write_text(json.dumps({**expected, make.__name__: found}, indent=2, sort_keys=True) + "\n")
    else:
        assert found == expected[make.__name__]
