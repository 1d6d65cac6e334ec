// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// @title PACKAGES, encrypted boxes that hold one (asset, amount) and data
/// @notice A precompile at 0x0000000000000000000000000000000000005303.
/// A package is made inside a bundle of a shielded transaction or of `POOL.transact`; its content is
/// readable to nobody but holders of its key `k`. Its owner, an account or a contract, may hand it on,
/// and opens it once: in private inside a bundle, or in public here. Contracts must expect packages
/// that never open: whoever closed one may have written nonsense into it, or withhold the key.
/// Mutating functions work by plain CALL only.
interface IPackages {
    /// @notice What the chain knows about a package.
    /// @param owner who may transfer and open it; kept when it is opened
    /// @param opened whether its content is gone
    /// @param pool the pool that holds its content
    /// @param commitment to id, asset, amount and blinding
    /// @param ciphertextLength 128, 256, 512 or 1024 bytes; the ciphertext stays when it is opened
    struct Package {
        address owner;
        bool opened;
        uint8 pool;
        bytes32 commitment;
        uint256 ciphertextLength;
    }

    /// @notice A package was made.
    event PackageCreated(
        bytes32 indexed id, address indexed owner, bytes32 indexed commitment, uint8 pool, bytes32 tag, bytes ciphertext
    );
    event PackageTransferred(bytes32 indexed id, address indexed from, address indexed to);
    /// @notice A package was opened inside a bundle: its content is known to its owner alone.
    event PackageOpened(bytes32 indexed id, address indexed owner);
    /// @notice A package was opened in public, and its content credited to its owner's public account.
    event PackageRevealed(
        bytes32 indexed id, address indexed owner, uint256 indexed asset, uint256 amount, bytes32 k, bytes data
    );

    error UnknownPackage(bytes32 id);
    error PackageExists(bytes32 id);
    error AlreadyOpened(bytes32 id);
    error NotPackageOwner(address caller, address owner);
    /// @dev Nobody could open a package of the zero address or of a precompile.
    error InvalidOwner(address owner);
    /// @dev A commitment belongs to one package for ever, and never to a note.
    error CommitmentUsed(bytes32 commitment);
    /// @dev The bundle names another commitment than the package has.
    error WrongCommitment(bytes32 id, bytes32 commitment);
    /// @dev A package opens with a fresh value commitment, not with the one that closed it.
    error StaleValueCommitment(bytes32 id);
    /// @dev A package opens in a bundle of the pool that holds its content.
    error WrongPool(bytes32 id, uint8 pool, uint8 bundlePool);
    /// @dev `k` is not the key of this package.
    error WrongKey(bytes32 id);
    /// @dev The key fits, but the content is malformed or not what the commitment says.
    error InvalidContent(bytes32 id, string reason);
    error UnknownAsset(uint256 asset);
    error PoolExhausted(uint256 asset, uint256 hidden, uint256 needed);
    error SupplyOverflow(uint256 asset);
    error NotPayable();
    error OnlyPlainCall();
    error UnknownSelector(bytes4 selector);
    error InvalidCalldata(string reason);

    /// @notice Hands the caller's closed package to another account or contract.
    function transfer(bytes32 id, address to) external;

    /// @notice Opens the caller's package in public: its asset is credited to the caller's public
    /// account (the coin to its balance), and everybody learns `k`, the content and the data.
    /// @param k the 32-byte key with which it was closed
    /// @return asset what it held
    /// @return amount how much, 0 in a package with data only
    /// @return data at most 942 bytes
    function open(bytes32 id, bytes32 k) external returns (uint256 asset, uint256 amount, bytes memory data);

    /// @notice What the chain knows about a package; reverts for an id that never was.
    function packageInfo(bytes32 id) external view returns (Package memory info);

    /// @notice The encrypted content and its tag.
    function ciphertext(bytes32 id) external view returns (bytes32 tag, bytes memory data);

    /// @notice Whether a commitment is or was a package's.
    function isPackage(bytes32 commitment) external view returns (bool);
}
