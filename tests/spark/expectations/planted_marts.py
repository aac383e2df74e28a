"""Good rows of the marts, built from a small shop, and a violation of each query of their suites.

Violations of the other expectations are derived: see `breaking` in test_suites_bite.py.
"""

import json
from datetime import UTC, date, datetime
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.runtime.spark.small_frames import local_frame
from schemas.ecommerce.abandoned_carts import ABANDONED_CARTS
from schemas.ecommerce.brand_category_gaps import BRAND_CATEGORY_GAPS
from schemas.ecommerce.brand_gaps import BRAND_GAPS
from schemas.ecommerce.cart_abandonment import CART_ABANDONMENT
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.ecommerce.shopping_funnel import SHOPPING_FUNNEL
from schemas.ecommerce.top_categories import TOP_CATEGORIES
from schemas.ecommerce.unique_visitors import UNIQUE_VISITORS
from schemas.ecommerce.visitor_days import VISITOR_DAYS
from schemas.ecommerce.visitor_first_seen import VISITOR_FIRST_SEEN
from schemas.ecommerce.visitor_lifecycle import VISITOR_LIFECYCLE
from schemas.table import Table
from tests.marts import MARTS, seen, shop

Row = dict[str, Any]
AS_OF = datetime(2019, 10, 13, tzinfo=UTC)
EVENTS = shop(["2019-10-01", "2019-10-03", "2019-10-04", "2019-10-12"])
ZONE = {"the zone is the one that was asked for": {"row": {"time_zone": "Europe/Zagreb"}}}
PERIOD = {"the period is whole days before as_of": {"row": {"period_end": "2019-10-13"}}}
OF_BRANDS: dict[str, Row] = {
    "carters and buyers are viewers": {"row": {"carters": 1000}},
    "p is given exactly where q is, and no q is below its p": {"row": {"v2c_p": 0.5}},
    "insufficient data is where no rate has a q, and is the class then": {"row": {"primary_class": "healthy"}},
    "the class is a flag that holds": {"row": {"primary_class": "checkout_gap"}},
}

