//! ASSETS: the registry of names and the public multi-asset ledger.

pub(crate) mod dispatch;

use crate::host::{Fault, Host, Outcome};
use crate::layout::{self, key};
use alloy_primitives::{Address, U256, keccak256};
use revm::context_interface::JournalTr;
use sero_primitives::precompile::abi::IAssets as abi;
use sero_primitives::{ASSETS, PRECOMPILES};
use sero_shielded::asset::{AssetId, AssetName, NAME_LEN_MAX};

/// What an id stands for; the numbers are those of `IAssets.AssetInfo.kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// Nothing registered.
    Unknown = 0,
    /// SERO.
    Coin = 1,
    /// Registered by an issuer.
    Token = 2,
    /// Registered by an issuer; not itself an asset.
    Category = 3,
    /// One unit, issued out of a category.
    Ticket = 4,
}

/// Decimals of SERO.
pub const COIN_DECIMALS: u8 = 18;
/// Most decimals of a token.
pub const DECIMALS_MAX: u8 = 36;

/// A registry entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registration {
    /// What the id stands for.
    pub kind: Kind,
    /// Digits behind the decimal point.
    pub decimals: u8,
    /// Who may mint or issue.
    pub issuer: Address,
    name_len: u8,
}

impl Registration {
    const UNKNOWN: Self = Self { kind: Kind::Unknown, decimals: 0, issuer: Address::ZERO, name_len: 0 };
    const COIN: Self = Self { kind: Kind::Coin, decimals: COIN_DECIMALS, issuer: Address::ZERO, name_len: 4 };

    fn to_word(self) -> U256 {
        let mut bytes = [0u8; 32];
        bytes[9] = self.kind as u8;
        bytes[10] = self.decimals;
        bytes[11] = self.name_len;
        bytes[12..].copy_from_slice(self.issuer.as_slice());
        U256::from_be_bytes(bytes)
    }

    fn from_word(word: U256) -> Self {
        let bytes = word.to_be_bytes::<32>();
        let kind = match bytes[9] {
            2 => Kind::Token,
            3 => Kind::Category,
            4 => Kind::Ticket,
            _ => return Self::UNKNOWN,
        };
        Self { kind, decimals: bytes[10], name_len: bytes[11], issuer: Address::from_slice(&bytes[12..]) }
    }
}

/// An asset id as a slot key.
pub(crate) fn asset_key(asset: AssetId) -> U256 {
    U256::from_be_bytes(asset.to_bytes())
}

