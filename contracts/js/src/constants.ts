/** Order of BN254's scalar field, below which asset ids, commitments and nullifiers are. */
export const R = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;
/** Order of the group that keys and value commitments are in. */
export const L = 2736030358979909402780800718157159386076813972158567259200215660948447373041n;
