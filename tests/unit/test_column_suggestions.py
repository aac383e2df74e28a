"""The --columns option that is offered for a file with other column names."""

import re
import time
from pathlib import Path

import pytest

from jobs.runtime.ingest.column_suggestions import suggest_columns
from schemas.accounts.raw_accounts import RAW_ACCOUNTS
from schemas.accounts.raw_visits import RAW_VISITS
from schemas.ecommerce.raw_events import RAW_EVENTS
from schemas.flights.raw_flights import RAW_FLIGHTS
from schemas.movies.raw_movies import RAW_MOVIES
from schemas.movies.raw_ratings import RAW_RATINGS
from schemas.table import OTHER_COLUMNS, Table

RAW = (RAW_EVENTS, RAW_ACCOUNTS, RAW_VISITS, RAW_FLIGHTS, RAW_MOVIES, RAW_RATINGS)
# Headers of public data sets, as "name: fields".
FOREIGN = dict(line.split(": ", 1) for line in (Path(__file__).parent / "foreign_headers.txt").read_text().splitlines())
# Every pair that the headers of FOREIGN may be offered for. Anything else is nonsense.
SENSIBLE = {
    *("user_id=CustomerID", "user_id=Customer ID", "user_id=customer_id", "user_id=customerID", "user_id=userId"),
    *("user_id=UserID", "user_id=fullVisitorId", "user_id=user_pseudo_id", "user_id=Id", "user_id=id", "user_id=ID"),
    *("userId=user_id", "userId=customer_id", "userId=user_pseudo_id", "userId=UserID", "movieId=id"),
    *("timestamp=time_stamp", "timestamp=order_purchase_timestamp", "timestamp=event_timestamp"),
    *("movieId=MovieID", "rating=Rating", "timestamp=Timestamp", "title=primaryTitle", "product_id=article_id"),
    *("customer_id=Id", "name=Name", "email=Email", "email=Customer Email"),
    *("year=YEAR", "month=MONTH", "day=DAY_OF_MONTH", "dep_time=DEP_TIME", "dep_delay=DEP_DELAY", "arr_time=ARR_TIME"),
    *("arr_delay=ARR_DELAY", "carrier=OP_UNIQUE_CARRIER", "tailnum=TAIL_NUM", "origin=ORIGIN", "dest=DEST"),
    *("air_time=AIR_TIME", "distance=DISTANCE", "year=Year", "month=Month", "dep_time=DepTime", "dep_delay=DepDelay"),
    *("arr_time=ArrTime", "arr_delay=ArrDelay", "carrier=UniqueCarrier", "flight=FlightNum", "tailnum=TailNum"),
    *("origin=Origin", "dest=Dest", "air_time=AirTime", "distance=Distance"),
    *("user_id=User_ID", "user_id=CUSTOMER_ID", "user_id=UserId", "user_id=user-id", "user_id=userid", "user_id=user"),
    *("user_id=OwnerUserId", "user_id=Buyer User ID", "user_id=visitorId", "userId=UserId", "product_id=PRODUCT_ID"),
    *("product_id=ProductId", "price=SALES_PRICE", "event_time=Time", "timestamp=Time", "timestamp=click_timestamp"),
    *("timestamp=date_time", "timestamp=OPTIN_TIME", "rating=MEMBER_RATING", "movieId=Id", "title=Title"),
    *("title=movie_title", "genres=Genre", "carrier=UNIQUE_CARRIER", "day=DAY", "flight=FLIGHT_NUMBER"),
    *("origin=ORIGIN_AIRPORT", "tailnum=TAIL_NUMBER"),
}


def offer(table: Table, fields: list[str]) -> str:
    names = [name for name in table.names if name != OTHER_COLUMNS.name]
    missing = [name for name in names if name not in fields]
    return suggest_columns(names, table.required, missing, [field for field in fields if field not in names])


def pairs(text: str) -> set[str]:
    match = re.search(r"--columns (?:'([^']+)'|([^;]+))", text)
    return set((match[1] or match[2]).split(",")) if match else set()


@pytest.mark.parametrize("table", RAW, ids=lambda table: table.stem)
def test_no_column_of_a_foreign_file_is_offered_for_something_else(table: Table) -> None:
    offered = set[str]()
    for header in FOREIGN.values():
        started = time.process_time()
        offered |= pairs(offer(table, header.split(",")))
        assert time.process_time() - started < 1
    assert offered <= SENSIBLE
    assert len(FOREIGN) > 200


def test_similar_names_are_offered_and_the_others_are_named() -> None:
    text = offer(
        RAW_EVENTS,
        [
            "event_ts",
            "type",
            "product",
            "category_id",
            "category_code",
            "brand",
            "price",
            "customer_id",
            "user_session",
        ],
    )
    assert pairs(text) == {"event_time=event_ts", "event_type=type", "product_id=product", "user_id=customer_id"}
    assert "no field is similar" not in text
    text = offer(RAW_FLIGHTS, FOREIGN["BTS on-time"].split(","))
    assert {"year=YEAR", "day=DAY_OF_MONTH", "carrier=OP_UNIQUE_CARRIER"} <= pairs(text)
    assert text.endswith("no field is similar to sched_dep_time, flight")


def test_names_that_a_shell_would_split_are_quoted() -> None:
    text = offer(RAW_EVENTS, ["Event Time", "Event Type", "Product ID", "Price", "User"])
    assert (
        "--columns 'event_time=Event Time,event_type=Event Type,product_id=Product ID,price=Price,user_id=User'" in text
    )


def test_names_that_cannot_be_written_in_the_option_are_not_offered() -> None:
    assert not offer(RAW_RATINGS, ["user,id", "movie=id", "rating\x1b[31m", "time\x00stamp"])


def test_a_file_of_another_kind_gets_no_offer() -> None:
    assert not offer(RAW_EVENTS, FOREIGN["Titanic"].split(","))
    assert not offer(RAW_EVENTS, ["Quantity", "PK\x03\x04", "<html>"])


@pytest.mark.parametrize("table", RAW, ids=lambda table: table.stem)
def test_a_thousand_columns_are_answered_within_a_second(table: Table) -> None:
    names = [name for name in table.names if name != OTHER_COLUMNS.name]
    wide = [f"{names[position % len(names)]}_{position}"[::-1] for position in range(1000)]
    alike = [f"{names[position % len(names)]}x{position}" for position in range(1000)]
    for fields in (wide, alike, [f"measurement_of_sensor_{position}" for position in range(1000)]):
        started = time.process_time()
        offer(table, fields)
        assert time.process_time() - started < 1


ABOUT = ("source", "currency", "type", "url", "flag", "country", "status", "version", "hash", "is_valid", "owner")


@pytest.mark.parametrize("table", RAW, ids=lambda table: table.stem)
def test_what_is_said_about_a_column_is_not_offered_for_it(table: Table) -> None:
    names = [name for name in table.names if name != OTHER_COLUMNS.name]
    offered = {pair for about in ABOUT for pair in pairs(offer(table, [f"{name}_{about}" for name in names]))}
    assert offered == set()
    alike = [f"{name}_{same}" for name, same in zip(names, ("value", "code", "number", "utc") * 5, strict=False)]
    assert len(pairs(offer(table, alike))) == len(names)
