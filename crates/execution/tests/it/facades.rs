//! ERC-20 and ERC-721 facades: addresses, behaviour, logs.

use crate::support::{TestChain, pkr};
use alloy_primitives::{Address, Bytes, Log, U256, keccak256};
use alloy_sol_types::{SolCall, SolError, SolEvent};
use sero_execution::{CallRequest, TransactionOutcome};
use sero_primitives::precompile::abi::{IAssets, IErc20Facade, IErc721Facade, IPool};
use sero_primitives::precompile::facade_of;
use sero_primitives::{ASSETS, Account, EMPTY_CODE_HASH, POOL, StateDiff, StateReader};
use sero_shielded::asset::{AssetId, AssetName};
use sero_testkit::{SERO, signer};
use std::collections::BTreeMap;

/// GOLD, 1,000 units with account 0, and the category SHOW, tickets 1 to 3 with account 1.
/// Account 0 is the issuer of both.
pub struct Scene {
    pub chain: TestChain,
    pub gold: U256,
    pub show: U256,
}

pub fn account(index: u8) -> Address {
    signer(index).address()
}

pub fn word(asset: AssetId) -> U256 {
    U256::from_be_bytes(asset.to_bytes())
}

impl Scene {
    pub fn new() -> Self {
        let mut chain = TestChain::new();
        let issuer = account(0).0.0;
        let gold = word(AssetId::token(&issuer, &AssetName::new(b"GOLD").unwrap()));
        let show = word(AssetId::category(&issuer, &AssetName::new(b"SHOW").unwrap()));
        chain.send(0, ASSETS, SERO, register_gold());
        chain.send(0, ASSETS, SERO, IAssets::registerCategoryCall { name: "SHOW".into() }.abi_encode());
        let mut scene = Self { chain, gold, show };
        let mint = IAssets::mintCall { asset: gold, to: account(0), amount: U256::from(1_000) };
        scene.does(0, ASSETS, mint);
        for number in 1..=3 {
            scene.issue(number, account(1));
        }
        scene
    }

    pub fn issue(&mut self, number: u64, to: Address) {
        let number = U256::from(number);
        self.does(0, ASSETS, IAssets::issueTicketCall { category: self.show, number, to });
    }

    pub fn token(&self) -> Address {
        facade_of(self.gold)
    }

    pub fn tickets(&self) -> Address {
        facade_of(self.show)
    }

    pub fn ticket(&self, number: u64) -> U256 {
        let category = AssetId::from_bytes(self.show.to_be_bytes()).unwrap();
        word(AssetId::ticket(&category, &U256::from(number).to_be_bytes()))
    }

    /// A call that succeeds.
    #[track_caller]
    pub fn does<C: SolCall>(&mut self, from: u8, to: Address, call: C) -> TransactionOutcome {
        let outcome = self.chain.send(from, to, 0, call.abi_encode());
        assert!(outcome.receipt.success, "{} {:?}", C::SIGNATURE, outcome.output);
        outcome
    }

    /// A call that fails with this error and changes nothing.
    #[track_caller]
    pub fn fails<E: SolError>(&mut self, from: u8, to: Address, call: impl SolCall) -> E {
        let outcome = self.chain.send(from, to, 0, call.abi_encode());
        assert!(!outcome.receipt.success, "must fail");
        assert!(outcome.receipt.logs.is_empty(), "a reverted call leaves no logs");
        E::abi_decode(&outcome.output).unwrap_or_else(|error| panic!("{error}: {}", outcome.output))
    }

    pub fn call(&self, to: Address, input: Vec<u8>) -> (bool, Bytes) {
        let request = CallRequest { to: Some(to), input: input.into(), ..Default::default() };
        let outcome = self.chain.simulator().call(&request).unwrap();
        (outcome.success, outcome.output)
    }

    #[track_caller]
    pub fn read<C: SolCall>(&self, to: Address, call: C) -> C::Return {
        let (success, output) = self.call(to, call.abi_encode());
        assert!(success, "{} {output}", C::SIGNATURE);
        C::abi_decode_returns(&output).unwrap()
    }

