//! What the chain does for every bundle, and a wallet for every note.

use divan::{Bencher, black_box};
use sero_shielded::asset::AssetId;
use sero_shielded::bundle::{BalanceEntry, Bundle, Direction, Output, Spend};
use sero_shielded::curve::{Point, g_auth, hash_to_curve, multiply, point_from_bytes, point_to_bytes};
use sero_shielded::disclosure::{Chain, Claim, Disclosure, NoteKind};
use sero_shielded::encryption::{EncryptedNote, Memo, decrypt_incoming, encrypt, may_read};
use sero_shielded::field::{Field, field_from_bytes, field_to_bytes};
use sero_shielded::hash::{blake2b_32, hash_to_field, hash_to_scalar};
use sero_shielded::keys::{OneTimeAddress, SpendingKey, ViewingKey, account_seed};
use sero_shielded::note::{HiddenNote, public_note_commitment, value_commitment};
use sero_shielded::poseidon::{Tag, poseidon};
use sero_shielded::signature::{Domain, sign, verify};
use sero_shielded::tree::Frontier;

fn main() {
    divan::main();
}

fn field(i: u64) -> Field {
    hash_to_field("bench", &[&i.to_be_bytes()])
}

fn point(i: u64) -> Point {
    multiply(&g_auth(), &hash_to_scalar("bench", &[&i.to_be_bytes()]))
}

fn key(index: u32) -> ViewingKey {
    SpendingKey::from_seed(&account_seed(&[7; 64], index)).expect("a key").viewing_key()
}

fn output(i: u64) -> Output {
    let rseed = blake2b_32("bench", &[&i.to_be_bytes()]);
    let note =
        HiddenNote { to: key(0).address(i), asset: AssetId::coin(), amount: 1_000 + u128::from(i), rseed };
    let cm = note.commitment(&note.secrets().expect("secrets")).expect("a generator");
    let generator = note.asset.generator().expect("a generator");
    let cv = value_commitment(&generator, note.amount, &hash_to_scalar("bench", &[b"rcv", &i.to_be_bytes()]));
    let note = encrypt(&note, &Memo::default(), &cm, &cv, &[9; 32]).expect("secrets");
    Output { cm, cv, note, proof: [0; 128] }
}

/// `t` is the width of the state: one more than there are inputs.
#[divan::bench(args = [3, 9])]
fn poseidon_width(bencher: Bencher<'_, '_>, t: u64) {
    let inputs: Vec<Field> = (1..t).map(field).collect();
    bencher.bench(|| poseidon(Tag::Node, black_box(&inputs)));
}

#[divan::bench]
fn point_decode(bencher: Bencher<'_, '_>) {
    let bytes = point_to_bytes(&point(0));
    bencher.bench(|| point_from_bytes(black_box(&bytes)));
}

#[divan::bench(name = "hash_to_curve")]
fn to_curve(bencher: Bencher<'_, '_>) {
    bencher.bench(|| hash_to_curve("SERO.base", black_box(&[7; 32])));
}

/// A note of somebody else, from `cm` and the bytes of its log (`cv`, `epk`, ciphertexts).
#[divan::bench]
fn trial_decryption_miss(bencher: Bencher<'_, '_>) {
    let output = output(0);
    let (cm, log) = (field_to_bytes(&output.cm), output.note.to_log(&output.cv));
    let stranger = key(1);
    bencher.bench(|| {
        let cm = field_from_bytes(black_box(&cm)).expect("canonical");
        let (_, note) = EncryptedNote::from_log(black_box(&log)).expect("a log");
        assert!(decrypt_incoming(stranger.incoming(), &note, &cm).is_none());
    });
}

/// Notes of one first look.
const TOGETHER: usize = 128;

/// The same by a scan's first look, with the sender's key too. Items are notes.
#[divan::bench]
fn trial_decryption_miss_at_first_look(bencher: Bencher<'_, '_>) {
    let outputs: Vec<_> = (0..TOGETHER as u64).map(output).collect();
    let logs: Vec<_> = outputs.iter().map(|output| output.note.to_log(&output.cv)).collect();
    let notes: Vec<(&[u8], Field)> =
        logs.iter().zip(&outputs).map(|(log, output)| (&log[..], output.cm)).collect();
    let stranger = key(1);
    bencher.counter(divan::counter::ItemsCount::new(TOGETHER)).bench(|| {
        let verdicts = may_read(stranger.incoming(), stranger.ovk(), black_box(&notes));
        assert!(verdicts.iter().all(|verdict| *verdict == Ok(false)));
    });
}

/// The same where `cv` and `epk` were decompressed before.
#[divan::bench]
fn trial_decryption_miss_of_decoded(bencher: Bencher<'_, '_>) {
    let output = output(0);
    let stranger = key(1);
    bencher.bench(|| {
        assert!(decrypt_incoming(stranger.incoming(), black_box(&output.note), &output.cm).is_none())
    });
}

