"""Generate tweets of made people about a summer in Croatia, as API version 1.1 writes them.

The same seed generates the same bytes. A few authors are influential: many follow, retweet and mention them, and each
writes about one place. Some tweets come again with higher counters, and some are deleted later.
"""

import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

from jobs.runtime.job import Command, Parameter
from jobs.runtime.parameters import A_SPAN, calendar_date, location, whole_number
from jobs.runtime.run import run

# Author, number of followers, and the place of the author's tweets in the forms of the texts below.
INFLUENCERS = (
    ("ana_putuje", 84_000, ("Plitvička jezera", "Plitvičkim jezerima")),
    ("more_i_otoci", 61_000, ("Hvar", "Hvaru")),
    ("zagreb_danas", 47_000, ("Zagreb", "Zagrebu")),
    ("istra_gourmet", 33_000, ("Rovinj", "Rovinju")),
    ("dubrovnik_walks", 29_000, ("Dubrovnik", "Dubrovniku")),
)
# The nominative and the locative of other places.
PLACES = (
    ("Split", "Splitu"),
    ("Zadar", "Zadru"),
    ("Rijeka", "Rijeci"),
    ("Osijek", "Osijeku"),
    ("Šibenik", "Šibeniku"),
    ("Makarska", "Makarskoj"),
    ("Pula", "Puli"),
    ("Varaždin", "Varaždinu"),
    ("Vinkovci", "Vinkovcima"),
    ("Karlovac", "Karlovcu"),
)
GLAD = (
    ("hr", "Prekrasan dan u {where}, mali je raj na zemlji 😍"),
    ("en", "What a wonderful evening in {place}! I love this city"),
    ("hr", "Najbolja večera ovog ljeta u {where} #hrana #ljeto"),
    ("hr", "#{tag} je čaroban, vraćamo se sigurno"),
    ("en", "Amazing beaches near {place} &amp; great people"),
)
SAD = (
    ("hr", "Gužva i užasna vrućina u {where}, nikad više"),
    ("en", "Terrible traffic on the way to {place}, we lost four hours"),
    ("hr", "Hotel u {where} je bio razočaranje, prljavo i preskupo"),
)
PLAIN = (
    ("hr", "Sutra putujemo, preporuke za {place}?"),
    ("hr", "Trajekt kreće u 8, stižemo u podne"),
    ("en", "Good morning from {place}"),
    ("hr", "Kava pa posao, lijep pozdrav svima"),
)
FIRST_TWEET_TIME = datetime(2010, 11, 4, 1, 42, 54, 657_000, tzinfo=UTC)
AUTHORS_PER_TWEET = 0.12


