# Weir. `make help` lists the targets; each one sets up what it needs.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.SUFFIXES:

# A line selects the Python version: 5.1 is Spark 3.5 on Python 3.11, 6.0 is Spark 4.1 on Python 3.13.
LINE ?= $(if $(call python,3.11),5.1,$(if $(call python,3.13),6.0,5.1))
PYTHON_OF_5.1 := 3.11
PYTHON_OF_6.0 := 3.13
# The first interpreter that runs: a name on PATH may be a pyenv shim of a version that is not selected.
python = $(shell for p in python$(1) "$$(pyenv prefix $(1) 2>/dev/null)/bin/python"; do \
    "$$p" -c '' 2>/dev/null && { command -v "$$p"; break; }; done)

VENV := .venv-$(LINE)
READY := $(VENV)/ready
BIN := $(VENV)/bin
WORK := .weir
DEMO_ROWS ?= 300000
DEMO_DAYS ?= 14
WATCHED = --input $(WORK)/stream/events --lake $(WORK)/stream/lake
ROWS ?= 5_000_000
# Number of test processes; each has a JVM of 3 to 4 GB.
WORKERS ?= 2
PARALLEL = -n $(WORKERS) --dist worksteal
# Tests that need more than Python and a JVM: folders of these names in tests/.
PARTS := aws browser bundle cli cluster mariadb postgres real s3

.PHONY: help demo demo-stream demo-social run test test-6.0 test-both-lines test-slow test-parts $(PARTS:%=test-%)
.PHONY: nightly whole faults properties bench check format wheel bundle docs clean

help: ## list the targets
	@grep -hE '^[a-z0-9.-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

demo: $(WORK)/demo/made ## generate 14 days of shop events, with corrupted rows, and run the daily job on them
	@$(BIN)/python -m jobs ecommerce.daily --input $(WORK)/demo/input --lake $(WORK)/demo/lake-$(LINE)

$(WORK)/demo/made: | $(READY)
	@$(BIN)/python -m jobs samples.shop_events --rows $(DEMO_ROWS) --days $(DEMO_DAYS) --dirt --output $(WORK)/demo/input
	@touch $@

demo-stream: $(READY) ## replay an hour of shop events at 60x with two attacks among them, and watch the stream for bots
	@rm -rf $(WORK)/stream && mkdir -p $(WORK)/stream/events
	@$(BIN)/python -m jobs samples.shop_events --rows 200000 --days 1 --output $(WORK)/stream/day
	@mkdir $(WORK)/stream/hour && head -n 2001 $(WORK)/stream/day/2019-10-01.csv > $(WORK)/stream/hour/2019-10-01.csv
	@$(BIN)/python -m jobs realtime.watch $(WATCHED) --publish_s 20 & watch=$$!; \
	$(BIN)/python -m jobs realtime.replay_events --input $(WORK)/stream/hour --output $(WORK)/stream/events --speed 60 \
	  --attacks rate_flood,scraper --attack_after 300 --labels $(WORK)/stream/labels.json; \
	sleep 5; kill $$watch; wait $$watch; true
	@$(BIN)/python -m jobs realtime.watch $(WATCHED) --available_now
	@$(BIN)/python -m jobs show realtime.bot_alerts --lake $(WORK)/stream/lake
	@echo report $(WORK)/stream/lake/report_realtime.html

demo-social: $(READY) ## generate a month of tweets and Facebook posts, and run the daily job of the domain on them
	@$(BIN)/python -m jobs samples.tweets --output $(WORK)/demo/social/input
	@$(BIN)/python -m jobs samples.posts --output $(WORK)/demo/social/input
	@$(BIN)/python -m jobs social.daily --input $(WORK)/demo/social/input --lake $(WORK)/demo/social/lake-$(LINE)

run: $(READY) ## run a job: make run JOB=ecommerce.daily ARGS="--input <folder> --lake <folder>"
	@$(BIN)/python -m jobs $(JOB) $(ARGS)

