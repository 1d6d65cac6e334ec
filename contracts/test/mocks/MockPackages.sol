// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {IPackages} from "../../src/interfaces/IPackages.sol";
import {Sero} from "../../src/Sero.sol";
import {MockPool} from "./MockPool.sol";

/// @title MockPackages, PACKAGES without cryptography, for `vm.etch`
/// @notice Owners, states and errors are the precompile's; the content lies in the clear, and the key is
/// compared. What a package holds must be hidden in MockPool before it is closed.
contract MockPackages is IPackages {
    struct Box {
        address owner;
        bool opened;
        bool nonsense;
        bytes32 k;
        uint256 asset;
        uint256 amount;
        bytes data;
    }

    mapping(bytes32 id => Box) private _boxes;

    /// @notice Makes a package, as a bundle would.
    function close(bytes32 id, address owner, bytes32 k, uint256 asset, uint256 amount, bytes calldata data) external {
        if (_boxes[id].owner != address(0)) revert PackageExists(id);
        if (!_mayOwn(owner)) revert InvalidOwner(owner);
        _boxes[id] = Box(owner, false, false, k, asset, amount, data);
        emit PackageCreated(id, owner, _commitment(id), 0, keccak256(abi.encode(k, id)), data);
    }

    /// @notice Makes a package that never opens.
    function closeNonsense(bytes32 id, address owner, bytes32 k) external {
        _boxes[id] = Box(owner, false, true, k, 0, 0, "");
    }

    function transfer(bytes32 id, address to) external {
        Box storage box = _own(id);
        if (!_mayOwn(to)) revert InvalidOwner(to);
        box.owner = to;
        emit PackageTransferred(id, msg.sender, to);
    }

    function open(bytes32 id, bytes32 k) external returns (uint256 asset, uint256 amount, bytes memory data) {
        Box storage box = _own(id);
        if (box.k != k) revert WrongKey(id);
        if (box.nonsense) revert InvalidContent(id, "nonsense");
        box.opened = true;
        (asset, amount, data) = (box.asset, box.amount, box.data);
        MockPool(address(Sero.POOL)).openPackage(msg.sender, asset, amount);
        emit PackageRevealed(id, msg.sender, asset, amount, k, data);
    }

    function packageInfo(bytes32 id) external view returns (Package memory info) {
        Box storage box = _known(id);
        return Package(box.owner, box.opened, 0, _commitment(id), 128);
    }

    function ciphertext(bytes32 id) external view returns (bytes32 tag, bytes memory data) {
        Box storage box = _known(id);
        return (keccak256(abi.encode(box.k, id)), new bytes(128));
    }

    /// @dev Commitments are not modelled.
    function isPackage(bytes32) external pure returns (bool) {
        return false;
    }

    function _known(bytes32 id) private view returns (Box storage box) {
        box = _boxes[id];
        if (box.owner == address(0)) revert UnknownPackage(id);
    }

    function _own(bytes32 id) private view returns (Box storage box) {
        box = _known(id);
        if (box.owner != msg.sender) revert NotPackageOwner(msg.sender, box.owner);
        if (box.opened) revert AlreadyOpened(id);
    }

    function _mayOwn(address owner) private pure returns (bool) {
        return uint160(owner) != 0 && (uint160(owner) < 0x5301 || uint160(owner) > 0x5304);
    }

    function _commitment(bytes32 id) private pure returns (bytes32) {
        return keccak256(abi.encode("commitment", id));
    }
}