#[divan::bench]
fn trial_decryption_hit(bencher: Bencher<'_, '_>) {
    let output = output(0);
    let receiver = key(0);
    bencher.bench(|| {
        assert!(decrypt_incoming(receiver.incoming(), black_box(&output.note), &output.cm).is_some())
    });
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn tree_append_1000_and_root(bencher: Bencher<'_, '_>) {
    let leaves: Vec<Field> = (0..1_000).map(field).collect();
    bencher.bench(|| {
        let mut frontier = Frontier::default();
        for leaf in black_box(&leaves) {
            frontier.append(*leaf, []).expect("room");
        }
        frontier.root()
    });
}

#[divan::bench]
fn bundle_decode_2_2(bencher: Bencher<'_, '_>) {
    let secret = hash_to_scalar("bench", &[b"secret"]);
    let spend = |i: u64| Spend {
        nullifier: field(i),
        rk: point(i),
        cv: point(10 + i),
        proof: [0; 128],
        auth_sig: sign(Domain::Authorisation, &secret, b"", &[0; 32]),
    };
    let fee = BalanceEntry { asset: AssetId::coin(), direction: Direction::Outward, amount: 21_000 };
    let bundle = Bundle {
        pool: 0,
        packages: vec![],
        anchor: field(100),
        spends: vec![spend(0), spend(1)],
        outputs: vec![output(0), output(1)],
        balance: vec![fee],
        binding_sig: sign(Domain::Binding, &secret, b"", &[0; 32]),
    };
    let bytes = bundle.encode();
    assert_eq!(Bundle::decode(&bytes).as_ref(), Ok(&bundle));
    bencher.bench(|| Bundle::decode(black_box(&bytes)));
}

#[divan::bench]
fn signature_verify(bencher: Bencher<'_, '_>) {
    let secret = hash_to_scalar("bench", &[b"secret"]);
    let vk = multiply(&g_auth(), &secret);
    let signature = sign(Domain::Authorisation, &secret, &[1; 32], &[2; 32]);
    bencher.bench(|| {
        verify(Domain::Authorisation, black_box(&vk), &[1; 32], &signature).expect("a good signature");
    });
}

const CHAIN: Chain = Chain { chain_id: 5301, genesis_hash: alloy_primitives::B256::ZERO };

/// A hidden note with the claim of `by`, or a public one (`public`) with the payee's.
fn disclosure(by: &str) -> Disclosure {
    let payer = SpendingKey::from_seed(&account_seed(&[7; 64], 1)).expect("a key").payer_key();
    let (to, asset, amount) = (key(0).address(0), AssetId::ticket(&AssetId::coin(), &[3; 32]), 1);
    let output = payer.output(&to, asset, amount, &Memo::default(), &point(1)).expect("a key");
    let kind = if by == "public" { NoteKind::Public } else { NoteKind::Hidden };
    let commitment = match kind {
        NoteKind::Hidden => {
            let note = HiddenNote { to, asset, amount, rseed: output.rseed() };
            note.commitment(&note.secrets().expect("secrets")).expect("a generator")
        }
        NoteKind::Public => {
            let pkr = OneTimeAddress::derive(&to, &output.rseed()).expect("an address");
            public_note_commitment(&pkr, asset, amount).expect("a generator")
        }
    };
    let mut tree = Frontier::default();
    let mut witness = [tree.next_witness()];
    tree.append(commitment, &mut witness).expect("room");
    let siblings = tree.path(&witness[0]);
    let (seed, anchor) = (output.rseed(), tree.root());
    let disclosure = Disclosure {
        pool: 0,
        chain: CHAIN,
        kind,
        position: 0,
        commitment,
        to,
        asset,
        amount,
        seed,
        anchor,
        siblings,
        claim: Claim::None,
    };
    match by {
        "nobody" => disclosure,
        "payer" => disclosure.claim_as_payer(&output, b"challenge", &[1; 32]).expect("the payer"),
        _ => disclosure.claim_as_payee(key(0).incoming(), b"challenge", &[1; 32]).expect("the payee"),
    }
}

/// What a contract pays for: bytes to verdict.
#[divan::bench(args = ["nobody", "payee", "payer", "public"])]
fn disclosure_decode_and_verify(bencher: Bencher<'_, '_>, by: &str) {
    let bytes = disclosure(by).encode();
    let challenge = (by != "nobody").then_some(&b"challenge"[..]);
    bencher.bench(|| {
        let disclosure = Disclosure::decode(black_box(&bytes)).expect("canonical");
        disclosure.verify(&CHAIN, challenge).expect("a good disclosure")
    });
}
