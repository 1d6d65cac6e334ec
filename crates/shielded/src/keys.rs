//! Keys, from the spending key down. Each can be computed from the one before
//! it and not the other way round.

use crate::asset::AssetId;
use crate::curve::{Point, PointError, g_auth, hash_to_curve, multiply, point_from_bytes, point_to_bytes};
use crate::field::{
    Field, NotCanonical, Scalar, field_from_bytes, field_to_bytes, scalar_from_bytes, scalar_to_bytes,
};
use crate::hash::{blake2b, blake2b_32, hash_to_field, hash_to_scalar};
use crate::package::PackageId;
use crate::poseidon::{Tag, poseidon};
use crate::secret::Secret;
use ark_ff::Zero;

/// Why bytes are not a key or address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A field element or scalar is out of range.
    #[error("{0}")]
    NotCanonical(#[from] NotCanonical),
    /// A point is not acceptable.
    #[error("{0}")]
    Point(#[from] PointError),
    /// A scalar that must not be zero is zero.
    #[error("key is zero")]
    Zero,
}

/// 32 secret bytes from which an account's keys are derived:
/// `BLAKE2b-256("SERO_seed"; BIP-39 seed, account index as 4 bytes)`.
pub type AccountSeed = Secret<[u8; 32]>;

/// Derives the seed of account `index` from a BIP-39 seed (64 bytes).
pub fn account_seed(bip39_seed: &[u8], index: u32) -> AccountSeed {
    Secret::new(blake2b_32("SERO_seed", &[bip39_seed, &index.to_be_bytes()]))
}

/// Addresses from here on are internal: only the account itself pays them.
pub const INTERNAL_INDEX: u64 = 1 << 63;

/// `SK` = (`ask`, `nk`): spends.
#[derive(Clone)]
pub struct SpendingKey {
    ask: Secret<Scalar>,
    nk: Secret<Field>,
}

impl SpendingKey {
    /// `ask = H2S("SERO_ask"; seed)`, `nk = H2F("SERO_nk"; seed)`.
    pub fn from_seed(seed: &AccountSeed) -> Result<Self, KeyError> {
        let ask = hash_to_scalar("SERO_ask", &[seed.expose()]);
        let nk = hash_to_field("SERO_nk", &[seed.expose()]);
        Self::new(ask, nk)
    }

    fn new(ask: Scalar, nk: Field) -> Result<Self, KeyError> {
        if ask.is_zero() {
            return Err(KeyError::Zero);
        }
        Ok(Self { ask: Secret::new(ask), nk: Secret::new(nk) })
    }

    /// `ask | nk`, 64 bytes.
    pub fn to_bytes(&self) -> Secret<[u8; 64]> {
        Secret::new(concat(&scalar_to_bytes(self.ask.expose()), &field_to_bytes(self.nk.expose())))
    }

    /// Reads `ask | nk`.
    pub fn from_bytes(bytes: &[u8; 64]) -> Result<Self, KeyError> {
        let (ask, nk) = split(bytes);
        Self::new(scalar_from_bytes(&ask)?, field_from_bytes(&nk)?)
    }

    /// The spend authorisation scalar.
    pub fn ask(&self) -> &Scalar {
        self.ask.expose()
    }

    /// The tracing key `TK`.
    pub fn viewing_key(&self) -> ViewingKey {
        ViewingKey::new(multiply(&g_auth(), self.ask.expose()), *self.nk.expose())
    }

    /// Secret bytes of the one-time `From` key `index`, before reduction modulo
    /// the secp256k1 order: 64 bytes of `BLAKE2b-512("SERO_from"; SK, index as 8 bytes)`.
    pub fn from_key_material(&self, index: u64) -> Secret<[u8; 64]> {
        Secret::new(blake2b("SERO_from", &[self.to_bytes().expose(), &index.to_be_bytes()]))
    }
}

/// `TK`, tracing or full viewing key: sees everything, proves, never spends.
#[derive(Clone)]
pub struct ViewingKey {
    ak: Point,
    nk: Secret<Field>,
    ovk: Secret<[u8; 32]>,
    dk: Secret<[u8; 32]>,
    ivk: IncomingKey,
    internal: IncomingKey,
}

impl ViewingKey {
    fn new(ak: Point, nk: Field) -> Self {
        let (ak_bytes, nk_bytes) = (point_to_bytes(&ak), field_to_bytes(&nk));
        let parts: [&[u8]; 2] = [&ak_bytes, &nk_bytes];
        Self {
            ak,
            nk: Secret::new(nk),
            ovk: Secret::new(blake2b_32("SERO_ovk", &parts)),
            dk: Secret::new(blake2b_32("SERO_dk", &parts)),
            ivk: IncomingKey(Secret::new(hash_to_scalar("SERO_ivk", &parts))),
            internal: IncomingKey(Secret::new(hash_to_scalar("SERO_ivk_int", &parts))),
        }
    }

    /// `ak | nk`, 64 bytes; `ovk`, `dk` and `ivk` follow from them.
    pub fn to_bytes(&self) -> Secret<[u8; 64]> {
        Secret::new(concat(&point_to_bytes(&self.ak), &field_to_bytes(self.nk.expose())))
    }

    /// Reads `ak | nk`.
    pub fn from_bytes(bytes: &[u8; 64]) -> Result<Self, KeyError> {
        let (ak, nk) = split(bytes);
        Ok(Self::new(point_from_bytes(&ak)?, field_from_bytes(&nk)?))
    }

    /// The key of the package `id` that this account closes:
    /// `B32("SERO_pkg_key"; ak, nk, id, pkg_cm)`. Found again from the mnemonic and
    /// the chain. The id alone would not do: a transaction that came to nothing and
    /// the next one, with another content, share it.
    pub fn package_key(&self, id: &PackageId, commitment: &Field) -> [u8; 32] {
        let (ak, nk) = (point_to_bytes(&self.ak), field_to_bytes(self.nk.expose()));
        blake2b_32("SERO_pkg_key", &[&ak, &nk, &id.to_bytes(), &field_to_bytes(commitment)])
    }

    /// The blinding of a new package: `H2F("SERO_pkg_rcm"; ak, nk, id, fresh, asset, v
    /// as 16 bytes, data)`. `fresh` is 32 random bytes; the content keeps two packages
    /// apart where a stuck generator repeats them.
    pub fn package_rcm(
        &self,
        id: &PackageId,
        fresh: &[u8; 32],
        (asset, amount): (AssetId, u128),
        data: &[u8],
    ) -> Field {
        let (ak, nk) = (point_to_bytes(&self.ak), field_to_bytes(self.nk.expose()));
        let (id, asset, amount) = (id.to_bytes(), asset.to_bytes(), amount.to_be_bytes());
        hash_to_field("SERO_pkg_rcm", &[&ak, &nk, &id, fresh, &asset, &amount, data])
    }

    /// The authorisation point `ak = ask * G_auth`.
    pub fn ak(&self) -> Point {
        self.ak
    }

    /// The nullifier key.
    pub fn nk(&self) -> &Field {
        self.nk.expose()
    }

    /// The outgoing viewing key, which opens `out_ct`.
    pub fn ovk(&self) -> &[u8; 32] {
        self.ovk.expose()
    }

    /// The incoming-only key, of what others pay.
    pub fn incoming(&self) -> &IncomingKey {
        &self.ivk
    }

    /// The same for addresses from [`INTERNAL_INDEX`] on, where the account pays
    /// itself: whoever holds [`Self::incoming`] sees no change, hence no spend.
    pub fn internal(&self) -> &IncomingKey {
        &self.internal
    }

    /// `d = H2F("SERO_div"; dk, index as 8 bytes)`.
    pub fn diversifier(&self, index: u64) -> Field {
        hash_to_field("SERO_div", &[self.dk.expose(), &index.to_be_bytes()])
    }

    /// The owner tag of address `index`: `O = P[owner](ak.x, ak.y, nk, d)`.
    pub fn owner_tag(&self, index: u64) -> Field {
        poseidon(Tag::Owner, &[self.ak.x, self.ak.y, *self.nk.expose(), self.diversifier(index)])
    }

    /// Payment address `index`; from [`INTERNAL_INDEX`] on, of the internal key.
    pub fn address(&self, index: u64) -> PaymentAddress {
        let key = if index < INTERNAL_INDEX { &self.ivk } else { &self.internal };
        key.address_of(self.owner_tag(index))
    }

    /// `nf = P[nf](nk, cm, position)`.
    pub fn nullifier(&self, commitment: &Field, position: u64) -> Field {
        poseidon(Tag::Nullifier, &[*self.nk.expose(), *commitment, Field::from(position)])
    }
}

/// `IVK` = `ivk`: sees what is received, nothing of what is spent.
#[derive(Clone)]
pub struct IncomingKey(Secret<Scalar>);

impl IncomingKey {
    /// `ivk`, 32 bytes.
    pub fn to_bytes(&self) -> Secret<[u8; 32]> {
        Secret::new(scalar_to_bytes(self.0.expose()))
    }

    /// Reads `ivk`.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        let ivk = scalar_from_bytes(bytes)?;
        if ivk.is_zero() {
            return Err(KeyError::Zero);
        }
        Ok(Self(Secret::new(ivk)))
    }

    /// The address whose owner tag is `owner`: `E = ivk * H2C(O)`.
    pub fn address_of(&self, owner: Field) -> PaymentAddress {
        PaymentAddress { owner, e: multiply(&diversified_base(&owner), self.0.expose()) }
    }

    pub(crate) fn scalar(&self) -> &Scalar {
        self.0.expose()
    }

    /// `ivk * epk`, the shared secret `S` of a note or one-time address.
    pub fn shared_secret(&self, epk: &Point) -> Point {
        multiply(epk, self.0.expose())
    }
}

