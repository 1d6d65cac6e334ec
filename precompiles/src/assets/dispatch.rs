//! ABI of ASSETS: one match from selector to rule.

use super::facade::Through;
use super::{Kind, allowance_slot, asset_key, operator_slot, require_amount};
use crate::calldata::{decode, ok, selector};
use crate::gas;
use crate::host::{Fault, Host, Outcome};
use crate::provider::{Call, GasMeter, refuse};
use alloy_primitives::{FixedBytes, U256};
use alloy_sol_types::SolCall;
use revm::context_interface::JournalTr;
use sero_primitives::ASSETS;
use sero_primitives::precompile::abi::IAssets as abi;
use sero_primitives::precompile::abi::IAssets::IAssetsCalls as Calls;
use sero_primitives::precompile::facade_of;
use sero_shielded::asset::AssetId;

pub(crate) fn run<J: JournalTr>(
    host: &mut Host<'_, J>,
    call: &Call<'_>,
    meter: &mut GasMeter,
) -> Outcome<Vec<u8>, J> {
    let selector = selector::<Calls, _>(call.input).map_err(|fault| refuse(meter, fault))?;
    let (price, mutates, payable) = terms(selector);
    meter.charge(price)?;
    if mutates && !call.mutable {
        return Err(Fault::revert(abi::OnlyPlainCall {}));
    }
    if !payable && !call.value.is_zero() {
        return Err(Fault::revert(abi::NotPayable {}));
    }
    match decode(call.input)? {
        Calls::registerToken(c) => {
            let id = host.register_token(call.caller, &c.name, c.decimals, call.value)?;
            ok::<abi::registerTokenCall, _>(&asset_key(id))
        }
        Calls::registerCategory(c) => {
            let id = host.register_category(call.caller, &c.name, call.value)?;
            ok::<abi::registerCategoryCall, _>(&asset_key(id))
        }
        Calls::mint(c) => {
            host.mint(call.caller, c.asset, c.to, amount(c.amount)?)?;
            Ok(vec![])
        }
        Calls::issueTicket(c) => {
            let id = host.issue_ticket(call.caller, c.category, c.number, c.to)?;
            ok::<abi::issueTicketCall, _>(&asset_key(id))
        }
        Calls::burn(c) => {
            charge_ticket(host, meter, c.asset)?;
            host.burn(call.caller, c.asset, amount(c.amount)?)?;
            Ok(vec![])
        }
        Calls::receiveAttached(_) => receive_attached(host, call, meter),
        Calls::transfer(c) => {
            charge_ticket(host, meter, c.id)?;
            host.transfer(call.caller, call.caller, c.receiver, c.id, amount(c.amount)?)?;
            ok::<abi::transferCall, _>(&true)
        }
        Calls::transferFrom(c) => {
            charge_ticket(host, meter, c.id)?;
            let units = amount(c.amount)?;
            host.spend_allowance(call.caller, c.sender, c.id, c.amount)?;
            host.transfer(call.caller, c.sender, c.receiver, c.id, units)?;
            ok::<abi::transferFromCall, _>(&true)
        }
        Calls::approve(c) => {
            host.approve(call.caller, c.spender, c.id, c.amount)?;
            ok::<abi::approveCall, _>(&true)
        }
        Calls::setOperator(c) => {
            host.sstore(ASSETS, operator_slot(call.caller, c.spender), U256::from(c.approved))?;
            let event = abi::OperatorSet { owner: call.caller, spender: c.spender, approved: c.approved };
            host.emit(ASSETS, &event);
            ok::<abi::setOperatorCall, _>(&true)
        }
        Calls::facadeTransfer(c) => {
            let through = Through { facade: call.caller, caller: c.caller };
            host.facade_transfer(through, c.sender, c.receiver, c.id, c.amount)?;
            Ok(vec![])
        }
        Calls::facadeApprove(c) => {
            let through = Through { facade: call.caller, caller: c.owner };
            host.facade_approve(through, c.spender, c.id, c.amount)?;
            Ok(vec![])
        }
        Calls::facadeTransferTicket(c) => {
            let through = Through { facade: call.caller, caller: c.caller };
            host.facade_transfer_ticket(through, c.sender, c.receiver, c.category, c.number)?;
            Ok(vec![])
        }
        Calls::facadeApproveTicket(c) => {
            let through = Through { facade: call.caller, caller: c.caller };
            host.facade_approve_ticket(through, c.approved, c.category, c.number)?;
            Ok(vec![])
        }
        Calls::facadeSetOperator(c) => {
            let through = Through { facade: call.caller, caller: c.owner };
            host.facade_set_operator(through, c.spender, c.category, c.approved)?;
            Ok(vec![])
        }
        view => read(host, view),
    }
}

