//! Typed questions to a node, over any transport.

use crate::amount::{AssetInfo, AssetKind};
use alloy_primitives::{Address, B256, Bytes, U256, hex};
use serde_json::{Value, json};
use sero_shielded::address::Network;
use sero_shielded::asset::AssetId;
use sero_shielded::bundle::POOLS_MAX;
use sero_shielded::field::{Field, field_from_bytes};

/// A way to a node. Implementations do the I/O.
pub trait ChainSource {
    /// One JSON-RPC request; `params` is an array.
    fn request(&self, method: &str, params: Value) -> Result<Value, SourceError>;
}

/// Why a request failed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SourceError {
    /// No answer.
    #[error("node cannot be reached: {0}")]
    Transport(String),
    /// The node answered with an error.
    #[error("node refused: {message} (code {code})")]
    Rpc {
        /// JSON-RPC code.
        code: i64,
        /// The node's words.
        message: String,
        /// More, if any.
        data: Option<Value>,
    },
}

/// Why an answer cannot be had or used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ClientError {
    /// See [`SourceError`].
    #[error("{method}: {error}")]
    Source {
        /// The request.
        method: &'static str,
        /// Why.
        error: SourceError,
    },
    /// The answer has another form than agreed.
    #[error("{method}: {field} is not {expected}")]
    Malformed {
        /// The request.
        method: &'static str,
        /// Place in the answer.
        field: String,
        /// What should be there.
        expected: &'static str,
    },
    /// No such asset.
    #[error("asset `{0}` does not exist on this chain; give a registered name or an id 0x...")]
    UnknownAsset(String),
    /// The node's answer about an asset contradicts the asset's id.
    #[error("the node's answer about asset {0} contradicts its id")]
    AssetLie(AssetId),
}

/// What chain a node follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainInfo {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// Hash of block 0.
    pub genesis_hash: B256,
    /// Prefix of addresses.
    pub network: Network,
    /// Blocks between the head and the anchors that wallets use.
    pub anchor_lag: u64,
    /// Price of a name, in base units of the coin.
    pub registration_fee: U256,
    /// By id.
    pub pools: Vec<PoolInfo>,
    /// The pool that takes new deposits.
    pub deposit_pool: Option<u8>,
}

/// A pool as a node describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolInfo {
    /// Its id.
    pub id: u8,
    /// keccak256 of the Spend and the Output verifying key, once it is open.
    pub key_hashes: Option<[B256; 2]>,
}

/// A page of [`ShieldedBlock`]s.
#[derive(Clone, Debug)]
pub struct ShieldedBlocks {
    /// The node's newest block.
    pub head: u64,
    /// Where the next page starts.
    pub next_block: u64,
    /// Blocks with shielded activity, ascending.
    pub blocks: Vec<ShieldedBlock>,
}

/// What a block did to the pool.
#[derive(Clone, Debug)]
pub struct ShieldedBlock {
    /// Height.
    pub number: u64,
    /// Seconds since 1970.
    pub timestamp: u64,
    /// Root after this block.
    pub anchor: Field,
    /// Leaves after this block.
    pub note_count: u64,
    /// New notes, in order.
    pub notes: Vec<ChainNote>,
    /// Nullifiers with their transactions.
    pub nullifiers: Vec<(Field, B256)>,
}

/// A pool's tree after a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolRoot {
    /// Which pool.
    pub pool: u8,
    /// Its root.
    pub anchor: Field,
    /// Its leaves.
    pub note_count: u64,
}

/// A revealed nullifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainNullifier {
    /// Whose note was spent.
    pub pool: u8,
    /// The nullifier.
    pub nullifier: Field,
    /// The transaction.
    pub transaction: B256,
}

/// A new leaf.
#[derive(Clone, Debug)]
pub struct ChainNote {
    /// The pool whose tree it is in.
    pub pool: u8,
    /// Leaf number.
    pub position: u64,
    /// Its transaction.
    pub transaction: B256,
    /// The leaf.
    pub commitment: Field,
    /// What else is known.
    pub content: ChainNoteContent,
}

