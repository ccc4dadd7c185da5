// SPDX-License-Identifier: Apache-2.0

//go:build cgo

package mmio

/*
#cgo noescape mmio_atomic_u32_load
#cgo nocallback mmio_atomic_u32_load
#cgo noescape mmio_atomic_u32_store
#cgo nocallback mmio_atomic_u32_store
#cgo noescape mmio_atomic_u32_exchange
#cgo nocallback mmio_atomic_u32_exchange
#cgo noescape mmio_atomic_u32_compare_exchange
#cgo nocallback mmio_atomic_u32_compare_exchange
#cgo noescape mmio_atomic_u32_add
#cgo nocallback mmio_atomic_u32_add
#cgo noescape mmio_atomic_u32_sub
#cgo nocallback mmio_atomic_u32_sub
#cgo noescape mmio_atomic_u32_and
#cgo nocallback mmio_atomic_u32_and
#cgo noescape mmio_atomic_u32_or
#cgo nocallback mmio_atomic_u32_or
#cgo noescape mmio_atomic_u32_xor
#cgo nocallback mmio_atomic_u32_xor
#cgo noescape mmio_atomic_u64_load
#cgo nocallback mmio_atomic_u64_load
#cgo noescape mmio_atomic_u64_store
#cgo nocallback mmio_atomic_u64_store
#cgo noescape mmio_atomic_u64_exchange
#cgo nocallback mmio_atomic_u64_exchange
#cgo noescape mmio_atomic_u64_compare_exchange
#cgo nocallback mmio_atomic_u64_compare_exchange
#cgo noescape mmio_atomic_u64_add
#cgo nocallback mmio_atomic_u64_add
#cgo noescape mmio_atomic_u64_sub
#cgo nocallback mmio_atomic_u64_sub
#cgo noescape mmio_atomic_u64_and
#cgo nocallback mmio_atomic_u64_and
#cgo noescape mmio_atomic_u64_or
#cgo nocallback mmio_atomic_u64_or
#cgo noescape mmio_atomic_u64_xor
#cgo nocallback mmio_atomic_u64_xor
#include "binding.h"
*/
import "C"

func (m *Map) apply32(op cellOp, off int64, value, desired uint32) (uint32, error) {
	var e C.mmio_error
	var before C.uint32_t
	h, at, v := m.pointer(), C.uint64_t(off), C.uint32_t(value)
	switch op {
	case opLoad:
		C.mmio_atomic_u32_load(h, at, &before, &e)
	case opStore:
		C.mmio_atomic_u32_store(h, at, v, &e)
	case opExchange:
		C.mmio_atomic_u32_exchange(h, at, v, &before, &e)
	case opCompareExchange:
		C.mmio_atomic_u32_compare_exchange(h, at, v, C.uint32_t(desired), &before, &e)
	case opAdd:
		C.mmio_atomic_u32_add(h, at, v, &before, &e)
	case opSub:
		C.mmio_atomic_u32_sub(h, at, v, &before, &e)
	case opAnd:
		C.mmio_atomic_u32_and(h, at, v, &before, &e)
	case opOr:
		C.mmio_atomic_u32_or(h, at, v, &before, &e)
	case opXor:
		C.mmio_atomic_u32_xor(h, at, v, &before, &e)
	}
	return uint32(before), m.check("atomic", &e)
}

func (m *Map) apply64(op cellOp, off int64, value, desired uint64) (uint64, error) {
	var e C.mmio_error
	var before C.uint64_t
	h, at, v := m.pointer(), C.uint64_t(off), C.uint64_t(value)
	switch op {
	case opLoad:
		C.mmio_atomic_u64_load(h, at, &before, &e)
	case opStore:
		C.mmio_atomic_u64_store(h, at, v, &e)
	case opExchange:
		C.mmio_atomic_u64_exchange(h, at, v, &before, &e)
	case opCompareExchange:
		C.mmio_atomic_u64_compare_exchange(h, at, v, C.uint64_t(desired), &before, &e)
	case opAdd:
		C.mmio_atomic_u64_add(h, at, v, &before, &e)
	case opSub:
		C.mmio_atomic_u64_sub(h, at, v, &before, &e)
	case opAnd:
		C.mmio_atomic_u64_and(h, at, v, &before, &e)
	case opOr:
		C.mmio_atomic_u64_or(h, at, v, &before, &e)
	case opXor:
		C.mmio_atomic_u64_xor(h, at, v, &before, &e)
	}
	return uint64(before), m.check("atomic", &e)
}
