# `make` alone lists what can be asked of it.  PYTHON chooses the interpreter, ARGS reach the command.

SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
MADE := $(VENV)/.made
RUNS := $(VENV)/.runs
TESTS := $(VENV)/.tests
export ARGS ?=
export PYTHON ?=
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_DEFAULT_TIMEOUT ?= 60
# The tests start Plaint hundreds of times: compiling it each time would take minutes.
unexport PYTHONDONTWRITEBYTECODE

# An environment that was moved, or whose interpreter is gone, or whose making was cut short, is made anew.
IGNORED := $(shell test "$$(cat $(MADE) 2>/dev/null)" = "$$(pwd -P)" && $(BIN)/python -c '' 2>/dev/null \
	|| rm -f $(MADE) $(RUNS) $(TESTS))

PIP := $(BIN)/python -m pip --quiet
PYTEST := $(BIN)/python -m pytest
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links

.PHONY: help setup demo serve test bench lint types contracts format lock wheel clean

help: ## List what can be asked of make
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

demo: $(RUNS) ## Load real complaints and serve them on 127.0.0.1:8000 (ARGS=--once prints a summary and stops)
	@$(BIN)/plaint demo $(ARGS)

serve: $(RUNS) ## Serve the desk kept in ./plaint-data (ARGS="--port 8080")
	@$(BIN)/plaint serve $(ARGS)

setup: $(TESTS) ## Install everything needed to work on Plaint into .venv

test: $(TESTS) ## Run every test this machine allows, count the rest, and check coverage (ARGS="-k clock")
	@$(PYTEST) -n 2 --dist worksteal --cov --cov-report= $(ARGS)
	@test -n "$$ARGS" || $(BIN)/coverage report
	@test -n "$$ARGS" || $(BIN)/coverage report --format=total --fail-under=95 \
		--include='domain/*,projections/*,scheduler/*' >/dev/null \
		|| { echo 'Coverage of domain, projections and scheduler is below 95 %.' >&2; exit 1; }

bench: $(TESTS) ## Measure (tests/benchmarks; ARGS="-k append")
	@if test -d tests/benchmarks; then \
		$(PYTEST) -o python_files='bench_*.py' tests/benchmarks $(ARGS); \
	else echo 'There is nothing to measure yet.'; fi

lint: $(TESTS) ## Check style, formatting and declared dependencies
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/deptry .

types: $(TESTS) ## Check types, strictly
	@$(BIN)/basedpyright --project pyproject.toml --pythonpath $(BIN)/python

contracts: $(TESTS) ## Check that imports go one way
	@$(BIN)/lint-imports --no-cache

format: $(TESTS) ## Format the code and mend what can be mended
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

lock: $(TESTS) ## Pin dependencies again after a change of pyproject.toml (ARGS=--upgrade for newer ones)
	@$(LOCK) pyproject.toml -o requirements.txt $(ARGS)
	@$(LOCK) --group build -o requirements-build.txt $(ARGS)
	@$(LOCK) pyproject.toml --group dev --group build -c requirements.txt -o requirements-dev.txt $(ARGS)

wheel: $(TESTS) ## Build the wheel into dist
	@$(BIN)/python -m hatchling build -t wheel

clean: ## Remove everything that was made, but not ./plaint-data
	@rm -rf $(VENV) dist build .coverage .coverage.* htmlcov .hypothesis .import_linter_cache .pytest_cache .ruff_cache .schemathesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(MADE):
	@set -- "$$PYTHON"; test -n "$$1" || set -- python3 python3.14 python3.13 python3.12 python3.11; \
	for python; do \
		"$$python" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		echo "Making $(VENV) with $$("$$python" --version)."; \
		"$$python" -m venv --clear $(VENV) || exit 1; \
		pwd -P > $@; exit 0; \
	done; \
	echo 'Python 3.11 or later with venv and pip is needed: on Debian, apt install python3-venv;' \
		'where it bears another name, make PYTHON=name.' >&2; exit 1

$(RUNS): $(MADE) requirements.txt requirements-build.txt pyproject.toml
	@echo 'Installing what Plaint runs on.'
	@$(PIP) install --require-hashes -r requirements-build.txt
	@$(PIP) install --require-hashes -r requirements.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(TESTS): $(RUNS) requirements-dev.txt
	@echo 'Installing what its tests need.'
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@
