//! revm with our precompiles: an EVM that also knows which frame calls a precompile.

use crate::ChainParameters;
use crate::handler::SeroHandler;
use crate::state::{BlockDb, StateFault};
use alloy_consensus::Header;
use alloy_primitives::{Address, Bytes, TxKind, U256};
use revm::context::result::{EVMError, ExecutionResult};
use revm::context::{BlockEnv, CfgEnv, Context, ContextSetters, ContextTr, Evm, FrameStack, Journal, TxEnv};
use revm::context_interface::JournalTr;
use revm::context_interface::block::BlobExcessGasAndPrice;
use revm::database_interface::Database;
use revm::handler::evm::{ContextDbError, FrameInitResult};
use revm::handler::instructions::EthInstructions;
use revm::handler::{
    EthFrame, EvmTr, FrameInitOrResult, FrameResult, FrameTr, Handler, ItemOrResult, SYSTEM_ADDRESS,
};
use revm::inspector::{Inspector, InspectorEvmTr, NoOpInspector};
use revm::interpreter::FrameInput;
use revm::interpreter::interpreter::EthInterpreter;
use revm::primitives::hardfork::SpecId;
use sero_precompiles::{CallFrame, ChainContext, Rules, SeroPrecompiles};
use sero_primitives::ethereum::Fork;
use sero_primitives::{Account, EMPTY_CODE_HASH};
use std::sync::Arc;

/// Gas of a call that a block makes by itself (EIP-4788, EIP-2935, EIP-7002, EIP-7251).
const SYSTEM_CALL_GAS: u64 = 30_000_000;

/// What revm calls a fork. Constantinople as it was until Petersburg took EIP-1283 back is not among its rules.
pub(crate) fn spec(fork: Fork) -> SpecId {
    match fork {
        Fork::Frontier => SpecId::FRONTIER,
        Fork::Homestead => SpecId::HOMESTEAD,
        Fork::TangerineWhistle => SpecId::TANGERINE,
        Fork::SpuriousDragon => SpecId::SPURIOUS_DRAGON,
        Fork::Byzantium => SpecId::BYZANTIUM,
        Fork::Constantinople | Fork::Petersburg => SpecId::PETERSBURG,
        Fork::Istanbul | Fork::MuirGlacier => SpecId::ISTANBUL,
        Fork::Berlin => SpecId::BERLIN,
        Fork::London | Fork::ArrowGlacier | Fork::GrayGlacier => SpecId::LONDON,
        Fork::Paris => SpecId::MERGE,
        Fork::Shanghai => SpecId::SHANGHAI,
        Fork::Cancun => SpecId::CANCUN,
        Fork::Prague => SpecId::PRAGUE,
        Fork::Osaka => SpecId::OSAKA,
    }
}

/// revm's context with our database and [`ChainContext`].
pub type EvmContext<'a> = Context<BlockEnv, TxEnv, CfgEnv, BlockDb<'a>, Journal<BlockDb<'a>>, ChainContext>;

type Inner<'a, I> = Evm<
    EvmContext<'a>,
    I,
    EthInstructions<EthInterpreter, EvmContext<'a>>,
    SeroPrecompiles,
    EthFrame<EthInterpreter>,
>;

/// The EVM, with an inspector that sees every step where somebody wants to see them.
pub struct SeroEvm<'a, I = NoOpInspector>(Inner<'a, I>);

impl<'a> SeroEvm<'a> {
    /// An EVM for the block with this header (of which number, beneficiary, timestamp, difficulty, gas limit, base
    /// fee, mix hash and excess blob gas matter), and [`ChainParameters::rules`] for it.
    pub fn new(
        db: BlockDb<'a>,
        header: &Header,
        parameters: &ChainParameters,
        rules: Option<Arc<Rules>>,
    ) -> Self {
        let spec = spec(parameters.forks.at(header.number, header.timestamp));
        let blobs = parameters.forks.blobs(header.timestamp);
        let blob_price = |excess: u64| {
            let blob_gasprice = blobs.map_or(1, |blobs| blobs.calc_blob_fee(excess));
            BlobExcessGasAndPrice { excess_blob_gas: excess, blob_gasprice }
        };
        let block = BlockEnv {
            number: U256::from(header.number),
            beneficiary: header.beneficiary,
            timestamp: U256::from(header.timestamp),
            gas_limit: header.gas_limit,
            basefee: header.base_fee_per_gas.unwrap_or_default(),
            difficulty: header.difficulty,
            prevrandao: Some(header.mix_hash),
            // A simulation may put a header from before Cancun under its rules.
            blob_excess_gas_and_price: header.excess_blob_gas.or(blobs.map(|_| 0)).map(blob_price),
            ..Default::default()
        };
        let precompiles = match rules {
            Some(_) => SeroPrecompiles::new(spec),
            None => SeroPrecompiles::ethereum(spec),
        };
        let chain = ChainContext { rules: rules.unwrap_or_default(), calling_frame: None };
        let context: Context<BlockEnv, TxEnv, CfgEnv, BlockDb<'a>, Journal<BlockDb<'a>>, ()> =
            Context::new(db, spec);
        let mut context = context.with_chain(chain);
        context.block = block;
        context.cfg.chain_id = parameters.chain_id;
        context.cfg.max_blobs_per_tx = blobs.map(|blobs| blobs.max_blobs_per_tx.min(blobs.max_blob_count));
        Self(Evm {
            ctx: context,
            inspector: NoOpInspector,
            instruction: EthInstructions::new_mainnet_with_spec(spec),
            precompiles,
            // A frame has 32 KiB of stack: made when a call gets so deep.
            frame_stack: FrameStack::new(),
        })
    }

