//! What a wallet asks of a proving service, and what it answers.

use super::{bad, no_repair};
use crate::check::canonical;
use crate::draw::Draw;
use crate::{Cost, Target};
use sero_circuits::{
    OutputWitness, PROOF_BYTES, Proofs, ProvingRequest, SpendWitness, TREE_ARITY, TREE_DEPTH, Witnesses,
};

pub const REQUEST: Target = Target {
    name: "proving-request",
    cost: Cost::Curve,
    max_len: 12 * 1024,
    check: |bytes| {
        canonical(bytes, ProvingRequest::decode, |request| {
            request.encode().expect("what was read can be written").to_vec()
        })
    },
    draw: |draw| {
        let (spends, outputs) = match draw.below(4) {
            0 => (0, 1),
            1 => (1, 0),
            2 => (1, 2),
            _ => (2, draw.below(3)),
        };
        let witnesses = Witnesses {
            spends: (0..spends).map(|_| spend(draw)).collect(),
            outputs: (0..outputs).map(|_| output(draw)).collect(),
        };
        let keys = [draw.bytes().into(), draw.bytes().into()];
        ProvingRequest { keys, witnesses }.encode().expect("at least one part").to_vec()
    },
    repair: no_repair,
    nasty: || {
        let bytes = ProvingRequest {
            keys: Default::default(),
            witnesses: Witnesses { spends: vec![spend(&mut Draw::new(1))], outputs: vec![] },
        };
        let bytes = bytes.encode().expect("one part").to_vec();
        let with = |at: usize, value: &[u8]| {
            let mut changed = bytes.clone();
            changed[at..at + value.len()].copy_from_slice(value);
            changed
        };
        const SPEND: usize = 3 + 2 * 32;
        const POSITION: usize = SPEND + 5 * 32 + 16 + 32;
        let mut all = vec![
            ("no-parts", [&[1, 0, 0], &bytes[3..SPEND]].concat()),
            ("255-spends", with(1, &[255])),
            ("17-outputs", with(2, &[17])),
            ("version-0", with(0, &[0])),
            ("position-behind-the-tree", with(POSITION, &(1u64 << (3 * TREE_DEPTH)).to_be_bytes())),
            ("position-2^64-1", with(POSITION, &[0xff; 8])),
        ];
        // The first is a point, the next a field element, the last a scalar.
        all.extend(bad::at(&bytes, SPEND));
        all.extend(bad::at(&bytes, SPEND + 32));
        all.extend(bad::at(&bytes, bytes.len() - 32));
        all
    },
};

pub const ANSWER: Target = Target {
    name: "proving-answer",
    cost: Cost::Cheap,
    max_len: 5 * 1024,
    check: |bytes| {
        canonical(bytes, Proofs::decode, |proofs| proofs.encode().expect("what was read can be written"))
    },
    draw: |draw| {
        let mut some = |most| (0..draw.below(most)).map(|_| draw.bytes::<PROOF_BYTES>()).collect();
        let proofs = Proofs { spends: some(4), outputs: some(6) };
        proofs.encode().expect("few of each")
    },
    repair: no_repair,
    nasty: || {
        vec![
            ("255-of-each", vec![1, 255, 255]),
            ("17-spends", [&[1, 17, 0][..], &[0; 17 * PROOF_BYTES]].concat()),
            ("16-of-each-promised", vec![1, 16, 16]),
        ]
    },
};

fn spend(draw: &mut Draw) -> SpendWitness {
    SpendWitness {
        ak: draw.point(),
        nk: draw.field(),
        d: draw.field(),
        s: draw.field(),
        asset_base: draw.point(),
        amount: draw.amount(),
        rcm: draw.field(),
        position: draw.number() >> (64 - 3 * TREE_DEPTH),
        siblings: core::array::from_fn(|_| {
            core::array::from_fn::<_, { TREE_ARITY - 1 }, _>(|_| draw.field())
        }),
        anchor: draw.field(),
        alpha: draw.scalar(),
        rcv: draw.scalar(),
    }
}

fn output(draw: &mut Draw) -> OutputWitness {
    OutputWitness {
        owner: draw.field(),
        asset: draw.field(),
        amount: draw.amount(),
        rcm: draw.field(),
        rcv: draw.scalar(),
    }
}
