# build demo test unit filters integration lint bench install uninstall clean
# — see README.md.
#
#   RUNTIME=runc    the runtime that the integration tests run (any binary)
#   SECCOMP=libseccomp   link the C library in place of runtime/seccomp
#   LIBC=glibc, PIE=1    how the static binary is linked; musl, not PIE
#   PREFIX, DESTDIR where install puts things

GO       ?= go
PREFIX   ?= /usr/local
SECCOMP  ?= go
LIBC     ?= $(if $(shell command -v musl-gcc),musl,glibc)
VERSION  := $(shell cat VERSION)
COMMIT   := $(shell git rev-parse --short=12 HEAD 2>/dev/null)
TAGS     := seccomp urfave_cli_no_docs netgo osusergo
RUNTIME  ?= $(CURDIR)/bin/bulkhead
OUT      ?= bin/bulkhead
GOTEST   := $(GO) test $(MODFILE) -tags "$(TAGS)"
LINT     := $(GO) tool -modfile=tools/go.mod golangci-lint

# The C library's place is taken by runtime/seccomp, which is found through its
# own pkg-config file; bin/libseccomp.mod is go.mod without that replacement.
ifeq ($(SECCOMP),libseccomp)
  MODFILE := -modfile=bin/libseccomp.mod
  LIBC    := glibc
  SECCOMP_PACKAGES := libseccomp-dev
else
  export PKG_CONFIG_PATH := $(CURDIR)/runtime/seccomp/pkgconfig
endif

# A static binary; position-dependent unless PIE=1 (docs/security.md says why).
LINK := -static$(if $(PIE),-pie)
ifeq ($(LIBC),musl)
  BUILD_ENV  := CC=musl-gcc CGO_CFLAGS="-O2 -idirafter $(CURDIR)/bin/kernel"
  MUSL       := /usr/lib/$(shell gcc -print-multiarch | sed s/gnu/musl/)
  # Debian's musl-gcc knows no -static-pie: its parts, one by one.
  MUSL_PIE   := -Wl,-pie,--no-dynamic-linker,-z,text -nostartfiles \
                $(MUSL)/rcrt1.o $(MUSL)/crti.o $(MUSL)/crtn.o
  LINK       := -static $(if $(PIE),$(MUSL_PIE))
endif
LDFLAGS  := -s -w -linkmode external -extldflags "$(strip $(LINK))" \
            -X main.version=$(VERSION) -X main.commit=$(COMMIT)

BUILD_PACKAGES := gcc libc6-dev linux-libc-dev musl-tools pkg-config $(SECCOMP_PACKAGES)
TEST_PACKAGES  := $(BUILD_PACKAGES) libseccomp-dev $(shell grep -v '^\#' integration/packages.txt)

# Installs the Debian packages that are missing, if any are.
define need
	@set -e; want=; for p in $(1); do \
	  dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || want="$$want $$p"; \
	done; \
	if [ -n "$$want" ]; then \
	  echo "installing$$want"; export DEBIAN_FRONTEND=noninteractive; \
	  apt-get -qq update && apt-get -qq install -y --no-install-recommends $$want >/dev/null; \
	fi
endef

.PHONY: build demo test unit filters integration lint bench install uninstall clean

build: $(if $(MODFILE),bin/libseccomp.mod)
	@pkg-config --exists libseccomp || { \
	  echo "make build needs: $(BUILD_PACKAGES) (make demo installs them)" >&2; exit 1; }
	@[ "$(LIBC)" = musl ] || [ "$(SECCOMP)" = libseccomp ] || \
	  echo "note: linked with glibc, which starts 1 ms later; with musl-tools it is musl" >&2
	@$(if $(findstring musl,$(LIBC)),$(kernel_headers))
	CGO_ENABLED=1 $(BUILD_ENV) $(GO) build $(MODFILE) -trimpath $(if $(PIE),-buildmode=pie) \
	  -tags "$(TAGS)" -ldflags '$(LDFLAGS)' -o $(OUT) ./cmd/bulkhead

