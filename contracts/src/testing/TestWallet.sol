// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {Chain} from "../model/Chain.sol";
import {Cheats} from "../model/Cheats.sol";
import {IPool} from "../interfaces/IPool.sol";
import {IZkp} from "../interfaces/IZkp.sol";
import {TestBundles} from "./TestBundles.sol";

/// @title TestWallet, who receives and spends notes in a test, without keys and proofs
/// @notice It knows its one-time addresses and the notes that it made itself, and finds its notes in logs as a wallet does.
/// Amounts are kept: it spends what it received and nothing else.
contract TestWallet {
    uint256 private constant R = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001;
    uint256 private constant TAG_COMMITMENT = 4;

    /// @notice A note of this wallet's.
    struct Note {
        uint256 asset;
        uint256 amount;
        uint256 nullifier;
        bool spent;
    }

    string public name;
    Note[] private _notes;
    uint256 private _made;
    /// @dev By one-time owner: whether it is ours. By commitment: what we hide in a note to ourselves.
    mapping(uint256 owner => bool) private _ours;
    mapping(bytes32 commitment => Note) private _expected;

    /// @dev There is less than that in notes.
    error TooLittle(uint256 asset, uint256 amount, uint256 left);

    constructor(string memory name_) {
        name = name_;
    }

    /// @notice A fresh one-time address. Give each to one payer only.
    function pkr() public returns (bytes memory) {
        uint256 owner = _random("owner");
        _ours[owner] = true;
        return abi.encodePacked(owner, TestBundles.POINT, _random("masked"), _random("masked"));
    }

    /// @notice A fresh account, to call a contract from.
    function from() external returns (address) {
        return address(uint160(_random("from")));
    }

    /// @notice What its unspent notes hold of an asset.
    function balance(uint256 asset) public view returns (uint256 sum) {
        for (uint256 i = 0; i < _notes.length; i++) {
            if (!_notes[i].spent && _notes[i].asset == asset) sum += _notes[i].amount;
        }
    }

    /// @notice Takes its notes out of logs of POOL.
    function scan(Cheats.Log[] calldata logs) external {
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].emitter != Chain.POOL) continue;
            bytes32 kind = logs[i].topics[0];
            if (kind == IPool.PublicNote.selector) _scanPublic(logs[i]);
            if (kind == IPool.HiddenNote.selector) _scanHidden(logs[i]);
        }
    }

    /// @notice Spends notes that hold so much: their nullifiers, and the commitments of what is left, hidden again.
    /// @param amounts each asset once
    function spend(IPool.PublicFlow[] calldata amounts)
        external
        returns (uint256[] memory nullifiers, uint256[] memory commitments)
    {
        nullifiers = new uint256[](0);
        commitments = new uint256[](amounts.length);
        for (uint256 i = 0; i < amounts.length; i++) {
            uint256 change;
            (nullifiers, change) = _take(nullifiers, amounts[i].asset, amounts[i].amount);
            commitments[i] = _hide(amounts[i].asset, change);
        }
        if (nullifiers.length == 0) {
            // A dummy: a bundle that only pays in spends nothing real.
            nullifiers = new uint256[](1);
            nullifiers[0] = _random("dummy");
        }
    }

    function _take(uint256[] memory before, uint256 asset, uint256 amount)
        private
        returns (uint256[] memory nullifiers, uint256 change)
    {
        uint256 left = balance(asset);
        if (left < amount) revert TooLittle(asset, amount, left);
        nullifiers = before;
        uint256 taken = 0;
        for (uint256 i = 0; i < _notes.length && taken < amount; i++) {
            Note storage note = _notes[i];
            if (note.spent || note.asset != asset) continue;
            note.spent = true;
            taken += note.amount;
            nullifiers = _append(nullifiers, note.nullifier);
        }
        return (nullifiers, taken - amount);
    }

    /// @dev The commitment of a note to ourselves, of whatever amount: an observer sees one like any other.
    function _hide(uint256 asset, uint256 amount) private returns (uint256 commitment) {
        uint256[] memory inputs = new uint256[](5);
        IZkp.Point memory generator = IZkp(Chain.ZKP).assetGenerator(asset);
        (inputs[0], inputs[1], inputs[2]) = (_random("owner"), generator.x, generator.y);
        (inputs[3], inputs[4]) = (amount, _random("rcm"));
        commitment = IZkp(Chain.ZKP).poseidonTagged(TAG_COMMITMENT, inputs);
        if (amount != 0) _expected[bytes32(commitment)] = Note(asset, amount, _random("nullifier"), false);
    }

    function _scanPublic(Cheats.Log calldata log) private {
        (uint256 amount,, bytes memory to,) = abi.decode(log.data, (uint256, uint8, bytes, bytes));
        (uint256 owner,,,) = abi.decode(to, (uint256, bytes32, bytes32, bytes32));
        if (_ours[owner]) _notes.push(Note(uint256(log.topics[3]), amount, _random("nullifier"), false));
    }

    function _scanHidden(Cheats.Log calldata log) private {
        Note memory note = _expected[log.topics[2]];
        if (note.amount == 0) return;
        delete _expected[log.topics[2]];
        _notes.push(note);
    }

    function _append(uint256[] memory list, uint256 last) private pure returns (uint256[] memory longer) {
        longer = new uint256[](list.length + 1);
        for (uint256 i = 0; i < list.length; i++) {
            longer[i] = list[i];
        }
        longer[list.length] = last;
    }

    /// @dev Another one every time, below `r`.
    function _random(string memory what) private returns (uint256) {
        return uint256(keccak256(abi.encode(address(this), name, what, _made++))) % R;
    }
}
