//! The story, step by step.

use super::forge;
use super::observer::{Evidence, Needle, describe};
use super::report::{Findings, Report};
use super::stage::{SERO, Sent, Stage, ensure, submit};
use crate::http::HttpSource;
use crate::terminal::Failure;
use crate::wallet::proving_keys;
use alloy_primitives::{Address, B256, Bytes, U256, hex};
use alloy_sol_types::{SolCall, SolValue, sol};
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use sero_circuits::Mode;
use sero_node::dev;
use sero_shielded::asset::AssetId;
use sero_shielded::encryption::Memo;
use sero_shielded::keys::PaymentAddress;
use sero_wallet::{AssetInfo, Built, CallRequest, Client, GasChoice, SendRequest, Target, Wallet};

sol! {
    function mintTo(bytes pkr, uint256 amount, bytes memo) returns (uint64);
    function asset() returns (uint256);
    function category() returns (uint256);
    function proceeds() returns (uint256);
    function isSold(uint256 number) returns (bool);
    function buy(uint256 number) returns (uint256);
}

/// Decimals of the story's token.
const TOKEN_DECIMALS: u8 = 12;
/// Development account that shields.
const PUBLIC: usize = 0;
/// Development account that deploys and mints.
const DEVELOPER: usize = 1;

/// What the seed decides.
struct Cast {
    token: String,
    category: String,
    alice_sero: u128,
    bob_sero: u128,
    bob_first: bool,
    mint: u128,
    pay_sero: u128,
    pay_token: u128,
    price: u128,
    ticket: u64,
}

impl Cast {
    fn new(seed: u64) -> Self {
        let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(seed);
        let token = ["GOLD", "SILVER", "SALT", "SILK", "AMBER"][rng.random_range(0..5)];
        let show = ["OPERA", "DERBY", "PLANETARIUM", "NIGHT TRAIN"][rng.random_range(0..4)];
        let unit = 10u128.pow(TOKEN_DECIMALS.into());
        // Odd last digits make amounts unlikely to appear by chance.
        let mut amount = |units: std::ops::Range<u128>, unit: u128| {
            rng.random_range(units) * unit + rng.random_range(unit / 10..unit)
        };
        Self {
            token: format!("{token}{}", seed % 1000),
            category: format!("{show} {}", seed % 1000),
            alice_sero: amount(200..300, SERO),
            bob_sero: amount(100..200, SERO),
            mint: amount(5_000..9_000, unit),
            pay_sero: amount(10..60, SERO),
            pay_token: amount(1_000..2_000, unit),
            price: amount(100..400, unit),
            ticket: rng.random_range(0..1000),
            bob_first: rng.random(),
        }
    }
}

/// What the deploy step made.
struct Contracts {
    token: Address,
    shop: Address,
    token_asset: AssetInfo,
}

/// Plays everything; `true` if every step held.
pub fn play(url: &str, seed: u64, report: &mut Report) -> bool {
    let source = HttpSource::new(url);
    let Some(mut stage) = report.step_silently("open", || open(&source)) else { return false };
    play_on(&mut stage, &Cast::new(seed), report).is_some()
}

fn open(source: &HttpSource) -> Result<Stage<'_>, Failure> {
    let client = Client::new(source);
    let chain = client.chain_info()?;
    let keys = proving_keys(chain.network, Mode::Fast)?;
    let (alice, _) = Wallet::create(Target::Memory, &chain)?;
    let (bob, _) = Wallet::create(Target::Memory, &chain)?;
    Ok(Stage { source, client, keys, alice, bob })
}

fn play_on(stage: &mut Stage<'_>, cast: &Cast, report: &mut Report) -> Option<()> {
    report.step("shield", |report, findings| shield(stage, cast, report, findings))?;
    let contracts = report.step("deploy", |report, findings| deploy(stage, cast, report, findings))?;
    let minted = report.step("mint", |_, findings| mint(stage, cast, &contracts, findings))?;
    let paid =
        report.step("pay", |report, findings| pay(stage, cast, &contracts, minted, report, findings))?;
    report.step("call", |report, findings| call(stage, cast, &contracts, report, findings))?;
    report.step("revert", |report, findings| revert(stage, cast, &contracts, report, findings))?;
    report.step("ticket", |report, findings| ticket(stage, cast, &contracts, report, findings))?;
    report.step("audit", |report, findings| audit(stage, report, findings))?;
    report.step("refuse", |report, findings| {
        report.progress("proving four forgeries");
        let request = SendRequest::new(stage.bob.address(), AssetId::coin(), SERO, Memo::default());
        forge::refuse(stage, findings, &paid, &request)
    })?;
    report.step("supply", |_, findings| supply(stage, findings))
}

fn available(wallet: &Wallet, asset: AssetId) -> u128 {
    wallet.balance().iter().find(|b| b.asset == asset).map_or(0, |b| b.available)
}

fn sync(wallet: &mut Wallet, client: &Client<'_>) -> Result<(), Failure> {
    wallet.sync(client, &mut |_| ())?;
    Ok(wallet.learn_assets(client)?)
}

fn shield(
    stage: &mut Stage<'_>,
    cast: &Cast,
    report: &Report,
    findings: &mut Findings,
) -> Result<(), Failure> {
    let account = &dev::accounts()[PUBLIC];
    let mut plan = [(true, cast.alice_sero), (false, cast.bob_sero)];
    if cast.bob_first {
        plan.reverse();
    }
    let mut transactions = Vec::new();
    for (is_alice, amount) in plan {
        let name = if is_alice { "Alice" } else { "Bob" };
        report.progress(&format!("shielding to {name}"));
        let wallet = if is_alice { &stage.alice } else { &stage.bob };
        let memo = Memo::new(b"for fees")?;
        let sent = wallet.shield(&stage.client, account, &AssetInfo::coin(), amount, &memo, None)?;
        let receipt = stage.wait(sent.transaction)?;
        ensure(receipt.success, format!("shielding to {name} reverted"))?;
        let bytes = stage.raw(sent.transaction)?.len();
        let sent = Sent { hash: sent.transaction, bytes, receipt, prove_ms: None };
        findings.line(sent.line(name));
        transactions.push(sent.json());
        let client = stage.client;
        let wallet = if is_alice { &mut stage.alice } else { &mut stage.bob };
        sync(wallet, &client)?;
        ensure(
            available(wallet, AssetId::coin()) == amount,
            format!("{name}'s wallet did not find its note"),
        )?;
    }
    findings.field("transactions", transactions);
    findings.summary = "a public account put SERO into Alice's and Bob's hidden balances".into();
    Ok(())
}

fn creation(artifact: &str, arguments: Vec<u8>) -> Result<Bytes, Failure> {
    let artifact: Value = serde_json::from_str(artifact)?;
    let code = artifact["bytecode"].as_str().ok_or("artifact without bytecode")?;
    Ok([hex::decode(code)?, arguments].concat().into())
}

fn deploy(
    stage: &mut Stage<'_>,
    cast: &Cast,
    report: &Report,
    findings: &mut Findings,
) -> Result<Contracts, Failure> {
    let fee = stage.client.chain_info()?.registration_fee.to::<u128>();
    report.progress("deploying OwnedToken and TicketShop");
    let arguments = (cast.token.clone(), U256::from(TOKEN_DECIMALS)).abi_encode_params();
    let code = creation(include_str!("../../../../contracts/artifacts/OwnedToken.json"), arguments)?;
    let token_tx = stage.public_ok(DEVELOPER, None, fee, code)?;
    let token = token_tx.receipt.contract_address.ok_or("no contract address")?;
    let asset = stage.read(token, &assetCall {})?;
    let arguments = (cast.category.clone(), asset, U256::from(cast.price)).abi_encode_params();
    let code = creation(include_str!("../../../../contracts/artifacts/TicketShop.json"), arguments)?;
    let shop_tx = stage.public_ok(DEVELOPER, None, fee, code)?;
    let shop = shop_tx.receipt.contract_address.ok_or("no contract address")?;
    findings.line(token_tx.line(&format!("OwnedToken {} at {token}", cast.token)));
    findings.line(shop_tx.line(&format!("TicketShop {} at {shop}", cast.category)));
    findings.field("transactions", vec![token_tx.json(), shop_tx.json()]);
    findings.field("token", json!(token));
    findings.field("shop", json!(shop));
    findings.summary = "two ordinary Solidity contracts; names registered on the chain".into();
    let client = stage.client;
    let token_asset = stage.alice.resolve(&client, &cast.token)?;
    ensure(U256::from_be_bytes(token_asset.id.to_bytes()) == asset, "the registry names another asset")?;
    stage.bob.resolve(&client, &cast.token)?;
    Ok(Contracts { token, shop, token_asset })
}

fn mint(
    stage: &mut Stage<'_>,
    cast: &Cast,
    contracts: &Contracts,
    findings: &mut Findings,
) -> Result<B256, Failure> {
    let info = stage.rpc("sero_getAsset", json!([cast.token]))?;
    ensure(info["kind"] == "token", format!("the registry says {info}"))?;
    let pkr = stage.alice.one_time_address(None)?;
    let call = mintToCall {
        pkr: pkr.to_bytes().to_vec().into(),
        amount: U256::from(cast.mint),
        memo: Bytes::from_static(b"welcome"),
    };
    let sent = stage.public_ok(DEVELOPER, Some(contracts.token), 0, call.abi_encode().into())?;
    let client = stage.client;
    sync(&mut stage.alice, &client)?;
    let found = available(&stage.alice, contracts.token_asset.id);
    ensure(found == cast.mint, format!("Alice's wallet found {found} of {}", cast.mint))?;
    findings.line(sent.line("mintTo"));
    findings.line(format!("Alice's wallet found {} {} by scanning", amount_text(cast.mint), cast.token));
    findings.field("transactions", vec![sent.json()]);
    findings.summary = format!("{} minted straight to Alice's one-time PKr", cast.token);
    Ok(sent.hash)
}

fn amount_text(amount: u128) -> String {
    sero_wallet::amount::format(amount, TOKEN_DECIMALS)
}

/// One private payment of Alice to Bob, and all that is checked about it.
fn pay_once(
    stage: &mut Stage<'_>,
    report: &Report,
    findings: &mut Findings,
    (asset, amount, memo): (AssetId, u128, &str),
    (inputs, outputs): (usize, usize),
) -> Result<(Built, Sent), Failure> {
    let to = stage.bob.new_address()?.1;
    let request = SendRequest::new(to, asset, amount, Memo::new(memo.as_bytes())?);
    let client = stage.client;
    let (source, keys) = (stage.source, &stage.keys);
    let progress = |done: usize, of: usize| report.progress(&format!("proof {done} of {of}"));
    let (built, sent) = submit(
        &mut stage.alice,
        &client,
        |alice| Ok(alice.build_send(&client, keys, &request, &progress)?),
        |hash| wait_with(source, hash),
    )?;
    ensure(sent.receipt.success, "the payment failed")?;
    let real = |amounts: Vec<u128>| amounts.into_iter().filter(|amount| *amount > 0).count();
    let shape = (
        real(built.plan.spends.iter().map(|s| s.amount).collect()),
        real(built.plan.outputs.iter().map(|o| o.note.amount).collect()),
    );
    ensure(shape == (inputs, outputs), format!("{} inputs, {} outputs", shape.0, shape.1))?;
    sync(&mut stage.bob, &client)?;
    let note = stage.bob.notes().iter().find(|n| n.transaction == sent.hash && n.asset == asset);
    let note = note.ok_or("Bob's wallet did not find the payment")?;
    ensure(
        note.amount == amount && note.memo.as_ref() == memo.as_bytes(),
        "Bob reads another amount or memo",
    )?;
    let wire = (built.tx.bundle.spends.len(), built.tx.bundle.outputs.len());
    findings.line(sent.line(&format!("{inputs} in, {outputs} out (padded to {}/{})", wire.0, wire.1)));
    findings.line(format!("Bob found it and reads the memo \"{memo}\""));
    let evidence = evidence(stage, sent.hash)?;
    describe(&evidence)?.into_iter().for_each(|line| findings.line(line));
    for needle in needles(stage, &[to], asset, amount) {
        if let Some(found) = needle.find(&evidence) {
            return Err(found.into());
        }
    }
    Ok((built, sent))
}

