//! `sero db`: what a node that does not run keeps on disk.

use crate::terminal::{Failure, data, message};
use clap::{Args, Subcommand};
use serde_json::json;
use sero_storage::{Storage, StorageOptions};
use std::path::PathBuf;
use std::process::ExitCode;

/// Options of `sero db`.
#[derive(Args)]
pub struct DbArgs {
    #[command(subcommand)]
    command: DbCommand,
}

#[derive(Subcommand)]
enum DbCommand {
    /// Show how large it is, and of what.
    Stats(FolderArgs),
    /// Read everything and name every fault. Exit status: 0 sound, 1 not.
    Verify(FolderArgs),
    /// Make the indices of blocks and transactions anew from the blocks.
    RepairIndex(FolderArgs),
}

#[derive(Args)]
struct FolderArgs {
    /// Where the chain is kept; no other program may use it.
    #[arg(long, value_name = "DIR")]
    data_dir: PathBuf,
    /// Print one JSON object instead of text.
    #[arg(long)]
    json: bool,
}

/// Runs one of them.
pub fn run(args: &DbArgs) -> Result<ExitCode, Failure> {
    match &args.command {
        DbCommand::Stats(folder) => stats(folder),
        DbCommand::Verify(folder) => verify(folder),
        DbCommand::RepairIndex(folder) => repair_index(folder),
    }
}

/// The database, which must be there: looking does not create one.
fn open(folder: &FolderArgs) -> Result<Storage, Failure> {
    let file = folder.data_dir.join("mdbx.dat");
    if !file.is_file() {
        return Err(format!("{}: no database is here", folder.data_dir.display()).into());
    }
    Ok(Storage::open(&folder.data_dir, StorageOptions::default())?)
}

fn stats(folder: &FolderArgs) -> Result<ExitCode, Failure> {
    let stats = open(folder)?.stats()?;
    if folder.json {
        let table = |table: &sero_storage::TableStats| json!({ "name": table.name, "rows": table.rows, "bytes": table.bytes });
        data(json!({
            "head": stats.head,
            "oldestState": stats.oldest_state,
            "usedBytes": stats.used_bytes,
            "tables": stats.tables.iter().map(table).collect::<Vec<_>>(),
        }));
        return Ok(ExitCode::SUCCESS);
    }
    data(format!("{:<22} {:>14} {:>16}", "table", "rows", "bytes"));
    for table in &stats.tables {
        data(format!("{:<22} {:>14} {:>16}", table.name, table.rows, table.bytes));
    }
    let head = stats.head.map_or("none".into(), |head| head.to_string());
    data(format!(
        "head {head}, states from block {} on, {} bytes in use",
        stats.oldest_state, stats.used_bytes
    ));
    Ok(ExitCode::SUCCESS)
}

fn verify(folder: &FolderArgs) -> Result<ExitCode, Failure> {
    let found = sero_chain::verify(&open(folder)?)?;
    if folder.json {
        data(json!({
            "blocks": found.blocks,
            "transactions": found.transactions,
            "accounts": found.accounts,
            "slots": found.slots,
            "faults": found.faults,
        }));
    } else {
        found.faults.iter().for_each(message);
        data(format!(
            "{} blocks, {} transactions, {} accounts, {} slots: {}",
            found.blocks,
            found.transactions,
            found.accounts,
            found.slots,
            if found.faults.is_empty() { "sound".into() } else { format!("{} faults", found.faults.len()) }
        ));
    }
    Ok(if found.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn repair_index(folder: &FolderArgs) -> Result<ExitCode, Failure> {
    let rows = sero_chain::repair_index(&open(folder)?)?;
    if folder.json {
        data(json!({ "rows": rows }));
    } else {
        data(format!("{rows} rows written"));
    }
    Ok(ExitCode::SUCCESS)
}
