# Weir. `make help` tells the verbs; each sets up by itself what it needs.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.SUFFIXES:

# A line is a Python: 5.1 is Spark 3.5 on Python 3.11, 6.0 is Spark 4.1 on Python 3.13.
LINE ?= $(if $(call python,3.11),5.1,$(if $(call python,3.13),6.0,5.1))
PYTHON_OF_5.1 := 3.11
PYTHON_OF_6.0 := 3.13
# The first that really runs: a name on PATH may be a shim of a version that is not chosen.
python = $(shell for p in python$(1) "$$(pyenv prefix $(1) 2>/dev/null)/bin/python"; do "$$p" -c '' 2>/dev/null && { command -v "$$p"; break; }; done)

VENV := .venv-$(LINE)
READY := $(VENV)/ready
BIN := $(VENV)/bin
WORK := .weir
DEMO_ROWS ?= 300000
DEMO_DAYS ?= 14
ROWS ?= 5_000_000
# Tests run in so many processes; each has a Java of its own, of 3 to 4 GB.
WORKERS ?= 2
SIDE_BY_SIDE = -n $(WORKERS) --dist worksteal

.PHONY: help demo run test test-6.0 test-slow test-s3 test-cluster test-bundle test-faults faults properties bench check format wheel bundle docs clean

help: ## tell the verbs
	@grep -hE '^[a-z0-9.-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

demo: $(WORK)/demo/made ## make 14 days of a shop's events, with dirt, and run the daily job on them
	@$(BIN)/python -m jobs ecommerce.daily --input $(WORK)/demo/input --lake $(WORK)/demo/lake-$(LINE)

$(WORK)/demo/made: | $(READY)
	@$(BIN)/python -m jobs samples.shop_events --rows $(DEMO_ROWS) --days $(DEMO_DAYS) --dirt --output $(WORK)/demo/input
	@touch $@

run: $(READY) ## run a job: make run JOB=ecommerce.daily ARGS="--input <folder> --lake <folder>"
	@$(BIN)/python -m jobs $(JOB) $(ARGS)

test: $(READY) ## run the tests, but for those with verbs of their own
	@$(BIN)/python -m pytest $(SIDE_BY_SIDE) $(ARGS)

test-6.0: ## run the tests on the newer line: Spark 4.1, Python 3.13, JDK 17
	@$(MAKE) --no-print-directory test LINE=6.0

test-slow: $(READY) ## what the lake promises over many runs, all tables at once, real data: longer than make test
	@$(BIN)/python -m pytest -m 'slow and not faults' $(SIDE_BY_SIDE) $(ARGS)

test-s3: $(READY) ## input and lake in a bucket, against a stand-in for AWS (fetches jars of 400 to 700 MB)
	@$(BIN)/python -m pytest -m s3 $(ARGS)

test-cluster: $(READY) ## the daily job on a Spark master and two workers on this machine
	@$(BIN)/python -m pytest -m cluster $(ARGS)

test-bundle: $(READY) ## build the bundle, and install it as Glue would
	@$(BIN)/python -m pytest -m bundle $(ARGS)

test-faults: $(READY) ## what a lake has to survive and takes a process of its own, each tried once and small
	@$(BIN)/python -m pytest -m faults $(ARGS)

faults: $(READY) ## all that a lake has to survive, in full: a line for each case (hours; root for a full disk)
	@WEIR_FAULTS=20 $(BIN)/python -m pytest -q -m 'fault or faults' --timeout 0 $(SIDE_BY_SIDE) $(ARGS)

properties: $(READY) ## hold every table against its oracle on 200 random data sets
	@WEIR_EXAMPLES=200 $(BIN)/python -m pytest -m properties --timeout 0

bench: $(READY) ## the daily job beside DuckDB and plain PySpark: make bench ROWS=5_000_000 (an hour; Linux)
	@$(BIN)/python -m benchmarks.daily --rows $(ROWS) $(ARGS)

check: $(READY) ## ruff, mypy, import rules, and that generated files are up to date
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m docs.generate --check

format: $(READY) ## format the code
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

wheel: $(READY) ## build dist/weir_etl-*.whl, for --py-files and for Glue
	@$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist . && ls dist/*.whl

bundle: $(READY) ## build what spark-submit and Glue take: dist/weir-<version>-glue<line>/
	@$(BIN)/python -m infra.bundle

docs: $(READY) ## write what is generated: docs/tables.md, docs/lineage.md, infra/{glue,athena,quicksight}/*
	@$(BIN)/python -m docs.generate

clean: ## remove all that the verbs made here
	rm -rf .venv-* $(WORK) dist .pytest_cache .mypy_cache .ruff_cache .hypothesis spark-warehouse

# Compiled here, side by side: pip would do it file by file, and each run anew where PYTHONDONTWRITEBYTECODE is set.
$(READY): pyproject.toml docker/constraints-$(LINE).txt
	@test -n "$(call python,$(PYTHON_OF_$(LINE)))" || { echo "Python $(PYTHON_OF_$(LINE)) is needed for line $(LINE): install it so that python$(PYTHON_OF_$(LINE)) runs"; exit 2; }
	@echo "Setting up $(VENV) (once)"
	@"$(call python,$(PYTHON_OF_$(LINE)))" -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check -c docker/constraints-$(LINE).txt -e '.[local,report,tests$(EXTRA)]'
	@$(BIN)/python -m compileall -q -j 0 -x '/tests/' $(VENV)/lib
	-@$(BIN)/python -m jobs setup
	@touch $@
