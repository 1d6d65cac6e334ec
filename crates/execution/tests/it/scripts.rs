//! Contracts of a few bytes that make fixed calls.

use alloy_primitives::{Address, Bytes};

/// What a scripted contract does after its calls.
#[derive(Clone, Copy)]
pub enum End {
    /// Returns one word that begins with these bytes.
    Return([u8; 4]),
    /// Reverts without a reason.
    Revert,
}

/// Code that makes these calls without value, whatever becomes of them, then ends.
pub fn script(calls: &[(Address, Vec<u8>)], end: End) -> Vec<u8> {
    const CALL_LEN: usize = 39;
    const END_LEN: usize = 14;
    let mut data_at = calls.len() * CALL_LEN + END_LEN;
    let short = |n: usize| u16::try_from(n).unwrap().to_be_bytes();
    let mut code = Vec::new();
    for (target, input) in calls {
        code.push(0x61);
        code.extend(short(input.len()));
        code.push(0x61);
        code.extend(short(data_at));
        code.extend([0x5f, 0x39]); // codecopy(0, data, length)
        code.extend([0x5f, 0x5f, 0x61]);
        code.extend(short(input.len()));
        code.extend([0x5f, 0x5f, 0x73]); // out 0 0, in length 0, value 0
        code.extend(target);
        code.extend([0x5a, 0xf1, 0x50]); // gas, call, pop
        data_at += input.len();
    }
    let (word, opcode) = match end {
        End::Return(word) => (word, 0xf3),
        End::Revert => ([0; 4], 0xfd),
    };
    code.push(0x63);
    code.extend(word);
    code.extend([0x60, 0xe0, 0x1b, 0x5f, 0x52, 0x60, 0x20, 0x5f, opcode]);
    assert_eq!(code.len(), calls.len() * CALL_LEN + END_LEN);
    calls.iter().for_each(|(_, input)| code.extend(input));
    code
}

/// Creation code of a contract with this code.
pub fn deploy(code: &[u8]) -> Bytes {
    let mut creation = vec![0x61];
    creation.extend(u16::try_from(code.len()).unwrap().to_be_bytes());
    creation.extend([0x80, 0x60, 0x0a, 0x5f, 0x39, 0x5f, 0xf3]);
    assert_eq!(creation.len(), 0x0a);
    creation.extend(code);
    creation.into()
}
