//! A wallet with two notes in a tree, and what it pays.

use crate::text;
use alloy_primitives::{B256, Bytes};
use sero_circuits::{OutputWitness, SpendWitness};
use sero_primitives::gas;
use sero_shielded::asset::AssetId;
use sero_shielded::encryption::Memo;
use sero_shielded::hash::{blake2b_32, hash_to_field};
use sero_shielded::keys::{PaymentAddress, SpendingKey, account_seed};
use sero_shielded::note::HiddenNote;
use sero_shielded::tree::MarkedTree;
use sero_wallet::notes::{AddressIndex, NoteStatus, OwnNote};
use sero_wallet::plan::{Authority, Payment, Terms};
use sero_wallet::{Account, Built, Plan, ProvingKeys, Signer};

/// Spends and outputs.
pub type Shape = (usize, usize);

pub const GENESIS: B256 = B256::repeat_byte(0x53);
const SERO: u128 = 1_000_000_000_000_000_000;
/// Base units in each of the two notes.
const NOTE: u128 = 10 * SERO;
/// Leaves of other people, left and right of the wallet's.
const OTHERS: u64 = 500;
const MAX_FEE_PER_GAS: u128 = 2_000_000_000;

pub struct Payer {
    account: Account,
    tree: MarkedTree,
    notes: Vec<OwnNote>,
    /// Somebody else.
    to: PaymentAddress,
}

fn key(index: u32) -> Result<SpendingKey, String> {
    SpendingKey::from_seed(&account_seed(&[7; 64], index)).map_err(text)
}

impl Payer {
    pub fn new() -> Result<Self, String> {
        let to = key(1)?.viewing_key().address(0);
        let mut payer =
            Self { account: Account::full(key(0)?), tree: MarkedTree::default(), notes: Vec::new(), to };
        payer.strangers()?;
        payer.receive()?;
        payer.receive()?;
        payer.strangers()?;
        Ok(payer)
    }

    fn strangers(&mut self) -> Result<(), String> {
        for _ in 0..OTHERS {
            let leaf = hash_to_field("bench", &[&self.tree.count().to_be_bytes()]);
            self.tree.append(leaf, false).map_err(text)?;
        }
        Ok(())
    }

    /// A hidden note to the wallet's first address.
    fn receive(&mut self) -> Result<(), String> {
        let view = self.account.viewing_key();
        let rseed = blake2b_32("bench", &[&self.tree.count().to_be_bytes()]);
        let note = HiddenNote { to: view.address(0), asset: AssetId::coin(), amount: NOTE, rseed };
        let secrets = note.secrets().ok_or("a seed without keys")?;
        let commitment = note.commitment(&secrets).map_err(text)?;
        let position = self.tree.append(commitment, true).map_err(text)?;
        self.notes.push(OwnNote {
            asset: note.asset,
            amount: note.amount,
            pool: 0,
            position,
            commitment,
            rcm: secrets.rcm,
            s: secrets.s,
            address: AddressIndex(0),
            nullifier: view.nullifier(&commitment, position),
            settled: true,
            block: 1,
            transaction: B256::ZERO,
            public: false,
            memo: Bytes::new(),
            status: NoteStatus::Unspent,
            released: None,
        });
        Ok(())
    }

