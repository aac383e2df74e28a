"""Headers of CSV files: names that look the same are the same, and what is no header is said to be none."""

import unicodedata
from pathlib import Path

import pytest

from jobs.runtime.errors import BadInput
from jobs.runtime.ingest.headers import Header, check_header, read_csv_header
from schemas.ecommerce.raw_events import RAW_EVENTS

NAMES = tuple(RAW_EVENTS.names)
UNSEEN = ("\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u200e", "\u202a\u202c")


def test_a_name_may_have_characters_that_are_not_seen_and_any_form() -> None:
    for sign in UNSEEN:
        for position in (0, 3, len("price")):
            fields = tuple(
                "price"[:position] + sign + "price"[position:] if name == "price" else name for name in NAMES
            )
            assert Header("", fields).with_names(NAMES).fields == NAMES
    for form in ("NFC", "NFD"):
        asked = unicodedata.normalize(form, "währung")
        other = unicodedata.normalize("NFD" if form == "NFC" else "NFC", asked)
        assert Header("", ("a", other, "b")).with_names(["b", asked]).fields == ("a", asked, "b")


def test_a_name_that_is_there_is_not_replaced() -> None:
    for fields in (("price", "pri\u200bce"), ("pri\u200bce", "price"), ("\u200b", "x"), ("Price", "x")):
        assert Header("", fields).with_names(["price", "brand"]).fields == fields


def refusal(*fields: str) -> str:
    with pytest.raises(BadInput) as caught:
        check_header("in/a.csv", Header(",".join(fields), fields), RAW_EVENTS, {name: name for name in NAMES}, {})
    return str(caught.value)


@pytest.mark.parametrize("encoding", ["cp1251", "shift_jis", "gb18030", "cp037", "koi8-r"])
def test_a_header_in_another_encoding_is_named(encoding: str) -> None:
    fields = ["время", "товар", "цена"] if encoding != "cp037" else ["event_time", "price"]
    text = ",".join(fields).encode(encoding).decode("utf-8", errors="replace")
    assert refusal(*text.split(",")).endswith("begins with bytes that are not text in UTF-8; save it as CSV in UTF-8")


def test_a_line_of_data_gets_the_advice_that_fits() -> None:
    row = ["2019-10-01 00:00:00 UTC", "view", "1", "2", "a.b", "acme", "1.50", "7", "s"]
    assert f"; use --no_header if its columns are {','.join(NAMES)}" in refusal(*row)
    assert "with data, not with a header; if it has another delimiter: --delimiter ';'" in refusal(";".join(row))
    for fields in (["404 Not Found"], row[:8], [*row, "1"]):
        message = refusal(*fields)
        assert "use --no_header" not in message
        assert f"has {len(fields)} field" in message


def test_a_header_with_line_breaks_is_the_first_record(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b'\r\n \r\nid,"first\r\nname"\r\n1,"a"\r\n')
    assert read_csv_header(str(path), ",", multi_line=True) == Header('id,"first\r\nname"', ("id", "first\r\nname"))
    assert read_csv_header(str(path), ",").line == 'id,"first'
    path.write_bytes(b'id,name\r1,"a\rb"\r')
    assert read_csv_header(str(path), ",") == Header("id,name", ("id", "name"))
    with pytest.raises(BadInput, match="end in CR alone; with --multi_line, they must end in LF or CRLF"):
        read_csv_header(str(path), ",", multi_line=True)
