"""Lines of CSV files as records: which lines belong together, and which records are malformed."""

import csv
import json
from collections.abc import Iterator, Sequence
from random import Random

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from transforms.csv_records import csv_records
from transforms.raw_rows import csv_rows

NAMES = ["id", "name"]


def lines(spark: SparkSession, files: Sequence[str]) -> DataFrame:
    given = [
        {"source_file": str(name), "row_no": number, "line": line}
        for name, text in enumerate(files)
        for number, line in enumerate(text.split("\n"))
    ]
    schema = "array<struct<source_file string, row_no bigint, line string>>"
    return spark.range(1).select(F.inline(F.from_json(F.lit(json.dumps(given)), schema)))


def parse(spark: SparkSession, files: Sequence[str]) -> DataFrame:
    columns = {name: name for name in NAMES}
    records = csv_records(lines(spark, files), ",")
    return csv_rows(records, NAMES, header=NAMES, header_line="id,name", columns=columns, delimiter=",")


def test_a_field_in_quotes_keeps_its_line_breaks_and_text_after_it_is_malformed(spark: SparkSession) -> None:
    text = (
        'id,name\r\n1,"a\nb"\r\n2,"c\r\nd ""e\n"""\r\n\r\n3,"say \\"hi\\""\r\n4,"f\n",x\r\n5,"g"h\r\n6," ""\n "\r\n'
        '7,8" \r\n9,"\n\nid,name\n"\r\nid,name\r\n10,k\r\n11,"l\r\n12,m\r\n\r\n13,"n ""o"" p\r\n'
    )
    found = parse(spark, [text]).orderBy("row_no").collect()
    assert [(row.row_no, row.id, row.name) for row in found if not row.malformed] == [
        (1, "1", "a\nb"),
        (3, "2", 'c\r\nd "e\n"'),
        (11, "6", ' "\n '),
        (14, "9", "\n\nid,name\n"),
        (19, "10", "k"),
    ]
    assert [row.raw_line for row in found if row.malformed] == [
        '3,"say \\"hi\\""',
        '4,"f\n",x',
        '5,"g"h',
        '7,8" ',
        '11,"l\r\n12,m\r\n\r\n13,"n ""o"" p',
    ]


def test_an_unclosed_quote_costs_each_line_to_the_end_of_its_file(spark: SparkSession) -> None:
    found = parse(spark, ['1,a\n2,"b\n3,c\n\n4,d\n', '5,"e\nf"\n']).orderBy("source_file", "row_no").collect()
    assert [(row.raw_line, row.malformed) for row in found] == [
        ("1,a", False),
        ('2,"b', True),
        ("3,c", True),
        ("4,d", True),
        ('5,"e\nf"', False),
    ]


def test_records_are_those_that_the_csv_module_of_python_reads(spark: SparkSession) -> None:
    random = Random(7)
    tokens = ["a", '"', ",", " ", "\n", "\r\n", '""', '",', '"\n']
    files = ["".join(random.choices(tokens, k=random.randint(1, 16))) for _ in range(2_000)]
    found: dict[int, list[list[str | None] | None]] = {}
    for row in parse(spark, files).orderBy("source_file", "row_no").collect():
        found.setdefault(int(row.source_file), []).append(None if row.malformed else [row.id, row.name])
    well_formed = {name: read for name, text in enumerate(files) if (read := read_by_python(text)) is not None}
    assert len(well_formed) > 500
    assert {name: found.get(name, []) for name in well_formed} == well_formed


def read_by_python(text: str) -> list[list[str | None] | None] | None:
    """Each record of two cells and an even number of quotes, None for other records; None if the text is no CSV."""
    records = []
    try:
        for raw, cells in python_records(text):
            is_row = len(cells) == len(NAMES) and raw.count('"') % 2 == 0
            records.append([cell or None for cell in cells] if is_row else None)
    except csv.Error:
        return None
    return records


def python_records(text: str) -> Iterator[tuple[str, list[str]]]:
    lines = text.splitlines(keepends=True)
    reader, read = csv.reader(lines, strict=True), 0
    for cells in reader:
        raw = "".join(lines[read : reader.line_num])
        read = reader.line_num
        if raw.strip():
            yield raw, cells
