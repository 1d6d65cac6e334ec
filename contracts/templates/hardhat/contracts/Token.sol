// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {PrivateToken} from "sero/base/PrivateToken.sol";

/// @title Token, whose holders and payments can be hidden
/// @notice The ledger is the chain's: `PrivateToken` registers the token, and this contract decides who issues it. At
/// `erc20()` it answers as ERC-20, without code of yours.
contract Token is PrivateToken {
    address public immutable owner;

    error NotOwner(address caller);

    /// @notice Registers the token; `msg.value` is the registration fee, exactly.
    /// @param name unique on the chain for ever, at most 32 bytes
    /// @param decimals at most 36
    constructor(string memory name, uint8 decimals) payable PrivateToken(name, decimals) {
        owner = msg.sender;
    }

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        _;
    }

    /// @notice Issues `amount` as a note to a one-time address: nobody sees whose. The amount is public.
    /// @param pkr 128 bytes, used once
    /// @param memo at most 64 bytes, public
    function mintPrivate(bytes calldata pkr, uint256 amount, bytes calldata memo) external onlyOwner {
        _mintHidden(pkr, amount, memo);
    }

    /// @notice Issues `amount` to an account that everybody sees.
    function mintPublic(address to, uint256 amount) external onlyOwner {
        _mint(to, amount);
    }
}