test: $(READY) ## run the tests that need only Python and a JVM
	@$(BIN)/python -m pytest $(PARALLEL) $(ARGS)

test-6.0: ## run the same tests on the newer line: Spark 4.1, Python 3.13, JDK 17
	@$(MAKE) --no-print-directory test LINE=6.0

test-both-lines: $(READY) ## run the tests whose results may differ between the lines: make test-both-lines LINE=6.0
	@$(BIN)/python -m pytest $(PARALLEL) -m 'both_lines and not nightly' $(ARGS)

test-slow: $(READY) ## run the tests of many runs in a row and of all tables at once
	@$(BIN)/python -m pytest $(PARALLEL) -m 'slow and not nightly' $(ARGS)

test-parts: $(READY) ## run the tests that need more, in one session: make test-parts PARTS="browser s3" runs two
	@$(BIN)/python -m pytest $(PARTS:%=tests/%) $(ARGS)

$(PARTS:%=test-%): test-%: $(READY)
	@$(BIN)/python -m pytest tests/$* $(ARGS)

nightly: ## run every test in full, on both lines (many hours; needs root to fill a disk)
	@$(MAKE) --no-print-directory whole LINE=5.1
	@$(MAKE) --no-print-directory whole LINE=6.0

whole: $(READY)
	@WEIR_FAULTS=20 WEIR_EXAMPLES=200 $(BIN)/python -m pytest tests -q -m 'slow or not slow' --timeout 0 \
	    $(PARALLEL) $(ARGS)

faults: $(READY) ## inject every fault in full, with one line each (hours; needs root to fill a disk)
	@WEIR_FAULTS=20 $(BIN)/python -m pytest tests -q -m 'fault' --timeout 0 $(PARALLEL) $(ARGS)

properties: $(READY) ## compare every table with its oracle on 200 random data sets
	@WEIR_EXAMPLES=200 $(BIN)/python -m pytest -m properties --timeout 0

bench: $(READY) ## compare the daily job with DuckDB and naive PySpark: make bench ROWS=5_000_000 (an hour; Linux)
	@$(BIN)/python -m benchmarks.daily --rows $(ROWS) $(ARGS)

check: $(READY) ## run ruff, mypy and the import rules, and check that generated files are up to date
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m docs.generate --check

format: $(READY) ## format the code
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

wheel: $(READY) ## build dist/weir_etl-*.whl, for --py-files and for Glue
	@$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist . && ls dist/*.whl

bundle: $(READY) ## build the bundle for spark-submit and Glue: dist/weir-<version>-glue<line>/
	@$(BIN)/python -m infra.bundle

docs: $(READY) ## write the generated files: docs/tables.md, docs/lineage.md, infra/{glue,athena,quicksight}/*
	@$(BIN)/python -m docs.generate

clean: ## remove everything that the targets created
	rm -rf .venv-* $(WORK) dist .pytest_cache .mypy_cache .ruff_cache .hypothesis spark-warehouse

# Compile bytecode here, in parallel: pip compiles file by file, and with PYTHONDONTWRITEBYTECODE every run would
# recompile. Packages that no run imports are left out. NO_ARCHIVE=1 saves the minute of archiving Java's classes.
$(READY): pyproject.toml docker/constraints-$(LINE).txt
	@test -n "$(call python,$(PYTHON_OF_$(LINE)))" || { \
	    p=$(PYTHON_OF_$(LINE)); echo "Python $$p is needed for line $(LINE): install it so that python$$p runs"; exit 2; }
	@echo "Setting up $(VENV) (once)"
	@"$(call python,$(PYTHON_OF_$(LINE)))" -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check \
	    -c docker/constraints-$(LINE).txt -e '.[local,report,tests$(EXTRA)]'
	@$(BIN)/python -m compileall -q -j 0 -x '/(tests|sympy|pip|setuptools|mypy|mypyc)/' $(VENV)/lib
	-@$(if $(NO_ARCHIVE),,$(BIN)/python -m jobs setup)
	@touch $@
