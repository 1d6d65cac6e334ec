//! PACKAGES: encrypted boxes with one (asset, amount) and data
//! (`docs/spec/08-packages.md`). What they hold is counted as hidden in the
//! pool that it came from.

pub(crate) mod dispatch;

use crate::assets::asset_key;
use crate::gas;
use crate::host::{Fault, Host, Outcome};
use crate::layout;
use crate::pool::Sender;
use crate::provider::GasMeter;
use alloy_primitives::{Address, B256, Bytes, U256};
use revm::context_interface::JournalTr;
use sero_primitives::precompile::abi::IPackages as abi;
use sero_primitives::{PACKAGES, PRECOMPILES};
use sero_shielded::bundle::{Bundle, PackageCreate, PackageOpen};
use sero_shielded::curve::point_to_bytes;
use sero_shielded::field::{Field, field_from_bytes, field_to_bytes};
use sero_shielded::package::{OpenError, PackageId, SealedPackage};

/// Opened or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Its content is inside.
    Closed,
    /// Its content is gone.
    Opened,
}

/// The word of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Package {
    /// Who may transfer and open it.
    pub owner: Address,
    /// Opened or not.
    pub state: State,
    /// The pool that holds its content.
    pub pool: u8,
    /// Bytes of its ciphertext.
    pub ciphertext_len: u16,
}

impl Package {
    /// Reads the word; `None` if there is no such package.
    pub fn from_word(word: U256) -> Option<Self> {
        let bytes = word.to_be_bytes::<32>();
        let state = match bytes[11] {
            1 => State::Closed,
            2 => State::Opened,
            _ => return None,
        };
        Some(Self {
            owner: Address::from_slice(&bytes[12..]),
            state,
            pool: bytes[10],
            ciphertext_len: u16::from_be_bytes([bytes[8], bytes[9]]),
        })
    }

    fn to_word(self) -> U256 {
        let mut bytes = [0u8; 32];
        bytes[8..10].copy_from_slice(&self.ciphertext_len.to_be_bytes());
        bytes[10] = self.pool;
        bytes[11] = match self.state {
            State::Closed => 1,
            State::Opened => 2,
        };
        bytes[12..].copy_from_slice(self.owner.as_slice());
        U256::from_be_bytes(bytes)
    }
}

/// Whether `bundle` may open this package, by the rules that need one read each.
/// `read` gives a slot of PACKAGES; a refusal is the ABI-encoded error.
pub fn check_open<E>(
    bundle: &Bundle,
    open: &PackageOpen,
    opener: Option<Address>,
    read: &mut impl FnMut(U256) -> Result<U256, E>,
) -> Result<Result<Package, Bytes>, E> {
    use alloy_sol_types::SolError;
    let refuse = |error: Vec<u8>| Ok(Err(Bytes::from(error)));
    let id = B256::from(open.id.to_bytes());
    let Some(package) = Package::from_word(read(layout::PACKAGE.at(&[id.into()]))?) else {
        return refuse(abi::UnknownPackage { id }.abi_encode());
    };
    if package.state == State::Opened {
        return refuse(abi::AlreadyOpened { id }.abi_encode());
    }
    let caller = opener.unwrap_or_default();
    if opener != Some(package.owner) {
        return refuse(abi::NotPackageOwner { caller, owner: package.owner }.abi_encode());
    }
    if package.pool != bundle.pool {
        let error = abi::WrongPool { id, pool: package.pool, bundlePool: bundle.pool };
        return refuse(error.abi_encode());
    }
    let commitment = B256::from(field_to_bytes(&open.commitment));
    if read(layout::PACKAGE_COMMITMENT.at(&[id.into()]))? != U256::from_be_bytes(commitment.0) {
        return refuse(abi::WrongCommitment { id, commitment }.abi_encode());
    }
    if read(layout::PACKAGE_CV.at(&[id.into()]))? == U256::from_be_bytes(point_to_bytes(&open.cv)) {
        return refuse(abi::StaleValueCommitment { id }.abi_encode());
    }
    Ok(Ok(package))
}

