/* The floating-point mode of exact arithmetic (law N2): round to nearest, flush to zero, inputs
   too, nothing raised.  Set in every thread that runs code or kernels, restored on leaving. */
#pragma once

#if !defined(__x86_64__)
#error "The machine's flush rule is only known to hold with the MXCSR of x86-64."
#endif

#include <xmmintrin.h>

#define FP_EXACT 0x9fc0u /* FTZ | DAZ | every exception masked, round to nearest */

static inline unsigned fp_enter(void) {
    unsigned before = _mm_getcsr();
    _mm_setcsr(FP_EXACT);
    return before;
}

static inline void fp_leave(unsigned before) { _mm_setcsr(before); }
