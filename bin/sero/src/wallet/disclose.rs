//! `sero wallet disclose`.

use super::commands::{Node, show};
use super::{Direction, DiscloseArgs, WalletArgs, setup};
use crate::terminal::Failure;
use alloy_primitives::hex;
use serde_json::json;
use sero_shielded::disclosure::Disclosure;
use sero_wallet::disclosure::file;
use sero_wallet::{DiscloseRequest, Role, Wallet};
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

pub fn run(
    args: &WalletArgs,
    node: &Node<'_>,
    wallet: &mut Wallet,
    options: &DiscloseArgs,
) -> Result<(), Failure> {
    if options.out.exists() {
        return Err(exists(&options.out));
    }
    // Which addresses are the wallet's depends on what it has seen.
    setup::sync(wallet, &node.client, false)?;
    let request = DiscloseRequest {
        transaction: options.tx,
        output: options.output,
        role: match options.direction {
            Direction::Sent => Role::Sent,
            Direction::Received => Role::Received,
        },
        challenge: options.challenge.as_ref().map(|text| text.as_bytes().to_vec()),
    };
    let disclosure = setup::scanning(|progress| Ok(wallet.disclose(&node.client, &request, progress)?))?;
    write(&options.out, &contents(&disclosure, options.binary))?;
    let bytes = disclosure.encode();
    let json = json!({
        "file": options.out,
        "position": disclosure.position.to_string(),
        "claim": options.challenge.is_some(),
        "disclosure": hex::encode_prefixed(&bytes),
    });
    show(args, json, || {
        let proven = match (options.challenge.is_some(), request.role) {
            (false, _) => "what was paid, and to which address; not who shows it",
            (true, Role::Sent) => "what was paid, to which address, and that this wallet paid",
            (true, Role::Received) => "what was paid, to which address, and that this wallet received it",
        };
        format!("{} proves {proven}", options.out.display())
    });
    Ok(())
}

fn contents(disclosure: &Disclosure, binary: bool) -> Vec<u8> {
    if binary { disclosure.encode() } else { format!("{:#}\n", file::to_json(disclosure)).into_bytes() }
}

/// Writes a file that must not exist yet, for its owner's eyes: it is for whom he gives it to.
fn write(path: &Path, contents: &[u8]) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::AlreadyExists => exists(path),
        _ => format!("--out: {}: {error}", path.display()).into(),
    };
    let mut file = options.open(path).map_err(failed)?;
    let written = file.write_all(contents).and_then(|()| file.sync_all());
    written.map_err(|error| {
        // Half a file is worse than none; it was made here a moment ago.
        let _ = std::fs::remove_file(path);
        failed(error)
    })
}

fn exists(path: &Path) -> Failure {
    format!("--out: {} exists already, and is not overwritten", path.display()).into()
}
