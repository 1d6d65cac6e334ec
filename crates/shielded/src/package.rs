//! Packages: an encrypted box that holds one (asset, amount) and data.
//!
//! Everything here is keccak256, ChaCha20 and Poseidon, so that the PACKAGES
//! precompile opens a box in public with the same code as its owner in private
//! (`docs/spec/08-packages.md`).

use crate::asset::{AssetError, AssetId};
use crate::field::{Field, NotCanonical, field_from_bytes, field_to_bytes};
use crate::hash::keccak_to_field;
use crate::note::note_commitment;
use alloy_primitives::{Keccak256, keccak256};
use chacha20::ChaCha20;
use chacha20::cipher::{KeyIvInit, StreamCipher};
use core::fmt;
use zeroize::{Zeroize, Zeroizing};

/// Bytes of a box's key `k`: random, never a password (a guess is checked offline against the tag).
pub const KEY_LEN: usize = 32;
/// Asset 32 | amount 16 | `rcm` 32 | data length 2.
const HEADER_LEN: usize = 32 + 16 + 32 + 2;
/// The only lengths of ciphertexts, so that they tell little about the data.
pub const CIPHERTEXT_LENS: [usize; 4] = [128, 256, 512, 1024];
/// Bytes in the longest data.
pub const DATA_LEN_MAX: usize = CIPHERTEXT_LENS[CIPHERTEXT_LENS.len() - 1] - HEADER_LEN;

/// Names a package for ever: an element of `F`, in a note's owner's place in the commitment.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageId([u8; 32]);

impl PackageId {
    /// `K2F("SERO.package.id"; pool[1], nf[32], index[1])`: the `index`-th package action of a bundle
    /// whose first spend reveals `nullifier`. Nobody else can reveal it, so nobody else can publish the id.
    pub fn from_nullifier(pool: u8, nullifier: &Field, index: u8) -> Self {
        let parts: [&[u8]; 3] = [&[pool], &field_to_bytes(nullifier), &[index]];
        Self(field_to_bytes(&keccak_to_field("SERO.package.id", &parts)))
    }

    /// `K2F("SERO.package.id.call"; from[20], nonce[8], index[1])`: in a bundle without spends.
    pub fn from_call(from: &[u8; 20], nonce: u64, index: u8) -> Self {
        let parts: [&[u8]; 3] = [from, &nonce.to_be_bytes(), &[index]];
        Self(field_to_bytes(&keccak_to_field("SERO.package.id.call", &parts)))
    }

    /// Reads an id; values at or above `r` are refused.
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, NotCanonical> {
        field_from_bytes(&bytes)?;
        Ok(Self(bytes))
    }

    /// The id as 32 big-endian bytes.
    pub fn to_bytes(self) -> [u8; 32] {
        self.0
    }

    /// The id as a field element.
    pub fn to_field(self) -> Field {
        field_from_bytes(&self.0).expect("checked when the id was made")
    }
}

impl fmt::Display for PackageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("0x")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for PackageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What is in a box. Wiped on drop.
#[derive(Clone, PartialEq, Eq)]
pub struct PackageContent {
    /// What it holds.
    pub asset: AssetId,
    /// How much; zero in a box with data only.
    pub amount: u128,
    /// Blinding of the commitment, random.
    pub rcm: Field,
    /// At most [`DATA_LEN_MAX`] bytes.
    pub data: Vec<u8>,
}

impl Drop for PackageContent {
    fn drop(&mut self) {
        self.amount.zeroize();
        self.rcm.zeroize();
        self.data.zeroize();
    }
}

/// A closed box: what the chain stores of its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedPackage {
    /// `pkg_cm = P[cm](id, V.x, V.y, v, rcm)`.
    pub commitment: Field,
    /// keccak256 of `"SERO.package.tag"`, `k`, id, ciphertext: commits to the key.
    pub tag: [u8; 32],
    /// One of [`CIPHERTEXT_LENS`] bytes.
    pub ciphertext: Vec<u8>,
}

/// Why a content cannot be sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Too much data.
    #[error("package data has {0} bytes, at most 942 are allowed")]
    DataTooLong(usize),
    /// The asset has no generator.
    #[error("package asset: {0}")]
    Asset(#[from] AssetError),
}

/// Why a box does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Another key, or an altered ciphertext.
    #[error("the key is not this package's")]
    WrongKey,
    /// Whoever closed the box wrote nonsense into it.
    #[error("the package holds no valid content: {0}")]
    Content(&'static str),
    /// The content is not what the commitment says.
    #[error("the content is not what the package's commitment says")]
    Commitment,
}

