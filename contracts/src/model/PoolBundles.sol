// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {Bundles} from "./Bundles.sol";
import {Chain} from "./Chain.sol";
import {IPackages} from "../interfaces/IPackages.sol";
import {IPackagesModel} from "./IModels.sol";
import {IPool} from "../interfaces/IPool.sol";
import {Ids} from "./Ids.sol";
import {PoolFlows} from "./PoolFlows.sol";
import {Slots} from "./Slots.sol";

/// @title PoolBundles, what a bundle does, and the verdict on it, in the model of POOL
abstract contract PoolBundles is PoolFlows {
    using Slots for bytes32;

    uint64 private constant EXPIRY_MAX_AHEAD = 43_200;
    string private constant NOT_SIGNED = "spends[0].auth_sig: signature does not verify";

    /// @dev Not in the chain's slots: what a test says of signatures and proofs.
    struct Verdicts {
        string onAll;
        mapping(bytes32 bundleHash => string) on;
        /// keccak256 of caller, context and expiry
        mapping(bytes32 bundleHash => bytes32) signedFor;
    }

    /// @dev Who stands behind a bundle.
    struct Sender {
        /// who may open its packages; zero for nobody
        address account;
        bool hasNonce;
        uint64 nonce;
    }

    function _transact(bytes memory data, bytes32 context, uint64 expiry)
        internal
        returns (IPool.PublicFlow[] memory)
    {
        if (Bundles.counts(data).spends == 0) revert IPool.NoSpend();
        uint64 number = uint64(block.number);
        if (expiry < number) revert IPool.BundleExpired(expiry, number);
        if (expiry > number + EXPIRY_MAX_AHEAD) revert IPool.ExpiryTooFar(expiry, number + EXPIRY_MAX_AHEAD);
        Bundles.Bundle memory bundle = Bundles.decode(data);
        uint256 coins = Bundles.coinsInward(bundle);
        if (msg.value != coins) revert IPool.WrongValue(coins, msg.value);
        _applyNotes(bundle, Sender(msg.sender, false, 0));
        _applyFlows(bundle, msg.sender);
        _judge(keccak256(data), keccak256(abi.encode(msg.sender, context, expiry)));
        return bundle.flows;
    }

    /// @dev Anchor, nullifiers, outputs, packages.
    function _applyNotes(Bundles.Bundle memory bundle, Sender memory sender) internal {
        uint8 pool = bundle.pool;
        if (!_isOpen(pool)) revert IPool.PoolClosed(pool);
        _closeEarlier(pool);
        bool spends = bundle.nullifiers.length != 0;
        if (spends && !_isAnchor(pool, bundle.anchor)) revert IPool.UnknownAnchor(bundle.anchor);
        for (uint256 i = 0; i < bundle.nullifiers.length; i++) {
            _spend(pool, bundle.nullifiers[i]);
        }
        for (uint256 i = 0; i < bundle.outputs.length; i++) {
            Bundles.Output memory output = bundle.outputs[i];
            bytes32 commitment = bytes32(output.commitment);
            if (IPackages(Chain.PACKAGES).isPackage(commitment)) revert IPackages.CommitmentUsed(commitment);
            _hiddenNote(pool, output.commitment, output.ciphertext);
        }
        for (uint256 i = 0; i < bundle.packages.length; i++) {
            Bundles.Package memory package = bundle.packages[i];
            if (!package.opens) continue;
            bytes32 commitment = bytes32(package.commitment);
            IPackagesModel(Chain.PACKAGES).modelOpen(package.id, commitment, package.cv, sender.account, pool);
        }
        for (uint256 i = 0; i < bundle.packages.length; i++) {
            if (!bundle.packages[i].opens) _createPackage(bundle, uint8(i), sender);
        }
    }

    function _applyFlows(Bundles.Bundle memory bundle, address account) internal {
        for (uint256 i = 0; i < bundle.flows.length; i++) {
            IPool.PublicFlow memory flow = bundle.flows[i];
            _requireAsset(flow.asset);
            if (!flow.inward) {
                _unhide(bundle.pool, account, flow.asset, flow.amount);
                continue;
            }
            if (!_takesDeposits(bundle.pool)) revert IPool.DepositsPaused();
            _hide(bundle.pool, account, flow.asset, flow.amount);
        }
    }

    function _isSpent(uint8 pool, bytes32 nullifier) internal view returns (bool) {
        return Slots.at(NULLIFIER, pool, uint256(nullifier)).get() != 0;
    }

    function _spend(uint8 pool, uint256 nullifier) private {
        if (_isSpent(pool, bytes32(nullifier))) revert IPool.NullifierAlreadySpent(bytes32(nullifier));
        Slots.at(NULLIFIER, pool, nullifier).set(block.number + 1);
        emit IPool.NullifierSpent(bytes32(nullifier), pool);
    }

    function _createPackage(Bundles.Bundle memory bundle, uint8 index, Sender memory sender) private {
        bytes32 id;
        if (bundle.nullifiers.length != 0) id = Ids.package(bundle.pool, bundle.nullifiers[0], index);
        else if (sender.hasNonce) id = Ids.packageOfCall(sender.account, sender.nonce, index);
        else return;
        Bundles.Package memory p = bundle.packages[index];
        IPackagesModel(Chain.PACKAGES)
            .modelCreate(bundle.pool, id, p.owner, bytes32(p.commitment), p.cv, p.tag, p.ciphertext);
    }

    // ---- the verdict ----

    function _judge(bytes32 bundleHash, bytes32 carrier) private view {
        Verdicts storage verdicts = _verdicts();
        bytes32 signedFor = verdicts.signedFor[bundleHash];
        if (signedFor != 0 && signedFor != carrier) revert IPool.InvalidBundle(NOT_SIGNED);
        if (bytes(verdicts.on[bundleHash]).length != 0) revert IPool.InvalidBundle(verdicts.on[bundleHash]);
        if (bytes(verdicts.onAll).length != 0) revert IPool.InvalidBundle(verdicts.onAll);
    }

    function _verdicts() internal pure returns (Verdicts storage verdicts) {
        bytes32 slot = keccak256("SERO.model.pool.verdicts");
        assembly ("memory-safe") {
            verdicts.slot := slot
        }
    }
}
