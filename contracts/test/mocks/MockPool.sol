// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {IAssets} from "../../src/interfaces/IAssets.sol";
import {IPool} from "../../src/interfaces/IPool.sol";
import {Sero} from "../../src/Sero.sol";
import {VM} from "../Vm.sol";
import {MockAssets} from "./MockAssets.sol";

/// @title MockPool, the public side of POOL in Solidity, for `vm.etch`
/// @notice Keeps the `hidden` counters and makes public notes; there is nothing to spend them with. A bundle
/// is what it was signed for and what it moves, in the clear: `transact` compares, and verifies nothing.
/// Simplified: a `pkr` is checked for length only, commitments are keccak, and the tree has no
/// root. A public credit in the coin calls nobody, as on the chain: a cheat code does it.
contract MockPool is IPool {
    /// @notice A bundle, ABI-encoded: whom, what and until when it was signed for, one spend, its flows.
    struct Carried {
        address caller;
        bytes32 context;
        uint64 expiry;
        bytes32 nullifier;
        PublicFlow[] flows;
    }

    uint256 private constant PKR_LENGTH = 128;
    uint256 private constant MEMO_LENGTH_MAX = 64;

    mapping(uint256 asset => uint256) public hidden;
    mapping(address from => bytes pkr) private _refund;
    mapping(bytes32 nullifier => bool) private _spent;
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
            _give(payee, asset, amount);
        }
    }

    function transact(bytes calldata bundle, bytes32 context, uint64 expiry)
        external
        payable
        returns (PublicFlow[] memory flows)
    {
        Carried memory carried = abi.decode(bundle, (Carried));
        if (expiry < block.number) revert BundleExpired(expiry, uint64(block.number));
        flows = carried.flows;
        uint256 coins;
        for (uint256 i = 0; i < flows.length; i++) {
            if (flows[i].inward && flows[i].asset == Sero.COIN) coins = flows[i].amount;
        }
        if (msg.value != coins) revert WrongValue(coins, msg.value);
        if (_spent[carried.nullifier]) revert NullifierAlreadySpent(carried.nullifier);
        if (carried.caller != msg.sender || carried.context != context || carried.expiry != expiry) {
            revert InvalidBundle("signature");
        }
        _spent[carried.nullifier] = true;
        emit NullifierSpent(carried.nullifier, 0);
        for (uint256 i = 0; i < flows.length; i++) {
            if (flows[i].inward) _takeFrom(msg.sender, flows[i].asset, flows[i].amount);
            else _give(msg.sender, flows[i].asset, flows[i].amount);
        }
    }

    /// @notice What a package of `owner` held, credited in public; PACKAGES only.
    function openPackage(address owner, uint256 asset, uint256 amount) external {
        require(msg.sender == address(Sero.PACKAGES), "PACKAGES only");
        if (amount != 0) _give(owner, asset, amount);
    }

    function depositPool() external pure returns (bool open, uint8 pool) {
        return (true, 0);
    }

    function hiddenIn(uint8 pool, uint256 asset) external view returns (uint256) {
        return pool == 0 ? hidden[asset] : 0;
    }

    function isSpent(uint8 pool, bytes32 nullifier) external view returns (bool) {
        return pool == 0 && _spent[nullifier];
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
        _takeFrom(msg.sender, asset, amount);
    }

    function _takeFrom(address holder, uint256 asset, uint256 amount) private {
        if (asset != Sero.COIN) {
            IAssets.AssetInfo memory info = Sero.ASSETS.assetInfo(asset);
            if (info.kind == 0) revert UnknownAsset(asset);
            uint256 balance = Sero.ASSETS.balanceOf(holder, asset);
            if (balance < amount) revert InsufficientBalance(holder, asset, balance, amount);
            MockAssets(address(Sero.ASSETS)).enterPool(holder, asset, amount);
        }
        hidden[asset] += amount;
        emit Flow(holder, asset, true, amount, 0);
    }

    /// @dev Pool to an account, in public.
    function _give(address holder, uint256 asset, uint256 amount) private {
        if (hidden[asset] < amount) revert PoolExhausted(asset, hidden[asset], amount);
        hidden[asset] -= amount;
        if (asset == Sero.COIN) {
            VM.deal(address(this), address(this).balance - amount);
            VM.deal(holder, holder.balance + amount);
        } else {
            MockAssets(address(Sero.ASSETS)).leavePool(holder, asset, amount);
        }
        emit Flow(holder, asset, false, amount, 0);
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
