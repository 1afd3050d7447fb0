# SPDX-License-Identifier: BSD-2-Clause
#
# make             build/partrace and build/partraced
# make demo        install what is needed, build, install, run the main job
# make test        install what is needed, build, run every suite
# make score       every built-in workload: is the verdict right, is a cured one free of it
# make check       clang-format, cppcheck, clang-tidy and shellcheck, of what has changed since
# make test-kernels  the same probes on other kernels, emulated (KERNELS='6.1 rc': those only)
# make test-scaling  laws against stated serial shares, on 8 emulated CPUs (SHARES='10 30')
# make test-page   looks at the pages of --html in a browser (DEPS_PAGE)
# V=1              show the commands      SAN=1  AddressSanitizer and UBSan, in build-san/
# WERROR=1         warnings are errors    DESTDIR, PREFIX  where `install` puts things

PREFIX  ?= /usr/local
SAN     ?=
V       ?=
WERROR  ?=
BUILD   := $(if $(SAN),build-san,build)
Q       := $(if $(V),,@)
SAY      = $(if $(V),@:,@printf '  %-8s %s\n')

CC      ?= gcc
CLANG   ?= clang
BPFTOOL ?= $(shell command -v bpftool 2>/dev/null || echo /usr/sbin/bpftool)
PKG     ?= pkg-config

# ---- what is needed, as Debian 12 packages ----
DEPS_BUILD := gcc libc6-dev clang llvm bpftool pkg-config libbpf-dev libelf-dev zlib1g-dev \
	libmicrohttpd-dev libcurl4-gnutls-dev libjansson-dev libsystemd-dev libdw-dev libiberty-dev \
	liblzma-dev libgsl-dev scdoc
DEPS_TEST  := libcriterion-dev procps util-linux mount bc python3 python3-jsonschema \
	stress-ng sysbench linux-perf musl-tools rustc golang-go perl ruby openjdk-17-jdk-headless \
	postgresql xz-utils pigz zstd p7zip-full bsdutils
DEPS_BENCH := linux-perf libbpf-tools strace procps util-linux mount
DEPS_PAGE  := chromium fonts-dejavu-core python3 tidy
DEPS_CHECK := clang-tidy clang-format cppcheck shellcheck

# $(call install_missing,PACKAGES): quiet and fast when nothing is missing.
define install_missing
	@missing=$$(for p in $(1); do \
		dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; \
	done); \
	if [ -n "$$missing" ]; then \
		[ "$$(id -u)" = 0 ] || { \
			echo "make: missing packages; as root: apt-get install" $$missing >&2; exit 1; }; \
		echo "  APT      " $$missing; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
			apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	fi
endef

# ---- how it is compiled ----
comma     := ,
OPT       := $(if $(SAN),-O1 -fno-omit-frame-pointer -fsanitize=address$(comma)undefined -fno-sanitize-recover=undefined,-O2)
CPPFLAGS  += -D_GNU_SOURCE -Iinclude -I$(BUILD) -I. -DPREFIX='"$(PREFIX)"'
CFLAGS    += -std=gnu17 -g $(OPT) -pthread -Wall -Wextra -Wmissing-prototypes -Wshadow -Wvla \
	$(if $(WERROR),-Werror)
# Sanitizers are linked in: as libraries, each keeps a log of its own, and only that of ASan is set.
LDFLAGS   += $(if $(SAN),-fsanitize=address$(comma)undefined -static-libasan -static-libubsan) -pthread

DAEMON_PKGS := libbpf libdw libelf liblzma zlib libmicrohttpd jansson libsystemd
CLI_PKGS    := libcurl jansson gsl
DAEMON_LIBS  = $(shell $(PKG) --libs $(DAEMON_PKGS)) -liberty -lm
CLI_LIBS     = $(shell $(PKG) --libs $(CLI_PKGS)) -lm

BPF_CFLAGS := -std=gnu17 -g -O2 -target bpf -mcpu=v3 -Wall -Wextra -Wno-unused-function \
	-Iinclude -I. $(if $(WERROR),-Werror)
