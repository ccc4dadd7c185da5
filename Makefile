# SPDX-License-Identifier: Apache-2.0
#
# make demo   installs what is missing and shows the library at work in every language
# make check  installs what is missing and runs all tests
# make check-long  runs the proofs that take longer
#
# Each part of the check has a target of its own, below.

ROOT := $(abspath .)
PREFIX := $(ROOT)/build/prefix

export MMIO_ROOT := $(ROOT)
export MMIO_PREFIX := $(PREFIX)
export MMIO_LIBRARY := $(PREFIX)/lib/libmmio.so
export PKG_CONFIG_PATH := $(PREFIX)/lib/pkgconfig
export LD_LIBRARY_PATH := $(PREFIX)/lib
export PATH := $(ROOT)/build/venv/bin:$(PATH)

CHECKS := check-format check-structure check-contract check-api check-abi check-docs \
    check-install check-c check-asan check-tsan check-go check-java check-lua check-swig \
    check-conformance check-ipc check-demo check-power check-models check-processors \
    check-proofs check-faults check-amalgamation check-coverage

.PHONY: all install-deps build demo bench check check-long $(CHECKS) check-bench \
    check-mutants abi-check abi-accept abi-release abi-libraries check-abi-upgrade \
    check-fault-points-long check-faults-long check-fuzz-long check-kill-long check-models-long \
    check-power-long check-storm-long power-programs contract-report packages check-packages \
    package-deps format clean amalgamation tables

all: build

# Installing. Done once for each state of the lists of what is needed.
DEPS_STAMP := build/.deps-$(shell cat tools/install-deps.sh \
    api/requirements.txt bindings/swig/python/requirements-dev.txt tests/coverage/requirements.txt \
    tests/mutants/requirements.txt | cksum | cut -d' ' -f1)

install-deps: $(DEPS_STAMP)

$(DEPS_STAMP):
	tools/install-deps.sh
	@touch $@

# The library as a user would install it; every binding builds against this.
build: $(DEPS_STAMP)
	cmake --preset release
	cmake --build --preset release
	cmake --install build/release

demo: build
	tests/demo/run.sh "$(FILE)"

bench: build
	tests/bench/run.sh

check: $(CHECKS)
	@echo "check: all passed"

check-c: build
	cmake --preset dev
	cmake --build --preset dev
	ctest --preset dev

check-asan: build
	cmake --preset asan
	cmake --build --preset asan
	ctest --preset asan

check-tsan: build
	cmake --preset tsan
	cmake --build --preset tsan
	ctest --preset tsan

# The library as one file, in build/amalgamation and where the Go module keeps its own.
amalgamation:
	tools/amalgamate.py build/amalgamation
	tools/amalgamate.py --go

check-amalgamation: build
	cmake --preset amalgamated
	cmake --build --preset amalgamated
	ctest --preset amalgamated
	python3 -m unittest discover -s tests/amalgamation

# The Python package has settings of its own.
PYTHON_FILES := $(shell git ls-files --cached --others --exclude-standard '*.py' ':!bindings')
TYPED_FILES := api/*.py abi/*.py docs/*.py packaging/*.py tools/*.py tests/abi/*.py \
    tests/*/check_*.py tests/contract_report/contract_report.py

check-structure: $(DEPS_STAMP)
	@ruff check --quiet --cache-dir build/ruff $(PYTHON_FILES)
	@MYPYPATH=api:abi:tests/abi:tools mypy --strict --cache-dir build/mypy $(TYPED_FILES)
	python3 tests/structure/check_layers.py
	python3 tests/structure/check_version.py
	python3 -m unittest discover -s tests/structure

# Every line of docs/behaviour.md that is not due has a test.
check-contract:
	python3 -m unittest discover -s tests/contract_report
	@python3 tests/contract_report/contract_report.py

# Which tests prove each of those lines.
contract-report:
	@python3 tests/contract_report/contract_report.py

check-api: build
	python3 -m unittest discover -s tests/api
	@$(COG) --check --diff --check-fail-msg="run make tables" $(TABLES)

# The languages' tables of constants, from api/mmio.api.json.
COG := cog -P -p "import tables" -I api --verbosity=0
TABLES := $(shell git grep --untracked -l '\[\[\[cog' bindings)

tables: $(DEPS_STAMP)
	$(COG) -r $(TABLES)

# The promise of abi/POLICY.md. After a change, `make abi-accept`; before 1.0, where it breaks
# something, with REASON="…". `make abi-release V=0.2` freezes what was accepted.
abi-check: check-abi

check-abi: abi-libraries
	python3 -m unittest discover -s tests/abi
	$(ABI_GATE) check

abi-accept: abi-libraries
	$(ABI_GATE) accept --reason "$(REASON)"
	$(MAKE) tables

abi-release: abi-libraries
	$(ABI_GATE) release "$(V)"

ABI_LIBRARIES := --library $(MMIO_LIBRARY) --debug-library $(ROOT)/build/dev/libmmio/libmmio.so \
    --version-script $(ROOT)/build/release/libmmio/mmio.map
ABI_GATE = python3 abi/gate.py $(ABI_LIBRARIES)

# Programs and packages of every release on the library of today; and a rehearsal of the next one.
check-abi-upgrade: abi-libraries
	python3 abi/upgrade.py run --library $(MMIO_LIBRARY)
	python3 -m unittest discover -s tests/abi -p 'rehearse_*.py'