fn wait_with(source: &HttpSource, hash: B256) -> Result<sero_wallet::Receipt, Failure> {
    crate::wallet::wait(&Client::new(source), hash)
}

fn needles(stage: &Stage<'_>, more: &[PaymentAddress], asset: AssetId, amount: u128) -> Vec<Needle> {
    let network = stage.alice.network();
    let mut needles = vec![
        Needle::address("Alice", &stage.alice.address(), network),
        Needle::address("Bob", &stage.bob.address(), network),
        Needle::asset(asset),
        Needle::amount(amount),
    ];
    needles.extend(more.iter().map(|address| Needle::address("Bob", address, network)));
    needles
}

fn evidence(stage: &Stage<'_>, hash: B256) -> Result<Evidence, Failure> {
    Ok(Evidence {
        raw: stage.raw(hash)?,
        transaction: stage.rpc("eth_getTransactionByHash", json!([hash]))?,
        receipt: stage.rpc("eth_getTransactionReceipt", json!([hash]))?,
    })
}

fn pay(
    stage: &mut Stage<'_>,
    cast: &Cast,
    contracts: &Contracts,
    minted: B256,
    report: &Report,
    findings: &mut Findings,
) -> Result<Built, Failure> {
    // The search must be able to find: in the public mint it does.
    let public = evidence(stage, minted)?;
    let token = contracts.token_asset.id;
    for needle in [Needle::asset(token), Needle::amount(cast.mint)] {
        ensure(needle.find(&public).is_some(), "the search finds nothing even in a public transaction")?;
    }
    report.progress("Alice pays Bob SERO");
    let coins = (AssetId::coin(), cast.pay_sero, "dinner");
    let (built, first) = pay_once(stage, report, findings, coins, (1, 2))?;
    report.progress(&format!("Alice pays Bob {}", cast.token));
    let tokens = (token, cast.pay_token, "and the rest");
    let (_, second) = pay_once(stage, report, findings, tokens, (2, 3))?;
    findings.line("search for addresses, amounts and asset ids in bytes, JSON and logs: nothing found");
    findings.field("transactions", vec![first.json(), second.json()]);
    findings.summary = format!(
        "SERO in {} ms, {} in {} ms; nothing to be seen",
        first.prove_ms.unwrap_or(0),
        cast.token,
        second.prove_ms.unwrap_or(0)
    );
    Ok(built)
}

fn buy(cast: &Cast, contracts: &Contracts, gas: GasChoice) -> CallRequest {
    let input = buyCall { number: U256::from(cast.ticket) }.abi_encode();
    let attach = vec![(contracts.token_asset.id, cast.price)];
    CallRequest { attach, gas, ..CallRequest::new(contracts.shop, input.into()) }
}

fn ticket_id(stage: &Stage<'_>, cast: &Cast, contracts: &Contracts) -> Result<AssetId, Failure> {
    let category = AssetId::from_bytes(stage.read(contracts.shop, &categoryCall {})?.to_be_bytes())?;
    Ok(AssetId::ticket(&category, &U256::from(cast.ticket).to_be_bytes()))
}

/// Bob calls; returns the transaction and what its fee was.
fn bob_calls(
    stage: &mut Stage<'_>,
    request: &CallRequest,
    report: &Report,
) -> Result<(Built, Sent, u128), Failure> {
    let client = stage.client;
    let (source, keys) = (stage.source, &stage.keys);
    let progress = |done: usize, of: usize| report.progress(&format!("proof {done} of {of}"));
    let (built, sent) = submit(
        &mut stage.bob,
        &client,
        |bob| Ok(bob.build_call(&client, keys, request, &progress)?),
        |hash| wait_with(source, hash),
    )?;
    let receipt = stage.rpc("eth_getTransactionReceipt", json!([sent.hash]))?;
    let price: U256 = serde_json::from_value(receipt["effectiveGasPrice"].clone())?;
    let fee = price.to::<u128>() * u128::from(sent.receipt.gas_used);
    sync(&mut stage.bob, &client)?;
    Ok((built, sent, fee))
}

