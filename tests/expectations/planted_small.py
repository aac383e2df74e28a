"""Ten good rows of the tables of accounts, flights and movies, and what breaks each expectation of their suites."""

from typing import Any

from schemas.accounts.clean_accounts import CLEAN_ACCOUNTS
from schemas.accounts.clean_visits import CLEAN_VISITS
from schemas.accounts.rejected_accounts import REJECTED_ACCOUNTS
from schemas.accounts.rejected_visits import REJECTED_VISITS
from schemas.accounts.top_visitors import TOP_VISITORS
from schemas.flights.carrier_delays import CARRIER_DELAYS
from schemas.flights.clean_flights import CLEAN_FLIGHTS
from schemas.flights.rejected_flights import REJECTED_FLIGHTS
from schemas.movies.clean_movies import CLEAN_MOVIES
from schemas.movies.clean_ratings import CLEAN_RATINGS
from schemas.movies.movie_ratings import MOVIE_RATINGS
from schemas.movies.rejected_movies import REJECTED_MOVIES
from schemas.movies.rejected_ratings import REJECTED_RATINGS
from schemas.table import Table
from tests.expectations.planted_events import COUNTS, REFUSED, row, run, weekday

OF_FILE = {"source_file": "/in/a", "run_id": "r"}
BIRTH = {"date_of_birth": "1990-01-02", "date_of_birth_status": "ok", "dateofbirth": "1/2/1990"}
OPENING = {"account_opened_on": "2015-03-04", "account_opened_on_status": "ok", "accountopeningdate": "3/4/2015"}
PERSON = {"name": "Ana", "email": "ana@example.com", **BIRTH, **OPENING, "other_columns": None, **OF_FILE}
ACCOUNTS = [{"customer_id": f"C-{number}", **PERSON} for number in range(10)]
VISITS = [{"user_id": f"{number}", "email": None, "visited_at": "2019-10-01T10:00:00Z", "page": "/", **OF_FILE} for number in range(10)]
OF_VISITS = {"visits": 5, "email": None, "emails": [], "first_day": "2019-10-01", "last_day": "2019-10-01", "time_zone": "UTC"}
VISITORS = [{"rank": number, "user_id": f"{number}", **OF_VISITS} for number in range(1, 11)]
TIMES = {"scheduled_departure": "2013-01-01 05:15", "scheduled_departure_at": "2013-01-01T10:15:00Z", "departure_at": "2013-01-01T10:17:00Z", "arr_delay": 2}
FLIGHT = {
    **dict.fromkeys(CLEAN_FLIGHTS.key),
    "flight_date": "2013-01-01",
    "carrier": "UA",
    "origin": "EWR",
    "dest": "IAH",
    **TIMES,
    "is_cancelled": False,
    "is_diverted": False,
    **OF_FILE,
}
FLIGHTS = [{**FLIGHT, "flight": number} for number in range(10)]
MOVIES = [{"movie_id": number, "title": f"{number}", "year": 1995, "genres": ["Drama"], **OF_FILE} for number in range(10)]
RATINGS = [{"user_id": 1, "movie_id": number, "rating": "3.5", "rated_at": "2001-01-29T01:14:21Z", **OF_FILE} for number in range(10)]
OF_MONTH = {"flights": 1, "arrived": 1, "total_arr_delay": 2, "mean_arr_delay": 2.0, "median_arr_delay": 2.0, "cancelled": 0, "diverted": 0}
DELAYS = [{"carrier": f"A{number}", "month": "2013-01-01", **OF_MONTH} for number in range(10)]
RATED = [{**movie, "ratings": 1, "mean_rating": 3.5, "bayesian_mean": 3.5, "rank": number} for number, movie in enumerate(MOVIES, 1)]

