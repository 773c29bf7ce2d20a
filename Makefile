# Everything stays inside this checkout: .venv/ for work, .venv-bench/ and .venv-lock/ for two rare tasks.
# A stamp file says which requirements an environment holds, so a second run goes straight to its task.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# Packages of the person's own account, or on their PYTHONPATH, must not change an answer here.
export PYTHONNOUSERSITE := 1
unexport PYTHONPATH

BIN      := .venv/bin
INSTALL  := -m pip install --quiet --disable-pip-version-check
WORKERS  ?= 2
ARGS     ?=

# --- environments -----------------------------------------------------------

.venv/.python.stamp:
	@python="$$(PYTHON='$(PYTHON)' scripts/find-python)" && "$$python" -m venv .venv
	@touch $@

.venv/.core.stamp: requirements/core.txt .venv/.python.stamp
	@echo "Installing what one assessment needs into .venv ..."
	@$(BIN)/python $(INSTALL) --require-hashes -r requirements/core.txt
	@touch $@

# Fetches nothing: the build backend is in core.txt. See docs/decisions/0002.
.venv/.project.stamp: pyproject.toml .venv/.core.stamp
	@$(BIN)/python $(INSTALL) --no-index --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.bulk.stamp: requirements/bulk.txt | .venv/.project.stamp
	@echo "Installing what bulk work needs into .venv ..."
	@$(BIN)/python $(INSTALL) --require-hashes -r requirements/bulk.txt
	@touch $@

.venv/.window.stamp: requirements/window.txt | .venv/.project.stamp
	@echo "Installing what the window needs into .venv ..."
	@$(BIN)/python $(INSTALL) --require-hashes -r requirements/window.txt
	@touch $@

.venv/.test.stamp: requirements/test.txt | .venv/.project.stamp
	@echo "Installing what the tests need into .venv (about 800 MB the first time) ..."
	@$(BIN)/python $(INSTALL) --require-hashes -r requirements/test.txt
	@touch $@

.venv/.dev.stamp: requirements/dev.txt .venv/.test.stamp
	@echo "Installing the checking tools into .venv ..."
	@$(BIN)/python $(INSTALL) --require-hashes -r requirements/dev.txt
	@touch $@

.venv-bench/.stamp: requirements/bench.txt
	@echo "Making .venv-bench, with the benchmark peer ..."
	@python="$$(PYTHON='$(PYTHON)' scripts/find-python)" && "$$python" -m venv --clear .venv-bench
	@.venv-bench/bin/python $(INSTALL) --require-hashes -r requirements/bench.txt
	@.venv-bench/bin/python $(INSTALL) --no-index --no-deps --no-build-isolation --editable .
	@touch $@

.venv-lock/.stamp: requirements/lock.txt
	@python="$$(PYTHON='$(PYTHON)' scripts/find-python)" && "$$python" -m venv --clear .venv-lock
	@.venv-lock/bin/python $(INSTALL) --require-hashes -r requirements/lock.txt
	@touch $@

# axe-core, which checks pages for accessibility, and what the look is built from. Nobody needs it to run the window, so a
# machine without npm goes on without: the tests that need it say so.
node_modules/.stamp: package-lock.json
	@if command -v npm >/dev/null; then \
		echo "Installing what checks and builds the look into node_modules ..."; \
		npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && touch $@; \
	else echo "npm is not here: the tests of accessibility will be skipped."; fi

# --- what people type -------------------------------------------------------

.PHONY: help setup setup-bulk setup-window setup-dev demo serve drill test test-postgres golden lint format types imports bench docs assets lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile

setup: .venv/.project.stamp ## Make .venv with what one assessment needs

setup-bulk: .venv/.bulk.stamp ## The same, with columns and tariff workbooks

setup-window: .venv/.window.stamp ## The same, with the window

setup-dev: .venv/.dev.stamp ## The same, with the tests and the checking tools

demo: .venv/.window.stamp ## Assess every shipment in examples/, then serve the window with its demonstration
	@scripts/demo.sh $(ARGS)
	@$(BIN)/python scripts/serve.py

serve: .venv/.window.stamp ## Serve the window with its demonstration; ARGS="--workers 2 --database postgresql://…"
	@$(BIN)/python scripts/serve.py $(ARGS)

drill: .venv/.test.stamp ## Kill lodging, paying, releasing and moving annual amounts, 100 times and more each, and count; ARGS="--database postgresql://…"
	@$(BIN)/python tests/window/drill.py $(ARGS)
	@$(BIN)/python tests/window/ledger_drill.py $(ARGS)

test: .venv/.test.stamp node_modules/.stamp ## Run the tests; ARGS="tests/test_x.py -k wine" narrows them
	@$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

# The address names a server and a role that may make databases; test databases of that name are made there and go away again.
test-postgres: .venv/.test.stamp ## Run the window's tests that use a database on PostgreSQL: a cluster of our own, or TONGGUAN_TEST_DATABASE
	@$(if $(TONGGUAN_TEST_DATABASE),,$(BIN)/python tests/window/throwaway.py) $(BIN)/python -m pytest -n $(WORKERS) tests/window -m "database and not browser" $(ARGS)

golden: .venv/.test.stamp ## Record the whole answers in tests/golden/ again; read the difference
	@TONGGUAN_RECORD_GOLDEN=1 $(BIN)/python -m pytest tests/golden $(ARGS)
	@git --no-pager diff --stat -- tests/golden

lint: .venv/.dev.stamp ## Look for mistakes and untidy files
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

format: .venv/.dev.stamp ## Tidy the files and mend what can be mended safely
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

types: .venv/.dev.stamp ## Check the types
	@$(BIN)/mypy

imports: .venv/.dev.stamp ## Check that imports run one way
	@$(BIN)/lint-imports --no-cache

bench: .venv-bench/.stamp ## Measure speed, beside a peer or a limit
	@.venv-bench/bin/python -m benchmarks $(ARGS)

docs: .venv/.project.stamp ## Write the generated pages of docs/ again
	@$(BIN)/python scripts/write_docs.py $(ARGS)

assets: node_modules/.stamp ## Build the look of the window again (needs npm); ARGS=lock writes package-lock.json again
	@if [ "$(ARGS)" = lock ]; then npm install --package-lock-only --ignore-scripts --loglevel=error && node scripts/make-assets-lock.mjs; fi
	@node scripts/make-assets.mjs

lock: .venv-lock/.stamp ## Compile requirements/*.in again; ARGS=--upgrade takes newer releases
	@scripts/lock.sh $(ARGS)

clean: ## Remove the environments and what tools left behind
	@rm -rf .venv .venv-bench .venv-lock node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis
