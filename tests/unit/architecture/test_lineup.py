"""Each table has the same name in every tree."""

import ast
import importlib
import inspect
import sys

from expectations.suites import suite
from jobs.runtime.job import Job, JobTemplate, Pipeline, StreamJob
from jobs.runtime.registry import jobs_by_name
from schemas.accounts import vocabulary as accounts
from schemas.cdc_columns import KINDS
from schemas.declared import declared_tables
from schemas.ecommerce import vocabulary
from schemas.realtime import vocabulary as realtime
from schemas.social import vocabulary as social
from tests import ROOT

JOBS = {name: job for name, (job, _) in jobs_by_name().items() if isinstance(job, Job)}
MAKERS = [job for job, _ in jobs_by_name().values() if isinstance(job, Job | StreamJob)]
TABLES = {table.name: table for table in declared_tables() if not table.name.startswith("ops.")}


def stems(tree: str, suffix: str) -> set[str]:
    """Domain and stem of every file of a tree, such as ecommerce.clean_events.

    Shared verbs have folders of their own.
    """
    shared = ("change_data", "detection", "text")
    files = [path for path in (ROOT / tree).glob(f"*/*{suffix}") if path.parent.name not in shared]
    return {
        f"{path.parent.name}.{path.stem}" for path in files if path.stem not in ("__init__", "vocabulary", "conftest")
    }


def test_a_job_has_its_five_files() -> None:
    files = list[str]()
    for name, job in JOBS.items():
        domain, _, stem = name.partition(".")
        files += [f"schemas/{domain}/{stem}.py", f"transforms/{domain}/{stem}.py", f"jobs/{domain}/{stem}.py"]
        files += (
            [] if job.writes.cdc_role else [f"expectations/{domain}/{stem}.json"]
        )  # CDC tables have a built-in suite
        files.append(f"tests/transforms/{domain}/test_{stem}.py")
    assert [file for file in files if not (ROOT / file).exists()] == []


def test_the_names_of_a_job_are_those_of_its_table() -> None:
    for name, job in JOBS.items():
        frames = [
            parameter.name
            for parameter in inspect.signature(job.build).parameters.values()
            if parameter.kind is parameter.POSITIONAL_OR_KEYWORD
        ]
        found = (
            job.name,
            job.build.__name__,
            job.build.__module__,
            [frame for frame in frames if frame != "published"],
        )
        assert found == (name, job.writes.stem, f"transforms.{name}", [table.stem for table in job.reads])


def test_a_job_takes_the_options_that_it_declares() -> None:
    for name, job in JOBS.items():
        options = {
            parameter.name
            for parameter in inspect.signature(job.build).parameters.values()
            if parameter.kind is parameter.KEYWORD_ONLY
        }
        declared = options - {"clock", "first_day", "last_day", "since", "source", "load_ts"}
        assert declared == {parameter.name for parameter in job.parameters}, name
        # A table without local days has as_of in the days of the run, or else in UTC.
        assert "as_of" not in options or ("time_zone" in options) == ("time_zone" in job.writes.names), name


def test_a_table_is_made_by_a_job_under_its_own_name() -> None:
    made = {table.name for job in MAKERS for table in job.tables}
    for name, table in TABLES.items():
        stem = name.partition(".")[2]
        assert getattr(importlib.import_module(f"schemas.{name}"), stem.upper()) is table
        assert name in made or stem.startswith("raw_"), name


def test_no_file_stands_outside_the_line() -> None:
    made = {table.name for job in MAKERS for table in job.tables}
    pipelines = {name for name, (job, _) in jobs_by_name().items() if isinstance(job, Pipeline | JobTemplate)}
    domains = {name.partition(".")[0] for name in JOBS}
    assert stems("transforms", ".py") == set(JOBS)
    assert (
        made - {name for name in made if TABLES[name].cdc_role or TABLES[name].problems}
        <= stems("expectations", ".json")
        <= made
    )
    assert {name for name in stems("jobs", ".py") if name.partition(".")[0] in domains} == set(JOBS) | pipelines | {
        "accounts.notify_users",
        "social.fetch_facebook_posts",
        "social.fetch_tweets",
        "social.load_warehouse",
    }


def test_a_table_says_what_it_holds() -> None:
    for table in declared_tables():
        assert table.grain.startswith("one row per"), table.name
        assert set(table.key) <= set(table.names), table.name
        assert len(set(table.names)) == len(table.names), table.name
        assert [column.name for column in table.columns if not column.comment.endswith(".")] == [], table.name