    #[track_caller]
    pub fn read_fails<E: SolError>(&self, to: Address, call: impl SolCall) -> E {
        let (success, output) = self.call(to, call.abi_encode());
        assert!(!success, "must fail");
        E::abi_decode(&output).unwrap()
    }

    pub fn balance(&self, account: Address) -> u64 {
        self.read(self.token(), IErc20Facade::balanceOfCall { account }).to()
    }

    pub fn owner(&self, number: u64) -> Address {
        self.read(self.tickets(), IErc721Facade::ownerOfCall { tokenId: U256::from(number) })
    }

    pub fn supply(&self, asset: U256) -> (u64, u64, u64) {
        let supply = self.read(ASSETS, IAssets::supplyCall { asset });
        (supply.issued.to(), supply.publicSupply.to(), supply.hidden.to())
    }

    pub fn shield(&mut self, from: u8, asset: U256, amount: u64) {
        let (pkr, amount) = (pkr().to_bytes().into(), U256::from(amount));
        self.does(from, POOL, IPool::shieldCall { pkr, asset, amount, memo: Bytes::new() });
    }
}

fn register_gold() -> Vec<u8> {
    IAssets::registerTokenCall { name: "GOLD".into(), decimals: 6 }.abi_encode()
}

pub fn transfer(to: Address, value: u64) -> IErc20Facade::transferCall {
    IErc20Facade::transferCall { to, value: U256::from(value) }
}

pub fn transfer_from(from: Address, to: Address, value: u64) -> IErc20Facade::transferFromCall {
    IErc20Facade::transferFromCall { from, to, value: U256::from(value) }
}

pub fn move_ticket(from: Address, to: Address, number: u64) -> IErc721Facade::transferFromCall {
    IErc721Facade::transferFromCall { from, to, tokenId: U256::from(number) }
}

#[test]
fn the_address_is_create2_of_assets() {
    let id = U256::from(7);
    let init = keccak256("SERO.facade");
    let preimage = [&[0xff][..], ASSETS.as_slice(), &id.to_be_bytes::<32>(), init.as_slice()].concat();
    assert_eq!(facade_of(id), Address::from_word(keccak256(preimage)));
    let scene = Scene::new();
    assert_eq!(scene.read(ASSETS, IAssets::facadeOfCall { id }), facade_of(id));
}

/// The code is a rule of consensus: another compiler or source makes another chain.
#[test]
fn the_code_at_a_facade_is_pinned() {
    let scene = Scene::new();
    for (facade, hash) in [
        (scene.token(), "0xf60c9a5bf543ec853007757b6772ae12cf9ae9ef36eafb287bb448bcb9c11b74"),
        (scene.tickets(), "0x36cc54f2f4740512ed1b20e731a30f2de2bafdd043238cac0e7e61fc96b17606"),
    ] {
        let account = scene.chain.state.account(facade).unwrap().unwrap();
        assert_eq!((account.nonce, account.balance), (1, U256::ZERO));
        assert_eq!(account.code_hash.to_string(), hash);
        assert_eq!(keccak256(scene.chain.state.code(account.code_hash).unwrap()), account.code_hash);
    }
    assert_eq!(scene.chain.state.account(facade_of(scene.ticket(1))).unwrap(), None, "a ticket has none");
}

#[test]
fn ether_sent_ahead_or_later_changes_nothing() {
    let mut chain = TestChain::new();
    let gold = word(AssetId::token(&account(0).0.0, &AssetName::new(b"GOLD").unwrap()));
    let facade = facade_of(gold);
    assert!(chain.send(1, facade, 5, vec![]).receipt.success);
    assert!(chain.send(0, ASSETS, SERO, register_gold()).receipt.success);
    let state = chain.state.account(facade).unwrap().unwrap();
    assert_eq!((state.nonce, state.balance), (1, U256::from(5)));
    assert!(!chain.send(1, facade, 5, vec![]).receipt.success, "no payable function");
    assert!(!chain.send(1, facade, 5, transfer(account(2), 0).abi_encode()).receipt.success);
}

