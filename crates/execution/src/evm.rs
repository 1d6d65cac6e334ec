//! revm with our precompiles: an EVM that also knows which frame calls a precompile.

use crate::state::BlockDb;
use alloy_consensus::Header;
use alloy_primitives::U256;
use revm::context::{BlockEnv, CfgEnv, Context, ContextTr, Evm, FrameStack, Journal, TxEnv};
use revm::context_interface::block::BlobExcessGasAndPrice;
use revm::handler::evm::{ContextDbError, FrameInitResult};
use revm::handler::instructions::EthInstructions;
use revm::handler::{EthFrame, EvmTr, FrameInitOrResult, FrameResult, FrameTr};
use revm::interpreter::interpreter::EthInterpreter;
use revm::primitives::hardfork::SpecId;
use sero_precompiles::{CallFrame, ChainContext, Rules, SeroPrecompiles};
use std::sync::Arc;

/// Ethereum rules of this chain.
pub const SPEC: SpecId = SpecId::PRAGUE;

/// revm's context with our database and [`ChainContext`].
pub type EvmContext<'a> = Context<BlockEnv, TxEnv, CfgEnv, BlockDb<'a>, Journal<BlockDb<'a>>, ChainContext>;

type Inner<'a> = Evm<
    EvmContext<'a>,
    (),
    EthInstructions<EthInterpreter, EvmContext<'a>>,
    SeroPrecompiles,
    EthFrame<EthInterpreter>,
>;

/// The EVM.
pub struct SeroEvm<'a>(Inner<'a>);

impl<'a> SeroEvm<'a> {
    /// An EVM for the block with this header (of which number, beneficiary,
    /// timestamp, gas limit, base fee and mix hash matter).
    pub fn new(db: BlockDb<'a>, header: &Header, rules: Arc<Rules>) -> Self {
        let block = BlockEnv {
            number: U256::from(header.number),
            beneficiary: header.beneficiary,
            timestamp: U256::from(header.timestamp),
            gas_limit: header.gas_limit,
            basefee: header.base_fee_per_gas.unwrap_or_default(),
            difficulty: U256::ZERO,
            prevrandao: Some(header.mix_hash),
            blob_excess_gas_and_price: Some(BlobExcessGasAndPrice::new(0, 5_007_716)),
            ..Default::default()
        };
        let mut context: EvmContext<'a> = Context::new(db, SPEC);
        context.block = block;
        context.cfg.chain_id = rules.chain_id;
        context.chain = ChainContext { rules, calling_frame: None };
        Self(Evm {
            ctx: context,
            inspector: (),
            instruction: EthInstructions::new_mainnet_with_spec(SPEC),
            precompiles: SeroPrecompiles::new(SPEC),
            frame_stack: FrameStack::new_prealloc(8),
        })
    }
}

impl<'a> EvmTr for SeroEvm<'a> {
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
        self.0.frame_init(frame_input)
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
