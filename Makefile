# The one door. `make check` is what CI runs.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
PORT ?= 8400
PYTHON ?= python3

# uv comes from the PATH, or from PyPI into .cache when it is not there.
UV := $(shell command -v uv 2>/dev/null || echo .cache/uv/bin/uv)
export UV_PYTHON_DOWNLOADS := never
RUN := $(UV) run --no-sync
WEB_SOURCES := $(shell find web -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)
BUILT := src/callingcard/server/static/built/app/index.html

.PHONY: help setup demo test check fmt lint types web picture bench fuzz docs

help: ## Show what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

$(filter .cache/%,$(UV)):
	@echo "Installing uv from PyPI …"
	@$(PYTHON) -m venv .cache/uv && .cache/uv/bin/pip install -q --disable-pip-version-check uv

.cache/demo.stamp: pyproject.toml uv.lock | $(filter .cache/%,$(UV))
	@echo "Installing the Python packages …"
	@$(UV) sync -q --frozen --extra server --no-default-groups --group web
	@mkdir -p .cache && touch $@

setup: .cache/setup.stamp ## Install everything that work on the project needs
.cache/setup.stamp: pyproject.toml uv.lock | $(filter .cache/%,$(UV))
	@echo "Installing the Python packages …"
	@$(UV) sync -q --frozen --all-extras --all-groups
	@mkdir -p .cache && touch $@ .cache/demo.stamp

$(BUILT): $(WEB_SOURCES) tools/build_web.py | .cache/demo.stamp
	@echo "Building the front end …"
	@$(RUN) python tools/build_web.py
	@touch $@

web: .cache/demo.stamp $(BUILT) ## Build the front end into the package

demo: .cache/demo.stamp $(BUILT) ## Start everything, with a demo shop beside it (PORT=8400)
	@$(RUN) callingcard demo --port $(PORT) || test $$? -eq 130

test: setup ## Run every test that needs no server, browser or patience
	@$(RUN) pytest -q -n 2 --dist loadfile

fmt: setup ## Format the code
	@$(RUN) ruff format src tests tools examples benchmarks
	@$(RUN) ruff check --fix -q src tests tools examples benchmarks

lint: setup ## Check format, style, spelling, and the map of imports
	@$(RUN) ruff format --check -q src tests tools examples benchmarks
	@$(RUN) ruff check -q src tests tools examples benchmarks
	@$(RUN) lint-imports --no-cache
	@$(RUN) codespell src docs tests examples benchmarks web/*/src *.md

types: setup ## Check the types, ours strictly and the library as its users see it
	@$(RUN) basedpyright
	@$(RUN) mypy

docs: setup ## Write the generated pages of docs/reference and the front end's API types
	@$(RUN) python tools/write_docs.py

check: setup lint types web ## What CI runs: everything
	@$(RUN) python tools/write_docs.py --check
	@$(RUN) python tools/build_web.py check
	@$(RUN) python tools/with_services.py pytest -q -n 2 --dist loadfile

picture: setup web ## Take the README's picture anew, from the browser test
	@CALLINGCARD_TEST_README_PICTURE=docs/images/demo.png \
	  $(RUN) python tools/with_services.py pytest -q tests/e2e/test_demo.py -k known_and_then_forgotten

bench: setup web ## Measure beside what a user would pick instead, on one core
	@$(RUN) python benchmarks/run.py
	@$(RUN) python benchmarks/functions.py
	@$(RUN) python benchmarks/editing.py
	@$(RUN) python benchmarks/flows.py
	@$(RUN) python benchmarks/streams.py

fuzz: setup ## Run the property tests with many more examples
	@HYPOTHESIS_PROFILE=fuzz $(RUN) pytest -q tests/property
