"""The command line: cases measured on Glue's own parser, run against ours and, for names passed on, against Glue's."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from jobs.__main__ import COMMANDS
from jobs.ecommerce.daily import JOB as DAILY
from jobs.ecommerce.unique_visitors import JOB as UNIQUE_VISITORS
from jobs.runtime.cli.arguments import parse
from jobs.runtime.errors import BadArgument
from jobs.runtime.incremental.incremental_mart import resolve_as_of
from jobs.runtime.job import Scope
from jobs.runtime.parameters import parameters_of
from jobs.runtime.registry import jobs_by_name

NEEDED = ["--input", "/in", "--lake", "/lake"]


def read(*argv: str, on_glue: bool = False) -> dict[str, Any]:
    return parse(DAILY, [*NEEDED, *argv], on_glue=on_glue)[0]


@pytest.mark.parametrize(
    ("argv", "expected"), [([], False), (["--full"], True), (["--full", "true"], True), (["--full=false"], False)]
)
def test_a_flag_may_have_a_value_since_on_glue_every_name_has_one(argv: list[str], expected: bool) -> None:
    assert read(*argv)["full"] is expected
    with pytest.raises(BadArgument, match="neither true nor false"):
        read("--full", "yes")


@pytest.mark.parametrize("missing", ["input", "lake"])
def test_a_required_name_must_be_there(missing: str) -> None:
    given = [word for pair in (("--input", "/in"), ("--lake", "/lake")) if pair[0] != f"--{missing}" for word in pair]
    with pytest.raises(BadArgument, match=f"--{missing}"):
        parse(DAILY, given)


def test_optional_names_really_are_optional_and_have_defaults() -> None:
    values = read()
    assert (values["time_zone"], values["as_of"], values["max_rejected_share"], values["columns"]) == (
        "UTC",
        None,
        0.05,
        {},
    )
    assert (values["delimiter"], values["no_header"], values["full"], values["max_late_days"], values["clock"]) == (
        ",",
        False,
        False,
        None,
        None,
    )


@pytest.mark.parametrize(
    "argv",
    [
        ["--time_zone", "Europe/Zagreb"],
        ["--time_zone=Europe/Zagreb"],
        ["--time_zone", "UTC", "--time_zone", "Europe/Zagreb"],
    ],
)
def test_both_forms_are_read_and_the_last_one_counts(argv: list[str]) -> None:
    assert read(*argv)["time_zone"] == "Europe/Zagreb"


@pytest.mark.parametrize(
    "argv", [["--time", "UTC"], ["--in", "/x"], ["--time_zon", "UTC"], ["--timezone", "UTC"], ["--time-zone", "UTC"]]
)
def test_abbreviations_and_misspellings_are_refused_with_the_nearest_name(argv: list[str]) -> None:
    with pytest.raises(BadArgument, match=r"unknown option .*did you mean --"):
        read(*argv)


def test_a_name_like_no_other_is_refused_too() -> None:
    with pytest.raises(BadArgument, match=r"unknown option --zzz \(weir"):
        read("--zzz", "1")


@pytest.mark.parametrize(
    ("value", "expected"),
    [("-1", "-1"), ("-a b", "-a b"), ("", ""), ("50%", "50%"), ("a b", "a b"), ("x'; --", "x'; --")],
)
def test_values_with_spaces_signs_and_nothing_are_values(value: str, expected: str) -> None:
    assert parse(DAILY, ["--lake", "/lake", "--input", value])[0]["input"] == expected


def test_a_value_that_looks_like_a_name_needs_the_equals_sign() -> None:
    with pytest.raises(BadArgument, match="expected one argument"):
        parse(DAILY, ["--lake", "/lake", "--input", "--x"])
    assert parse(DAILY, ["--lake", "/lake", "--input=--x"])[0]["input"] == "--x"


@pytest.mark.parametrize("argv", [["stray"], ["--", "--x"]])
def test_a_word_without_a_name_is_refused(argv: list[str]) -> None:
    with pytest.raises(BadArgument):
        read(*argv)


def test_help_is_printed_and_ends_well_but_not_on_glue(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(DAILY, ["-h"], description="What it does.")
    assert ended.value.code == 0
    expected_text = capsys.readouterr().out
    assert "What it does." in expected_text
    assert "--time_zone" in expected_text
    with pytest.raises(BadArgument, match="do nothing"):
        read("-h", on_glue=True)


GLUES = [
    "--JOB_NAME",
    "daily",
    "--job-bookmark-option",
    "job-bookmark-disable",
    "--TempDir",
    "s3://t/",
    "--enable-metrics",
    "--conf=a=1 --conf b=2",
]


@pytest.mark.parametrize("on_glue", [True, False])
def test_glues_own_names_are_left_to_glue_with_their_values(on_glue: bool) -> None:
    values, ignored = parse(DAILY, [*GLUES, *NEEDED, "--enable-spark-ui", "true"], on_glue=on_glue)
    assert (values["input"], values["lake"]) == ("/in", "/lake")
    assert ignored == ["JOB_NAME", "job-bookmark-option", "TempDir", "enable-metrics", "conf", "enable-spark-ui"]


def test_on_glue_any_name_of_its_form_is_its_own_elsewhere_it_is_a_mistake() -> None:
    assert parse(DAILY, [*NEEDED, "--brand-new-flag", "x", "--WORKERS"], on_glue=True)[1] == [
        "brand-new-flag",
        "WORKERS",
    ]
    with pytest.raises(BadArgument, match="--brand-new-flag"):
        read("--brand-new-flag", "x")


@pytest.mark.parametrize(
    ("argv", "expected_text"),
    [
        (["--time_zone", "+02:00"], "not an IANA time zone"),
        (["--time_zone", "Europe/Zagrb"], "did you mean Europe/Zagreb"),
        (["--as_of", "2019-10-01 00:00:00"], "has no offset"),
        (["--as_of", "yesterday"], "not an instant"),
        (["--as_of", "2019-02-30"], "not a calendar day"),
        (["--as_of", "9999-12-31"], "outside the years 1900 to 9000"),
        (["--clock", "0001-01-01T00:00:00+14:00"], "outside the years 1900 to 9000"),
        (["--time_zone", "Factory"], "not an IANA time zone"),
        (["--lake", "l?x"], "question mark"),
        (["--summary_json", "/no/such/s.json"], "no folder /no/such"),
        (["--summary_json", "s3://bucket"], "names no file"),
        (["--lake", "s3:/bucket/lake"], "not an S3 URI"),
        (["--endpoint_url", "http://me:secret@host:9000"], "the endpoint URL is malformed"),
        (["--max_rejected_share", "5"], "not between 0 and 1"),
        (["--max_late_days", "-1"], "not a whole number"),
        (["--recovery_days", "9999999999"], "not between 0 and 36500"),
        (["--funnel_window_hours", "0"], "not between 1 and 36500"),
        (["--metric", "purchase"], "not one of purchases, .*did you mean purchases"),
        (["--columns", "ts"], "not of the form"),
        (["--delimiter", ";;"], "not one character"),
        (["--clock", "now"], "not an instant"),
    ],
)
def test_option_values_are_validated_before_a_session_starts(argv: list[str], expected_text: str) -> None:
    with pytest.raises(BadArgument, match=expected_text):
        read(*argv)


def test_values_are_typed() -> None:
    values = read(
        "--columns",
        "event_time=ts,user_id=customer",
        "--delimiter",
        "\\t",
        "--no_header",
        "--max_late_days",
        "3",
        "--clock",
        "2019-10-01T02:00:00+02:00",
    )
    assert (values["columns"], values["delimiter"], values["no_header"]) == (
        {"event_time": "ts", "user_id": "customer"},
        "\t",
        True,
    )
    assert (values["max_late_days"], values["clock"]) == (3, datetime(2019, 10, 1, tzinfo=UTC))


def test_a_single_job_takes_its_own_options_only() -> None:
    with pytest.raises(BadArgument, match="--input"):
        parse(UNIQUE_VISITORS, NEEDED)
    assert parse(UNIQUE_VISITORS, ["--lake", "/lake"])[0]["time_zone"] == "UTC"


CLOCK, NEWEST = datetime(2026, 11, 20, tzinfo=UTC), datetime(2019, 10, 26, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked", "newest", "expected"),
    [
        (None, NEWEST, datetime(2019, 10, 27, 23, tzinfo=UTC)),
        (None, None, datetime(1970, 1, 1, tzinfo=UTC)),
        ("now", NEWEST, CLOCK),
        (date(2019, 3, 31), NEWEST, datetime(2019, 3, 31, 22, tzinfo=UTC)),
        (datetime(2019, 10, 1, 5, tzinfo=UTC), NEWEST, datetime(2019, 10, 1, 5, tzinfo=UTC)),
    ],
)
def test_as_of_is_the_end_of_the_newest_local_day_unless_asked(
    asked: Any, newest: datetime | None, expected: datetime
) -> None:
    assert resolve_as_of(asked, zone="Europe/Zagreb", clock=CLOCK, newest=newest) == expected


def test_glues_own_parser_takes_the_name_that_we_pass_on() -> None:
    """JOB_NAME is the only name that Weir reads through Glue. This is Glue's real parser."""
    utils = pytest.importorskip("awsglue.utils", reason="the extra awsglue is not installed")
    assert utils.getResolvedOptions(["script.py", *GLUES, *NEEDED], ["JOB_NAME"])["JOB_NAME"] == "daily"
    assert utils.getResolvedOptions(["script.py", "--JOB_NAME=a b"], ["JOB_NAME"])["JOB_NAME"] == "a b"
    with pytest.raises(utils.GlueArgumentError, match="JOB_NAME"):
        utils.getResolvedOptions(["script.py", *NEEDED], ["JOB_NAME"])


def test_the_help_of_what_needs_a_lake_does_not_offer_to_create_one() -> None:
    declared = {**{name: job for name, (job, _) in jobs_by_name().items()}, **COMMANDS}
    for name, job in declared.items():
        helps = [parameter.help for parameter in parameters_of(job) if parameter.name == "lake"]
        assert [("creates" in text) for text in helps] == [job.scope in (Scope.TABLES, Scope.STREAM)] * len(helps), name
