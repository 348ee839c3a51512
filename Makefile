# build demo test lint bench install uninstall clean — see README.md.
#
#   RUNTIME=runc    the runtime that the integration tests run (any binary)
#   PREFIX, DESTDIR where install puts things

GO       ?= go
PREFIX   ?= /usr/local
VERSION  := $(shell cat VERSION)
COMMIT   := $(shell git rev-parse --short=12 HEAD 2>/dev/null)
TAGS     := seccomp urfave_cli_no_docs netgo osusergo
LDFLAGS  := -s -w -linkmode external -extldflags -static \
            -X main.version=$(VERSION) -X main.commit=$(COMMIT)
RUNTIME  ?= $(CURDIR)/bin/bulkhead
GOTEST   := $(GO) test -tags "$(TAGS)"
LINT     := $(GO) tool -modfile=tools/go.mod golangci-lint

BUILD_PACKAGES := gcc libc6-dev pkg-config libseccomp-dev
TEST_PACKAGES  := $(BUILD_PACKAGES) $(shell grep -v '^\#' integration/packages.txt)

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

.PHONY: build demo test unit integration lint bench install uninstall clean

build:
	@pkg-config --exists libseccomp || { \
	  echo "make build needs: $(BUILD_PACKAGES) (make demo installs them)" >&2; exit 1; }
	CGO_ENABLED=1 $(GO) build -trimpath -tags "$(TAGS)" -ldflags '$(LDFLAGS)' \
	  -o bin/bulkhead ./cmd/bulkhead

demo:
	$(call need,$(BUILD_PACKAGES))
	@$(MAKE) --no-print-directory build
	bin/bulkhead try

# unit tests and lint say nothing about another runtime than ours
test:
	$(call need,$(TEST_PACKAGES))
	@$(MAKE) --no-print-directory build
	@if [ "$(RUNTIME)" = "$(CURDIR)/bin/bulkhead" ]; then \
	  $(MAKE) --no-print-directory lint unit; fi
	@$(MAKE) --no-print-directory integration

unit:
	@mkdir -p bin
	@echo '$(GOTEST) -race …, all of it in bin/unit.log'
	@$(GOTEST) -race -v -timeout 10m \
	  ./cmd/... ./runtime/... ./hooks/... ./spec/... ./docs/... >bin/unit.log 2>&1 || \
	  { cat bin/unit.log; exit 1; }
	@grep '^ok' bin/unit.log
	@integration/allowed-skips bin/unit.log

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

bench:
	$(GOTEST) -run '^$$' -bench . -benchtime 1s ./spec/... ./runtime/...

install: build
	install -D -m 755 bin/bulkhead $(DESTDIR)$(PREFIX)/sbin/bulkhead
	for page in docs/man/*.8; do \
	  install -D -m 644 $$page $(DESTDIR)$(PREFIX)/share/man/man8/$${page##*/}; done

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/sbin/bulkhead
	for page in docs/man/*.8; do rm -f $(DESTDIR)$(PREFIX)/share/man/man8/$${page##*/}; done

clean:
	rm -rf bin
