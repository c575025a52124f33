# Busk needs Python 3.11 or newer and make. Everything else is brought along; `make help` names the targets.

PYTHON ?= python3
BIN := .venv/bin
# The brought-along Node is found before any other.
export PATH := $(CURDIR)/$(BIN):$(PATH)

INSTALLED := .venv/.installed
INSTALLED_DEV := .venv/.installed-dev
NODE_MODULES := frontend/node_modules/.installed
BUNDLE := static/dist/manifest.json
# Templates too: Tailwind looks in them for the classes it has to make.
BUNDLE_SOURCES := $(shell find frontend templates $(wildcard */templates) \
	-name node_modules -prune -o -type f -not -name '*.test.ts*' -print)

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test check lint types unit browser-tests test-live bench soak generated lock clean chromium stripe-mock

help: ## name the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F '|' '{ printf "  make %-14s %s\n", $$1, $$2 }'

setup: $(INSTALLED) $(BUNDLE) ## install everything that Busk needs to run

setup-dev: setup $(INSTALLED_DEV) ## install the tests and linters too

run: setup ## start Busk on http://localhost:8000 (ARGS='--port 8001' for another port)
	@$(BIN)/python manage.py serve $(ARGS)

test: check unit browser-tests test-live ## run every check and test there is

check: lint types ## linters, types, migrations, API schema

lint: setup-dev
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/lint-imports --no-logo
	$(BIN)/djlint --lint --quiet templates
	$(BIN)/python manage.py makemigrations --check --dry-run --verbosity 0
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file var/schema.yaml

types: setup-dev
	$(BIN)/mypy .
	cd frontend && npm run --silent check

unit: setup-dev stripe-mock ## tests without a browser or a server of their own
	cd frontend && npm test --silent
	$(BIN)/pytest -q -n 2 --ignore tests/e2e --ignore tests/chaos --ignore tests/live

browser-tests: setup-dev chromium ## tests that start whole servers, kill them, and drive Chromium
	$(BIN)/pytest -q -n 0 tests/chaos
	@if .ci/chromium --find >/dev/null; then set -x; $(BIN)/pytest -q -n 2 --dist loadfile tests/e2e; fi

test-live: setup-dev ## tests against the LiveKit server in LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET
	@if [ -z "$$LIVEKIT_URL" ] || [ -z "$$LIVEKIT_API_KEY" ] || [ -z "$$LIVEKIT_API_SECRET" ]; then \
		echo "No test ran against a real LiveKit: LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET name none"; \
		else set -x; $(BIN)/pytest -q -n 0 -m live tests/livekit tests/live; fi

bench: setup-dev ## measure against the bars: make bench NAME=room (without NAME: the list)
	@$(BIN)/python -m bench $(NAME)

generated: setup-dev ## write anew what is made from the code: types of the front end, document of the sockets
	$(BIN)/python manage.py export_events
	$(BIN)/python manage.py export_asyncapi
	@mkdir -p var
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file var/schema.yaml
	cd frontend && npm run --silent gen:api

lock: $(INSTALLED_DEV) ## pin the requirements anew from the *.in files
	$(BIN)/uv pip compile $(LOCK) requirements-dev.in -o requirements-dev.txt
	$(BIN)/uv pip compile $(LOCK) requirements-embedded.in -c requirements-dev.txt -o requirements-embedded.txt
	$(BIN)/uv pip compile $(LOCK) requirements.in -c requirements-dev.txt -o requirements.txt
LOCK := --quiet --universal --python-version 3.11 --generate-hashes

clean: ## remove what was installed and built; the data (var/) stays
	rm -rf .venv static/dist frontend/node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

chromium: # where it can be installed; elsewhere one line says what is missing
	@.ci/chromium

stripe-mock: $(INSTALLED) # the same
	@.ci/stripe-mock

# --- What the targets above wait for; each file is made once and again when its sources change ---------------

.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Busk needs Python 3.11 or newer; name one by make PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "This Python has no venv: on Debian, apt-get install python3-venv"; exit 1; }
	@# uv installs in seconds what pip takes a minute for; pip does where there is no uv.
	-@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		"$$(sed -n 's/^\(uv==[^ ]*\).*/\1/p' requirements-dev.txt)"
	@touch $@

define install
	@echo "Installing $(1)"
	@if [ -x $(BIN)/uv ]; then $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r $(1); \
		else $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1); fi
	@touch $@
endef

$(INSTALLED): requirements-embedded.txt | .venv/.made
	$(call install,$<)

$(INSTALLED_DEV): requirements-dev.txt $(INSTALLED)
	$(call install,$<)

$(NODE_MODULES): frontend/package-lock.json | $(INSTALLED)
	@echo "Installing frontend/package-lock.json"
	@cd frontend && npm ci --silent --no-audit --no-fund
	@touch $@

$(BUNDLE): $(BUNDLE_SOURCES) $(NODE_MODULES)
	@echo "Building the front end"
	@mkdir -p var
	@(cd frontend && npm run --silent build) >var/build.log 2>&1 || { cat var/build.log; exit 1; }
	@touch $@
