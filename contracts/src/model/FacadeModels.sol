// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {Chain} from "./Chain.sol";
import {Erc20Facade} from "../facades/Erc20Facade.sol";
import {Erc721Facade} from "../facades/Erc721Facade.sol";
import {IFacadeModel} from "./IModels.sol";

/// @title FacadeModel, what the model of ASSETS needs of a facade, since it cannot log in another's name
abstract contract FacadeModel is IFacadeModel {
    /// @dev Somebody else asks for what a facade has not: an empty revert, as on the chain.
    modifier onlyAssets() {
        require(msg.sender == Chain.ASSETS);
        _;
    }

    function modelName(uint256 id) external onlyAssets {
        assembly ("memory-safe") {
            sstore(0, id)
        }
    }

    function modelLog(bytes32[] calldata topics, bytes calldata data) external onlyAssets {
        bytes memory copy = data;
        (bytes32 first, bytes32 second, bytes32 third) = (topics[0], topics[1], topics[2]);
        bytes32 fourth = topics.length == 4 ? topics[3] : bytes32(0);
        bool four = topics.length == 4;
        assembly ("memory-safe") {
            switch four
            case 0 { log3(add(copy, 0x20), mload(copy), first, second, third) }
            default { log4(add(copy, 0x20), mload(copy), first, second, third, fourth) }
        }
    }
}

/// @title Erc20FacadeModel, the code of a token's facade on a stock EVM
contract Erc20FacadeModel is Erc20Facade, FacadeModel {}

/// @title Erc721FacadeModel, the code of a category's facade on a stock EVM
contract Erc721FacadeModel is Erc721Facade, FacadeModel {}
