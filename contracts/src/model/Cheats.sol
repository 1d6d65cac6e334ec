// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

/// @title Cheats, the cheat codes of Foundry that models and tests use
interface Cheats {
    /// @notice A log, as Foundry records it.
    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    function etch(address target, bytes calldata code) external;
    function prank(address sender) external;
    function prank(address sender, address origin) external;
    function recordLogs() external;
    function getRecordedLogs() external returns (Log[] memory logs);
}
