"""The cases of each vector file. Inputs come from hashing labels: nothing is random."""