/// A ticket's movement costs more than a token's, whose price is paid already.
fn charge_ticket<J: JournalTr>(host: &mut Host<'_, J>, meter: &mut GasMeter, id: U256) -> Outcome<(), J> {
    let Ok(asset) = AssetId::from_bytes(id.to_be_bytes()) else { return Ok(()) };
    if host.registration(asset)?.kind == Kind::Ticket { meter.charge(gas::TICKET) } else { Ok(()) }
}

/// (gas, changes state, accepts value) of a selector, known before anything is decoded.
fn terms(selector: [u8; 4]) -> (u64, bool, bool) {
    match selector {
        abi::registerTokenCall::SELECTOR | abi::registerCategoryCall::SELECTOR => (gas::REGISTER, true, true),
        abi::mintCall::SELECTOR => (gas::MINT, true, false),
        abi::issueTicketCall::SELECTOR => (gas::ISSUE_TICKET, true, false),
        abi::burnCall::SELECTOR => (gas::BURN, true, false),
        abi::receiveAttachedCall::SELECTOR => (gas::RECEIVE_ATTACHED, true, false),
        abi::transferCall::SELECTOR => (gas::TRANSFER, true, false),
        abi::transferFromCall::SELECTOR | abi::facadeTransferCall::SELECTOR => {
            (gas::TRANSFER + gas::ALLOWANCE, true, false)
        }
        abi::facadeTransferTicketCall::SELECTOR => {
            (gas::TRANSFER + gas::TICKET + gas::ALLOWANCE, true, false)
        }
        abi::approveCall::SELECTOR | abi::facadeApproveCall::SELECTOR => (gas::APPROVE, true, false),
        abi::setOperatorCall::SELECTOR | abi::facadeSetOperatorCall::SELECTOR => {
            (gas::SET_OPERATOR, true, false)
        }
        abi::facadeApproveTicketCall::SELECTOR => (gas::APPROVE_TICKET, true, false),
        abi::balanceOfCall::SELECTOR | abi::ticketOwnerCall::SELECTOR => (2 * gas::READ, false, false),
        abi::allowanceCall::SELECTOR
        | abi::isOperatorCall::SELECTOR
        | abi::ticketCountCall::SELECTOR
        | abi::isCategoryOperatorCall::SELECTOR
        | abi::assetByNameCall::SELECTOR => (gas::READ, false, false),
        abi::supportsInterfaceCall::SELECTOR
        | abi::ticketIdCall::SELECTOR
        | abi::facadeOfCall::SELECTOR
        | abi::registrationFeeCall::SELECTOR => (gas::DERIVE_ID, false, false),
        abi::supplyCall::SELECTOR => (gas::READ_SUPPLY, false, false),
        _ => (gas::READ_INFO, false, false),
    }
}

