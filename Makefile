# Everything is built once, in one configuration, and that build serves demo, tests and benchmarks.
SWIFT_FLAGS := -c release -Xswiftc -warnings-as-errors
BUILD := .build/release
SWIFT_FILES := Package.swift Sources Tests Topics Benchmarks

# Debian keeps servers such as varnishd where a user's PATH does not look.
export PATH := $(PATH):/usr/local/sbin:/usr/sbin:/sbin

.DEFAULT_GOAL := help
.PHONY: help demo test build lint format bench clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## See one invalidation reach a real Varnish and a real nginx (KEEP=1 leaves them running)
	@.ci/setup build demo
	swift build $(SWIFT_FLAGS) --product cachesync
	@KEEP="$(KEEP)" Examples/demo $(BUILD)/cachesync

test: ## Run all suites; KAFKA_HOME=DIR adds a real Kafka, FILTER=TEST or SUITE=NAME takes some
	@.ci/setup build demo test
	$(if $(filter-out tests,$(SUITE)),,swift build $(SWIFT_FLAGS) --build-tests)
	@SUITE="$(SUITE)" .ci/test $(SWIFT_FLAGS) $(if $(FILTER),--filter "$(FILTER)")

build: ## Build the command into .build/release/cachesync
	@.ci/setup build
	swift build $(SWIFT_FLAGS)

lint: ## Check the form of the sources
	swift format lint --strict --recursive $(SWIFT_FILES)

format: ## Bring the sources into form
	swift format --in-place --recursive $(SWIFT_FILES)

bench: ## Measure a worker against what the machine can do (needs KAFKA_HOME)
	@.ci/setup build demo bench
	swift build $(SWIFT_FLAGS)
	@$(BUILD)/cachesync-bench $(RECORDS)

clean: ## Remove what was built and what demo, tests and benchmarks left behind
	swift package clean
	rm -rf .demo .test .bench
