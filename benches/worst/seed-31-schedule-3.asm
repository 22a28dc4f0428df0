# 4.34 of the calibration list under schedule 3, found by: anhvm bench worst --minutes 6 --seed 31
const one: u64 = 1
const u64_seven: u64 = 7
const i64_seven: i64 = -7
const i32_seven: i32 = -7
const f32_seven: f32 = 0.3
const bool_seven: bool = false
const u64_one: u64 = 1
const i64_one: i64 = 1
const i32_one: i32 = 1
const f32_one: f32 = 1.0
const bool_one: bool = true
const u64_thirteen: u64 = 13
function case call (u64) -> ()
  reg n: u64 = arg 0
  reg one: u64 = const one
  reg i: u64
  reg more: bool
  reg s: u64
  reg a: u64
  reg cut: u64 = const u64_thirteen
  reg u64_one: u64 = const u64_one
  reg u64_seven: u64 = const u64_seven
  reg u640: u64
  reg u641: u64
  reg u642: u64
  reg u643: u64
  reg i64_one: i64 = const i64_one
  reg i64_seven: i64 = const i64_seven
  reg i640: i64
  reg i641: i64
  reg i642: i64
  reg i643: i64
  reg i32_one: i32 = const i32_one
  reg i32_seven: i32 = const i32_seven
  reg i320: i32
  reg i321: i32
  reg i322: i32
  reg i323: i32
  reg f32_one: f32 = const f32_one
  reg f32_seven: f32 = const f32_seven
  reg f320: f32
  reg f321: f32
  reg f322: f32
  reg f323: f32
  reg bool_one: bool = const bool_one
  reg bool_seven: bool = const bool_seven
  reg bool0: bool
  reg bool1: bool
  reg bool2: bool
  reg bool3: bool
  mov s, u64_seven
  jmp test
again:
  u64.shl a, s, cut
  u64.xor s, s, a
  u64.shr a, s, u64_seven
  u64.xor s, s, a
  u64.shr s, s, u64_one
  u64.and a, s, u64_one
  u64.eq bool0, a, u64_one
  jif bool0, L_0_0
  gas u641
  f32.ne bool2, f32_seven, f323
L_0_0:
  u64.shr s, s, u64_one
  u64.and a, s, u64_one
  u64.eq bool0, a, u64_one
  jif bool0, L_0_1
  u64.mul u641, u64_one, u64_one
  u64.xor u641, u64_one, u64_one
L_0_1:
  u64.shr s, s, u64_one
  u64.and a, s, u64_one
  u64.eq bool0, a, u64_one
  jif bool0, L_0_2
  u64.shr u643, u64_one, u640
  i32.add i321, i32_one, i32_one
L_0_2:
  u64.shr s, s, u64_one
  u64.and a, s, u64_one
  u64.eq bool0, a, u64_one
  jif bool0, L_0_3
  i64.to_i32 i320, i64_one
  i64.lt bool0, i64_seven, i64_seven
L_0_3:
  u64.shl a, s, cut
  u64.xor s, s, a
  u64.shr a, s, u64_seven
  u64.xor s, s, a
  u64.shr s, s, u64_one
  u64.and a, s, u64_one
  u64.eq bool0, a, u64_one
  jif bool0, L_1_0
  i64.sub i643, i64_seven, i64_one
L_1_0:
  u64.shl a, s, cut
  u64.xor s, s, a
  u64.shr a, s, u64_seven
  u64.xor s, s, a
  u64.shr s, s, u64_one
  u64.and a, s, u64_one
  u64.eq bool0, a, u64_one
  jif bool0, L_2_0
  i64.sub i643, i64_seven, i64_one
L_2_0:
  u64.shl a, s, cut
  u64.xor s, s, a
  u64.shr a, s, u64_seven
  u64.xor s, s, a
  u64.shr s, s, u64_one
  u64.and a, s, u64_one
  u64.eq bool0, a, u64_one
  jif bool0, L_3_0
  u64.shr u643, u64_one, u64_one
L_3_0:
  u64.shr s, s, u64_one
  u64.and a, s, u64_one
  u64.eq bool0, a, u64_one
  jif bool0, L_3_1
  u64.le bool1, u640, u643
L_3_1:
  u64.shr s, s, u64_one
  u64.and a, s, u64_one
  u64.eq bool0, a, u64_one
  jif bool0, L_3_2
  bool.xor bool2, bool_one, bool_seven
L_3_2:
  u64.shr s, s, u64_one
  u64.and a, s, u64_one
  u64.eq bool0, a, u64_one
  jif bool0, L_3_3
  i64.mul i642, i64_seven, i64_one
L_3_3:
  u64.shl a, s, cut
  u64.xor s, s, a
  u64.shr a, s, u64_seven
  u64.xor s, s, a
  u64.shr s, s, u64_one
  u64.and a, s, u64_one
  u64.eq bool0, a, u64_one
  jif bool0, L_4_0
  u64.shr u643, u643, u64_seven
L_4_0:
  u64.add i, i, one
test:
  u64.lt more, i, n
  jif more, again
  ret ()
