//! A wallet that a stranger sent very many small notes: reading them, the
//! file, a plan, a save.

use alloy_primitives::{B256, hex};
use divan::{Bencher, black_box};
use serde_json::{Value, json};
use sero_shielded::asset::AssetId;
use sero_shielded::encryption::Memo;
use sero_shielded::field::{Field, field_to_bytes};
use sero_shielded::keys::OneTimeAddress;
use sero_shielded::note::note_commitment;
use sero_shielded::tree::{Frontier, MarkedTree};
use sero_wallet::{ChainSource, Client, SendRequest, SourceError, Target, Wallet};
use std::sync::OnceLock;

const PHRASE: &str = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon art";
const NOTES_PER_BLOCK: u64 = 100;
/// Blocks that the source puts into one answer.
const PAGE: u64 = 50;
const COUNTS: [u64; 3] = [1_000, 10_000, 100_000];

fn main() {
    divan::main();
}

/// A chain on which one wallet was paid `count` public notes and nothing else happened.
struct Dust {
    blocks: Vec<Value>,
}

fn quantity(number: u64) -> String {
    format!("{number:#x}")
}

impl Dust {
    fn new(to: &OneTimeAddress, count: u64) -> Self {
        let asset = AssetId::coin();
        let generator = asset.generator().expect("a generator");
        let (mut tree, mut blocks) = (Frontier::default(), Vec::new());
        let pkr = hex::encode_prefixed(to.to_bytes());
        while tree.count() < count {
            let number = 1 + tree.count() / NOTES_PER_BLOCK;
            let mut notes = Vec::new();
            for _ in 0..NOTES_PER_BLOCK {
                // One note pays for a transaction, the others for nothing.
                let amount = if tree.count() == 0 { 10u128.pow(19) } else { 1 + u128::from(tree.count()) };
                let cm = note_commitment(&to.owner, &generator, amount, &Field::from(0u8));
                let position = tree.append(cm, []).expect("room");
                notes.push(json!({
                    "position": quantity(position), "kind": "public", "pkr": pkr, "memo": "0x",
                    "transactionHash": B256::from(alloy_primitives::U256::from(position)),
                    "commitment": B256::from(field_to_bytes(&cm)), "amount": format!("{amount:#x}"),
                    "asset": B256::from(asset.to_bytes()),
                }));
            }
            blocks.push(json!({
                "number": quantity(number), "timestamp": "0x1", "nullifiers": [], "notes": notes,
                "anchor": B256::from(field_to_bytes(&tree.root())), "noteCount": quantity(tree.count()),
            }));
        }
        Self { blocks }
    }

    fn head(&self) -> u64 {
        self.blocks.len() as u64 + 3
    }
}

impl ChainSource for Dust {
    fn request(&self, method: &str, params: Value) -> Result<Value, SourceError> {
        Ok(match method {
            "sero_chainInfo" => json!({
                "chainId": "0x1", "genesisHash": B256::ZERO, "network": "dev", "anchorLag": "0x3",
                "registrationFee": "0x0", "spendKeyHash": B256::ZERO, "outputKeyHash": B256::ZERO,
            }),
            "eth_getBlockByNumber" => {
                json!({ "number": quantity(self.head()), "baseFeePerGas": "0x1", "timestamp": "0x1" })
            }
            "sero_getShieldedBlocks" => {
                let from = u64::from_str_radix(&params[0].as_str().expect("text")[2..], 16).expect("hex");
                let next = (from + PAGE).min(self.head() + 1);
                let blocks: Vec<_> = (from.max(1)..next.min(self.head() - 2))
                    .map(|number| self.blocks[number as usize - 1].clone())
                    .collect();
                json!({ "head": quantity(self.head()), "nextBlock": quantity(next), "blocks": blocks })
            }
            other => unreachable!("{other}"),
        })
    }
}

fn empty(target: Target<'_>) -> Wallet {
    let info = Client::new(&Dust { blocks: Vec::new() }).chain_info().expect("info");
    Wallet::restore(target, &info, PHRASE).expect("a wallet")
}

fn chain(count: u64) -> &'static Dust {
    static CHAINS: [OnceLock<Dust>; 3] = [const { OnceLock::new() }; 3];
    let place = COUNTS.iter().position(|known| *known == count).expect("a known count");
    CHAINS[place].get_or_init(|| {
        let to = OneTimeAddress::derive(&empty(Target::Memory).address(), &[7; 32]).expect("derives");
        Dust::new(&to, count)
    })
}

fn sync(wallet: &mut Wallet, count: u64) {
    let report = wallet.sync(&Client::new(chain(count)), &mut |_| ()).expect("syncs");
    assert_eq!(report.own_notes as u64, count);
}

/// A restored wallet reads everything, in memory.
#[divan::bench(args = COUNTS, sample_count = 1, sample_size = 1)]
fn read_all(bencher: Bencher<'_, '_>, count: u64) {
    chain(count);
    bencher.counter(count).with_inputs(|| empty(Target::Memory)).bench_local_values(|mut wallet| {
        sync(&mut wallet, count);
        wallet
    });
}

/// What keeping one witness per note cost (the design before), for comparison:
/// the tree alone, and a step of the count less, since it grows with the square.
#[divan::bench(args = &COUNTS[..2], sample_count = 1, sample_size = 1)]
fn tree_with_a_witness_per_note(bencher: Bencher<'_, '_>, count: u64) {
    bencher.counter(count).bench_local(|| {
        let (mut tree, mut witnesses) = (Frontier::default(), Vec::new());
        for i in 0..count {
            witnesses.push(tree.next_witness());
            tree.append(Field::from(i), &mut witnesses).expect("room");
        }
        tree.root()
    });
}

/// The tree alone, as it is now.
#[divan::bench(args = COUNTS, sample_count = 1, sample_size = 1)]
fn tree_with_marks(bencher: Bencher<'_, '_>, count: u64) {
    bencher.counter(count).bench_local(|| {
        let mut tree = MarkedTree::default();
        for i in 0..count {
            tree.append(Field::from(i), true).expect("room");
        }
        tree.root()
    });
}

/// Nothing new: what every command costs before it starts.
#[divan::bench(args = COUNTS, sample_count = 3, sample_size = 1)]
fn read_nothing_new(bencher: Bencher<'_, '_>, count: u64) {
    let mut wallet = empty(Target::Memory);
    sync(&mut wallet, count);
    bencher.bench_local(|| sync(&mut wallet, count));
}

/// Sync, then choose notes for a payment.
#[divan::bench(args = COUNTS, sample_count = 3, sample_size = 1)]
fn plan(bencher: Bencher<'_, '_>, count: u64) {
    let mut wallet = empty(Target::Memory);
    sync(&mut wallet, count);
    let to = wallet.address();
    let request = SendRequest::new(to, AssetId::coin(), 10u128.pow(18), Memo::default());
    bencher
        .bench_local(|| black_box(wallet.plan_send(&Client::new(chain(count)), &request).expect("a plan")));
}

/// Writing the file; its size is printed.
#[divan::bench(args = COUNTS, sample_count = 3, sample_size = 1)]
fn save(bencher: Bencher<'_, '_>, count: u64) {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("dust.wallet");
    let mut wallet = empty(Target::File { path: &path, password: "bench" });
    sync(&mut wallet, count);
    let bytes = std::fs::metadata(&path).expect("a file").len();
    report(format!("{count} notes: file of {bytes} bytes, {} per note", bytes / count));
    bencher.bench_local(|| wallet.save().expect("saves"));
}

#[allow(clippy::print_stderr, reason = "a benchmark's output")]
fn report(line: String) {
    eprintln!("{line}");
}
