// SPDX-License-Identifier: Apache-2.0

module github.com/libmmio/libmmio/bindings/go

go 1.24
