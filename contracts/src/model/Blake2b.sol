// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

/// @title Blake2b, BLAKE2b-512 with a personalisation, by Ethereum's BLAKE2F precompile
library Blake2b {
    uint256 private constant BLOCK = 128;
    /// @dev The initial state as bytes, already mixed with the parameters: 64 bytes out, no key, one leaf.
    uint256 private constant IV_0 = 0x48c9bdf267e6096a3ba7ca8485ae67bb2bf894fe72f36e3cf1361d5f3af54fa5;
    uint256 private constant IV_1 = 0xd182e6ad7f520e511f6c3e2b8c68059b6bbd41fbabd9831f79217e1319cde05b;

    /// @notice `B(personal; parts..)`, whose parts are already length-prefixed and joined in `message`.
    /// @param personal at most 16 bytes, zero padded
    function hash(bytes16 personal, bytes memory message) internal view returns (bytes32 left, bytes32 right) {
        (left, right) = (bytes32(IV_0), bytes32(IV_1) ^ (bytes32(personal) >> 128));
        uint256 length = message.length;
        uint256 at = 0;
        for (; length - at > BLOCK; at += BLOCK) {
            (left, right) = _compress(left, right, message, at, at + BLOCK, false);
        }
        return _compress(left, right, message, at, length, true);
    }

    /// @notice A part as hashes take it: its length in four bytes, then itself.
    function part(bytes memory data) internal pure returns (bytes memory) {
        return bytes.concat(bytes4(uint32(data.length)), data);
    }

    /// @notice The 64 bytes as a number, modulo `modulus`.
    function reduce(bytes32 left, bytes32 right, uint256 modulus) internal pure returns (uint256) {
        uint256 shift = addmod(type(uint256).max, 1, modulus);
        return addmod(mulmod(uint256(left), shift, modulus), uint256(right), modulus);
    }

    /// @dev The bytes of `message` from `at` to `end`, zeros after them.
    function _compress(bytes32 left, bytes32 right, bytes memory message, uint256 at, uint256 end, bool last)
        private
        view
        returns (bytes32, bytes32)
    {
        bytes memory chunk = new bytes(BLOCK);
        assembly ("memory-safe") {
            mcopy(add(chunk, 0x20), add(add(message, 0x20), at), sub(end, at))
        }
        bytes memory input =
            bytes.concat(bytes4(uint32(12)), left, right, chunk, _littleEndian(end), bytes8(0), bytes1(last ? 1 : 0));
        (bool ok, bytes memory output) = address(9).staticcall(input);
        require(ok, "BLAKE2F");
        return abi.decode(output, (bytes32, bytes32));
    }

    /// @dev A count of bytes, below 2^16.
    function _littleEndian(uint256 count) private pure returns (bytes8) {
        return bytes8(uint64((count & 0xff) << 56 | (count >> 8) << 48));
    }
}