    /// A payment of this shape, with fresh randomness. The wallet never plans one spend alone: 1/2 is its 2/2
    /// without the dummy, and without what the dummy would have cost.
    pub fn plan(&self, shape: Shape) -> Result<Plan, String> {
        let amounts = match shape {
            (1, 2) => vec![NOTE / 2],
            (2, 2) => vec![NOTE + NOTE / 2],
            (2, 4) => vec![NOTE / 2; 3],
            _ => return Err(format!("no payment of shape {shape:?}")),
        };
        let payment = |amount| Payment { to: self.to, asset: AssetId::coin(), amount, memo: Memo::default() };
        let payments: Vec<Payment> = amounts.into_iter().map(payment).collect();
        let view = self.account.viewing_key();
        let terms = Terms {
            chain_id: 5301,
            genesis_hash: GENESIS,
            expiry: 100,
            max_fee_per_gas: MAX_FEE_PER_GAS,
            fee_max: SERO,
            pool: 0,
            tree: Some(&self.tree),
            key: view,
            payer: Some(self.account.spending_key().map_err(text)?.payer_key()),
            change: view.address(AddressIndex::CHANGE.0),
            notes: &self.notes,
            free_merge: false,
        };
        let mut plan = Plan::transfer(&terms, &payments).map_err(text)?;
        if shape == (1, 2) {
            plan.spends.retain(|spend| matches!(spend.authority, Authority::Own));
            let tx = plan.clone().build_without_checks().map_err(text)?.tx;
            let saved = plan.gas_limit - gas::pure_transfer(&tx);
            plan.gas_limit -= saved;
            plan.balance[0].amount -= u128::from(saved) * MAX_FEE_PER_GAS;
            plan.outputs[0].note.amount += u128::from(saved) * MAX_FEE_PER_GAS;
        }
        let found = (plan.spends.len(), plan.outputs.len());
        if found == shape { Ok(plan) } else { Err(format!("planned {found:?} instead of {shape:?}")) }
    }

    /// Encryption, proofs, signatures.
    pub fn pay(&self, plan: Plan, keys: &ProvingKeys) -> Result<Built, String> {
        let signer = Signer::new(&self.account).map_err(text)?;
        let proven = plan.build().map_err(text)?.prove(keys, &|_, _| ()).map_err(text)?;
        proven.sign(&signer).map_err(text)
    }

    /// What the Spend proof of a payment of 1/2 knows.
    pub fn spend_witness(&self) -> Result<SpendWitness, String> {
        let plan = self.plan((1, 2))?;
        let spend = &plan.spends[0];
        Ok(SpendWitness {
            ak: spend.ak,
            nk: spend.nk,
            d: spend.d,
            s: spend.s,
            asset_base: spend.asset.generator().map_err(text)?,
            amount: spend.amount,
            rcm: spend.rcm,
            position: spend.position,
            siblings: spend.siblings,
            anchor: plan.anchor,
            alpha: spend.alpha,
            rcv: spend.rcv,
        })
    }

    /// What an Output proof of a payment of 1/2 knows.
    pub fn output_witness(&self) -> Result<OutputWitness, String> {
        let plan = self.plan((1, 2))?;
        let output = &plan.outputs[0];
        let secrets = output.note.secrets().ok_or("a seed without keys")?;
        Ok(OutputWitness {
            owner: output.note.owner(&secrets),
            asset: output.note.asset.to_field(),
            amount: output.note.amount,
            rcm: secrets.rcm,
            rcv: output.rcv,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Building refuses what does not balance; the chain refuses any other gas limit.
    #[test]
    fn every_shape_is_a_payment_that_a_chain_would_take() {
        let payer = Payer::new().expect("a payer");
        for shape in [(1, 2), (2, 2), (2, 4)] {
            let plan = payer.plan(shape).expect("a plan");
            assert_eq!((plan.spends.len(), plan.outputs.len()), shape);
            assert!(plan.spends.iter().all(|spend| spend.amount == NOTE));
            let tx = plan.build().expect("a balanced plan").tx;
            assert_eq!(tx.gas_limit, gas::pure_transfer(&tx));
            assert_eq!(tx.bundle.balance[0].amount, u128::from(tx.gas_limit) * MAX_FEE_PER_GAS);
        }
        assert!(payer.plan((1, 1)).is_err());
    }

    #[test]
    fn witnesses_are_of_true_statements() {
        let payer = Payer::new().expect("a payer");
        assert_eq!(payer.spend_witness().expect("a witness").check(), Ok(()));
        assert_eq!(payer.output_witness().expect("a witness").check(), Ok(()));
    }
}
