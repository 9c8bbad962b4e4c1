# Every way to set up, run and check the project. `make` alone lists them.

.DEFAULT_GOAL := help
SHELL := /bin/sh
.PHONY: help setup run test check test-dates test-bi test-clients soak lint fmt bench bench-paired bench-dlt docs api airflow bi bundle secrets lock clean

# --- One environment for every command below: nothing is written outside this folder, and nobody is called home.
# OI_HOME's default is not exported: .env may name another one for ./oi.
OI_HOME ?= $(CURDIR)/.oi
export TMPDIR := $(OI_HOME)/tmp
export XDG_CACHE_HOME := $(OI_HOME)/cache
export PIP_NO_CACHE_DIR := 1
# A proxy is for package downloads; what runs on this machine is reached directly.
LOOPBACK := 127.0.0.1,localhost,::1
export NO_PROXY := $(LOOPBACK),$(NO_PROXY)
export no_proxy := $(LOOPBACK),$(no_proxy)
# Tests start hundreds of processes: each would compile the code again.
unexport PYTHONDONTWRITEBYTECODE
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export GX_ANALYTICS_ENABLED := false
export PYTHONPATH := $(CURDIR):$(CURDIR)/plugins

BIN := .venv/bin
PYTHONS := $(PYTHON) python3.11 python3.12 python3.13 python3
USABLE := import sys, venv, ensurepip, sqlite3; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
ROWS ?= 100000 1000000
QUERY_ROWS ?= 10000000
# Both ends and the middle of a month and a billing cycle, a year's end, a leap day, and clocks that change: at each of
# these moments, in this zone, about a minute before the change.
DATES ?= 2026-07-01T00:00:01Z@UTC 2026-07-15T12:00:00Z@UTC 2026-07-28T12:00:00Z@UTC 2026-07-31T23:59:00Z@UTC \
  2026-10-25T00:59:00Z@Europe/Berlin 2026-11-01T05:59:00Z@America/New_York 2026-12-31T23:59:00Z@UTC \
  2027-03-14T06:59:00Z@America/New_York 2027-03-28T00:59:00Z@Europe/Berlin 2028-02-29T23:59:00Z@UTC

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))
	@echo "  ./oi --help       the command line"

setup: .venv/requirements.txt ## install everything into .venv (nothing to do when nothing changed)
	@umask 077 && mkdir -p "$(TMPDIR)"

# The stamp is a copy of what was installed, so a checkout that only touches the file costs no second install.
# pip compiles in one process and takes twice as long; what cannot be compiled (templates of code) is left as it is.
.venv/requirements.txt: requirements.txt | .venv/bin/python
	@umask 077 && mkdir -p "$(TMPDIR)"
	@if cmp -s requirements.txt $@; then touch $@; else \
	  echo "Installing the packages of requirements.txt into .venv (a few minutes, once) ..." && \
	  $(BIN)/python -m pip install --quiet --no-input --no-compile -r requirements.txt && \
	  { $(BIN)/python -m compileall -qq -j 0 .venv/lib >/dev/null 2>&1 || true; } && cp requirements.txt $@ || \
	  { echo "The packages could not be installed: the lines above say why. Then run make setup again." >&2; exit 1; }; fi

.venv/bin/python:
	@umask 077 && mkdir -p "$(TMPDIR)"
	@for python in $(PYTHONS); do \
	  if "$$python" -c '$(USABLE)' 2>/dev/null; then exec "$$python" -m venv .venv; fi; done; \
	echo "Python 3.11, 3.12 or 3.13 with venv and sqlite3 is needed; found: $$(command -v python3 >/dev/null && python3 --version || echo none)." >&2; \
	echo "Install one (on Debian or Ubuntu: apt install python3 python3-venv), or name it: make setup PYTHON=/path/to/python3.12" >&2; \
	exit 1

run: setup ## a day of open interest through both DAGs into ClickHouse; without an API key against the simulator
	@./oi demo

# What imports neither Airflow nor an engine, and starts no server: the tests of the pure rooms and of what reads text.
UNIT := tests/domain tests/planning tests/alarms tests/configuration tests/settings tests/host tests/kwery/answers tests/kwery/test_api_key.py \
  tests/kwery/test_errors.py tests/kwery/test_query.py tests/kwery/test_spellings.py tests/simulator tests/docs/test_architecture.py \
  tests/docs/test_rules.py tests/docs/test_vendor.py tests/test_rules.py

check: setup ## style, types, import rules and unit tests, in under a minute: before each commit
	@$(MAKE) --no-print-directory lint
	$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "not slow and not soak and not bi and not clients" $(UNIT)

test: setup ## all checks, quick ones first, then all tests
	@$(MAKE) --no-print-directory lint
	@# Long files first (tests/conftest.py): the order is kept, so that none of them is left at the end.
	$(BIN)/python -m pytest -n 5 --dist loadfile --no-loadscope-reorder

# Without the slow tests: they are about processes and disasters, run at fixed moments, and take as long as all others.
# The one that shares a budget out with Airflow runs, too.
test-dates: setup ## the tests at moments of the calendar that differ (DATES="2026-07-28T12:00:00Z@UTC ...")
	@for date in $(DATES); do echo "== $$date"; \
	  OI_TESTS_NOW="$${date%@*}" TZ="$${date#*@}" $(BIN)/python -m pytest -q -n 5 --dist loadfile --no-loadscope-reorder \
	    -m "not soak and not bi and not clients and not slow" || exit 1; \
	  OI_TESTS_NOW="$${date%@*}" TZ="$${date#*@}" $(BIN)/python -m pytest -q tests/dags/test_backfill.py || exit 1; done

