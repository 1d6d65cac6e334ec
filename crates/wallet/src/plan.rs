//! Plans: which notes pay for what, in the clear. A [`Plan`] determines every
//! byte of a transaction but its proofs and signatures.

mod choice;
mod parts;
mod purse;

use self::choice::{Choice, check, check_fee, flows};
use self::purse::Purse;
use crate::notes::OwnNote;
use crate::random::RandomError;
use alloy_eips::eip2930::AccessList;
use alloy_primitives::{Address, B256, Bytes, TxKind, U256};
use sero_primitives::gas;
use sero_primitives::shielded_tx::{Attached, PublicOut};
use sero_shielded::Secret;
use sero_shielded::asset::{AssetError, AssetId};
use sero_shielded::bundle::{BalanceEntry, Direction};
use sero_shielded::curve::Point;
use sero_shielded::encryption::Memo;
use sero_shielded::field::{Field, Scalar};
use sero_shielded::keys::{OneTimeAddress, PaymentAddress, ViewingKey};
use sero_shielded::note::HiddenNote;
use sero_shielded::package::{PackageContent, PackageId};
use sero_shielded::payer::PayerKey;
use sero_shielded::tree::{MarkedTree, Siblings};

/// Most spends of a transaction.
const SPENDS_MAX: usize = 16;
/// The shapes that wallets use: (spends, outputs).
pub const SHAPES: [(usize, usize); 5] = [(2, 2), (2, 4), (4, 4), (8, 8), (16, 16)];
/// Blocks that a transaction stays valid after it was planned.
pub const EXPIRY_BLOCKS: u64 = 100;
/// Tip of transactions with a call, wei per gas.
pub const PRIORITY_FEE: u128 = 1_000_000_000;
const GWEI: u128 = 1_000_000_000;
/// Notes of an asset, the largest ones, that free merging leaves alone, so that
/// the next payment need not wait for this one.
const FREE_MERGE_KEEPS: usize = 4;

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// Not enough.
    #[error(
        "not enough of asset {asset}: {needed} base units needed (fee included), {available} available, {pending} pending"
    )]
    Insufficient {
        /// Which.
        asset: AssetId,
        /// Base units needed.
        needed: u128,
        /// Base units in notes that can be spent now.
        available: u128,
        /// Base units in notes that are too young or in a pending transaction.
        pending: u128,
    },
    /// The node asks for an absurd fee.
    #[error(
        "fee is {fee} base units of SERO at {max_fee_per_gas} wei per gas, at most {max} are allowed; \
         is the node honest? (set a higher limit to pay it)"
    )]
    FeeTooHigh {
        /// What the transaction may cost.
        fee: u128,
        /// Wei per gas.
        max_fee_per_gas: u128,
        /// The limit.
        max: u128,
    },
    /// Enough, but in too many notes.
    #[error(
        "payment needs over 16 notes; send {largest} base units of asset {asset} or less at once, or merge notes first (sero wallet merge)"
    )]
    TooManyNotes {
        /// The asset that needs most notes.
        asset: AssetId,
        /// What its 16 largest notes hold.
        largest: u128,
    },
    /// Over 16 outputs.
    #[error("payment needs {0} outputs with change, at most 16 are allowed")]
    TooManyOutputs(usize),
    /// Over 16 assets flow out.
    #[error("call needs {0} different assets, at most 16 are allowed")]
    TooManyAssets(usize),
    /// A sum is 2^128 or more.
    #[error("amounts add up to 2^128 base units or more")]
    Overflow,
    /// An asset cannot be used.
    #[error("asset {asset}: {error}")]
    Asset {
        /// Which.
        asset: AssetId,
        /// Why.
        error: AssetError,
    },
    /// A zero amount.
    #[error("{0}: amount is zero, at least one base unit is required")]
    Zero(&'static str),
    /// The coin cannot be attached.
    #[error("attach: the coin travels as value, not as an attachment")]
    AttachedCoin,
    /// No note of the asset in the old pool.
    #[error("pool holds no notes of asset {0} that are worth moving to the newer pool")]
    NothingToMove(AssetId),
    /// Fewer than two notes that are worth it.
    #[error("nothing to merge: fewer than two notes of asset {0} are worth spending")]
    NothingToMerge(AssetId),
    /// A settled note without a path (never, unless the wallet file was altered).
    #[error("note {0} has no path in the wallet's tree; rescan")]
    NoPath(u64),
    /// The base fee is absurd.
    #[error("base fee of {0} wei per gas is out of range")]
    BaseFee(u128),
    /// No randomness.
    #[error("{0}")]
    Random(#[from] RandomError),
}

/// Somebody who is paid in private.
#[derive(Clone)]
pub struct Payment {
    /// Who.
    pub to: PaymentAddress,
    /// What.
    pub asset: AssetId,
    /// How much.
    pub amount: u128,
    /// For the receiver's eyes.
    pub memo: Memo,
}

/// The call that a transaction pays for.
#[derive(Clone)]
pub struct PlannedCall {
    /// Index of the `From` key.
    pub from_index: u64,
    /// Its address.
    pub from: Address,
    /// Its nonce.
    pub nonce: u64,
    /// Callee, or creation.
    pub to: TxKind,
    /// Coins sent along.
    pub value: u128,
    /// Call data or init code.
    pub input: Bytes,
    /// EIP-2930 access list.
    pub access_list: AccessList,
    /// Assets handed to the callee: each once, in order of id.
    pub attached: Vec<Attached>,
    /// Assets credited to `from` for the call to use; neither coin nor attached.
    pub credited: Vec<Attached>,
    /// Where the rest goes.
    pub refund: OneTimeAddress,
}

/// How a call's gas limit follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GasLimit {
    /// Given.
    Exactly(u64),
    /// What a simulation used, and how much of it was the shielded part, which
    /// depends on the shape.
    Simulated {
        /// Gas used.
        used: u64,
        /// [`gas::shielded_part`] of the simulated transaction.
        shielded_part: u64,
    },
}

