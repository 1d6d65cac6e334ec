//! Disclosures of one payment.

use super::{Answer, refusal};
use crate::assets::asset_key;
use crate::rules::Rules;
use alloy_primitives::U256;
use sero_primitives::precompile::abi::IZkp as abi;
use sero_shielded::curve::point_to_bytes;
use sero_shielded::disclosure::{Chain, Claimant, NoteKind, verify_bytes};
use sero_shielded::field::field_to_bytes;

/// What `disclosure` proves about this chain, given that its anchor is one of the pool's.
pub fn verify(rules: &Rules, disclosure: &[u8], challenge: &[u8]) -> Answer<abi::Payment> {
    let chain = Chain { chain_id: rules.chain_id, genesis_hash: rules.genesis_hash };
    let verified = verify_bytes(disclosure, &chain, challenge)
        .map_err(|error| refusal(abi::InvalidDisclosure { reason: error.to_string() }))?;
    Ok(abi::Payment {
        hidden: verified.kind == NoteKind::Hidden,
        claimant: match verified.claimant {
            Claimant::Nobody => 0,
            Claimant::Payee => 1,
            Claimant::Payer => 2,
        },
        pool: verified.pool,
        position: verified.position,
        commitment: field_to_bytes(&verified.commitment).into(),
        anchor: field_to_bytes(&verified.anchor).into(),
        owner: field_to_bytes(&verified.to.owner).into(),
        e: point_to_bytes(&verified.to.e).into(),
        asset: asset_key(verified.asset),
        amount: U256::from(verified.amount),
    })
}
