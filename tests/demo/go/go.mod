module github.com/libmmio/libmmio/tests/demo/go

go 1.24

require github.com/libmmio/libmmio/bindings/go v0.0.0

replace github.com/libmmio/libmmio/bindings/go => ../../../bindings/go
