#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Checks the Go package with the library it brings along, and with the one that pkg-config finds.
set -euo pipefail
cd "$(dirname "$0")"
: "${MMIO_ROOT:?is where the project is}"

unformatted=$(gofmt -l .)
if [[ -n $unformatted ]]; then
    echo "gofmt would change: $unformatted" >&2
    exit 1
fi
go mod tidy -diff

CGO_ENABLED=0 go vet ./...
CGO_ENABLED=0 go test -count=1 ./...

export CGO_ENABLED=1
check() {
    go vet ./...
    go test -count=1 ./...
    go test -count=1 -race ./...
    GOEXPERIMENT=cgocheck2 go test -count=1 ./...
}
# Both at a time: they mostly wait. The tag goes to every go command, since the tests build programs
# too.
GOFLAGS=-tags=mmio_system check &
check
wait $!
# Once each, so that the benchmarks keep working.
go test -run '^$' -bench . -benchtime 1x ./...

# For the checks that run the languages side by side.
go build -buildvcs=false -o "$MMIO_ROOT/build/conformance/go" ./internal/testee
