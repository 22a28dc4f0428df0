# 3.6 of the calibration list when it was found, 0.7 since the first greatest is found without branches; found by: anhvm bench worst --seed 231
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
const n1_0: u64 = 1
const n64_0: u64 = 64
const x0_0_0_k: f32 = 0.0
const n454_0: u64 = 454
const n7_0: u64 = 7
const x0_1_0_k: f32 = 0.0
const n455_0: u64 = 455
const x1_0_0_k: f32 = 0.0
const x1_1_0_k: f32 = 0.0
const n456_0: u64 = 456
const x2_0_0_k: f32 = 0.0
const x2_1_0_k: f32 = 0.0
const n457_0: u64 = 457
const x3_0_0_k: f32 = 0.0
const x3_1_0_k: f32 = 0.0
const n458_0: u64 = 458
const x4_0_0_k: f32 = 0.0
const x4_1_0_k: f32 = 0.0
const n459_0: u64 = 459
const x5_0_0_k: f32 = 0.0
const x5_1_0_k: f32 = 0.0
const n460_0: u64 = 460
const x6_0_0_k: f32 = 0.0
const x6_1_0_k: f32 = 0.0
const n461_0: u64 = 461
const x7_0_0_k: f32 = 0.0
const x7_1_0_k: f32 = 0.0
const n462_0: u64 = 462
const x8_0_0_k: f32 = 0.0
const x8_1_0_k: f32 = 0.0
const n463_0: u64 = 463
const x9_0_0_k: f32 = 0.0
const x9_1_0_k: f32 = 0.0
const n464_0: u64 = 464
const x10_0_0_k: f32 = 0.0
const n503_0: u64 = 503
const x10_1_0_k: f32 = 0.0
const n504_0: u64 = 504
const x11_0_0_k: f32 = 0.0
const x11_1_0_k: f32 = 0.0
const n505_0: u64 = 505
const x12_0_0_k: f32 = 0.0
const x12_1_0_k: f32 = 0.0
const n506_0: u64 = 506
const x13_0_0_k: f32 = 0.0
const x13_1_0_k: f32 = 0.0
const n507_0: u64 = 507
const x14_0_0_k: f32 = 0.0
const x14_1_0_k: f32 = 0.0
const n508_0: u64 = 508
const x15_0_0_k: f32 = 0.0
const x15_1_0_k: f32 = 0.0
const n509_0: u64 = 509
const x16_0_0_k: f32 = 0.0
const x16_1_0_k: f32 = 0.0
const n510_0: u64 = 510
const x17_0_0_k: f32 = 0.0
const x17_1_0_k: f32 = 0.0
const n511_0: u64 = 511
const x18_0_0_k: f32 = 0.0
const x18_1_0_k: f32 = 0.0
const n512_0: u64 = 512
const x19_0_0_k: f32 = 0.0
const x19_1_0_k: f32 = 0.0
const n513_0: u64 = 513
const x20_0_0_k: f32 = 0.0
const x20_1_0_k: f32 = 0.0
const x21_0_0_k: f32 = 0.0
const x21_1_0_k: f32 = 0.0
const x22_0_0_k: f32 = 0.0
const x22_1_0_k: f32 = 0.0
const x23_0_0_k: f32 = 0.0
const x23_1_0_k: f32 = 0.0
const x24_0_0_k: f32 = 0.0
const x24_1_0_k: f32 = 0.0
const x25_0_0_k: f32 = 0.0
const x25_1_0_k: f32 = 0.0
const x26_0_0_k: f32 = 0.0
const x26_1_0_k: f32 = 0.0
const x27_0_0_k: f32 = 0.0
const x27_1_0_k: f32 = 0.0
const x28_0_0_k: f32 = 0.0
const x28_1_0_k: f32 = 0.0
const x29_0_0_k: f32 = 0.0
const x29_1_0_k: f32 = 0.0
const n514_0: u64 = 514
const x30_0_0_k: f32 = 0.0
const x30_1_0_k: f32 = 0.0
const x31_0_0_k: f32 = 0.0
const x31_1_0_k: f32 = 0.0
const n1_1: u64 = 1
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
  reg x0_0_0: f32[4]
  reg n1_0: u64 = const n1_0
  reg n64_0: u64 = const n64_0
  reg x0_0_0_k: f32 = const x0_0_0_k
  reg x0_0_0_n: f32[4]
  reg n454_0: u64 = const n454_0
  reg n7_0: u64 = const n7_0
  reg x0_1_0: f32[4]
  reg x0_1_0_k: f32 = const x0_1_0_k
  reg x0_1_0_n: f32[4]
  reg n455_0: u64 = const n455_0
  reg y0_0_0: f32[4]
  reg x1_0_0: f32[4]
  reg x1_0_0_k: f32 = const x1_0_0_k
  reg x1_0_0_n: f32[4]
  reg x1_1_0: f32[4]
  reg x1_1_0_k: f32 = const x1_1_0_k
  reg x1_1_0_n: f32[4]
  reg n456_0: u64 = const n456_0
  reg y1_0_0: f32[4]
  reg x2_0_0: f32[4]
  reg x2_0_0_k: f32 = const x2_0_0_k
  reg x2_0_0_n: f32[4]
  reg x2_1_0: f32[4]
  reg x2_1_0_k: f32 = const x2_1_0_k
  reg x2_1_0_n: f32[4]
  reg n457_0: u64 = const n457_0
  reg y2_0_0: f32[4]
  reg x3_0_0: f32[4]
  reg x3_0_0_k: f32 = const x3_0_0_k
  reg x3_0_0_n: f32[4]
  reg x3_1_0: f32[4]
  reg x3_1_0_k: f32 = const x3_1_0_k
  reg x3_1_0_n: f32[4]
  reg n458_0: u64 = const n458_0
  reg y3_0_0: f32[4]
  reg x4_0_0: f32[4]
  reg x4_0_0_k: f32 = const x4_0_0_k
  reg x4_0_0_n: f32[4]
  reg x4_1_0: f32[4]
  reg x4_1_0_k: f32 = const x4_1_0_k
  reg x4_1_0_n: f32[4]
  reg n459_0: u64 = const n459_0
  reg y4_0_0: f32[4]
  reg x5_0_0: f32[4]
  reg x5_0_0_k: f32 = const x5_0_0_k
  reg x5_0_0_n: f32[4]
  reg x5_1_0: f32[4]
  reg x5_1_0_k: f32 = const x5_1_0_k
  reg x5_1_0_n: f32[4]
  reg n460_0: u64 = const n460_0
  reg y5_0_0: f32[4]
  reg x6_0_0: f32[4]
  reg x6_0_0_k: f32 = const x6_0_0_k
  reg x6_0_0_n: f32[4]
  reg x6_1_0: f32[4]
  reg x6_1_0_k: f32 = const x6_1_0_k
  reg x6_1_0_n: f32[4]
  reg n461_0: u64 = const n461_0
  reg y6_0_0: f32[4]
  reg x7_0_0: f32[4]
  reg x7_0_0_k: f32 = const x7_0_0_k
  reg x7_0_0_n: f32[4]
  reg x7_1_0: f32[4]
  reg x7_1_0_k: f32 = const x7_1_0_k
  reg x7_1_0_n: f32[4]
  reg n462_0: u64 = const n462_0
  reg y7_0_0: f32[4]
  reg x8_0_0: f32[4]
  reg x8_0_0_k: f32 = const x8_0_0_k
  reg x8_0_0_n: f32[4]
  reg x8_1_0: f32[4]
  reg x8_1_0_k: f32 = const x8_1_0_k
  reg x8_1_0_n: f32[4]
  reg n463_0: u64 = const n463_0
  reg y8_0_0: f32[4]
  reg x9_0_0: f32[4]
  reg x9_0_0_k: f32 = const x9_0_0_k
  reg x9_0_0_n: f32[4]
  reg x9_1_0: f32[4]
  reg x9_1_0_k: f32 = const x9_1_0_k
  reg x9_1_0_n: f32[4]
  reg n464_0: u64 = const n464_0
  reg y9_0_0: f32[4]
  reg x10_0_0: f32[4]
  reg x10_0_0_k: f32 = const x10_0_0_k
  reg x10_0_0_n: f32[4]
  reg n503_0: u64 = const n503_0
  reg x10_1_0: f32[4]
  reg x10_1_0_k: f32 = const x10_1_0_k
  reg x10_1_0_n: f32[4]
  reg n504_0: u64 = const n504_0
  reg y10_0_0: f32[4]
  reg x11_0_0: f32[4]
  reg x11_0_0_k: f32 = const x11_0_0_k
  reg x11_0_0_n: f32[4]
  reg x11_1_0: f32[4]
  reg x11_1_0_k: f32 = const x11_1_0_k
  reg x11_1_0_n: f32[4]
  reg n505_0: u64 = const n505_0
  reg y11_0_0: f32[4]
  reg x12_0_0: f32[4]
  reg x12_0_0_k: f32 = const x12_0_0_k
  reg x12_0_0_n: f32[4]
  reg x12_1_0: f32[4]
  reg x12_1_0_k: f32 = const x12_1_0_k
  reg x12_1_0_n: f32[4]
  reg n506_0: u64 = const n506_0
  reg y12_0_0: f32[4]
  reg x13_0_0: f32[4]
  reg x13_0_0_k: f32 = const x13_0_0_k
  reg x13_0_0_n: f32[4]
  reg x13_1_0: f32[4]
  reg x13_1_0_k: f32 = const x13_1_0_k
  reg x13_1_0_n: f32[4]
  reg n507_0: u64 = const n507_0
  reg y13_0_0: f32[4]
  reg x14_0_0: f32[4]
  reg x14_0_0_k: f32 = const x14_0_0_k
  reg x14_0_0_n: f32[4]
  reg x14_1_0: f32[4]
  reg x14_1_0_k: f32 = const x14_1_0_k
  reg x14_1_0_n: f32[4]
  reg n508_0: u64 = const n508_0
  reg y14_0_0: f32[4]
  reg x15_0_0: f32[4]
  reg x15_0_0_k: f32 = const x15_0_0_k
  reg x15_0_0_n: f32[4]
  reg x15_1_0: f32[4]
  reg x15_1_0_k: f32 = const x15_1_0_k
  reg x15_1_0_n: f32[4]
  reg n509_0: u64 = const n509_0
  reg y15_0_0: f32[4]
  reg x16_0_0: f32[4]
  reg x16_0_0_k: f32 = const x16_0_0_k
  reg x16_0_0_n: f32[4]
  reg x16_1_0: f32[4]
  reg x16_1_0_k: f32 = const x16_1_0_k
  reg x16_1_0_n: f32[4]
  reg n510_0: u64 = const n510_0
  reg y16_0_0: f32[4]
  reg x17_0_0: f32[4]
  reg x17_0_0_k: f32 = const x17_0_0_k
  reg x17_0_0_n: f32[4]
  reg x17_1_0: f32[4]
  reg x17_1_0_k: f32 = const x17_1_0_k
  reg x17_1_0_n: f32[4]
  reg n511_0: u64 = const n511_0
  reg y17_0_0: f32[4]
  reg x18_0_0: f32[4]
  reg x18_0_0_k: f32 = const x18_0_0_k
  reg x18_0_0_n: f32[4]
  reg x18_1_0: f32[4]
  reg x18_1_0_k: f32 = const x18_1_0_k
  reg x18_1_0_n: f32[4]
  reg n512_0: u64 = const n512_0
  reg y18_0_0: f32[4]
  reg x19_0_0: f32[4]
  reg x19_0_0_k: f32 = const x19_0_0_k
  reg x19_0_0_n: f32[4]
  reg x19_1_0: f32[4]
  reg x19_1_0_k: f32 = const x19_1_0_k
  reg x19_1_0_n: f32[4]
  reg n513_0: u64 = const n513_0
  reg y19_0_0: f32[4]
  reg x20_0_0: f32[4]
  reg x20_0_0_k: f32 = const x20_0_0_k
  reg x20_0_0_n: f32[4]
  reg x20_1_0: f32[4]
  reg x20_1_0_k: f32 = const x20_1_0_k
  reg x20_1_0_n: f32[4]
  reg y20_0_0: f32[4]
  reg x21_0_0: f32[4]
  reg x21_0_0_k: f32 = const x21_0_0_k
  reg x21_0_0_n: f32[4]
  reg x21_1_0: f32[4]
  reg x21_1_0_k: f32 = const x21_1_0_k
  reg x21_1_0_n: f32[4]
  reg y21_0_0: f32[4]
  reg x22_0_0: f32[4]
  reg x22_0_0_k: f32 = const x22_0_0_k
  reg x22_0_0_n: f32[4]
  reg x22_1_0: f32[4]
  reg x22_1_0_k: f32 = const x22_1_0_k
  reg x22_1_0_n: f32[4]
  reg y22_0_0: f32[4]
  reg x23_0_0: f32[4]
  reg x23_0_0_k: f32 = const x23_0_0_k
  reg x23_0_0_n: f32[4]
  reg x23_1_0: f32[4]
  reg x23_1_0_k: f32 = const x23_1_0_k
  reg x23_1_0_n: f32[4]
  reg y23_0_0: f32[4]
  reg x24_0_0: f32[4]
  reg x24_0_0_k: f32 = const x24_0_0_k
  reg x24_0_0_n: f32[4]
  reg x24_1_0: f32[4]
  reg x24_1_0_k: f32 = const x24_1_0_k
  reg x24_1_0_n: f32[4]
  reg y24_0_0: f32[4]
  reg x25_0_0: f32[4]
  reg x25_0_0_k: f32 = const x25_0_0_k
  reg x25_0_0_n: f32[4]
  reg x25_1_0: f32[4]
  reg x25_1_0_k: f32 = const x25_1_0_k
  reg x25_1_0_n: f32[4]
  reg y25_0_0: f32[4]
  reg x26_0_0: f32[4]
  reg x26_0_0_k: f32 = const x26_0_0_k
  reg x26_0_0_n: f32[4]
  reg x26_1_0: f32[4]
  reg x26_1_0_k: f32 = const x26_1_0_k
  reg x26_1_0_n: f32[4]
  reg y26_0_0: f32[4]
  reg x27_0_0: f32[4]
  reg x27_0_0_k: f32 = const x27_0_0_k
  reg x27_0_0_n: f32[4]
  reg x27_1_0: f32[4]
  reg x27_1_0_k: f32 = const x27_1_0_k
  reg x27_1_0_n: f32[4]
  reg y27_0_0: f32[4]
  reg x28_0_0: f32[4]
  reg x28_0_0_k: f32 = const x28_0_0_k
  reg x28_0_0_n: f32[4]
  reg x28_1_0: f32[4]
  reg x28_1_0_k: f32 = const x28_1_0_k
  reg x28_1_0_n: f32[4]
  reg y28_0_0: f32[4]
  reg x29_0_0: f32[4]
  reg x29_0_0_k: f32 = const x29_0_0_k
  reg x29_0_0_n: f32[4]
  reg x29_1_0: f32[4]
  reg x29_1_0_k: f32 = const x29_1_0_k
  reg x29_1_0_n: f32[4]
  reg n514_0: u64 = const n514_0
  reg y29_0_0: f32[4]
  reg x30_0_0: f32[4]
  reg x30_0_0_k: f32 = const x30_0_0_k
  reg x30_0_0_n: f32[4]
  reg x30_1_0: f32[4]
  reg x30_1_0_k: f32 = const x30_1_0_k
  reg x30_1_0_n: f32[4]
  reg y30_0_0: f32[4]
  reg x31_0_0: f32[4]
  reg x31_0_0_k: f32 = const x31_0_0_k
  reg x31_0_0_n: f32[4]
  reg x31_1_0: f32[4]
  reg x31_1_0_k: f32 = const x31_1_0_k
  reg x31_1_0_n: f32[4]
  reg y31_0_0: f32[4]
  reg long_1: bytes
  reg other_1: bytes
  reg own_1: bytes = self
  reg n1_1: u64 = const n1_1
  mov s, u64_seven
  kernel normal(n7_0, n454_0, n1_0, n1_0, n64_0, n64_0) -> (x0_0_0_n)
  kernel mul(x0_0_0_n, x0_0_0_k) -> (x0_0_0)
  kernel normal(n7_0, n455_0, n1_0, n1_0, n64_0, n64_0) -> (x0_1_0_n)
  kernel mul(x0_1_0_n, x0_1_0_k) -> (x0_1_0)
  kernel normal(n7_0, n455_0, n1_0, n1_0, n64_0, n64_0) -> (x1_0_0_n)
  kernel mul(x1_0_0_n, x1_0_0_k) -> (x1_0_0)
  kernel normal(n7_0, n456_0, n1_0, n1_0, n64_0, n64_0) -> (x1_1_0_n)
  kernel mul(x1_1_0_n, x1_1_0_k) -> (x1_1_0)
  kernel normal(n7_0, n456_0, n1_0, n1_0, n64_0, n64_0) -> (x2_0_0_n)
  kernel mul(x2_0_0_n, x2_0_0_k) -> (x2_0_0)
  kernel normal(n7_0, n457_0, n1_0, n1_0, n64_0, n64_0) -> (x2_1_0_n)
  kernel mul(x2_1_0_n, x2_1_0_k) -> (x2_1_0)
  kernel normal(n7_0, n457_0, n1_0, n1_0, n64_0, n64_0) -> (x3_0_0_n)
  kernel mul(x3_0_0_n, x3_0_0_k) -> (x3_0_0)
  kernel normal(n7_0, n458_0, n1_0, n1_0, n64_0, n64_0) -> (x3_1_0_n)
  kernel mul(x3_1_0_n, x3_1_0_k) -> (x3_1_0)
  kernel normal(n7_0, n458_0, n1_0, n1_0, n64_0, n64_0) -> (x4_0_0_n)
  kernel mul(x4_0_0_n, x4_0_0_k) -> (x4_0_0)
  kernel normal(n7_0, n459_0, n1_0, n1_0, n64_0, n64_0) -> (x4_1_0_n)
  kernel mul(x4_1_0_n, x4_1_0_k) -> (x4_1_0)
  kernel normal(n7_0, n459_0, n1_0, n1_0, n64_0, n64_0) -> (x5_0_0_n)
  kernel mul(x5_0_0_n, x5_0_0_k) -> (x5_0_0)
  kernel normal(n7_0, n460_0, n1_0, n1_0, n64_0, n64_0) -> (x5_1_0_n)
  kernel mul(x5_1_0_n, x5_1_0_k) -> (x5_1_0)
  kernel normal(n7_0, n460_0, n1_0, n1_0, n64_0, n64_0) -> (x6_0_0_n)
  kernel mul(x6_0_0_n, x6_0_0_k) -> (x6_0_0)
  kernel normal(n7_0, n461_0, n1_0, n1_0, n64_0, n64_0) -> (x6_1_0_n)
  kernel mul(x6_1_0_n, x6_1_0_k) -> (x6_1_0)
  kernel normal(n7_0, n461_0, n1_0, n1_0, n64_0, n64_0) -> (x7_0_0_n)
  kernel mul(x7_0_0_n, x7_0_0_k) -> (x7_0_0)
  kernel normal(n7_0, n462_0, n1_0, n1_0, n64_0, n64_0) -> (x7_1_0_n)
  kernel mul(x7_1_0_n, x7_1_0_k) -> (x7_1_0)
  kernel normal(n7_0, n462_0, n1_0, n1_0, n64_0, n64_0) -> (x8_0_0_n)
  kernel mul(x8_0_0_n, x8_0_0_k) -> (x8_0_0)
  kernel normal(n7_0, n463_0, n1_0, n1_0, n64_0, n64_0) -> (x8_1_0_n)
  kernel mul(x8_1_0_n, x8_1_0_k) -> (x8_1_0)
  kernel normal(n7_0, n463_0, n1_0, n1_0, n64_0, n64_0) -> (x9_0_0_n)
  kernel mul(x9_0_0_n, x9_0_0_k) -> (x9_0_0)
  kernel normal(n7_0, n464_0, n1_0, n1_0, n64_0, n64_0) -> (x9_1_0_n)
  kernel mul(x9_1_0_n, x9_1_0_k) -> (x9_1_0)
  kernel normal(n7_0, n503_0, n1_0, n1_0, n64_0, n64_0) -> (x10_0_0_n)
  kernel mul(x10_0_0_n, x10_0_0_k) -> (x10_0_0)
  kernel normal(n7_0, n504_0, n1_0, n1_0, n64_0, n64_0) -> (x10_1_0_n)
  kernel mul(x10_1_0_n, x10_1_0_k) -> (x10_1_0)
  kernel normal(n7_0, n504_0, n1_0, n1_0, n64_0, n64_0) -> (x11_0_0_n)
  kernel mul(x11_0_0_n, x11_0_0_k) -> (x11_0_0)
  kernel normal(n7_0, n505_0, n1_0, n1_0, n64_0, n64_0) -> (x11_1_0_n)
  kernel mul(x11_1_0_n, x11_1_0_k) -> (x11_1_0)
  kernel normal(n7_0, n505_0, n1_0, n1_0, n64_0, n64_0) -> (x12_0_0_n)
  kernel mul(x12_0_0_n, x12_0_0_k) -> (x12_0_0)
  kernel normal(n7_0, n506_0, n1_0, n1_0, n64_0, n64_0) -> (x12_1_0_n)
  kernel mul(x12_1_0_n, x12_1_0_k) -> (x12_1_0)
  kernel normal(n7_0, n506_0, n1_0, n1_0, n64_0, n64_0) -> (x13_0_0_n)
  kernel mul(x13_0_0_n, x13_0_0_k) -> (x13_0_0)
  kernel normal(n7_0, n507_0, n1_0, n1_0, n64_0, n64_0) -> (x13_1_0_n)
  kernel mul(x13_1_0_n, x13_1_0_k) -> (x13_1_0)
  kernel normal(n7_0, n507_0, n1_0, n1_0, n64_0, n64_0) -> (x14_0_0_n)
  kernel mul(x14_0_0_n, x14_0_0_k) -> (x14_0_0)
  kernel normal(n7_0, n508_0, n1_0, n1_0, n64_0, n64_0) -> (x14_1_0_n)
  kernel mul(x14_1_0_n, x14_1_0_k) -> (x14_1_0)
  kernel normal(n7_0, n508_0, n1_0, n1_0, n64_0, n64_0) -> (x15_0_0_n)
  kernel mul(x15_0_0_n, x15_0_0_k) -> (x15_0_0)
  kernel normal(n7_0, n509_0, n1_0, n1_0, n64_0, n64_0) -> (x15_1_0_n)
  kernel mul(x15_1_0_n, x15_1_0_k) -> (x15_1_0)
  kernel normal(n7_0, n509_0, n1_0, n1_0, n64_0, n64_0) -> (x16_0_0_n)
  kernel mul(x16_0_0_n, x16_0_0_k) -> (x16_0_0)
  kernel normal(n7_0, n510_0, n1_0, n1_0, n64_0, n64_0) -> (x16_1_0_n)
  kernel mul(x16_1_0_n, x16_1_0_k) -> (x16_1_0)
  kernel normal(n7_0, n510_0, n1_0, n1_0, n64_0, n64_0) -> (x17_0_0_n)
  kernel mul(x17_0_0_n, x17_0_0_k) -> (x17_0_0)
  kernel normal(n7_0, n511_0, n1_0, n1_0, n64_0, n64_0) -> (x17_1_0_n)
  kernel mul(x17_1_0_n, x17_1_0_k) -> (x17_1_0)
  kernel normal(n7_0, n511_0, n1_0, n1_0, n64_0, n64_0) -> (x18_0_0_n)
  kernel mul(x18_0_0_n, x18_0_0_k) -> (x18_0_0)
  kernel normal(n7_0, n512_0, n1_0, n1_0, n64_0, n64_0) -> (x18_1_0_n)
  kernel mul(x18_1_0_n, x18_1_0_k) -> (x18_1_0)
  kernel normal(n7_0, n512_0, n1_0, n1_0, n64_0, n64_0) -> (x19_0_0_n)
  kernel mul(x19_0_0_n, x19_0_0_k) -> (x19_0_0)
  kernel normal(n7_0, n513_0, n1_0, n1_0, n64_0, n64_0) -> (x19_1_0_n)
  kernel mul(x19_1_0_n, x19_1_0_k) -> (x19_1_0)
  kernel normal(n7_0, n504_0, n1_0, n1_0, n64_0, n64_0) -> (x20_0_0_n)
  kernel mul(x20_0_0_n, x20_0_0_k) -> (x20_0_0)
  kernel normal(n7_0, n505_0, n1_0, n1_0, n64_0, n64_0) -> (x20_1_0_n)
  kernel mul(x20_1_0_n, x20_1_0_k) -> (x20_1_0)
  kernel normal(n7_0, n505_0, n1_0, n1_0, n64_0, n64_0) -> (x21_0_0_n)
  kernel mul(x21_0_0_n, x21_0_0_k) -> (x21_0_0)
  kernel normal(n7_0, n506_0, n1_0, n1_0, n64_0, n64_0) -> (x21_1_0_n)
  kernel mul(x21_1_0_n, x21_1_0_k) -> (x21_1_0)
  kernel normal(n7_0, n506_0, n1_0, n1_0, n64_0, n64_0) -> (x22_0_0_n)
  kernel mul(x22_0_0_n, x22_0_0_k) -> (x22_0_0)
  kernel normal(n7_0, n507_0, n1_0, n1_0, n64_0, n64_0) -> (x22_1_0_n)
  kernel mul(x22_1_0_n, x22_1_0_k) -> (x22_1_0)
  kernel normal(n7_0, n507_0, n1_0, n1_0, n64_0, n64_0) -> (x23_0_0_n)
  kernel mul(x23_0_0_n, x23_0_0_k) -> (x23_0_0)
  kernel normal(n7_0, n508_0, n1_0, n1_0, n64_0, n64_0) -> (x23_1_0_n)
  kernel mul(x23_1_0_n, x23_1_0_k) -> (x23_1_0)
  kernel normal(n7_0, n508_0, n1_0, n1_0, n64_0, n64_0) -> (x24_0_0_n)
  kernel mul(x24_0_0_n, x24_0_0_k) -> (x24_0_0)
  kernel normal(n7_0, n509_0, n1_0, n1_0, n64_0, n64_0) -> (x24_1_0_n)
  kernel mul(x24_1_0_n, x24_1_0_k) -> (x24_1_0)
  kernel normal(n7_0, n509_0, n1_0, n1_0, n64_0, n64_0) -> (x25_0_0_n)
  kernel mul(x25_0_0_n, x25_0_0_k) -> (x25_0_0)
  kernel normal(n7_0, n510_0, n1_0, n1_0, n64_0, n64_0) -> (x25_1_0_n)
  kernel mul(x25_1_0_n, x25_1_0_k) -> (x25_1_0)
  kernel normal(n7_0, n510_0, n1_0, n1_0, n64_0, n64_0) -> (x26_0_0_n)
  kernel mul(x26_0_0_n, x26_0_0_k) -> (x26_0_0)
  kernel normal(n7_0, n511_0, n1_0, n1_0, n64_0, n64_0) -> (x26_1_0_n)
  kernel mul(x26_1_0_n, x26_1_0_k) -> (x26_1_0)
  kernel normal(n7_0, n511_0, n1_0, n1_0, n64_0, n64_0) -> (x27_0_0_n)
  kernel mul(x27_0_0_n, x27_0_0_k) -> (x27_0_0)
  kernel normal(n7_0, n512_0, n1_0, n1_0, n64_0, n64_0) -> (x27_1_0_n)
  kernel mul(x27_1_0_n, x27_1_0_k) -> (x27_1_0)
  kernel normal(n7_0, n512_0, n1_0, n1_0, n64_0, n64_0) -> (x28_0_0_n)
  kernel mul(x28_0_0_n, x28_0_0_k) -> (x28_0_0)
  kernel normal(n7_0, n513_0, n1_0, n1_0, n64_0, n64_0) -> (x28_1_0_n)
  kernel mul(x28_1_0_n, x28_1_0_k) -> (x28_1_0)
  kernel normal(n7_0, n513_0, n1_0, n1_0, n64_0, n64_0) -> (x29_0_0_n)
  kernel mul(x29_0_0_n, x29_0_0_k) -> (x29_0_0)
  kernel normal(n7_0, n514_0, n1_0, n1_0, n64_0, n64_0) -> (x29_1_0_n)
  kernel mul(x29_1_0_n, x29_1_0_k) -> (x29_1_0)
  kernel normal(n7_0, n505_0, n1_0, n1_0, n64_0, n64_0) -> (x30_0_0_n)
  kernel mul(x30_0_0_n, x30_0_0_k) -> (x30_0_0)
  kernel normal(n7_0, n506_0, n1_0, n1_0, n64_0, n64_0) -> (x30_1_0_n)
  kernel mul(x30_1_0_n, x30_1_0_k) -> (x30_1_0)
  kernel normal(n7_0, n506_0, n1_0, n1_0, n64_0, n64_0) -> (x31_0_0_n)
  kernel mul(x31_0_0_n, x31_0_0_k) -> (x31_0_0)
  kernel normal(n7_0, n507_0, n1_0, n1_0, n64_0, n64_0) -> (x31_1_0_n)
  kernel mul(x31_1_0_n, x31_1_0_k) -> (x31_1_0)
  bytes.concat long_1, own_1, own_1
  bytes.concat long_1, long_1, long_1
  bytes.concat long_1, long_1, long_1
  bytes.concat long_1, long_1, long_1
  bytes.concat long_1, long_1, long_1
  bytes.concat long_1, long_1, long_1
  bytes.concat long_1, long_1, long_1
  bytes.concat long_1, long_1, long_1
  bytes.concat long_1, long_1, long_1
  bytes.concat long_1, long_1, long_1
  bytes.concat long_1, long_1, long_1
  bytes.concat long_1, long_1, long_1
  bytes.concat long_1, long_1, long_1
  bytes.concat long_1, long_1, long_1
  bytes.concat long_1, long_1, long_1
  bytes.concat long_1, long_1, long_1
  bytes.concat long_1, long_1, long_1
  bytes.concat long_1, long_1, long_1
  bytes.concat long_1, long_1, long_1
  jmp test