#[test]
fn a_taken_address_refuses_the_registration_and_nothing_else() {
    let gold = word(AssetId::token(&account(0).0.0, &AssetName::new(b"GOLD").unwrap()));
    let code = Bytes::from_static(&[0x5f]);
    for (nonce, code) in [(1, None), (0, Some(code))] {
        let mut chain = TestChain::new();
        let mut diff = StateDiff::default();
        let code_hash = code.map_or(EMPTY_CODE_HASH, |code| diff.insert_code(code));
        diff.accounts.insert(facade_of(gold), Some(Account { nonce, balance: U256::ZERO, code_hash }));
        chain.state.apply(&diff);
        let outcome = chain.send(0, ASSETS, SERO, register_gold());
        let error = IAssets::FacadeTaken::abi_decode(&outcome.output).unwrap();
        assert_eq!(error.facade, facade_of(gold));
        let by_name = IAssets::assetByNameCall { name: "GOLD".into() }.abi_encode().into();
        let request = CallRequest { to: Some(ASSETS), input: by_name, ..Default::default() };
        assert_eq!(chain.simulator().call(&request).unwrap().output.as_ref(), [0; 32]);
        let other = IAssets::registerTokenCall { name: "OTHER".into(), decimals: 6 };
        assert!(chain.send(0, ASSETS, SERO, other.abi_encode()).receipt.success);
    }
}

#[test]
fn a_token_is_an_erc20() {
    let mut scene = Scene::new();
    let (token, [a, b, c]) = (scene.token(), [0, 1, 2].map(account));
    assert_eq!(scene.read(token, IErc20Facade::nameCall {}), "GOLD");
    assert_eq!(scene.read(token, IErc20Facade::symbolCall {}), "GOLD");
    assert_eq!(scene.read(token, IErc20Facade::decimalsCall {}), 6);
    assert_eq!(scene.read(token, IErc20Facade::assetCall {}), scene.gold);
    let answer = scene.does(0, token, transfer(b, 100)).output;
    assert!(IErc20Facade::transferCall::abi_decode_returns(&answer).unwrap());
    assert_eq!((scene.balance(a), scene.balance(b)), (900, 100));
    // One allowance, whichever door it is given or used through.
    scene.does(1, token, IErc20Facade::approveCall { spender: c, value: U256::from(50) });
    let (owner, spender, id) = (b, c, scene.gold);
    assert_eq!(scene.read(ASSETS, IAssets::allowanceCall { owner, spender, id }).to::<u64>(), 50);
    scene.does(2, token, transfer_from(b, c, 20));
    scene.does(2, ASSETS, IAssets::transferFromCall { sender: b, receiver: c, id, amount: U256::from(10) });
    assert_eq!(scene.read(token, IErc20Facade::allowanceCall { owner, spender }).to::<u64>(), 20);
    let error = scene.fails::<IAssets::InsufficientAllowance>(2, token, transfer_from(b, c, 21));
    assert_eq!((error.allowance.to::<u64>(), error.needed.to::<u64>()), (20, 21));
    scene.does(1, ASSETS, IAssets::approveCall { spender, id, amount: U256::MAX });
    scene.does(2, token, transfer_from(b, c, 1));
    assert_eq!(scene.read(token, IErc20Facade::allowanceCall { owner, spender }), U256::MAX);
    // An operator of everything is one here too, and shows.
    assert_eq!(scene.read(token, IErc20Facade::allowanceCall { owner: a, spender }), U256::ZERO);
    scene.does(0, ASSETS, IAssets::setOperatorCall { spender: c, approved: true });
    assert_eq!(scene.read(token, IErc20Facade::allowanceCall { owner: a, spender }), U256::MAX);
    scene.does(2, token, transfer_from(a, c, 900));
    assert_eq!([a, b, c].map(|account| scene.balance(account)), [0, 69, 931]);
}

