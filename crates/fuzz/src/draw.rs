//! Random valid parts, the same for the same seed.

use sero_shielded::asset::AssetId;
use sero_shielded::curve::{Point, hash_to_curve};
use sero_shielded::encryption::{EncryptedNote, Memo};
use sero_shielded::field::{Field, Scalar, field_from_bytes, scalar_from_bytes};
use sero_shielded::keys::{OneTimeAddress, PaymentAddress};
use sero_shielded::signature::Signature;
use std::sync::OnceLock;

/// Points to draw from: making one takes longer than reading one.
const POINTS: usize = 64;

/// SplitMix64; for tests, never for secrets.
#[derive(Clone, Debug)]
pub struct Draw(u64);

impl Draw {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 64 bits.
    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// 0 to `n - 1`; `n` is not 0.
    pub fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.word() % n as u64).expect("below a usize")
    }

    /// True once in `n`.
    pub fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// Bytes.
    pub fn vec(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.word().to_le_bytes()[0]).collect()
    }

    /// Bytes.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        core::array::from_fn(|_| self.word().to_le_bytes()[0])
    }

    /// A number whose length in bits is even likely to be anything.
    pub fn number(&mut self) -> u64 {
        let bits = self.below(65);
        if bits == 0 { 0 } else { self.word() >> (64 - bits) }
    }

    /// 1 to 2^128 - 1, the ends more often.
    pub fn amount(&mut self) -> u128 {
        match self.below(6) {
            0 => 1,
            1 => u128::MAX,
            2 => u128::from(self.number()).max(1),
            _ => (u128::from(self.word()) << 64 | u128::from(self.word())).max(1),
        }
    }

    /// A field element, the ends more often.
    pub fn field(&mut self) -> Field {
        match self.below(8) {
            0 => Field::from(self.below(3) as u64),
            1 => -Field::from(self.below(2) as u64 + 1),
            _ => loop {
                let mut bytes = self.bytes::<32>();
                bytes[0] &= 0x3f;
                if let Ok(value) = field_from_bytes(&bytes) {
                    return value;
                }
            },
        }
    }

    /// A field element that is not zero.
    pub fn nonzero_field(&mut self) -> Field {
        loop {
            let value = self.field();
            if value != Field::from(0u8) {
                return value;
            }
        }
    }

    /// A scalar of `J` that is not zero.
    pub fn scalar(&mut self) -> Scalar {
        loop {
            let mut bytes = self.bytes::<32>();
            bytes[0] &= 0x07;
            match scalar_from_bytes(&bytes) {
                Ok(value) if value != Scalar::from(0u8) => return value,
                _ => {}
            }
        }
    }

    /// A point of the prime-order subgroup.
    pub fn point(&mut self) -> Point {
        static POOL: OnceLock<Vec<Point>> = OnceLock::new();
        let pool = POOL.get_or_init(|| {
            (0..POINTS as u64).map(|i| hash_to_curve("SERO.fuzz", &i.to_be_bytes())).collect()
        });
        pool[self.below(POINTS)]
    }

    /// An asset; the coin in one of four.
    pub fn asset(&mut self) -> AssetId {
        if self.once_in(4) { AssetId::coin() } else { self.other_asset() }
    }

    /// An asset that is not the coin.
    pub fn other_asset(&mut self) -> AssetId {
        loop {
            let mut bytes = self.bytes::<32>();
            bytes[0] &= 0x1f;
            if let Ok(asset) = AssetId::from_bytes(bytes)
                && asset != AssetId::coin()
            {
                return asset;
            }
        }
    }

    /// Signature bytes.
    pub fn signature(&mut self) -> Signature {
        Signature(self.bytes())
    }

    /// A memo.
    pub fn memo(&mut self) -> Memo {
        let len = self.below(33);
        Memo::new(&self.vec(len)).expect("memos of 32 bytes are allowed")
    }

    /// An address that nobody owns.
    pub fn address(&mut self) -> PaymentAddress {
        PaymentAddress { owner: self.field(), e: self.point() }
    }

    /// A one-time address that nobody owns.
    pub fn one_time_address(&mut self) -> OneTimeAddress {
        OneTimeAddress { owner: self.field(), epk: self.point(), masked: self.bytes() }
    }

    /// A note that nobody reads.
    pub fn encrypted_note(&mut self) -> EncryptedNote {
        EncryptedNote {
            epk: self.point(),
            view_tag: self.bytes(),
            enc_note: self.bytes(),
            out_ct: self.bytes(),
        }
    }
}