fn call(
    stage: &mut Stage<'_>,
    cast: &Cast,
    contracts: &Contracts,
    report: &Report,
    findings: &mut Findings,
) -> Result<(), Failure> {
    let token = contracts.token_asset.id;
    let (coins, tokens) = (available(&stage.bob, AssetId::coin()), available(&stage.bob, token));
    report.progress("Bob calls TicketShop.buy from his hidden balance");
    let request = buy(cast, contracts, GasChoice::Simulated);
    let (built, sent, fee) = bob_calls(stage, &request, report)?;
    ensure(sent.receipt.success, "the call reverted")?;
    let from = built.plan.call.as_ref().ok_or("a call")?.from;
    ensure(dev::accounts().iter().all(|a| a.address() != from), "the caller is a known account")?;
    let balance: U256 = serde_json::from_value(stage.rpc("eth_getBalance", json!([from, "latest"]))?)?;
    ensure(balance.is_zero(), format!("{balance} base units stayed on the one-time account"))?;
    let ticket = ticket_id(stage, cast, contracts)?;
    ensure(available(&stage.bob, ticket) == 1, "Bob's wallet has no ticket")?;
    ensure(available(&stage.bob, token) == tokens - cast.price, "Bob's tokens are not right")?;
    ensure(available(&stage.bob, AssetId::coin()) == coins - fee, "Bob's SERO is not what the fee leaves")?;
    let refunds =
        stage.bob.notes().iter().filter(|n| n.transaction == sent.hash && n.asset == AssetId::coin());
    ensure(refunds.count() >= 1, "the remainder did not come back as a note")?;
    let proceeds = stage.read(contracts.shop, &proceedsCall {})?;
    ensure(proceeds == U256::from(cast.price), "the shop was not paid")?;
    findings.line(sent.line(&format!("buy({}) by one-time {from}", cast.ticket)));
    findings.line(format!("fee {fee} base units; ticket and remainder came back as notes"));
    findings.field("transactions", vec![sent.json()]);
    findings.field("from", json!(from));
    findings.summary = format!("ticket {} bought in one transaction by a one-time caller", cast.ticket);
    Ok(())
}

fn revert(
    stage: &mut Stage<'_>,
    cast: &Cast,
    contracts: &Contracts,
    report: &Report,
    findings: &mut Findings,
) -> Result<(), Failure> {
    let before = stage.bob.balance();
    report.progress("Bob buys the same ticket again");
    let request = buy(cast, contracts, GasChoice::Forced);
    let (_, sent, fee) = bob_calls(stage, &request, report)?;
    ensure(!sent.receipt.success, "the second sale of one ticket succeeded")?;
    let after = stage.bob.balance();
    for balance in &before {
        let lost = if balance.asset == AssetId::coin() { fee } else { 0 };
        let now = available(&stage.bob, balance.asset);
        let name = balance.name.clone().unwrap_or_default();
        ensure(now == balance.available - lost, format!("{name}: {now} of {} came back", balance.available))?;
    }
    ensure(after.len() == before.len(), "Bob has other assets than before")?;
    ensure(
        stage.read(contracts.shop, &proceedsCall {})? == U256::from(cast.price),
        "the shop's proceeds changed",
    )?;
    findings.line(sent.line("buy again, reverted"));
    findings.line(format!("Bob's assets came back as notes; the fee of {fee} base units is gone"));
    findings.field("transactions", vec![sent.json()]);
    findings.summary = "a reverted call costs the fee and nothing else".into();
    Ok(())
}

