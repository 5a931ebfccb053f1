# Inkpad's commands. `make` alone lists them. All that is needed beforehand: python3 (3.11+) and make.

PYTHON   ?=
VENV     ?= .venv
PORT     ?= 8000
DEMO_DIR ?= .demo
API      ?= v4
RESET    ?=

BIN := $(VENV)/bin
COMPILE = $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header

# uv installs packages here; a Python it fetches by itself would be one nobody chose.
export UV_PYTHON_DOWNLOADS := never
export UV_NO_CONFIG := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-sqlite test-postgresql test-process test-browser crash faults queries bench bench-deletions mutations lint check format lock audit clean

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' Makefile

setup: $(VENV)/.dev  ## make .venv with everything that working on Inkpad needs

demo: $(VENV)/.runtime  ## run Inkpad with a sandbox: PORT=8000 DEMO_DIR=.demo API=v4|v3 RESET=1
	@PORT="$(PORT)" DEMO_DIR="$(DEMO_DIR)" API="$(API)" RESET="$(RESET)" exec $(BIN)/python manage.py demo

test: $(VENV)/.dev  ## run every test: on SQLite, on PostgreSQL, with real processes and in a browser
	@$(BIN)/python -m tests.run

test-sqlite: $(VENV)/.dev  ## run the main tests on SQLite
	@$(BIN)/python -m tests.run sqlite

test-postgresql: $(VENV)/.dev  ## run the main tests on PostgreSQL
	@$(BIN)/python -m tests.run postgresql

test-process: $(VENV)/.dev  ## run the tests that start real processes
	@$(BIN)/python -m tests.run process

test-browser: $(VENV)/.dev  ## run the browser tests
	@$(BIN)/python -m tests.run browser

crash: $(VENV)/.dev  ## kill workers at random moments for long: CRASH_ROUNDS=100 (CRASH_SEED repeats a run)
	@CRASH_ROUNDS="$${CRASH_ROUNDS:-100}" $(BIN)/python -m tests.run process -- tests/crash

queries: $(VENV)/.dev  ## write tests/journeys/query_counts.json again: how many statements each page asks of either database
	@RECORD_QUERIES=1 $(BIN)/python -m tests.run sqlite postgresql -- tests/journeys/test_query_counts.py

faults: $(VENV)/.dev  ## write fingerprint_integration/FAULTS.md again: what the client makes of every fault
	@RECORD_FAULTS=1 $(BIN)/python -m pytest -q tests/fingerprint_integration/test_faults.py

bench: $(VENV)/.dev  ## measure pages, client and sandbox beside others, audit log, jobs: BENCH_ROUNDS=30 BENCH_ENTRIES=200000 BENCH_MARKS=10000
	@$(BIN)/python -m tests.bench.pages --rounds "$${BENCH_ROUNDS:-30}"
	@$(BIN)/python -m tests.bench --rounds "$${BENCH_ROUNDS:-30}"
	@$(BIN)/python -m tests.bench audit --entries "$${BENCH_ENTRIES:-200000}"
	@$(BIN)/python -m tests.bench.tagging --rounds "$${BENCH_ROUNDS:-30}" --marks "$${BENCH_MARKS:-10000}"

mutations: $(VENV)/.dev  ## break each guard of deletions in turn and see that a test notices
	@$(BIN)/python -m tests.mutations

bench-deletions: $(VENV)/.dev  ## measure the queue of deletions on PostgreSQL, and simulate 5,000 of them: some minutes
	@$(BIN)/python -m tests.bench.deletions

lint: $(VENV)/.dev  ## ruff, format, templates, types, import directions, Django's checks, migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	git ls-files -z -- 'templates/*.html' | xargs -0 -r $(BIN)/djade --target-version 5.2 --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python manage.py check --fail-level WARNING
	DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python manage.py makemigrations --check --dry-run

check: lint test  ## lint, then every test

format: $(VENV)/.dev  ## put code and templates into shape
	$(BIN)/ruff check --fix --exit-zero .
	$(BIN)/ruff format .
	git ls-files -z -- 'templates/*.html' | xargs -0 -r $(BIN)/djade --target-version 5.2

lock: $(VENV)/.dev  ## write the lock files again from pyproject.toml (UPGRADE=1: take newer releases)
	$(COMPILE) $(if $(UPGRADE),--upgrade) pyproject.toml --output-file requirements.lock
	$(COMPILE) $(if $(UPGRADE),--upgrade) pyproject.toml --group dev --constraint requirements.lock --output-file requirements-dev.lock

audit: $(VENV)/.dev  ## ask the public advisories about the locked packages (needs the internet)
	$(BIN)/uv tool run pip-audit --require-hashes --disable-pip -r requirements.lock

clean:  ## remove what make built; the demo's data stays
	rm -rf $(VENV) staticfiles test-results .coverage .coverage.* htmlcov .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

# ── set-up ──────────────────────────────────────────────────────────────────
# requirements.lock is what Inkpad runs on; requirements-dev.lock holds the same releases and the tools.
# The locked uv installs them, hashes checked; where uv has no build for the machine, pip does, with the same file.

$(VENV)/.python:
	@if $(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then exit 0; fi; \
	for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python; do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then echo "Inkpad needs Python 3.11 or newer and found none; install it or name it: make PYTHON=/path/to/python3" >&2; exit 1; fi; \
	if ! "$$found" -c 'import ensurepip, venv' >/dev/null 2>&1; then echo "This Python cannot make virtual environments; on Debian and Ubuntu run: apt-get install python3-venv" >&2; exit 1; fi; \
	echo "Making $(VENV) with $$("$$found" --version)"; \
	"$$found" -m venv --clear $(VENV)
	@awk '/^uv==/ { on = 1 } on { print } on && !/\\$$/ { exit }' requirements-dev.lock > $(VENV)/uv.txt
	@$(BIN)/python -m pip install --quiet --require-hashes --only-binary :all: -r $(VENV)/uv.txt \
	  || echo "uv is not to be had for this machine; pip takes its place and is slower"
	@touch $@

$(VENV)/.runtime: requirements.lock | $(VENV)/.python
	@$(call install,requirements.lock)
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@$(call install,requirements-dev.lock)
	@touch $@

install = if [ -x $(BIN)/uv ]; \
  then $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r $(1); \
  else $(BIN)/python -m pip install --quiet --require-hashes -r $(1); fi
