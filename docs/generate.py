"""Write the generated pages, or with --check say which are stale."""

import sys
from pathlib import Path

from infra import athena, glue_jobs, quicksight
from jobs.runtime.job import Job, Pipeline
from jobs.runtime.registry import jobs_by_name
from jobs.runtime.reporting.report import BOARDS
from schemas.declared import declared_tables
from schemas.table import Table

DOCS = Path(__file__).parent
INFRA = DOCS.parent / "infra"
NOTE = "<!-- Made by `make docs` from the declarations; do not edit. -->"


def tables_page() -> str:
    tables = list(declared_tables())
    index = [f"- [{table.name}](#{anchor(table)}): {table.grain}" for table in tables]
    return "\n".join([NOTE, "", "# Tables", "", *index, *(line for table in tables for line in section(table)), ""])


def section(table: Table) -> list[str]:
    rows = [
        f"| `{column.name}` | {column.type} | {'yes' if column.required else ''} | {column.comment}{' Tells who a person is.' if column.pii else ''} |"
        for column in table.columns
    ]
    key = ", ".join(f"`{name}`" for name in table.key) or "none: rows may repeat"
    told = [
        f"- Grain: {table.grain}",
        f"- Key: {key}",
        f"- Partition: {f'`{table.partition}`' if table.partition else 'none'}",
    ]
    return [
        "",
        f"## {table.name}",
        "",
        *told,
        "",
        "| column | type | always given | meaning |",
        "|---|---|---|---|",
        *rows,
    ]


def anchor(table: Table) -> str:
    return table.name.replace(".", "")


def lineage_page() -> str:
    found = jobs_by_name()
    lines = [
        NOTE,
        "",
        "# Lineage",
        "",
        "Which job makes which table from which, in the order in which a pipeline runs them.",
        "",
    ]
    for name, (pipeline, says) in found.items():
        if isinstance(pipeline, Pipeline):
            lines += [
                f"## {name}",
                "",
                says.strip().splitlines()[0],
                "",
                "| job | reads | writes | options |",
                "|---|---|---|---|",
            ]
            lines += [row(job) for job in pipeline.jobs]
            lines += [
                "",
                "```mermaid",
                "flowchart LR",
                *(edge for job in pipeline.jobs for edge in edges(job)),
                "```",
                "",
            ]
    return "\n".join(lines)


def row(job: Job) -> str:
    options = ", ".join(f"`{parameter.name}`" for parameter in job.parameters)
    linked = [
        ", ".join(f"[{table.name}](tables.md#{anchor(table)})" for table in tables)
        for tables in (job.reads, job.tables)
    ]
    return f"| `{job.name}` | {linked[0]} | {linked[1]} | {options} |"


def edges(job: Job) -> list[str]:
    return [f"    {read.name} --> {made.name}" for read in job.reads for made in job.tables]


def pages() -> dict[Path, str]:
    of_boards = {"athena": athena.pages, "quicksight": quicksight.pages}
    made = {
        "glue": glue_jobs.pages(),
        **{
            folder: {name: text for board in BOARDS for name, text in of(board).items()}
            for folder, of in of_boards.items()
        },
    }
    of_infra = {INFRA / folder / name: text for folder, found in made.items() for name, text in found.items()}
    return {DOCS / "tables.md": tables_page(), DOCS / "lineage.md": lineage_page(), **of_infra}


def main(argv: list[str]) -> int:
    made = pages()
    stale = [
        str(path)
        for folder in {path.parent for path in made} - {DOCS}
        for path in folder.glob("*.*")
        if path not in made
    ]
    for path, text in made.items():
        if not path.exists() or path.read_text() != text:
            stale.append(str(path.relative_to(DOCS.parent)))
        if argv != ["--check"]:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
    if argv == ["--check"] and stale:
        print(f"stale: {', '.join(stale)}; run make docs")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
