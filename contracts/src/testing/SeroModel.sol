// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {AssetsModel} from "../model/AssetsModel.sol";
import {Chain} from "../model/Chain.sol";
import {Cheats} from "../model/Cheats.sol";
import {Erc20FacadeModel, Erc721FacadeModel} from "../model/FacadeModels.sol";
import {IAssetsModel, IPackagesModel, IPoolModel, IZkpModel} from "../model/IModels.sol";
import {PackagesModel} from "../model/PackagesModel.sol";
import {PoolModel} from "../model/PoolModel.sol";
import {ZkpModel} from "../model/ZkpModel.sol";

/// @title SeroModel, the precompiles on a stock EVM: one call installs them
/// @notice In a Foundry test: `SeroModel.install()`, once, in `setUp`. Under Hardhat, `hardhat/install.mjs` does the same.
library SeroModel {
    IAssetsModel internal constant ASSETS = IAssetsModel(Chain.ASSETS);
    IPoolModel internal constant POOL = IPoolModel(Chain.POOL);
    IPackagesModel internal constant PACKAGES = IPackagesModel(Chain.PACKAGES);
    IZkpModel internal constant ZKP = IZkpModel(Chain.ZKP);

    /// @notice What a name costs, as on a development chain.
    uint256 internal constant REGISTRATION_FEE = 1 ether;
    /// @notice The coins that exist as far as ASSETS knows. Cheat codes make others, of which nobody tells it.
    uint256 internal constant ISSUED_COIN = 1 << 127;

    /// @notice Puts the models at the precompiles' addresses and begins a chain: one pool, which takes deposits.
    function install() internal {
        Cheats cheats = Cheats(Chain.CHEATS);
        cheats.etch(Chain.ASSETS, type(AssetsModel).runtimeCode);
        cheats.etch(Chain.POOL, type(PoolModel).runtimeCode);
        cheats.etch(Chain.PACKAGES, type(PackagesModel).runtimeCode);
        cheats.etch(Chain.ZKP, type(ZkpModel).runtimeCode);
        cheats.etch(Chain.ERC20_TEMPLATE, type(Erc20FacadeModel).runtimeCode);
        cheats.etch(Chain.ERC721_TEMPLATE, type(Erc721FacadeModel).runtimeCode);
        ASSETS.modelGenesis(REGISTRATION_FEE, ISSUED_COIN);
        POOL.modelGenesis();
    }
}
