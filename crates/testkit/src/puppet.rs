//! The puppet: a contract that plays the script it is called with, so that any
//! tree of calls runs on the real EVM without a compiler.
//!
//! A script is a row of steps. Every step is
//! `kind 1 | must 1 | target 20 | value 16 | gas 4 | length 3 | data`:
//!
//! | kind | step |
//! |---|---|
//! | 1..4 | CALL, CALLCODE, DELEGATECALL, STATICCALL |
//! | 5 | REVERT with the results |
//! | 6 | INVALID: all gas is gone |
//! | 7 | CREATE with `data` as init code |
//! | 8 | SELFDESTRUCT to `target` |
//!
//! `gas` of `u32::MAX` means all that may be passed on.
//!
//! Steps of kind 1 to 4 and 7 append their result,
//! `success 1 | length 32 | return data`; if `must` is 1, a failure reverts with
//! the results. At its end a puppet returns the results; as a constructor it
//! logs them and leaves an empty contract.

use alloy_primitives::{Address, Bytes};

/// Ways of calling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Scheme {
    /// CALL.
    Call = 1,
    /// CALLCODE.
    CallCode = 2,
    /// DELEGATECALL.
    DelegateCall = 3,
    /// STATICCALL.
    StaticCall = 4,
}

/// Writes a call step.
pub fn call(
    script: &mut Vec<u8>,
    scheme: Scheme,
    must: bool,
    target: Address,
    value: u128,
    gas: u32,
    data: &[u8],
) {
    step(script, scheme as u8, must, target, value, gas, data);
}

/// Writes REVERT.
pub fn revert(script: &mut Vec<u8>) {
    step(script, 5, false, Address::ZERO, 0, 0, &[]);
}

/// Writes INVALID.
pub fn burn_gas(script: &mut Vec<u8>) {
    step(script, 6, false, Address::ZERO, 0, 0, &[]);
}

/// Writes CREATE of a puppet that plays `child` in its constructor.
pub fn create(script: &mut Vec<u8>, must: bool, value: u128, child: &[u8]) {
    step(script, 7, must, Address::ZERO, value, 0, &init_code(child));
}

/// Writes SELFDESTRUCT.
pub fn self_destruct(script: &mut Vec<u8>, to: Address) {
    step(script, 8, false, to, 0, 0, &[]);
}

fn step(script: &mut Vec<u8>, kind: u8, must: bool, target: Address, value: u128, gas: u32, data: &[u8]) {
    let length = u32::try_from(data.len()).expect("scripts are short");
    script.extend([kind, u8::from(must)]);
    script.extend(target);
    script.extend(value.to_be_bytes());
    script.extend(gas.to_be_bytes());
    script.extend(&length.to_be_bytes()[1..]);
    script.extend(data);
}

/// Code of a puppet.
pub fn code() -> Bytes {
    assemble(false).into()
}

/// Init code that plays `script` as a constructor.
pub fn init_code(script: &[u8]) -> Vec<u8> {
    let mut code = assemble(true);
    code.extend(script);
    code
}

/// One result of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepResult {
    /// Whether the call succeeded.
    pub success: bool,
    /// What it returned.
    pub data: Vec<u8>,
}

/// Reads a puppet's results; `None` if they are not results.
pub fn results(mut bytes: &[u8]) -> Option<Vec<StepResult>> {
    let mut all = Vec::new();
    while let Some((success, rest)) = bytes.split_first() {
        let (length, rest) = rest.split_first_chunk::<32>()?;
        let length = usize::try_from(u64::from_be_bytes(*length.last_chunk()?)).ok()?;
        let (data, rest) = rest.split_at_checked(length)?;
        all.push(StepResult { success: *success == 1, data: data.to_vec() });
        bytes = rest;
    }
    Some(all)
}

const BYTE: u8 = 0x1a;
const SHR: u8 = 0x1c;
const MLOAD: u8 = 0x51;
const MSTORE: u8 = 0x52;
const PUSH0: u8 = 0x5f;
const PUSH1: u8 = 0x60;
const JUMPDEST: u8 = 0x5b;
const JUMPI: u8 = 0x57;
const JUMP: u8 = 0x56;

/// Header of a step.
const HEADER: u8 = 45;
/// Memory: 0 program counter, 32 end of results, 64 end of script, then the script.
const SCRIPT: u8 = 96;

