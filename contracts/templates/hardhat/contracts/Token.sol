// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {Sero} from "sero/Sero.sol";

/// @title Token, whose holders and payments can be hidden
/// @notice The ledger is the chain's: this contract registers the token and decides who issues it. At
/// `ASSETS.facadeOf(asset)` it answers as ERC-20, without code of yours.
contract Token {
    address public immutable owner;
    /// @notice The token's asset id.
    uint256 public immutable asset;

    error NotOwner(address caller);

    /// @notice Registers the token; `msg.value` is the registration fee, exactly.
    /// @param name unique on the chain for ever, at most 32 bytes
    /// @param decimals at most 36
    constructor(string memory name, uint8 decimals) payable {
        owner = msg.sender;
        asset = Sero.ASSETS.registerToken{value: msg.value}(name, decimals);
    }

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        _;
    }

    /// @notice Issues `amount` as a note to a one-time address: nobody sees whose. The amount is public.
    /// @param pkr 128 bytes, used once
    /// @param memo at most 64 bytes, public
    function mintPrivate(bytes calldata pkr, uint256 amount, bytes calldata memo) external onlyOwner {
        Sero.ASSETS.mint(asset, address(this), amount);
        Sero.shield(pkr, asset, amount, memo);
    }

    /// @notice Issues `amount` to an account that everybody sees.
    function mintPublic(address to, uint256 amount) external onlyOwner {
        Sero.ASSETS.mint(asset, to, amount);
    }
}
