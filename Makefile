# attuned: `make demo` shows it working, `make test` runs every check. Both install the Debian packages that they need.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The microphone of the demo: empty for a recording, or the name of an ALSA device.
MIC ?=
BIN := .build/release
VENV := .venv
SWIFT_BUILD := swift build -c release --explicit-target-dependency-import-check error

BUILD_PACKAGES := libasound2-dev libfftw3-dev libgcrypt20-dev libsndfile1-dev libsoxr-dev libsystemd-dev
TEST_PACKAGES := $(BUILD_PACKAGES) espeak-ng python3-venv

help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build ## Listen to a recording through ALSA and print the events. MIC=default listens to the microphone.
	@MIC='$(MIC)' Config/demo/run

test: test-packages lint test-swift test-threads test-training ## Run every check.
	@echo "all checks passed"

build: build-packages ## Build the programs in release.
	$(SWIFT_BUILD)

lint: ## Check the format of the sources.
	swift format lint --strict --recursive Package.swift Sources Tests

test-swift: test-packages
	@# Without testable imports the objects are those of `make build`; one test at a time, since many measure time.
	swift test -c release --disable-testable-imports --no-parallel --explicit-target-dependency-import-check error

test-threads: build-packages ## Run the ring with two threads under ThreadSanitizer.
	swift build -c release --sanitize thread --product ring-stress --scratch-path .build-tsan
	.build-tsan/release/ring-stress

test-training: test-packages $(VENV)/ready ## Run the tests of the training package; the last of them wants the programs of test-swift.
	$(VENV)/bin/python -m pytest -q Training

bench: build ## Measure what listening costs on this machine.
	@Config/demo/run bench

# Asks for root only if a package is missing.
install-packages = missing=$$(for package in $(1); do \
	dpkg-query -W -f '$${Status}' $$package 2>/dev/null | grep -q 'ok installed' || echo $$package; done); \
	if [ -n "$$missing" ]; then echo "installing:" $$missing; \
	sudo=; [ $$(id -u) = 0 ] || sudo=sudo; \
	$$sudo apt-get update -q; \
	DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -q --no-install-recommends $$missing; fi

build-packages:
	@$(call install-packages,$(BUILD_PACKAGES))

test-packages:
	@$(call install-packages,$(TEST_PACKAGES))

$(VENV)/ready: Training/pyproject.toml
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -e 'Training[test]'
	touch $@

clean: ## Remove what was built.
	rm -rf .build .build-tsan $(VENV)

# Tests measure time, and those of the training run the programs that the Swift tests built.
.NOTPARALLEL:
.PHONY: help demo test build lint test-swift test-threads test-training bench build-packages test-packages clean