#[test]
fn zero_moves_nothing_and_huge_is_too_much() {
    let mut scene = Scene::new();
    let (token, [a, b, c]) = (scene.token(), [0, 1, 2].map(account));
    for outcome in [scene.does(2, token, transfer(b, 0)), scene.does(1, token, transfer_from(a, c, 0))] {
        let [log] = &outcome.receipt.logs[..] else { panic!("one log") };
        assert_eq!(log.address, token);
        assert_eq!(IErc20Facade::Transfer::decode_log_data(&log.data).unwrap().value, U256::ZERO);
    }
    for from in [Address::ZERO, ASSETS, POOL] {
        // It would look like an issue, or like a withdrawal from the pool.
        assert_eq!(scene.fails::<IAssets::InvalidSender>(1, token, transfer_from(from, c, 0)).sender, from);
    }
    for value in [U256::from(1_001), U256::ONE << 128, U256::MAX] {
        let error = scene.fails::<IAssets::InsufficientBalance>(
            0,
            token,
            IErc20Facade::transferCall { to: b, value },
        );
        assert_eq!((error.balance.to::<u64>(), error.needed), (1_000, value));
    }
    for value in [0, 1] {
        for to in [Address::ZERO, ASSETS, POOL, token] {
            let error = scene.fails::<IAssets::InvalidReceiver>(0, token, transfer(to, value));
            assert_eq!(error.receiver, to);
        }
    }
}

#[test]
fn a_category_is_an_erc721() {
    let mut scene = Scene::new();
    let (tickets, [a, b, c]) = (scene.tickets(), [0, 1, 2].map(account));
    let count =
        |scene: &Scene, owner| -> u64 { scene.read(tickets, IErc721Facade::balanceOfCall { owner }).to() };
    for (interface, known) in
        [("01ffc9a7", true), ("80ac58cd", true), ("5b5e139f", true), ("ffffffff", false)]
    {
        let interface = interface.parse().unwrap();
        let call = IErc721Facade::supportsInterfaceCall { interfaceId: interface };
        assert_eq!(scene.read(tickets, call), known);
    }
    assert_eq!(scene.read(tickets, IErc721Facade::nameCall {}), "SHOW");
    assert_eq!((scene.owner(1), count(&scene, b)), (b, 3));
    scene.does(1, tickets, move_ticket(b, c, 1));
    assert_eq!((scene.owner(1), count(&scene, b), count(&scene, c)), (c, 2, 1));
    // An approval is one account, one ticket, until it moves.
    let number = U256::from(2);
    scene.does(1, tickets, IErc721Facade::approveCall { to: c, tokenId: number });
    assert_eq!(scene.read(tickets, IErc721Facade::getApprovedCall { tokenId: number }), c);
    scene.fails::<IAssets::NotTicketOperator>(2, tickets, move_ticket(b, c, 3));
    scene.fails::<IAssets::NotTicketOperator>(
        2,
        tickets,
        IErc721Facade::approveCall { to: c, tokenId: number },
    );
    scene.does(2, tickets, move_ticket(b, a, 2));
    scene.does(0, tickets, move_ticket(a, b, 2));
    assert_eq!(scene.read(tickets, IErc721Facade::getApprovedCall { tokenId: number }), Address::ZERO);
    scene.fails::<IAssets::NotTicketOperator>(2, tickets, move_ticket(b, c, 2));
    // An operator may move and approve.
    scene.does(1, tickets, IErc721Facade::setApprovalForAllCall { operator: c, approved: true });
    assert!(scene.read(tickets, IErc721Facade::isApprovedForAllCall { owner: b, operator: c }));
    scene.does(2, tickets, IErc721Facade::approveCall { to: a, tokenId: number });
    scene.does(0, tickets, move_ticket(b, a, 2));
    scene.does(2, tickets, move_ticket(b, c, 3));
    scene.does(1, tickets, IErc721Facade::setApprovalForAllCall { operator: c, approved: false });
    scene.does(2, tickets, move_ticket(c, b, 3));
    scene.fails::<IAssets::NotTicketOperator>(2, tickets, move_ticket(b, c, 3));
    // The ledger agrees.
    let id = scene.ticket(2);
    assert_eq!(scene.read(ASSETS, IAssets::balanceOfCall { owner: a, id }), U256::ONE);
    assert_eq!(scene.read(ASSETS, IAssets::balanceOfCall { owner: b, id }), U256::ZERO);
    scene.read_fails::<IErc721Facade::InvalidOwner>(
        tickets,
        IErc721Facade::balanceOfCall { owner: Address::ZERO },
    );
    for to in [Address::ZERO, ASSETS, POOL, tickets] {
        scene.fails::<IAssets::InvalidReceiver>(0, tickets, move_ticket(a, to, 2));
    }
    let wrong_from = scene.fails::<IAssets::InsufficientBalance>(0, tickets, move_ticket(c, b, 2));
    assert_eq!(wrong_from.holder, c);
}

