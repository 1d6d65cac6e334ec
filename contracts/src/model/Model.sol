// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {IAssets} from "../interfaces/IAssets.sol";
import {Text} from "./Text.sol";

/// @title Model, what all models of precompiles have in common: the way in
/// @notice A precompile's rules come in this order: longest calldata, selector, plain CALL, value, encoding. Under
/// DELEGATECALL and CALLCODE a precompile answers out of its own storage, and so does a model: it asks itself.
/// @dev Functions of a model that the precompile has not are called `model..`.
/// What a contract on a stock EVM cannot see: gas is not the precompile's; a CALLCODE with value to a reading function
/// looks like a DELEGATECALL where a contract called itself with value.
abstract contract Model {
    /// @dev The call with which a model looks whether it may change state. The precompiles have no such selector.
    bytes4 private constant PROBE = bytes4(keccak256("model probe"));
    /// @dev Enough for the probe, and all that a refusal costs.
    uint256 private constant PROBE_GAS = 30_000;
    /// @dev Not a slot of the chain's.
    bytes32 private constant PROBED = keccak256("SERO.model.probed");

    /// @dev What a selector is. Unknown ones have `known == false`.
    struct Terms {
        bool known;
        bool mutates;
        bool payable_;
    }

    fallback() external payable {
        _enter();
    }

    /// @dev Coins without a selector are refused like any other call.
    receive() external payable {
        _enter();
    }

    function _enter() private {
        bytes4 selector = msg.data.length < 4 ? bytes4(0) : msg.sig;
        if (selector == PROBE && msg.sender == address(this)) return _write();
        uint256 longest = _longestCalldata();
        if (msg.data.length > longest) revert IAssets.InvalidCalldata(_tooLong(longest));
        Terms memory terms = _terms(selector);
        if (!terms.known) revert IAssets.UnknownSelector(selector);
        bool here = address(this) == _self();
        if (terms.mutates && !(here && _isMutable())) revert IAssets.OnlyPlainCall();
        bool paid = msg.value != 0 && (here || msg.sender == address(this));
        if (!terms.payable_ && paid) revert IAssets.NotPayable();
        if (here) _run(selector);
        else _forward();
    }

    /// @dev The precompile's address.
    function _self() internal pure virtual returns (address);

    function _longestCalldata() internal pure virtual returns (uint256);

    function _terms(bytes4 selector) internal pure virtual returns (Terms memory);

    /// @dev Answers the call, by `_return`.
    function _run(bytes4 selector) internal virtual;

    function _return(bytes memory answer) internal pure {
        assembly ("memory-safe") {
            return(add(answer, 0x20), mload(answer))
        }
    }

    function _tooLong(uint256 longest) internal pure returns (string memory) {
        return string.concat("calldata has more than ", Text.decimal(longest), " bytes");
    }

    /// @dev Whether this frame may change state. It lets a frame of its own try.
    function _isMutable() private returns (bool ok) {
        bytes4 probe = PROBE;
        assembly ("memory-safe") {
            mstore(0, probe)
            ok := call(PROBE_GAS, address(), 0, 0, 4, 0, 0)
        }
    }

    /// @dev What no static frame may; no optimizer may see that it means nothing.
    function _write() private {
        bytes32 slot = PROBED;
        assembly ("memory-safe") {
            sstore(slot, iszero(sload(slot)))
        }
    }

    /// @dev Asks the model at its own address. A reading function: it can be asked statically.
    function _forward() private view {
        (bool ok, bytes memory answer) = _self().staticcall(msg.data);
        assembly ("memory-safe") {
            switch ok
            case 0 { revert(add(answer, 0x20), mload(answer)) }
            default { return(add(answer, 0x20), mload(answer)) }
        }
    }
}
