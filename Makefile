# attuned: `make demo` shows it working, `make test` runs every check. Both install the Debian packages that they need.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The microphone of the demo: empty for a recording, or the name of an ALSA device.
MIC ?=
# How long and how broad `make soak` is.
HOURS ?= 2
DAEMONS ?= 8
# How long `make load` uploads, and `make measure-page` watches.
MINUTES ?= 60
# How many streams `make load-streams` opens.
STREAMS ?= 500
# The folders of recordings of `make race`, and options of Tests/Race/race.
FOLDERS ?=
OPTIONS ?=
# Seconds for each target of `make fuzz`.
FUZZ_SECONDS ?= 600
BIN := .build/release
VENV := .venv
WEB_VENV := .venv-web
RACE_VENV := .venv-race
MQTT_VENV := .venv-mqtt
WYOMING_VENV := .venv-wyoming
# Most of what is installed is never imported: bytecode is made of what is.
PIP_QUIETLY := --quiet --disable-pip-version-check --no-compile
# Without debug information, which is not installed: it would take a third of the time.
SWIFT_BUILD := swift build -c release -debug-info-format none --explicit-target-dependency-import-check error

BUILD_PACKAGES := libasound2-dev libcurl4-openssl-dev libfftw3-dev libgcrypt20-dev libmosquitto-dev libsndfile1-dev libsoxr-dev libsystemd-dev libyaml-dev
TEST_PACKAGES := $(BUILD_PACKAGES) curl debootstrap dpkg-dev espeak-ng faketime iproute2 mosquitto-clients netcat-openbsd opus-tools python3-venv systemd
# Only where there is no sound server: to put a second one beside it would take its devices.
SERVER_PACKAGES := dbus libasound2-plugins pipewire pipewire-bin pulseaudio pulseaudio-utils wireplumber

help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build ## Listen to a recording through ALSA and print the events. MIC=default listens to the microphone.
	@MIC='$(MIC)' Config/demo/run

test: test-packages lint ## Run every check, several at a time: most of them wait.
	@# What is brought from elsewhere is brought while the compiler works.
	@mkdir -p .build/checks; $(MAKE) check-tools >.build/checks/check-tools 2>&1 & tools=$$!; trap "kill $$tools 2>/dev/null || true" EXIT; \
	$(MAKE) build-tests; wait $$tools || { tail -n 40 .build/checks/check-tools; exit 1; }
	@grep -a '^left out' .build/checks/check-tools || true
	@# The longest first.
	@BUILT=yes Tests/side-by-side .build/checks test-sanitizers test-training test-web test-daemon-1 test-systemd test-daemon-2 test-modules test-mqtt test-wyoming test-others
	@echo "all checks passed"

check-tools: server-packages browser-packages broker-packages balancer $(VENV)/ready $(WEB_VENV)/ready $(MQTT_VENV)/homeassistant $(WYOMING_VENV)/ready $(RACE_VENV)/ready

test-others: test-servers test-race

test-sanitizers:
	@$(MAKE) test-threads test-fuzz

# Set where they are known to be built: even to see that nothing is to be done takes half a minute on a busy machine.
BUILT ?=
build: build-packages ## Build the programs in release.
	$(if $(BUILT),,$(SWIFT_BUILD))

lint: ## Check the format of the sources.
	swift format lint --strict --recursive Package.swift Sources Tests

# Without testable imports the objects are those of `make build`.
build-tests: test-packages
	$(SWIFT_BUILD) --build-tests

# One test at a time in each process: many measure time.
SWIFT_TESTS := .build/release/attunedPackageTests.xctest --testing-library swift-testing --no-parallel
define run-swift-tests
@mkdir -p .build/checks
$(SWIFT_TESTS) $(1) 2>&1 | tee .build/checks/$@.log || { echo "these failed:"; grep -a -E '✘|error:' .build/checks/$@.log | cut -c 1-400; exit 1; }
endef

test-swift: build-tests ## Run the tests in Swift.
	$(call run-swift-tests)

test-daemon-1:
	$(call run-swift-tests,--filter 'EndToEnd/[A-E]')

test-daemon-2:
	$(call run-swift-tests,--filter 'EndToEnd/[F-Z]')

test-modules:
	$(call run-swift-tests,--skip EndToEnd)

test-threads: build-packages ## Run the ring, and all that runs beside it in the daemon, under ThreadSanitizer.
	for product in ring-stress FakeMicrophone thread-stress; do \
	  swift build -c release --sanitize thread --product $$product --scratch-path .build-tsan; done
	.build-tsan/release/ring-stress
	.build-tsan/release/thread-stress Config/models/commands Config/demo/demo.wav 20

test-servers: build server-packages ## Kill and stop the real PulseAudio and PipeWire under the daemon; on a machine with a sound server, only that one.
	Tests/SoundServers/checks

