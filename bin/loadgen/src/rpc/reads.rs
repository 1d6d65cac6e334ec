//! Requests that change nothing.

use super::stage::{BLOCKS, HOLDERS_EACH, Stage, balanceOfCall};
use crate::connection::{Connection, request, result};
use crate::figures::Measurement;
use alloy_primitives::{Address, B256, hex, keccak256};
use alloy_sol_types::SolCall;
use serde_json::{Value, json};
use std::thread;
use std::time::Instant;

/// Calls in a batch.
const BATCH: usize = 20;

/// A row of reads.
pub struct Read {
    pub name: &'static str,
    /// A measurement has so many times fewer requests than one of the lightest row.
    pub weight: usize,
    /// The request number so and so.
    request: fn(&Stage, usize) -> Value,
    /// Whether the answer to such a request is right.
    is_right: fn(&Value) -> bool,
}

pub const READS: &[Read] = &[
    Read { name: "eth_getBalance", weight: 1, request: balance, is_right: is_one_wei },
    Read { name: "eth_call balanceOf", weight: 1, request: token_balance, is_right: is_one_token },
    Read {
        name: "eth_getLogs of a block",
        weight: 4,
        request: |stage, index| {
            let block = quantity(stage.first_block + (index % BLOCKS) as u64); // CAST: below BLOCKS
            logs(stage, json!({ "fromBlock": block, "toBlock": block }))
        },
        is_right: |logs| count(logs) == HOLDERS_EACH,
    },
    Read {
        name: "eth_getLogs of a holder in 20 blocks",
        weight: 4,
        request: |stage, index| {
            let last = stage.first_block + BLOCKS as u64 - 1; // CAST: a small constant
            let topics = json!([
                keccak256("Transfer(address,address,uint256)"),
                null,
                holder(stage, index).into_word()
            ]);
            let (first, last) = (quantity(stage.first_block), quantity(last));
            logs(stage, json!({ "fromBlock": first, "toBlock": last, "topics": topics }))
        },
        is_right: |logs| count(logs) == 1,
    },
    Read {
        name: "eth_getBlockByNumber full",
        weight: 20,
        request: |stage, index| {
            let block = quantity(stage.first_block + (index % BLOCKS) as u64); // CAST: below BLOCKS
            request("eth_getBlockByNumber", json!([block, true]))
        },
        is_right: |block| {
            let transactions = &block["transactions"];
            count(transactions) == 2 * HOLDERS_EACH && transactions[0]["from"].is_string()
        },
    },
    Read {
        name: "batch of 20",
        weight: 10,
        request: |stage, index| {
            let calls = (0..BATCH).map(|call| {
                let of = if call % 2 == 0 { balance } else { token_balance };
                let mut one = of(stage, index * BATCH + call);
                one["id"] = json!(call);
                one
            });
            calls.collect()
        },
        is_right: |answers| {
            let right = |answer: &Value| is_one_wei(&answer["result"]) || is_one_token(&answer["result"]);
            count(answers) == BATCH && answers.as_array().is_some_and(|answers| answers.iter().all(right))
        },
    },
];

impl Read {
    /// `each` requests on each connection. The first answer on each is looked at in full, the others must hold no error.
    pub fn measure(
        &self,
        stage: &Stage,
        connections: usize,
        each: usize,
        round: usize,
    ) -> Result<Measurement, String> {
        let bodies = |connection: usize| {
            let first = (round * connections + connection) * each;
            (first..first + each).map(|index| (self.request)(stage, index).to_string()).collect::<Vec<_>>()
        };
        let mut asked = Vec::new();
        for connection in 0..connections {
            asked.push((Connection::open(stage.address)?, bodies(connection)));
        }
        for (connection, bodies) in &mut asked {
            let answer = connection.exchange(&bodies[0])?;
            let answer =
                if answer.starts_with('[') { serde_json::from_str(answer) } else { Ok(result(answer)?) };
            let answer = answer.map_err(|error| error.to_string())?;
            if !(self.is_right)(&answer) {
                return Err(format!("the answer to {} is wrong: {answer}", bodies[0]));
            }
        }
        let start = Instant::now();
        let latencies = thread::scope(|scope| {
            let threads: Vec<_> = asked
                .iter_mut()
                .map(|(connection, bodies)| scope.spawn(move || ask_all(connection, bodies)))
                .collect();
            let results = threads.into_iter().map(|thread| thread.join().map_err(|_| "a thread panicked")?);
            results.collect::<Result<Vec<_>, String>>()
        })?;
        Ok(Measurement { elapsed: start.elapsed(), latencies: latencies.concat() })
    }
}

fn ask_all(connection: &mut Connection, bodies: &[String]) -> Result<Vec<std::time::Duration>, String> {
    let mut latencies = Vec::with_capacity(bodies.len());
    for body in bodies {
        let start = Instant::now();
        let answer = connection.exchange(body)?;
        latencies.push(start.elapsed());
        if answer.contains("\"error\":") {
            return Err(format!("{body}: {answer}"));
        }
    }
    Ok(latencies)
}

/// Holders in an order that jumps between blocks.
fn holder(stage: &Stage, index: usize) -> Address {
    stage.holders[index.wrapping_mul(7_919) % stage.holders.len()]
}

fn balance(stage: &Stage, index: usize) -> Value {
    request("eth_getBalance", json!([holder(stage, index), "latest"]))
}

fn token_balance(stage: &Stage, index: usize) -> Value {
    let call = balanceOfCall { account: holder(stage, index) }.abi_encode();
    request("eth_call", json!([{ "to": stage.token, "data": hex::encode_prefixed(call) }, "latest"]))
}

fn logs(stage: &Stage, mut filter: Value) -> Value {
    filter["address"] = json!(stage.token);
    request("eth_getLogs", json!([filter]))
}

fn is_one_wei(balance: &Value) -> bool {
    balance == "0x1"
}

fn is_one_token(word: &Value) -> bool {
    *word == json!(B256::with_last_byte(1))
}

fn count(array: &Value) -> usize {
    array.as_array().map_or(0, Vec::len)
}

fn quantity(number: u64) -> String {
    format!("{number:#x}")
}
