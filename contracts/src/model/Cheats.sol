// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

/// @title Cheats, the one cheat code of Foundry that a model uses
interface Cheats {
    function etch(address target, bytes calldata code) external;
}
