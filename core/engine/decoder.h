// SPDX-License-Identifier: MIT
/* decoder.h - gzip and zstd undone by a process that can do nothing else (Z32).
 *
 * One process a compressed stream, forked when its first bytes say what it is and confined
 * before it has seen one of them (confine.h): it keeps a socket to us and memory that both
 * share. Plain streams have none.
 *
 *   us                                                  the decoder
 *   copy bytes into a slot of in[], note FILLED    ->   decode it, note TAKEN
 *   copy a slot of out[] to memory of our own,     <-   put what came out into a slot of
 *   note TAKEN, then look at it                         out[], note FILLED
 *   note END                                       ->   finish
 *                                                  <-   one struct err, code 0 when all is
 *                                                       well, and the end
 *
 * What an attacker controls: every byte of the stream; when he takes the decoder over, also
 * all of the shared memory, the notes and the last error. Why that is no gain: what comes
 * out of it is what he could have sent without compressing it. Notes are checked against
 * what was given; each byte of out[] is fetched once; in[] is never read here; the error is
 * text for the user. Hashing and taking the tar apart stay on this side: with the parser
 * over there, whoever takes over a decompressor could make a tree that is not what its diff
 * id says, and poison the layer for honest images; here the tree is made from the bytes
 * that were hashed. The parser is our own, without memory of its input's size, and fuzzed;
 * the decompressors are foreign and partly assembly.
 *
 * When it dies, the stream fails with -EPROTO and the signal. When we die, it is killed. It
 * can stand still, as whoever sends us the archive can. */
#pragma once

#include "core/fmt/stream.h"

/* SIGCHLD is set to its default where it was ignored, for an end nobody hears of. */
extern const struct stream_ops decoder_confined;
