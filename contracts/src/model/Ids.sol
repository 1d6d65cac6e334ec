// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {SeroZkp} from "../SeroZkp.sol";

/// @title Ids, of assets, packages and facades
library Ids {
    uint256 private constant R = SeroZkp.R;
    /// @dev 2^256 modulo `r`.
    uint256 private constant SHIFT = 0x0e0a77c19a07df2f666ea36f7879462e36fc76959f60cd29ac96341c4ffffffb;
    bytes32 private constant FACADE = keccak256("SERO.facade");

    function token(address issuer, string memory name) internal pure returns (uint256) {
        return _toField(bytes.concat(_part("SERO.asset.token"), _part(abi.encodePacked(issuer)), _part(bytes(name))));
    }

    function category(address issuer, string memory name) internal pure returns (uint256) {
        return _toField(bytes.concat(_part("SERO.asset.category"), _part(abi.encodePacked(issuer)), _part(bytes(name))));
    }

    function ticket(uint256 category_, uint256 number) internal pure returns (uint256) {
        return _toField(bytes.concat(_part("SERO.asset.ticket"), _part(abi.encode(category_)), _part(abi.encode(number))));
    }

    /// @notice The `index`-th package action of a bundle whose first spend reveals `nullifier`.
    function package(uint8 pool, uint256 nullifier, uint8 index) internal pure returns (bytes32) {
        bytes memory parts = bytes.concat(
            _part("SERO.package.id"),
            _part(abi.encodePacked(pool)),
            _part(abi.encode(nullifier)),
            _part(abi.encodePacked(index))
        );
        return bytes32(_toField(parts));
    }

    /// @notice The same in a bundle without spends: of the transaction's call.
    function packageOfCall(address from, uint64 nonce, uint8 index) internal pure returns (bytes32) {
        bytes memory parts = bytes.concat(
            _part("SERO.package.id.call"),
            _part(abi.encodePacked(from)),
            _part(abi.encodePacked(nonce)),
            _part(abi.encodePacked(index))
        );
        return bytes32(_toField(parts));
    }

    function facade(address assets, uint256 id) internal pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encodePacked(bytes1(0xff), assets, id, FACADE)))));
    }

    function _part(bytes memory data) private pure returns (bytes memory) {
        return bytes.concat(bytes4(uint32(data.length)), data);
    }

    /// @dev `K2F`: two keccak256 as one number of 512 bits, modulo `r`.
    function _toField(bytes memory parts) private pure returns (uint256) {
        uint256 high = uint256(keccak256(bytes.concat(bytes1(0), parts)));
        uint256 low = uint256(keccak256(bytes.concat(bytes1(uint8(1)), parts)));
        return addmod(mulmod(high, SHIFT, R), low, R);
    }
}