/// Bytes as the node gave them; [`crate::scan`] judges them.
#[derive(Clone, Debug)]
pub enum ChainNoteContent {
    /// `cv | epk | view tag | enc_note | out_ct`.
    Hidden(Bytes),
    /// In the clear.
    Public {
        /// What.
        asset: B256,
        /// How much.
        amount: u128,
        /// One-time address.
        pkr: Bytes,
        /// Plaintext memo.
        memo: Bytes,
    },
}

/// The newest block, as far as fees need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Height.
    pub number: u64,
    /// Wei per gas.
    pub base_fee_per_gas: u128,
}

/// What a simulation found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simulation {
    /// Whether the call did not revert.
    pub success: bool,
    /// Gas of the whole transaction.
    pub gas_used: u64,
    /// Output of a revert.
    pub revert_data: Bytes,
    /// The node's words for why it failed.
    pub reason: Option<String>,
}

/// A mined transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Whether it did not revert.
    pub success: bool,
    /// Its block.
    pub block_number: u64,
    /// Gas used.
    pub gas_used: u64,
    /// Address of a created contract.
    pub contract_address: Option<Address>,
}

/// Typed requests over a [`ChainSource`].
#[derive(Clone, Copy)]
pub struct Client<'a> {
    source: &'a dyn ChainSource,
}

impl<'a> Client<'a> {
    /// Wraps a source.
    pub fn new(source: &'a dyn ChainSource) -> Self {
        Self { source }
    }

    fn ask(&self, method: &'static str, params: Value) -> Result<Value, ClientError> {
        self.source.request(method, params).map_err(|error| ClientError::Source { method, error })
    }

    /// `sero_chainInfo`.
    pub fn chain_info(&self) -> Result<ChainInfo, ClientError> {
        let method = "sero_chainInfo";
        let answer = self.ask(method, json!([]))?;
        let answer = Answer::new(method, &answer);
        let network = answer.get("network");
        Ok(ChainInfo {
            chain_id: answer.get("chainId").u64()?,
            genesis_hash: answer.get("genesisHash").hash()?,
            network: match network.value.as_str() {
                Some("main") => Network::Main,
                Some("test") => Network::Test,
                Some("dev") => Network::Dev,
                _ => return Err(network.malformed("`main`, `test` or `dev`")),
            },
            anchor_lag: answer.get("anchorLag").u64()?,
            registration_fee: answer.get("registrationFee").u256()?,
            pools: answer.get("pools").array()?.iter().map(read_pool).collect::<Result<_, _>>()?,
            deposit_pool: answer.get("depositPool").optional().map(|pool| pool.pool()).transpose()?,
        })
    }

    /// `sero_getShieldedBlocks`.
    pub fn shielded_blocks(&self, from: u64, max_blocks: u64) -> Result<ShieldedBlocks, ClientError> {
        let method = "sero_getShieldedBlocks";
        let answer = self.ask(method, json!([quantity(from), quantity(max_blocks)]))?;
        let answer = Answer::new(method, &answer);
        Ok(ShieldedBlocks {
            head: answer.get("head").u64()?,
            next_block: answer.get("nextBlock").u64()?,
            blocks: answer.get("blocks").array()?.iter().map(read_block).collect::<Result<_, _>>()?,
        })
    }

    /// `sero_getAsset`, by id or name. The answer is checked against the id as
    /// far as the id tells.
    pub fn asset(&self, id_or_name: &str) -> Result<AssetInfo, ClientError> {
        let method = "sero_getAsset";
        let answer = self.ask(method, json!([id_or_name]))?;
        if answer.is_null() {
            return Err(ClientError::UnknownAsset(id_or_name.into()));
        }
        read_asset(id_or_name, &Answer::new(method, &answer))
    }