fn ticket(
    stage: &mut Stage<'_>,
    cast: &Cast,
    contracts: &Contracts,
    report: &Report,
    findings: &mut Findings,
) -> Result<(), Failure> {
    let ticket = ticket_id(stage, cast, contracts)?;
    let request = SendRequest::new(stage.alice.address(), ticket, 1, Memo::new(b"enjoy")?);
    let client = stage.client;
    let (source, keys) = (stage.source, &stage.keys);
    report.progress("Bob sends the ticket to Alice");
    let (_, sent) = submit(
        &mut stage.bob,
        &client,
        |bob| Ok(bob.build_send(&client, keys, &request, &|_, _| ())?),
        |hash| wait_with(source, hash),
    )?;
    sync(&mut stage.alice, &client)?;
    sync(&mut stage.bob, &client)?;
    ensure(available(&stage.alice, ticket) == 1, "Alice's wallet has no ticket")?;
    ensure(available(&stage.bob, ticket) == 0, "Bob still has the ticket")?;
    if let Some(found) = Needle::asset(ticket).find(&evidence(stage, sent.hash)?) {
        return Err(found.into());
    }
    findings.line(sent.line("ticket"));
    findings.field("transactions", vec![sent.json()]);
    findings.summary = "the ticket changed hands; nobody sees which, or whose".into();
    Ok(())
}

fn audit(stage: &mut Stage<'_>, report: &Report, findings: &mut Findings) -> Result<(), Failure> {
    report.progress("an auditor reads Alice's history with her tracing key");
    let client = stage.client;
    let key = stage.alice.export_view_key();
    let mut auditor = Wallet::watch(Target::Memory, &client.chain_info()?, key.expose())?;
    sync(&mut stage.alice, &client)?;
    sync(&mut auditor, &client)?;
    let told = |wallet: &Wallet| {
        serde_json::to_value(
            wallet
                .history()
                .into_iter()
                .map(|mut entry| {
                    // The callee of a call is local knowledge of the wallet that made it.
                    entry.to = None;
                    entry
                })
                .collect::<Vec<_>>(),
        )
    };
    let (hers, theirs) = (told(&stage.alice)?, told(&auditor)?);
    ensure(hers == theirs, "the auditor's history differs from Alice's")?;
    ensure(auditor.balance() == stage.alice.balance(), "the auditor's balances differ from Alice's")?;
    let request = SendRequest::new(stage.bob.address(), AssetId::coin(), 1, Memo::default());
    let refused = match auditor.build_send(&client, &stage.keys, &request, &|_, _| ()) {
        Err(error) => error.to_string(),
        Ok(_) => return Err("the auditor can spend".into()),
    };
    let entries = hers.as_array().map_or(0, Vec::len);
    ensure(entries > 0, "Alice's history is empty")?;
    findings.line(format!("{entries} entries agree; spending with the tracing key: \"{refused}\""));
    findings.field("entries", entries);
    findings.summary = format!("the tracing key shows all {entries} entries and cannot spend");
    Ok(())
}

fn supply(stage: &Stage<'_>, findings: &mut Findings) -> Result<(), Failure> {
    let audit = stage.rpc("sero_auditSupply", json!([]))?;
    let assets = audit["assets"].as_array().ok_or("sero_auditSupply: no assets")?;
    ensure(assets.len() >= 3, format!("only {} assets were audited", assets.len()))?;
    for asset in assets {
        let figure = |value: &Value| -> Result<U256, Failure> { Ok(serde_json::from_value(value.clone())?) };
        let [issued, public, hidden] = ["issued", "public", "hidden"].map(|name| figure(&asset[name]));
        let (issued, public, hidden) = (issued?, public?, hidden?);
        let name = asset["name"].as_str().unwrap_or("?");
        ensure(issued == public + hidden, format!("{name}: issued {issued} is not {public} + {hidden}"))?;
        for (field, counter) in [("issued", issued), ("public", public), ("hidden", hidden)] {
            let recount = figure(&asset["recount"][field])?;
            ensure(recount == counter, format!("{name}: {field} is {counter}, a recount gives {recount}"))?;
        }
        findings.line(format!("{name:<16} issued {issued} = public {public} + hidden {hidden}"));
    }
    findings.field("assets", audit["assets"].clone());
    findings.summary = format!("{} assets: issued = public + hidden, and a recount agrees", assets.len());
    Ok(())
}