/// What all parts of a transaction depend on.
#[derive(Clone)]
pub struct Terms<'a> {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// Hash of block 0.
    pub genesis_hash: B256,
    /// Last block that may contain the transaction.
    pub expiry: u64,
    /// See [`fee_class`].
    pub max_fee_per_gas: u128,
    /// Highest fee, base units of the coin.
    pub fee_max: u128,
    /// The pool whose notes are spent.
    pub pool: u8,
    /// Its tree at the anchor, with the paths of the wallet's notes; none while it is empty.
    pub tree: Option<&'a MarkedTree>,
    /// The wallet's key.
    pub key: &'a ViewingKey,
    /// Makes outputs that the payer alone can claim; without it nobody can.
    pub payer: Option<PayerKey>,
    /// Where change goes.
    pub change: PaymentAddress,
    /// All notes of the wallet.
    pub notes: &'a [OwnNote],
    /// Whether slots that would hold dummies take small notes instead.
    pub free_merge: bool,
}

/// Whose signature a spend needs.
#[derive(Clone)]
pub enum Authority {
    /// The wallet's.
    Own,
    /// A dummy's random key.
    Dummy(Secret<Scalar>),
}

/// A spend in the clear.
#[derive(Clone)]
pub struct PlannedSpend {
    /// Who signs.
    pub authority: Authority,
    /// Authorisation point.
    pub ak: Point,
    /// Nullifier key.
    pub nk: Field,
    /// Diversifier.
    pub d: Field,
    /// Blinding of the one-time owner.
    pub s: Field,
    /// What.
    pub asset: AssetId,
    /// How much; 0 in a dummy.
    pub amount: u128,
    /// Commitment randomness.
    pub rcm: Field,
    /// Leaf number.
    pub position: u64,
    /// Path to the anchor.
    pub siblings: Siblings,
    /// Randomiser of `rk`.
    pub alpha: Scalar,
    /// Randomness of `cv`.
    pub rcv: Scalar,
}

/// An output in the clear.
#[derive(Clone)]
pub struct PlannedOutput {
    /// Who is paid what.
    pub note: HiddenNote,
    /// For the receiver.
    pub memo: Memo,
    /// Who can recover it as its sender.
    pub ovk: [u8; 32],
    /// Randomness of `cv`.
    pub rcv: Scalar,
}

/// A package action in the clear.
#[derive(Clone)]
pub struct PlannedPackage {
    /// Made or opened.
    pub action: PackageStep,
    /// What is inside.
    pub content: PackageContent,
    /// Randomness of `cv`.
    pub rcv: Scalar,
}

/// Whether a package is made or opened.
#[derive(Clone)]
pub enum PackageStep {
    /// Made; its id follows from the first spend.
    Create {
        /// Who may transfer and open it.
        owner: Address,
        /// Its key.
        key: Secret<[u8; 32]>,
    },
    /// Opened by `from`.
    Open {
        /// Which.
        id: PackageId,
    },
}

/// What a transaction is wanted for.
#[derive(Clone, Default)]
pub struct Wish<'r> {
    /// Private payments.
    pub payments: &'r [Payment],
    /// A call.
    pub call: Option<PlannedCall>,
    /// How the call's gas limit follows.
    pub gas_limit: Option<GasLimit>,
    /// A new package.
    pub create: Option<NewPackage<'r>>,
    /// A package of `from` to open in private.
    pub open: Option<(PackageId, &'r PackageContent)>,
}

