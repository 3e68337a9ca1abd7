# Everything starts from `make demo` or `make test`, each alone on a fresh clone, in either order.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
STACK ?= local
VENV := .venv
BIN := $(VENV)/bin
# Packages are installed while the first programs are built: one waits for the network, the other for the processor. They are
# not compiled to bytecode in advance: of pulumi-kubernetes alone that would be 5 MB, of which a deployment imports little.
MAKEFLAGS += --jobs=2
# What a deployment does import is compiled once: were bytecode not kept, as some container images ask for, each preview and
# each start of a plugin written in Python would spend two seconds more.
export PYTHONDONTWRITEBYTECODE :=
# The engine, kubectl and the cluster's addresses, as variables of the shell.
ENVIRONMENT = eval "$$($(BIN)/python -m localcluster env)"

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/installed: requirements.txt constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set it with PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { apt-get install -y python3-venv && $(PYTHON) -m venv $(VENV); }
	@echo "Installing Python packages"
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-compile -r requirements.txt
	@touch $@

$(VENV)/installed-for-development: $(VENV)/installed requirements-dev.txt
	@echo "Installing Python packages for development"
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

.PHONY: setup
setup: $(VENV)/installed ## Install the Python packages into .venv

.PHONY: development
development: $(VENV)/installed-for-development ## Also install the packages that tests and checks need

.PHONY: tools
tools: ## Build and fetch the programs of the embedded cluster and the engine
	@$(PYTHON) -m localcluster tools

.PHONY: up
up: setup tools ## Start the embedded cluster
	@$(BIN)/python -m localcluster up

.PHONY: demo
demo: up ## Deploy the local stack on the embedded cluster and ask for a prediction
	@$(ENVIRONMENT); \
	pulumi stack select --create $(STACK); \
	pulumi up --yes --skip-preview --stack $(STACK) --suppress-outputs; \
	$(BIN)/python examples/demo.py $(STACK)

.PHONY: demo-managed
demo-managed: up ## Share the embedded cluster between two teams, deploy as each, and show that they are isolated
	@$(ENVIRONMENT); \
	pulumi --cwd managed stack select --create local; \
	pulumi --cwd managed up --yes --skip-preview --stack local --suppress-outputs; \
	unset KUBECONFIG; \
	for team in fraud growth; do \
		pulumi stack select --create $$team; \
		pulumi up --yes --skip-preview --stack $$team --suppress-outputs; \
	done; \
	$(BIN)/python examples/demo_managed.py

.PHONY: destroy-managed
destroy-managed: up ## Remove what `make demo-managed` deployed
	@$(ENVIRONMENT); \
	for team in fraud growth; do pulumi destroy --yes --skip-preview --stack $$team; done; \
	pulumi --cwd managed destroy --yes --skip-preview --stack local

.PHONY: preview
preview: up ## Preview what `pulumi up` would change in the local stack
	@$(ENVIRONMENT); pulumi stack select --create $(STACK); pulumi preview --stack $(STACK)

.PHONY: destroy
destroy: up ## Remove everything that the local stack deployed
	@$(ENVIRONMENT); pulumi destroy --yes --skip-preview --stack $(STACK)

.PHONY: drift
drift: up ## Show manual changes in the local stack; fail if there are any
	@$(ENVIRONMENT); PULUMI_K8S_ENABLE_PATCH_FORCE=true pulumi preview --refresh --diff --expect-no-changes --stack $(STACK)

.PHONY: recover
recover: up ## Recover the local stack after an update that was killed halfway
	@$(ENVIRONMENT); \
	pulumi cancel --yes --stack $(STACK); \
	pulumi refresh --yes --skip-preview --clear-pending-creates --stack $(STACK); \
	PULUMI_K8S_UPSERT_EXISTING_OBJECTS=true pulumi up --yes --skip-preview --stack $(STACK)

.PHONY: down
down: setup ## Stop the embedded cluster; its state stays (PURGE=1 deletes that as well)
	@$(BIN)/python -m localcluster down $(if $(PURGE),--purge)

.PHONY: lint
lint: development ## Check format, style and types
	@$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy . && $(BIN)/ty check

.PHONY: documentation
documentation: setup ## Write the tables of settings in docs/ and the JSON schema of stack files, after a setting changed
	@$(BIN)/python -m docs.reference

.PHONY: unit
unit: development ## Run the tests that need neither cluster nor engine
	@$(BIN)/pytest -m "not cluster"

.PHONY: oldest
oldest: development ## Run these and the program's tests with the oldest packages that pyproject.toml allows
	@$(PYTHON) -m venv --clear .venv-oldest
	@.venv-oldest/bin/pip install --quiet --disable-pip-version-check --no-compile -r requirements-dev.txt
	@.venv-oldest/bin/pip install --quiet --disable-pip-version-check --no-compile -r tests/oldest-requirements.txt
	@.venv-oldest/bin/pytest --numprocesses=2 tests/unit tests/program

.PHONY: dist
dist: development ## Build the package into dist/: sdist, wheel, and the templates with the wheel in them
	@rm -rf dist
	@$(BIN)/python -m build --no-isolation --outdir dist .
	@for template in template template-managed; do \
		cp -R $$template dist && mkdir dist/$$template/wheels && cp dist/*.whl dist/$$template/wheels; \
	done

.PHONY: test
# Cluster tests wait for pods most of the time, so several files are run at a time: first those that wait longest.
test: lint up ## Run the checks, and the tests without `make integrations` and `make oldest`
	@$(ENVIRONMENT); $(BIN)/pytest --numprocesses=3 --dist=loadfile --no-loadscope-reorder

.PHONY: integrations
# A cluster beside the one of `make up`: what companions define belongs to a whole cluster. If a test fails it keeps running.
integrations: export LOCALCLUSTER_STATE := $(CURDIR)/.localcluster-integrations
integrations: development up ## Build and start the real KEDA, cert-manager and Prometheus, and test with them
	@$(ENVIRONMENT); $(BIN)/pytest --capture=no tests/integrations
	@$(BIN)/python -m localcluster down --purge

.PHONY: benchmark
benchmark: development up ## Measure times and throughput (COLD=1: set-up with empty caches as well)
	@$(ENVIRONMENT); $(BIN)/python -m benchmarks $(if $(COLD),--cold)

.PHONY: bench
# Each simulated node has room for 500 pods.
bench: development ## Measure stacks of many endpoints beside kubectl (ENDPOINTS="10 100")
	@$(BIN)/python -m localcluster up --simulated-nodes 20
	@$(ENVIRONMENT); $(BIN)/python -m benchmarks scale --endpoints $(or $(ENDPOINTS),10 100) --json .localcluster/scale.json
	@$(BIN)/python -m localcluster up --simulated-nodes 0