/// Whether a bundle may create this package; see [`check_open`].
pub fn check_create<E>(
    id: PackageId,
    create: &PackageCreate,
    read: &mut impl FnMut(U256) -> Result<U256, E>,
) -> Result<Result<(), Bytes>, E> {
    use alloy_sol_types::SolError;
    let refuse = |error: Vec<u8>| Ok(Err(Bytes::from(error)));
    let owner = Address::from(create.owner);
    if !may_own(owner) {
        return refuse(abi::InvalidOwner { owner }.abi_encode());
    }
    let id = B256::from(id.to_bytes());
    if !read(layout::PACKAGE.at(&[id.into()]))?.is_zero() {
        return refuse(abi::PackageExists { id }.abi_encode());
    }
    let commitment = B256::from(field_to_bytes(&create.sealed.commitment));
    if !read(layout::PACKAGE_BY_COMMITMENT.at(&[commitment.into()]))?.is_zero() {
        return refuse(abi::CommitmentUsed { commitment }.abi_encode());
    }
    Ok(Ok(()))
}

/// Slot that is not zero if a commitment is or was a package's.
pub fn commitment_slot(commitment: &Field) -> U256 {
    layout::PACKAGE_BY_COMMITMENT.at(&[U256::from_be_bytes(field_to_bytes(commitment))])
}

fn may_own(owner: Address) -> bool {
    !owner.is_zero() && !PRECOMPILES.contains(&owner)
}

