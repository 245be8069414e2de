# Everything runs from .venv in this checkout; `make` alone lists the targets.

PYTHON ?= python3
ARGS ?=
SECONDS ?= 600
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-cluster check bench bench-matching fuzz fuzz-core properties lanes faults clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  ARGS='...' is passed on to demo, test, bench and fuzz; PYTHON=... chooses the interpreter."

setup: ## Make .venv with `cfx` in it (does nothing when it is up to date)
	@PYTHON='$(PYTHON)' .ci/setup test,check

demo: setup ## Start an exchange with bots and watch it (ARGS='--duration 60 --seed 1')
	@$(BIN)/cfx demo $(ARGS)

test: setup ## Run the tests
	@$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

test-cluster: setup ## Run the tests on a real nats-server (they skip, saying so, where there is none)
	@$(BIN)/python -m pytest -s tests/cluster tests/exchange/log/jetstream \
		tests/exchange/following/test_source.py tests/exchange/gateway/test_key_sharing.py \
		tests/exchange/test_sharing.py $(ARGS)

check: setup ## Lint, format, types, import floors, tidiness
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -q tests/test_tidy.py

bench: setup ## Measure the kernel, the gateway and market data beside their peers
	@PYTHON='$(PYTHON)' .ci/setup bench
	@$(BIN)/python -m benchmarks $(ARGS)

bench-matching: setup ## Measure the kernel beside C++ and PyPI's books, one table (ARGS=--quick)
	@PYTHON='$(PYTHON)' .ci/setup bench
	@$(BIN)/python -m benchmarks matching $(ARGS)

fuzz: setup ## Tell random stories to the kernel and the oracle (SECONDS=600), print the seeds
	@$(BIN)/python -m tests.matching.fuzz --seconds $(SECONDS) $(ARGS)

fuzz-core: setup ## Tell random stories to the whole core, laws after each command (SECONDS=3600)
	@$(BIN)/python -m tests.exchange.core.fuzz --seconds $(SECONDS) $(ARGS)

properties: setup ## Run the property tests with many more examples
	@$(BIN)/python -m pytest -n 2 -m hypothesis --hypothesis-profile fuzz $(ARGS)

lanes: setup ## Run the tests of books and core at length, with indices checked and as plain Python
	@CFX_LANES=all $(BIN)/python -m pytest tests/exchange/core/test_bounds_checked.py \
		tests/exchange/core/test_jit_off.py $(ARGS)

faults: setup ## Try every fault of docs/faults.md, kill under load ten times, send the whole tape
	@CFX_FAULTS=all CFX_CRASH_ROUNDS=10 CFX_TAPE_COMMANDS=all $(BIN)/python -m pytest -s tests/faults \
		tests/live/test_crash.py tests/live/test_tape.py $(ARGS)

clean: ## Remove .venv, caches and build products (never an exchange's own files)
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis \
		.import_linter_cache .benchmarks
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