fn read<J: JournalTr>(host: &mut Host<'_, J>, call: Calls) -> Outcome<Vec<u8>, J> {
    match call {
        Calls::balanceOf(c) => {
            let balance = match AssetId::from_bytes(c.id.to_be_bytes()) {
                Ok(asset) => host.balance_of(c.owner, asset)?,
                Err(_) => U256::ZERO,
            };
            ok::<abi::balanceOfCall, _>(&balance)
        }
        Calls::allowance(c) => {
            ok::<abi::allowanceCall, _>(&host.sload(ASSETS, allowance_slot(c.owner, c.spender, c.id))?)
        }
        Calls::isOperator(c) => ok::<abi::isOperatorCall, _>(&host.is_operator(c.owner, c.spender)?),
        Calls::supportsInterface(c) => {
            // ERC-165 and ERC-6909.
            let known = [[0x01, 0xff, 0xc9, 0xa7], [0x0f, 0x63, 0x2f, 0xb3]].map(FixedBytes);
            ok::<abi::supportsInterfaceCall, _>(&known.contains(&c.interfaceId))
        }
        Calls::name(c) => {
            let asset = known(host, c.id)?;
            ok::<abi::nameCall, _>(&host.asset_name(asset)?)
        }
        Calls::symbol(c) => {
            let asset = known(host, c.id)?;
            ok::<abi::symbolCall, _>(&host.asset_name(asset)?)
        }
        Calls::decimals(c) => {
            let asset = known(host, c.id)?;
            ok::<abi::decimalsCall, _>(&host.registration(asset)?.decimals)
        }
        Calls::assetInfo(c) => {
            let info = info(host, c.asset)?;
            ok::<abi::assetInfoCall, _>(&info)
        }
        Calls::assetByName(c) => ok::<abi::assetByNameCall, _>(&host.asset_by_name(&c.name)?),
        Calls::ticketId(c) => {
            let unknown = || Fault::revert(abi::UnknownCategory { category: c.category });
            let category = AssetId::from_bytes(c.category.to_be_bytes()).map_err(|_| unknown())?;
            ok::<abi::ticketIdCall, _>(&asset_key(AssetId::ticket(&category, &c.number.to_be_bytes())))
        }
        Calls::supply(c) => {
            let asset = known(host, c.asset)?;
            let supply = host.supply(asset)?;
            ok::<abi::supplyCall, _>(&abi::supplyReturn {
                issued: U256::from(supply.issued),
                publicSupply: U256::from(supply.public),
                hidden: U256::from(supply.hidden),
            })
        }
        Calls::facadeOf(c) => ok::<abi::facadeOfCall, _>(&facade_of(c.id)),
        Calls::ticketOwner(c) => ok::<abi::ticketOwnerCall, _>(&ticket_owner(host, c.asset)?),
        Calls::ticketCount(c) => ok::<abi::ticketCountCall, _>(&host.ticket_count(c.owner, c.category)?),
        Calls::isCategoryOperator(c) => {
            let flag = host.is_category_operator(c.owner, c.spender, c.category)?;
            ok::<abi::isCategoryOperatorCall, _>(&flag)
        }
        Calls::registrationFee(_) => {
            ok::<abi::registrationFeeCall, _>(&U256::from(host.rules.registration_fee))
        }
        _ => unreachable!("every mutating call is matched in `run`"),
    }
}

fn amount<E>(amount: U256) -> Result<u128, Fault<E>> {
    require_amount(amount, |amount| Fault::revert(abi::InvalidAmount { amount }))
}

/// A registered id, category included.
fn known<J: JournalTr>(host: &mut Host<'_, J>, id: U256) -> Outcome<AssetId, J> {
    let unknown = || Fault::revert(abi::UnknownAsset { asset: id });
    let asset = AssetId::from_bytes(id.to_be_bytes()).map_err(|_| unknown())?;
    if host.registration(asset)?.kind == Kind::Unknown { Err(unknown()) } else { Ok(asset) }
}

fn info<J: JournalTr>(host: &mut Host<'_, J>, id: U256) -> Outcome<abi::AssetInfo, J> {
    let Ok(asset) = AssetId::from_bytes(id.to_be_bytes()) else {
        return Ok(abi::AssetInfo::default());
    };
    let registration = host.registration(asset)?;
    let (category, number) = host.ticket_origin(asset)?;
    Ok(abi::AssetInfo {
        kind: registration.kind as u8,
        issuer: registration.issuer,
        category,
        number,
        name: host.asset_name(asset)?,
        decimals: registration.decimals,
    })
}

fn ticket_owner<J: JournalTr>(host: &mut Host<'_, J>, id: U256) -> Outcome<abi::ticketOwnerReturn, J> {
    let Ok(ticket) = AssetId::from_bytes(id.to_be_bytes()) else {
        return Ok(abi::ticketOwnerReturn::default());
    };
    let owner = host.ticket_owner(ticket)?;
    let approved = host.approved(ticket, owner)?.unwrap_or_default();
    Ok(abi::ticketOwnerReturn { owner: owner.account, approved })
}

fn receive_attached<J: JournalTr>(
    host: &mut Host<'_, J>,
    call: &Call<'_>,
    meter: &mut GasMeter,
) -> Outcome<Vec<u8>, J> {
    if !call.receives_attached {
        return Err(Fault::revert(abi::NotAttachmentReceiver { caller: call.caller }));
    }
    meter.charge(gas::RECEIVE_ATTACHED * host.attached_count())?;
    let released = host.release_attached(call.caller)?;
    let attached: Vec<abi::Attachment> = released
        .into_iter()
        .map(|(asset, amount)| abi::Attachment { asset: asset_key(asset), amount: U256::from(amount) })
        .collect();
    ok::<abi::receiveAttachedCall, _>(&attached)
}
