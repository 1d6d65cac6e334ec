//! Bytes of a bundle. Decoding is canonical and bounded: the accepted bytes are
//! exactly what [`Bundle::encode`] gives.

use super::{
    BALANCE_MAX, BalanceEntry, Bundle, Direction, Output, PACKAGES_MAX, PARTS_MAX, POOLS_MAX, PackageAction,
    PackageCreate, PackageOpen, Spend, VERSION,
};
use crate::asset::{AssetError, AssetId};
use crate::curve::{Point, PointError, point_from_bytes, point_to_bytes};
use crate::encryption::{ENC_NOTE_LEN, EncryptedNote, OUT_CT_LEN};
use crate::field::{Field, field_from_bytes, field_to_bytes};
use crate::package::{CIPHERTEXT_LENS, PackageId, SealedPackage};
use crate::signature::Signature;
use crate::verifier::{PROOF_LEN, ProofBytes};

/// Bytes of a spend.
pub const SPEND_LEN: usize = 3 * 32 + PROOF_LEN + 64;
/// Bytes of an output.
pub const OUTPUT_LEN: usize = 3 * 32 + 2 + ENC_NOTE_LEN + OUT_CT_LEN + PROOF_LEN;
/// Bytes of a package's creation without its ciphertext.
const CREATE_LEN: usize = 1 + 32 + 32 + 20 + 32 + 2 + PROOF_LEN;
/// Bytes of the longest bundle.
pub const BUNDLE_LEN_MAX: usize = HEADER_LEN
    + 32
    + PARTS_MAX * (SPEND_LEN + OUTPUT_LEN)
    + PACKAGES_MAX * (CREATE_LEN + CIPHERTEXT_LENS[CIPHERTEXT_LENS.len() - 1])
    + BALANCE_MAX * 49
    + 64;
/// Version, pool and four counts.
const HEADER_LEN: usize = 6;

const FLAG_INWARD: u8 = 1;
const FLAG_COIN: u8 = 2;
const KIND_CREATE: u8 = 0;
const KIND_OPEN: u8 = 1;

/// Why bytes are not a bundle. `field` names the place, for example `spends[1].rk`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// The bytes end inside `field`.
    #[error("bundle ends inside {field}: {needed} more bytes needed")]
    Truncated {
        /// Where.
        field: String,
        /// How many bytes are missing.
        needed: usize,
    },
    /// Bytes after the end.
    #[error("bundle has {0} bytes after its end")]
    Trailing(usize),
    /// Unknown bundle version.
    #[error("bundle version is {0}, expected 1")]
    Version(u8),
    /// No chain has this pool.
    #[error("bundle pool is {0}, at most 7 is allowed")]
    Pool(u8),
    /// More parts than allowed.
    #[error("bundle has {found} {what}, at most {max} are allowed")]
    TooMany {
        /// What there are too many of.
        what: &'static str,
        /// Count found.
        found: usize,
        /// Count allowed.
        max: usize,
    },
    /// A field element at or above `r`.
    #[error("{field} is not below the BN254 scalar field modulus")]
    Field {
        /// Where.
        field: String,
    },
    /// A bad point.
    #[error("{field}: {error}")]
    Point {
        /// Where.
        field: String,
        /// What is wrong with it.
        error: PointError,
    },
    /// A bad asset id.
    #[error("{field}: {error}")]
    Asset {
        /// Where.
        field: String,
        /// What is wrong with it.
        error: AssetError,
    },
    /// A rule on the whole that its bytes can already break.
    #[error("{field}: {rule}")]
    Rule {
        /// Where.
        field: String,
        /// What is required.
        rule: &'static str,
    },
}

impl Bundle {
    /// The bundle's bytes.
    pub fn encode(&self) -> Vec<u8> {
        self.write(true)
    }

    /// The bytes without proofs and signatures, which the sighash covers.
    pub fn encode_effects(&self) -> Vec<u8> {
        self.write(false)
    }