BPF_ARCH   := $(shell uname -m | sed 's/x86_64/x86/;s/aarch64/arm64/')
# UAPI headers of the multiarch kind, which `clang -target bpf` does not look for.
BPF_CFLAGS += -D__TARGET_ARCH_$(BPF_ARCH) -idirafter /usr/include/$(shell uname -m)-linux-gnu

# ---- what there is ----
BPF_SOURCES    := $(wildcard bpf/*.bpf.c)
DAEMON_SOURCES := $(wildcard daemon/*.c daemon/*/*.c)
CLI_SOURCES    := $(wildcard cli/*.c cli/*/*.c)
UNIT_SOURCES   := $(wildcard tests/unit/*.c tests/unit/*/*.c tests/fuzz/*.c)
KERNEL_SOURCES := $(wildcard tests/bpf/*.c)
SYSTEM_SOURCES := $(wildcard tests/system/*.c)
SUPPORT_SOURCES := $(wildcard tests/support/*.c)
HELPER_SOURCES := $(wildcard tests/support/programs/*.c)

objects   = $(patsubst %.c,$(BUILD)/%.o,$(1))
DAEMON_OBJECTS := $(call objects,$(DAEMON_SOURCES))
CLI_OBJECTS    := $(call objects,$(CLI_SOURCES))
SKELETON       := $(BUILD)/bpf/partrace.skel.h
DAEMON_ROOMS   := $(filter-out $(BUILD)/daemon/main.o,$(DAEMON_OBJECTS))
CLI_ROOMS      := $(filter-out $(BUILD)/cli/main.o,$(CLI_OBJECTS))
HELPERS        := $(patsubst tests/support/programs/%.c,$(BUILD)/tests/programs/%,$(HELPER_SOURCES))

# One program whose stacks and variables are known, in every way that changes how they are found.
STACKS := fp nofp nopie static static-pie stripped musl musl-dynamic
STACKS_HELPERS := $(foreach way,$(STACKS),$(BUILD)/tests/programs/stacks-$(way))
STACKS_fp         := -fno-omit-frame-pointer
STACKS_nofp       := -fomit-frame-pointer
STACKS_nopie      := -fomit-frame-pointer -no-pie
STACKS_static     := -fomit-frame-pointer -static
STACKS_static-pie := -fomit-frame-pointer -static-pie
STACKS_stripped   := -fomit-frame-pointer -rdynamic -s
STACKS_musl       := -fomit-frame-pointer -static
STACKS_musl-dynamic := -fomit-frame-pointer
HELPERS           += $(STACKS_HELPERS)
# Programs with locks of known truth: a folder each, some of them built in several ways.
LOCKS_ROOM      := tests/support/programs/locks
LOCKS_COMMON    := $(wildcard $(LOCKS_ROOM)/*.c)
LOCKS_SOURCES   := $(LOCKS_COMMON) $(wildcard $(LOCKS_ROOM)/*/*.c)
LOCK_WAYS       := fp static stripped nopie musl musl-static
LOCK_PROGRAMS   := contend idle_pool deadlock hung alike long_hold many_locks places odd sharers unseen \
	bystander libplugin.so \
	$(addprefix contend-,$(LOCK_WAYS)) $(addprefix deadlock-,fp static) joiner-stripped
LOCK_LIBRARIES  := futexes glib openmp
LOCK_PROGRAMS   += rust_mutex rust_rwlock goroutines $(LOCK_LIBRARIES)
HELPERS         += $(addprefix $(BUILD)/tests/programs/locks/,$(LOCK_PROGRAMS))

.PHONY: all deps deps-test deps-bench deps-check demo test test-unit test-bpf test-system \
	test-kernels test-kernels-short test-scaling test-page bench score check check-files format install uninstall clean
.DEFAULT_GOAL := all
.SECONDARY:
.DELETE_ON_ERROR:

MAN_PAGES := $(BUILD)/cli/man/partrace.1 $(BUILD)/daemon/man/partraced.8

all: $(BUILD)/partrace $(BUILD)/partraced $(MAN_PAGES)