impl<J: JournalTr> Host<'_, J> {
    // ---- registry ----

    /// What is known about an id.
    pub fn registration(&mut self, asset: AssetId) -> Outcome<Registration, J> {
        if asset == AssetId::coin() {
            return Ok(Registration::COIN);
        }
        let word = self.sload(ASSETS, layout::REGISTRY.at(&[asset_key(asset)]))?;
        Ok(Registration::from_word(word))
    }

    /// The id of a coin, token or issued ticket; categories and unknown ids are refused.
    pub fn require_asset(&mut self, id: U256) -> Outcome<AssetId, J> {
        let unknown = || Fault::revert(abi::UnknownAsset { asset: id });
        let asset = AssetId::from_bytes(id.to_be_bytes()).map_err(|_| unknown())?;
        match self.registration(asset)?.kind {
            Kind::Coin | Kind::Token | Kind::Ticket => Ok(asset),
            Kind::Unknown | Kind::Category => Err(unknown()),
        }
    }

    fn register(
        &mut self,
        issuer: Address,
        kind: Kind,
        name: &str,
        decimals: u8,
        paid: U256,
    ) -> Outcome<AssetId, J> {
        let required = U256::from(self.rules.registration_fee);
        if paid != required {
            return Err(Fault::revert(abi::WrongRegistrationFee { required, sent: paid }));
        }
        let name = AssetName::new(name.as_bytes())
            .map_err(|error| Fault::revert(abi::InvalidName { reason: error.to_string() }))?;
        let by_name = layout::BY_NAME.at(&[keccak256(name.as_str()).into()]);
        if name.as_str() == "SERO" || !self.sload(ASSETS, by_name)?.is_zero() {
            return Err(Fault::revert(abi::NameTaken { name: name.as_str().into() }));
        }
        let id = match kind {
            Kind::Category => AssetId::category(&issuer.0.0, &name),
            _ => AssetId::token(&issuer.0.0, &name),
        };
        if id.generator().is_err() {
            let reason = "name gives an asset without generator".into();
            return Err(Fault::revert(abi::InvalidName { reason }));
        }
        let name_bytes = name.as_str().as_bytes();
        let name_len = u8::try_from(name_bytes.len()).expect("names have at most 32 bytes");
        let mut name_word = [0u8; 32];
        name_word[..name_bytes.len()].copy_from_slice(name_bytes);
        self.sstore(ASSETS, by_name, asset_key(id))?;
        self.sstore(ASSETS, layout::NAME.at(&[asset_key(id)]), U256::from_be_bytes(name_word))?;
        let registration = Registration { kind, decimals, issuer, name_len };
        self.sstore(ASSETS, layout::REGISTRY.at(&[asset_key(id)]), registration.to_word())?;
        self.burn_held_coin(self.rules.registration_fee)?;
        Ok(id)
    }

    /// Registers a token; `paid` came with the call.
    pub fn register_token(
        &mut self,
        issuer: Address,
        name: &str,
        decimals: u8,
        paid: U256,
    ) -> Outcome<AssetId, J> {
        if decimals > DECIMALS_MAX {
            return Err(Fault::revert(abi::InvalidDecimals { decimals, max: DECIMALS_MAX }));
        }
        let id = self.register(issuer, Kind::Token, name, decimals, paid)?;
        let event = abi::TokenRegistered { asset: asset_key(id), issuer, name: name.into(), decimals };
        self.emit(ASSETS, &event);
        Ok(id)
    }

    /// Registers a ticket category.
    pub fn register_category(&mut self, issuer: Address, name: &str, paid: U256) -> Outcome<AssetId, J> {
        let id = self.register(issuer, Kind::Category, name, 0, paid)?;
        self.emit(ASSETS, &abi::CategoryRegistered { category: asset_key(id), issuer, name: name.into() });
        Ok(id)
    }

    /// The name of a token, category or ticket (its category's), or SERO.
    pub fn asset_name(&mut self, asset: AssetId) -> Outcome<String, J> {
        let registration = self.registration(asset)?;
        let named = match registration.kind {
            Kind::Coin => return Ok("SERO".into()),
            Kind::Unknown => return Ok(String::new()),
            Kind::Ticket => self.sload(ASSETS, layout::TICKET_CATEGORY.at(&[asset_key(asset)]))?,
            Kind::Token | Kind::Category => asset_key(asset),
        };
        let word = self.sload(ASSETS, layout::NAME.at(&[named]))?.to_be_bytes::<32>();
        let name = &word[..usize::from(registration.name_len).min(32)];
        Ok(String::from_utf8_lossy(name).into_owned())
    }

    /// The token or category with this name, or 0.
    pub fn asset_by_name(&mut self, name: &str) -> Outcome<U256, J> {
        if name == "SERO" {
            return Ok(asset_key(AssetId::coin()));
        }
        if name.len() > NAME_LEN_MAX {
            return Ok(U256::ZERO);
        }
        self.sload(ASSETS, layout::BY_NAME.at(&[keccak256(name).into()]))
    }

    /// Category and number of a ticket, zeros for anything else.
    pub fn ticket_origin(&mut self, asset: AssetId) -> Outcome<(U256, U256), J> {
        let category = self.sload(ASSETS, layout::TICKET_CATEGORY.at(&[asset_key(asset)]))?;
        let number = self.sload(ASSETS, layout::TICKET_NUMBER.at(&[asset_key(asset)]))?;
        Ok((category, number))
    }

    // ---- issue and burn ----

    /// Creates units of a token for its issuer `caller`.
    pub fn mint(&mut self, caller: Address, id: U256, to: Address, amount: u128) -> Outcome<(), J> {
        let asset = self.require_asset(id)?;
        let registration = self.registration(asset)?;
        if registration.kind != Kind::Token {
            return Err(Fault::revert(abi::UnknownAsset { asset: id }));
        }
        require_issuer(caller, &registration)?;
        require_holder(to)?;
        self.issue(asset, amount)?;
        self.credit(caller, Address::ZERO, to, asset, amount)
    }

    /// Creates the one unit of a ticket for the category's issuer `caller`.
    pub fn issue_ticket(
        &mut self,
        caller: Address,
        category: U256,
        number: U256,
        to: Address,
    ) -> Outcome<AssetId, J> {
        let unknown = || Fault::revert(abi::UnknownCategory { category });
        let category_id = AssetId::from_bytes(category.to_be_bytes()).map_err(|_| unknown())?;
        let registration = self.registration(category_id)?;
        if registration.kind != Kind::Category {
            return Err(unknown());
        }
        require_issuer(caller, &registration)?;
        require_holder(to)?;
        let ticket = AssetId::ticket(&category_id, &number.to_be_bytes());
        let id = asset_key(ticket);
        // The registration stays when a ticket is burned: a number is issued once, ever.
        if self.registration(ticket)?.kind != Kind::Unknown || ticket.generator().is_err() {
            return Err(Fault::revert(abi::AlreadyIssued { asset: id }));
        }
        let ticket_registration = Registration { kind: Kind::Ticket, ..registration };
        self.sstore(ASSETS, layout::REGISTRY.at(&[id]), ticket_registration.to_word())?;
        self.sstore(ASSETS, layout::TICKET_CATEGORY.at(&[id]), category)?;
        self.sstore(ASSETS, layout::TICKET_NUMBER.at(&[id]), number)?;
        self.issue(ticket, 1)?;
        self.emit(ASSETS, &abi::TicketIssued { asset: id, category, number });
        self.credit(caller, Address::ZERO, to, ticket, 1)?;
        Ok(ticket)
    }

    fn issue(&mut self, asset: AssetId, amount: u128) -> Outcome<(), J> {
        let slot = layout::ISSUED.at(&[asset_key(asset)]);
        let issued = self.counter(ASSETS, slot)?.checked_add(amount);
        let issued = issued.ok_or_else(|| Fault::revert(abi::SupplyOverflow { asset: asset_key(asset) }))?;
        self.sstore(ASSETS, slot, U256::from(issued))?;
        self.add_public(asset, amount)
    }

    /// Destroys units of the caller's public balance.
    pub fn burn(&mut self, caller: Address, id: U256, amount: u128) -> Outcome<(), J> {
        let asset = self.require_token_or_ticket(id)?;
        self.debit(caller, caller, Address::ZERO, asset, amount)?;
        self.subtract_public(asset, amount)?;
        let slot = layout::ISSUED.at(&[id]);
        let issued = self.counter(ASSETS, slot)?;
        let rest =
            issued.checked_sub(amount).ok_or_else(|| Fault::revert(abi::SupplyOverflow { asset: id }))?;
        self.sstore(ASSETS, slot, U256::from(rest))
    }

    /// Takes `amount` SERO, which the ASSETS account was just paid, out of existence.
    fn burn_held_coin(&mut self, amount: u128) -> Outcome<(), J> {
        if amount == 0 {
            return Ok(());
        }
        if !self.burn_coin(ASSETS, amount)? {
            return Err(Fault::revert(abi::SupplyOverflow { asset: asset_key(AssetId::coin()) }));
        }
        self.burn_issued_coin(amount)
    }

    /// Lowers the coin's `issued` by what was destroyed elsewhere (base fees).
    pub fn burn_issued_coin(&mut self, amount: u128) -> Outcome<(), J> {
        let coin = asset_key(AssetId::coin());
        let slot = layout::ISSUED.at(&[coin]);
        let issued = self.counter(ASSETS, slot)?;
        let rest =
            issued.checked_sub(amount).ok_or_else(|| Fault::revert(abi::SupplyOverflow { asset: coin }))?;
        self.sstore(ASSETS, slot, U256::from(rest))
    }

    // ---- ledger of tokens and tickets ----

    pub(crate) fn require_token_or_ticket(&mut self, id: U256) -> Outcome<AssetId, J> {
        let asset = self.require_asset(id)?;
        if asset == AssetId::coin() { Err(Fault::revert(abi::CoinNotAllowed {})) } else { Ok(asset) }
    }

    /// Public balance of any asset; of the coin, the account's balance.
    pub fn balance_of(&mut self, holder: Address, asset: AssetId) -> Outcome<U256, J> {
        if asset == AssetId::coin() {
            return self.coin_balance(holder);
        }
        self.sload(ASSETS, layout::BALANCE.at(&[key(holder), asset_key(asset)]))
    }

    /// Moves a token or ticket between public balances.
    pub fn transfer(
        &mut self,
        caller: Address,
        from: Address,
        to: Address,
        id: U256,
        amount: u128,
    ) -> Outcome<(), J> {
        let asset = self.require_token_or_ticket(id)?;
        require_holder(to)?;
        self.debit_silently(from, asset, amount)?;
        self.credit(caller, from, to, asset, amount)
    }

    /// Adds to a balance and emits `Transfer(caller, from, to, ..)`.
    pub(crate) fn credit(
        &mut self,
        caller: Address,
        from: Address,
        to: Address,
        asset: AssetId,
        amount: u128,
    ) -> Outcome<(), J> {
        let slot = layout::BALANCE.at(&[key(to), asset_key(asset)]);
        let sum = self.counter(ASSETS, slot)?.checked_add(amount);
        let sum = sum.ok_or_else(|| Fault::revert(abi::SupplyOverflow { asset: asset_key(asset) }))?;
        self.sstore(ASSETS, slot, U256::from(sum))?;
        self.emit_transfer(caller, from, to, asset, amount);
        Ok(())
    }

    /// Takes from a balance and emits `Transfer(caller, from, to, ..)`.
    pub(crate) fn debit(
        &mut self,
        caller: Address,
        from: Address,
        to: Address,
        asset: AssetId,
        amount: u128,
    ) -> Outcome<(), J> {
        self.debit_silently(from, asset, amount)?;
        self.emit_transfer(caller, from, to, asset, amount);
        Ok(())
    }

    fn debit_silently(&mut self, from: Address, asset: AssetId, amount: u128) -> Outcome<(), J> {
        let slot = layout::BALANCE.at(&[key(from), asset_key(asset)]);
        let balance = self.counter(ASSETS, slot)?;
        let Some(rest) = balance.checked_sub(amount) else {
            let (balance, needed) = (U256::from(balance), U256::from(amount));
            let asset = asset_key(asset);
            return Err(Fault::revert(abi::InsufficientBalance { holder: from, asset, balance, needed }));
        };
        self.sstore(ASSETS, slot, U256::from(rest))
    }

    fn emit_transfer(&mut self, caller: Address, from: Address, to: Address, asset: AssetId, amount: u128) {
        let id = asset_key(asset);
        let event = abi::Transfer { caller, sender: from, receiver: to, id, amount: U256::from(amount) };
        self.emit(ASSETS, &event);
    }

    pub(crate) fn add_public(&mut self, asset: AssetId, amount: u128) -> Outcome<(), J> {
        let slot = layout::PUBLIC.at(&[asset_key(asset)]);
        let sum = self.counter(ASSETS, slot)?.checked_add(amount);
        let sum = sum.ok_or_else(|| Fault::revert(abi::SupplyOverflow { asset: asset_key(asset) }))?;
        self.sstore(ASSETS, slot, U256::from(sum))
    }

    pub(crate) fn subtract_public(&mut self, asset: AssetId, amount: u128) -> Outcome<(), J> {
        let slot = layout::PUBLIC.at(&[asset_key(asset)]);
        let rest = self.counter(ASSETS, slot)?.checked_sub(amount);
        let rest = rest.ok_or_else(|| Fault::revert(abi::SupplyOverflow { asset: asset_key(asset) }))?;
        self.sstore(ASSETS, slot, U256::from(rest))
    }

    /// A slot that only ever holds values below 2^128.
    pub(crate) fn counter(&mut self, address: Address, slot: U256) -> Outcome<u128, J> {
        let value = self.sload(address, slot)?;
        Ok(u128::try_from(value).expect("counters and balances are written as u128 only"))
    }

    /// (issued, public) of an asset as their own counters have them. The coin's
    /// public part has no counter; it is what `issued` and `hidden` leave.
    pub fn supply(&mut self, asset: AssetId) -> Outcome<Supply, J> {
        let id = asset_key(asset);
        let issued = self.counter(ASSETS, layout::ISSUED.at(&[id]))?;
        let hidden = self.hidden(asset)?;
        let public = if asset == AssetId::coin() {
            issued.saturating_sub(hidden)
        } else {
            self.counter(ASSETS, layout::PUBLIC.at(&[id]))?
        };
        Ok(Supply { issued, public, hidden })
    }

    // ---- attachments ----

    /// Takes `assets` out of `from`'s balances and holds them for the callee.
    pub fn hold_attached(&mut self, from: Address, attached: &[(AssetId, u128)]) -> Outcome<(), J> {
        for (i, (asset, amount)) in attached.iter().enumerate() {
            self.debit(from, from, ASSETS, *asset, *amount)?;
            self.tstore(ASSETS, layout::ATTACHED_ASSET.at(&[U256::from(i)]), asset_key(*asset));
            self.tstore(ASSETS, layout::ATTACHED_AMOUNT.at(&[U256::from(i)]), U256::from(*amount));
        }
        self.tstore(ASSETS, layout::ATTACHED_COUNT.slot(), U256::from(attached.len()));
        Ok(())
    }

    /// Number of assets held.
    pub fn attached_count(&mut self) -> u64 {
        self.tload(ASSETS, layout::ATTACHED_COUNT.slot()).saturating_to()
    }

    /// Hands what is held to `to`, once.
    pub fn release_attached(&mut self, to: Address) -> Outcome<Vec<(AssetId, u128)>, J> {
        let count = self.attached_count();
        let mut released = Vec::new();
        for i in 0..count {
            let asset = self.tload(ASSETS, layout::ATTACHED_ASSET.at(&[U256::from(i)]));
            let amount = self.tload(ASSETS, layout::ATTACHED_AMOUNT.at(&[U256::from(i)]));
            let asset = AssetId::from_bytes(asset.to_be_bytes()).expect("held assets were checked");
            let amount = u128::try_from(amount).expect("held amounts are u128");
            self.credit(ASSETS, ASSETS, to, asset, amount)?;
            released.push((asset, amount));
        }
        self.tstore(ASSETS, layout::ATTACHED_COUNT.slot(), U256::ZERO);
        Ok(released)
    }
}

