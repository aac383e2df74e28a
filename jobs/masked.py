"""What is repeated to nobody: passwords, and the e-mail addresses of people."""

import re

_HIDDEN = {
    r"(://)[^/\s@]+@": r"\1***@",
    r"(?i)((?:password|secret|token|signature|api_?key)\w*=)[^\s&,;]+": r"\1***",
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+": "***@***",
}


def masked(text: str) -> str:
    """The text without what may stand in the message of an error or in a parameter, and in no log or table."""
    for sign, instead in _HIDDEN.items():
        text = re.sub(sign, instead, text)
    return text
