"""Corrupt sample data the way real deliveries are corrupted."""

from collections.abc import Callable

import numpy as np

# Each function takes the fields of a valid line and returns an invalid line; the comment is the resulting problem.
FAULTS: tuple[Callable[[list[bytes]], bytes], ...] = (
    lambda fields: b",".join(fields[:5]),  # truncated_or_malformed
    lambda fields: b",".join([*fields, b"more"]),  # truncated_or_malformed
    lambda fields: b",".join([*fields[:5], b'"' + fields[5], *fields[6:]]),  # truncated_or_malformed
    lambda fields: b",".join([*fields[:5], b"caf\xe9", *fields[6:]]),  # encoding
    lambda fields: b",".join([b"now", *fields[1:]]),  # unparsable_time
    lambda fields: b",".join([fields[0].replace(b" ", b"T25:", 1), *fields[1:]]),  # unparsable_time
    lambda fields: b",".join([b"2219" + fields[0][4:], *fields[1:]]),  # future
    lambda fields: b",".join([b"1970-01-01 00:00:00 UTC", *fields[1:]]),  # too_old
    lambda fields: b",".join([fields[0], b"hover", *fields[2:]]),  # unknown_event_type
    lambda fields: b",".join([*fields[:2], b"N/A", *fields[3:]]),  # bad_product_id
    lambda fields: b",".join([*fields[:3], b"2.05301E+18", *fields[4:]]),  # bad_category_id
    lambda fields: b",".join([*fields[:6], b"NaN", *fields[7:]]),  # bad_price
    lambda fields: b",".join([*fields[:6], b"-" + fields[6], *fields[7:]]),  # bad_price
    lambda fields: b",".join([*fields[:6], b"1e3", *fields[7:]]),  # bad_price
    lambda fields: b",".join([*fields[:7], b"99999999999999999999", fields[8]]),  # bad_user_id
    lambda fields: b",".join(
        [fields[0], b"NOW", *fields[2:6], b"", b"", fields[8]]
    ),  # unknown_event_type, bad_price, bad_user_id
)
# Unusual but valid lines, which are kept.
QUIRKS: tuple[Callable[[list[bytes]], bytes], ...] = (
    lambda fields: b",".join([fields[0], b" " + fields[1].upper(), *fields[2:]]),
    lambda fields: b",".join([*fields[:5], fields[5].upper() + b" ", *fields[6:]]),
    lambda fields: b",".join([fields[0].removesuffix(b" UTC"), *fields[1:]]),
    lambda fields: b",".join([*fields[:3], b"", *fields[4:]]),
    lambda fields: b",".join([*fields[:8], b""]),
    lambda fields: b",".join([*fields[:6], fields[6] + b"49", *fields[7:]]),
)
FAULT_RATE, QUIRK_RATE, REPEAT_RATE = 0.010, 0.006, 0.004


def corrupt_lines(text: bytes, random: np.random.Generator) -> bytes:
    """Corrupt lines in place: 1 % become invalid, 0.6 % unusual but valid, 0.4 % a repetition of another line."""
    lines = text.split(b"\n")
    counts = [int(len(lines) * share) for share in (FAULT_RATE, QUIRK_RATE, REPEAT_RATE)]
    faulty, quirky, repeated = np.split(random.choice(len(lines), sum(counts), replace=False), np.cumsum(counts)[:2])
    for positions, changes in ((faulty, FAULTS), (quirky, QUIRKS)):
        for number, position in enumerate(positions):
            lines[position] = changes[number % len(changes)](lines[position].split(b","))
    for position in repeated:
        lines[position] = lines[position - 1]
    return b"\n".join(lines)