# table: query -> the change to the first row that violates it
BROKEN_BY: dict[Table, dict[str, Row]] = {
    VISITOR_DAYS: {
        "the events, purchases, visitors and sessions of a day are those of clean_events before as_of": {
            "row": {"sessions": 0}
        },
        **ZONE,
    },
    UNIQUE_VISITORS: {
        "new and returning visitors are all visitors": {"row": {"returning_visitors": 99}},
        "stickiness is given for days only": {"row": {"grain": "week", "stickiness": 0.5}},
        "every event of visitor_days is counted once per grain": {"row": {"events": 99}},
        "visitor_days is of the same zone": {"run": {"time_zone": "Europe/Zagreb"}},
        "every visitor is new on one day": {"row": {"new_visitors": 99}},
        "every day from the first event to the last is there": {"row": {"grain": "week"}},
        **ZONE,
    },
    VISITOR_LIFECYCLE: {
        "every week has its four states": {"row": {"week": "2019-09-23"}},
        "who came in a week is new, retained or resurrected, and a week later retained or churned": {
            "row": {"visitors": 9}
        },
        "visitor_days is of the same zone": {"run": {"time_zone": "Europe/Zagreb"}},
        "every visitor is new in one week": {"row": {"state": "new", "visitors": 9}},
        **ZONE,
    },
    ABANDONED_CARTS: {
        "a line ends after its last add, and the last add is not before the first": {
            "row": {"first_cart_at": "2019-10-12 23:59:59"}
        },
        "an abandoned or recovered line says since when, no other does": {"row": {"status": "open"}},
        "a bought line has its price, no other has": {"row": {"purchase_price": "1.00"}},
        "an open line is not closed, a bought or removed one is": {"row": {"status": "purchased", "closed_at": None}},
        "the hours to close are those from the first add, given exactly for closed lines": {
            "row": {"closed_at": "2019-10-12 12:00:00", "hours_to_close": 7.0}
        },
        "the value at risk is the last price": {"row": {"value_at_risk": "7.00"}},
        "nothing happened at or after as_of": {"row": {"last_cart_at": "2019-10-13 00:00:00"}},
        "day is the local day of the last add": {"row": {"day": "2019-10-02"}},
        "every cart event of clean_events before as_of is an add of one line": {"row": {"adds": 7}},
        **ZONE,
    },
    CART_ABANDONMENT: {
        "closed and open carts are all carts": {"row": {"removed": 9}},
        "sessions have neither recovered nor open carts nor values, all others have": {"row": {"recovered": None}},
        "every line of abandoned_carts is counted once": {"row": {"grain": "line", "carts": 9}},
        "rates are those of the counts": {"row": {"abandonment_rate_final": 0.123}},
        "values are those of the lines of the day": {"row": {"grain": "line", "value_at_risk": "77.00"}},
        "abandoned_carts is of the same zone, hours, days and as_of": {"run": {"abandon_after_hours": 25}},
        "a day is final alike for all, and no day after one that is not": {"row": {"final": False}},
        "every user of a day is counted once": {"row": {"grain": "user", "carts": 9}},
        "every session of a day with a cart is counted once": {"row": {"grain": "session", "carts": 9}},
        **ZONE,
    },
    SHOPPING_FUNNEL: {
        "every day has its three steps": {"row": {"day": "2019-10-02"}},
        "who reached the step before is in, dropped off or pending": {"row": {"drop_off": 99, "pending": 99}},
        "rates are those of the counts": {"row": {"overall_rate": 0.77}},
        "nobody drops off from a view": {"row": {"step": "view", "drop_off": 1}},
        "every visitor and product viewed on a day enters once": {"row": {"step": "view", "entered": 99}},
        **ZONE,
    },
    TOP_CATEGORIES: {
        "a slot is one of its kind": {"row": {"slot_kind": "weekday", "slot": 0}},
        "something is counted": {"row": {"value": 0}},
        "shares add to 1 in every level and slot": {"row": {"share": 0.77}},
        "ranks are dense in every level and slot, and follow the values": {"row": {"rank": 7}},
        "lift is the share over the base, and what is per occurrence is that of the value": {"row": {"lift": 7.0}},
        "all but (unknown) are ranked": {"row": {"category": "a", "rank": None}},
        "a promotion is eligible, well above its usual share, and one of k": {
            "row": {"is_promotion": True, "eligible": False}
        },
        "the share is inside its bounds": {"row": {"share": 0.5, "share_low": 0.6}},
        "every purchase of the period is counted once per level and kind of slot": {"row": {"purchases": 77}},
        **PERIOD,
        **ZONE,
    },
    BRAND_CATEGORY_GAPS: {
        **OF_BRANDS,
        "q is NULL exactly where there are too few": {"row": {"v2c_q": 0.5}},
        "a rate is inside its bounds, and the gap is its distance from the peers": {
            "row": {"v2c": 0.0, "v2c_low": 0.1}
        },
        "a brand is no more than its category": {"row": {"views": 999}},
        "every view of a brand in the period is counted once": {"row": {"views": 999}},
        **PERIOD,
        **ZONE,
    },
    BRAND_GAPS: {
        **OF_BRANDS,
        "ranks are dense and follow the missed revenue": {"row": {"rank": 7}},
        "ratio and missed revenue are those of what was expected": {"row": {"missed_revenue": "77.00"}},
        "a rate that is judged has enough viewers and a sign that is its z's": {"row": {"v2c_q": 0.5}},
        "a brand is the sum of its categories": {"row": {"viewers": 99}},
        "missed buyers are those expected less those there": {"row": {"missed_buyers": 99.0}},
        "q is NULL where a brand or its peers have too few viewers": {"row": {"insufficient_data": False}},
    },
}


def good_rows(spark: SparkSession, table: Table) -> list[Row]:
    """The mart of the small shop, as dicts."""
    built = MARTS[table].of(local_frame(spark, CLEAN_EVENTS, EVENTS), AS_OF, "UTC")
    return [json.loads(row[0]) for row in built.orderBy(*table.key).select(F.to_json(F.struct(*table.names))).collect()]


def inputs(spark: SparkSession) -> dict[str, DataFrame]:
    """The tables that the queries of the marts read."""
    events = local_frame(spark, CLEAN_EVENTS, EVENTS)
    read = (VISITOR_DAYS, ABANDONED_CARTS, BRAND_CATEGORY_GAPS)
    marts = {table.stem: MARTS[table].of(events, AS_OF, "UTC") for table in read}
    return {CLEAN_EVENTS.stem: events, VISITOR_FIRST_SEEN.stem: seen(events), **marts}


def options(table: Table) -> dict[str, Any]:
    """The options that the run passes to the queries."""
    return {
        "as_of": AS_OF,
        "time_zone": "UTC",
        "first_day": date(2019, 10, 1),
        "last_day": date(2019, 10, 12),
        **MARTS[table].options,
    }
