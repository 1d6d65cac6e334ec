#!/bin/sh
# hive asks for the client's address among peers. It has none: it speaks no devp2p. Untested.
echo "this client speaks no devp2p" >&2
exit 1
