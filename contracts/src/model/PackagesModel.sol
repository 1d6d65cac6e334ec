// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {Arguments} from "./Arguments.sol";
import {Chain} from "./Chain.sol";
import {IAssets} from "../interfaces/IAssets.sol";
import {IPackages} from "../interfaces/IPackages.sol";
import {IPackagesModel, IPoolModel} from "./IModels.sol";
import {Model} from "./Model.sol";
import {PackageContent} from "./PackageContent.sol";
import {Slots} from "./Slots.sol";

/// @title PackagesModel, PACKAGES in Solidity, to be put at its address on a stock EVM
/// @notice `IPackages` with the chain's rules, errors, logs and storage. A box opens here with its real key only: this
/// needs no proof.
contract PackagesModel is Model {
    using Slots for bytes32;

    uint256 private constant WORD = 1;
    uint256 private constant COMMITMENT = 2;
    uint256 private constant CV = 3;
    uint256 private constant TAG = 4;
    uint256 private constant CIPHERTEXT = 5;
    uint256 private constant BY_COMMITMENT = 6;

    uint8 private constant CLOSED = 1;
    uint8 private constant OPENED = 2;
    uint8 private constant KIND_UNKNOWN = 0;
    uint8 private constant KIND_CATEGORY = 3;

    /// @dev A package's word: ciphertext length 16 bits | pool 8 | state 8 | owner 160.
    struct Box {
        address owner;
        uint8 state;
        uint8 pool;
        uint16 length;
    }

    modifier onlyModels() {
        if (msg.sender != Chain.POOL) revert IPackagesModel.OnlyModels(msg.sender);
        _;
    }

    // ---- in a bundle: IPackagesModel ----

    function modelOpen(bytes32 id, bytes32 commitment, bytes32 cv, address opener, uint8 pool) external onlyModels {
        Box memory box = _known(id);
        if (box.state == OPENED) revert IPackages.AlreadyOpened(id);
        if (box.owner != opener) revert IPackages.NotPackageOwner(opener, box.owner);
        if (box.pool != pool) revert IPackages.WrongPool(id, box.pool, pool);
        if (_of(COMMITMENT, id) != commitment) revert IPackages.WrongCommitment(id, commitment);
        if (_of(CV, id) == cv) revert IPackages.StaleValueCommitment(id);
        box.state = OPENED;
        _put(id, box);
        emit IPackages.PackageOpened(id, box.owner);
    }

    function modelCreate(
        uint8 pool,
        bytes32 id,
        address owner,
        bytes32 commitment,
        bytes32 cv,
        bytes32 tag,
        bytes calldata ciphertext
    ) external onlyModels {
        if (!_mayOwn(owner)) revert IPackages.InvalidOwner(owner);
        if (_of(WORD, id) != 0) revert IPackages.PackageExists(id);
        if (_isUsed(commitment)) revert IPackages.CommitmentUsed(commitment);
        _put(id, Box(owner, CLOSED, pool, uint16(ciphertext.length)));
        Slots.at(COMMITMENT, uint256(id)).set(uint256(commitment));
        Slots.at(BY_COMMITMENT, uint256(commitment)).set(uint256(id));
        Slots.at(CV, uint256(id)).set(uint256(cv));
        Slots.at(TAG, uint256(id)).set(uint256(tag));
        for (uint256 i = 0; i < ciphertext.length / 32; i++) {
            Slots.at(CIPHERTEXT, uint256(id), i).set(uint256(bytes32(ciphertext[32 * i:])));
        }
        emit IPackages.PackageCreated(id, owner, commitment, pool, tag, ciphertext);
    }

    // ---- IPackages ----

    function _self() internal pure override returns (address) {
        return Chain.PACKAGES;
    }

    function _longestCalldata() internal pure override returns (uint256) {
        return 2_048;
    }

    function _terms(bytes4 s) internal pure override returns (Terms memory) {
        bool mutates = s == IPackages.transfer.selector || s == IPackages.open.selector;
        bool reads = s == IPackages.packageInfo.selector || s == IPackages.ciphertext.selector
            || s == IPackages.isPackage.selector;
        return Terms(mutates || reads, mutates, false);
    }

    function _run(bytes4 s) internal override {
        bytes32 first = bytes32(Arguments.word(0));
        if (s == IPackages.transfer.selector) return _transfer(first, Arguments.account(1));
        if (s == IPackages.open.selector) {
            PackageContent.Content memory content = _open(first, bytes32(Arguments.word(1)));
            return _return(abi.encode(content.asset, content.amount, content.data));
        }
        if (s == IPackages.packageInfo.selector) {
            Box memory box = _known(first);
            bytes32 commitment = _of(COMMITMENT, first);
            IPackages.Package memory info =
                IPackages.Package(box.owner, box.state == OPENED, box.pool, commitment, box.length);
            return _return(abi.encode(info));
        }
        if (s == IPackages.ciphertext.selector) {
            Box memory box = _known(first);
            return _return(abi.encode(_of(TAG, first), _ciphertext(first, box.length)));
        }
        _return(abi.encode(_isUsed(first)));
    }

    function _transfer(bytes32 id, address to) private {
        Box memory box = _own(id);
        if (!_mayOwn(to)) revert IPackages.InvalidOwner(to);
        box.owner = to;
        _put(id, box);
        emit IPackages.PackageTransferred(id, msg.sender, to);
    }

    function _open(bytes32 id, bytes32 k) private returns (PackageContent.Content memory content) {
        Box memory box = _own(id);
        bytes memory sealed_ = _ciphertext(id, box.length);
        if (PackageContent.tag(k, id, sealed_) != _of(TAG, id)) revert IPackages.WrongKey(id);
        string memory flaw;
        (content, flaw) = PackageContent.open(k, id, sealed_, _of(COMMITMENT, id));
        if (bytes(flaw).length != 0) revert IPackages.InvalidContent(id, flaw);
        box.state = OPENED;
        _put(id, box);
        if (content.amount != 0) {
            _requireAsset(content.asset);
            IPoolModel(Chain.POOL).modelUnhide(box.pool, msg.sender, content.asset, content.amount);
        }
        emit IPackages.PackageRevealed(id, msg.sender, content.asset, content.amount, k, content.data);
    }

    // ---- storage ----

    function _of(uint256 base, bytes32 id) private view returns (bytes32) {
        return bytes32(Slots.at(base, uint256(id)).get());
    }

    function _known(bytes32 id) private view returns (Box memory) {
        uint256 word = uint256(_of(WORD, id));
        if (word == 0) revert IPackages.UnknownPackage(id);
        return Box(address(uint160(word)), uint8(word >> 160), uint8(word >> 168), uint16(word >> 176));
    }

    /// @dev A closed box of the caller's.
    function _own(bytes32 id) private view returns (Box memory box) {
        box = _known(id);
        if (box.owner != msg.sender) revert IPackages.NotPackageOwner(msg.sender, box.owner);
        if (box.state == OPENED) revert IPackages.AlreadyOpened(id);
    }

    function _put(bytes32 id, Box memory box) private {
        uint256 word = uint256(box.length) << 176 | uint256(box.pool) << 168 | uint256(box.state) << 160;
        Slots.at(WORD, uint256(id)).set(word | uint160(box.owner));
    }

    function _ciphertext(bytes32 id, uint256 length) private view returns (bytes memory data) {
        data = new bytes(length);
        for (uint256 i = 0; i < length; i += 32) {
            uint256 word = Slots.at(CIPHERTEXT, uint256(id), i / 32).get();
            assembly ("memory-safe") {
                mstore(add(add(data, 0x20), i), word)
            }
        }
    }

    function _isUsed(bytes32 commitment) private view returns (bool) {
        return _of(BY_COMMITMENT, commitment) != 0;
    }

    function _mayOwn(address owner) private pure returns (bool) {
        return owner != address(0) && !Chain.isPrecompile(owner);
    }

    function _requireAsset(uint256 id) private view {
        uint8 kind = IAssets(Chain.ASSETS).assetInfo(id).kind;
        if (kind == KIND_UNKNOWN || kind == KIND_CATEGORY) revert IPackages.UnknownAsset(id);
    }
}
