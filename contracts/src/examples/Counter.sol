// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// @title Counter, the smallest contract with state, an event and a named error
/// @notice What the client scripts deploy; it knows nothing of the privacy precompiles.
contract Counter {
    /// @notice The sum so far, at most 1000.
    uint256 public number;

    uint256 private constant NUMBER_MAX = 1000;

    /// @notice `by` added `amount`, which made the counter `number`.
    event Added(address indexed by, uint256 amount, uint256 number);

    /// @dev The counter is `number`; adding `amount` would exceed `max`.
    error TooMuch(uint256 number, uint256 amount, uint256 max);

    /// @notice Adds `amount` to the counter.
    function add(uint256 amount) external {
        if (amount > NUMBER_MAX - number) revert TooMuch(number, amount, NUMBER_MAX);
        number += amount;
        emit Added(msg.sender, amount, number);
    }
}
