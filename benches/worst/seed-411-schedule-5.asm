# 2.24 of the calibration list under schedule 5, found by: anhvm bench worst --minutes 30 --seed 411
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
const n17_0: u64 = 17
const x0_0_0_k: f32 = 1.0e8
const n454_0: u64 = 454
const n7_0: u64 = 7
const n32768_1: u64 = 32768
const x0_0_1_k: f32 = nan
const n455_1: u64 = 455
const n7_1: u64 = 7
const n32768_2: u64 = 32768
const x0_0_2_k: f32 = nan
const n456_2: u64 = 456
const n7_2: u64 = 7
const n60_3: u64 = 60
const n32768_4: u64 = 32768
const x0_0_4_k: f32 = 1.0
const n458_4: u64 = 458
const n7_4: u64 = 7
field map_5[bytes, u64]: u64
function case call (u64) -> ()
  reads map_5[any, any]
  writes map_5[any, any]
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
  reg x0_0_0: f32[1]
  reg n17_0: u64 = const n17_0
  reg x0_0_0_k: f32 = const x0_0_0_k
  reg x0_0_0_n: f32[1]
  reg n454_0: u64 = const n454_0
  reg n7_0: u64 = const n7_0
  reg y0_0_0: f32[1]
  reg x0_0_1: f32[1]
  reg n32768_1: u64 = const n32768_1
  reg x0_0_1_k: f32 = const x0_0_1_k
  reg x0_0_1_n: f32[1]
  reg n455_1: u64 = const n455_1
  reg n7_1: u64 = const n7_1
  reg y0_0_1: f32[1]
  reg x0_0_2: f32[1]
  reg n32768_2: u64 = const n32768_2
  reg x0_0_2_k: f32 = const x0_0_2_k
  reg x0_0_2_n: f32[1]
  reg n456_2: u64 = const n456_2
  reg n7_2: u64 = const n7_2
  reg y0_0_2: f32[1]
  reg long_3: bytes
  reg other_3: bytes
  reg own_3: bytes = self
  reg n60_3: u64 = const n60_3
  reg x0_0_4: f32[1]
  reg n32768_4: u64 = const n32768_4
  reg x0_0_4_k: f32 = const x0_0_4_k
  reg x0_0_4_n: f32[1]
  reg n458_4: u64 = const n458_4
  reg n7_4: u64 = const n7_4
  reg y0_0_4: f32[1]
  reg own_5: bytes = self
  mov s, u64_seven
  kernel normal(n7_0, n454_0, n17_0) -> (x0_0_0_n)
  kernel mul(x0_0_0_n, x0_0_0_k) -> (x0_0_0)
  kernel normal(n7_1, n455_1, n32768_1) -> (x0_0_1_n)
  kernel mul(x0_0_1_n, x0_0_1_k) -> (x0_0_1)
  kernel normal(n7_2, n456_2, n32768_2) -> (x0_0_2_n)
  kernel mul(x0_0_2_n, x0_0_2_k) -> (x0_0_2)
  bytes.concat long_3, own_3, own_3
  bytes.concat long_3, long_3, long_3
  bytes.concat long_3, long_3, long_3
  bytes.concat long_3, long_3, long_3
  bytes.concat long_3, long_3, long_3
  bytes.concat long_3, long_3, long_3
  bytes.concat long_3, long_3, long_3
  bytes.concat long_3, long_3, long_3
  bytes.concat long_3, long_3, long_3
  bytes.concat long_3, long_3, long_3
  bytes.concat long_3, long_3, long_3
  bytes.concat long_3, long_3, long_3
  bytes.concat long_3, long_3, long_3
  bytes.concat long_3, long_3, long_3
  bytes.concat long_3, long_3, long_3
  bytes.concat long_3, long_3, long_3
  kernel normal(n7_4, n458_4, n32768_4) -> (x0_0_4_n)
  kernel mul(x0_0_4_n, x0_0_4_k) -> (x0_0_4)
  jmp test
again:
  kernel gelu_tanh(x0_0_0) -> (y0_0_0)
  kernel softplus(x0_0_1) -> (y0_0_1)
  kernel softplus(x0_0_2) -> (y0_0_2)
  bytes.slice other_3, (long_3, u64_one, n60_3)
  bytes.slice other_3, (long_3, u64_one, n60_3)
  bytes.slice other_3, (long_3, u64_one, n60_3)
  bytes.slice other_3, (long_3, u64_one, n60_3)
  bytes.slice other_3, (long_3, u64_one, n60_3)
  bytes.slice other_3, (long_3, u64_one, n60_3)
  bytes.slice other_3, (long_3, u64_one, n60_3)
  bytes.slice other_3, (long_3, u64_one, n60_3)
  bytes.slice other_3, (long_3, u64_one, n60_3)
  bytes.slice other_3, (long_3, u64_one, n60_3)
  bytes.slice other_3, (long_3, u64_one, n60_3)
  bytes.slice other_3, (long_3, u64_one, n60_3)
  bytes.slice other_3, (long_3, u64_one, n60_3)
  bytes.slice other_3, (long_3, u64_one, n60_3)
  bytes.slice other_3, (long_3, u64_one, n60_3)
  bytes.slice other_3, (long_3, u64_one, n60_3)
  kernel softplus(x0_0_4) -> (y0_0_4)
  s.store u640, map_5[own_5, i]
  u64.add i, i, one
test:
  u64.lt more, i, n
  jif more, again
  ret ()
