//! Whether nullifiers are spent, and in which block. Wallets do not ask this:
//! it would tell the node which notes are theirs.

use crate::arguments::Arguments;
use crate::context::{BlockAt, RpcContext};
use crate::discover::Parameter;
use crate::error::RpcError;
use crate::methods::Methods;
use crate::schema::answers;
use alloy_primitives::{B256, U64};
use sero_primitives::precompile::abi::IPool;
use sero_primitives::{POOL, StateReader};

/// Nullifiers of one request.
const NULLIFIERS_MAX: usize = 1_000;

/// Registers the method.
pub(crate) fn register(methods: &mut Methods) {
    methods.heavy("sero_nullifierStatus", &["nullifiers", "pool"], status).documented(
        "Whether nullifiers are spent. For auditors: whoever asks about a note of their own says that it is theirs.",
        &[Parameter::required::<Vec<B256>>("At most 1,000 nullifiers."), super::pool_parameter()],
    );
}

answers! {
    /// Whether a nullifier is spent.
    struct NullifierStatus {
        /// The nullifier.
        nullifier: B256,
        /// Block that spent it; null if it is not spent.
        spent_in_block: Option<U64>,
    }
}

fn status(context: &RpcContext, arguments: &Arguments) -> Result<Vec<NullifierStatus>, RpcError> {
    let nullifiers: Vec<B256> = arguments.required(0)?;
    if nullifiers.len() > NULLIFIERS_MAX {
        return Err(arguments.invalid(0, &format!("at most {NULLIFIERS_MAX} nullifiers")));
    }
    let pool = super::pool_argument(arguments, 1)?;
    let (state, head) = context.state_at(None)?;
    let one = |nullifier| {
        let block = spent_in(context, &state, &head, IPool::isSpentCall { pool, nullifier })?;
        Ok(NullifierStatus { nullifier, spent_in_block: block.map(U64::from) })
    };
    nullifiers.into_iter().map(one).collect()
}

/// The first block after which the nullifier is spent: a nullifier is never
/// taken back, so halving the chain finds it.
fn spent_in(
    context: &RpcContext,
    state: &dyn StateReader,
    head: &BlockAt,
    call: IPool::isSpentCall,
) -> Result<Option<u64>, RpcError> {
    let spent = |state: &dyn StateReader| {
        // What cannot be a nullifier is not spent.
        Ok::<_, RpcError>(context.try_view(state, &head.header, POOL, &call)?.unwrap_or(false))
    };
    if !spent(state)? {
        return Ok(None);
    }
    let (mut unspent, mut known) = (0, head.number);
    while unspent < known {
        let middle = unspent + (known - unspent) / 2;
        let past = context.chain.snapshot_at(middle)?;
        if spent(&past)? { known = middle } else { unspent = middle + 1 }
    }
    Ok(Some(known))
}
