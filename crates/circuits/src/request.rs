//! Bytes of a proving request and of its answer (docs/spec/13-proving-service.md). Decoding is total,
//! bounded and canonical: the accepted bytes are exactly what encoding gives.
//!
//! ```text
//! request = version 1 | #spends 1 | #outputs 1 | spend key hash 32 | output key hash 32 | spends | outputs
//! spend   = ak 32 | nk 32 | d 32 | s 32 | V 32 | v 16 | rcm 32 | position 8 | siblings 77 * 32 | anchor 32
//!         | alpha 32 | rcv 32                                                                  2,776 bytes
//! output  = O_r 32 | asset 32 | v 16 | rcm 32 | rcv 32                                           144 bytes
//! answer  = version 1 | #spends 1 | #outputs 1 | proofs 128 each, spends first
//! ```
//!
//! There is no place for a spending key: a request is what the circuits know, and they do not know it.

use crate::{OutputWitness, PROOF_BYTES, Part, Proofs, SpendWitness, TREE_ARITY, TREE_DEPTH, Witnesses};
use alloy_primitives::B256;
use core::fmt::Display;
use sero_shielded::curve::{Point, point_from_bytes, point_to_bytes};
use sero_shielded::field::{
    Field, Scalar, field_from_bytes, field_to_bytes, scalar_from_bytes, scalar_to_bytes,
};
use zeroize::Zeroizing;

/// Version of both forms.
const VERSION: u8 = 1;
/// Most Spend proofs of one request.
pub const SPENDS_MAX: usize = 16;
/// Most Output proofs of one request.
pub const OUTPUTS_MAX: usize = 16;

const HEAD_LEN: usize = 3 + 2 * 32;
const SIBLINGS: usize = (TREE_ARITY - 1) * TREE_DEPTH;
const SPEND_LEN: usize = (9 + SIBLINGS) * 32 + 16 + 8;
const OUTPUT_LEN: usize = 4 * 32 + 16;
const ANSWER_HEAD_LEN: usize = 3;
/// Bytes of the shortest request.
pub const REQUEST_LEN_MIN: usize = HEAD_LEN + OUTPUT_LEN;
/// Bytes of the longest request.
pub const REQUEST_LEN_MAX: usize = HEAD_LEN + SPENDS_MAX * SPEND_LEN + OUTPUTS_MAX * OUTPUT_LEN;
/// Bytes of the longest answer.
pub const PROOFS_LEN_MAX: usize = ANSWER_HEAD_LEN + (SPENDS_MAX + OUTPUTS_MAX) * PROOF_BYTES;

/// Why bytes are no request, or no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The counts say another length.
    #[error("has {found} bytes, expected {expected}")]
    Length {
        /// What the counts say; of a cut head, the shortest there is.
        expected: usize,
        /// What there is.
        found: usize,
    },
    /// A field is not what it must be. Never shows its value.
    #[error("{field}: {reason}")]
    Field {
        /// Where, for example `spends[1].nk`.
        field: String,
        /// What is wrong, and what is allowed.
        reason: String,
    },
}

/// What a proving service is asked for. Wiped on drop.
pub struct ProvingRequest {
    /// keccak256 of the Spend and the Output verifying key that the proofs are for.
    pub keys: [B256; 2],
    /// What is proven: at least one part, at most [`SPENDS_MAX`] and [`OUTPUTS_MAX`].
    pub witnesses: Witnesses,
}

impl ProvingRequest {
    /// Reads [`encode_request`].
    pub fn decode(bytes: &[u8]) -> Result<Self, RequestError> {
        let (spends, outputs) = counts(bytes, REQUEST_LEN_MIN)?;
        if spends + outputs == 0 {
            return Err(bad("counts", "no proof is asked for, at least one is needed"));
        }
        check_length(bytes, HEAD_LEN + spends * SPEND_LEN + outputs * OUTPUT_LEN)?;
        let mut reader = Reader { rest: &bytes[3..] };
        let keys = [reader.take("keys.spend")?.into(), reader.take("keys.output")?.into()];
        let mut witnesses =
            Witnesses { spends: Vec::with_capacity(spends), outputs: Vec::with_capacity(outputs) };
        for i in 0..spends {
            witnesses.spends.push(read_spend(&mut reader, Part::Spend(i))?);
        }
        for i in 0..outputs {
            witnesses.outputs.push(read_output(&mut reader, Part::Output(i))?);
        }
        Ok(Self { keys, witnesses })
    }

