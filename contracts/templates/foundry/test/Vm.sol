// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

/// @notice The cheat codes that are used here. forge-std's `Vm` has them too, and all others.
interface Vm {
    function assertEq(uint256 left, uint256 right) external pure;
    function assertEq(address left, address right) external pure;
    function assertEq(bytes calldata left, bytes calldata right) external pure;
    function assertTrue(bool condition) external pure;
    function assertFalse(bool condition) external pure;
    function envOr(string calldata name, string calldata otherwise) external view returns (string memory);
    function envOr(string calldata name, bytes calldata otherwise) external view returns (bytes memory);
    function expectRevert(bytes calldata data) external;
    function prank(address sender) external;
    function startBroadcast() external;
    function stopBroadcast() external;
}

Vm constant vm = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);
