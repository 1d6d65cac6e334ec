//! Bytes of a bundle. Decoding is canonical and bounded: the accepted bytes are
//! exactly what [`Bundle::encode`] gives.

use super::{BALANCE_MAX, BalanceEntry, Bundle, Direction, Output, PARTS_MAX, POOL, Spend, VERSION};
use crate::asset::{AssetError, AssetId};
use crate::curve::{Point, PointError, point_from_bytes, point_to_bytes};
use crate::encryption::{ENC_NOTE_LEN, EncryptedNote, OUT_CT_LEN};
use crate::field::{Field, field_from_bytes, field_to_bytes};
use crate::signature::Signature;
use crate::verifier::{PROOF_LEN, ProofBytes};

/// Bytes of a spend.
pub const SPEND_LEN: usize = 3 * 32 + PROOF_LEN + 64;
/// Bytes of an output.
pub const OUTPUT_LEN: usize = 3 * 32 + 2 + ENC_NOTE_LEN + OUT_CT_LEN + PROOF_LEN;
/// Bytes of the longest bundle.
pub const BUNDLE_LEN_MAX: usize = 38 + PARTS_MAX * (SPEND_LEN + OUTPUT_LEN) + BALANCE_MAX * 49 + 64;

const FLAG_INWARD: u8 = 1;
const FLAG_COIN: u8 = 2;

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
    /// Unknown pool.
    #[error("bundle pool is {0}, expected 0")]
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
        let mut out = vec![VERSION, POOL, count(self.spends.len()), count(self.outputs.len()), 0];
        out.push(count(self.balance.len()));
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
        let [version, pool, spends, outputs, packages, balance] = reader.take("header")?;
        if version != VERSION {
            return Err(CodecError::Version(version));
        }
        if pool != POOL {
            return Err(CodecError::Pool(pool));
        }
        let spends = limit("spends", spends, PARTS_MAX)?;
        let outputs = limit("outputs", outputs, PARTS_MAX)?;
        limit("packages", packages, 0)?;
        let balance = limit("balance entries", balance, BALANCE_MAX)?;
        let bundle = Self {
            anchor: reader.field("anchor")?,
            spends: (0..spends).map(|i| read_spend(&mut reader, i)).collect::<Result<_, _>>()?,
            outputs: (0..outputs).map(|i| read_output(&mut reader, i)).collect::<Result<_, _>>()?,
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
    pub(crate) epk: Point,
    pub(crate) view_tag: [u8; 2],
    pub(crate) out_ct: [u8; OUT_CT_LEN],
}

impl RawLog {
    /// Reads [`EncryptedNote::to_log`] without decompressing `cv`.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader { rest: bytes };
        let cv = reader.take("cv")?;
        let EncryptedNote { epk, view_tag, out_ct, .. } = read_note(&mut reader, "note")?;
        match reader.rest.len() {
            0 => Ok(Self { cv, epk, view_tag, out_ct }),
            trailing => Err(CodecError::Trailing(trailing)),
        }
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

impl Reader<'_> {
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
