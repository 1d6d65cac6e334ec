//! Call trees as the model plays them, and as the puppet plays them.

use super::facades::{Act, ERC20, ERC721, Stage};
use super::ledger::{Caller, Done, Expect, Fail, Ledger, ModelLog, Truths};
use alloy_primitives::{Address, U256};
use alloy_sol_types::SolError;
use sero_primitives::precompile::abi::IPool;
use sero_primitives::{ASSETS, PACKAGES, POOL};
use sero_testkit::puppet::{self, Scheme};
use std::collections::BTreeMap;

/// Gas that is enough for any call of a precompile.
pub const ENOUGH: u32 = 3_000_000;

/// A step of a script.
#[derive(Clone, Debug)]
pub enum Step {
    Call { scheme: Scheme, must: bool, to: Address, value: u128, gas: u32, body: Body },
    Revert,
    Burn,
    Create { must: bool, value: u128, script: Vec<Step> },
    SelfDestruct(Address),
}

/// What a call carries.
#[derive(Clone, Debug)]
pub enum Body {
    Bytes(Vec<u8>),
    Script(Vec<Step>),
}

impl Body {
    pub fn bytes(&self) -> Vec<u8> {
        self.bytes_with(1)
    }

    /// The same with so many times the gas for every call.
    pub fn bytes_with(&self, gas_factor: u32) -> Vec<u8> {
        match self {
            Self::Bytes(bytes) => bytes.clone(),
            Self::Script(steps) => encode(steps, gas_factor),
        }
    }
}

/// The bytes of a script, with so many times the gas for every call.
pub fn encode(steps: &[Step], gas_factor: u32) -> Vec<u8> {
    let mut out = Vec::new();
    for step in steps {
        match step {
            Step::Call { scheme, must, to, value, gas, body } => {
                let (gas, body) = (*gas * gas_factor, body.bytes_with(gas_factor));
                puppet::call(&mut out, *scheme, *must, *to, *value, gas, &body);
            }
            Step::Revert => puppet::revert(&mut out),
            Step::Burn => puppet::burn_gas(&mut out),
            Step::Create { must, value, script } => {
                puppet::create(&mut out, *must, *value, &encode(script, gas_factor));
            }
            Step::SelfDestruct(to) => puppet::self_destruct(&mut out, *to),
        }
    }
    out
}

/// A frame of a puppet.
#[derive(Clone, Copy, Debug)]
struct Frame {
    address: Address,
    caller: Address,
    value: u128,
    is_static: bool,
}

/// How a frame ends.
enum End {
    Return(Vec<(bool, Expect)>),
    Revert(Vec<(bool, Expect)>),
    /// All gas is gone.
    Halt,
    /// SELFDESTRUCT.
    Stop,
}

/// What a call gives.
pub struct Outcome {
    pub success: bool,
    pub data: Expect,
}

/// Calls by selector and outcome.
pub type Counts = BTreeMap<(Address, [u8; 4]), BTreeMap<String, u64>>;

/// One transaction's player.
pub struct Player<'a> {
    pub truths: &'a Truths,
    pub puppets: &'a [Address],
    pub from: Address,
    /// The transaction's callee, or the contract that it creates.
    pub callee: Address,
    pub counts: &'a mut Counts,
    pub calls: u64,
}