    /// [`encode_request`] of the whole.
    pub fn encode(&self) -> Result<Zeroizing<Vec<u8>>, RequestError> {
        encode_request(&self.keys, &self.witnesses.spends, &self.witnesses.outputs)
    }
}

/// The bytes of a request. Fails if there are no parts, or too many of a kind.
pub fn encode_request(
    keys: &[B256; 2],
    spends: &[SpendWitness],
    outputs: &[OutputWitness],
) -> Result<Zeroizing<Vec<u8>>, RequestError> {
    let counts = [count("spends", spends.len(), SPENDS_MAX)?, count("outputs", outputs.len(), OUTPUTS_MAX)?];
    if counts == [0, 0] {
        return Err(bad("counts", "no proof is asked for, at least one is needed"));
    }
    // All room from the start: growing would leave a copy unwiped.
    let len = HEAD_LEN + spends.len() * SPEND_LEN + outputs.len() * OUTPUT_LEN;
    let mut out = Zeroizing::new(Vec::with_capacity(len));
    out.push(VERSION);
    out.extend(counts);
    keys.iter().for_each(|hash| out.extend(hash));
    spends.iter().for_each(|w| write_spend(w, &mut out));
    outputs.iter().for_each(|w| write_output(w, &mut out));
    Ok(out)
}

impl Proofs {
    /// The answer's bytes. Fails if there are too many of a kind.
    pub fn encode(&self) -> Result<Vec<u8>, RequestError> {
        let mut out = vec![
            VERSION,
            count("spends", self.spends.len(), SPENDS_MAX)?,
            count("outputs", self.outputs.len(), OUTPUTS_MAX)?,
        ];
        self.spends.iter().chain(&self.outputs).for_each(|proof| out.extend(proof));
        Ok(out)
    }

    /// Reads [`Self::encode`]. Whether the proofs prove anything is another question.
    pub fn decode(bytes: &[u8]) -> Result<Self, RequestError> {
        let (spends, outputs) = counts(bytes, ANSWER_HEAD_LEN)?;
        check_length(bytes, ANSWER_HEAD_LEN + (spends + outputs) * PROOF_BYTES)?;
        let mut reader = Reader { rest: &bytes[ANSWER_HEAD_LEN..] };
        let mut read = |n| (0..n).map(|_| reader.take("proofs")).collect::<Result<_, _>>();
        Ok(Self { spends: read(spends)?, outputs: read(outputs)? })
    }
}

/// Numbers of spends and outputs, once version and limits hold.
fn counts(bytes: &[u8], shortest: usize) -> Result<(usize, usize), RequestError> {
    let Some([version, spends, outputs]) = bytes.first_chunk::<3>() else {
        return Err(RequestError::Length { expected: shortest, found: bytes.len() });
    };
    if *version != VERSION {
        return Err(bad("version", format!("is {version}, expected {VERSION}")));
    }
    let (spends, outputs) = (usize::from(*spends), usize::from(*outputs));
    count("spends", spends, SPENDS_MAX)?;
    count("outputs", outputs, OUTPUTS_MAX)?;
    Ok((spends, outputs))
}

fn count(field: &str, found: usize, max: usize) -> Result<u8, RequestError> {
    match u8::try_from(found) {
        Ok(count) if found <= max => Ok(count),
        _ => Err(bad(field, format!("are {found}, at most {max} are allowed"))),
    }
}

fn check_length(bytes: &[u8], expected: usize) -> Result<(), RequestError> {
    let found = bytes.len();
    if found == expected { Ok(()) } else { Err(RequestError::Length { expected, found }) }
}

fn bad(field: impl Display, reason: impl Display) -> RequestError {
    RequestError::Field { field: field.to_string(), reason: reason.to_string() }
}

