// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {IAssets} from "./interfaces/IAssets.sol";
import {IPool} from "./interfaces/IPool.sol";

/// @title Sero, the privacy precompiles as a contract sees them
/// @notice Names the precompiles and hides the one rule that is easy to forget:
/// the coin travels as value, every other asset without value.
library Sero {
    /// @notice The registry and public multi-asset ledger.
    IAssets internal constant ASSETS = IAssets(0x0000000000000000000000000000000000005301);

    /// @notice The shielded note pool.
    IPool internal constant POOL = IPool(0x0000000000000000000000000000000000005302);

    /// @notice The asset id of the coin.
    // K2F("SERO.asset.coin") of docs/spec/03-assets.md; a Rust test compares the two.
    uint256 internal constant COIN = 0x15e88f3c30a7333503b3e30d01e9ccaa64993cdbaded5e29cdbfbe56bf14e8e9;

    /// @dev The call carried something else than exactly `amount` of `asset`.
    error WrongAttachment(uint256 asset, uint256 amount, IAssets.Attachment[] received);

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

    function _value(uint256 asset, uint256 amount) private pure returns (uint256) {
        return asset == COIN ? amount : 0;
    }
}