class Network:
    """The people, and what they post."""

    def __init__(self, random: Random, tweets: int) -> None:
        self.random = random
        count = max(20, int(tweets * AUTHORS_PER_TWEET))
        self.users = [self._user(number, name, followers) for number, (name, followers, _) in enumerate(INFLUENCERS)]
        self.users += [
            self._user(number, f"putnik_{number}", int(random.lognormvariate(4.5, 1)))
            for number in range(len(INFLUENCERS), count)
        ]
        self.by_influencers: list[dict[str, Any]] = []

    def _user(self, number: int, name: str, followers: int) -> dict[str, Any]:
        place, _ = self.random.choice(PLACES)
        return {
            "id": 1_000 + number,
            "id_str": str(1_000 + number),
            "screen_name": name,
            "location": self.random.choice((f"{place}, Hrvatska", "Croatia", "", "na putu")),
            "followers_count": followers,
            "friends_count": self.random.randint(20, 900),
        }

    def tweet(self, at: datetime, number: int) -> dict[str, Any]:
        """A tweet of an influencer, or of another person, who may retweet or mention one."""
        random = self.random
        is_influencer = random.random() < 0.15
        author = random.randrange(len(INFLUENCERS)) if is_influencer else random.randrange(len(self.users))
        if not is_influencer and self.by_influencers and random.random() < 0.3:
            return self._retweet(at, number, author)
        names = INFLUENCERS[author][2] if author < len(INFLUENCERS) else random.choice(PLACES)
        lang, text = random.choice(random.choices((GLAD, SAD, PLAIN), (5, 2, 3))[0])
        text = text.format(place=names[0], where=names[1], tag=names[0].replace(" ", ""))
        mentions = []
        if author >= len(INFLUENCERS) and random.random() < 0.2:
            mentioned = self.users[random.randrange(len(INFLUENCERS))]
            text = f"@{mentioned['screen_name']} {text}"
            mentions = [{"screen_name": mentioned["screen_name"], "id_str": mentioned["id_str"]}]
        tweet = self._object(at, number, author, lang, text, mentions)
        if author < len(INFLUENCERS):
            self.by_influencers.append(tweet)
        return tweet

    def _retweet(self, at: datetime, number: int, author: int) -> dict[str, Any]:
        original = self.random.choice(self.by_influencers[-200:])
        text = f"RT @{original['user']['screen_name']}: {original['text']}"
        return {**self._object(at, number, author, original["lang"], text, []), "retweeted_status": original}

    def _object(
        self, at: datetime, number: int, author: int, lang: str, text: str, mentions: list[dict[str, str]]
    ) -> dict[str, Any]:
        user, random = self.users[author], self.random
        milliseconds = (at - FIRST_TWEET_TIME) // timedelta(milliseconds=1)
        tweet_id = (milliseconds << 22) + number % (1 << 22)
        reach = user["followers_count"] / 100
        return {
            "created_at": f"{at:%a %b %d %H:%M:%S} +0000 {at.year}",
            "id": tweet_id,
            "id_str": str(tweet_id),
            "text": text,
            "truncated": False,
            "user": user,
            "entities": {
                "hashtags": [{"text": word[1:]} for word in text.split() if word.startswith("#")],
                "user_mentions": mentions,
                "urls": [],
            },
            "lang": lang,
            "place": None,
            "coordinates": None,
            "retweet_count": int(reach * random.random() / 4),
            "favorite_count": int(reach * random.random()),
        }


def tweets(output: str, rows: int, days: int, start: date, seed: int) -> str:
    """Write one file of JSON lines per day, `rows` tweets in total, and some of them again or deleted."""
    folder, random = Path(output), Random(seed)  # noqa: S311
    folder.mkdir(parents=True, exist_ok=True)
    network, before = Network(random, rows), list[dict[str, Any]]()
    for number in range(days):
        day, first, last = start + timedelta(days=number), rows * number // days, rows * (number + 1) // days
        seconds = sorted(random.randrange(86_400) for _ in range(last - first))
        begin = datetime.combine(day, time(), UTC)
        made = [network.tweet(begin + timedelta(seconds=at), first + place) for place, at in enumerate(seconds)]
        lines = [*made, *_again(random, before), *_deleted(random, before)]
        text = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
        (folder / f"tweets_{day}.jsonl").write_text(f"{text}\n" if text else "", encoding="utf-8")
        before = made
    return f"{rows:,} tweet{'' if rows == 1 else 's'} of {days} day{'' if days == 1 else 's'} in {folder}"


def _again(random: Random, made: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Some tweets of the day before with higher counters."""
    chosen = random.sample(made, len(made) // 20)
    return [{**tweet, "favorite_count": tweet["favorite_count"] + random.randint(1, 9)} for tweet in chosen]


def _deleted(random: Random, made: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Deletions of some tweets of the day before that no one retweets."""
    own = [tweet for tweet in made if tweet["user"]["id"] >= 1_000 + len(INFLUENCERS)]
    return [
        {"delete": {"status": {"id_str": tweet["id_str"], "user_id_str": tweet["user"]["id_str"]}}}
        for tweet in random.sample(own, len(own) // 100)
    ]


JOB = Command(
    "samples.tweets",
    tweets,
    (
        Parameter("output", location, help="folder to write to", is_required=True),
        Parameter("rows", whole_number, 5_000, "number of tweets to write"),
        Parameter("days", A_SPAN, 30, "number of days, starting at start"),
        Parameter("start", calendar_date, date(2019, 7, 1), "first day"),
        Parameter("seed", whole_number, 1, "random seed of the people and their tweets"),
    ),
)

if __name__ == "__main__":
    run(JOB)
