"""Wording of messages."""

from jobs.runtime.wording import count, one_line, printable


def test_a_noun_is_counted() -> None:
    assert [count(number, "file") for number in (0, 1, 2_000)] == ["0 files", "1 file", "2,000 files"]
    assert [count(number, "branch", "branches") for number in (1, 2)] == ["1 branch", "2 branches"]


def test_no_text_can_change_a_terminal() -> None:
    assert printable("a\tb\nč 漢 😀") == "a\tb\nč 漢 😀"
    assert printable("bra\u200bnd\ufeff\u2060") == r"bra\u200bnd\ufeff\u2060"
    assert printable("\x1b[31m\x07\r\x9b\u202e") == r"\x1b[31m\x07\r\x9b\u202e"
    every = "".join(map(chr, range(0x110000)))
    assert not [one for one in printable(every) if (ord(one) < 32 and one not in "\t\n") or 127 <= ord(one) < 160]


def test_a_name_within_a_line_is_one_line() -> None:
    assert one_line("a\n2019-10-01 \tforged\r\x1b[31m") == r"a\n2019-10-01 \tforged\r\x1b[31m"
    assert one_line("a" * 100) == "a" * 100
    assert one_line("a" * 2_100) == "a" * 100 + "…"
