# Countersign: every target works from a bare clone; it needs Python 3.11 or newer and make.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq install
CODE := engine workflows connectors notifications console tools
WORKERS ?= 3
ARGS ?=

.PHONY: help demo up test check lint types floors docs docs-check bench fmt lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 18

demo: .venv/.runtime ## run the example from draft to synced, on this machine alone
	$(BIN)/countersign demo $(ARGS)

up: .venv/.runtime ## run everything until Ctrl-C; the pages are at http://127.0.0.1:8400
	$(BIN)/countersign up $(ARGS)

test: .venv/.dev ## run the tests, with PostgreSQL and RabbitMQ (ARGS="-k name" chooses)
	$(BIN)/python -m tools.services -- $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

check: lint types floors docs-check test ## everything that has to hold before a change is merged

lint: .venv/.dev ## style
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: .venv/.dev ## types
	$(BIN)/mypy $(CODE)

floors: .venv/.dev ## which package may import which
	$(BIN)/lint-imports

docs: .venv/.dev ## write the generated documents
	$(BIN)/python -m tools.generate_docs

docs-check: .venv/.dev ## compare the generated documents with the code
	$(BIN)/python -m tools.generate_docs --check

bench: .venv/.dev ## measure, with PostgreSQL and RabbitMQ, and write docs/benchmarks.md
	$(BIN)/python -m tools.services -- $(BIN)/python -m bench $(ARGS)

fmt: .venv/.dev ## put the code into shape
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

lock: .venv/.dev ## take the newest allowed versions into the lock files
	tools/lock.sh

clean: ## remove what the other targets made, except ./var with its data
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

.venv/.runtime: requirements/runtime.lock requirements/build.lock pyproject.toml tools/venv.sh
	tools/venv.sh
	@echo "Installing Countersign's dependencies into .venv (once)"
	$(PIP) --require-hashes -r requirements/build.lock -r requirements/runtime.lock
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: .venv/.runtime requirements/dev.lock
	@echo "Installing the development tools into .venv (once)"
	$(PIP) --require-hashes -r requirements/dev.lock
	@touch $@
