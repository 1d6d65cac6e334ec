//! The wallet against a chain in memory.
#![allow(missing_docs)]

mod bad_inputs;
mod chain;
mod disclosure;
mod dust;
mod end_to_end;
mod files;
mod hostile;
mod incoming;
mod lies;
mod packages;
mod payments;
mod pools;
mod privacy;
mod remote;
mod signing;
mod texts;

use chain::{FakeChain, NullProver};
use sero_shielded::asset::AssetId;
use sero_shielded::encryption::Memo;
use sero_shielded::keys::PaymentAddress;
use sero_wallet::{Client, SendRequest, Target, Wallet};

pub const SERO: u128 = 1_000_000_000_000_000_000;
pub const PHRASE: &str = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon art";

pub fn coin() -> AssetId {
    AssetId::coin()
}

/// A new wallet in memory.
pub fn wallet(chain: &FakeChain) -> Wallet {
    let info = Client::new(chain).chain_info().unwrap();
    Wallet::create(Target::Memory, &info).unwrap().0
}

/// A wallet with one settled coin note.
pub fn funded(chain: &FakeChain, amount: u128) -> Wallet {
    let mut wallet = wallet(chain);
    chain.fund(&wallet.one_time_address(None).unwrap(), coin(), amount);
    chain.settle();
    sync(&mut wallet, chain);
    wallet
}

pub fn sync(wallet: &mut Wallet, chain: &FakeChain) {
    wallet.sync(&Client::new(chain), &mut |_| ()).unwrap();
}

pub fn memo(text: &str) -> Memo {
    Memo::new(text.as_bytes()).unwrap()
}

pub fn request(to: PaymentAddress, amount: u128) -> SendRequest {
    SendRequest::new(to, coin(), amount, Memo::default())
}

pub fn send(wallet: &mut Wallet, chain: &FakeChain, request: &SendRequest) {
    wallet.send(&Client::new(chain), &NullProver, request, &|_, _| ()).unwrap();
}

/// (available, pending) of an asset.
pub fn holds(wallet: &Wallet, asset: AssetId) -> (u128, u128) {
    let balances = wallet.balance();
    balances.iter().find(|b| b.asset == asset).map_or((0, 0), |b| (b.available, b.pending))
}
