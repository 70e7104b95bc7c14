# One command for people and for CI: `make demo` shows it, `make test` proves it.
# Needs Python 3.11 and node 20; everything else is fetched into .venv and .test-venv.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
TEST_VENV ?= .test-venv
DEMO ?= demo
REPLAY ?= replay
LAB ?= yes

PIP_INSTALL = -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
BIN = $(abspath $(VENV))/bin
TEST_BIN = $(abspath $(TEST_VENV))/bin
# Tests run from the wheel in TEST_VENV; this makes them refuse a checkout on sys.path.
PYTEST = env -u PYTHONPATH BENCHBOOK_TEST_INSTALLED=1 $(TEST_BIN)/pytest
JLPM = cd extension && PATH="$(TEST_BIN):$$PATH" CI=true jlpm
STEP = @.ci/step
WORKERS ?= 2

# After `make dev`, the editable install is what runs, and nothing installs over it.
INSTALLED = $(VENV)/$(if $(wildcard $(VENV)/.dev),.dev,.benchbook)

SOURCES = pyproject.toml LICENSE $(wildcard README.md) $(shell find kernel_lib/benchbook extension/benchbook_lab extension/src \
	extension/style extension/schema extension/jupyter-config extension/package.json extension/yarn.lock \
	extension/install.json extension/tsconfig.json extension/.yarnrc.yml templates \
	\( -name labextension -o -name __pycache__ -o -name .ipynb_checkpoints -o -name .benchbook \) -prune -o -type f -print 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help demo replay lab wheel dev test lint floors test-front test-library test-server test-templates test-lab \
	test-contracts test-binder pictures bench clean
.NOTPARALLEL:

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# ------------------------------------------------------------------------------------------------------- using

demo: $(INSTALLED) ## real project, run end to end, then JupyterLab on it (LAB=no: end after the summary)
	@[ -f $(DEMO)/benchbook.yaml ] || $(BIN)/benchbook new flights $(DEMO)
	@if [ -f $(DEMO)/.benchbook/demo-has-run ]; then cd $(DEMO) && $(BIN)/benchbook runs; \
	else cd $(DEMO) && PATH="$(BIN):$$PATH" $(BIN)/benchbook run && touch .benchbook/demo-has-run; fi
	@[ "$(LAB)" = no ] || (cd $(DEMO) && PATH="$(BIN):$$PATH" $(BIN)/benchbook lab)

replay: $(INSTALLED) ## the year 2013 through the whole loop, month by month, in REPLAY; six minutes or more
	@PATH="$(BIN):$$PATH" $(BIN)/python -B templates/flights/replay.py $(REPLAY)

lab: $(INSTALLED) ## JupyterLab on the demo project as it is
	cd $(DEMO) && PATH="$(BIN):$$PATH" $(BIN)/benchbook lab

bench: $(INSTALLED) ## measure, and print the figures
	$(BIN)/python tests/benchmarks/run.py

# ---------------------------------------------------------------------------------------------------- building

wheel: dist/.built ## library, server face, labextension and templates in one file

# The built labextension is removed first: the build hook packs a folder that is there as it is, however old.
dist/.built: $(SOURCES) | $(VENV)/bin/python
	$(STEP) "build the wheel" sh -c 'rm -rf dist extension/benchbook_lab/labextension extension/lib extension/tsconfig.tsbuildinfo \
		&& $(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist .'
	@touch $@

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.benchbook: dist/.built constraints.txt | $(VENV)/bin/python
	$(STEP) "install into $(VENV)" sh -c '$(BIN)/python $(PIP_INSTALL) "$$(ls dist/*.whl)[demo]" \
		&& $(BIN)/python $(PIP_INSTALL) --no-deps --force-reinstall dist/*.whl'
	@touch $@

dev: | $(VENV)/bin/python ## editable install with linters, and the labextension linked for `jlpm watch`
	$(BIN)/python $(PIP_INSTALL) --editable '.[demo,test,dev]'
	cd extension && PATH="$(BIN):$$PATH" jupyter-builder develop --overwrite benchbook_lab
	@touch $(VENV)/.dev

clean: ## remove what was built, installed and tested (the demo project stays)
	rm -rf dist .test-venv extension/lib extension/benchbook_lab/labextension extension/node_modules extension/tsconfig.tsbuildinfo \
		.mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache tests/lab/screenshots $(VENV)/.benchbook $(VENV)/.dev

# ----------------------------------------------------------------------------------------------------- testing

# Every phase prints its name and time; the first that fails, or finds no test, ends it.
test: lint test-front test-contracts test-library test-server test-templates test-lab test-binder ## everything .ci/run runs
	@echo "All phases passed."

$(TEST_VENV)/.tools: pyproject.toml constraints.txt .ci/requirements.py
	@[ -x $(TEST_BIN)/python ] || $(PYTHON) -m venv $(TEST_VENV)
	$(STEP) "tools and dependencies into $(TEST_VENV)" sh -c '$(PYTHON) .ci/requirements.py > $(TEST_VENV)/requirements.txt \
		&& $(TEST_BIN)/python $(PIP_INSTALL) --requirement $(TEST_VENV)/requirements.txt'
	@touch $@

$(TEST_VENV)/.benchbook: dist/.built $(TEST_VENV)/.tools
	$(STEP) "install the wheel into $(TEST_VENV)" sh -c '$(TEST_BIN)/python $(PIP_INSTALL) --no-deps --force-reinstall dist/*.whl \
		&& $(TEST_BIN)/python -m pip check'
	@touch $@

lint: $(TEST_VENV)/.tools ## format, ruff, types, import floors, sizes
	$(STEP) "ruff format" $(TEST_BIN)/ruff format --check --quiet kernel_lib extension templates tests binder .ci
	$(STEP) "ruff" $(TEST_BIN)/ruff check --quiet kernel_lib extension templates tests binder .ci
	$(STEP) "mypy --strict" $(TEST_BIN)/mypy
	$(STEP) "floors" env PYTHONPATH=kernel_lib:extension $(TEST_BIN)/lint-imports --no-logo
	$(STEP) "sizes" $(PYTHON) .ci/sizes.py

test-front: $(TEST_VENV)/.benchbook ## eslint, prettier and the TypeScript tests
	$(STEP) "front end: install" sh -c '$(JLPM) install --immutable'
	$(STEP) "front end: eslint, prettier" sh -c '$(JLPM) lint:check'
	$(STEP) "front end: tests" sh -c '$(JLPM) test'

test-contracts: $(TEST_VENV)/.benchbook ## public names, versions, docs, sizes, contract.ts
	$(STEP) "contracts" $(PYTEST) -n $(WORKERS) --dist loadgroup tests/contracts

test-library: $(TEST_VENV)/.benchbook ## the library, with real files, kernels and processes
	$(STEP) "library" $(PYTEST) -n $(WORKERS) --dist loadgroup tests/library

# pytest-jupyter's event loop and Playwright's cannot share a process, so each has its own.
test-server: $(TEST_VENV)/.benchbook ## the server face, over real HTTP
	$(STEP) "server" $(PYTEST) -p pytest_jupyter.jupyter_server -n $(WORKERS) tests/server

test-templates: $(TEST_VENV)/.benchbook ## each template's pipeline, run whole
	$(STEP) "templates" $(PYTEST) -n $(WORKERS) --dist loadfile tests/templates

test-lab: $(TEST_VENV)/.benchbook ## the real JupyterLab in a real browser
	$(STEP) "chromium" .ci/chromium $(TEST_BIN)
	$(STEP) "lab" $(PYTEST) tests/lab

pictures: test-lab ## take the pictures of README anew, by the browser tests
	cp tests/lab/screenshots/lab-light.png tests/lab/pictures/lab.png

test-binder: $(TEST_VENV)/.benchbook ## what Binder would do, as far as that can be done here
	$(STEP) "binder" sh -c 'BENCHBOOK_WHEEL="$$(ls $(abspath dist)/benchbook-*.whl)" exec $(PYTEST) tests/binder'