/// A package to be made.
#[derive(Clone, Copy)]
pub struct NewPackage<'r> {
    /// Who may transfer and open it.
    pub owner: Address,
    /// What it holds.
    pub asset: AssetId,
    /// How much; 0 in a package with data only.
    pub amount: u128,
    /// At most 942 bytes.
    pub data: &'r [u8],
}

/// A transaction in the clear. Holds secrets of the wallet: no `Debug`.
#[derive(Clone)]
pub struct Plan {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// Hash of block 0.
    pub genesis_hash: B256,
    /// Last block that may contain the transaction.
    pub expiry: u64,
    /// Wei per gas.
    pub max_fee_per_gas: u128,
    /// Wei per gas; 0 without a call.
    pub max_priority_fee_per_gas: u128,
    /// Gas.
    pub gas_limit: u64,
    /// The pool whose notes it moves.
    pub pool: u8,
    /// Root of the tree that the spends' paths lead to.
    pub anchor: Field,
    /// In the order of the transaction.
    pub spends: Vec<PlannedSpend>,
    /// In the order of the transaction.
    pub outputs: Vec<PlannedOutput>,
    /// Packages made and opened, in the order of the transaction.
    pub packages: Vec<PlannedPackage>,
    /// Public flows.
    pub balance: Vec<BalanceEntry>,
    /// The call, if any.
    pub call: Option<PlannedCall>,
    /// Public notes, only without a call.
    pub outs: Vec<PublicOut>,
}

/// Wei per gas that wallets pay: the smallest power-of-two multiple of 1 gwei
/// that is at least twice the base fee.
pub fn fee_class(base_fee_per_gas: u128) -> Result<u128, PlanError> {
    let error = || PlanError::BaseFee(base_fee_per_gas);
    let target = base_fee_per_gas.checked_mul(2).ok_or_else(error)?;
    let gwei = target.div_ceil(GWEI).max(1).checked_next_power_of_two().ok_or_else(error)?;
    gwei.checked_mul(GWEI).ok_or_else(error)
}

/// What one more spend costs, base units of the coin: half of what a step from
/// 2/4 to 4/4 costs. A coin note that holds no more is dust.
pub fn spend_cost(max_fee_per_gas: u128) -> Result<u128, PlanError> {
    let entry = BalanceEntry { asset: AssetId::coin(), direction: Direction::Outward, amount: 1 };
    let gas = |shape| gas::pure_transfer(&crate::build::skeleton(shape, &[entry], &Wish::default(), &[]));
    let gas = u128::from(gas((4, 4)).saturating_sub(gas((2, 4)))) / 2;
    gas.checked_mul(max_fee_per_gas).ok_or(PlanError::Overflow)
}

impl Plan {
    /// A pure transfer. Pays exactly the intrinsic gas.
    pub fn transfer(terms: &Terms<'_>, payments: &[Payment]) -> Result<Self, PlanError> {
        Self::choose(terms, &Wish { payments, ..Wish::default() })
    }

    /// A transaction with a call.
    pub fn call(terms: &Terms<'_>, call: PlannedCall, gas_limit: GasLimit) -> Result<Self, PlanError> {
        Self::choose(terms, &Wish { call: Some(call), gas_limit: Some(gas_limit), ..Wish::default() })
    }

    /// Up to 16 notes of `asset` out of the terms' pool as one public note to
    /// `to`, which the chain makes in the pool that takes deposits. The fee is
    /// paid from coins of the same pool.
    pub fn cross(terms: &Terms<'_>, asset: AssetId, to: OneTimeAddress) -> Result<Self, PlanError> {
        let (purse, coin) = (Purse::new(terms), AssetId::coin());
        let out = |amount| PublicOut { to, asset, amount, memo: Memo::default() };
        let mut failure = PlanError::Overflow;
        for shape in SHAPES {
            let (balance, gas_limit) = flows(terms, shape, &Wish::default(), &[out(1)])?;
            let fee = check_fee(terms, gas_limit)?;
            let (payers, paid) = if asset == coin { (&[][..], 0) } else { purse.largest_first(coin, fee)? };
            let room = shape.0.saturating_sub(payers.len());
            let moved: Vec<_> = purse.of(asset).iter().copied().take(room).collect();
            let all = moved.len() == purse.of(asset).len() || shape.0 == SPENDS_MAX;
            let sum = moved.iter().try_fold(0u128, |sum, note| sum.checked_add(note.amount));
            let sum = sum.ok_or(PlanError::Overflow)?;
            let amount = if asset == coin { sum.saturating_sub(fee) } else { sum };
            if !all || amount == 0 {
                failure = PlanError::NothingToMove(asset);
                continue;
            }
            let balance = balance
                .into_iter()
                .map(|entry| match (entry.asset == coin, entry.asset == asset) {
                    (true, true) => BalanceEntry { amount: sum, ..entry },
                    (false, true) => BalanceEntry { amount, ..entry },
                    _ => entry,
                })
                .collect();
            let change = if paid > fee { vec![(coin, paid - fee)] } else { Vec::new() };
            let notes = moved.into_iter().chain(payers.iter().copied()).collect();
            let choice = Choice { shape, notes, change, balance, gas_limit };
            return choice.plan(terms, &Wish::default(), vec![out(amount)]);
        }
        Err(failure)
    }

