"""Which types hold all values of others."""

import re

from schemas.cdc_feed import INFERRED_TYPE

# Each type holds all values of those before it.
INTEGERS = ("tinyint", "smallint", "int", "bigint")
_WIDENING = (INTEGERS, ("float", "double"))


def common_type(left: str, right: str) -> str | None:
    """The narrowest type to which both can be widened; None if there is none."""
    if left in (right, INFERRED_TYPE):
        return right
    for kinds in _WIDENING:
        if left in kinds and right in kinds:
            return max(left, right, key=kinds.index)
    matches = [re.fullmatch(r"decimal\((\d+),(\d+)\)", kind) for kind in (left, right)]
    if all(matches):
        (p, s), (q, r) = ((int(match[1]), int(match[2])) for match in matches if match)
        return f"decimal({max(p, q)},{s})" if s == r else None
    return None