impl Player<'_> {
    /// The transaction's own call.
    pub fn root(&mut self, l: &mut Ledger, value: u128, body: &Body) -> Outcome {
        let frame = Frame { address: self.from, caller: self.from, value, is_static: false };
        self.enter(l, frame, Scheme::Call, self.callee, value, ENOUGH, body)
    }

    /// The transaction's own contract creation; the sender's nonce is not the ledger's matter.
    pub fn root_create(&mut self, l: &mut Ledger, value: u128, script: &[Step]) -> Outcome {
        self.construct(l, self.from, self.callee, value, script)
    }

    fn script(&mut self, l: &mut Ledger, frame: Frame, steps: &[Step]) -> End {
        let mut results = Vec::new();
        for step in steps {
            let (must, outcome) = match step {
                Step::Revert => return End::Revert(results),
                Step::Burn => return End::Halt,
                Step::SelfDestruct(_) | Step::Create { .. } if frame.is_static => return End::Halt,
                Step::SelfDestruct(to) => {
                    self_destruct(l, frame.address, *to);
                    return End::Stop;
                }
                Step::Call { scheme, value, .. }
                    if *scheme == Scheme::Call && *value > 0 && frame.is_static =>
                {
                    return End::Halt;
                }
                Step::Call { scheme, must, to, value, gas, body } => {
                    (*must, self.enter(l, frame, *scheme, *to, *value, *gas, body))
                }
                Step::Create { must, value, script } => {
                    if l.coins_of(frame.address) < *value {
                        (*must, Outcome { success: false, data: Expect::empty() })
                    } else {
                        let nonce = l.nonces.entry(frame.address).or_insert(0);
                        let child = frame.address.create(*nonce);
                        *nonce += 1;
                        (*must, self.construct(l, frame.address, child, *value, script))
                    }
                }
            };
            results.push((outcome.success, outcome.data));
            if must && !outcome.success {
                return End::Revert(results);
            }
        }
        End::Return(results)
    }

    fn construct(
        &mut self,
        l: &mut Ledger,
        creator: Address,
        child: Address,
        value: u128,
        script: &[Step],
    ) -> Outcome {
        let before = l.clone();
        assert!(l.pay(creator, child, value), "checked");
        l.created.insert(child);
        l.nonces.insert(child, 1);
        let frame = Frame { address: child, caller: creator, value, is_static: false };
        match self.script(l, frame, script) {
            End::Return(results) => {
                l.logs.push(ModelLog { address: child, topics: vec![], data: Expect::Results(results) });
                Outcome { success: true, data: Expect::empty() }
            }
            End::Stop => Outcome { success: true, data: Expect::empty() },
            End::Revert(results) => {
                *l = before;
                Outcome { success: false, data: Expect::Results(results) }
            }
            End::Halt => {
                *l = before;
                Outcome { success: false, data: Expect::empty() }
            }
        }
    }

    #[allow(clippy::too_many_arguments, reason = "the operands of a CALL")]
    fn enter(
        &mut self,
        l: &mut Ledger,
        frame: Frame,
        scheme: Scheme,
        to: Address,
        value: u128,
        gas: u32,
        body: &Body,
    ) -> Outcome {
        let carries = matches!(scheme, Scheme::Call | Scheme::CallCode);
        if carries && l.coins_of(frame.address) < value {
            return Outcome { success: false, data: Expect::empty() };
        }
        let before = l.clone();
        if scheme == Scheme::Call {
            assert!(l.pay(frame.address, to, value), "checked");
        }
        let ours = [ASSETS, POOL, PACKAGES].contains(&to);
        let caller = frame.address;
        let inner = match scheme {
            Scheme::Call => Frame { address: to, caller, value, ..frame },
            Scheme::StaticCall => Frame { address: to, caller, value: 0, is_static: true },
            Scheme::CallCode => Frame { caller, value, ..frame },
            Scheme::DelegateCall => frame,
        };
        let (success, data) = if ours {
            answer(self.precompile(l, frame, scheme, to, value, gas, &body.bytes()))
        } else if let Some((kind, _)) = l.facades.get(&to) {
            let kind = *kind;
            answer(self.facade(l, inner, kind, &body.bytes()))
        } else if let (true, Body::Script(steps)) = (self.puppets.contains(&to), body) {
            match self.script(l, inner, steps) {
                End::Return(results) => (true, Expect::Results(results)),
                End::Stop => (true, Expect::empty()),
                End::Revert(results) => (false, Expect::Results(results)),
                End::Halt => (false, Expect::empty()),
            }
        } else {
            (true, Expect::empty())
        };
        if !success {
            *l = before;
        }
        Outcome { success, data }
    }

    /// The code of a facade in this frame.
    fn facade(&mut self, l: &mut Ledger, frame: Frame, kind: u8, input: &[u8]) -> Done<Vec<u8>> {
        let id = l.facades.get(&frame.address).map_or(U256::ZERO, |(_, id)| *id);
        let stage = Stage { kind, id, sender: frame.caller, value: frame.value };
        let done = match l.facade(stage, input, self.puppets) {
            Act::Answer(done) => done,
            Act::Call(input, answer) => {
                let inner = self.precompile(l, frame, Scheme::Call, ASSETS, 0, ENOUGH, &input);
                inner.and(answer)
            }
        };
        self.count(if kind == 2 { ERC20 } else { ERC721 }, input, &done);
        done
    }

    fn count(&mut self, to: Address, input: &[u8], done: &Done<Vec<u8>>) {
        let outcome = match done {
            Ok(_) => "success".into(),
            Err(Fail::Gas) => "out of gas".into(),
            Err(Fail::Exact(data)) if data.is_empty() => "refused".into(),
            Err(Fail::Exact(data)) => super::error_name(to, data[..4].try_into().expect("a selector")),
            Err(Fail::Named(selector)) => super::error_name(to, *selector),
        };
        self.calls += 1;
        let selector = input.first_chunk().copied().filter(|selector| super::is_known(to, *selector));
        let selector = selector.unwrap_or_default();
        *self.counts.entry((to, selector)).or_default().entry(outcome).or_default() += 1;
    }

    #[allow(clippy::too_many_arguments, reason = "the operands of a CALL")]
    fn precompile(
        &mut self,
        l: &mut Ledger,
        frame: Frame,
        scheme: Scheme,
        to: Address,
        value: u128,
        gas: u32,
        input: &[u8],
    ) -> Done<Vec<u8>> {
        let carries = matches!(scheme, Scheme::Call | Scheme::CallCode);
        let caller = Caller {
            address: frame.address,
            value: if carries { value } else { 0 },
            mutable: scheme == Scheme::Call && !frame.is_static,
            receives_attached: frame.address == self.callee && frame.caller == self.from,
        };
        let done = if gas < ENOUGH { Err(Fail::Gas) } else { l.call(to, caller, input, self.truths) };
        self.count(to, input, &done);
        done
    }
}

