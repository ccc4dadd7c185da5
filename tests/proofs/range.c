/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What base/range.h promises, for check_proofs.py to have proved for all numbers there are. Numbers
 * without a type have no bounds here, so that `offset + size` is the true sum.
 */
#include <stdbool.h>
#include <stdint.h>

/* WP knows next to nothing of bits: check_proofs.py proves these two apart. */
/*@ axiomatic units {
      predicate is_unit(integer unit) = \exists integer k; 0 <= k < 64 && unit == (1 << k);
      axiom one_bit:
        \forall uint64_t unit; is_unit(unit) ==> unit != 0 && (unit & (unit - 1)) == 0;
      axiom masked:
        \forall uint64_t value, unit; is_unit(unit) ==>
          (value & (uint64_t)(~(uint64_t)(unit - 1))) == value - value % unit;
    }
*/

/*@ assigns \nothing;
    ensures \result != 0 <==> offset + size <= limit;
*/
static inline bool mmio__range_fits(uint64_t offset, uint64_t size, uint64_t limit);

/*@ requires is_unit(unit);
    assigns \nothing;
    ensures \result == value - value % unit;
*/
static inline uint64_t mmio__round_down(uint64_t value, uint64_t unit);

/*@ requires is_unit(unit);
    assigns \nothing;
    ensures \result % unit == 0;
    ensures value - unit < \result < value + unit;
    ensures \result < value ==> \result + unit > UINT64_MAX;
*/
static inline uint64_t mmio__round_up(uint64_t value, uint64_t unit);

/*@ assigns \nothing;
    ensures a * b <= UINT64_MAX ==> \result == a * b;
    ensures a * b > UINT64_MAX ==> \result == UINT64_MAX;
*/
static inline uint64_t mmio__multiply_saturated(uint64_t a, uint64_t b);

#include "range.h"
