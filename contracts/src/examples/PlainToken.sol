// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// @title PlainToken, the smallest ERC-20 that can be transferred
/// @notice What the block benchmark moves; it knows nothing of the privacy precompiles, and has no
/// allowances.
contract PlainToken {
    /// @notice What each account holds.
    mapping(address account => uint256 amount) public balanceOf;

    /// @notice `from` gave `amount` to `to`; `from` is zero when the supply is made.
    event Transfer(address indexed from, address indexed to, uint256 amount);

    /// @dev `from` holds `balance`, less than `amount`.
    error InsufficientBalance(address from, uint256 balance, uint256 amount);

    /// @notice Gives the whole supply to the creator.
    constructor(uint256 supply) {
        balanceOf[msg.sender] = supply;
        emit Transfer(address(0), msg.sender, supply);
    }

    /// @notice Moves `amount` from the caller to `to`.
    /// @return always true; it reverts otherwise
    function transfer(address to, uint256 amount) external returns (bool) {
        uint256 balance = balanceOf[msg.sender];
        if (balance < amount) revert InsufficientBalance(msg.sender, balance, amount);
        unchecked {
            // Together all balances are the supply, so no sum overflows.
            balanceOf[msg.sender] = balance - amount;
            balanceOf[to] += amount;
        }
        emit Transfer(msg.sender, to, amount);
        return true;
    }
}