/// Supply figures of an asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Supply {
    /// Units that exist.
    pub issued: u128,
    /// Units in public balances.
    pub public: u128,
    /// Units in the pool.
    pub hidden: u128,
}

fn require_issuer<E>(caller: Address, registration: &Registration) -> Result<(), Fault<E>> {
    if caller == registration.issuer {
        return Ok(());
    }
    Err(Fault::revert(abi::NotIssuer { caller, issuer: registration.issuer }))
}

/// Who may be given a public balance: not the zero address, not the precompiles.
fn require_holder<E>(to: Address) -> Result<(), Fault<E>> {
    if to.is_zero() || PRECOMPILES.contains(&to) {
        return Err(Fault::revert(abi::InvalidReceiver { receiver: to }));
    }
    Ok(())
}

/// An amount argument: 1 to 2^128 - 1.
pub(crate) fn require_amount<E>(
    amount: U256,
    error: impl FnOnce(U256) -> Fault<E>,
) -> Result<u128, Fault<E>> {
    match u128::try_from(amount) {
        Ok(0) | Err(_) => Err(error(amount)),
        Ok(amount) => Ok(amount),
    }
}

/// Slots of the genesis state of ASSETS.
pub fn genesis_storage(issued_coin: u128) -> Vec<(U256, U256)> {
    vec![(layout::ISSUED.at(&[asset_key(AssetId::coin())]), U256::from(issued_coin))]
}

/// Slot of an id's registration, for readers without a journal.
pub fn registration_slot(asset: AssetId) -> U256 {
    layout::REGISTRY.at(&[asset_key(asset)])
}

/// What an id stands for, given the word in its [`registration_slot`].
pub fn registration_kind(asset: AssetId, word: U256) -> Kind {
    if asset == AssetId::coin() { Kind::Coin } else { Registration::from_word(word).kind }
}

/// Slot of an asset's `issued` counter.
pub fn issued_slot(asset: AssetId) -> U256 {
    layout::ISSUED.at(&[asset_key(asset)])
}

/// Slot of an ERC-6909 allowance.
pub(crate) fn allowance_slot(owner: Address, spender: Address, id: U256) -> U256 {
    layout::ALLOWANCE.at(&[key(owner), key(spender), id])
}

/// Slot of an ERC-6909 operator flag.
pub(crate) fn operator_slot(owner: Address, spender: Address) -> U256 {
    layout::OPERATOR.at(&[key(owner), key(spender)])
}