#[test]
fn a_hidden_a_burned_and_an_unknown_ticket_have_no_owner() {
    let mut scene = Scene::new();
    let tickets = scene.tickets();
    let owner_of = |number: u64| IErc721Facade::ownerOfCall { tokenId: U256::from(number) };
    let uri_of = |number: u64| IErc721Facade::tokenURICall { tokenId: U256::from(number) };
    let hidden = scene.ticket(1);
    scene.shield(1, hidden, 1);
    assert_eq!(scene.read_fails::<IErc721Facade::TicketHidden>(tickets, owner_of(1)).number, U256::ONE);
    assert_eq!(scene.read(tickets, uri_of(1)), "", "the issuer is no contract");
    let burned = scene.ticket(2);
    scene.does(1, ASSETS, IAssets::burnCall { asset: burned, amount: U256::ONE });
    for number in [2, 4] {
        scene.read_fails::<IErc721Facade::UnknownTicket>(tickets, owner_of(number));
        scene.read_fails::<IErc721Facade::UnknownTicket>(tickets, uri_of(number));
        let approved = IErc721Facade::getApprovedCall { tokenId: U256::from(number) };
        scene.read_fails::<IErc721Facade::UnknownTicket>(tickets, approved);
    }
    for number in [1, 2, 4] {
        let error = scene.fails::<IAssets::NotTicketOperator>(
            1,
            tickets,
            move_ticket(account(1), account(2), number),
        );
        assert_eq!(error.owner, Address::ZERO);
        let approve = IErc721Facade::approveCall { to: account(2), tokenId: U256::from(number) };
        scene.fails::<IAssets::NotTicketOperator>(1, tickets, approve);
    }
}

/// What an indexer knows of a token or category from the facade's logs alone.
#[derive(Default)]
struct Indexer {
    balances: BTreeMap<Address, i128>,
    owners: BTreeMap<u64, Address>,
}

impl Indexer {
    fn follow(&mut self, scene: &Scene, logs: &[Log]) {
        let ledger =
            |log: &&Log| log.address == ASSETS && log.topics()[0] == IAssets::Transfer::SIGNATURE_HASH;
        let facade = |log: &&Log| log.address == scene.token() || log.address == scene.tickets();
        assert_eq!(logs.iter().filter(ledger).count(), logs.iter().filter(facade).count(), "each once");
        for log in logs {
            if log.address == scene.token() {
                let event = IErc20Facade::Transfer::decode_log_data(&log.data).unwrap();
                *self.balances.entry(event.from).or_default() -= event.value.to::<i128>();
                *self.balances.entry(event.to).or_default() += event.value.to::<i128>();
            } else if log.address == scene.tickets() {
                let event = IErc721Facade::Transfer::decode_log_data(&log.data).unwrap();
                let before = self.owners.insert(event.tokenId.to(), event.to);
                assert_eq!(before.unwrap_or_default(), event.from, "ticket {}", event.tokenId);
            }
        }
    }

