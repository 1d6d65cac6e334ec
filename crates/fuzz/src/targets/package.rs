//! What is in a package, as its key opens it.

use super::no_repair;
use crate::check::total;
use crate::draw::Draw;
use crate::{Cost, Target};
use sero_shielded::package::{CIPHERTEXT_LENS, DATA_LEN_MAX, PackageContent};

/// Whoever closes a package may pad it more than needed: the bytes are the
/// content's own and then zeros.
pub const CONTENT: Target = Target {
    name: "package-content",
    cost: Cost::Cheap,
    max_len: 1024,
    check: |bytes| {
        total(bytes, PackageContent::from_bytes, |content| {
            let own = content.to_bytes().expect("data that fit can be written");
            let len = own.len().min(bytes.len());
            let zeros = own[len..].iter().chain(&bytes[len..]).all(|byte| *byte == 0);
            assert!(own[..len] == bytes[..len] && zeros, "accepted bytes are not what encoding gives");
        })
    },
    draw: |draw| {
        let len = if draw.once_in(8) { draw.below(DATA_LEN_MAX + 1) } else { draw.below(47) };
        let content = PackageContent {
            asset: draw.asset(),
            amount: if draw.once_in(4) { 0 } else { draw.amount() },
            rcm: draw.field(),
            data: draw.vec(len),
        };
        let mut bytes = content.to_bytes().expect("at most the longest data").to_vec();
        if draw.once_in(16) {
            bytes.resize(CIPHERTEXT_LENS[3], 0);
        }
        bytes
    },
    repair: no_repair,
    nasty: || {
        let bytes = (CONTENT.draw)(&mut Draw::new(1));
        let with = |at: usize, value: &[u8]| {
            let mut changed = bytes.clone();
            changed[at..at + value.len()].copy_from_slice(value);
            changed
        };
        vec![
            ("data-length-65535", with(80, &[0xff, 0xff])),
            ("data-length-one-too-many", with(80, &u16::to_be_bytes(128 - 82 + 1))),
            ("asset-modulus", with(0, &super::bad::MODULUS)),
            ("rcm-modulus", with(48, &super::bad::MODULUS)),
            ("padding-not-zero", with(127, &[1])),
        ]
    },
};
