# Causeway. `make` alone lists the targets.
SHELL := /bin/bash
MAKEFLAGS += --no-print-directory --silent
.DEFAULT_GOAL := help
# Debian keeps servers in sbin, which is not on every user's PATH.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH):/usr/local/sbin:/usr/sbin:/sbin

PROTOS := $(shell find proto -name '*.proto')
SOURCES := $(shell find lib services cli demo test bench infra -name '*.ts' 2>/dev/null)

.PHONY: help setup build demo test hostile test-vpp lint structure bench reference clean vpp-install vpp-run vpp-clean

help: ## list the targets
	echo 'Causeway: an open broadband network gateway around FD.io VPP'
	awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: ## install what is missing: node modules, Debian packages of the neighbours
	scripts/setup.sh

build: dist/.built ## generate code from proto/ and compile into dist/

gen/.built: $(PROTOS) buf.yaml buf.gen.yaml package-lock.json
	buf generate
	touch $@

dist/.built: gen/.built $(SOURCES) package.json tsconfig.json tsconfig.build.json
	tsc -p tsconfig.build.json
	touch $@

demo: setup ## subscribers online in one command; DEMO_SUBSCRIBERS=100, DEMO_ONCE=1 to run once and check
	$(MAKE) build
	exec node dist/demo/main.js

test: setup ## all tests with the real neighbours; ARGS='lib/dhcp' for some
	$(MAKE) build
	node scripts/run-tests.mjs --retry $(ARGS)

hostile: setup ## decoders of bytes from outside, a million random and mutated inputs each
	HOSTILE_INPUTS=1000000 node scripts/run-tests.mjs 'lib/(dhcp6?|net|radius)/' services/aaa/dialects services/aaa/coa-request 'subs-manager/dhcp6?/ingress'

test-vpp: setup ## conformance and system tests on a real VPP (VPP_BIN, VPP_PLUGIN_PATH, or vpp on PATH); as root
	$(MAKE) build
	node scripts/test-vpp.mjs $(ARGS)

lint: setup ## style of the sources and of the protocol definitions
	biome check .
	buf lint

structure: setup ## who may import whom, sizes, unused code, what must not be committed
	$(MAKE) gen/.built
	node scripts/check-structure.mjs
	node scripts/complete-lock.mjs --check
	knip

bench: setup ## the figures, each beside its reference; ARGS='vpp-client' for one
	$(MAKE) build
	node scripts/run-bench.mjs $(ARGS)

reference: setup ## write docs/reference from the schema of the configuration
	$(MAKE) build
	node scripts/reference-pages.mjs

vpp-install: ## install the FD.io VPP packages that Causeway works with, as root; not started (docs/vpp.md)
	infra/vpp/install.sh $(ARGS)

vpp-run: setup ## VPP in the foreground, as root; VPP_SETTINGS=FILE, by default infra/vpp/lab.yaml
	$(MAKE) build
	exec infra/vpp/run.sh $(ARGS)

vpp-clean: ## remove what vpp-run left behind
	infra/vpp/clean.sh

clean: ## remove everything generated, node modules excepted
	rm -rf dist gen .run coverage