fn answer(done: Done<Vec<u8>>) -> (bool, Expect) {
    match done {
        Ok(data) => (true, Expect::Exact(data)),
        Err(Fail::Gas) => (false, Expect::empty()),
        Err(Fail::Exact(data)) => (false, Expect::Exact(data)),
        Err(Fail::Named(selector)) => (false, Expect::Named(selector)),
    }
}

/// EIP-6780: all coins move; the account goes only if this transaction made it.
fn self_destruct(l: &mut Ledger, address: Address, to: Address) {
    let all = l.coins_of(address);
    if l.created.contains(&address) {
        l.destroyed.insert(address);
        if address == to {
            l.coins.insert(address, 0);
            return;
        }
    }
    assert!(l.pay(address, to, all), "all there is");
}

/// Compares bytes with what is expected.
pub fn matches(expected: &Expect, found: &[u8]) -> Result<(), String> {
    match expected {
        Expect::Exact(bytes) if bytes == found => Ok(()),
        Expect::Exact(bytes) => Err(format!(
            "expected {}, found {}",
            alloy_primitives::hex::encode(bytes),
            alloy_primitives::hex::encode(found)
        )),
        Expect::Named(selector) if found.starts_with(selector) => Ok(()),
        Expect::Named(selector) => Err(format!(
            "expected error {}, found {}",
            alloy_primitives::hex::encode(selector),
            alloy_primitives::hex::encode(found)
        )),
        Expect::Results(list) => {
            let found = puppet::results(found).ok_or("no results")?;
            if found.len() != list.len() {
                return Err(format!("expected {} results, found {}", list.len(), found.len()));
            }
            for (i, ((success, data), result)) in list.iter().zip(&found).enumerate() {
                if *success != result.success {
                    return Err(format!("step {i}: expected success {success} {data:?}, found {result:?}"));
                }
                matches(data, &result.data).map_err(|error| format!("step {i}: {error}"))?;
            }
            Ok(())
        }
    }
}

/// Compares what another implementation gives, where the chain's is known to be what is expected. Only the words of a reason
/// may differ, of calldata and of bundles.
pub fn agree(expected: &Expect, chain: &[u8], found: &[u8]) -> Result<(), String> {
    if chain == found {
        return Ok(());
    }
    let reasons = [IPool::InvalidCalldata::SELECTOR, IPool::InvalidBundle::SELECTOR];
    match expected {
        Expect::Named(selector) if reasons.contains(selector) => matches(expected, found),
        Expect::Exact(_) | Expect::Named(_) => Err(format!(
            "the chain says {}, the model {}",
            alloy_primitives::hex::encode(chain),
            alloy_primitives::hex::encode(found)
        )),
        Expect::Results(list) => {
            matches(expected, found)?;
            let parts = puppet::results(chain).zip(puppet::results(found)).ok_or("no results")?;
            for (i, ((_, expected), (chain, found))) in
                list.iter().zip(parts.0.iter().zip(&parts.1)).enumerate()
            {
                agree(expected, &chain.data, &found.data).map_err(|error| format!("step {i}: {error}"))?;
            }
            Ok(())
        }
    }
}
