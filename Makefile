# SPDX-License-Identifier: Apache-2.0
# atrest. `make help` lists what there is to make.

VERSION    := 0.1.0
VARIANT    ?= release
BUILD      ?= build/$(VARIANT)
PKG_CONFIG ?= pkg-config
PYTHON     ?= python3
PREFIX     ?= /usr/local
BINDIR     ?= $(PREFIX)/bin
MANDIR     ?= $(PREFIX)/share/man
BASHDIR    ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR     ?= $(PREFIX)/share/zsh/site-functions
T          ?= 600
ifeq ($(origin CC),default)
CC := $(if $(filter fuzz,$(VARIANT)),clang,gcc)
endif
ifeq ($(filter $(VARIANT),release debug san cov fuzz),)
$(error VARIANT is one of release, debug, san, cov, fuzz)
endif

# --- what is compiled, and how -------------------------------------------------------------

SRC  := $(sort $(wildcard src/*/*.c))
UNIT := $(sort $(wildcard test/unit/*.c))
FUZZ := $(sort $(wildcard test/fuzz/fuzz_*.c))
OBJ  := $(SRC:%.c=$(BUILD)/%.o)
LIB  := $(BUILD)/libatrest.a
BIN  := $(BUILD)/atrest

PKGS     := yaml-0.1 libcyaml libsodium jansson libcurl libcrypto
PKG_INC  := $(shell $(PKG_CONFIG) --cflags $(PKGS) 2>/dev/null)
PKG_LIBS := $(shell $(PKG_CONFIG) --libs $(PKGS) 2>/dev/null)
CHECK     = $(shell $(PKG_CONFIG) --cflags --libs check)
need_pkgs = $(if $(PKG_LIBS),,$(error libraries are missing; 'test/setup/install.sh build' installs them))

CLANG   := $(findstring clang,$(shell $(CC) --version 2>/dev/null))
MACHINE := $(shell $(CC) -dumpmachine 2>/dev/null)

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wformat=2 \
	-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wcast-qual -Wcast-align \
	-Wpointer-arith -Wwrite-strings -Wundef -Wvla -Walloca -Wnull-dereference \
	-Wimplicit-fallthrough -Wdouble-promotion -Wredundant-decls \
	$(if $(CLANG),-Wno-gnu-statement-expression,-Wno-format-truncation -Wduplicated-cond -Wduplicated-branches -Wlogical-op) \
	$(if $(filter 1 true,$(WERROR) $(CI)),-Werror)

HARDENING := -fstack-protector-strong $(if $(filter x86_64%,$(MACHINE)),-fcf-protection=full) \
	$(if $(filter aarch64%,$(MACHINE)),-mbranch-protection=standard) -fstack-clash-protection
SANITIZE  := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

CFLAGS.release := -O2 -g
CFLAGS.debug   := -O0 -g3
CFLAGS.san     := -O1 -g
CFLAGS.cov     := -O0 -g
CFLAGS.fuzz    := -O1 -g
EXTRA.release  := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 $(HARDENING) \
	$(if $(CLANG),,-ftrivial-auto-var-init=zero)
EXTRA.san      := $(SANITIZE)
EXTRA.cov      := --coverage -fprofile-update=atomic
EXTRA.fuzz     := $(SANITIZE) -fsanitize=fuzzer-no-link

# CFLAGS, CPPFLAGS, LDFLAGS and LDLIBS belong to the user and come last.
CFLAGS     ?= $(CFLAGS.$(VARIANT))
AR_CPPFLAGS = -D_GNU_SOURCE -DAR_VERSION='"$(VERSION)"' -Isrc -Iinclude $(PKG_INC)
AR_CFLAGS   = -std=c17 $(WARNINGS) -fPIE $(EXTRA.$(VARIANT))
AR_LDFLAGS  = -pie -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed $(filter -f% --coverage,$(EXTRA.$(VARIANT)))
COMPILE     = $(CC) $(AR_CPPFLAGS) $(CPPFLAGS) $(AR_CFLAGS) $(CFLAGS) -MMD -MP
LINK        = $(CC) $(CFLAGS) $(AR_LDFLAGS) $(LDFLAGS)
JOBS        = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))
Q           = $(if $(V),,@)
say         = $(if $(V),,@printf '  %-5s %s\n' $(1) $(2))

.PHONY: all help test harness e2e e2e-all ansible-test unit lab lab-down drive-net drive-etcd fuzz-targets model demo fuzz bench bench-live bench-three lint format coverage docs install uninstall dist clean FORCE
.SECONDARY:
.DELETE_ON_ERROR:

all: $(BIN)
	@:

help:
	@sed -n 's/^#: //p' Makefile

$(BIN): $(BUILD)/src/cli/main.o $(LIB)
	$(call say,LINK,$@)
	$(Q)$(LINK) -o $@ $^ $(PKG_LIBS) $(LDLIBS)

$(LIB): $(filter-out $(BUILD)/src/cli/main.o,$(OBJ))
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/%.o: %.c Makefile
	$(need_pkgs)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) -I$(BUILD) -c -o $@ $<

# test/unit/main.c lists every suite: one for each test/unit/test_NAME.c, by file name.
$(BUILD)/suites.inc: FORCE
	@mkdir -p $(@D)
	@printf 'SUITE(%s)\n' $(patsubst test/unit/test_%.c,%,$(filter test/unit/test_%,$(UNIT))) >$@.new
	@cmp -s $@ $@.new && rm $@.new || mv $@.new $@

$(BUILD)/test/unit/main.o: $(BUILD)/suites.inc

$(BUILD)/unit: $(UNIT:%.c=$(BUILD)/%.o) $(LIB)
	$(call say,LINK,$@)
	$(Q)$(LINK) -o $@ $^ $(CHECK) $(PKG_LIBS) $(LDLIBS)

$(BUILD)/fuzz_%: $(BUILD)/test/fuzz/fuzz_%.o $(LIB)
	$(call say,LINK,$@)
	$(Q)$(LINK) -fsanitize=fuzzer -o $@ $^ $(PKG_LIBS) $(LDLIBS)

NET := $(patsubst %.c,$(BUILD)/%.o,$(wildcard test/net/*.c))
-include $(NET:.o=.d)
$(BUILD)/drive-net: $(NET) $(LIB)
	$(call say,LINK,$@)
	$(Q)$(LINK) -o $@ $^ $(PKG_LIBS) $(LDLIBS)

ETCD_DRIVE := $(patsubst %.c,$(BUILD)/%.o,$(wildcard test/etcd/*.c))
-include $(ETCD_DRIVE:.o=.d)
$(BUILD)/drive-etcd: $(ETCD_DRIVE) $(LIB)
	$(call say,LINK,$@)
	$(Q)$(LINK) -o $@ $^ $(PKG_LIBS) $(LDLIBS)

# The checker of the ladder: no library but the ladder itself.
MODEL := $(patsubst %.c,$(BUILD)/%.o,$(wildcard test/model/*.c))
-include $(MODEL:.o=.d)
$(BUILD)/model: $(MODEL) $(BUILD)/src/plan/ladder.o $(BUILD)/src/plan/ladder_first.o
	$(call say,LINK,$@)
	$(Q)$(LINK) -o $@ $^ $(LDLIBS)

unit: $(BUILD)/unit
	@:
drive-net drive-etcd: %: $(BUILD)/%
	@:
fuzz-targets: $(FUZZ:test/fuzz/%.c=$(BUILD)/%)
	@:

-include $(OBJ:.o=.d) $(UNIT:%.c=$(BUILD)/%.d) $(FUZZ:%.c=$(BUILD)/%.d)

# --- tests ---------------------------------------------------------------------------------

#: make                 build/release/atrest (VARIANT=release, debug, san, cov)
#: make test            every test; installs what it needs
test:
	@test/setup/install.sh build test
	@$(MAKE) --no-print-directory $(JOBS) all unit drive-net drive-etcd $(BUILD)/model
	@$(MAKE) --no-print-directory $(JOBS) VARIANT=san all unit drive-net drive-etcd
	@$(MAKE) --no-print-directory $(JOBS) VARIANT=fuzz fuzz-targets
	@test/run-all.sh test/parts.test

#: make demo            the main job on real input, in a sandbox; installs what it needs
demo:
	@test/setup/install.sh build
	@$(MAKE) --no-print-directory $(JOBS) all
	@docs/demo.sh $(BIN)

#: make e2e             the chosen stories on real control planes (needs root); make e2e-all: every one
e2e e2e-all:
	@test/setup/install.sh build lab
	@$(MAKE) --no-print-directory $(JOBS) all
	@test/e2e/run.py --bin $(BIN) $(if $(filter e2e-all,$@),--all)

#: make ansible-test    the Ansible role: alone, and over three real nodes (needs root)
ansible-test:
	@test/setup/install.sh build lab
	@$(MAKE) --no-print-directory $(JOBS) all
	@test/ansible/run.py dry
	@test/ansible/run.py lab --bin $(BIN)

#: make fuzz T=600      every fuzz target for T seconds
fuzz:
	@test/setup/install.sh build test
	@$(MAKE) --no-print-directory $(JOBS) VARIANT=fuzz fuzz-targets
	@test/fuzz/run.sh $(T)

#: make lab             a real control plane to try atrest on (NODES=3 API=1.37 NAME=…); needs root
lab:
	@test/setup/install.sh lab
	@test/lab/lab.py up $(if $(NAME),--name $(NAME)) $(if $(NODES),--nodes $(NODES)) \
		$(if $(API),--api $(API)) $(if $(ETCD),--etcd $(ETCD))

#: make lab-down        ends it (NAME=…) without a trace
lab-down:
	@test/lab/lab.py down $(if $(NAME),--name $(NAME))

#: make model           the ladder of key changes, checked in every state that can be reached; rules.py breaks each rule
model: $(BUILD)/model
	@$(BUILD)/model all
	@test/model/rules.py --objects $(BUILD)/test/model

#: make harness         the ladder over three of upstream's own API servers in one process, disturbed in every way (needs Go)
harness:
	@test/setup/install.sh build test
	@test/harness/run.sh

#: make bench           the targets of docs/benchmarks.md, measured here
bench: $(BIN)
	@test/bench/run.sh $(BIN)

#: make bench-live      live changes, reencrypt and verify, timed on nodes of the lab (RUNS=2 ONLY=rewrite MANY=1); needs root
bench-live: $(BIN) $(BUILD)/ceiling
	@test/setup/install.sh lab
	@test/bench/live.py --bin $(BIN) $(if $(RUNS),--runs $(RUNS)) $(if $(NAME),--name $(NAME)) \
		$(patsubst %,--only %,$(ONLY)) $(if $(MANY),--many)

#: make bench-three     a rotation on three nodes, rung by rung (SECRETS=5000); needs root
bench-three: $(BIN)
	@test/setup/install.sh lab
	@test/bench/live_three.py --bin $(BIN) $(if $(SECRETS),--secrets $(SECRETS))

-include $(BUILD)/test/bench/ceiling.d
$(BUILD)/ceiling: $(BUILD)/test/bench/ceiling.o
	$(call say,LINK,$@)
	$(Q)$(LINK) -o $@ $^ $(PKG_LIBS) $(LDLIBS)

#: make lint            format, clang-tidy, gcc's analyzer, the house's rules
lint:
	@test/setup/install.sh build test ci
	@test/run-all.sh test/parts.ci format tidy analyzer house

#: make format          clang-format, in place
format:
	clang-format -i $(wildcard src/*/*.[ch] include/*.h test/*/*.[ch])

#: make coverage        lines covered by unit tests and cases, by module
coverage:
	@test/house/coverage.sh

# --- documents and packages ----------------------------------------------------------------

#: make docs            man page and pictures, made from the program itself; docs/render_three.py (needs the lab): one more
docs: docs/man/atrest.8
	docs/render.py --bin $(BIN)
	docs/house.py

docs/man/atrest.8: $(BIN)
	@mkdir -p $(@D)
	$(BIN) help --man >$@.new && mv $@.new $@

#: make dist            build/dist/atrest: one file to copy; only libc stays dynamic
STATIC_LIBS := -l:libcyaml.a -l:libyaml.a -l:libsodium.a -l:libjansson.a \
	build/dist/libcurl.a -l:libnghttp2.a -l:libssl.a -l:libcrypto.a -ldl -pthread
dist: build/dist/atrest
	@printf '%s: %s bytes, needs glibc %s\n' $< $$(stat -c %s $<) \
		$$(objdump -T $< | grep -o 'GLIBC_[0-9.]*' | sed 's/GLIBC_//' | sort -uV | tail -n 1)

build/dist/libcurl.a: test/setup/static-curl.sh
	@test/setup/install.sh build dist
	$(call say,CURL,$@)
	$(Q)CC='$(CC)' test/setup/static-curl.sh $@

# Sorted, what lies unused in OpenSSL lies together: a quarter of a megabyte less is resident.
LINK_STATIC = $(LINK) -s -Wl,--gc-sections,--sort-section=name,--exclude-libs,ALL -o $@ $(filter %.o,$^) $(LIB) $(STATIC_LIBS)
build/dist/atrest: $(BUILD)/src/cli/main.o $(LIB) build/dist/libcurl.a
	$(call say,LINK,$@)
	$(Q)$(LINK_STATIC)

# The net tests' program with the same libraries.
build/dist/drive-net: $(NET) $(LIB) build/dist/libcurl.a
	$(call say,LINK,$@)
	$(Q)$(LINK_STATIC)

#: make install         to PREFIX (/usr/local), under DESTDIR; make uninstall takes it out again
install: $(BIN)
	install -D -m 755 $(BIN) $(DESTDIR)$(BINDIR)/atrest
	install -D -m 644 docs/man/atrest.8 $(DESTDIR)$(MANDIR)/man8/atrest.8
	mkdir -p $(DESTDIR)$(BASHDIR) $(DESTDIR)$(ZSHDIR)
	$(BIN) help --completion bash >$(DESTDIR)$(BASHDIR)/atrest
	$(BIN) help --completion zsh >$(DESTDIR)$(ZSHDIR)/_atrest

uninstall:
	rm -f $(DESTDIR)$(BINDIR)/atrest $(DESTDIR)$(MANDIR)/man8/atrest.8 \
		$(DESTDIR)$(BASHDIR)/atrest $(DESTDIR)$(ZSHDIR)/_atrest

#: make clean           removes build/
clean:
	rm -rf build
