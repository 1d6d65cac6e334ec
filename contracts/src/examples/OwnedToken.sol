// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {PrivateToken} from "../base/PrivateToken.sol";

/// @title OwnedToken, a token that its owner issues, in public or as anonymous notes
contract OwnedToken is PrivateToken {
    /// @notice The account that may issue, fixed for ever.
    address public immutable owner;

    /// @dev Only the owner issues and burns.
    error NotOwner(address caller);

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        _;
    }

    /// @notice Registers the token; `msg.value` is the registration fee, exactly.
    /// @param name unique on the chain for ever, at most 32 bytes
    /// @param decimals at most 36
    constructor(string memory name, uint8 decimals) payable PrivateToken(name, decimals) {
        owner = msg.sender;
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
        return _mintHidden(pkr, amount, memo);
    }

    /// @notice Issues `amount` in the public balance of `to`.
    function mintPublic(address to, uint256 amount) external onlyOwner {
        _mint(to, amount);
    }

    /// @notice Destroys `amount` of what this contract holds.
    function burn(uint256 amount) external onlyOwner {
        _burn(amount);
    }
}
