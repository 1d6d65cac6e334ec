// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {Chain} from "./Chain.sol";
import {IAssets} from "../interfaces/IAssets.sol";
import {IAssetsModel} from "./IModels.sol";
import {IPool} from "../interfaces/IPool.sol";
import {PoolNotes} from "./PoolNotes.sol";
import {SeroZkp} from "../SeroZkp.sol";
import {Slots} from "./Slots.sol";

/// @title PoolFlows, pools and what moves between them and public accounts, in the model of POOL
abstract contract PoolFlows is PoolNotes {
    using Slots for bytes32;

    /// @dev Not a slot of the chain's: pools 8 bits | open 8 | takes deposits 8.
    bytes32 private constant POOLS = keccak256("SERO.model.pool.pools");
    uint8 internal constant POOLS_MAX = 8;
    uint8 private constant KIND_UNKNOWN = 0;
    uint8 private constant KIND_CATEGORY = 3;

    // ---- pools ----

    function _setPools(uint8 count, uint8 open, uint8 deposits) internal {
        POOLS.set(uint256(count) << 16 | uint256(open) << 8 | deposits);
    }

    function _isOpen(uint8 pool) internal view returns (bool) {
        return pool < POOLS.get() >> 16 && POOLS.get() >> (8 + pool) & 1 == 1;
    }

    function _takesDeposits(uint8 pool) internal view returns (bool) {
        return pool < POOLS.get() >> 16 && POOLS.get() >> pool & 1 == 1;
    }

    /// @dev The newest that takes deposits; not `any`, then 0.
    function _depositPool() internal view returns (bool any, uint8 pool) {
        for (uint8 id = POOLS_MAX; id != 0; id--) {
            if (_takesDeposits(id - 1)) return (true, id - 1);
        }
    }

    function _newestOpenPool() internal view returns (uint8) {
        for (uint8 id = POOLS_MAX; id != 0; id--) {
            if (_isOpen(id - 1)) return id - 1;
        }
        return 0;
    }

    // ---- hidden counters ----

    function _hidden(uint256 asset) internal view returns (uint256 sum) {
        for (uint8 pool = 0; pool < POOLS_MAX; pool++) {
            if (_isOpen(pool)) sum += _hiddenIn(pool, asset);
        }
        if (sum > type(uint128).max) revert IPool.InvalidAmount(type(uint256).max);
    }

    function _hiddenIn(uint8 pool, uint256 asset) internal view returns (uint256) {
        return asset < SeroZkp.R ? Slots.at(HIDDEN, pool, asset).get() : 0;
    }

    /// @dev Coin, token or ticket.
    function _requireAsset(uint256 id) internal view {
        uint8 kind = IAssets(Chain.ASSETS).assetInfo(id).kind;
        if (kind == KIND_UNKNOWN || kind == KIND_CATEGORY) revert IPool.UnknownAsset(id);
    }

    // ---- flows ----

    /// @dev A public account's value goes into a pool. Coins have come with the call.
    function _hide(uint8 pool, address from, uint256 asset, uint256 amount) internal {
        if (asset != Chain.COIN) IAssetsModel(Chain.ASSETS).modelIntoPool(from, asset, amount);
        _addHidden(pool, asset, amount);
        emit IPool.Flow(from, asset, true, amount, pool);
    }

    function _addHidden(uint8 pool, uint256 asset, uint256 amount) internal {
        uint256 sum = _hiddenIn(pool, asset) + amount;
        if (sum > type(uint128).max) revert IPool.InvalidAmount(amount);
        Slots.at(HIDDEN, pool, asset).set(sum);
    }

    /// @dev Never more comes out of a pool than went in.
    function _release(uint8 pool, uint256 asset, uint256 amount) internal {
        uint256 hidden = _hiddenIn(pool, asset);
        if (hidden < amount) revert IPool.PoolExhausted(asset, hidden, amount);
        Slots.at(HIDDEN, pool, asset).set(hidden - amount);
    }

    function _unhide(uint8 pool, address to, uint256 asset, uint256 amount) internal {
        _release(pool, asset, amount);
        if (asset == Chain.COIN) _pay(to, amount);
        else IAssetsModel(Chain.ASSETS).modelOutOfPool(to, asset, amount);
        emit IPool.Flow(to, asset, false, amount, pool);
    }

    /// @dev Coins that call nobody: a contract that is made with them and gives up leaves them to `to`.
    function _pay(address to, uint256 amount) internal {
        if (address(this).balance < amount) {
            revert IPool.PoolExhausted(Chain.COIN, address(this).balance, amount);
        }
        assembly ("memory-safe") {
            // PUSH20 to SELFDESTRUCT
            mstore(0, or(shl(248, 0x73), or(shl(88, to), shl(80, 0xff))))
            if iszero(create(amount, 0, 22)) { revert(0, 0) }
        }
    }
}
