// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {IAssets} from "../interfaces/IAssets.sol";
import {Sero} from "../Sero.sol";

/// @title AssetReceiver, to inherit: a contract that is paid with assets attached to calls
/// @notice The caller may be anybody: a one-time address that a shielded holder uses once. What is not taken returns to
/// it as notes, and so does everything if the call reverts. Use these in functions that the transaction's sender calls
/// directly, once in each: every attachment is handed out once.
abstract contract AssetReceiver {
    /// @dev The call carried something else than one attachment of `asset`.
    error WrongAsset(uint256 asset, IAssets.Attachment[] received);

    /// @dev The function is paid with exactly `amount` of `asset`, and nothing else.
    modifier paidWith(uint256 asset, uint256 amount) {
        Sero.receiveSingle(asset, amount);
        _;
    }

    /// @dev Takes whatever amount of `asset` is attached, alone.
    function _receive(uint256 asset) internal returns (uint256 amount) {
        IAssets.Attachment[] memory received = Sero.ASSETS.receiveAttached();
        if (received.length != 1 || received[0].asset != asset) revert WrongAsset(asset, received);
        return received[0].amount;
    }

    /// @dev Takes everything that is attached.
    function _receiveAll() internal returns (IAssets.Attachment[] memory received) {
        return Sero.ASSETS.receiveAttached();
    }

    /// @dev Takes at least `price` of `asset` and pays the rest back to the caller, as a note if it left a refund `pkr`.
    /// @return change what went back
    function _receiveAtLeast(uint256 asset, uint256 price) internal returns (uint256 change) {
        uint256 amount = _receive(asset);
        if (amount < price) {
            IAssets.Attachment[] memory received = new IAssets.Attachment[](1);
            received[0] = IAssets.Attachment(asset, amount);
            revert Sero.WrongAttachment(asset, price, received);
        }
        change = amount - price;
        if (change != 0) Sero.pay(msg.sender, asset, change);
    }
}