/// `H2C(O)`: the base that ties an address to its owner tag.
pub fn diversified_base(owner: &Field) -> Point {
    hash_to_curve("SERO.base", &field_to_bytes(owner))
}

/// `PK` = (`O`, `E`), 64 bytes: pays the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaymentAddress {
    /// The owner tag `O`.
    pub owner: Field,
    /// `E = ivk * H2C(O)`.
    pub e: Point,
}

impl PaymentAddress {
    /// `O | E`.
    pub fn to_bytes(&self) -> [u8; 64] {
        concat(&field_to_bytes(&self.owner), &point_to_bytes(&self.e))
    }

    /// Reads `O | E`.
    pub fn from_bytes(bytes: &[u8; 64]) -> Result<Self, KeyError> {
        let (owner, e) = split(bytes);
        Ok(Self { owner: field_from_bytes(&owner)?, e: point_from_bytes(&e)? })
    }
}

/// `PKr` = (`O_r`, `epk`, `c`), 128 bytes: pays the account once, in public,
/// without naming it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OneTimeAddress {
    /// One-time owner `O_r = P[pkr](O, s)`.
    pub owner: Field,
    /// `epk = esk * H2C(O)`.
    pub epk: Point,
    /// (`O`, `rho`) under a key stream from (`S`, `epk`).
    pub masked: [u8; 64],
}