again:
  kernel max_pool2d_pick(x0_0_0, x0_1_0; 3, 1, 4) -> (y0_0_0)
  kernel max_pool2d_pick(x1_0_0, x1_1_0; 3, 1, 4) -> (y1_0_0)
  kernel max_pool2d_pick(x2_0_0, x2_1_0; 3, 1, 4) -> (y2_0_0)
  kernel max_pool2d_pick(x3_0_0, x3_1_0; 3, 1, 4) -> (y3_0_0)
  kernel max_pool2d_pick(x4_0_0, x4_1_0; 3, 1, 4) -> (y4_0_0)
  kernel max_pool2d_pick(x5_0_0, x5_1_0; 3, 1, 4) -> (y5_0_0)
  kernel max_pool2d_pick(x6_0_0, x6_1_0; 3, 1, 4) -> (y6_0_0)
  kernel max_pool2d_pick(x7_0_0, x7_1_0; 3, 1, 4) -> (y7_0_0)
  kernel max_pool2d_pick(x8_0_0, x8_1_0; 3, 1, 4) -> (y8_0_0)
  kernel max_pool2d_pick(x9_0_0, x9_1_0; 3, 1, 4) -> (y9_0_0)
  kernel max_pool2d_pick(x10_0_0, x10_1_0; 3, 1, 4) -> (y10_0_0)
  kernel max_pool2d_pick(x11_0_0, x11_1_0; 3, 1, 4) -> (y11_0_0)
  kernel max_pool2d_pick(x12_0_0, x12_1_0; 3, 1, 4) -> (y12_0_0)
  kernel max_pool2d_pick(x13_0_0, x13_1_0; 3, 1, 4) -> (y13_0_0)
  kernel max_pool2d_pick(x14_0_0, x14_1_0; 3, 1, 4) -> (y14_0_0)
  kernel max_pool2d_pick(x15_0_0, x15_1_0; 3, 1, 4) -> (y15_0_0)
  kernel max_pool2d_pick(x16_0_0, x16_1_0; 3, 1, 4) -> (y16_0_0)
  kernel max_pool2d_pick(x17_0_0, x17_1_0; 3, 1, 4) -> (y17_0_0)
  kernel max_pool2d_pick(x18_0_0, x18_1_0; 3, 1, 4) -> (y18_0_0)
  kernel max_pool2d_pick(x19_0_0, x19_1_0; 3, 1, 4) -> (y19_0_0)
  kernel max_pool2d_pick(x20_0_0, x20_1_0; 3, 1, 4) -> (y20_0_0)
  kernel max_pool2d_pick(x21_0_0, x21_1_0; 3, 1, 4) -> (y21_0_0)
  kernel max_pool2d_pick(x22_0_0, x22_1_0; 3, 1, 4) -> (y22_0_0)
  kernel max_pool2d_pick(x23_0_0, x23_1_0; 3, 1, 4) -> (y23_0_0)
  kernel max_pool2d_pick(x24_0_0, x24_1_0; 3, 1, 4) -> (y24_0_0)
  kernel max_pool2d_pick(x25_0_0, x25_1_0; 3, 1, 4) -> (y25_0_0)
  kernel max_pool2d_pick(x26_0_0, x26_1_0; 3, 1, 4) -> (y26_0_0)
  kernel max_pool2d_pick(x27_0_0, x27_1_0; 3, 1, 4) -> (y27_0_0)
  kernel max_pool2d_pick(x28_0_0, x28_1_0; 3, 1, 4) -> (y28_0_0)
  kernel max_pool2d_pick(x29_0_0, x29_1_0; 3, 1, 4) -> (y29_0_0)
  kernel max_pool2d_pick(x30_0_0, x30_1_0; 3, 1, 4) -> (y30_0_0)
  kernel max_pool2d_pick(x31_0_0, x31_1_0; 3, 1, 4) -> (y31_0_0)
  bytes.eq bool0, long_1, other_1
  bytes.eq bool0, long_1, other_1
  bytes.eq bool0, long_1, other_1
  bytes.eq bool0, long_1, other_1
  bytes.eq bool0, long_1, other_1
  bytes.eq bool0, long_1, other_1
  bytes.eq bool0, long_1, other_1
  bytes.eq bool0, long_1, other_1
  bytes.eq bool0, long_1, other_1
  bytes.eq bool0, long_1, other_1
  bytes.eq bool0, long_1, other_1
  bytes.eq bool0, long_1, other_1
  bytes.eq bool0, long_1, other_1
  bytes.eq bool0, long_1, other_1
  bytes.eq bool0, long_1, other_1
  bytes.eq bool0, long_1, other_1
  u64.add i, i, one
test:
  u64.lt more, i, n
  jif more, again
  ret ()

