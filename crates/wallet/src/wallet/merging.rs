//! Making small notes into one, on request or by itself.

use super::{Submitted, Wallet, WalletError};
use crate::build::ProofProgress;
use crate::client::Client;
use crate::merge::MergePolicy;
use crate::notes::AddressIndex;
use crate::plan::{Plan, PlanError, fee_class, spend_cost};
use crate::prover::Prover;
use sero_shielded::asset::AssetId;

/// What background merging did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MergeOutcome {
    /// No asset is in too many notes.
    NotNeeded,
    /// It is due, and waits for a block drawn at random.
    Waiting {
        /// The block.
        until: u64,
    },
    /// The day's fees are spent.
    OverBudget {
        /// What it would cost, base units of the coin.
        fee: u128,
        /// What merges cost in the last 24 hours.
        paid: u128,
        /// The limit.
        per_day: u128,
    },
    /// On its way.
    Sent(Submitted),
}

impl Wallet {
    /// Makes up to 16 small notes of `asset` into one, now.
    pub fn merge(
        &mut self,
        client: &Client<'_>,
        prover: &dyn Prover,
        asset: AssetId,
        progress: ProofProgress<'_>,
    ) -> Result<Submitted, WalletError> {
        let plan = self.plan_merge(client, asset)?;
        let built = self.finish(client, prover, plan, progress)?;
        self.submit(client, &built)
    }

    /// The plan of [`Self::merge`], after a sync.
    pub fn plan_merge(&mut self, client: &Client<'_>, asset: AssetId) -> Result<Plan, WalletError> {
        self.account.spending_key()?;
        self.sync(client, &mut |_| ())?;
        self.in_some_pool(client.head()?, AddressIndex::MERGE, |terms| Ok(Plan::merge(terms, asset)?))
    }

    /// One merge, if the policy wants one and allows it. `now`: seconds since
    /// 1970 by the owner's clock.
    pub fn merge_if_due(
        &mut self,
        client: &Client<'_>,
        prover: &dyn Prover,
        policy: &MergePolicy,
        now: u64,
        progress: ProofProgress<'_>,
    ) -> Result<MergeOutcome, WalletError> {
        self.account.spending_key()?;
        self.sync(client, &mut |_| ())?;
        let dust_max = spend_cost(fee_class(self.state.base_fee_per_gas)?)?;
        let Some(asset) = policy.due(&self.state.notes, dust_max) else {
            self.state.merges.forget();
            self.save()?;
            return Ok(MergeOutcome::NotNeeded);
        };
        let until = self.state.merges.wait(self.state.head, policy.delay_blocks)?;
        self.save()?;
        if self.state.head < until {
            return Ok(MergeOutcome::Waiting { until });
        }
        let plan = match self.plan_merge(client, asset) {
            // Many notes, but no two in one pool.
            Err(WalletError::Plan(PlanError::NothingToMerge(_))) => return Ok(MergeOutcome::NotNeeded),
            plan => plan?,
        };
        let fee = u128::from(plan.gas_limit).saturating_mul(plan.max_fee_per_gas);
        let paid = self.state.merges.paid_since_yesterday(now);
        if paid.saturating_add(fee) > policy.fee_per_day {
            return Ok(MergeOutcome::OverBudget { fee, paid, per_day: policy.fee_per_day });
        }
        let built = self.finish(client, prover, plan, progress)?;
        // Before it is sent: a crash must not make the budget longer.
        self.state.merges.paid(now, fee);
        Ok(MergeOutcome::Sent(self.submit(client, &built)?))
    }

    /// The asset in most spendable notes, for a merge without a wish.
    pub fn most_scattered(&self) -> AssetId {
        let most = self.balance().into_iter().max_by_key(|balance| balance.notes);
        most.map_or(AssetId::coin(), |balance| balance.asset)
    }
}