/// Bytes of the ciphertext of a box with this much data; `None` if it is too much.
pub fn sealed_len(data_len: usize) -> Option<usize> {
    CIPHERTEXT_LENS.into_iter().find(|padded| data_len.saturating_add(HEADER_LEN) <= *padded)
}

impl PackageContent {
    /// `P[cm](id, V.x, V.y, v, rcm)`.
    pub fn commitment(&self, id: &PackageId) -> Result<Field, AssetError> {
        Ok(note_commitment(&id.to_field(), &self.asset.generator()?, self.amount, &self.rcm))
    }

    /// The plaintext of a box, zero padded to the first of [`CIPHERTEXT_LENS`] that holds it.
    pub fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let padded = sealed_len(self.data.len()).ok_or(SealError::DataTooLong(self.data.len()))?;
        let data_len = u16::try_from(self.data.len()).expect("bounded by the longest ciphertext");
        let mut bytes = Zeroizing::new(Vec::with_capacity(padded));
        bytes.extend(self.asset.to_bytes());
        bytes.extend(self.amount.to_be_bytes());
        bytes.extend(field_to_bytes(&self.rcm));
        bytes.extend(data_len.to_be_bytes());
        bytes.extend(&self.data);
        bytes.resize(padded, 0);
        Ok(bytes)
    }

    /// Reads [`Self::to_bytes`]; more zeros than needed may follow the data.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, OpenError> {
        parse(bytes)
    }

    /// Closes the box `id` with the key `k`. The same (`k`, id) must never close two contents.
    pub fn seal(&self, id: &PackageId, k: &[u8; KEY_LEN]) -> Result<SealedPackage, SealError> {
        let mut bytes = self.to_bytes()?;
        apply_stream(id, k, &mut bytes);
        let (commitment, tag) = (self.commitment(id)?, tag(id, k, &bytes));
        Ok(SealedPackage { commitment, tag, ciphertext: core::mem::take(&mut bytes) })
    }
}

impl SealedPackage {
    /// Opens the box: checks the tag first (the key), then every byte of the
    /// content, then the commitment.
    pub fn open(&self, id: &PackageId, k: &[u8; KEY_LEN]) -> Result<PackageContent, OpenError> {
        if tag(id, k, &self.ciphertext) != self.tag {
            return Err(OpenError::WrongKey);
        }
        let mut bytes = Zeroizing::new(self.ciphertext.clone());
        apply_stream(id, k, &mut bytes);
        let content = parse(&bytes)?;
        let commitment =
            content.commitment(id).map_err(|_| OpenError::Content("the asset has no generator"))?;
        if commitment != self.commitment {
            return Err(OpenError::Commitment);
        }
        Ok(content)
    }
}

fn parse(bytes: &[u8]) -> Result<PackageContent, OpenError> {
    let length = OpenError::Content("its length is not 128, 256, 512 or 1024 bytes");
    if !CIPHERTEXT_LENS.contains(&bytes.len()) {
        return Err(length);
    }
    let (asset, rest) = bytes.split_first_chunk::<32>().ok_or(length)?;
    let (amount, rest) = rest.split_first_chunk::<16>().ok_or(length)?;
    let (rcm, rest) = rest.split_first_chunk::<32>().ok_or(length)?;
    let (data_len, rest) = rest.split_first_chunk::<2>().ok_or(length)?;
    let data_len = usize::from(u16::from_be_bytes(*data_len));
    let too_long = OpenError::Content("its data is longer than the package");
    let (data, padding) = rest.split_at_checked(data_len).ok_or(too_long)?;
    if padding.iter().any(|byte| *byte != 0) {
        return Err(OpenError::Content("its padding is not zero"));
    }
    Ok(PackageContent {
        asset: AssetId::from_bytes(*asset).map_err(|_| OpenError::Content("its asset is not below r"))?,
        amount: u128::from_be_bytes(*amount),
        rcm: field_from_bytes(rcm).map_err(|_| OpenError::Content("its rcm is not below r"))?,
        data: data.to_vec(),
    })
}

/// ChaCha20 (RFC 8439, counter 0, zero nonce: the key is used for this box alone)
/// under keccak256 of `"SERO.package.key"`, `k`, id.
fn apply_stream(id: &PackageId, k: &[u8; KEY_LEN], bytes: &mut [u8]) {
    let key = keccak256([b"SERO.package.key".as_slice(), k, &id.0].concat());
    ChaCha20::new(&key.0.into(), &[0u8; 12].into()).apply_keystream(bytes);
}

fn tag(id: &PackageId, k: &[u8; KEY_LEN], ciphertext: &[u8]) -> [u8; 32] {
    let mut hasher = Keccak256::new();
    hasher.update(b"SERO.package.tag");
    hasher.update(k);
    hasher.update(id.0);
    hasher.update(ciphertext);
    hasher.finalize().0
}
