"""Zones of places, as an option tells them."""

from argparse import ArgumentTypeError as Unfit

from jobs.readers import time_zone


def zones(text: str) -> dict[str, str]:
    """Places with their zones."""
    pairs = [pair.partition("=") for pair in text.split(",")]
    if not all(place.strip() and zone.strip() for place, _, zone in pairs):
        raise Unfit(f"{text!r} is not of the form BOS=America/New_York,SFO=America/Los_Angeles")
    return {place.strip().upper(): time_zone(zone.strip()) for place, _, zone in pairs}
