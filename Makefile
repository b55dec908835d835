# make          build (debug)
# make demo     see a sweep on a throwaway engine of its own
# make test     all tests; as root with those that need a real engine
# make fuzz     damaged plans, policies and replies, ROUNDS times each
# make check    the fast checks: format, imports, sizes
# make bench    ratios to what the docker client does
# make bench-accuracy  predicted bytes beside what the disk got back, on 30 random stores
# make torture  hundreds of sweeps with kills, faults, full disks and a hostile neighbour
# make install  the release binary to $(DESTDIR)$(PREFIX)/bin

PREFIX = /usr/local
ROUNDS = 3000
RELEASE = swift build -c release --static-swift-stdlib -Xlinker -s --product balai

.PHONY: build release test demo bench bench-accuracy fuzz check install

build:
	scripts/prepare build
	swift build

release:
	scripts/prepare build
	$(RELEASE)

# Only root can start an engine; where it can be started, skipping its tests is a failure.
test:
	if [ "$$(id -u)" = 0 ]; then scripts/prepare test; else scripts/prepare build; fi
	if [ "$$(id -u)" = 0 ]; then export BALAI_REQUIRE_ENGINE=1; fi; swift test

demo:
	scripts/demo

bench:
	scripts/bench

bench-accuracy:
	scripts/bench-accuracy

fuzz:
	scripts/prepare build
	BALAI_FUZZ_ROUNDS=$(ROUNDS) swift test --filter FuzzTests

torture:
	scripts/torture

check:
	scripts/check

install: release
	install -d "$(DESTDIR)$(PREFIX)/bin"
	install -m 755 "$$($(RELEASE) --show-bin-path)/balai" "$(DESTDIR)$(PREFIX)/bin/balai"
