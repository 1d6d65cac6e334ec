//! Calls of PACKAGES.

use super::{Caller, Done, Fail, Ledger, Package, Truths, err, first4, gate, word_out};
use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{SolCall, SolError, SolInterface};
use sero_primitives::precompile::abi::IPackages;
use sero_primitives::{PACKAGES, PRECOMPILES};

impl Ledger {
    pub(super) fn boxes(&mut self, by: Caller, input: &[u8], truths: &Truths) -> Done<Vec<u8>> {
        use IPackages::IPackagesCalls as C;
        let selector = first4(input);
        if !C::valid_selector(selector) {
            return Err(err(IPackages::UnknownSelector { selector: selector.into() }));
        }
        let mutates = [IPackages::transferCall::SELECTOR, IPackages::openCall::SELECTOR].contains(&selector);
        gate(by, mutates, false)?;
        let call =
            C::abi_decode_validate(input).map_err(|_| Fail::Named(IPackages::InvalidCalldata::SELECTOR))?;
        match call {
            C::transfer(c) => {
                self.own(by.address, c.id)?;
                if c.to.is_zero() || PRECOMPILES.contains(&c.to) {
                    return Err(err(IPackages::InvalidOwner { owner: c.to }));
                }
                self.packages.get_mut(&c.id).expect("own").owner = c.to;
                self.emit(PACKAGES, &IPackages::PackageTransferred { id: c.id, from: by.address, to: c.to });
                Ok(vec![])
            }
            C::open(c) => {
                let Package { pool, tag, .. } = self.own(by.address, c.id)?.clone();
                let truth = truths.boxes.get(&B256::from(tag)).filter(|truth| truth.k == c.k);
                let truth = truth.ok_or_else(|| err(IPackages::WrongKey { id: c.id }))?;
                if !truth.honest {
                    return Err(Fail::Named(IPackages::InvalidContent::SELECTOR));
                }
                self.packages.get_mut(&c.id).expect("own").opened = true;
                if truth.amount > 0 {
                    self.asset(truth.asset)?;
                    self.unhide(pool, by.address, truth.asset, truth.amount)?;
                }
                let (asset, amount) = (truth.asset, U256::from(truth.amount));
                let data: alloy_primitives::Bytes = truth.data.clone().into();
                let event = IPackages::PackageRevealed {
                    id: c.id,
                    owner: by.address,
                    asset,
                    amount,
                    k: c.k,
                    data: data.clone(),
                };
                self.emit(PACKAGES, &event);
                let answer = IPackages::openReturn { asset, amount, data };
                Ok(IPackages::openCall::abi_encode_returns(&answer))
            }
            C::packageInfo(c) => {
                let package = self.package(c.id)?;
                let info = IPackages::Package {
                    owner: package.owner,
                    opened: package.opened,
                    pool: package.pool,
                    commitment: package.commitment,
                    ciphertextLength: U256::from(package.ciphertext.len()),
                };
                Ok(IPackages::packageInfoCall::abi_encode_returns(&info))
            }
            C::ciphertext(c) => {
                let package = self.package(c.id)?;
                let answer = IPackages::ciphertextReturn {
                    tag: package.tag.into(),
                    data: package.ciphertext.clone().into(),
                };
                Ok(IPackages::ciphertextCall::abi_encode_returns(&answer))
            }
            C::isPackage(c) => Ok(word_out(U256::from(self.commitments.contains_key(&c.commitment)))),
        }
    }

    pub(super) fn package(&self, id: B256) -> Done<&Package> {
        self.packages.get(&id).ok_or_else(|| err(IPackages::UnknownPackage { id }))
    }

    pub(super) fn own(&self, caller: Address, id: B256) -> Done<&Package> {
        let package = self.package(id)?;
        if package.owner != caller {
            return Err(err(IPackages::NotPackageOwner { caller, owner: package.owner }));
        }
        if package.opened {
            return Err(err(IPackages::AlreadyOpened { id }));
        }
        Ok(package)
    }
}