# ---- probes: one object a concern, linked by bpftool ----
$(BUILD)/bpf/%.bpf.o: bpf/%.bpf.c
	@mkdir -p $(@D)
	$(SAY) BPF $<
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -MF $(@:.o=.d) -c $< -o $@

$(BUILD)/bpf/partrace.linked.o: $(patsubst bpf/%.bpf.c,$(BUILD)/bpf/%.bpf.o,$(BPF_SOURCES))
	$(SAY) BPFLINK $@
	$(Q)$(BPFTOOL) gen object $@ $^

$(SKELETON): $(BUILD)/bpf/partrace.linked.o
	$(SAY) SKEL $@
	$(Q)$(BPFTOOL) gen skeleton $< name partrace_bpf > $@

$(DAEMON_OBJECTS) $(call objects,$(KERNEL_SOURCES) tests/fuzz/records.c): | $(SKELETON)

# ---- names of system calls, out of this machine's headers ----
$(BUILD)/daemon/model/syscall_names.inc:
	@mkdir -p $(@D)
	$(SAY) NAMES $@
	$(Q)echo '#include <sys/syscall.h>' | $(CC) -E -dM - | \
		sed -n 's/^#define __NR_\([a-z0-9_]*\) [0-9].*/[__NR_\1] = "\1",/p' | sort > $@

$(BUILD)/daemon/model/syscall_names.o: | $(BUILD)/daemon/model/syscall_names.inc

# ---- C ----
$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

