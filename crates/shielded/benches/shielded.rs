//! What the chain does for every bundle, and a wallet for every note.

use divan::{Bencher, black_box};
use sero_shielded::asset::AssetId;
use sero_shielded::bundle::{BalanceEntry, Bundle, Direction, Output, Spend};
use sero_shielded::curve::{Point, g_auth, hash_to_curve, multiply, point_from_bytes, point_to_bytes};
use sero_shielded::encryption::{EncryptedNote, Memo, decrypt_incoming, encrypt, may_read};
use sero_shielded::field::{Field, field_from_bytes, field_to_bytes};
use sero_shielded::hash::{blake2b_32, hash_to_field, hash_to_scalar};
use sero_shielded::keys::{SpendingKey, ViewingKey, account_seed};
use sero_shielded::note::{HiddenNote, value_commitment};
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

/// The same by a scan's first look, with the sender's key too.
#[divan::bench]
fn trial_decryption_miss_at_first_look(bencher: Bencher<'_, '_>) {
    let output = output(0);
    let (cm, log) = (field_to_bytes(&output.cm), output.note.to_log(&output.cv));
    let stranger = key(1);
    bencher.bench(|| {
        let cm = field_from_bytes(black_box(&cm)).expect("canonical");
        assert_eq!(may_read(stranger.incoming(), stranger.ovk(), black_box(&log), &cm), Ok(false));
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
