// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {Sero} from "../Sero.sol";

/// @title PrivateToken, a token whose holders and payments can be hidden
/// @notice Registers one token and lets its owner issue it, in public or as anonymous notes. It
/// keeps no balances: the ledger is ASSETS, the notes are in POOL.
contract PrivateToken {
    /// @notice The account that may issue, fixed for ever.
    address public immutable owner;

    /// @notice The asset id of the token.
    uint256 public immutable asset;

    /// @dev Only the owner issues and burns.
    error NotOwner(address caller);

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        _;
    }

    /// @notice Registers the token; `msg.value` is the registration fee, exactly.
    /// @param name unique on the chain for ever, at most 32 bytes
    /// @param decimals at most 36
    constructor(string memory name, uint8 decimals) payable {
        owner = msg.sender;
        asset = Sero.ASSETS.registerToken{value: msg.value}(name, decimals);
    }

    /// @notice Issues `amount` as a note to a one-time address; nobody sees whose.
    /// @param pkr 128 bytes, used once
    /// @param amount in base units, public
    /// @param memo at most 64 bytes, public
    /// @return position of the new note
    function mintTo(bytes calldata pkr, uint256 amount, bytes calldata memo)
        external
        onlyOwner
        returns (uint64 position)
    {
        Sero.ASSETS.mint(asset, address(this), amount);
        return Sero.shield(pkr, asset, amount, memo);
    }

    /// @notice Issues `amount` in the public balance of `to`.
    function mintPublic(address to, uint256 amount) external onlyOwner {
        Sero.ASSETS.mint(asset, to, amount);
    }

    /// @notice Destroys `amount` of what this contract holds.
    function burn(uint256 amount) external onlyOwner {
        Sero.ASSETS.burn(asset, amount);
    }
}