    /// One page of all assets ever registered or issued, from a block on; with
    /// the next block to ask for, if there is more. Everybody who reads them
    /// asks the same.
    pub fn assets_from(&self, block: u64) -> Result<(Vec<AssetInfo>, Option<u64>), ClientError> {
        let method = "sero_listAssets";
        let answer = self.ask(method, json!([format!("{block:#x}")]))?;
        let answer = Answer::new(method, &answer);
        let assets = answer.get("assets").array()?;
        let assets = assets.iter().map(|asset| read_asset("", asset)).collect::<Result<_, _>>()?;
        let (next, head) = (answer.get("nextBlock").u64()?, answer.get("head").u64()?);
        Ok((assets, (next > block && next <= head).then_some(next)))
    }

    /// `sero_simulate`.
    pub fn simulate(&self, raw: &[u8]) -> Result<Simulation, ClientError> {
        let method = "sero_simulate";
        let answer = self.ask(method, json!([hex::encode_prefixed(raw)]))?;
        let answer = Answer::new(method, &answer);
        Ok(Simulation {
            success: answer.get("success").bool()?,
            gas_used: answer.get("gasUsed").u64()?,
            revert_data: match answer.get("revertData").optional() {
                None => Bytes::new(),
                Some(data) => data.bytes()?,
            },
            reason: answer.get("revertReason").optional().map(|reason| reason.string()).transpose()?,
        })
    }

    /// The newest block.
    pub fn head(&self) -> Result<Head, ClientError> {
        let method = "eth_getBlockByNumber";
        let answer = self.ask(method, json!(["latest", false]))?;
        let answer = Answer::new(method, &answer);
        Ok(Head {
            number: answer.get("number").u64()?,
            base_fee_per_gas: answer.get("baseFeePerGas").u128()?,
        })
    }

    /// Nonce of an account.
    pub fn nonce(&self, address: Address) -> Result<u64, ClientError> {
        let method = "eth_getTransactionCount";
        let answer = self.ask(method, json!([address, "latest"]))?;
        Answer::new(method, &answer).u64()
    }

    /// Nonce of an account after its waiting transactions.
    pub fn pending_nonce(&self, address: Address) -> Result<u64, ClientError> {
        let method = "eth_getTransactionCount";
        let answer = self.ask(method, json!([address, "pending"]))?;
        Answer::new(method, &answer).u64()
    }

    /// Public coins of an account.
    pub fn balance(&self, address: Address) -> Result<U256, ClientError> {
        let method = "eth_getBalance";
        let answer = self.ask(method, json!([address, "latest"]))?;
        Answer::new(method, &answer).u256()
    }

    /// Hands a transaction to the node.
    pub fn send_raw(&self, raw: &[u8]) -> Result<B256, ClientError> {
        let method = "eth_sendRawTransaction";
        let answer = self.ask(method, json!([hex::encode_prefixed(raw)]))?;
        Answer::new(method, &answer).hash()
    }

    /// The receipt, once the transaction is in a block.
    pub fn receipt(&self, transaction: B256) -> Result<Option<Receipt>, ClientError> {
        let method = "eth_getTransactionReceipt";
        let answer = self.ask(method, json!([transaction]))?;
        if answer.is_null() {
            return Ok(None);
        }
        let answer = Answer::new(method, &answer);
        Ok(Some(Receipt {
            success: answer.get("status").u64()? == 1,
            block_number: answer.get("blockNumber").u64()?,
            gas_used: answer.get("gasUsed").u64()?,
            contract_address: answer.get("contractAddress").optional().map(|at| at.address()).transpose()?,
        }))
    }

    /// `eth_call` at the newest block.
    pub fn call(&self, to: Address, data: &[u8]) -> Result<Bytes, ClientError> {
        let method = "eth_call";
        let answer = self.ask(method, json!([{ "to": to, "data": hex::encode_prefixed(data) }, "latest"]))?;
        Answer::new(method, &answer).bytes()
    }
}