    fn write(&self, with_proofs: bool) -> Vec<u8> {
        let count = |n: usize| u8::try_from(n).expect("a bundle never has over 16 parts of a kind");
        let mut out = vec![VERSION, self.pool, count(self.spends.len()), count(self.outputs.len())];
        out.extend([count(self.packages.len()), count(self.balance.len())]);
        out.extend(field_to_bytes(&self.anchor));
        for spend in &self.spends {
            out.extend(field_to_bytes(&spend.nullifier));
            out.extend(point_to_bytes(&spend.rk));
            out.extend(point_to_bytes(&spend.cv));
            if with_proofs {
                out.extend(spend.proof);
                out.extend(spend.auth_sig.0);
            }
        }
        for output in &self.outputs {
            out.extend(field_to_bytes(&output.cm));
            out.extend(point_to_bytes(&output.cv));
            output.note.write(&mut out);
            if with_proofs {
                out.extend(output.proof);
            }
        }
        self.packages.iter().for_each(|package| package.write(&mut out, with_proofs));
        for entry in &self.balance {
            let coin = entry.asset == AssetId::coin();
            let inward = entry.direction == Direction::Inward;
            out.push((u8::from(inward) * FLAG_INWARD) | (u8::from(coin) * FLAG_COIN));
            if !coin {
                out.extend(entry.asset.to_bytes());
            }
            out.extend(entry.amount.to_be_bytes());
        }
        if with_proofs {
            out.extend(self.binding_sig.0);
        }
        out
    }

    /// Reads a bundle. Every point and field element is checked, counts and
    /// their order too.
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader { rest: bytes };
        let Counts { pool, spends, outputs, packages, balance } = Counts::take(&mut reader)?;
        let bundle = Self {
            pool,
            anchor: reader.field("anchor")?,
            spends: (0..spends).map(|i| read_spend(&mut reader, i)).collect::<Result<_, _>>()?,
            outputs: (0..outputs).map(|i| read_output(&mut reader, i)).collect::<Result<_, _>>()?,
            packages: (0..packages).map(|i| read_package(&mut reader, i)).collect::<Result<_, _>>()?,
            balance: (0..balance).map(|i| read_balance(&mut reader, i)).collect::<Result<_, _>>()?,
            binding_sig: Signature(reader.take("binding_sig")?),
        };
        match reader.rest.len() {
            0 => bundle.check_shape().map(|()| bundle),
            trailing => Err(CodecError::Trailing(trailing)),
        }
    }

    /// Rules on the whole: each asset once and in order, no nullifier twice, an
    /// anchor exactly when there are spends.
    fn check_shape(&self) -> Result<(), CodecError> {
        let rule = |field: String, rule| Err(CodecError::Rule { field, rule });
        let key = |entry: &BalanceEntry| (entry.asset != AssetId::coin(), entry.asset);
        for (i, pair) in self.balance.windows(2).enumerate() {
            if key(&pair[0]) >= key(&pair[1]) {
                return rule(format!("balance[{}]", i + 1), "each asset once, the coin first, then by id");
            }
        }
        for (i, spend) in self.spends.iter().enumerate() {
            if self.spends[..i].iter().any(|other| other.nullifier == spend.nullifier) {
                return rule(format!("spends[{i}].nullifier"), "no nullifier twice in a bundle");
            }
        }
        for (i, package) in self.packages.iter().enumerate() {
            let at = |name: &str| format!("packages[{i}].{name}");
            let earlier = &self.packages[..i];
            match package {
                PackageAction::Create(create) => {
                    let cm = create.sealed.commitment;
                    let used = self.outputs.iter().any(|output| output.cm == cm)
                        || earlier.iter().any(|other| other.commitment() == cm);
                    if used {
                        return rule(at("pkg_cm"), "no commitment twice in a bundle");
                    }
                }
                PackageAction::Open(open) => {
                    if earlier.iter().any(|other| matches!(other, PackageAction::Open(o) if o.id == open.id))
                    {
                        return rule(at("id"), "no package opened twice in a bundle");
                    }
                }
            }
        }
        if self.spends.is_empty() != (self.anchor == Field::from(0u8)) {
            return rule("anchor".into(), "zero if and only if there are no spends");
        }
        Ok(())
    }
}

impl EncryptedNote {
    /// Bytes of the encrypted parts: epk 32 | view tag 2 | enc_note 194 | out_ct 80.
    pub const LEN: usize = 32 + 2 + ENC_NOTE_LEN + OUT_CT_LEN;

    fn write(&self, out: &mut Vec<u8>) {
        out.extend(point_to_bytes(&self.epk));
        out.extend(self.view_tag);
        out.extend(self.enc_note);
        out.extend(self.out_ct);
    }

    /// `cv | epk | view tag | enc_note | out_ct`, as `HiddenNote` logs carry it.
    pub fn to_log(&self, cv: &Point) -> Vec<u8> {
        let mut out = point_to_bytes(cv).to_vec();
        self.write(&mut out);
        out
    }