fn write_spend(w: &SpendWitness, out: &mut Vec<u8>) {
    out.extend(point_to_bytes(&w.ak));
    [w.nk, w.d, w.s].iter().for_each(|value| out.extend(field_to_bytes(value)));
    out.extend(point_to_bytes(&w.asset_base));
    out.extend(w.amount.to_be_bytes());
    out.extend(field_to_bytes(&w.rcm));
    out.extend(w.position.to_be_bytes());
    w.siblings.as_flattened().iter().for_each(|node| out.extend(field_to_bytes(node)));
    out.extend(field_to_bytes(&w.anchor));
    out.extend(scalar_to_bytes(&w.alpha));
    out.extend(scalar_to_bytes(&w.rcv));
}

fn read_spend(reader: &mut Reader<'_>, part: Part) -> Result<SpendWitness, RequestError> {
    let name = |field: &str| format!("{part}.{field}");
    Ok(SpendWitness {
        ak: reader.point(|| name("ak"))?,
        nk: reader.field(|| name("nk"))?,
        d: reader.field(|| name("d"))?,
        s: reader.field(|| name("s"))?,
        asset_base: reader.point(|| name("V"))?,
        amount: u128::from_be_bytes(reader.take("v")?),
        rcm: reader.field(|| name("rcm"))?,
        position: reader.position(|| name("position"))?,
        siblings: {
            let mut siblings = [[Field::from(0u8); TREE_ARITY - 1]; TREE_DEPTH];
            for (level, nodes) in siblings.iter_mut().enumerate() {
                for (i, node) in nodes.iter_mut().enumerate() {
                    *node = reader.field(|| format!("{part}.siblings[{level}][{i}]"))?;
                }
            }
            siblings
        },
        anchor: reader.field(|| name("anchor"))?,
        alpha: reader.scalar(|| name("alpha"))?,
        rcv: reader.scalar(|| name("rcv"))?,
    })
}

fn write_output(w: &OutputWitness, out: &mut Vec<u8>) {
    [w.owner, w.asset].iter().for_each(|value| out.extend(field_to_bytes(value)));
    out.extend(w.amount.to_be_bytes());
    out.extend(field_to_bytes(&w.rcm));
    out.extend(scalar_to_bytes(&w.rcv));
}

fn read_output(reader: &mut Reader<'_>, part: Part) -> Result<OutputWitness, RequestError> {
    let name = |field: &str| format!("{part}.{field}");
    Ok(OutputWitness {
        owner: reader.field(|| name("O_r"))?,
        asset: reader.field(|| name("asset"))?,
        amount: u128::from_be_bytes(reader.take("v")?),
        rcm: reader.field(|| name("rcm"))?,
        rcv: reader.scalar(|| name("rcv"))?,
    })
}

/// Over bytes whose length was checked. Names are made when they are needed.
struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self, field: &str) -> Result<[u8; N], RequestError> {
        let (head, rest) = self.rest.split_first_chunk().ok_or_else(|| bad(field, "is cut off"))?;
        self.rest = rest;
        Ok(*head)
    }

    fn field(&mut self, name: impl Fn() -> String) -> Result<Field, RequestError> {
        field_from_bytes(&self.take("a field element")?).map_err(|error| bad(name(), error))
    }

    fn scalar(&mut self, name: impl Fn() -> String) -> Result<Scalar, RequestError> {
        scalar_from_bytes(&self.take("a scalar")?).map_err(|error| bad(name(), error))
    }

    fn point(&mut self, name: impl Fn() -> String) -> Result<Point, RequestError> {
        point_from_bytes(&self.take("a point")?).map_err(|error| bad(name(), error))
    }

    fn position(&mut self, name: impl Fn() -> String) -> Result<u64, RequestError> {
        let position = u64::from_be_bytes(self.take("a position")?);
        if position >> (3 * TREE_DEPTH) != 0 {
            return Err(bad(name(), format!("is not below {} (8^11)", 1u64 << (3 * TREE_DEPTH))));
        }
        Ok(position)
    }
}
