# Two commands for a fresh machine with Python 3.11, make and git: `make demo` and `make test`.
PYTHON ?= python3
PORT ?= 8501
PIP := .venv/bin/python -m pip install --disable-pip-version-check --quiet
COVERAGE := --cov-branch --cov-fail-under=90 --cov-report=term:skip-covered $(addprefix --cov=core.,fetchers sync account_sync harvest backfill accounts)
RUN := .venv/bin/python -m core

.PHONY: demo run test check bench chaos screenshots clean

demo: .venv/installed ## demo data on http://localhost:8501, in data/demo
	@exec $(RUN) demo --port $(PORT)

run: .venv/installed ## the real platforms, as .env configures them
	@exec $(RUN) run --port $(PORT)

test: .venv/installed-dev ## all tests; below 90 % of the branches of fetching and syncing it fails
	.venv/bin/python -m pytest $(COVERAGE)

check: .venv/installed-dev ## lint, format, types, layers
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/python -m pytest -q tests/test_layers.py

bench: .venv/installed-dev ## the benchmarks, a ratio a line
	.venv/bin/python -m tests.bench

chaos: .venv/installed-dev ## every fault that has to be survived, 100 kills, and a day of hourly syncs
	.venv/bin/python -m tests.chaos

screenshots: .venv/installed-dev ## every page in both themes, on a laptop and a phone, into data/screenshots
	.venv/bin/python -m tests.screenshots

.venv/installed: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Tideline needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	@echo "Installing what Tideline needs into .venv (once) ..."
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv
	@$(PIP) -r requirements.txt
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.txt
	@echo "Installing what the tests need into .venv (once) ..."
	@$(PIP) -r requirements-dev.txt
	@touch $@

clean: ## remove the virtual environment and the demo's data
	rm -rf .venv data/demo