    /// Reads [`Self::to_log`].
    pub fn from_log(bytes: &[u8]) -> Result<(Point, Self), CodecError> {
        let mut reader = Reader { rest: bytes };
        let cv = reader.point("cv")?;
        let note = read_note(&mut reader, "note")?;
        match reader.rest.len() {
            0 => Ok((cv, note)),
            trailing => Err(CodecError::Trailing(trailing)),
        }
    }
}

/// What a first look at a log needs; `cv` stays as it is written.
pub(crate) struct RawLog {
    pub(crate) cv: [u8; 32],
    pub(crate) epk: [u8; 32],
    pub(crate) view_tag: [u8; 2],
    pub(crate) out_ct: [u8; OUT_CT_LEN],
}

impl RawLog {
    /// Reads [`EncryptedNote::to_log`] without decompressing its points.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader { rest: bytes };
        let cv = reader.take("cv")?;
        let epk = reader.take("note.epk")?;
        let view_tag = reader.take("note.view_tag")?;
        let _: [u8; ENC_NOTE_LEN] = reader.take("note.enc_note")?;
        let out_ct = reader.take("note.out_ct")?;
        match reader.rest.len() {
            0 => Ok(Self { cv, epk, view_tag, out_ct }),
            trailing => Err(CodecError::Trailing(trailing)),
        }
    }
}

impl PackageAction {
    fn write(&self, out: &mut Vec<u8>, with_proofs: bool) {
        match self {
            Self::Create(create) => {
                let SealedPackage { commitment, tag, ciphertext } = &create.sealed;
                let length = u16::try_from(ciphertext.len()).expect("the longest ciphertext has 1024 bytes");
                out.push(KIND_CREATE);
                out.extend(field_to_bytes(commitment));
                out.extend(point_to_bytes(&create.cv));
                out.extend(create.owner);
                out.extend(tag);
                out.extend(length.to_be_bytes());
                out.extend(ciphertext);
            }
            Self::Open(open) => {
                out.push(KIND_OPEN);
                out.extend(open.id.to_bytes());
                out.extend(field_to_bytes(&open.commitment));
                out.extend(point_to_bytes(&open.cv));
            }
        }
        if with_proofs {
            out.extend(self.proof());
        }
    }
}

/// A bundle's first bytes: how much there is to read and to check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// The pool whose notes it moves.
    pub pool: u8,
    /// Number of spends.
    pub spends: usize,
    /// Number of outputs.
    pub outputs: usize,
    /// Number of package actions.
    pub packages: usize,
    /// Number of balance entries.
    pub balance: usize,
}

impl Counts {
    /// Reads the header alone, so that work can be priced before it is done.
    pub fn of(bytes: &[u8]) -> Result<Self, CodecError> {
        Self::take(&mut Reader { rest: bytes })
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let [version, pool, spends, outputs, packages, balance]: [u8; HEADER_LEN] = reader.take("header")?;
        if version != VERSION {
            return Err(CodecError::Version(version));
        }
        if pool >= POOLS_MAX {
            return Err(CodecError::Pool(pool));
        }
        Ok(Self {
            pool,
            spends: limit("spends", spends, PARTS_MAX)?,
            outputs: limit("outputs", outputs, PARTS_MAX)?,
            packages: limit("packages", packages, PACKAGES_MAX)?,
            balance: limit("balance entries", balance, BALANCE_MAX)?,
        })
    }
}

fn limit(what: &'static str, found: u8, max: usize) -> Result<usize, CodecError> {
    let found = usize::from(found);
    if found > max { Err(CodecError::TooMany { what, found, max }) } else { Ok(found) }
}

fn read_spend(reader: &mut Reader<'_>, i: usize) -> Result<Spend, CodecError> {
    let at = |name: &str| format!("spends[{i}].{name}");
    Ok(Spend {
        nullifier: reader.field(&at("nullifier"))?,
        rk: reader.point(&at("rk"))?,
        cv: reader.point(&at("cv"))?,
        proof: reader.take::<PROOF_LEN>(&at("proof"))? as ProofBytes,
        auth_sig: Signature(reader.take(&at("auth_sig"))?),
    })
}

fn read_output(reader: &mut Reader<'_>, i: usize) -> Result<Output, CodecError> {
    let at = |name: &str| format!("outputs[{i}].{name}");
    Ok(Output {
        cm: reader.field(&at("cm"))?,
        cv: reader.point(&at("cv"))?,
        note: read_note(reader, &format!("outputs[{i}]"))?,
        proof: reader.take(&at("proof"))?,
    })
}

