// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

/// @title Text, numbers as they are written
library Text {
    function decimal(uint256 value) internal pure returns (string memory) {
        bytes memory digit = abi.encodePacked(bytes1(uint8(48 + value % 10)));
        return value < 10 ? string(digit) : string.concat(decimal(value / 10), string(digit));
    }
}