# musl-gcc does not look where Debian has the kernel's headers.
define kernel_headers
mkdir -p bin/kernel; \
ln -sfn /usr/include/linux bin/kernel/linux; \
ln -sfn /usr/include/asm-generic bin/kernel/asm-generic; \
ln -sfn /usr/include/$$(gcc -print-multiarch)/asm bin/kernel/asm
endef

bin/libseccomp.mod: go.mod go.sum tools/libseccomp.sum
	@mkdir -p bin
	$(GO) mod edit -dropreplace=github.com/seccomp/libseccomp-golang -print >$@
	cat go.sum tools/libseccomp.sum >bin/libseccomp.sum

demo:
	$(call need,$(BUILD_PACKAGES))
	@$(MAKE) --no-print-directory build
	bin/bulkhead try

# unit tests and lint say nothing about another runtime than ours
test:
	$(call need,$(TEST_PACKAGES))
	@$(MAKE) --no-print-directory build
	@if [ "$(RUNTIME)" = "$(CURDIR)/bin/bulkhead" ]; then \
	  $(MAKE) --no-print-directory lint unit filters; fi
	@$(MAKE) --no-print-directory integration

unit:
	@mkdir -p bin
	@echo '$(GOTEST) -race …, all of it in bin/unit.log'
	@$(GOTEST) -race -v -timeout 10m \
	  ./cmd/... ./runtime/... ./hooks/... ./spec/... ./docs/... >bin/unit.log 2>&1 || \
	  { cat bin/unit.log; exit 1; }
	@grep '^ok' bin/unit.log
	@integration/allowed-skips bin/unit.log

# What seccomp filters mean: the module by itself, against libseccomp, and
# containers that call, once more with the C library in the binary.
filters:
	$(GO) test -C runtime/seccomp -race ./...
	$(GO) test -C runtime/seccomp/difference -count 1 -timeout 15m ./...
	@$(MAKE) --no-print-directory build SECCOMP=libseccomp OUT=bin/bulkhead-libseccomp
	RUNTIME="$(CURDIR)/bin/bulkhead-libseccomp" $(GOTEST) -count 1 -run 'Seccomp|Claims' ./integration

# One package after the other: each starts an engine. The tests have no network,
# so the modules of the CRI client, a module of its own, are fetched before.
integration:
	$(GO) build -C integration/containerd/cri -o /dev/null .
	RUNTIME="$(RUNTIME)" $(GOTEST) -p 1 -count 1 -timeout 25m ./integration/...

lint:
	@unformatted=$$(gofmt -l cmd runtime hooks spec integration); \
	  [ -z "$$unformatted" ] || { echo "not gofmt-ed: $$unformatted" >&2; exit 1; }
	$(GO) vet -tags "$(TAGS)" ./...
	$(LINT) run --build-tags "$(TAGS)"
	@for module in runtime/seccomp runtime/seccomp/difference; do \
	  echo "the same in $$module"; $(GO) vet -C $$module ./... && \
	  (cd $$module && $(GO) tool -modfile=$(CURDIR)/tools/go.mod golangci-lint run) || exit 1; done

# Compares with the runtimes of PATH, or with PEERS="path …", in some minutes;
# BENCHFLAGS=-h lists what else it can do.
bench: build
	$(call need,busybox-static gcc runc crun docker.io iptables)
	$(GO) build -o bin/bench ./integration/bench
	PEERS="$(PEERS)" bin/bench -runtime bin/bulkhead -json bin/performance.json \
	  -chart bin/performance.svg -markdown bin/performance.md $(BENCHFLAGS)

install: build
	install -D -m 755 bin/bulkhead $(DESTDIR)$(PREFIX)/sbin/bulkhead
	for page in docs/man/*.8; do \
	  install -D -m 644 $$page $(DESTDIR)$(PREFIX)/share/man/man8/$${page##*/}; done

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/sbin/bulkhead
	for page in docs/man/*.8; do rm -f $(DESTDIR)$(PREFIX)/share/man/man8/$${page##*/}; done

clean:
	rm -rf bin
