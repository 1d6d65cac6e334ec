// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {IAssets} from "../../src/interfaces/IAssets.sol";
import {IPool} from "../../src/interfaces/IPool.sol";
import {Sero} from "../../src/Sero.sol";
import {MockAssets} from "./MockAssets.sol";

/// @title MockPool, the public side of POOL in Solidity, for `vm.etch`
/// @notice Keeps the `hidden` counters and makes public notes; there is nothing to spend them with.
/// Simplified: a `pkr` is checked for length only, commitments are keccak, the tree has no root, and
/// a public credit in the coin is refused.
contract MockPool is IPool {
    uint256 private constant PKR_LENGTH = 128;
    uint256 private constant MEMO_LENGTH_MAX = 64;

    mapping(uint256 asset => uint256) public hidden;
    mapping(address from => bytes pkr) private _refund;
    uint64 private _noteCount;

    /// @notice Stores a refund `pkr`, as a shielded call of `from` would.
    function setRefund(address from, bytes calldata pkr) external {
        _checkPkr(pkr);
        _refund[from] = pkr;
    }

    function shield(bytes calldata pkr, uint256 asset, uint256 amount, bytes calldata memo)
        external
        payable
        returns (uint64 position)
    {
        _checkPkr(pkr);
        if (memo.length > MEMO_LENGTH_MAX) revert MemoTooLong(memo.length, MEMO_LENGTH_MAX);
        _take(asset, amount);
        return _note(pkr, asset, amount, memo);
    }

    function pay(address payee, uint256 asset, uint256 amount) external payable returns (bool isHidden) {
        _take(asset, amount);
        isHidden = _refund[payee].length != 0;
        if (isHidden) {
            _note(_refund[payee], asset, amount, "");
        } else {
            require(asset != Sero.COIN, "not modelled: public credit in the coin");
            hidden[asset] -= amount;
            MockAssets(address(Sero.ASSETS)).leavePool(payee, asset, amount);
            emit Flow(payee, asset, false, amount, 0);
        }
    }

    /// @dev Bundles are not modelled here: run them on `sero dev`.
    function transact(bytes calldata, bytes32, uint64) external payable returns (PublicFlow[] memory) {
        revert InvalidBundle("not modelled");
    }

    function depositPool() external pure returns (bool open, uint8 pool) {
        return (true, 0);
    }

    function hiddenIn(uint8 pool, uint256 asset) external view returns (uint256) {
        return pool == 0 ? hidden[asset] : 0;
    }

    function isSpent(uint8, bytes32) external pure returns (bool) {
        return false;
    }

    function isAnchor(uint8, bytes32) external pure returns (bool) {
        return false;
    }

    function tree(uint8) external view returns (bytes32 anchor, uint64 noteCount) {
        return (bytes32(0), _noteCount);
    }

    function refundOf(address from) external view returns (bytes memory pkr) {
        return _refund[from];
    }

    /// @dev Caller to pool.
    function _take(uint256 asset, uint256 amount) private {
        if (amount == 0 || amount > type(uint128).max) revert InvalidAmount(amount);
        uint256 value = asset == Sero.COIN ? amount : 0;
        if (msg.value != value) revert WrongValue(value, msg.value);
        if (asset != Sero.COIN) {
            IAssets.AssetInfo memory info = Sero.ASSETS.assetInfo(asset);
            if (info.kind == 0) revert UnknownAsset(asset);
            uint256 balance = Sero.ASSETS.balanceOf(msg.sender, asset);
            if (balance < amount) revert InsufficientBalance(msg.sender, asset, balance, amount);
            MockAssets(address(Sero.ASSETS)).enterPool(msg.sender, asset, amount);
        }
        hidden[asset] += amount;
        emit Flow(msg.sender, asset, true, amount, 0);
    }

    function _note(bytes memory pkr, uint256 asset, uint256 amount, bytes memory memo)
        private
        returns (uint64 position)
    {
        position = _noteCount++;
        emit PublicNote(position, keccak256(abi.encode(pkr, asset, amount)), asset, amount, 0, pkr, memo);
    }

    function _checkPkr(bytes calldata pkr) private pure {
        if (pkr.length != PKR_LENGTH) revert InvalidPkr("length");
    }
}
