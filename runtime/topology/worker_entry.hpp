// What halyard-worker does for the topology: `halyard-worker topology machine` writes the encoded model of this machine
// to standard output, `halyard-worker topology recording NAME` that of the XML on standard input.
#pragma once

#include <cstdio>

namespace halyard::topology {

// Exit codes. With kExitFailed the output is the status as a decimal number, a line's end, and the message.
inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 10;

// `arguments` are those after "topology". `output` is the worker's real standard output.
int worker_entry(int count, const char* const* arguments, std::FILE* input, std::FILE* output);

}  // namespace halyard::topology