impl<J: JournalTr> Host<'_, J> {
    /// A note's commitment must not be a package's.
    pub(crate) fn require_no_package(&mut self, commitment: &Field) -> Outcome<(), J> {
        if self.sload(PACKAGES, commitment_slot(commitment))?.is_zero() {
            return Ok(());
        }
        let commitment = B256::from(field_to_bytes(commitment));
        Err(Fault::revert(abi::CommitmentUsed { commitment }))
    }

    /// Opens a bundle's packages in private: their value is back in its notes.
    pub(crate) fn open_packages(&mut self, bundle: &Bundle, opener: Option<Address>) -> Outcome<(), J> {
        for open in bundle.opened_packages() {
            let package = check_open(bundle, open, opener, &mut |slot| self.sload(PACKAGES, slot))?
                .map_err(Fault::Revert)?;
            let id = B256::from(open.id.to_bytes());
            self.mark_opened(id, package)?;
            self.emit(PACKAGES, &abi::PackageOpened { id, owner: package.owner });
        }
        Ok(())
    }

    /// Stores the packages that a bundle creates.
    pub(crate) fn create_packages(&mut self, bundle: &Bundle, sender: Sender) -> Outcome<(), J> {
        let call = sender.account.zip(sender.nonce).map(|(from, nonce)| (from.into_array(), nonce));
        for (id, create) in bundle.package_ids(call) {
            check_create(id, create, &mut |slot| self.sload(PACKAGES, slot))?.map_err(Fault::Revert)?;
            self.create_package(bundle.pool, id, create)?;
        }
        Ok(())
    }

    fn create_package(&mut self, pool: u8, id: PackageId, create: &PackageCreate) -> Outcome<(), J> {
        let SealedPackage { commitment, tag, ciphertext } = &create.sealed;
        let id = B256::from(id.to_bytes());
        let (key, commitment) = (U256::from_be_bytes(id.0), B256::from(field_to_bytes(commitment)));
        let package = Package {
            owner: create.owner.into(),
            state: State::Closed,
            pool,
            ciphertext_len: u16::try_from(ciphertext.len()).expect("the codec allows up to 1024"),
        };
        self.sstore(PACKAGES, layout::PACKAGE.at(&[key]), package.to_word())?;
        self.sstore(PACKAGES, layout::PACKAGE_COMMITMENT.at(&[key]), commitment.into())?;
        self.sstore(PACKAGES, layout::PACKAGE_BY_COMMITMENT.at(&[commitment.into()]), key)?;
        let cv = U256::from_be_bytes(point_to_bytes(&create.cv));
        self.sstore(PACKAGES, layout::PACKAGE_CV.at(&[key]), cv)?;
        self.sstore(PACKAGES, layout::PACKAGE_TAG.at(&[key]), U256::from_be_bytes(*tag))?;
        for (i, word) in ciphertext.as_chunks::<32>().0.iter().enumerate() {
            let slot = layout::PACKAGE_CIPHERTEXT.at(&[key, U256::from(i)]);
            self.sstore(PACKAGES, slot, U256::from_be_bytes(*word))?;
        }
        let event = abi::PackageCreated {
            id,
            owner: package.owner,
            commitment,
            pool,
            tag: tag.into(),
            ciphertext: Bytes::copy_from_slice(ciphertext),
        };
        self.emit(PACKAGES, &event);
        Ok(())
    }

    /// Once, for ever.
    fn mark_opened(&mut self, id: B256, package: Package) -> Outcome<(), J> {
        let opened = Package { state: State::Opened, ..package };
        self.sstore(PACKAGES, layout::PACKAGE.at(&[id.into()]), opened.to_word())
    }

    /// A package that is or was.
    pub fn package(&mut self, id: B256) -> Outcome<Package, J> {
        let word = self.sload(PACKAGES, layout::PACKAGE.at(&[id.into()]))?;
        Package::from_word(word).ok_or_else(|| Fault::revert(abi::UnknownPackage { id }))
    }

    /// A closed package of `caller`.
    fn own_package(&mut self, id: B256, caller: Address) -> Outcome<Package, J> {
        let package = self.package(id)?;
        if package.owner != caller {
            return Err(Fault::revert(abi::NotPackageOwner { caller, owner: package.owner }));
        }
        if package.state == State::Opened {
            return Err(Fault::revert(abi::AlreadyOpened { id }));
        }
        Ok(package)
    }

    /// Hands `caller`'s package on.
    fn transfer_package(&mut self, id: B256, caller: Address, to: Address) -> Outcome<(), J> {
        let package = self.own_package(id, caller)?;
        if !may_own(to) {
            return Err(Fault::revert(abi::InvalidOwner { owner: to }));
        }
        let handed = Package { owner: to, ..package };
        self.sstore(PACKAGES, layout::PACKAGE.at(&[id.into()]), handed.to_word())?;
        self.emit(PACKAGES, &abi::PackageTransferred { id, from: caller, to });
        Ok(())
    }

    /// The commitment that a package has for ever.
    pub(crate) fn package_commitment(&mut self, id: B256) -> Outcome<B256, J> {
        Ok(self.sload(PACKAGES, layout::PACKAGE_COMMITMENT.at(&[id.into()]))?.into())
    }

    /// Tag and ciphertext of a package, as they are stored.
    pub(crate) fn package_ciphertext(
        &mut self,
        id: B256,
        package: &Package,
    ) -> Outcome<([u8; 32], Vec<u8>), J> {
        let key = U256::from_be_bytes(id.0);
        let tag = self.sload(PACKAGES, layout::PACKAGE_TAG.at(&[key]))?.to_be_bytes();
        let mut ciphertext = Vec::with_capacity(usize::from(package.ciphertext_len));
        for i in 0..package.ciphertext_len / 32 {
            let word = self.sload(PACKAGES, layout::PACKAGE_CIPHERTEXT.at(&[key, U256::from(i)]))?;
            ciphertext.extend(word.to_be_bytes::<32>());
        }
        Ok((tag, ciphertext))
    }

    /// Opens `caller`'s package with its key and credits what it holds.
    fn reveal_package(
        &mut self,
        id: B256,
        k: B256,
        caller: Address,
        meter: &mut GasMeter,
    ) -> Outcome<abi::openReturn, J> {
        let package = self.own_package(id, caller)?;
        meter.charge(gas::PACKAGE_REVEAL_WORD * u64::from(package.ciphertext_len / 32))?;
        let (tag, ciphertext) = self.package_ciphertext(id, &package)?;
        let commitment = self.package_commitment(id)?;
        let sealed = SealedPackage {
            commitment: field_from_bytes(&commitment.0).expect("only field elements are written"),
            tag,
            ciphertext,
        };
        let name = PackageId::from_bytes(id.0).expect("ids of packages are field elements");
        let content = sealed.open(&name, &k.0).map_err(|error| match error {
            OpenError::WrongKey => Fault::revert(abi::WrongKey { id }),
            other => Fault::revert(abi::InvalidContent { id, reason: other.to_string() }),
        })?;
        self.mark_opened(id, package)?;
        if content.amount > 0 {
            self.require_asset(asset_key(content.asset))?;
            self.unhide(package.pool, caller, content.asset, content.amount)?;
        }
        let (asset, amount) = (asset_key(content.asset), U256::from(content.amount));
        let data = Bytes::copy_from_slice(&content.data);
        let event = abi::PackageRevealed { id, owner: caller, asset, amount, k, data: data.clone() };
        self.emit(PACKAGES, &event);
        Ok(abi::openReturn { asset, amount, data })
    }
}
