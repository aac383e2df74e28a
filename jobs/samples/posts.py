"""Generate posts of made Facebook pages about a summer in Croatia, as the Graph API writes them.

The same seed generates the same bytes. Each page writes about one place, in Croatian or in English. Some posts are a
photo or an event without a message, and some come again on the next day with higher counters.
"""

import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

from jobs.runtime.job import Command, Parameter
from jobs.runtime.parameters import A_SPAN, calendar_date, location, whole_number
from jobs.runtime.run import run
from jobs.samples.tweets import INFLUENCERS, PLACES

# The nominative and the locative of the place of each page.
PAGES = tuple(
    (f"{104_275_000_000_000 + number}", f"Doživi {forms[0]}", forms)
    for number, forms in enumerate((*(forms for _, _, forms in INFLUENCERS), *PLACES[:3]))
)
MESSAGES = (
    "Dobro jutro! Danas je u {where} sunčano, 28 stupnjeva ☀️",
    "Ljeto u {where} tek počinje: pogledajte program na https://example.com/ljeto #{tag} #ljeto",
    "Hvala svima koji su sinoć bili s nama u {where}, bilo je prekrasno!",
    "Zbog gužve u {where} krenite ranije, parkirališta su puna.",
    "{place} &amp; more: pet mjesta koja ne smijete propustiti",
    "Good morning from {place}! It is sunny today, 28 degrees",
    "What a night in {place}, thank you all for coming #{tag}",
    "The bus to {place} is late today, we are sorry for the delay.",
)
# The type of a post without a message, and what Facebook says of it.
STORIES = (("photo", "{page} added a new photo."), ("event", "{page} created an event."))
FIRST_POST = 2_310_000_000_000_000


def _post(random: Random, at: datetime, number: int) -> dict[str, Any]:
    page_id, page, (place, where) = random.choice(PAGES)
    post_id, reach = f"{page_id}_{FIRST_POST + number}", int(random.lognormvariate(4, 1))
    if random.random() < 0.1:
        kind, story = random.choice(STORIES)
        content = {"story": story.format(page=page), "type": kind}
    else:
        message = random.choice(MESSAGES).format(place=place, where=where, tag=place.replace(" ", ""))
        content = {"message": message, "type": random.choice(("status", "photo", "link"))}
    return {
        "id": post_id,
        "created_time": f"{at:%Y-%m-%dT%H:%M:%S}+0000",
        "from": {"name": page, "id": page_id},
        **content,
        "permalink_url": f"https://www.facebook.com/{post_id.replace('_', '/posts/')}",
        **_counters(reach, random.randint(0, 1 + reach // 8), random.randint(0, reach // 10)),
    }


def _counters(reactions: int, comments: int, shares: int) -> dict[str, Any]:
    """The counters of a post. The API leaves out shares if there are none."""
    return {
        "reactions": {"data": [], "summary": {"total_count": reactions}},
        "comments": {"data": [], "summary": {"total_count": comments}},
        **({"shares": {"count": shares}} if shares else {}),
    }


def posts(output: str, rows: int, days: int, start: date, seed: int) -> str:
    """Write one file of JSON lines per day, `rows` posts in total, and some of them again."""
    folder, random = Path(output), Random(seed)  # noqa: S311
    folder.mkdir(parents=True, exist_ok=True)
    before = list[dict[str, Any]]()
    for number in range(days):
        day, first, last = start + timedelta(days=number), rows * number // days, rows * (number + 1) // days
        seconds = sorted(random.randrange(86_400) for _ in range(last - first))
        begin = datetime.combine(day, time(), UTC)
        made = [_post(random, begin + timedelta(seconds=at), first + place) for place, at in enumerate(seconds)]
        lines = [json.dumps(post, ensure_ascii=False) for post in (*made, *_again(random, before))]
        (folder / f"posts_{day}.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        before = made
    return f"{rows:,} post{'' if rows == 1 else 's'} of {days} day{'' if days == 1 else 's'} in {folder}"


def _again(random: Random, made: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Some posts of the day before with higher counters."""
    return [{**post, **_counters(*_grown(random, post))} for post in random.sample(made, len(made) // 5)]


def _grown(random: Random, post: dict[str, Any]) -> tuple[int, int, int]:
    counts = (post["reactions"]["summary"]["total_count"], post["comments"]["summary"]["total_count"])
    reactions, comments = (count + random.randint(1, 9) for count in counts)
    return reactions, comments, post.get("shares", {}).get("count", 0) + random.randint(1, 9)


JOB = Command(
    "samples.posts",
    posts,
    (
        Parameter("output", location, help="folder to write to", is_required=True),
        Parameter("rows", whole_number, 600, "number of posts to write"),
        Parameter("days", A_SPAN, 30, "number of days, starting at start"),
        Parameter("start", calendar_date, date(2019, 7, 1), "first day"),
        Parameter("seed", whole_number, 1, "random seed of the posts"),
    ),
)

if __name__ == "__main__":
    run(JOB)
