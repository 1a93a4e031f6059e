# One entry for people and for CI. CMake does the building: see CMakePresets.json.
PRESET ?= release
JOBS   ?= $(shell nproc)
BUILD  := build/$(PRESET)
DEMO   ?= out/demo
ENGINE := run_test testing_test sim_suite_test scenarios_suite_test
ENGINE_TESTS := ^($(subst $(empty) ,|,$(ENGINE)))$$

.PHONY: demo test sanitized-engine hostile release check sim crash memory bench bench-peers format fuzz \
        sanitize clean help setup configure

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

demo: configure ## build the EPA CEMS pipeline and run it on the archives that come with it
	@cmake --build $(BUILD) -j$(JOBS) --target cems
	@tools/demo.sh $(BUILD)/bin/cems $(DEMO)

test: release sanitized-engine ## build everything and run every test
	ctest --test-dir $(BUILD) --parallel 2 --output-on-failure
	for preset in asan tsan; do \
	  ctest --test-dir build/$$preset --parallel 2 --output-on-failure -R '$(ENGINE_TESTS)' || exit 1; \
	done

# The part of `make sanitize` that every `make test` has.
sanitized-engine: setup
	@for preset in asan tsan; do \
	  cmake --preset $$preset >/dev/null && \
	  cmake --build build/$$preset -j$(JOBS) --target $(ENGINE) || exit 1; \
	done

hostile: setup ## run the tests in two environments unlike a developer's; needs root
	@tools/hostile.sh

release: configure ## build everything
	@cmake --build $(BUILD) -j$(JOBS)

check: ## run the layer check and the house lint only
	@tools/layers.py
	@tools/lint.py

sim: configure ## run the scheduler on random jobs: PENSTOCK_SIM_SEEDS (100000) seeds, all cores
	@cmake --build $(BUILD) -j$(JOBS) --target sim_suite_test
	@tests/sim/campaign.py $(BUILD)/bin/sim_suite_test

crash: configure ## kill the real program everywhere: PENSTOCK_CRASH_KILLS (1000) times at random, too
	@cmake --build $(BUILD) -j$(JOBS) --target recovery_main faults_preload cems
	@PENSTOCK_SOURCE_DIR=$(CURDIR) PENSTOCK_BINARY_DIR=$(CURDIR)/$(BUILD) \
	  CEMS_BIN=$(CURDIR)/$(BUILD)/bin/cems PYTHONPATH=tests/support tests/recovery/crash_campaign.py

memory: configure ## 64 GB in 1,000 items through three steps in 600 MB: PENSTOCK_MEMORY_ITEMS (1000)
	@cmake --build $(BUILD) -j$(JOBS) --target memory_main
	@PENSTOCK_BINARY_DIR=$(abspath $(BUILD)) PENSTOCK_MEMORY_ITEMS=$${PENSTOCK_MEMORY_ITEMS:-1000} \
	  python3 -B tests/memory/memory_test.py

bench: release ## measure beside the peers, write bench/RESULTS.md (QUICK=1: the short way)
	@tools/bench.py $(BUILD) $(if $(QUICK),--quick)

bench-peers: ## install the orchestrators and engines we compare with, in .deps/peers
	@tools/bench_peers.sh

format: ## lay out all C++ files as .clang-format says
	@tools/format.sh

fuzz: setup ## fuzz each decoder for FUZZ_SECONDS (600), under the address and undefined sanitizers
	@cmake --preset fuzz >/dev/null && cmake --build build/fuzz -j$(JOBS) --target fuzz_main
	@tools/fuzz.sh build/fuzz/bin/fuzz_main $${FUZZ_SECONDS:-600}

sanitize: setup ## build and test with the address, undefined and thread sanitizers
	@for preset in asan tsan; do \
	  cmake --preset $$preset >/dev/null && cmake --build build/$$preset -j$(JOBS) && \
	  ctest --test-dir build/$$preset --parallel 2 --output-on-failure -LE tools || exit 1; \
	done
	@FUZZ_SECONDS=60 $(MAKE) fuzz

clean: ## remove what was built; .deps/ stays
	rm -rf build out

setup:
	@tools/setup.sh

configure: setup
	@cmake --preset $(PRESET) >/dev/null
