// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {IAssets} from "../interfaces/IAssets.sol";
import {IZkp} from "../interfaces/IZkp.sol";

/// @title IAssetsModel, what the model of ASSETS has beside `IAssets`
interface IAssetsModel is IAssets {
    /// @dev Only another model may call this.
    error OnlyModels(address caller);

    /// @notice What the chain's genesis says: the price of a name, and the coins that exist.
    function modelGenesis(uint256 registrationFee, uint256 issuedCoin) external;
    /// @notice The coins that exist, after what happened outside the model (base fees, coins made by cheat codes).
    function modelSetIssuedCoin(uint256 issued) external;
    /// @notice A shielded call of `from` to `to` begins: the attachments leave `from`, and `to` may take them.
    function modelAttach(address from, address to, Attachment[] calldata attachments) external;
    /// @notice The call is over: what nobody took returns to `from`.
    function modelDetach() external;

    // For the other models.

    function modelIntoPool(address from, uint256 asset, uint256 amount) external;
    function modelOutOfPool(address to, uint256 asset, uint256 amount) external;
    function modelCanHold(address to, uint256 asset) external view returns (bool);
}

/// @title IPoolModel, what the model of POOL has beside `IPool`
interface IPoolModel {
    /// @dev Only another model may call this.
    error OnlyModels(address caller);

    /// @notice An out of a pure transfer, or what a shielded call gave back: a note to `pkr`.
    struct Out {
        bytes pkr;
        uint256 asset;
        uint256 amount;
        bytes memo;
    }

    /// @notice Begins the chain: pool 0 is open and takes deposits, its empty tree is an anchor.
    function modelGenesis() external;
    /// @notice Opens pools, and pauses or resumes deposits.
    /// @param count pools that the chain has, at most 8
    /// @param open by pool, lowest bit first
    /// @param deposits by pool, lowest bit first
    function modelSetPools(uint8 count, uint8 open, uint8 deposits) external;
    /// @notice Ends the block: the trees' roots are anchors. Without it, they are from the next block on.
    function modelCloseBlock() external;

    /// @notice The verdict on signatures and proofs of all bundles: empty accepts, anything else is the reason of the
    /// `InvalidBundle`. The model accepts at first.
    function modelSetVerdict(string calldata reason) external;
    /// @notice The verdict on one bundle, by keccak256 of its bytes.
    function modelSetVerdictOn(bytes32 bundleHash, string calldata reason) external;
    /// @notice Says whom, for what and until when a bundle was signed for: `transact` refuses it for anything else. A bundle
    /// of which nothing is said is accepted from everybody.
    function modelSign(bytes32 bundleHash, address caller, bytes32 context, uint64 expiry) external;

    /// @notice What a shielded call does before its contract runs: stores `refund` for `from`, and applies the bundle as
    /// `from`'s. Coins that flow inward come as value.
    /// @param bundle docs/spec/06-bundle.md; empty is none
    /// @param nonce of the transaction; a package's id has it where the bundle has no spend
    function modelBegin(address from, uint64 nonce, bytes calldata refund, bytes calldata bundle) external payable;
    /// @notice What it does afterwards: what came back leaves `from` as a note to its refund `pkr`, where one can be
    /// made. Coins come as value.
    /// @return hidden whether a note was made; if not, coins are sent back
    function modelRefund(address from, uint256 asset, uint256 amount, uint8 bundlePool)
        external
        payable
        returns (bool hidden);
    /// @notice A pure transfer: a bundle, its outs, and the fee, which `proposer` is paid.
    function modelTransfer(bytes calldata bundle, Out[] calldata outs, uint256 fee, address proposer) external;

    // For the other models.

    function modelIsOpen(uint8 pool) external view returns (bool);
    function modelUnhide(uint8 pool, address to, uint256 asset, uint256 amount) external;
}

/// @title IPackagesModel, what the model of PACKAGES has beside `IPackages`: the doors of POOL
interface IPackagesModel {
    /// @dev Only another model may call this.
    error OnlyModels(address caller);

    function modelOpen(bytes32 id, bytes32 commitment, bytes32 cv, address opener, uint8 pool) external;
    function modelCreate(
        uint8 pool,
        bytes32 id,
        address owner,
        bytes32 commitment,
        bytes32 cv,
        bytes32 tag,
        bytes calldata ciphertext
    ) external;
}

/// @title IZkpModel, what the model of ZKP has beside `IZkp`
interface IZkpModel {
    /// @notice The verdict on proofs of the chain's own circuits; the model says `true` at first.
    function modelSetVerdict(bool valid) external;
    /// @notice What a disclosure proves under a challenge. Of which nothing is said, none is accepted.
    function modelDisclose(bytes calldata disclosure, bytes calldata challenge, IZkp.Payment calldata payment) external;
}

/// @title IFacadeModel, what the model of a facade has beside its interface: the doors of ASSETS
interface IFacadeModel {
    /// @notice Writes the id, once.
    function modelName(uint256 id) external;
    /// @notice Logs in the facade's name.
    function modelLog(bytes32[] calldata topics, bytes calldata data) external;
}