# The installed library, and one with debug information.
abi-libraries: build
	cmake --preset dev
	cmake --build --preset dev --target mmio

check-docs: $(DEPS_STAMP)
	doxygen docs/Doxyfile
	python3 -m unittest discover -s tests/man

check-demo: build
	python3 -m unittest discover -s tests/demo

# Every row once, with next to no work.
check-bench: build
	python3 -m unittest discover -s tests/bench
	tests/bench/run.sh --quick

# Proofs that take their time.
check-long: check-fault-points-long check-faults-long check-fuzz-long check-kill-long \
    check-models-long check-power-long check-storm-long

check-fault-points-long: check-c
	MMIO_FAULT_RUNS=2000000 build/dev/tests/fault_points/fault_points
	MMIO_FAULT_RUNS=50000 MMIO_FAULT_DIRECTORY=$(ROOT)/build build/dev/tests/fault_points/fault_points
	python3 tests/fault_points/check_trace.py build/dev/tests/fault_points/fault_points

# More faults than one run of the tests has time for.
check-faults: check-c
	MMIO_STORM_SECONDS=20 MMIO_STORM_LEAST=$(STORM_LEAST) build/dev/tests/fault_storm

# Storms of so many seconds. How many faults must be recovered in one of them, and how many resizes
# done in the other.
STORM_SECONDS := 3600
STORM_LEAST := 5000000

check-faults-long: check-c
	MMIO_STORM_SECONDS=$(STORM_SECONDS) MMIO_STORM_LEAST=$(STORM_LEAST) build/dev/tests/fault_storm

check-storm-long: check-tsan
	MMIO_STORM_SECONDS=$(STORM_SECONDS) MMIO_STORM_LEAST=1000000 TSAN_OPTIONS=die_after_fork=0 \
	    build/tsan/tests/contract_storm

check-kill-long: check-c
	MMIO_KILLS=100000 build/dev/tests/kill

# Needs root, loop devices and FUSE.
check-power: power-programs
	python3 -m unittest discover -s tests/power
	tests/power/run.sh

# After a loss the recordings stay; run.sh cuts them again with --given and the seed it printed.
check-power-long: power-programs
	rm -rf build/power-recordings
	tests/power/run.sh --file-systems ext4 xfs btrfs --cuts 60 --keep build/power-recordings
	rm -rf build/power-recordings

power-programs: build
	cmake --preset dev
	cmake --build --preset dev --target power_disk power_writer

# The protocols of pins and of shared flushes, in all interleavings.
check-models: $(DEPS_STAMP)
	python3 -m unittest discover -s tests/models
	python3 tests/models/check_models.py

check-models-long: $(DEPS_STAMP)
	python3 tests/models/check_models.py --rounds 2

# The processor that is not this machine's, in an emulator.
check-processors: $(DEPS_STAMP)
	tests/processors/run.sh aarch64

# The arithmetic of offsets and sizes, for all numbers there are.
check-proofs: $(DEPS_STAMP)
	python3 -m unittest discover -s tests/proofs
	python3 tests/proofs/check_proofs.py

# Which lines and branches of the library the C tests run, and that all others have a reason. Two of
# the tests are not for it: one limits the length of files, that of the counters too, and of the other
# the processes are killed. What threads do by chance may take a second run; what they did counts for
# both.
check-coverage: build
	python3 -m unittest discover -s tests/coverage
	cmake --preset coverage
	cmake --build --preset coverage
	find build/coverage -name '*.gcda' -delete
	ctest --preset coverage
	python3 tests/coverage/check_coverage.py || \
	    { ctest --preset coverage && python3 tests/coverage/check_coverage.py; }

# Whether the tests notice what is changed in the library.
check-mutants: $(DEPS_STAMP)
	python3 -m unittest discover -s tests/mutants
	nice python3 tests/mutants/check_mutants.py

# Each target for so many seconds.
FUZZ_SECONDS := 60

check-fuzz-long: $(DEPS_STAMP)
	cmake --preset fuzz
	cmake --build --preset fuzz
	tests/fuzz/run.sh $(FUZZ_SECONDS)

check-install: build
	python3 -m unittest discover -s tests/packages
	tests/install/run.sh

# Debian's packages, and what they promise. Needs root and the network.
packages: package-deps
	packaging/build_debs.sh build/packages

check-packages: package-deps build check-abi-upgrade
	tests/packages/run.sh

package-deps: $(DEPS_STAMP)
	tools/install-deps.sh packages

# Every language's own tests run the cases too; these two need what they have built.
check-conformance: check-c check-go check-java check-lua check-swig
	python3 -m unittest discover -s tests/conformance
	tests/conformance/run.sh

check-ipc: check-c check-go check-java check-lua check-swig
	python3 -m unittest discover -s tests/ipc

check-go: build
	bindings/go/check.sh

check-java: build
	bindings/java/check.sh

check-lua: build
	bindings/lua/check.sh

check-swig: build
	bindings/swig/check.sh

# Generated files are as their generator writes them, and what was frozen stays as it is.
C_FILES := $(shell git ls-files --cached --others --exclude-standard '*.c' '*.h' \
    ':!bindings/go/amalgamation.*' ':!abi/releases')

check-format: $(DEPS_STAMP)
	@clang-format --dry-run --Werror $(C_FILES)

format:
	@clang-format -i $(C_FILES)

clean:
	rm -rf build bindings/java/target