soak: setup ## all services of compose as processes, native backfills, kills, a dead Celery worker, outages of a minute, random disasters for ten (OI_SOAK_SECONDS, OI_SOAK_SEED), ten times the cases of properties
	$(BIN)/python -m pytest -m soak -s
	$(BIN)/python -m pytest --hypothesis-profile=soak --timeout 3600 $$(grep -rl '^from hypothesis import' tests --include='test_*.py')

lint: setup ## style, types and import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fmt: setup ## put the code in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup ## loads (ROWS="100000 1000000"), request pace, planning, pages, hourly runs, dashboard queries (QUERY_ROWS)
	@$(BIN)/python -m bench $(ROWS)
	@$(BIN)/python -m bench.pace
	@$(BIN)/python -m bench.plan
	@$(BIN)/python -m bench.pages
	@$(BIN)/python -m bench.hourly
	@$(BIN)/python -m bench.queries $(QUERY_ROWS)

bench-paired: setup ## loads (ROWS) beside plain scripts, and dlt where bench-dlt has installed it; the ratios of CPU time
	@$(BIN)/python -m bench.paired $(ROWS)

bench-dlt: setup ## dlt into .venv/bench, an environment of its own
	@$(BIN)/python -m venv .venv/bench
	@.venv/bench/bin/python -m pip install --quiet --no-input -r bench/requirements.txt

docs: setup ## docs/data-dictionary.md and the columns of the dashboard's datasets, from a fresh warehouse
	@rm -rf "$(TMPDIR)/docs" && OI_HOME="$(TMPDIR)/docs" CLICKHOUSE_HOST= CLICKHOUSE_DATABASE= ./oi tables > docs/data-dictionary.md
	@$(BIN)/python -m bi.columns

api: setup ## the simulator of the vendor's API on port 8900
	@./oi api --port 8900

airflow: setup ## Airflow with its web interface on this machine
	@./oi airflow

bi: setup .venv/bi/requirements.txt ## Superset with a dashboard over the warehouse, on this machine
	@./oi bi

bundle: setup ## .oi/dashboard.zip, the dashboard for a Superset of your own (superset import-dashboards)
	@$(BIN)/python -m bi.bundle .oi/dashboard.zip && echo "Written to .oi/dashboard.zip. Over an earlier version: superset import-directory --overwrite bi/assets"

test-bi: setup .venv/bi/requirements.txt ## dashboard and pages, driven in a real browser (chromium); pictures are kept in .oi/artifacts
	$(BIN)/python -m pytest -m bi -s tests/bi

test-clients: setup .venv/clients/requirements.txt ## polars, ibis, JavaScript and dbt read the marts, as docs/clients.md says (node is needed)
	$(BIN)/python -m pytest -m clients tests/clients

.venv/clients/requirements.txt: tests/clients/requirements.txt | .venv/bin/python
	@cmp -s tests/clients/requirements.txt $@ || { echo "Installing other clients into .venv/clients (a few minutes, once) ..." && \
	  $(BIN)/python -m venv .venv/clients && .venv/clients/bin/python -m pip install --quiet --no-input -r tests/clients/requirements.txt && \
	  npm install --prefix .venv/clients --silent --no-audit --no-fund @clickhouse/client@1.23.1 && \
	  cp tests/clients/requirements.txt $@; }

.venv/bi/requirements.txt: bi/requirements.txt | .venv/bin/python
	@cmp -s bi/requirements.txt $@ || { echo "Installing Superset into .venv/bi (a few minutes, once) ..." && \
	  $(BIN)/python -m venv .venv/bi && .venv/bi/bin/python -m pip install --quiet --no-input -r bi/requirements.txt && \
	  cp bi/requirements.txt $@; }

secrets: ## passwords for docker compose, into .env; what is set stays
	@docker/make_secrets.sh

lock: setup ## compile each requirements.in to requirements.txt (every pin; Python 3.11 to 3.13, 3.11 in the image)
	@test -x .venv/lock/bin/uv || { $(BIN)/python -m venv .venv/lock && .venv/lock/bin/pip install --quiet uv; }
	UV_NO_CACHE=1 .venv/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --no-annotate \
	  --custom-compile-command "make lock" requirements.in -o requirements.txt
	@# The image's own lock begins as the other one, so that they differ only where Airflow's providers make them.
	cp requirements.txt docker/requirements.txt
	sed '/^# tests/,$$d' requirements.in | cat - docker/requirements.in | UV_NO_CACHE=1 .venv/lock/bin/uv pip compile \
	  --quiet --python-version 3.11 --python-platform linux --no-annotate --custom-compile-command "make lock" \
	  - -o docker/requirements.txt
	UV_NO_CACHE=1 .venv/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --no-annotate \
	  --custom-compile-command "make lock" bi/requirements.in -o bi/requirements.txt

clean: ## remove what can be made again; .oi stays, it holds pages that were paid for
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.oi/*' -prune -exec rm -rf {} +