    /// With an inspector, which only [`InspectorHandler`](revm::inspector::InspectorHandler) asks.
    pub fn inspected_by<I>(self, inspector: I) -> SeroEvm<'a, I> {
        SeroEvm(self.0.with_inspector(inspector))
    }
}

impl<'a, I> SeroEvm<'a, I> {
    /// Ethereum's precompiles act elsewhere, or not at all, in a simulation.
    pub(crate) fn precompiles_mut(&mut self) -> &mut SeroPrecompiles {
        &mut self.0.precompiles
    }

    /// Another price of blob gas than the header's, for a simulation.
    pub(crate) fn set_blob_base_fee(&mut self, wei: u128) {
        let excess_blob_gas =
            self.0.ctx.block.blob_excess_gas_and_price.map_or(0, |blobs| blobs.excess_blob_gas);
        self.0.ctx.block.blob_excess_gas_and_price =
            Some(BlobExcessGasAndPrice { excess_blob_gas, blob_gasprice: wei });
    }

    /// The address that a frame would create an account at, if there is storage at it and nothing else (EIP-7610). No
    /// transaction can bring that about since EIP-161, but a state can begin so.
    fn storage_in_the_way(
        &mut self,
        frame: &FrameInput,
    ) -> Result<Option<Address>, ContextDbError<EvmContext<'a>>> {
        let FrameInput::Create(inputs) = frame else { return Ok(None) };
        let journal = self.0.ctx.journal_mut();
        let nonce = journal.load_account(inputs.caller())?.data.info.nonce;
        let address = inputs.created_address(nonce);
        let reader = journal.db().db.0;
        let bare = |account: Account| account.nonce == 0 && account.code_hash == EMPTY_CODE_HASH;
        let bare = reader.account(address).map_err(StateFault)?.is_some_and(bare);
        let in_the_way = bare && reader.has_storage(address).map_err(StateFault)?;
        if in_the_way {
            // So that it is in the cache.
            journal.db_mut().basic(address)?;
        }
        Ok(in_the_way.then_some(address))
    }

    /// In the journal and in the block's state, wherever the account is.
    fn set_nonce(&mut self, address: Address, nonce: u64) {
        let (db, state) = self.0.ctx.journal_mut().db_and_state_mut();
        if let Some(cached) = db.cache.accounts.get_mut(&address) {
            cached.info.nonce = nonce;
        }
        if let Some(account) = state.get_mut(&address) {
            account.info.nonce = nonce;
        }
    }

    /// A call that the block makes by itself: no sender pays, and nothing is left in the journal but the changes.
    pub fn system_call(&mut self, to: Address, data: Bytes) -> Result<ExecutionResult, EVMError<StateFault>> {
        self.0.ctx.set_tx(TxEnv {
            caller: SYSTEM_ADDRESS,
            kind: TxKind::Call(to),
            data,
            gas_limit: SYSTEM_CALL_GAS,
            ..Default::default()
        });
        SeroHandler::new(None).run_system_call(self)
    }
}

impl<'a, I> EvmTr for SeroEvm<'a, I> {
    type Context = EvmContext<'a>;
    type Instructions = EthInstructions<EthInterpreter, EvmContext<'a>>;
    type Precompiles = SeroPrecompiles;
    type Frame = EthFrame<EthInterpreter>;

    fn all(&self) -> (&Self::Context, &Self::Instructions, &Self::Precompiles, &FrameStack<Self::Frame>) {
        self.0.all()
    }

    fn all_mut(
        &mut self,
    ) -> (&mut Self::Context, &mut Self::Instructions, &mut Self::Precompiles, &mut FrameStack<Self::Frame>)
    {
        self.0.all_mut()
    }

    /// Notes the calling frame, then goes on as revm does.
    fn frame_init(
        &mut self,
        frame_input: <Self::Frame as FrameTr>::FrameInit,
    ) -> Result<FrameInitResult<'_, Self::Frame>, ContextDbError<Self::Context>> {
        let has_caller = self.0.frame_stack.index().is_some();
        let calling_frame = has_caller.then(|| {
            let input = &self.0.frame_stack.get().interpreter.input;
            CallFrame { target: input.target_address, sender: input.caller_address }
        });
        self.0.ctx.chain_mut().calling_frame = calling_frame;
        let Some(address) = self.storage_in_the_way(&frame_input.frame_input)? else {
            return self.0.frame_init(frame_input);
        };
        // revm refuses to create where there is a nonce. It gets to see one.
        self.set_nonce(address, 1);
        let result = match self.0.frame_init(frame_input)? {
            ItemOrResult::Result(result) => result,
            ItemOrResult::Item(_) => unreachable!("there is a nonce in the way"),
        };
        self.set_nonce(address, 0);
        Ok(ItemOrResult::Result(result))
    }

    fn frame_run(&mut self) -> Result<FrameInitOrResult<Self::Frame>, ContextDbError<Self::Context>> {
        self.0.frame_run()
    }

    fn frame_return_result(
        &mut self,
        result: FrameResult,
    ) -> Result<Option<FrameResult>, ContextDbError<Self::Context>> {
        self.0.frame_return_result(result)
    }
}

impl<'a, I: Inspector<EvmContext<'a>>> InspectorEvmTr for SeroEvm<'a, I> {
    type Inspector = I;

    fn all_inspector(
        &self,
    ) -> (&Self::Context, &Self::Instructions, &Self::Precompiles, &FrameStack<Self::Frame>, &I) {
        self.0.all_inspector()
    }

    fn all_mut_inspector(
        &mut self,
    ) -> (
        &mut Self::Context,
        &mut Self::Instructions,
        &mut Self::Precompiles,
        &mut FrameStack<Self::Frame>,
        &mut I,
    ) {
        self.0.all_mut_inspector()
    }
}
