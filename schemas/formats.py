"""Patterns of text that options and columns share."""

# A dot-atom of RFC 5322 at a domain of RFC 1123, within the lengths of RFC 5321; no quoted names, no IP addresses.
EMAIL = (
    r"\A(?=.{1,254}\z)(?=.{1,64}@)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+([A-Za-z]{2,63}|[Xx][Nn]--[A-Za-z0-9-]{1,58}[A-Za-z0-9])\z"
)