def test_a_suite_holds_what_its_table_claims() -> None:
    for table in {table for job in MAKERS for table in job.tables}:
        expectations = suite(table)["expectations"]
        of_type = {
            kind: [one["kwargs"] for one in expectations if one["type"] == kind]
            for kind in {one["type"] for one in expectations}
        }
        assert {one["column"] for one in of_type["expect_column_values_to_not_be_null"]} == set(table.required), (
            table.name
        )
        keys = [tuple(one["column_list"]) for one in of_type.get("expect_compound_columns_to_be_unique", [])]
        keys += [(one["column"],) for one in of_type.get("expect_column_values_to_be_unique", [])]
        assert keys == ([table.key] if table.key else []), table.name


def test_a_query_of_a_suite_asks_the_table() -> None:
    """Otherwise Great Expectations prints a warning for each."""
    asked = [one["kwargs"] for job in MAKERS for table in job.tables for one in suite(table)["expectations"]]
    queries = [kwargs["unexpected_rows_query"] for kwargs in asked if "unexpected_rows_query" in kwargs]
    assert [query for query in queries if "{batch}" not in query] == []


def test_the_closed_lists_of_a_suite_are_those_of_the_vocabulary() -> None:
    sets = {
        (name.partition(".")[2], one["kwargs"]["column"]): tuple(one["kwargs"]["value_set"])
        for name in TABLES
        if ".raw_" not in name
        for one in suite(TABLES[name])["expectations"]
        if "value_set" in one["kwargs"]
    }
    assert sets == {
        ("clean_tweets", "kind"): social.KINDS,
        ("tweet_places", "source"): social.PLACE_SOURCES,
        ("interactions", "kind"): social.INTERACTION_KINDS,
        **{(stem, "sentiment"): social.SENTIMENTS for stem in ("text_analyses", "tweet_sentiment")},
        **{(stem, "reason"): social.UNSCORED_REASONS for stem in ("text_analyses", "tweet_sentiment")},
        ("net_sentiment", "subject"): social.SUBJECTS,
        ("clean_events", "event_type"): vocabulary.EVENT_TYPES,
        ("unique_visitors", "grain"): vocabulary.GRAINS,
        ("visitor_lifecycle", "state"): vocabulary.LIFECYCLE_STATES,
        ("abandoned_carts", "status"): vocabulary.CART_STATUSES,
        ("cart_abandonment", "grain"): vocabulary.CART_GRAINS,
        ("shopping_funnel", "step"): vocabulary.FUNNEL_STEPS,
        ("top_categories", "level"): vocabulary.CATEGORY_LEVELS,
        ("top_categories", "slot_kind"): vocabulary.SLOT_KINDS,
        ("top_categories", "metric"): vocabulary.CATEGORY_METRICS,
        ("brand_category_gaps", "primary_class"): vocabulary.GAP_CLASSES,
        ("brand_gaps", "primary_class"): vocabulary.GAP_CLASSES,
        **{
            ("clean_accounts", f"{name}_status"): accounts.DATE_STATUSES
            for name in ("date_of_birth", "account_opened_on")
        },
        **{(f"{stem}_aux", "kind"): KINDS for stem in ("customers", "orders")},
        ("event_rates", "event_type"): vocabulary.EVENT_TYPES,
        ("bot_alerts", "action"): realtime.INCIDENT_ACTIONS,
        ("bot_alerts", "key_kind"): realtime.KEY_KINDS,
        ("blocked_actors", "action"): realtime.BLOCK_ACTIONS,
        ("blocked_actors", "mode"): realtime.MODES,
        ("alerts", "state"): realtime.ALERT_STATES,
        ("alerts", "severity"): realtime.SEVERITIES,
        ("rate_anomalies", "metric"): vocabulary.EVENT_TYPES,
        ("rate_anomalies", "detector"): realtime.DETECTORS,
        ("rate_anomalies", "direction"): realtime.DIRECTIONS,
    }


def test_no_stem_shadows_the_standard_library() -> None:
    stdlib = sys.stdlib_module_names
    assert [
        path
        for tree in ("jobs", "transforms", "schemas", "expectations")
        for path in (ROOT / tree).rglob("*.py")
        if path.stem in stdlib
    ] == []


def test_a_job_script_is_a_declaration() -> None:
    lengths = {name: len((ROOT / "jobs" / f"{name.replace('.', '/')}.py").read_text().splitlines()) for name in JOBS}
    assert max(lengths.values()) <= 27, lengths
    for name in JOBS:
        tree = ast.parse((ROOT / "jobs" / f"{name.replace('.', '/')}.py").read_text())
        assert [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)] == []