    fn agrees(&self, scene: &Scene) {
        let mut sum = 0;
        for (holder, balance) in self.balances.iter().filter(|(holder, _)| !holder.is_zero()) {
            assert_eq!(i128::from(scene.balance(*holder)), *balance, "{holder}");
            sum += balance;
        }
        let total: i128 = scene.read(scene.token(), IErc20Facade::totalSupplyCall {}).to();
        assert_eq!(total, sum, "totalSupply is the sum of all balances, POOL's included");
        for (number, owner) in &self.owners {
            let (success, output) = scene.call(
                scene.tickets(),
                IErc721Facade::ownerOfCall { tokenId: U256::from(*number) }.abi_encode(),
            );
            let error = output.get(..4).unwrap_or_default();
            match *owner {
                POOL => assert_eq!(error, IErc721Facade::TicketHidden::SELECTOR),
                Address::ZERO => assert_eq!(error, IErc721Facade::UnknownTicket::SELECTOR),
                owner => assert!(success && scene.owner(*number) == owner),
            }
        }
        for owner in (0..4).map(account) {
            let held = self.owners.values().filter(|holder| **holder == owner).count();
            let count: usize = scene.read(scene.tickets(), IErc721Facade::balanceOfCall { owner }).to();
            assert_eq!(count, held);
        }
    }
}

/// Random movements through both doors; every one is logged at the facade once, and the logs alone
/// give what the facade says.
#[test]
fn the_facades_logs_tell_everything() {
    let mut scene = Scene::new();
    let mut indexer = Indexer::default();
    indexer.balances.insert(account(0), 1_000);
    indexer.owners.extend((1..=3).map(|number| (number, account(1))));
    let mut seed = 0x5e20_u64;
    let mut random = |bound: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % bound
    };
    let (mut done, mut next_ticket) = (BTreeMap::<u64, u32>::new(), 4);
    for _ in 0..240 {
        let [from, to] = [0, 1].map(|_| u8::try_from(random(4)).unwrap());
        let (number, units) = (1 + random(next_ticket), 1 + random(120));
        let (amount, one) = (U256::from(units), U256::ONE);
        let (gold, ticket, receiver) = (scene.gold, scene.ticket(number), account(to));
        let kind = random(11);
        let (target, input) = match kind {
            0 => (scene.token(), transfer(receiver, units).abi_encode()),
            1 => (ASSETS, IAssets::transferCall { receiver, id: gold, amount }.abi_encode()),
            2 => (ASSETS, IAssets::burnCall { asset: gold, amount }.abi_encode()),
            3 => (ASSETS, IAssets::mintCall { asset: gold, to: receiver, amount }.abi_encode()),
            4 => (POOL, shield(gold, units)),
            5 => (POOL, IPool::payCall { payee: receiver, asset: gold, amount }.abi_encode()),
            6 => (scene.tickets(), move_ticket(account(from), receiver, number).abi_encode()),
            7 => (ASSETS, IAssets::transferCall { receiver, id: ticket, amount: one }.abi_encode()),
            8 if random(3) == 0 => (ASSETS, IAssets::burnCall { asset: ticket, amount: one }.abi_encode()),
            8 if random(3) == 0 => (POOL, shield(ticket, 1)),
            8 => (POOL, IPool::payCall { payee: receiver, asset: ticket, amount: one }.abi_encode()),
            _ => {
                let (category, number) = (scene.show, U256::from(next_ticket));
                (ASSETS, IAssets::issueTicketCall { category, number, to: receiver }.abi_encode())
            }
        };
        let outcome = scene.chain.send(from, target, 0, input);
        if outcome.receipt.success {
            next_ticket += u64::from(kind > 8);
            *done.entry(kind).or_default() += 1;
        }
        indexer.follow(&scene, &outcome.receipt.logs);
        indexer.agrees(&scene);
    }
    assert!((0..=9).all(|kind| done.contains_key(&kind)), "every movement happened: {done:?}");
}

fn shield(asset: U256, units: u64) -> Vec<u8> {
    let pkr = pkr().to_bytes().into();
    IPool::shieldCall { pkr, asset, amount: U256::from(units), memo: Bytes::new() }.abi_encode()
}
