"""Generate shop events in the REES46 format, at any size. The same seed generates the same bytes."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.runtime.job import Command, Parameter
from jobs.runtime.parameters import A_SPAN, calendar_date, location, whole_number
from jobs.runtime.run import run
from jobs.samples.dirt import corrupt_lines
from jobs.samples.shop import CATEGORIES, TYPES, Events, Shop

HEADER = "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session"
FIRST_CATEGORY, FIRST_PRODUCT, FIRST_VISITOR = 2_053_013_550_000_000_000, 1_000_000, 512_000_000
# Relative number of visits by hour of the day (UTC), and by weekday starting on Monday.
HOURS = np.array([2, 1, 1, 2, 4, 6, 8, 9, 9, 9, 9, 9, 9, 9, 10, 11, 12, 13, 13, 12, 10, 7, 5, 3], dtype=float)
WEEKDAYS = (0.94, 0.93, 0.95, 0.98, 1.07, 1.12, 1.01)


def shop_events(output: str, rows: int, days: int, start: date, seed: int, dirt: bool) -> str:
    """Write one CSV file per day, `rows` lines in total. Only one day is in memory at a time."""
    folder = Path(output)
    folder.mkdir(parents=True, exist_ok=True)
    shop = Shop(np.random.default_rng(seed), HOURS / HOURS.sum())
    for number, quota in enumerate(quotas(rows, days, start)):
        day = start + timedelta(days=number)
        text = join_lines(_lines(shop, day, shop.day(number, quota, day.weekday()))) if quota else b""
        if dirt:
            text = corrupt_lines(text, np.random.default_rng([seed, number]))
        (folder / f"{day}.csv").write_bytes(HEADER.encode() + b"\n" + text + b"\n")
    return f"{rows:,} event{'' if rows == 1 else 's'} of {days} day{'' if days == 1 else 's'} in {folder}"


def quotas(rows: int, days: int, start: date) -> list[int]:
    """The number of rows of each day; they add up to `rows`."""
    weights = np.cumsum([WEEKDAYS[(start + timedelta(days=number)).weekday()] for number in range(days)])
    upto = np.round(rows * weights / weights[-1]).astype(int)
    return [int(count) for count in np.diff(upto, prepend=0)]


def join_lines(lines: pa.Array) -> bytes:
    whole = pa.ListArray.from_arrays(pa.array([0, len(lines)], pa.int32()), lines)
    text: bytes = pc.binary_join(whole, "\n")[0].as_buffer().to_pybytes()
    return text


_TIMES = pa.array([f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02} UTC" for second in range(86_400)])


def _lines(shop: Shop, day: date, events: Events) -> pa.Array:
    product = pa.array(events.product)
    category = pa.array(shop.category[events.product])
    cents = shop.cents[events.product]
    hexed = events.session.tobytes().hex()
    session = [
        f"{hexed[at : at + 8]}-{hexed[at + 8 : at + 12]}-{hexed[at + 12 : at + 16]}-"
        f"{hexed[at + 16 : at + 20]}-{hexed[at + 20 : at + 32]}"
        for at in range(0, len(hexed), 32)
    ]
    columns = [
        pc.binary_join_element_wise(str(day), _TIMES.take(pa.array(events.second)), " "),
        pa.array(TYPES).take(pa.array(events.kind)),
        pc.cast(pc.add(product, FIRST_PRODUCT), pa.string()),
        pa.array([str(FIRST_CATEGORY + 7_919 * number) for number in range(len(CATEGORIES))]).take(category),
        pa.array([code or "" for code, *_ in CATEGORIES]).take(category),
        pa.array([brand or "" for brand in shop.brand]).take(product),
        pc.binary_join_element_wise(
            pc.cast(pa.array(cents // 100), pa.string()),
            pc.utf8_lpad(pc.cast(pa.array(cents % 100), pa.string()), 2, "0"),
            ".",
        ),
        pc.cast(pc.add(pa.array(events.visitor), FIRST_VISITOR), pa.string()),
        pa.array(session),
    ]
    return pc.binary_join_element_wise(*columns, ",")


JOB = Command(
    "samples.shop_events",
    shop_events,
    (
        Parameter("output", location, help="folder to write to", is_required=True),
        Parameter("rows", whole_number, 300_000, "total number of lines to write"),
        Parameter("days", A_SPAN, 14, "number of days, starting at start"),
        Parameter("start", calendar_date, date(2019, 10, 1), "first day"),
        Parameter("seed", whole_number, 1, "random seed of the shop"),
        Parameter(
            "dirt",
            bool,
            False,
            "add the errors of real deliveries: repeated, malformed, truncated and impossible lines",
        ),
    ),
)

if __name__ == "__main__":
    run(JOB)