struct Assembler {
    code: Vec<u8>,
    jumps: Vec<(usize, &'static str)>,
    labels: Vec<(&'static str, usize)>,
}

impl Assembler {
    fn op(&mut self, ops: &[u8]) {
        self.code.extend(ops);
    }

    fn label(&mut self, name: &'static str) {
        self.labels.push((name, self.code.len()));
        self.code.push(JUMPDEST);
    }

    fn push_label(&mut self, name: &'static str) {
        self.code.push(0x61);
        self.jumps.push((self.code.len(), name));
        self.code.extend([0, 0]);
    }

    /// Pushes a field of the step at the program counter.
    fn field(&mut self, offset: u8, shift: u8) {
        self.op(&[PUSH0, MLOAD, PUSH1, offset, 0x01, MLOAD, PUSH1, shift, SHR]);
    }

    /// Pushes length and place of the step's data.
    fn data(&mut self) {
        self.field(42, 232);
        self.op(&[PUSH0, MLOAD, PUSH1, HEADER, 0x01]);
    }

    fn finish(mut self) -> Vec<u8> {
        let end = self.code.len();
        self.labels.push(("end", end));
        for (at, name) in self.jumps {
            let (_, target) = self.labels.iter().find(|(label, _)| *label == name).expect("a known label");
            let target = u16::try_from(*target).expect("short code");
            self.code[at..at + 2].copy_from_slice(&target.to_be_bytes());
        }
        self.code
    }
}

fn assemble(constructor: bool) -> Vec<u8> {
    let mut a = Assembler { code: vec![], jumps: vec![], labels: vec![] };
    if constructor {
        a.push_label("end");
        a.op(&[0x38, 0x03, 0x80]); // codesize - end, twice
        a.push_label("end");
        a.op(&[PUSH1, SCRIPT, 0x39]); // codecopy
    } else {
        a.op(&[0x36, 0x80, PUSH0, PUSH1, SCRIPT, 0x37]); // calldatacopy
    }
    a.op(&[PUSH1, SCRIPT, 0x01, 0x80, PUSH1, 32, MSTORE, PUSH1, 64, MSTORE]);
    a.op(&[PUSH1, SCRIPT, PUSH0, MSTORE]);
    a.label("loop");
    a.op(&[PUSH0, MLOAD, 0x80, PUSH1, 64, MLOAD, 0x14]);
    a.push_label("done");
    a.op(&[JUMPI, MLOAD, PUSH0, BYTE]); // the step's kind
    let kinds = [
        (1, "call"),
        (2, "callcode"),
        (3, "delegatecall"),
        (4, "staticcall"),
        (5, "revert"),
        (7, "create"),
        (8, "selfdestruct"),
    ];
    for (kind, name) in kinds {
        a.op(&[0x80, PUSH1, kind, 0x14]);
        a.push_label(name);
        a.op(&[JUMPI]);
    }
    a.op(&[0xfe]);
    for (name, opcode) in [("call", 0xf1), ("callcode", 0xf2), ("delegatecall", 0xf4), ("staticcall", 0xfa)] {
        a.label(name);
        a.op(&[0x50, PUSH0, PUSH0]);
        a.data();
        if opcode < 0xf4 {
            a.field(22, 128);
        }
        a.field(2, 96);
        a.field(38, 224);
        a.op(&[0x80, 0x63, 0xff, 0xff, 0xff, 0xff, 0x14, 0x5a, 0x02, 0x01]); // u32::MAX: and all there is
        a.op(&[opcode]);
        a.push_label("after");
        a.op(&[JUMP]);
    }
    a.label("create");
    a.op(&[0x50]);
    a.data();
    a.field(22, 128);
    a.op(&[0xf0, 0x15, 0x15]);
    a.label("after"); // success
    a.op(&[PUSH1, 32, MLOAD, 0x81, 0x81, 0x53]); // the success byte
    a.op(&[0x3d, 0x81, PUSH1, 1, 0x01, MSTORE]); // the length
    a.op(&[0x3d, PUSH0, 0x82, PUSH1, 33, 0x01, 0x3e]); // the data
    a.op(&[0x3d, 0x01, PUSH1, 33, 0x01, PUSH1, 32, MSTORE]);
    a.op(&[PUSH0, MLOAD, MLOAD, PUSH1, 1, BYTE, 0x90, 0x15, 0x16]); // must and failed
    a.field(42, 232);
    a.op(&[PUSH0, MLOAD, 0x01, PUSH1, HEADER, 0x01, PUSH0, MSTORE]); // the next step
    a.push_label("give_up");
    a.op(&[JUMPI]);
    a.push_label("loop");
    a.op(&[JUMP]);
    a.label("revert");
    a.label("give_up");
    a.op(&[PUSH1, 64, MLOAD, PUSH1, 32, MLOAD, 0x03, PUSH1, 64, MLOAD, 0xfd]);
    a.label("selfdestruct");
    a.field(2, 96);
    a.op(&[0xff]);
    a.label("done");
    a.op(&[PUSH1, 64, MLOAD, PUSH1, 32, MLOAD, 0x03, PUSH1, 64, MLOAD]);
    if constructor {
        a.op(&[0xa0, PUSH0, PUSH0, 0xf3]); // log0
    } else {
        a.op(&[0xf3]);
    }
    a.finish()
}
