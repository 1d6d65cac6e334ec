//! ABI of PACKAGES: one match from selector to rule.

use super::{Package, State};
use crate::calldata::{decode, ok, selector};
use crate::gas;
use crate::host::{Fault, Host, Outcome};
use crate::provider::{Call, GasMeter, refuse};
use alloy_primitives::U256;
use alloy_sol_types::SolCall;
use revm::context_interface::JournalTr;
use sero_primitives::PACKAGES;
use sero_primitives::precompile::abi::IPackages as abi;
use sero_primitives::precompile::abi::IPackages::IPackagesCalls as Calls;

pub(crate) fn run<J: JournalTr>(
    host: &mut Host<'_, J>,
    call: &Call<'_>,
    meter: &mut GasMeter,
) -> Outcome<Vec<u8>, J> {
    let selector = selector::<Calls, _>(call.input).map_err(|fault| refuse(meter, fault))?;
    let (price, mutates) = match selector {
        abi::transferCall::SELECTOR => (gas::PACKAGE_TRANSFER, true),
        abi::openCall::SELECTOR => (gas::PACKAGE_REVEAL, true),
        abi::isPackageCall::SELECTOR => (gas::READ, false),
        _ => (2 * gas::READ, false),
    };
    meter.charge(price)?;
    if mutates && !call.mutable {
        return Err(Fault::revert(abi::OnlyPlainCall {}));
    }
    if !call.value.is_zero() {
        return Err(Fault::revert(abi::NotPayable {}));
    }
    match decode(call.input)? {
        Calls::transfer(c) => {
            host.transfer_package(c.id, call.caller, c.to)?;
            Ok(vec![])
        }
        Calls::open(c) => {
            let content = host.reveal_package(c.id, c.k, call.caller, meter)?;
            ok::<abi::openCall, _>(&content)
        }
        Calls::packageInfo(c) => {
            let Package { owner, state, pool, ciphertext_len } = host.package(c.id)?;
            let opened = state == State::Opened;
            let commitment = host.package_commitment(c.id)?;
            let ciphertext_length = U256::from(ciphertext_len);
            let info = abi::Package { owner, opened, pool, commitment, ciphertextLength: ciphertext_length };
            ok::<abi::packageInfoCall, _>(&info)
        }
        Calls::ciphertext(c) => {
            let package = host.package(c.id)?;
            meter.charge(gas::READ * u64::from(package.ciphertext_len / 32))?;
            let (tag, data) = host.package_ciphertext(c.id, &package)?;
            let (tag, data) = (tag.into(), data.into());
            ok::<abi::ciphertextCall, _>(&abi::ciphertextReturn { tag, data })
        }
        Calls::isPackage(c) => {
            let slot = crate::layout::PACKAGE_BY_COMMITMENT.at(&[c.commitment.into()]);
            ok::<abi::isPackageCall, _>(&!host.sload(PACKAGES, slot)?.is_zero())
        }
    }
}