# Embedded by the assembler, which tells no dependency.
$(BUILD)/cli/verbs/schema.o: include/api/report.schema.json include/api/sweep.schema.json
$(BUILD)/cli/page/assets.o: $(wildcard cli/page/*.css cli/page/*.js)

$(BUILD)/partraced: $(DAEMON_OBJECTS)
	$(SAY) LINK $@
	$(Q)$(CC) $(LDFLAGS) $^ -o $@ $(DAEMON_LIBS)

$(BUILD)/partrace: $(CLI_OBJECTS)
	$(SAY) LINK $@
	$(Q)$(CC) $(LDFLAGS) $^ -o $@ $(CLI_LIBS)

$(MAN_PAGES): $(BUILD)/%: %.scd
	@mkdir -p $(@D)
	$(SAY) MAN $<
	$(Q)scdoc < $< > $@

# ---- tests: a binary a kind, each linked against the rooms it tests ----
$(BUILD)/tests/unit-tests: $(call objects,$(UNIT_SOURCES) $(SUPPORT_SOURCES)) $(DAEMON_ROOMS) $(CLI_ROOMS)
	$(SAY) LINK $@
	$(Q)$(CC) $(LDFLAGS) $^ -o $@ -lcriterion $(DAEMON_LIBS) $(CLI_LIBS)

$(BUILD)/tests/bpf-tests: $(call objects,$(KERNEL_SOURCES) $(SUPPORT_SOURCES)) $(DAEMON_ROOMS)
	$(SAY) LINK $@
	$(Q)$(CC) $(LDFLAGS) $^ -o $@ -lcriterion $(DAEMON_LIBS) -lm

$(BUILD)/tests/system-tests: $(call objects,$(SYSTEM_SOURCES) $(SUPPORT_SOURCES))
	$(SAY) LINK $@
	$(Q)$(CC) $(LDFLAGS) $^ -o $@ -lcriterion $(shell $(PKG) --libs jansson) -lm

$(BUILD)/tests/programs/%: tests/support/programs/%.c
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) -std=gnu17 -D_GNU_SOURCE -g -O2 -pthread -Wall -Wextra $< -o $@

$(STACKS_HELPERS): $(BUILD)/tests/programs/stacks-%: tests/support/programs/stacks.c
	@mkdir -p $(@D)
	$(SAY) CC '$< ($*)'
	$(Q)$(if $(filter musl%,$*),musl-gcc,$(CC)) -std=gnu17 -D_GNU_SOURCE -g -O2 -pthread -Wall -Wextra \
		$(STACKS_$*) $< -o $@

$(BUILD)/tests/unit-tests: | $(STACKS_HELPERS)
# NAME is locks/NAME/*.c with its truth; NAME-WAY is the same, compiled in that way.
LOCK_CC          := $(CC) -fomit-frame-pointer
LOCK_CC_fp       := $(CC) -fno-omit-frame-pointer
LOCK_CC_static   := $(CC) -fomit-frame-pointer -static
LOCK_CC_stripped := $(CC) -fomit-frame-pointer -static -s
LOCK_CC_nopie    := $(CC) -fomit-frame-pointer -no-pie
LOCK_CC_musl     := musl-gcc -fomit-frame-pointer
LOCK_CC_musl-static := musl-gcc -fomit-frame-pointer -static

.SECONDEXPANSION:
lock_program = $(firstword $(subst -, ,$(1)))
lock_way     = $(patsubst -%,_%,$(patsubst $(call lock_program,$(1))%,%,$(1)))

$(BUILD)/tests/programs/locks/libplugin.so: $(LOCKS_ROOM)/plugin/plugin.c
	@mkdir -p $(@D)
	$(SAY) CC $@
	$(Q)$(CC) -std=gnu17 -D_GNU_SOURCE -g -O2 -pthread -Wall -Wextra -fPIC -shared $< -o $@

# Debian's own, where another is first in PATH.
RUSTC ?= $(firstword $(wildcard /usr/bin/rustc) rustc)

$(BUILD)/tests/programs/locks/rust_%: $(LOCKS_ROOM)/foreign/rust_%.rs
	@mkdir -p $(@D)
	$(SAY) RUSTC $@
	$(Q)$(RUSTC) -g -O $< -o $@

$(BUILD)/tests/programs/locks/goroutines: $(LOCKS_ROOM)/foreign/goroutines.go
	@mkdir -p $(@D)
	$(SAY) GO $@
	$(Q)GOCACHE=$(abspath $(BUILD))/go GO111MODULE=off go build -o $@ $<

$(LOCK_LIBRARIES:%=$(BUILD)/tests/programs/locks/%): $(BUILD)/tests/programs/locks/%: \
		$(LOCKS_ROOM)/foreign/%.c $(LOCKS_ROOM)/foreign/timed.h
	@mkdir -p $(@D)
	$(SAY) CC $@
	$(Q)$(CC) -std=gnu17 -D_GNU_SOURCE -g -O2 -pthread -fopenmp -Wall -Wextra $< -o $@

$(BUILD)/tests/programs/locks/%: $(LOCKS_COMMON) $$(wildcard $(LOCKS_ROOM)/$$(call lock_program,$$*)/*.c) \
		$(wildcard $(LOCKS_ROOM)/*.h $(LOCKS_ROOM)/*/*.h)
	@mkdir -p $(@D)
	$(SAY) CC $@
	$(Q)$(LOCK_CC$(call lock_way,$*)) -std=gnu17 -D_GNU_SOURCE -g -O2 -pthread -Wall -Wextra \
		$(filter %.c,$^) -o $@

export PARTRACE_BUILD := $(abspath $(BUILD))

