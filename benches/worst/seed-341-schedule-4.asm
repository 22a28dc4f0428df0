# 2.49 of the calibration list under schedule 4, found by: anhvm bench worst --minutes 30 --seed 341
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
const n1024_3: u64 = 1024
const n1_3: u64 = 1
const x0_0_3_k: f32 = 3.0e38
const n457_3: u64 = 457
const n7_3: u64 = 7
const x1_0_3_k: f32 = 3.0e38
const n458_3: u64 = 458
const x2_0_3_k: f32 = 3.0e38
const n459_3: u64 = 459
const x3_0_3_k: f32 = 3.0e38
const n460_3: u64 = 460
const n16384_4: u64 = 16384
const t_4_k: f32 = 1.0
const n263_4: u64 = 263
const n7_4: u64 = 7
const n17_4: u64 = 17
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
  reg x0_0_3: f32[2]
  reg n1024_3: u64 = const n1024_3
  reg n1_3: u64 = const n1_3
  reg x0_0_3_k: f32 = const x0_0_3_k
  reg x0_0_3_n: f32[2]
  reg n457_3: u64 = const n457_3
  reg n7_3: u64 = const n7_3
  reg x0_1_3: i32[1]
  reg x0_1_3_v: i32
  reg y0_0_3: f32
  reg x1_0_3: f32[2]
  reg x1_0_3_k: f32 = const x1_0_3_k
  reg x1_0_3_n: f32[2]
  reg n458_3: u64 = const n458_3
  reg x1_1_3: i32[1]
  reg x1_1_3_v: i32
  reg y1_0_3: f32
  reg x2_0_3: f32[2]
  reg x2_0_3_k: f32 = const x2_0_3_k
  reg x2_0_3_n: f32[2]
  reg n459_3: u64 = const n459_3
  reg x2_1_3: i32[1]
  reg x2_1_3_v: i32
  reg y2_0_3: f32
  reg x3_0_3: f32[2]
  reg x3_0_3_k: f32 = const x3_0_3_k
  reg x3_0_3_n: f32[2]
  reg n460_3: u64 = const n460_3
  reg x3_1_3: i32[1]
  reg x3_1_3_v: i32
  reg y3_0_3: f32
  reg t_4: f32[1]
  reg n16384_4: u64 = const n16384_4
  reg t_4_k: f32 = const t_4_k
  reg t_4_n: f32[1]
  reg n263_4: u64 = const n263_4
  reg n7_4: u64 = const n7_4
  reg n17_4: u64 = const n17_4
  reg k_4: u64
  mov s, u64_seven
  kernel normal(n7_3, n457_3, n1024_3, n1_3) -> (x0_0_3_n)
  kernel mul(x0_0_3_n, x0_0_3_k) -> (x0_0_3)
  kernel fill_i32(x0_1_3_v, n1024_3) -> (x0_1_3)
  kernel normal(n7_3, n458_3, n1024_3, n1_3) -> (x1_0_3_n)
  kernel mul(x1_0_3_n, x1_0_3_k) -> (x1_0_3)
  kernel fill_i32(x1_1_3_v, n1024_3) -> (x1_1_3)
  kernel normal(n7_3, n459_3, n1024_3, n1_3) -> (x2_0_3_n)
  kernel mul(x2_0_3_n, x2_0_3_k) -> (x2_0_3)
  kernel fill_i32(x2_1_3_v, n1024_3) -> (x2_1_3)
  kernel normal(n7_3, n460_3, n1024_3, n1_3) -> (x3_0_3_n)
  kernel mul(x3_0_3_n, x3_0_3_k) -> (x3_0_3)
  kernel fill_i32(x3_1_3_v, n1024_3) -> (x3_1_3)
  kernel normal(n7_4, n263_4, n16384_4) -> (t_4_n)
  kernel mul(t_4_n, t_4_k) -> (t_4)
  jmp test
again:
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  u64.eq bool2, u64_seven, u64_one
  bool.and bool3, bool_seven, bool_one
  i32.to_f32 f322, i32_one
  i32.add i323, i32_seven, i32_seven
  f32.to_u64 u643, f32_one
  bool.and bool0, bool_one, bool_seven
  i64.neg i643, i64_seven
  kernel cross_entropy(x0_0_3, x0_1_3) -> (y0_0_3)
  kernel cross_entropy(x1_0_3, x1_1_3) -> (y1_0_3)
  kernel cross_entropy(x2_0_3, x2_1_3) -> (y2_0_3)
  kernel cross_entropy(x3_0_3, x3_1_3) -> (y3_0_3)
  u64.add k_4, k_4, n17_4
  u64.mod k_4, k_4, n16384_4
  t.get f322, (t_4, k_4)
  u64.add k_4, k_4, n17_4
  u64.mod k_4, k_4, n16384_4
  t.get f322, (t_4, k_4)
  u64.add k_4, k_4, n17_4
  u64.mod k_4, k_4, n16384_4
  t.get f322, (t_4, k_4)
  u64.add k_4, k_4, n17_4
  u64.mod k_4, k_4, n16384_4
  t.get f322, (t_4, k_4)
  u64.add k_4, k_4, n17_4
  u64.mod k_4, k_4, n16384_4
  t.get f322, (t_4, k_4)
  u64.add k_4, k_4, n17_4
  u64.mod k_4, k_4, n16384_4
  t.get f322, (t_4, k_4)
  u64.add k_4, k_4, n17_4
  u64.mod k_4, k_4, n16384_4
  t.get f322, (t_4, k_4)
  u64.add k_4, k_4, n17_4
  u64.mod k_4, k_4, n16384_4
  t.get f322, (t_4, k_4)
  u64.add k_4, k_4, n17_4
  u64.mod k_4, k_4, n16384_4
  t.get f322, (t_4, k_4)
  u64.add k_4, k_4, n17_4
  u64.mod k_4, k_4, n16384_4
  t.get f322, (t_4, k_4)
  u64.add k_4, k_4, n17_4
  u64.mod k_4, k_4, n16384_4
  t.get f322, (t_4, k_4)
  u64.add k_4, k_4, n17_4
  u64.mod k_4, k_4, n16384_4
  t.get f322, (t_4, k_4)
  u64.add k_4, k_4, n17_4
  u64.mod k_4, k_4, n16384_4
  t.get f322, (t_4, k_4)
  u64.add k_4, k_4, n17_4
  u64.mod k_4, k_4, n16384_4
  t.get f322, (t_4, k_4)
  u64.add k_4, k_4, n17_4
  u64.mod k_4, k_4, n16384_4
  t.get f322, (t_4, k_4)
  u64.add k_4, k_4, n17_4
  u64.mod k_4, k_4, n16384_4
  t.get f322, (t_4, k_4)
  u64.add i, i, one
test:
  u64.lt more, i, n
  jif more, again
  ret ()