fuzz: test-packages ## Give damaged models, configurations, requests, recordings, forms and Wyoming frames to their readers: FUZZ_SECONDS=600 each.
	@# Of two sanitizers in options of their own, the compiler obeys the one that happens to come last.
	@# In debug: it is built in half the time, and traps where an assertion does not hold, too.
	ATTUNED_FUZZ=1 swift build --sanitize fuzzer --sanitize address -Xswiftc -sanitize=fuzzer,address \
	  --product fuzz --scratch-path .build-fuzz
	Tests/Fuzz/run .build-fuzz/debug/fuzz $(FUZZ_SECONDS)

test-fuzz:
	@$(MAKE) fuzz FUZZ_SECONDS=10

soak: build ## Daemons that listen for hours, to speech, noise and faults: HOURS=2 DAEMONS=8; a report in .build/soak.
	Tests/Soak/soak --hours $(HOURS) --daemons $(DAEMONS)

soak-load: build ## One daemon on a machine whose processors are all busy, for 30 minutes: no sample may be lost.
	Tests/Soak/soak --hours 0.5 --daemons 1 --readers 0 --no-faults --load $$(nproc) --out .build/soak-load

test-systemd: test-packages deb ## Install the package into a clean root, under a real systemd in namespaces of its own, and use it.
	@if [ $$(id -u) = 0 ]; then run=; else run=sudo; fi; \
	if $$run unshare --cgroup --pid --fork --mount true 2>/dev/null; then \
	  $$run Tests/Systemd/clean-root .build/attuned_*.deb .build-root && \
	  $$run Tests/Systemd/run .build/attuned_*.deb .build-root; \
	else echo "left out: the checks under systemd, which need namespaces"; fi

test-web: build browser-packages $(WEB_VENV)/ready ## Run the web side: its API, its description, and its page in a real Chromium.
	@command -v nginx >/dev/null || $(MAKE) $(NGINX) || true
	$(WEB_VENV)/bin/python -m pytest -q -n 2 --dist loadfile Tests/Web

test-mqtt: build broker-packages $(MQTT_VENV)/ready $(MQTT_VENV)/homeassistant ## Run attune-mqtt against a real mosquitto, killed and restarted, and Home Assistant's own schemas.
	$(MQTT_VENV)/bin/python -m pytest -q -n 2 Tests/MQTT

test-wyoming: build balancer $(WYOMING_VENV)/ready ## Run attune-wyoming against Home Assistant's own client, wyoming-satellite and others, and clients that misbehave.
	$(WYOMING_VENV)/bin/python -m pytest -q -n 2 Tests/Wyoming

load-streams: test-packages build $(WYOMING_VENV)/peer ## Measure attune-wyoming with live streams, beside wyoming-openwakeword with one: STREAMS=500.
	$(WYOMING_VENV)/bin/python Tests/Wyoming/load --streams $(STREAMS) $(OPTIONS)

# Unpacked and not installed: installed, they would start servers of their own.
NGINX := .build/nginx/usr/sbin/nginx
$(NGINX):
	mkdir -p .build/nginx && cd .build/nginx && apt-get -qq download nginx && dpkg -x nginx_*.deb .

# Its part for plain TCP, which is a package of its own.
NGINX_STREAM := .build/nginx/usr/lib/nginx/modules/ngx_stream_module.so
balancer: test-packages
	@[ -e $(NGINX_STREAM) ] || $(MAKE) $(NGINX_STREAM) || true

$(NGINX_STREAM):
	@[ -e $(NGINX) ] || $(MAKE) $(NGINX)
	cd .build/nginx && apt-get -qq download libnginx-mod-stream && dpkg -x libnginx-mod-stream_*.deb .

load: test-packages build $(WEB_VENV)/ready ## Measure the web side under load, by wrk, beside a daemon that listens: MINUTES=60.
	@command -v wrk >/dev/null || { $(call install-packages,wrk); }
	$(WEB_VENV)/bin/python Tests/Web/load --minutes $(MINUTES)

measure-page: build browser-packages $(WEB_VENV)/ready ## Measure the page in Chromium: size, first paint, frames, memory and the background: MINUTES=60.
	$(WEB_VENV)/bin/python Tests/Web/measure-page --minutes $(MINUTES)

race: race-folders build $(RACE_VENV)/peers ## Run attuned, Porcupine, microWakeWord and openWakeWord over recordings: FOLDERS="DIR ...", OPTIONS="--json FILE".
	$(RACE_VENV)/bin/python Tests/Race/race $(FOLDERS) $(OPTIONS)

race-folders:
	@[ -n "$(FOLDERS)" ] || { echo 'say which folders of recordings: make race FOLDERS="DIR ..."'; exit 2; }

