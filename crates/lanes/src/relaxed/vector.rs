//! Vectors of two times 64 bits: integers, or floating-point numbers where a name says `real`.

#[cfg(target_arch = "wasm32")]
pub use native::Vector;
#[cfg(not(target_arch = "wasm32"))]
pub use portable::Vector;

#[cfg(target_arch = "wasm32")]
mod native {
    use core::arch::wasm32::*;

    #[derive(Clone, Copy)]
    pub struct Vector(v128);

    impl Vector {
        #[inline(always)]
        pub fn new([a, b]: [u64; 2]) -> Self {
            Self(u64x2(a, b))
        }

        #[inline(always)]
        pub fn lanes(self) -> [u64; 2] {
            [u64x2_extract_lane::<0>(self.0), u64x2_extract_lane::<1>(self.0)]
        }

        #[inline(always)]
        pub fn all(limb: u64) -> Self {
            Self(u64x2_splat(limb))
        }

        #[inline(always)]
        pub fn real(number: f64) -> Self {
            Self(f64x2_splat(number))
        }

        #[inline(always)]
        pub fn plus(self, other: Self) -> Self {
            Self(i64x2_add(self.0, other.0))
        }

        #[inline(always)]
        pub fn minus(self, other: Self) -> Self {
            Self(i64x2_sub(self.0, other.0))
        }

        #[inline(always)]
        pub fn and(self, other: Self) -> Self {
            Self(v128_and(self.0, other.0))
        }

        #[inline(always)]
        pub fn or(self, other: Self) -> Self {
            Self(v128_or(self.0, other.0))
        }

        #[inline(always)]
        pub fn left<const N: u32>(self) -> Self {
            Self(i64x2_shl(self.0, N))
        }

        #[inline(always)]
        pub fn right<const N: u32>(self) -> Self {
            Self(u64x2_shr(self.0, N))
        }

        /// What a signed limb carries into the next.
        #[inline(always)]
        pub fn carry(self) -> Self {
            Self(i64x2_shr(self.0, super::super::BITS))
        }

        /// All ones where it is negative, else 0.
        #[inline(always)]
        pub fn sign(self) -> Self {
            Self(i64x2_shr(self.0, 63))
        }

        /// Bits of this one where `mask` has ones, else of `other`.
        #[inline(always)]
        pub fn where_or(self, mask: Self, other: Self) -> Self {
            Self(v128_bitselect(self.0, other.0, mask.0))
        }

        /// `self other + addend`.
        #[inline(always)]
        pub fn fused(self, other: Self, addend: Self) -> Self {
            Self(f64x2_relaxed_madd(self.0, other.0, addend.0))
        }

        #[inline(always)]
        pub fn real_minus(self, other: Self) -> Self {
            Self(f64x2_sub(self.0, other.0))
        }

        #[inline(always)]
        pub fn transposed([a, b]: [Self; 2]) -> [Self; 2] {
            [Self(i64x2_shuffle::<0, 2>(a.0, b.0)), Self(i64x2_shuffle::<1, 3>(a.0, b.0))]
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod portable {
    #[derive(Clone, Copy)]
    pub struct Vector([u64; 2]);

    impl Vector {
        pub fn new(lanes: [u64; 2]) -> Self {
            Self(lanes)
        }

        pub fn lanes(self) -> [u64; 2] {
            self.0
        }

        pub fn all(limb: u64) -> Self {
            Self([limb; 2])
        }

        pub fn real(number: f64) -> Self {
            Self::all(number.to_bits())
        }

        pub fn plus(self, other: Self) -> Self {
            self.zip(other, u64::wrapping_add)
        }

        pub fn minus(self, other: Self) -> Self {
            self.zip(other, u64::wrapping_sub)
        }

        pub fn and(self, other: Self) -> Self {
            self.zip(other, |a, b| a & b)
        }

        pub fn or(self, other: Self) -> Self {
            self.zip(other, |a, b| a | b)
        }

        pub fn left<const N: u32>(self) -> Self {
            Self(self.0.map(|lane| lane << N))
        }

        pub fn right<const N: u32>(self) -> Self {
            Self(self.0.map(|lane| lane >> N))
        }

        pub fn carry(self) -> Self {
            Self(self.0.map(|lane| (lane as i64 >> super::super::BITS) as u64))
        }

        pub fn sign(self) -> Self {
            Self(self.0.map(|lane| (lane as i64 >> 63) as u64))
        }

        pub fn where_or(self, mask: Self, other: Self) -> Self {
            self.and(mask).or(other.zip(mask, |lane, mask| lane & !mask))
        }

        pub fn fused(self, other: Self, addend: Self) -> Self {
            let real = f64::from_bits;
            Self(core::array::from_fn(|i| {
                real(self.0[i]).mul_add(real(other.0[i]), real(addend.0[i])).to_bits()
            }))
        }

        pub fn real_minus(self, other: Self) -> Self {
            self.zip(other, |a, b| (f64::from_bits(a) - f64::from_bits(b)).to_bits())
        }

        pub fn transposed([a, b]: [Self; 2]) -> [Self; 2] {
            [Self([a.0[0], b.0[0]]), Self([a.0[1], b.0[1]])]
        }

        fn zip(self, other: Self, each: impl Fn(u64, u64) -> u64) -> Self {
            Self([each(self.0[0], other.0[0]), each(self.0[1], other.0[1])])
        }
    }
}

impl Vector {
    /// The numbers of limbs below `2^52`.
    #[inline(always)]
    pub fn to_real(self) -> Self {
        let magic = Self::real(super::MAGIC);
        self.or(magic).real_minus(magic)
    }
}