/// What the registry says of an asset, checked against its id as far as the id tells.
fn read_asset(asked: &str, answer: &Answer<'_>) -> Result<AssetInfo, ClientError> {
    let kind = answer.get("kind");
    let info = AssetInfo {
        id: answer.get("id").asset()?,
        kind: match kind.value.as_str() {
            Some("coin") => AssetKind::Coin,
            Some("token") => AssetKind::Token,
            Some("category") => AssetKind::Category,
            Some("ticket") => AssetKind::Ticket,
            Some("unknown") => return Err(ClientError::UnknownAsset(asked.into())),
            _ => return Err(kind.malformed("`coin`, `token`, `category`, `ticket` or `unknown`")),
        },
        name: answer.get("name").string()?,
        decimals: match answer.get("decimals").optional() {
            None => 0,
            Some(decimals) => u8::try_from(decimals.u64()?)
                .ok()
                .filter(|decimals| *decimals <= 36)
                .ok_or_else(|| answer.get("decimals").malformed("at most 36"))?,
        },
    };
    let issuer = answer.get("issuer").optional().map(|issuer| issuer.address()).transpose()?;
    let category = answer.get("category").optional().map(|id| id.u256()).transpose()?;
    let number = answer.get("number").optional().map(|number| number.u256()).transpose()?;
    if info.agrees(issuer, category, number) { Ok(info) } else { Err(ClientError::AssetLie(info.id)) }
}

fn read_pool(pool: &Answer<'_>) -> Result<PoolInfo, ClientError> {
    let hash = |name| pool.get(name).optional().map(|hash| hash.hash()).transpose();
    let key_hashes = hash("spendKeyHash")?.zip(hash("outputKeyHash")?).map(|(spend, output)| [spend, output]);
    Ok(PoolInfo { id: pool.get("pool").pool()?, key_hashes })
}

fn read_block(block: &Answer<'_>) -> Result<ShieldedBlock, ClientError> {
    let roots: Vec<PoolRoot> = block.get("pools").array()?.iter().map(read_root).collect::<Result<_, _>>()?;
    let notes: Vec<ChainNote> =
        block.get("notes").array()?.iter().map(read_note).collect::<Result<_, _>>()?;
    let nullifiers: Vec<ChainNullifier> =
        block.get("nullifiers").array()?.iter().map(read_nullifier).collect::<Result<_, _>>()?;
    Ok(ShieldedBlock {
        number: block.get("number").u64()?,
        timestamp: block.get("timestamp").u64()?,
        anchor: roots.first().map_or_else(Default::default, |root| root.anchor),
        note_count: roots.first().map_or(0, |root| root.note_count),
        notes: notes.into_iter().filter(|note| note.pool == 0).collect(),
        nullifiers: nullifiers.iter().filter(|n| n.pool == 0).map(|n| (n.nullifier, n.transaction)).collect(),
    })
}

fn read_root(pool: &Answer<'_>) -> Result<PoolRoot, ClientError> {
    Ok(PoolRoot {
        pool: pool.get("pool").pool()?,
        anchor: pool.get("anchor").field()?,
        note_count: pool.get("noteCount").u64()?,
    })
}

fn read_nullifier(entry: &Answer<'_>) -> Result<ChainNullifier, ClientError> {
    Ok(ChainNullifier {
        pool: entry.get("pool").pool()?,
        nullifier: entry.get("nullifier").field()?,
        transaction: entry.get("transactionHash").hash()?,
    })
}

fn read_note(note: &Answer<'_>) -> Result<ChainNote, ClientError> {
    let kind = note.get("kind");
    Ok(ChainNote {
        pool: note.get("pool").pool()?,
        position: note.get("position").u64()?,
        transaction: note.get("transactionHash").hash()?,
        commitment: note.get("commitment").field()?,
        content: match kind.value.as_str() {
            Some("hidden") => ChainNoteContent::Hidden(note.get("ciphertext").bytes()?),
            Some("public") => ChainNoteContent::Public {
                asset: note.get("asset").hash()?,
                amount: note.get("amount").u128()?,
                pkr: note.get("pkr").bytes()?,
                memo: note.get("memo").bytes()?,
            },
            _ => return Err(kind.malformed("`hidden` or `public`")),
        },
    })
}

