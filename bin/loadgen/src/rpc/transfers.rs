//! Transfers: accepted and mined, every one.

use super::stage::{Asset, SENDERS, Signed, Stage, fresh, wait_until_mined};
use crate::connection::{Connection, result};
use crate::figures::Measurement;
use serde_json::{Value, json};
use std::thread;
use std::time::{Duration, Instant};

/// A measurement has so many times fewer requests than one of the lightest row.
pub const WEIGHT: usize = 4;
/// Receipts that are asked for at once.
const RECEIPTS: usize = 50;

/// A row of transfers.
pub struct TransferRow {
    pub name: &'static str,
    asset: Asset,
}

pub const TRANSFERS: &[TransferRow] = &[
    TransferRow { name: "transfers mined", asset: Asset::Coin },
    TransferRow { name: "ERC-20 transfers mined", asset: Asset::Token },
];

impl TransferRow {
    /// `each` transfers of each sender. The time ends when all of them are mined; latency is that of
    /// `eth_sendRawTransaction`. Afterwards every transfer must have a receipt of success.
    pub fn measure(&self, stage: &mut Stage, connections: usize, each: usize) -> Result<Measurement, String> {
        let (sent, last) = self.signed(stage, connections, each)?;
        let mut asked = Vec::new();
        for signed in &sent {
            asked.push((Connection::open(stage.address)?, signed));
        }
        let mut observer = Connection::open(stage.address)?;
        let start = Instant::now();
        let latencies = thread::scope(|scope| {
            let threads: Vec<_> = asked
                .iter_mut()
                .map(|(connection, signed)| scope.spawn(move || send_all(connection, signed)))
                .collect();
            let results = threads.into_iter().map(|thread| thread.join().map_err(|_| "a thread panicked")?);
            results.collect::<Result<Vec<_>, String>>()
        })?;
        wait_until_mined(&mut observer, &last)?;
        let elapsed = start.elapsed();
        let all: Vec<&Signed> = sent.iter().flatten().collect();
        for signed in all.chunks(RECEIPTS) {
            let calls: Vec<_> =
                signed.iter().map(|signed| ("eth_getTransactionReceipt", json!([signed.hash]))).collect();
            let receipts = observer.batch(&calls)?;
            if let Some(bad) = receipts.iter().find(|receipt| receipt["status"] != "0x1") {
                return Err(format!("a transfer that was accepted has the receipt {bad}"));
            }
        }
        Ok(Measurement { elapsed, latencies: latencies.concat() })
    }

    /// What each connection sends, a sender's transfers all on one and in order, and the hash of each sender's last.
    fn signed(
        &self,
        stage: &mut Stage,
        connections: usize,
        each: usize,
    ) -> Result<(Vec<Vec<Signed>>, Vec<Value>), String> {
        let mut sent: Vec<Vec<Signed>> = (0..connections).map(|_| Vec::new()).collect();
        let (mut last, mut senders) = (vec![Value::Null; SENDERS], std::mem::take(&mut stage.senders));
        for index in 0..each * SENDERS {
            let sender = index % SENDERS;
            let to = fresh("recipient", index);
            let transfer = stage.transfer(&mut senders[sender], to, self.asset, 1)?;
            last[sender] = transfer.hash.clone();
            sent[sender % connections].push(transfer);
        }
        stage.senders = senders;
        Ok((sent, last))
    }
}

fn send_all(connection: &mut Connection, transfers: &[Signed]) -> Result<Vec<Duration>, String> {
    let mut latencies = Vec::with_capacity(transfers.len());
    for transfer in transfers {
        let start = Instant::now();
        let answer = connection.exchange(&transfer.request)?;
        latencies.push(start.elapsed());
        result(answer)?;
    }
    Ok(latencies)
}