/// What the owner finds in a [`OneTimeAddress`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenedOneTimeAddress {
    /// The owner tag of the address that was paid.
    pub owner: Field,
    /// The blinding `s` of `O_r`.
    pub s: Field,
    /// What the payer drew; everything else follows from it and the address.
    pub rho: [u8; 32],
}

impl OneTimeAddress {
    /// Encoded length.
    pub const LEN: usize = 128;

    /// Derives a one-time address of `to` from 32 random bytes `rho`.
    pub fn derive(to: &PaymentAddress, rho: &[u8; 32]) -> Result<Self, KeyError> {
        let (esk, s) = one_time_secrets(to, rho)?;
        let epk = multiply(&diversified_base(&to.owner), &esk);
        let mut masked = [0; 64];
        masked[..32].copy_from_slice(&field_to_bytes(&to.owner));
        masked[32..].copy_from_slice(rho);
        xor(&mut masked, &mask(&multiply(&to.e, &esk), &epk));
        Ok(Self { owner: poseidon(Tag::Pkr, &[to.owner, s]), epk, masked })
    }

    /// Opens the address if it belongs to `ivk`: everything is recomputed, so a
    /// payer cannot show a payment to a receiver while keeping the note.
    pub fn open(&self, ivk: &IncomingKey) -> Option<OpenedOneTimeAddress> {
        let mut plain = self.masked;
        xor(&mut plain, &mask(&ivk.shared_secret(&self.epk), &self.epk));
        let (owner, rho) = split(&plain);
        let to = ivk.address_of(field_from_bytes(&owner).ok()?);
        let (_, s) = one_time_secrets(&to, &rho).ok()?;
        (Self::derive(&to, &rho).ok()? == *self).then_some(OpenedOneTimeAddress { owner: to.owner, s, rho })
    }

    /// `O_r | epk | c`.
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        bytes[..32].copy_from_slice(&field_to_bytes(&self.owner));
        bytes[32..64].copy_from_slice(&point_to_bytes(&self.epk));
        bytes[64..].copy_from_slice(&self.masked);
        bytes
    }

    /// Reads `O_r | epk | c`; refuses a bad field element or point.
    pub fn from_bytes(bytes: &[u8; Self::LEN]) -> Result<Self, KeyError> {
        let head: [u8; 64] = bytes[..64].try_into().expect("64 of 128 bytes");
        let (owner, epk) = split(&head);
        Ok(Self {
            owner: field_from_bytes(&owner)?,
            epk: point_from_bytes(&epk)?,
            masked: bytes[64..].try_into().expect("the last 64 of 128 bytes"),
        })
    }
}

fn one_time_secrets(to: &PaymentAddress, rho: &[u8; 32]) -> Result<(Scalar, Field), KeyError> {
    let (owner, e) = (field_to_bytes(&to.owner), point_to_bytes(&to.e));
    let parts: [&[u8]; 3] = [rho, &owner, &e];
    let esk = hash_to_scalar("SERO_pkr_esk", &parts);
    if esk.is_zero() {
        return Err(KeyError::Zero);
    }
    Ok((esk, hash_to_field("SERO_pkr_s", &parts)))
}

fn mask(shared: &Point, epk: &Point) -> [u8; 64] {
    blake2b("SERO_pkr_mask", &[&point_to_bytes(shared), &point_to_bytes(epk)])
}

fn xor(bytes: &mut [u8; 64], stream: &[u8; 64]) {
    bytes.iter_mut().zip(stream).for_each(|(byte, key)| *byte ^= key);
}

fn concat(a: &[u8; 32], b: &[u8; 32]) -> [u8; 64] {
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(a);
    bytes[32..].copy_from_slice(b);
    bytes
}

fn split(bytes: &[u8; 64]) -> ([u8; 32], [u8; 32]) {
    let (a, b) = bytes.split_at(32);
    (a.try_into().expect("first half"), b.try_into().expect("second half"))
}
