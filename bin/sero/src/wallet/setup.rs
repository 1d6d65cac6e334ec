//! Opening what the commands need: password, wallet file, proving keys.

use super::WalletArgs;
use crate::service::ServiceSource;
use crate::terminal::{Failure, message};
use alloy_primitives::Address;
use indicatif::{ProgressBar, ProgressStyle};
use sero_circuits::Mode;
use sero_shielded::verifier::VerifyingKeys;
use sero_wallet::{
    ChainInfo, Client, Network, Opened, Prover, ProvingKeys, RemoteProver, SyncProgress, Wallet,
};
use std::path::{Path, PathBuf};
use std::time::Duration;
use zeroize::Zeroizing;

/// First line of a secret file.
pub fn secret_line(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let text = Zeroizing::new(text);
    let line = text.lines().next().unwrap_or_default().trim();
    if line.is_empty() {
        return Err(format!("{}: the first line is empty", path.display()).into());
    }
    Ok(Zeroizing::new(line.to_owned()))
}

/// A public account or contract: digits of one case, or with EIP-55's checksum, which tells a
/// mistyped one. Nobody gives back what was paid to it.
pub fn account(text: &str) -> Result<Address, String> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let account: Address = digits.parse().map_err(|_| "expected 0x and 40 hex digits".to_owned())?;
    let mixed =
        digits.bytes().any(|b| b.is_ascii_lowercase()) && digits.bytes().any(|b| b.is_ascii_uppercase());
    if mixed && Address::parse_checksummed(format!("0x{digits}"), None).is_err() {
        return Err(
            "its checksum (upper and lower case of the letters, EIP-55) is wrong; is a character mistyped?"
                .into(),
        );
    }
    Ok(account)
}

/// The password from the file, or from the terminal; asked twice for a new wallet.
pub fn password(args: &WalletArgs, new: bool) -> Result<Zeroizing<String>, Failure> {
    if let Some(path) = &args.password_file {
        return secret_line(path);
    }
    let password = Zeroizing::new(rpassword::prompt_password("Wallet password: ")?);
    if new && password.is_empty() {
        return Err("the password is empty: whoever finds the file could open it".into());
    }
    if new && *password != *Zeroizing::new(rpassword::prompt_password("The same again: ")?) {
        return Err("the passwords differ".into());
    }
    Ok(password)
}

/// Opens the wallet file for the chain that the node follows.
pub fn open(args: &WalletArgs, chain: &ChainInfo) -> Result<Opened, Failure> {
    Ok(sero_wallet::incoming::open(&args.wallet, &password(args, false)?, Some(chain.network))?)
}

/// Where this program keeps what it can make again.
pub fn cache_dir() -> Option<PathBuf> {
    let base = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let base = base.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")));
    base.map(|base| base.join("sero").join("keys"))
}

const NO_KEYS: &str =
    "no proving keys: this version has development keys only, and they belong to `dev` chains";

/// What `--low-memory` and `--shared-machine` mean; at most one of them is given.
pub fn mode(low_memory: bool, shared_machine: bool) -> Mode {
    match (low_memory, shared_machine) {
        (false, false) => Mode::Fast,
        (true, _) => Mode::LowMemory,
        (false, true) => Mode::SharedMachine,
    }
}

/// Proving keys for the chain: so far the development ones, for `dev` chains only.
pub fn proving_keys(network: Network, mode: Mode) -> Result<ProvingKeys, Failure> {
    if network != Network::Dev {
        return Err(NO_KEYS.into());
    }
    let cache = cache_dir();
    Ok(ProvingKeys::development_for(mode, cache.as_deref())?)
}

/// Who makes the proofs of a command: this machine, or the service that was named. It is not asked yet.
pub fn prover(args: &WalletArgs, network: Network) -> Result<Box<dyn Prover>, Failure> {
    let Some(url) = &args.prover else {
        return Ok(Box::new(proving_keys(network, mode(args.low_memory, args.shared_machine))?));
    };
    if network != Network::Dev {
        return Err(NO_KEYS.into());
    }
    let token = args.prover_token_file.as_deref().map(secret_line).transpose()?;
    let source = ServiceSource::new(url, token, args.prover_timeout.into())
        .map_err(|error| format!("--prover: {error}"))?;
    let [spend, output] = sero_node::dev::verifying_keys();
    Ok(Box::new(RemoteProver::new(source, VerifyingKeys::from_bytes(spend, output)?)))
}

/// Syncs with a progress bar on standard error.
pub fn sync(wallet: &mut Wallet, client: &Client<'_>, rescan: bool) -> Result<u64, Failure> {
    scanning(|progress| {
        let report = if rescan { wallet.rescan(client, progress) } else { wallet.sync(client, progress) };
        Ok(report?.head)
    })
}

/// Something that reads the chain, with a progress bar on standard error.
pub fn scanning<T>(
    work: impl FnOnce(&mut dyn FnMut(SyncProgress)) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let bar = ProgressBar::new(0);
    bar.set_style(
        ProgressStyle::with_template("{msg} [{bar:30}] block {pos} of {len}")?.progress_chars("=> "),
    );
    bar.set_message("scanning");
    let mut progress = |progress: SyncProgress| {
        bar.set_length(progress.head);
        bar.set_position(progress.block);
    };
    let result = work(&mut progress);
    bar.finish_and_clear();
    result
}

/// A counter of proofs on standard error.
pub fn proof_progress() -> impl Fn(usize, usize) + Sync {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("proving [{bar:30}] {pos} of {len}") {
        bar.set_style(style.progress_chars("=> "));
    }
    move |done, of| {
        bar.set_length(of as u64);
        bar.set_position(done as u64);
        if done == of {
            bar.finish_and_clear();
        }
    }
}

/// Waits until the transaction is in a block.
pub fn wait(client: &Client<'_>, hash: alloy_primitives::B256) -> Result<sero_wallet::Receipt, Failure> {
    for attempt in 0..600 {
        if let Some(receipt) = client.receipt(hash)? {
            return Ok(receipt);
        }
        if attempt == 100 {
            message("still waiting for a block ...");
        }
        std::thread::sleep(Duration::from_millis(if attempt < 100 { 20 } else { 200 }));
    }
    Err(format!("transaction {hash} is not in a block after 100 seconds; it may still be").into())
}
