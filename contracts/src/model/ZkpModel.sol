// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {Arguments} from "./Arguments.sol";
import {ChaCha20} from "../examples/zkp/ChaCha20.sol";
import {Chain} from "./Chain.sol";
import {CurvePoints} from "./CurvePoints.sol";
import {IAssets} from "../interfaces/IAssets.sol";
import {IPoolModel} from "./IModels.sol";
import {IZkp} from "../interfaces/IZkp.sol";
import {Model} from "./Model.sol";
import {Poseidon} from "./Poseidon.sol";
import {Text} from "./Text.sol";
import {ZkpCurve} from "./ZkpCurve.sol";
import {ZkpGroth16} from "./ZkpGroth16.sol";

/// @title ZkpModel, ZKP in Solidity, to be put at its address on a stock EVM
/// @notice Everything is computed, but for three functions: of the proofs of the chain's own circuits a test says whether
/// they hold, and nothing said holds (a proof's bytes are not looked at, their number is); of a disclosure it says what it
/// proves, and nothing said is refused.
contract ZkpModel is Model {
    uint256 private constant PROOF_LENGTH = 128;

    /// @dev Not in slots of the chain's: ZKP has none.
    struct Verdicts {
        bool refuses;
        mapping(bytes32 disclosureAndChallenge => bytes) payment;
    }

    // ---- what a test says in the chain's place: IZkpModel ----

    function modelSetVerdict(bool valid) external {
        _verdicts().refuses = !valid;
    }

    function modelDisclose(bytes calldata disclosure, bytes calldata challenge, IZkp.Payment calldata payment)
        external
    {
        _verdicts().payment[keccak256(abi.encode(disclosure, challenge))] = abi.encode(payment);
    }

    // ---- IZkp ----

    function _self() internal pure override returns (address) {
        return Chain.ZKP;
    }

    function _longestCalldata() internal pure override returns (uint256) {
        return _words(4 + _bytesWords(16_384));
    }

    function _terms(bytes4 s) internal pure override returns (Terms memory) {
        return Terms(_longest(s) != 0, false, false);
    }

    /// @dev Longest calldata of a function that can be answered; 0 of an unknown one.
    function _longest(bytes4 s) private pure returns (uint256) {
        if (s == IZkp.verifySpend.selector) return _words(8 + _bytesWords(PROOF_LENGTH));
        if (s == IZkp.verifyOutput.selector) return _words(5 + _bytesWords(PROOF_LENGTH));
        if (s == IZkp.verifyGroth16.selector) {
            return _words(3 + _bytesWords(512 + 64 * 64) + 1 + 64 + _bytesWords(256));
        }
        if (s == IZkp.poseidon.selector) return _words(10);
        if (s == IZkp.poseidonTagged.selector) return _words(11);
        if (s == IZkp.addPoints.selector) return _words(4);
        if (s == IZkp.multiplyPoint.selector) return _words(3);
        if (s == IZkp.compressPoint.selector || s == IZkp.hasPrimeOrder.selector) return _words(2);
        if (s == IZkp.decompressPoint.selector || s == IZkp.assetGenerator.selector) return _words(1);
        if (s == IZkp.hashToCurve.selector) return _words(2 + _bytesWords(64) + _bytesWords(1_024));
        if (s == IZkp.commit.selector) return _words(3);
        if (s == IZkp.checkBalance.selector) return _words(5 + 2 * 25 + 1 + 3 * 16 + _bytesWords(64));
        if (s == IZkp.verifyDisclosure.selector) return _words(2 + _bytesWords(2_820) + _bytesWords(1_024));
        return s == IZkp.chacha20.selector ? _words(4 + _bytesWords(16_384)) : 0;
    }

    function _run(bytes4 s) internal view override {
        uint256 longest = _longest(s);
        if (msg.data.length > longest) revert IAssets.InvalidCalldata(_tooLong(longest));
        _return(_answer(s));
    }

    function _answer(bytes4 s) private view returns (bytes memory) {
        if (s == IZkp.verifySpend.selector) return abi.encode(_verifyProof(6));
        if (s == IZkp.verifyOutput.selector) return abi.encode(_verifyProof(3));
        if (s == IZkp.verifyGroth16.selector) return abi.encode(_verifyGroth16());
        if (s == IZkp.poseidon.selector) {
            uint256[] memory inputs = Arguments.list(0, 1);
            Arguments.requireOnly(abi.encode(inputs));
            return abi.encode(_poseidon(0, inputs));
        }
        if (s == IZkp.poseidonTagged.selector) {
            (uint256 tag, uint256[] memory inputs) = (Arguments.word(0), Arguments.list(1, 1));
            Arguments.requireOnly(abi.encode(tag, inputs));
            return abi.encode(_poseidon(tag, inputs));
        }
        if (s == IZkp.verifyDisclosure.selector) return _disclosed();
        if (s == IZkp.checkBalance.selector) return abi.encode(_checkBalance());
        if (s == IZkp.chacha20.selector) return abi.encode(_chacha20());
        return _point(s);
    }

    function _point(bytes4 s) private view returns (bytes memory) {
        if (s == IZkp.addPoints.selector) {
            (IZkp.Point memory a, IZkp.Point memory b) = (_pointAt(0), _pointAt(2));
            Arguments.requireOnly(abi.encode(a, b));
            return abi.encode(CurvePoints.add(ZkpCurve.onCurve("a", a), ZkpCurve.onCurve("b", b)));
        }
        if (s == IZkp.multiplyPoint.selector) {
            (IZkp.Point memory point, uint256 scalar) = (_pointAt(0), Arguments.word(2));
            Arguments.requireOnly(abi.encode(point, scalar));
            ZkpCurve.onCurve("point", point);
            return abi.encode(CurvePoints.multiply(point, ZkpCurve.scalar("scalar", scalar)));
        }
        if (s == IZkp.compressPoint.selector || s == IZkp.hasPrimeOrder.selector) {
            IZkp.Point memory point = _pointAt(0);
            Arguments.requireOnly(abi.encode(point));
            if (s == IZkp.compressPoint.selector) return abi.encode(ZkpCurve.compress(point));
            return abi.encode(ZkpCurve.hasPrimeOrder(point));
        }
        if (s == IZkp.hashToCurve.selector) {
            (bytes memory domain, bytes memory message) = (Arguments.blob(0), Arguments.blob(1));
            Arguments.requireOnly(abi.encode(domain, message));
            _count("domain", domain.length, 0, 64);
            _count("message", message.length, 0, 1_024);
            return abi.encode(ZkpCurve.hashToCurve(domain, message));
        }
        if (s == IZkp.commit.selector) {
            (uint256 asset, uint128 amount, uint256 rcv) =
                (Arguments.word(0), Arguments.number128(1), Arguments.word(2));
            Arguments.requireOnly(abi.encode(asset, amount, rcv));
            return abi.encode(ZkpCurve.commit(asset, amount, rcv));
        }
        uint256 word = Arguments.word(0);
        Arguments.requireOnly(abi.encode(word));
        if (s == IZkp.assetGenerator.selector) return abi.encode(ZkpCurve.generator("asset", 0, word));
        return abi.encode(ZkpCurve.decompress("encoding", 0, bytes32(word)));
    }

    function _verifyProof(uint256 inputs) private view returns (bool) {
        uint8 pool = Arguments.number8(0);
        bytes memory words = abi.encode(pool);
        for (uint256 i = 0; i < inputs; i++) {
            words = bytes.concat(words, bytes32(Arguments.word(1 + i)));
        }
        bytes memory proof = Arguments.blob(1 + inputs);
        // The head has a word more; behind it lies the one tail.
        bytes memory tail = _skip(abi.encode(proof), 32);
        Arguments.requireOnly(bytes.concat(words, bytes32(words.length + 32), tail));
        if (!IPoolModel(Chain.POOL).modelIsOpen(pool)) revert IZkp.PoolClosed(pool);
        if (proof.length != PROOF_LENGTH) {
            revert IZkp.InvalidProof(string.concat("a proof has 128 bytes, not ", Text.decimal(proof.length)));
        }
        for (uint256 i = 0; i < inputs; i++) {
            ZkpCurve.field("inputs", i, Arguments.word(1 + i));
        }
        return !_verdicts().refuses;
    }

    function _verifyGroth16() private view returns (bool) {
        (bytes calldata key, uint256[] calldata inputs) = (Arguments.blob(0), Arguments.list(1, 1));
        bytes calldata proof = Arguments.blob(2);
        Arguments.requireOnly(abi.encode(key, inputs, proof));
        _count("inputs", inputs.length, 0, 64);
        return ZkpGroth16.verify(key, inputs, proof);
    }

    function _poseidon(uint256 tag, uint256[] memory inputs) private pure returns (uint256) {
        _count("inputs", inputs.length, 1, 8);
        ZkpCurve.field("tag", 0, tag);
        for (uint256 i = 0; i < inputs.length; i++) {
            ZkpCurve.field("inputs", i, inputs[i]);
        }
        return Poseidon.hash(tag, inputs);
    }

    function _checkBalance() private view returns (bool) {
        bytes32[] memory cvIn = _commitmentsAt(0);
        bytes32[] memory cvOut = _commitmentsAt(1);
        IZkp.Flow[] memory flows = _flowsAt(2);
        bytes32 message = bytes32(Arguments.word(3));
        bytes memory signature = Arguments.blob(4);
        Arguments.requireOnly(abi.encode(cvIn, cvOut, flows, message, signature));
        _count("cvIn", cvIn.length, 0, 24);
        _count("cvOut", cvOut.length, 0, 24);
        _count("flows", flows.length, 0, 16);
        return ZkpCurve.checkBalance(cvIn, cvOut, flows, message, signature);
    }

    function _chacha20() private pure returns (bytes memory) {
        (bytes32 key, bytes12 nonce) = (bytes32(Arguments.word(0)), Arguments.nonce96(1));
        (uint32 counter, bytes memory data) = (Arguments.number32(2), Arguments.blob(3));
        Arguments.requireOnly(abi.encode(key, nonce, counter, data));
        _count("data", data.length, 0, 16_384);
        uint256 blocks = (data.length + 63) / 64;
        if (counter + blocks > type(uint32).max) revert IZkp.CounterOverflow(counter, blocks);
        return ChaCha20.apply_(key, nonce, counter, data);
    }

    function _disclosed() private view returns (bytes memory payment) {
        (bytes memory disclosure, bytes memory challenge) = (Arguments.blob(0), Arguments.blob(1));
        Arguments.requireOnly(abi.encode(disclosure, challenge));
        payment = _verdicts().payment[keccak256(abi.encode(disclosure, challenge))];
        if (payment.length == 0) revert IZkp.InvalidDisclosure("the model knows no verdict on it");
    }

    // ---- arguments ----

    function _pointAt(uint256 index) private pure returns (IZkp.Point memory) {
        return IZkp.Point(Arguments.word(index), Arguments.word(index + 1));
    }

    function _commitmentsAt(uint256 index) private pure returns (bytes32[] memory commitments) {
        uint256[] memory words = Arguments.list(index, 1);
        assembly ("memory-safe") {
            commitments := words
        }
    }

    function _flowsAt(uint256 index) private pure returns (IZkp.Flow[] memory flows) {
        uint256[] calldata words = Arguments.list(index, 3);
        flows = new IZkp.Flow[](words.length / 3);
        for (uint256 i = 0; i < flows.length; i++) {
            (uint256 asset, uint256 amount, uint256 inward) = (words[3 * i], words[3 * i + 1], words[3 * i + 2]);
            bool valid = amount <= type(uint128).max && inward <= 1;
            if (!valid) revert IAssets.InvalidCalldata("type check failed for \"(uint256,uint128,bool)[]\"");
            flows[i] = IZkp.Flow(asset, uint128(amount), inward == 1);
        }
    }

    function _count(string memory field, uint256 count, uint256 min, uint256 max) private pure {
        if (count < min || count > max) revert IZkp.WrongCount(field, count, min, max);
    }

    function _words(uint256 words) private pure returns (uint256) {
        return 4 + 32 * words;
    }

    function _bytesWords(uint256 length) private pure returns (uint256) {
        return 1 + (length + 31) / 32;
    }

    function _skip(bytes memory data, uint256 count) private pure returns (bytes memory rest) {
        rest = new bytes(data.length - count);
        assembly ("memory-safe") {
            mcopy(add(rest, 0x20), add(add(data, 0x20), count), mload(rest))
        }
    }

    function _verdicts() private pure returns (Verdicts storage verdicts) {
        bytes32 slot = keccak256("SERO.model.zkp.verdicts");
        assembly ("memory-safe") {
            verdicts.slot := slot
        }
    }
}