fn read_package(reader: &mut Reader<'_>, i: usize) -> Result<PackageAction, CodecError> {
    let at = |name: &str| format!("packages[{i}].{name}");
    let [kind] = reader.take(&at("kind"))?;
    match kind {
        KIND_CREATE => {
            let commitment = reader.field(&at("pkg_cm"))?;
            let cv = reader.point(&at("cv"))?;
            let owner = reader.take(&at("owner"))?;
            let tag = reader.take(&at("tag"))?;
            let length = usize::from(u16::from_be_bytes(reader.take(&at("ciphertext"))?));
            if !CIPHERTEXT_LENS.contains(&length) {
                let rule = "its length is 128, 256, 512 or 1024 bytes";
                return Err(CodecError::Rule { field: at("ciphertext"), rule });
            }
            let ciphertext = reader.take_slice(length, &at("ciphertext"))?.to_vec();
            let sealed = SealedPackage { commitment, tag, ciphertext };
            Ok(PackageAction::Create(PackageCreate { cv, owner, sealed, proof: reader.take(&at("proof"))? }))
        }
        KIND_OPEN => Ok(PackageAction::Open(PackageOpen {
            id: PackageId::from_bytes(reader.take(&at("id"))?)
                .map_err(|_| CodecError::Field { field: at("id") })?,
            commitment: reader.field(&at("pkg_cm"))?,
            cv: reader.point(&at("cv"))?,
            proof: reader.take(&at("proof"))?,
        })),
        _ => Err(CodecError::Rule { field: at("kind"), rule: "0 (create) or 1 (open)" }),
    }
}

fn read_note(reader: &mut Reader<'_>, at: &str) -> Result<EncryptedNote, CodecError> {
    Ok(EncryptedNote {
        epk: reader.point(&format!("{at}.epk"))?,
        view_tag: reader.take(&format!("{at}.view_tag"))?,
        enc_note: reader.take(&format!("{at}.enc_note"))?,
        out_ct: reader.take(&format!("{at}.out_ct"))?,
    })
}

fn read_balance(reader: &mut Reader<'_>, i: usize) -> Result<BalanceEntry, CodecError> {
    let at = |name: &str| format!("balance[{i}].{name}");
    let [flags] = reader.take(&at("flags"))?;
    if flags & !(FLAG_INWARD | FLAG_COIN) != 0 {
        return Err(CodecError::Rule { field: at("flags"), rule: "only bits 0 (inward) and 1 (coin)" });
    }
    let asset = if flags & FLAG_COIN != 0 {
        AssetId::coin()
    } else {
        let asset = AssetId::from_bytes(reader.take(&at("asset"))?)
            .map_err(|error| CodecError::Asset { field: at("asset"), error })?;
        if asset == AssetId::coin() {
            return Err(CodecError::Rule { field: at("asset"), rule: "the coin is written as flag bit 1" });
        }
        asset
    };
    let amount = u128::from_be_bytes(reader.take(&at("amount"))?);
    if amount == 0 {
        return Err(CodecError::Rule { field: at("amount"), rule: "1 to 2^128 - 1" });
    }
    let direction = if flags & FLAG_INWARD != 0 { Direction::Inward } else { Direction::Outward };
    Ok(BalanceEntry { asset, direction, amount })
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take_slice(&mut self, length: usize, field: &str) -> Result<&'a [u8], CodecError> {
        let Some((head, tail)) = self.rest.split_at_checked(length) else {
            return Err(CodecError::Truncated { field: field.into(), needed: length - self.rest.len() });
        };
        self.rest = tail;
        Ok(head)
    }

    fn take<const N: usize>(&mut self, field: &str) -> Result<[u8; N], CodecError> {
        let Some((head, tail)) = self.rest.split_first_chunk::<N>() else {
            return Err(CodecError::Truncated { field: field.into(), needed: N - self.rest.len() });
        };
        self.rest = tail;
        Ok(*head)
    }

    fn field(&mut self, field: &str) -> Result<Field, CodecError> {
        field_from_bytes(&self.take(field)?).map_err(|_| CodecError::Field { field: field.into() })
    }

    fn point(&mut self, field: &str) -> Result<Point, CodecError> {
        point_from_bytes(&self.take(field)?).map_err(|error| CodecError::Point { field: field.into(), error })
    }
}
