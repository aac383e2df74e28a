"""Notices from templates: the content of a value is never interpreted."""

from pathlib import Path

import pytest

from jobs.runtime.errors import BadInput
from jobs.runtime.notify import mail
from jobs.runtime.notify.rendering import render_builtin, render_file
from tests.faults import fault

ENDED = {"job": "ecommerce.daily", "code": 3, "means": "refused", "message": "no rows", "run_id": "r", "lake": "/lake"}


@fault("S02", injected="HTML and line breaks as names in mails", checked="inert")
def test_html_in_a_value_is_text() -> None:
    notice = render_builtin(
        "top_visitor", {"rank": 1, "name": "<img src=x onerror=alert(1)>", "visits": 3, "last_day": "2019-10-01"}
    )
    assert "&lt;img src=x" in notice.html
    assert "<img" not in notice.html
    assert "<img src=x" in notice.text


@fault("S02")
def test_a_line_break_in_a_value_makes_no_head_of_a_mail() -> None:
    notice = render_builtin("run_ended", {**ENDED, "job": "x\r\nBcc: eve@example.com\nX: y"})
    assert notice.subject == "Weir: x Bcc: eve@example.com X: y ended with 3"
    written = mail.build_message(notice, "weir@example.com", "ana@example.com", "mark")
    assert (written["Subject"], written["Bcc"], written["X"]) == (notice.subject, None, None)


def test_a_template_of_ones_own_has_its_subject_in_its_first_line(tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text("For {{ name }}\n\nHello {{ name }} <3\n")
    notice = render_file(str(tmp_path / "own.txt"), {"name": "Ana & Co"})
    assert (notice.subject, notice.text, notice.html) == (
        "For Ana & Co",
        "Hello Ana & Co <3\n",
        "<pre>Hello Ana &amp; Co &lt;3\n</pre>",
    )
    (tmp_path / "own.html").write_text("<b>{{ name }}</b>")
    assert render_file(str(tmp_path / "own.txt"), {"name": "Ana & Co"}).html == "<b>Ana &amp; Co</b>"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Hello {{ nobody }}\n", "'nobody' is undefined"),
        ("Hello {{ name / 0 }}\n", "TypeError"),
        ("{{ {'x': 1}[name] }}\n", "own.txt cannot be rendered: UndefinedError"),
        ("\nHello\n", "has no subject in its first line"),
        ("Hello {{ name\n", "unexpected end of template"),
        ("{{ name.__class__.__mro__ }}\n", "access to attribute '__class__' of 'str' object is unsafe"),
    ],
)
def test_a_template_that_cannot_be_rendered_is_reported(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "own.txt").write_text(text)
    with pytest.raises(BadInput, match=says):
        render_file(str(tmp_path / "own.txt"), {"name": "Ana"})


def test_a_missing_template_is_reported(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"own\.txt cannot be read"):
        render_file(str(tmp_path / "own.txt"), {})