# What a sanitizer finds in any process that a test starts, the daemon's leaks included, fails it.
ifdef SAN
SAN_LOGS := $(abspath $(BUILD))/sanitizer
export ASAN_OPTIONS  := log_path=$(SAN_LOGS)/asan:detect_leaks=1
export UBSAN_OPTIONS := log_path=$(SAN_LOGS)/ubsan:print_stacktrace=1
clear_logs = tests/sanitizers/run $(BUILD)/tests/sanitizers/mistakes $(SAN_LOGS) &&
check_logs = ; status=$$?; [ -z "$$(ls -A $(SAN_LOGS))" ] || { cat $(SAN_LOGS)/*; exit 1; }; exit $$status
mistakes   = $(BUILD)/tests/sanitizers/mistakes
endif

$(BUILD)/tests/sanitizers/mistakes: $(BUILD)/tests/sanitizers/mistakes.o
	$(SAY) LINK $@
	$(Q)$(CC) $(LDFLAGS) $^ -o $@

# Criterion forks each test; one at a time, for they share two CPUs and compare times.
test-unit: deps-test
	$(Q)$(MAKE) --no-print-directory $(BUILD)/tests/unit-tests $(BENCHES) $(mistakes)
	$(Q)$(clear_logs) $(BUILD)/tests/unit-tests $(check_logs)

test-bpf: deps-test
	$(Q)$(MAKE) --no-print-directory $(BUILD)/tests/bpf-tests $(mistakes)
	$(Q)$(clear_logs) $(BUILD)/tests/bpf-tests -j1 $(check_logs)

test-system: deps-test
	$(Q)$(MAKE) --no-print-directory all $(HELPERS) $(BUILD)/tests/system-tests $(mistakes)
	$(Q)$(clear_logs) $(BUILD)/tests/system-tests -j1 $(check_logs)

test: deps-test
	$(Q)$(MAKE) --no-print-directory -j$$(nproc) all $(HELPERS) $(BUILD)/tests/unit-tests \
		$(BUILD)/tests/bpf-tests $(BUILD)/tests/system-tests
	$(Q)$(MAKE) --no-print-directory test-unit
	$(Q)$(MAKE) --no-print-directory test-bpf
	$(Q)$(MAKE) --no-print-directory test-system

# ---- other kernels, emulated; whatever is needed beyond DEPS_TEST is unpacked into a cache ----
KERNELS       ?=
KERNELS_SHORT := 5.10 6.1

test-kernels test-kernels-short: deps-test
	$(Q)$(MAKE) --no-print-directory -j$$(nproc) all $(HELPERS) $(BUILD)/tests/bpf-tests
	$(Q)tests/kernels/run $(if $(filter %-short,$@),$(KERNELS_SHORT),$(KERNELS))

# Sweeps in a guest of 8 CPUs and one of a single CPU: what this machine cannot show.
SHARES ?= 10 30

test-scaling: deps-test
	$(Q)$(MAKE) --no-print-directory all $(HELPERS) $(BUILD)/tests/bpf-tests
	$(Q)tests/kernels/lone
	$(Q)tests/kernels/scaling $(SHARES)

# ---- the page of --html in Chromium; pictures of it are left in $(BUILD)/tests/page ----
test-page: deps
	$(call install_missing,$(DEPS_PAGE))
	$(Q)$(MAKE) --no-print-directory all
	$(Q)tests/page/run $(BUILD)/partrace $(BUILD)/tests/page

# ---- cost: ratios in one run, never a timed test ----
$(BUILD)/tests/bench/floor.bpf.o: tests/bench/floor.bpf.c
	@mkdir -p $(@D)
	$(SAY) BPF $<
	$(Q)$(CLANG) $(BPF_CFLAGS) -c $< -o $@

BENCH_SOURCES := $(filter-out %/bench.c %/storm.c %.bpf.c,$(wildcard tests/bench/*.c))
BENCHES       := $(patsubst %.c,$(BUILD)/%,$(BENCH_SOURCES))

# It asks the daemon as the CLI does, and finds it beside itself as the CLI does.
$(BUILD)/tests/bench/sessions: $(BUILD)/tests/bench/sessions.o $(BUILD)/tests/bench/bench.o \
		$(addprefix $(BUILD)/cli/client/,daemon.o descriptors.o leftovers.o private.o request.o)
	$(SAY) LINK $@
	$(Q)$(CC) $(LDFLAGS) $^ -o $@ -lbpf $(CLI_LIBS)
	$(Q)ln -sf ../../partraced $(@D)/partraced

$(BUILD)/tests/bench/lock_cost: $(BUILD)/tests/bench/storm.o

$(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o $(BUILD)/tests/bench/bench.o
	$(SAY) LINK $@
	$(Q)$(CC) $(LDFLAGS) $^ -o $@ -lbpf -ljansson -lcurl -lm

# What the benchmarks watch; the other helpers need compilers that DEPS_BENCH does not have.
BENCH_HELPERS := $(addprefix $(BUILD)/tests/programs/,sleeper refused code storm many_paths \
	locks/many_locks)

# Every table is printed, also after a budget that was missed. The user's own reports stay as they are.
bench: deps-bench
	$(Q)$(MAKE) --no-print-directory all $(BENCH_HELPERS) $(BENCHES) $(BUILD)/tests/bench/floor.bpf.o
	$(Q)cd $(BUILD); failed=0; \
	mkdir -p -m 700 tests/state; export SUDO_UID= XDG_STATE_HOME="$$PWD/tests/state"; \
	tests/bench/switch_cost tests/bench/floor.bpf.o ./partrace || failed=1; \
	tests/bench/wall_time ./partrace || failed=1; \
	tests/bench/resting ./partrace tests/programs/sleeper || failed=1; \
	tests/bench/sessions tests/programs/sleeper || failed=1; \
	tests/bench/sampling ./partrace tests/programs/refused tests/programs/code || failed=1; \
	tests/bench/lock_cost ./partrace tests/programs/storm tests/bench/floor.bpf.o || failed=1; \
	tests/bench/no_locks ./partrace || failed=1; \
	tests/bench/sweep_probing ./partrace || failed=1; \
	tests/bench/many_locks ./partrace tests/programs/locks/many_locks || failed=1; \
	tests/bench/many_stacks ./partraced tests/programs/many_paths || failed=1; \
	exit $$failed

# Every workload and its verdict (tests/score/); REPEAT=1 and ROWS='lock fixed' for a quick look.
ROWS ?=

score: deps-test
	$(Q)$(MAKE) --no-print-directory all $(BUILD)/tests/programs/locks/idle_pool
	$(Q)PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 tests/score/score.py $(BUILD) $(ROWS)

# ---- set-up ----
deps:
	$(call install_missing,$(DEPS_BUILD))

deps-test: deps
	$(call install_missing,$(DEPS_TEST))

deps-bench: deps
	$(call install_missing,$(DEPS_BENCH))

deps-check: deps-test
	$(call install_missing,$(DEPS_CHECK))

demo: deps
	$(Q)$(MAKE) --no-print-directory -j$$(nproc) all
	$(Q)$(MAKE) --no-print-directory install
	$(DESTDIR)$(PREFIX)/bin/partrace run cpu --threads 8

PYTHON_FILES := $(patsubst cli/workload/python/%,%,$(wildcard cli/workload/python/*.py \
	cli/workload/python/*/*.py))