fn quantity(number: u64) -> String {
    format!("{number:#x}")
}

/// A place in an answer.
struct Answer<'v> {
    method: &'static str,
    path: String,
    value: &'v Value,
}

impl<'v> Answer<'v> {
    fn new(method: &'static str, value: &'v Value) -> Self {
        Self { method, path: "result".into(), value }
    }

    fn malformed(&self, expected: &'static str) -> ClientError {
        ClientError::Malformed { method: self.method, field: self.path.clone(), expected }
    }

    fn get(&self, name: &str) -> Answer<'v> {
        Answer {
            method: self.method,
            path: format!("{}.{name}", self.path),
            value: self.value.get(name).unwrap_or(&Value::Null),
        }
    }

    fn optional(self) -> Option<Self> {
        (!self.value.is_null()).then_some(self)
    }

    fn array(&self) -> Result<Vec<Answer<'v>>, ClientError> {
        let items = self.value.as_array().ok_or_else(|| self.malformed("an array"))?;
        let place = |(i, value)| Answer { method: self.method, path: format!("{}[{i}]", self.path), value };
        Ok(items.iter().enumerate().map(place).collect())
    }

    fn bool(&self) -> Result<bool, ClientError> {
        self.value.as_bool().ok_or_else(|| self.malformed("true or false"))
    }

    fn string(&self) -> Result<String, ClientError> {
        match self.value {
            Value::Null => Ok(String::new()),
            value => Ok(value.as_str().ok_or_else(|| self.malformed("a string"))?.into()),
        }
    }

    fn u256(&self) -> Result<U256, ClientError> {
        const EXPECTED: &str = "a quantity (0x and hex digits)";
        if let Some(number) = self.value.as_u64() {
            return Ok(U256::from(number));
        }
        let text = self.value.as_str().and_then(|text| text.strip_prefix("0x"));
        let digits =
            text.filter(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit()));
        digits
            .and_then(|digits| U256::from_str_radix(digits, 16).ok())
            .ok_or_else(|| self.malformed(EXPECTED))
    }

    fn u128(&self) -> Result<u128, ClientError> {
        self.u256()?.try_into().map_err(|_| self.malformed("a quantity below 2^128"))
    }

    fn pool(&self) -> Result<u8, ClientError> {
        let id = u8::try_from(self.u64()?).ok().filter(|id| *id < POOLS_MAX);
        id.ok_or_else(|| self.malformed("a pool id, 0 to 7"))
    }

    fn u64(&self) -> Result<u64, ClientError> {
        self.u256()?.try_into().map_err(|_| self.malformed("a quantity below 2^64"))
    }

    fn bytes(&self) -> Result<Bytes, ClientError> {
        let text = self.value.as_str().filter(|text| text.starts_with("0x"));
        text.and_then(|text| hex::decode(text).ok())
            .map(Bytes::from)
            .ok_or_else(|| self.malformed("bytes (0x and pairs of hex digits)"))
    }

    fn hash(&self) -> Result<B256, ClientError> {
        B256::try_from(self.bytes()?.as_ref()).map_err(|_| self.malformed("32 bytes"))
    }

    fn address(&self) -> Result<Address, ClientError> {
        Address::try_from(self.bytes()?.as_ref()).map_err(|_| self.malformed("20 bytes"))
    }

    fn field(&self) -> Result<Field, ClientError> {
        field_from_bytes(&self.hash()?.0).map_err(|_| self.malformed("a field element below r"))
    }

    fn asset(&self) -> Result<AssetId, ClientError> {
        let id = self.u256()?.to_be_bytes::<32>();
        AssetId::from_bytes(id).map_err(|_| self.malformed("an asset id below r"))
    }
}
