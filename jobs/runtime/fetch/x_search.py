"""Recent search of version 2 of the API of X: https://api.x.com/2/tweets/search/recent."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from jobs.runtime.fetch.http_client import HttpClient, RequestRefused
from jobs.runtime.fetch.page_source import Item, Page, PageSource, SinceRefused, item_id, json_line, parse_errors

API = "https://api.x.com"
_FIELDS = {
    "tweet.fields": "author_id,created_at,entities,geo,in_reply_to_user_id,lang,note_tweet,public_metrics,"
    "referenced_tweets",
    "expansions": "author_id,geo.place_id,referenced_tweets.id,referenced_tweets.id.author_id",
    "user.fields": "location,public_metrics,username",
    "place.fields": "country_code,full_name",
}
_PER_PAGE = 100


def tweet_pages(client: HttpClient, query: str, api: str = API) -> PageSource:
    """Reads pages of tweets that match the query, newest first. `since` is the id of a tweet."""

    def read(cursor: str | None, since: str | None, _until: str | None) -> Page:
        wanted = {"query": query, "max_results": str(_PER_PAGE), **_FIELDS, "next_token": cursor, "since_id": since}
        given = {name: value for name, value in wanted.items() if value}
        try:
            reply = client.get(f"{api}/2/tweets/search/recent?{urlencode(given)}")
        except RequestRefused as refusal:
            if since and "since_id" in str(refusal):
                raise SinceRefused(str(refusal)) from refusal
            raise
        with parse_errors():
            tweets, includes = reply.get("data") or [], reply.get("includes") or {}
            return Page([_item(tweet, includes) for tweet in tweets], (reply.get("meta") or {}).get("next_token"))

    return PageSource(client, read)


def _item(tweet: Mapping[str, Any], includes: Mapping[str, Any]) -> Item:
    """A tweet with the objects of the page that it refers to, as they were received."""
    tweets = _with_ids(includes.get("tweets"), [one.get("id") for one in tweet.get("referenced_tweets") or []])
    people = [tweet.get("author_id"), tweet.get("in_reply_to_user_id"), *(one.get("author_id") for one in tweets)]
    related = {
        "users": _with_ids(includes.get("users"), people),
        "tweets": tweets,
        "places": _with_ids(includes.get("places"), [(tweet.get("geo") or {}).get("place_id")]),
    }
    line = {"data": tweet, "includes": {name: objects for name, objects in related.items() if objects}}
    return Item(item_id(tweet["id"]), json_line(line), item_id(tweet["id"]))


def _with_ids(objects: Iterable[Mapping[str, Any]] | None, ids: Iterable[str | None]) -> list[Mapping[str, Any]]:
    wanted = set(ids)
    return [one for one in objects or [] if one.get("id") in wanted]