install: all
	$(SAY) INSTALL $(DESTDIR)$(PREFIX)
	$(Q)install -D -m 755 $(BUILD)/partrace $(DESTDIR)$(PREFIX)/bin/partrace
	$(Q)install -D -m 755 $(BUILD)/partraced $(DESTDIR)$(PREFIX)/sbin/partraced
	$(Q)install -D -m 644 include/api/report.schema.json \
		$(DESTDIR)$(PREFIX)/share/partrace/report.schema.json
	$(Q)install -D -m 644 include/api/sweep.schema.json \
		$(DESTDIR)$(PREFIX)/share/partrace/sweep.schema.json
	$(Q)for file in $(PYTHON_FILES); do install -D -m 644 cli/workload/python/$$file \
		"$(DESTDIR)$(PREFIX)/share/partrace/python/$$file" || exit 1; done
	$(Q)install -D -m 644 $(BUILD)/cli/man/partrace.1 $(DESTDIR)$(PREFIX)/share/man/man1/partrace.1
	$(Q)install -D -m 644 $(BUILD)/daemon/man/partraced.8 \
		$(DESTDIR)$(PREFIX)/share/man/man8/partraced.8

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/partrace $(DESTDIR)$(PREFIX)/sbin/partraced \
		$(DESTDIR)$(PREFIX)/share/man/man1/partrace.1 \
		$(DESTDIR)$(PREFIX)/share/man/man8/partraced.8 \
		$(DESTDIR)$(PREFIX)/share/partrace/report.schema.json \
		$(DESTDIR)$(PREFIX)/share/partrace/sweep.schema.json
	rm -rf $(DESTDIR)$(PREFIX)/share/partrace/python