test-race: test-packages $(RACE_VENV)/ready
	$(RACE_VENV)/bin/python -m pytest -q Tests/Race

screenshots: test-web ## Renew the pictures in docs/screenshots.
	mkdir -p docs/screenshots && cp .build/screenshots/*.png docs/screenshots

test-training: test-packages $(VENV)/ready ## Run the tests of the training package; the last of them wants the programs of test-swift.
	@# One thread: two would wait for each other wherever something else runs.
	OMP_NUM_THREADS=1 $(VENV)/bin/python -m pytest -q Training

# Where what is installed, and the Debian package, are put together.
PACKAGE := .build/package
PROGRAMS := attuned attune attune-web attune-mqtt attune-hooks attune-wyoming
PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
DESTDIR ?=
share := $(DESTDIR)$(PREFIX)/share
units := $(DESTDIR)$(PREFIX)/lib/systemd
VERSION := $(shell sed -n 's/^public let attunedVersion = "\(.*\)"/\1/p' Sources/ServiceSettings/Version.swift)

install: build ## Install programs, model, units, manual and completions. PREFIX=/usr/local, DESTDIR= for packagers.
	install -D -s -t $(DESTDIR)$(PREFIX)/bin $(addprefix $(BIN)/,$(PROGRAMS))
	for file in attuned.yaml hooks.yaml; do [ -e $(DESTDIR)$(SYSCONFDIR)/attuned/$$file ] || \
	  install -D -m 644 -t $(DESTDIR)$(SYSCONFDIR)/attuned Config/$$file; done
	mkdir -p $(share)/attuned && cp -r --no-preserve=mode,ownership Config/models $(share)/attuned
	install -d $(units)/system $(units)/user
	for unit in system/attuned.service system/attuned.socket system/attune-web.service system/attune-mqtt.service system/attune-hooks.service \
	    system/attune-learn.service system/attune-learn.timer \
	    system/attune-wyoming.service system/attune-wyoming.socket user/attuned.service user/attuned.socket user/attune-hooks.service; do \
	  sed 's,/usr/bin/,$(PREFIX)/bin/,' systemd/$${unit#system/} > $(units)/$$unit; done
	install -D -m 644 systemd/sysusers.conf $(DESTDIR)$(PREFIX)/lib/sysusers.d/attuned.conf
	install -D -m 644 -t $(share)/man/man1 Config/man/attune.1
	install -D -m 644 -t $(share)/man/man8 Config/man/attuned.8 Config/man/attune-web.8 Config/man/attune-mqtt.8 Config/man/attune-hooks.8 Config/man/attune-wyoming.8
	install -D -m 644 -t $(share)/attuned/avahi Config/avahi/attune-wyoming.service
	install -d $(share)/man/man5 && sed -e '/@CONFIGURATION@/{r Config/attuned.yaml' -e 'd}' Config/man/attuned.yaml.5 > $(share)/man/man5/attuned.yaml.5
	install -d $(share)/bash-completion/completions $(share)/zsh/vendor-completions $(share)/fish/vendor_completions.d
	for program in $(PROGRAMS); do \
	  $(BIN)/$$program --generate-completion-script bash > $(share)/bash-completion/completions/$$program; \
	  $(BIN)/$$program --generate-completion-script zsh > $(share)/zsh/vendor-completions/_$$program; \
	  $(BIN)/$$program --generate-completion-script fish > $(share)/fish/vendor_completions.d/$$program.fish; done

uninstall: ## Remove what install put there; the configuration stays.
	for program in $(PROGRAMS); do rm -f $(DESTDIR)$(PREFIX)/bin/$$program \
	  $(share)/bash-completion/completions/$$program $(share)/zsh/vendor-completions/_$$program \
	  $(share)/fish/vendor_completions.d/$$program.fish; done
	rm -f $(share)/man/man1/attune.1 $(share)/man/man5/attuned.yaml.5 $(addprefix $(share)/man/man8/,attuned.8 attune-web.8 attune-mqtt.8 attune-hooks.8 attune-wyoming.8)
	rm -f $(foreach level,system user,$(foreach kind,service socket,$(units)/$(level)/attuned.$(kind))) $(units)/system/attune-web.service $(units)/system/attune-mqtt.service \
	  $(units)/system/attune-hooks.service $(units)/user/attune-hooks.service $(units)/system/attune-wyoming.service $(units)/system/attune-wyoming.socket \
	  $(units)/system/attune-learn.service $(units)/system/attune-learn.timer
	rm -f $(DESTDIR)$(PREFIX)/lib/sysusers.d/attuned.conf
	rm -rf $(share)/attuned

deb: ## Build a Debian package, .build/attuned_VERSION_ARCHITECTURE.deb.
	rm -rf $(PACKAGE) .build/*.deb && $(MAKE) install PREFIX=/usr DESTDIR=$(CURDIR)/$(PACKAGE)
	Config/debian/build $(PACKAGE) $(VERSION)

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

server-packages: test-packages
	@command -v pulseaudio pipewire >/dev/null || { $(call install-packages,$(SERVER_PACKAGES)); } || true

# The libraries that the broker needs are installed.
MOSQUITTO := .build/mosquitto/usr/sbin/mosquitto
$(MOSQUITTO):
	mkdir -p .build/mosquitto && cd .build/mosquitto && apt-get -qq download mosquitto && dpkg -x mosquitto_*.deb .
	needed=$$(dpkg-deb -f .build/mosquitto/mosquitto_*.deb Depends | tr , '\n' | awk '{ print $$1 }'); $(call install-packages,$$needed)

broker-packages: test-packages
	@PATH=$$PATH:/usr/sbin command -v mosquitto >/dev/null || $(MAKE) $(MOSQUITTO) || true

browser-packages: test-packages
	@command -v chromium chromium-browser google-chrome >/dev/null || { $(call install-packages,chromium); } || true

$(VENV)/ready: Training/pyproject.toml
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install $(PIP_QUIETLY) -e 'Training[test]'
	touch $@

$(WEB_VENV)/ready: Tests/Web/requirements.txt
	python3 -m venv $(WEB_VENV)
	$(WEB_VENV)/bin/pip install $(PIP_QUIETLY) -r $<
	touch $@

$(MQTT_VENV)/ready: Tests/MQTT/requirements.txt
	python3 -m venv $(MQTT_VENV)
	$(MQTT_VENV)/bin/pip install $(PIP_QUIETLY) -r $<
	touch $@

# The satellite has a release of the protocol's library of its own, so it lies by itself; Home Assistant's wheel serves here, too.
$(WYOMING_VENV)/ready: Tests/Wyoming/requirements.txt Tests/Wyoming/satellite.txt $(MQTT_VENV)/homeassistant
	python3 -m venv $(WYOMING_VENV)
	$(WYOMING_VENV)/bin/pip install $(PIP_QUIETLY) -r $<
	$(WYOMING_VENV)/bin/pip install $(PIP_QUIETLY) --upgrade --target $(WYOMING_VENV)/satellite -r Tests/Wyoming/satellite.txt
	touch $@

# What it is measured beside; it, too, has a library of its own.
$(WYOMING_VENV)/peer: Tests/Wyoming/peer.txt $(WYOMING_VENV)/ready
	@$(WYOMING_VENV)/bin/pip install $(PIP_QUIETLY) --upgrade --target $@ -r $< || echo "left out: wyoming-openwakeword"

# Not installed: it wants a newer Python than its schemas. Without it the checks by those are left out.
$(MQTT_VENV)/homeassistant: Tests/MQTT/homeassistant.txt $(MQTT_VENV)/ready
	@rm -rf $@ $@.part && mkdir $@.part && $(MQTT_VENV)/bin/pip download --quiet --disable-pip-version-check --no-deps \
	  --only-binary :all: --python-version 3.14.2 -d $@.part -r $< && mv $@.part $@ || echo "left out: Home Assistant's schemas"

$(RACE_VENV)/ready: Tests/Race/requirements.txt
	python3 -m venv $(RACE_VENV)
	$(RACE_VENV)/bin/pip install $(PIP_QUIETLY) -r $<
	touch $@

# One that is not made for this machine does not keep the others away, and is asked for again the next time.
$(RACE_VENV)/peers: Tests/Race/peers.txt $(RACE_VENV)/ready
	@missing=; for peer in $$(cat $<); do \
	  $(RACE_VENV)/bin/pip install $(PIP_QUIETLY) $$peer || { echo "left out: $$peer"; missing=1; }; done; \
	[ -n "$$missing" ] || touch $@

clean: ## Remove what was built.
	rm -rf .build .build-fuzz .build-tsan $(VENV) $(WEB_VENV) $(RACE_VENV) $(MQTT_VENV) $(WYOMING_VENV)
	sudo=; [ $$(id -u) = 0 ] || sudo=sudo; $$sudo rm -rf .build-root # root made it

# Tests measure time, and those of the training run the programs that the Swift tests built.
.NOTPARALLEL:
.PHONY: help demo test build build-tests lint test-swift test-daemon-1 test-daemon-2 test-modules test-threads test-servers test-systemd \
	test-web test-mqtt test-wyoming test-training test-race test-fuzz test-others test-sanitizers fuzz soak soak-load screenshots race race-folders load load-streams bench \
	install uninstall deb build-packages test-packages server-packages browser-packages broker-packages balancer check-tools clean
