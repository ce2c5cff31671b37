VENV   := .venv
BIN    := $(VENV)/bin
PYTHON ?= python3
READY  := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help setup demo test check cluster soak format golden generate bench

help: ## This list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

$(READY): pyproject.toml requirements-dev.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

setup: $(READY) ## Make .venv with an editable install and the locked development tools

demo: $(READY) ## Render the demo's values, run the graph, and watch real pod logs arrive
	$(BIN)/kmon demo --for 20s

test: check ## Everything that is checked: check and all tests

check: $(READY) ## Formatting, lint, types, import contracts, all tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q -n auto --dist worksteal

cluster: $(READY) ## Build the API server that the cluster tests run against
	$(BIN)/python -m tests.e2e.cluster.binaries

soak: $(READY) ## The long tests: many kills and stops while files rotate
	$(BIN)/pytest -q -m soak -rA

format: $(READY) ## Format the code and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

golden: $(READY) ## Rewrite the golden files from what the code does now
	$(BIN)/pytest -q tests/golden --update-golden

generate: $(READY) ## Write schemas and reference documents
	$(BIN)/python -m kmon.generate

bench: $(READY) ## Measure (see docs/performance.md)
	$(BIN)/python -m bench.logs
	$(BIN)/python -m bench.discovery