clean:
	rm -rf build build-san

# ---- keeping it clean ----
TEST_SOURCES   := $(UNIT_SOURCES) $(KERNEL_SOURCES) $(SYSTEM_SOURCES) $(SUPPORT_SOURCES) \
	$(HELPER_SOURCES) $(LOCKS_SOURCES) $(wildcard tests/bench/*.c tests/sanitizers/*.c tests/kernels/*.c)
CHECK_SOURCES  := $(DAEMON_SOURCES) $(CLI_SOURCES) $(filter-out %.bpf.c,$(TEST_SOURCES))
FORMAT_SOURCES := $(DAEMON_SOURCES) $(CLI_SOURCES) $(BPF_SOURCES) $(TEST_SOURCES) \
	$(wildcard $(LOCKS_ROOM)/*.h $(LOCKS_ROOM)/*/*.h) \
	$(foreach room,bpf cli daemon include tests,$(wildcard $(room)/*.h $(room)/*/*.h))
# What begins as a script of a shell does, or says that it is sourced by one.
SCRIPTS         = $(shell grep -lsE '^.!/.*sh$$|^. shellcheck shell=' .ci/* tests/*/*)

# cppcheck does not know the destructors of owning locals; LeakSanitizer sees what leaks. It reads
# no headers of libraries, and is told what their loops and tests are: without a ";", where it would
# cut the macro in two and look at nothing.
CPPCHECK := cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 \
	--enable=warning,performance,portability --suppress=missingIncludeSystem \
	--suppress=memleak --suppress=resourceLeak -D_GNU_SOURCE -Iinclude -I. \
	'-Djson_array_foreach(list,at,value)=while ((value = json_array_get(list, at = next())))' \
	'-Djson_object_foreach(object,key,value)=while ((value = json_object_get(object, key = next())))' \
	'-DTest(...)=void Test(void)' '-DTestSuite(...)='

# A stamp for each file and tool: what was found clean is looked at again when it has changed, or a
# header of it, or the rules. After a finding the other files are still looked at.
CHECKED      := $(BUILD)/check
check_stamps  = $(FORMAT_SOURCES:%=$(CHECKED)/%.format) $(SCRIPTS:%=$(CHECKED)/%.shell) \
	$(CHECK_SOURCES:%=$(CHECKED)/%.cppcheck) $(CHECK_SOURCES:%=$(CHECKED)/%.tidy)
note_headers  = $(Q)$(CC) $(CPPFLAGS) -MM -MP -MT $@ -MF $@.d $<

check: deps-check
	$(Q)$(MAKE) --no-print-directory -k -Otarget -j$$(nproc) check-files

check-files: $$(check_stamps)

$(CHECKED)/%.format: % .clang-format
	@mkdir -p $(@D)
	$(SAY) FORMAT $<
	$(Q)clang-format --dry-run --Werror $<
	@touch $@

$(CHECKED)/%.shell: %
	@mkdir -p $(@D)
	$(SAY) SHELL $<
	$(Q)shellcheck -x $<
	@touch $@

$(CHECKED)/%.cppcheck: % | $(SKELETON) $(BUILD)/daemon/model/syscall_names.inc
	@mkdir -p $(@D)
	$(SAY) CPPCHECK $<
	$(note_headers)
	$(Q)$(CPPCHECK) $<
	@touch $@

# Of tests the analyzer follows what each assertion unfolds to: up to 6 s of CPU a file, for 0.1.
tidy_less = $(if $(filter tests/unit/% tests/system/%,$<),--checks=-clang-analyzer-*)

$(CHECKED)/%.tidy: % .clang-tidy | $(SKELETON) $(BUILD)/daemon/model/syscall_names.inc
	@mkdir -p $(@D)
	$(SAY) TIDY $<
	$(note_headers)
	$(Q)clang-tidy --quiet $(tidy_less) $< -- $(CPPFLAGS) -std=gnu17 2>$@.log || { cat $@.log >&2; exit 1; }
	@touch $@

format:
	$(Q)clang-format -i $(FORMAT_SOURCES)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
