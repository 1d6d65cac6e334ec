// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {IAssets} from "./interfaces/IAssets.sol";
import {IPackages} from "./interfaces/IPackages.sol";
import {IPool} from "./interfaces/IPool.sol";

/// @title Sero, the privacy precompiles as a contract sees them
/// @notice Names the precompiles and hides the two rules that are easy to forget: the coin travels
/// as value, every other asset without value; and whoever carries a bundle binds its beneficiary.
library Sero {
    /// @notice The registry and public multi-asset ledger.
    IAssets internal constant ASSETS = IAssets(0x0000000000000000000000000000000000005301);

    /// @notice The shielded note pool.
    IPool internal constant POOL = IPool(0x0000000000000000000000000000000000005302);

    /// @notice Encrypted boxes that hold one (asset, amount) and data.
    IPackages internal constant PACKAGES = IPackages(0x0000000000000000000000000000000000005303);

    /// @notice The asset id of the coin.
    // K2F("SERO.asset.coin") of docs/spec/03-assets.md; a Rust test compares the two.
    uint256 internal constant COIN = 0x15e88f3c30a7333503b3e30d01e9ccaa64993cdbaded5e29cdbfbe56bf14e8e9;

    /// @dev The call carried something else than exactly `amount` of `asset`.
    error WrongAttachment(uint256 asset, uint256 amount, IAssets.Attachment[] received);
    /// @dev A bundle moved something else than exactly `amount` of `asset`, in the direction asked for.
    error WrongFlows(uint256 asset, bool inward, uint256 amount, IPool.PublicFlow[] flows);
    /// @dev The bundle opens a package: POOL would take this contract, which carries it, for the opener.
    error OpensPackage();

    /// @notice Moves `amount` of this contract's public balance into a note to `pkr`.
    /// @param pkr 128 bytes, a one-time address
    /// @param memo at most 64 bytes, public
    /// @return position of the new note
    function shield(bytes memory pkr, uint256 asset, uint256 amount, bytes memory memo)
        internal
        returns (uint64 position)
    {
        return POOL.shield{value: _value(asset, amount)}(pkr, asset, amount, memo);
    }

    /// @notice Pays a caller of this or an earlier transaction: as a note if the caller left a
    /// refund `pkr`, else as a public credit. Never fails because of the payee.
    /// @return hidden whether a note was made
    function pay(address payee, uint256 asset, uint256 amount) internal returns (bool hidden) {
        return POOL.pay{value: _value(asset, amount)}(payee, asset, amount);
    }

    /// @notice Takes the assets attached to this transaction, which must be exactly `amount` of
    /// `asset` and nothing else. Only in functions that the transaction's sender calls directly.
    function receiveSingle(uint256 asset, uint256 amount) internal {
        IAssets.Attachment[] memory received = ASSETS.receiveAttached();
        if (received.length != 1 || received[0].asset != asset || received[0].amount != amount) {
            revert WrongAttachment(asset, amount, received);
        }
    }

    /// @notice Carries a bundle whose owner signed that this contract does `action` with `args` for
    /// `beneficiary`. What flows out is credited to this contract's public account; what flows in is
    /// taken from it.
    /// @dev THE CONTRACT MUST DO WHAT IT PASSES HERE: give what came out to `beneficiary` and to nobody
    /// else, and take every choice that follows from `action` and `args`, never from `msg.sender`. Then a
    /// copy of the pending call can only do the same thing for the same `beneficiary`. There is no form
    /// of this function that takes the 32 bytes: a contract that ignores them pays whoever comes first.
    /// A call that reverts leaves the bundle alive until `expiry`, or until its notes are spent elsewhere.
    /// A bundle that opens packages is refused: they would be this contract's own, and whoever closed one
    /// can prove its content for ever, so he would take back what he gave, and no flow would show it.
    /// @param bundle docs/spec/06-bundle.md, with at least one spend
    /// @param expiry last block in which the bundle is accepted
    /// @param coins what flows in of the coin, exactly; forwarded out of this contract's balance, so that a
    /// caller who should pay it must have sent it (`msg.value`)
    /// @param beneficiary who gets what flows out, or is credited for what flows in
    /// @param action which of its actions the contract is doing: one constant for each
    /// @param args all that decides how, ABI-encoded
    /// @return flows the bundle's public flows, each asset once; at most 16
    function transact(
        bytes memory bundle,
        uint64 expiry,
        uint256 coins,
        address beneficiary,
        bytes32 action,
        bytes memory args
    ) internal returns (IPool.PublicFlow[] memory flows) {
        if (opensPackage(bundle)) revert OpensPackage();
        return POOL.transact{value: coins}(bundle, contextOf(beneficiary, action, args), expiry);
    }

    /// @notice Whether a bundle opens a package, read off its bytes (docs/spec/06-bundle.md). What it says of
    /// bytes that are no bundle means nothing: POOL refuses them.
    function opensPackage(bytes memory bundle) internal pure returns (bool) {
        if (bundle.length < 38) return false;
        // Header and anchor, spends, outputs.
        uint256 at = 38 + 288 * uint256(uint8(bundle[2])) + 500 * uint256(uint8(bundle[3]));
        for (uint256 left = uint8(bundle[4]); left != 0; left--) {
            if (at + 119 > bundle.length) return false;
            if (bundle[at] == 0x01) return true;
            // A creation: 119 bytes, of which the last two are its ciphertext's length, and the proof.
            at += 247 + 256 * uint256(uint8(bundle[at + 117])) + uint8(bundle[at + 118]);
        }
        return false;
    }

    /// @notice The 32 bytes that a bundle for `transact` is signed with, beside the carrying contract's
    /// address and the expiry: keccak256(abi.encode(beneficiary, action, args)).
    function contextOf(address beneficiary, bytes32 action, bytes memory args) internal pure returns (bytes32) {
        return keccak256(abi.encode(beneficiary, action, args));
    }

    /// @notice Refuses a bundle that moved anything else than exactly `amount` of `asset`.
    /// @param flows what `transact` returned
    function requireSingle(IPool.PublicFlow[] memory flows, uint256 asset, bool inward, uint256 amount) internal pure {
        if (flows.length != 1 || flows[0].asset != asset || flows[0].inward != inward || flows[0].amount != amount) {
            revert WrongFlows(asset, inward, amount, flows);
        }
    }

    /// @notice Who may transfer and open a package; reverts for one that never was.
    function packageOwner(bytes32 id) internal view returns (address) {
        return PACKAGES.packageInfo(id).owner;
    }

    /// @notice Whether this contract can open or hand on a package: it owns it, and it is closed.
    function holdsPackage(bytes32 id) internal view returns (bool) {
        IPackages.Package memory info = PACKAGES.packageInfo(id);
        return info.owner == address(this) && !info.opened;
    }

    /// @notice Opens a package of this contract in public: its content is credited to this contract's
    /// public account, and everybody learns it and `k`.
    /// @dev Reverts for a wrong key, a malformed content, and a package that this contract does not own.
    /// A `try` around it cannot tell these from a caller who gave too little gas: take nothing for final
    /// that follows from its failure.
    /// @return asset what it held
    /// @return amount how much, perhaps 0
    /// @return data at most 942 bytes
    function openPackage(bytes32 id, bytes32 k) internal returns (uint256 asset, uint256 amount, bytes memory data) {
        return PACKAGES.open(id, k);
    }

    function _value(uint256 asset, uint256 amount) private pure returns (uint256) {
        return asset == COIN ? amount : 0;
    }
}