    /// Up to 16 small notes of `asset` made into one, the fee paid from coins.
    /// Coins that cost more to spend than they hold stay where they are.
    pub fn merge(terms: &Terms<'_>, asset: AssetId) -> Result<Self, PlanError> {
        let purse = Purse::new(terms);
        let coin = AssetId::coin();
        let cost = spend_cost(terms.max_fee_per_gas)?;
        let worth = |note: &&OwnNote| asset != coin || note.amount > cost;
        let small: Vec<_> = purse.of(asset).iter().rev().copied().filter(worth).take(SPENDS_MAX).collect();
        let wanted = small.len() + usize::from(asset != coin);
        let fits = |shape: &&(usize, usize)| shape.0 >= wanted.min(SPENDS_MAX);
        let shape = *SHAPES.iter().find(fits).unwrap_or(&SHAPES[SHAPES.len() - 1]);
        let (balance, gas_limit) = flows(terms, shape, &Wish::default(), &[])?;
        let fee = check_fee(terms, gas_limit)?;
        let mut notes = small;
        let mut change = Vec::new();
        let sum = |notes: &[&OwnNote]| {
            let sum = notes.iter().try_fold(0u128, |sum, note| sum.checked_add(note.amount));
            sum.ok_or(PlanError::Overflow)
        };
        if asset == coin {
            let largest = purse.of(coin).iter().max_by_key(|note| note.amount);
            let largest =
                largest.filter(|largest| notes.iter().all(|note| note.position != largest.position));
            if sum(&notes)? <= fee
                && let (Some(last), Some(largest)) = (notes.last_mut(), largest)
            {
                *last = largest;
            }
        } else {
            let (payers, paid) = purse.largest_first(coin, fee)?;
            notes.truncate(shape.0.saturating_sub(payers.len()));
            change.push((asset, sum(&notes)?));
            if paid > fee {
                change.push((coin, paid - fee));
            }
        }
        if notes.len() < 2 {
            return Err(PlanError::NothingToMerge(asset));
        }
        if asset == coin {
            let available = sum(&notes)?;
            let rest = available.checked_sub(fee).filter(|rest| *rest > 0);
            let short = PlanError::Insufficient { asset, needed: fee, available, pending: 0 };
            change.push((coin, rest.ok_or(short)?));
        } else {
            notes.extend_from_slice(purse.largest_first(coin, fee)?.0);
        }
        Choice { shape, notes, change, balance, gas_limit }.plan(terms, &Wish::default(), vec![])
    }

    /// Only dummies, to simulate a call without showing notes to the node.
    pub fn simulation(terms: &Terms<'_>, wish: &Wish<'_>, gas_limit: u64) -> Result<Self, PlanError> {
        let wish = Wish { gas_limit: Some(GasLimit::Exactly(gas_limit)), ..wish.clone() };
        let (balance, gas_limit) = flows(terms, SHAPES[0], &wish, &[])?;
        let choice = Choice { shape: SHAPES[0], notes: Vec::new(), change: Vec::new(), balance, gas_limit };
        choice.plan(terms, &wish, vec![])
    }

    /// The smallest shape that does what is wished for.
    pub fn choose(terms: &Terms<'_>, wish: &Wish<'_>) -> Result<Self, PlanError> {
        check(wish.payments, wish.call.as_ref())?;
        let purse = Purse::new(terms);
        let mut failure = PlanError::Overflow;
        for shape in SHAPES {
            let (balance, gas_limit) = flows(terms, shape, wish, &[])?;
            check_fee(terms, gas_limit)?;
            match Choice::new(&purse, wish, shape, balance, gas_limit)? {
                Ok(mut choice) => {
                    if terms.free_merge {
                        choice.fill(&purse, wish.payments.len());
                    }
                    return choice.plan(terms, wish, vec![]);
                }
                Err(reason) => failure = reason,
            }
        }
        Err(failure)
    }
}

impl PlannedCall {
    /// The value as the transaction carries it.
    pub fn value(&self) -> U256 {
        U256::from(self.value)
    }
}
