# `make help` lists what there is to do. Python is 3.11 or newer; PYTHON=... names another than the first one found.
PYTHON_FILES = $(shell git ls-files '*.py')
TEMPLATES = $(shell git ls-files '*.html' '*.jinja')
RUN = .venv/bin/python
SIDE_BY_SIDE = -n logical --dist loadscope --no-loadscope-reorder
# Reads settings without any server: the tests' own.
INSPECT = DJANGO_SETTINGS_MODULE=tests.settings $(RUN) -W ignore::RuntimeWarning manage.py
# Tests and the demo start programs by the dozen; where bytecode is not kept, each takes three times as long to start.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo demo-reset serve assets pictures bench messages test faults soak fuzz coverage evaluate-matching check format lock base dev

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

demo: base ## Tell twenty-five recipients once and watch until each has confirmed; EXIT=1 ends by itself
	@$(RUN) -m deploy.demo $(if $(EXIT),--exit)

demo-reset: base ## Forget everything the demo keeps
	@$(RUN) -m deploy.reset

serve: base ## Run the service until Ctrl-C
	@$(RUN) -m deploy.serve

assets: base ## Build the pages' styles, scripts and translations; the others do it by themselves
	@$(RUN) -m deploy.assets

pictures: dev ## Take the pictures of the pages that docs/ shows
	@$(RUN) -m tests.browser.pictures

bench: dev ## Measure deliveries, intake, pages and messages, and what each costs
	@$(RUN) -m tests.bench

messages: dev ## Gather what pages say for the translators, and list what is not translated
	@DJANGO_SETTINGS_MODULE=tests.settings $(RUN) -W ignore::RuntimeWarning -m tests.messages

test: dev ## Run all the tests
	@$(RUN) -m pytest $(SIDE_BY_SIDE)

faults: dev ## Play every fault that the service has to survive, SEED=n as another time, and print what came of it
	@$(RUN) -m pytest tests/faults --faults -q $(if $(SEED),--seed $(SEED))

soak: dev ## Hold a load with random faults for MINUTES=n, or until COUNT=n deliveries are done, and reckon up
	@$(RUN) -m tests.soak $(if $(COUNT),--count $(COUNT),--minutes $(or $(MINUTES),5)) $(if $(SEED),--seed $(SEED))

fuzz: dev ## Ask every decoder of what others say twenty times as often as the tests do
	@$(RUN) -m pytest tests/adapters/test_fuzz.py tests/identity/test_fuzz_tokens.py --hypothesis-profile=fuzz

coverage: dev ## Run all the tests and measure what they reach, of which 95 % by branch is the floor; takes half as long again
	@$(RUN) -m pytest --cov $(SIDE_BY_SIDE)

evaluate-matching: dev ## Judge how well people are recognised, on FEBRL 1 to 4, beside Splink
	@$(RUN) -W ignore -m tests.evaluation

check: dev ## Check format, style, types, walls and settings; what CI and pre-commit run
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@.venv/bin/django-upgrade --check --target-version 5.2 $(PYTHON_FILES)
	@$(if $(TEMPLATES),.venv/bin/djlint --check --lint $(TEMPLATES))
	@$(INSPECT) makemigrations --check --dry-run
	@$(INSPECT) check --deploy --fail-level WARNING
	@$(INSPECT) columns
	@DJANGO_SETTINGS_MODULE=tests.settings $(RUN) -m tests.migration_locks

format: dev ## Format and mend what can be mended without thought
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .

lock: dev ## Write requirements/*.txt anew from pyproject.toml
	@.venv/uv/bin/uv pip compile -q --universal --generate-hashes --no-header pyproject.toml -o requirements/base.txt
	@.venv/uv/bin/uv pip compile -q --universal --generate-hashes --no-header --extra dev pyproject.toml -o requirements/dev.txt

# An environment for development does for the rest as well.
base:
	@deploy/install $(if $(wildcard .venv/bin/pytest),dev,base)

dev:
	@deploy/install dev
