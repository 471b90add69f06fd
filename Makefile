# Two commands carry the day, `make run` and `make test`; each does all its own set-up.
PYTHON ?= python3
PORT ?= 8000
SANDBOX_PORT ?= 8010
VAR ?= var
export PORT SANDBOX_PORT VAR CHROMIUM

BIN := .venv/bin
APPS := timechimp_afas integrations invoicing registration relations accounts core
CODE := $(APPS) sandbox tools manage.py
FAST := not services and not browser and not hostile
NO_DATABASE := afas contract sandbox
WHERE := $(if $(findstring /,$(T)),$(T),$(if $(T),-k "$(T)"))
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url
SCHEMA := mkdir -p var && env -i PATH="$$PATH" DEBUG=1 $(BIN)/python manage.py spectacular --validate --fail-on-warn --file
OUTSIDE := DEBUG=0 SECRET_KEY=$$(head -c 40 /dev/urandom | base64 | tr -d '\n') FIELD_KEYS=$$(head -c 32 /dev/urandom | base64 | tr '+/' '-_')
test-services chaos bench: export DATABASE_URL ?= postgres://postgres@127.0.0.1:5432/test
test-services chaos bench: export REDIS_URL ?= redis://127.0.0.1:6379

.DEFAULT_GOAL := help
.PHONY: help run up test test-services hostile chaos money fuzz bench browser pictures check ready seed reset lock schema messages _python _base _dev

help: ## this list
	@echo "make run and make test do all the set-up they need."
	@sed -n 's/^\([a-z-]*\):.*## /\1: /p' Makefile | awk -F': ' '{printf "  * make %-14s %s\n", $$1, $$2}'

run: _base ## start web, worker and the pretend AFAS (PORT=8000, SANDBOX_PORT=8010)
	@$(BIN)/python -m tools.run start

up: _python ## the same with PostgreSQL, Redis and Celery, in Docker
	@$(PYTHON) -m tools.stack
	docker compose up --build

test: _dev ## the fast tests, offline, in parallel (T=name or T=path/to/test.py)
	@$(BIN)/pytest -n auto -m "$(FAST)" $(WHERE)

test-services: _dev ## the same and more on PostgreSQL and Redis, with real workers
	@$(BIN)/python -m tools.services
	@$(BIN)/pytest -n auto -m "not browser and not hostile" $(or $(WHERE),$(NO_DATABASE:%=--ignore=tests/%))

hostile: _dev ## the services in virtual time against a hostile AFAS (SEEDS= SEED= BASE= VARIANT=)
	@$(if $(SEED)$(VARIANT),,$(BIN)/pytest -m hostile tests/hostile)
	@PYTHONHASHSEED=0 $(BIN)/python -m tests.hostile $(if $(SEEDS),--seeds $(SEEDS)) \
		$(if $(SEED),--seed $(SEED)) $(if $(BASE),--base $(BASE)) $(if $(VARIANT),--variant "$(VARIANT)")

chaos: _dev ## the product as processes in bad weather, for minutes (SEED= DOCUMENTS= VARIANT=)
	@$(BIN)/python -m tools.services
	@$(BIN)/python -m tests.chaos

money: _dev ## random companies' work, billed and credited to the cent (EXAMPLES= SEED=)
	@EXAMPLES=$(or $(EXAMPLES),10000) $(BIN)/pytest -n auto tests/money

fuzz: _dev ## every operation of the API, with what its document allows and what not (EXAMPLES=)
	@EXAMPLES=$(or $(EXAMPLES),30) $(BIN)/pytest -n auto tests/api/test_fuzzing.py tests/api/test_every_operation.py

bench: _dev ## invoicing beside plain SQL, the API beside a bare view (HOURS= CUSTOMERS= API_HOURS=)
	@$(BIN)/python -m tools.services
	@$(OUTSIDE) DJANGO_SETTINGS_MODULE=timechimp_afas.settings $(BIN)/python -m tests.bench

browser: _dev ## the journeys of a person, in Chromium, in English and in Dutch
	@$(BIN)/python -m tools.browser
	@$(BIN)/pytest -m browser $(WHERE)

pictures: _dev ## the pictures of the README, by walking both of its ways in Chromium
	@$(BIN)/python -m tools.browser
	@DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python -m tests.journeys.pictures

check: _dev ## style, types, layers, templates, migrations, translations, subjects, known holes
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@DEBUG=1 $(BIN)/mypy $(CODE)
	@DEBUG=1 $(BIN)/lint-imports
	$(BIN)/djlint --lint --quiet templates
	@DEBUG=1 $(BIN)/python manage.py makemigrations --check --dry-run
	@$(OUTSIDE) $(BIN)/python manage.py check --deploy --fail-level WARNING
	@$(SCHEMA) var/schema.yml && diff -u schema.yml var/schema.yml || { echo "schema.yml is not what is served: make schema"; exit 1; }
	$(BIN)/python -m tools.messages check
	@$(BIN)/pytest -q tests/house/test_documents.py
	$(BIN)/python -m tools.audit

ready: ## everything that CI runs
	@.ci/run

seed: _base ## fill the two example companies, without starting anything
	@$(BIN)/python -m tools.run seed

reset: _base ## forget our database and the pretend AFAS's memory
	@$(BIN)/python -m tools.run reset

schema: _dev ## the OpenAPI document of the API, from the code
	@$(SCHEMA) schema.yml

messages: _dev ## bring the Dutch catalogue up to date with the source
	$(BIN)/python -m tools.messages update

lock: _dev ## pin the requirements anew, with hashes
	$(LOCK) $(UPGRADE) requirements/base.in -o requirements/base.txt
	$(LOCK) $(UPGRADE) -c requirements/base.txt requirements/dev.in -o requirements/dev.txt

_python:
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not on this machine: install Python 3.11 or newer, or name yours: make run PYTHON=python3.12"; exit 1; }

_base: _python
	@$(PYTHON) tools/environment.py base

_dev: _python
	@$(PYTHON) tools/environment.py dev