GOOD: dict[Table, tuple[list[dict[str, Any]], dict[Table, list[dict[str, Any]]], dict[str, Any]]] = {
    CLEAN_ACCOUNTS: (ACCOUNTS, {}, COUNTS),
    CLEAN_VISITS: (VISITS, {}, COUNTS),
    TOP_VISITORS: (VISITORS, {CLEAN_VISITS: VISITS}, {}),
    CLEAN_FLIGHTS: (FLIGHTS, {}, COUNTS),
    CARRIER_DELAYS: (DELAYS, {CLEAN_FLIGHTS: FLIGHTS}, {}),
    CLEAN_MOVIES: (MOVIES, {}, COUNTS),
    CLEAN_RATINGS: (RATINGS, {}, COUNTS),
    MOVIE_RATINGS: ([{name: one[name] for name in MOVIE_RATINGS.names} for one in RATED], {CLEAN_RATINGS: RATINGS}, {}),
}
BAD: dict[Table, dict[str, dict[str, Any]]] = {
    CLEAN_ACCOUNTS: {
        "date_of_birth_status is known": row(date_of_birth_status="ambiguous"),
        "account_opened_on_status is known": row(account_opened_on_status="invalid"),
        "a date is there where its status is ok": row(date_of_birth_status="null"),
        "the text of a date is there where the date is": row(accountopeningdate=None),
        "nobody is born before 1900, after the clock or after the opening of the account": row(date_of_birth="2015-03-05"),
        "an address has a name and a domain": row(email="ana"),
        "no account is opened after the clock": row(account_opened_on="2100-01-01"),
        "a customer has one account": row(customer_id="C-1", name="another"),
    },
    CLEAN_VISITS: {
        "visits are from 2000 until the clock": row(visited_at="1999-12-31T23:59:59Z"),
        "an address has a name and a domain": row(email="ana"),
    },
    TOP_VISITORS: {
        "ranks are 1 and up without gaps": row(rank=12),
        "a higher rank has no fewer visits": row(visits=4),
        "the email is one of the emails, and there where they are": row(email="a@b.com"),
        "a visitor has come, first and last in that order": row(last_day="2019-09-30"),
    },
    CLEAN_FLIGHTS: {
        "a flight departs, or is cancelled and did neither depart nor arrive": row(is_cancelled=True),
        "a flight is diverted where it departed and has no delay at arrival": row(is_diverted=True),
        "flight_date is the local day of the planned departure": row(flight_date="2013-01-02"),
        "a departure is within a week of the plan": row(departure_at="2013-01-09T10:17:00Z"),
        "a flight is planned once": row(flight=1, tailnum="another"),
    },
    CARRIER_DELAYS: {
        "a carrier is there for its flights": row(flights=0),
        "flights arrived, were diverted, or were cancelled": row(diverted=1),
        "a mean is there where flights arrived": row(median_arr_delay=None),
        "month is the first day of one": row(month="2013-01-02"),
        "all flights of the months are counted": row(flights=2, cancelled=1),
    },
    CLEAN_MOVIES: {
        "ids are not negative": row(movie_id=-1),
        "a genre is not empty": row(genres=["(no genres listed)"]),
    },
    CLEAN_RATINGS: {
        "ratings are halves from 0.5 to 5.0": row(rating="3.7"),
        "a person rates a movie once": row(movie_id=1, rating="1.0"),
    },
    MOVIE_RATINGS: {
        "ratings is not negative": row(ratings=-1),
        "means are within the scale": row(bayesian_mean=5.5),
        "a mean and a rank are there where there are ratings": row(mean_rating=None),
        "every rating is of a movie that is known": row(ratings=2),
        "ranks are 1 and up without gaps": row(rank=12),
    },
}
for table in (REJECTED_ACCOUNTS, REJECTED_VISITS, REJECTED_FLIGHTS, REJECTED_MOVIES, REJECTED_RATINGS):
    GOOD[table] = ([{**one, "problems": ["encoding"]} for one in REFUSED], {}, {"rows_rejected": 8, "rows_late": 2})
    BAD[table] = {
        "as many rows as the input has refused ones": run(rows_late=3),
        "the line is kept, but for a forgotten person's": row(raw_line=None),
        "every row has a reason, and only known ones": row(problems=["bad_mood"]),
        "raw_line is valid text": row(raw_line="a\0b"),
        "received_on is the date of the clock": row(received_on="2026-11-19"),
        "no more rows are refused than on its weekday": weekday(usual_refusals=160.0),
    }
BAD[REJECTED_ACCOUNTS]["no file is undecidable as to which is the day and which the month"] = row(problems=["ambiguous_date_of_birth"])
for table, planted in BAD.items():
    planted.update({f"{name} is given": row(**{name: None}) for name in table.required})
    planted.update({"each row is there once": {"repeats": list(table.key)}} if table.key else {})
    planted.update({"as many rows as the input has good new ones": run(rows_read=14)} if table.is_clean else {})
