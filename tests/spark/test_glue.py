"""Outside Glue a job runs without a Glue context, even if Glue's package is installed."""

from typing import Any

import pytest
from py4j.java_gateway import JavaPackage

from jobs.runtime.errors import BadArgument
from jobs.runtime.spark import glue_session, session
from jobs.runtime.streaming.sources import read_lines
from tests.conftest import InProcess, line
from tests.unit.test_glue import FULL


def test_the_real_jvm_of_these_tests_is_asked(spark: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYSPARK_GATEWAY_PORT", "1")
    # True only in Glue's own image.
    assert glue_session.is_glue() is (type(spark._jvm.com.amazonaws.services.glue.GlueContext) is not JavaPackage)
    assert glue_session.has_class("org.apache.iceberg.spark.SparkCatalog")


def test_with_glues_package_but_without_its_jvm_the_plain_path_is_taken_and_said(daily: InProcess) -> None:
    pytest.importorskip("awsglue.context", reason="the extra awsglue is not installed")
    daily.deliver("a.csv", line())
    assert daily.run(*FULL, job=None) == 0, daily.output
    assert daily.output.count("not running on Glue: plain Spark; ignored: job-bookmark-option, TempDir") == 1


def test_records_of_glues_connector_are_lines(spark: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = r"""explode(array('{"a": 1}', '{"a": 2}\n{"a"\r\n', '')) AS text"""
    records = spark.sql(f"SELECT cast(text AS binary) AS `$json$data` FROM (SELECT {texts})")
    monkeypatch.setattr(glue_session, "is_glue", lambda: True)
    monkeypatch.setattr(glue_session, "streaming_frame", lambda _, __: records)
    source = "kinesis:arn:aws:kinesis:eu-central-1:123456789012:stream/shop"
    lines = read_lines(spark, {"input": source, "available_now": False}).collect()
    assert [tuple(row) for row in lines] == [(text, source) for text in ('{"a": 1}', '{"a": 2}', '{"a"')]


def test_on_glue_a_session_without_the_catalog_is_refused_before_a_table_is_named(
    daily: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = daily.spark.newSession()
    bare.conf.unset("spark.sql.catalog.lake")
    monkeypatch.setattr(glue_session, "is_glue", lambda: True)
    monkeypatch.setattr(glue_session, "session", lambda _: bare)
    with pytest.raises(BadArgument, match=r"without spark\.sql\.catalog\.lake=.*SparkCatalog; set the --conf"):
        session.start(session.catalog_settings(str(daily.path), None))
    there = session.catalog_settings(str(daily.path), None)
    for key in (key for key in there if key.startswith("spark.sql.catalog.lake")):
        bare.conf.set(key, there[key])
    session.start(there)
    bare.conf.set("spark.sql.catalog.lake.warehouse", "/elsewhere/warehouse")
    with pytest.raises(BadArgument, match=r"without spark\.sql\.catalog\.lake\.warehouse="):
        session.start(there)
